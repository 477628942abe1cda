"""Contracts of areas: towns, communities, and the people in them."""

from layers.contracts import vocabulary
from layers.contracts.columns import POLYGON, POPULATION_ALIASES, persons
from layers.contracts.model import Column, Contract, words

TOWNS = Contract(
    "towns",
    "镇街",
    (
        Column(
            "code",
            "town_code",
            required=True,
            title_zh="镇街代码",
            aliases=words(
                "代码 编码 行政区划代码 区划代码 行政区代码 统计用区划代码 乡镇代码 town_code "
                "towncode xzqdm pac adcode code12 code9"
            ),
            note="9 位；12 位且以 000 结尾的截为 9 位；台湾为 8 位。"
            "文件里没有代码时用 --codes 按名称挂接",
        ),
        Column(
            "name",
            "str",
            required=True,
            title_zh="镇街名称",
            aliases=words(
                "名称 镇街 乡镇名称 街道名称 乡镇 乡镇街道 行政区名称 townname town_name "
                "xzqmc mc 区域"
            ),
        ),
        persons("population", "常住人口", f"人口 {POPULATION_ALIASES}"),
        Column(
            "kind",
            "str",
            title_zh="类别",
            allowed=vocabulary.TOWN_KIND,
            aliases=words("类型 镇街类型 镇街类别"),
        ),
    ),
    key="code",
    geometry=POLYGON,
    geometry_required=True,
    reject_limit=0.1,
)

COMMUNITIES = Contract(
    "communities",
    "村社",
    (
        Column(
            "code",
            "community_code",
            required=True,
            title_zh="村社代码",
            aliases=words(
                "代码 编码 行政区划代码 区划代码 村代码 社区代码 村社区代码 村里代码 villcode "
                "community_code code12"
            ),
            note="12 位；台湾为 11 位（8 位乡镇 + 3 位村里），可带短横线",
        ),
        Column(
            "name",
            "str",
            required=True,
            title_zh="村社名称",
            aliases=words("名称 村名 社区名称 村社 村社区 村里 villname 行政村 mc"),
            note="个别图斑确实无名，没有名称的行被拒收",
        ),
        Column(
            "town_code",
            "town_code",
            title_zh="镇街代码",
            aliases=words("所属镇街代码 乡镇代码 towncode"),
            note="缺少时取村社代码的前 9 位（台湾 8 位）",
        ),
        persons("population", "常住人口", f"人口 {POPULATION_ALIASES}"),
    ),
    key="code",
    geometry=POLYGON,
)

POPULATION = Contract(
    "population",
    "人口",
    (
        Column(
            "code",
            "str",
            title_zh="代码",
            aliases=words(
                "镇街代码 村社代码 行政区划代码 区划代码 村里代码 乡镇代码 编码 towncode villcode"
            ),
            note="镇街或村社代码；与 name 至少给一个",
        ),
        Column(
            "name",
            "str",
            title_zh="名称",
            aliases=words(
                "村里 村社 村社名称 镇街 镇街名称 乡镇 乡镇街道 街道 地区 区域 villname townname"
            ),
        ),
        Column(
            "town",
            "str",
            title_zh="所属镇街",
            aliases=words("镇街 乡镇 区域 townname"),
            note="村社重名时用来区分",
        ),
        persons("persons", "人口", f"常住人口 {POPULATION_ALIASES}", required=True),
    ),
    one_of=(("code", "name"),),
    reject_limit=0.1,
)
