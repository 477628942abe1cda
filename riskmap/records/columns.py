"""Columns that several kinds of records share."""

from layers.contracts.model import Column, words

TOWN = Column(
    "town",
    "str",
    required=True,
    title_zh="所属镇街",
    aliases=words(
        "镇街 乡镇街道 镇街道 所在镇街 所属乡镇 所在乡镇 乡镇 街道 属地 属地镇街 镇街名称 "
        "镇街代码 乡镇代码 town_code towncode"
    ),
    note="镇街名称或代码，按现用的 towns 图层换成代码",
)
TOWNS = Column(
    "towns",
    "str",
    many=True,
    title_zh="镇街范围",
    aliases=words("适用镇街 涉及镇街 范围 影响范围 区域 镇街"),
    note="“全区”或用分号隔开的镇街名称或代码；空着等于全区",
)
DOMAIN = Column(
    "domain",
    "str",
    required=True,
    title_zh="行业领域",
    aliases=words("领域 行业 重点领域 所属领域 类别 隐患类别 事故类别 事故类型"),
    note="由评分方案的 domains 归到部门",
)


def identifier(title: str, aliases: str) -> Column:
    """Return the column of a record's own number."""
    return Column(
        "id",
        "str",
        required=True,
        title_zh=title,
        aliases=(*words(aliases), *words("编号 序号 ID")),
    )


def moment(name: str, title: str, aliases: str, *, required: bool = False) -> Column:
    """Return a column of moments; a time without zone is in the zone of the workspace."""
    return Column(
        name,
        "datetime",
        required=required,
        title_zh=title,
        aliases=words(aliases),
        note="没有写明时区的按工作区时区",
    )


def count(name: str, title: str, aliases: str) -> Column:
    """Return a column of persons; no accident harmed more than 10,000, so that is a slip."""
    return Column(
        name,
        "int",
        unit="persons",
        minimum=0,
        maximum=10000,
        title_zh=title,
        aliases=words(aliases),
        note="最多 10000 人",
    )


def text(name: str, title: str, aliases: str = "", *, note: str = "") -> Column:
    """Return a column of free text."""
    return Column(name, "str", title_zh=title, aliases=words(aliases), note=note)


def day(name: str, title: str, aliases: str = "", *, required: bool = False) -> Column:
    """Return a column of dates."""
    return Column(name, "date", required=required, title_zh=title, aliases=words(aliases))
