"""Columns that several layers share, and how they are spelt."""

from layers.contracts.model import Column, words

POLYGON = frozenset({"Polygon", "MultiPolygon"})
POINT = frozenset({"Point"})
SITE = POINT | POLYGON

LON = Column(
    "lon",
    "float",
    unit="degrees",
    title_zh="经度",
    aliases=words("lng longitude long x x坐标 东经 东坐标 横坐标 wgs84lon jd 中心经度"),
    note="与 lat 同给，或给几何；--crs 为投影坐标系时为东坐标（米）",
)
LAT = Column(
    "lat",
    "float",
    unit="degrees",
    title_zh="纬度",
    aliases=words("latitude y y坐标 北纬 北坐标 纵坐标 wgs84lat wd 中心纬度"),
    note="与 lon 同给，或给几何；--crs 为投影坐标系时为北坐标（米）",
)
TOWN = Column(
    "town",
    "str",
    title_zh="所属镇街",
    aliases=words(
        "镇街 乡镇街道 镇街道 所在镇街 所属乡镇 所在乡镇 乡镇 街道 镇 属地 属地镇街 "
        "所属街道 所在街道 镇街名称 乡镇名称 乡镇（街道） 镇（街道） 县市及乡镇市区 "
        "townname town_name towncode town_code"
    ),
    note="申报的镇街（名称或代码），照原样保存；真实所在镇街由坐标算出",
)


def identifier(aliases: str) -> Column:
    """Return the key column of a table of sites, with header spellings besides the usual."""
    return Column(
        "id",
        "str",
        required=True,
        title_zh="编号",
        aliases=(*words(aliases), *words("唯一编号 编码 代码 序号 src_id code objectid fid gid")),
    )


def title(aliases: str) -> Column:
    """Return the name column of a table of sites, with header spellings besides the usual."""
    return Column(
        "name",
        "str",
        required=True,
        title_zh="名称",
        aliases=(*words(aliases), "mc", "地名", "点位名称"),
    )


def persons(name: str, zh: str, aliases: str, *, required: bool = False) -> Column:
    """Return a column that counts persons."""
    return Column(
        name,
        "float",
        required=required,
        unit="persons",
        minimum=0,
        title_zh=zh,
        aliases=words(aliases),
    )


POPULATION_ALIASES = "人口数 人口数量 总人口 常住人口数 户籍人口 人数 pop population"
