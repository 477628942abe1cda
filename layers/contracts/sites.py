"""Contracts of sites: enterprises, hazard sources, shelters, targets, risk points."""

from layers.contracts import vocabulary
from layers.contracts.columns import LAT, LON, SITE, TOWN, identifier, persons, title
from layers.contracts.model import Column, Contract, words

ENTERPRISES = Contract(
    "enterprises",
    "企业",
    (
        identifier("统一社会信用代码 社会信用代码 信用代码 企业编号 企业代码 企业id uscc"),
        title("企业名称 单位名称 企业 场所名称 单位"),
        TOWN,
        Column(
            "address",
            "str",
            title_zh="地址",
            aliases=words("企业地址 详细地址 经营地址 生产地址 注册地址 单位地址"),
        ),
        Column(
            "sector",
            "str",
            title_zh="行业领域",
            aliases=words("领域 监管领域 监管行业 重点行业领域 所属领域"),
            note="自由文本；常用：危化 工贸 九小场所 合用场所 高层建筑 人员密集场所 建设施工 其他",
        ),
        Column(
            "industry",
            "str",
            title_zh="国民经济行业",
            aliases=words("行业 行业代码 行业类别 国民经济行业代码 所属行业"),
            note="GB/T 4754 代码或名称",
        ),
        Column("size", "str", title_zh="规模", aliases=words("企业规模 规模类型")),
        Column(
            "risk_grade",
            "str",
            title_zh="风险等级",
            allowed=vocabulary.RISK_GRADE,
            aliases=words("风险分级 企业风险等级 安全风险等级 风险评定等级 四色等级 等级"),
        ),
        Column(
            "flags",
            "str",
            title_zh="重点工艺",
            allowed=vocabulary.FLAGS,
            many=True,
            aliases=words("标签 三场所三企业 风险标签 重点场所 涉及工艺 特殊工艺 重点环节"),
        ),
        LON,
        LAT,
    ),
    key="id",
    geometry=SITE,
    geometry_required=True,
)

SUBSTANCES = Contract(
    "substances",
    "危险化学品存量",
    (
        Column(
            "hazard_source_id",
            "str",
            required=True,
            title_zh="危险源编号",
            aliases=words("重大危险源编号 单元编号 危险源编码 单元"),
        ),
        Column(
            "name",
            "str",
            required=True,
            title_zh="物质名称",
            aliases=words("名称 危险化学品名称 化学品名称 危化品名称 品名 物质 化学品"),
        ),
        Column("cas", "str", title_zh="CAS号", aliases=words("cas casno cas号码 casrn cas编号")),
        Column(
            "category",
            "str",
            title_zh="类别",
            aliases=words("危险性类别 危险性分类 类别符号 表2类别"),
            note="不在 GB 18218 表 1 的物质填表 2 符号，如 W5.3",
        ),
        Column(
            "quantity_t",
            "float",
            required=True,
            unit="t",
            minimum=0,
            title_zh="设计最大量",
            aliases=words(
                "设计最大储量 最大储量 数量 存量 最大存量 实际存量 储量 吨数 quantity 在线量"
            ),
        ),
    ),
    reject_limit=0.1,
)

HAZARD_SOURCES = Contract(
    "hazard_sources",
    "重大危险源单元",
    (
        identifier("危险源编号 重大危险源编号 单元编号 危险源编码 hazard_source_id"),
        title("危险源名称 重大危险源名称 单元名称"),
        Column(
            "enterprise_id",
            "str",
            title_zh="企业编号",
            aliases=words("统一社会信用代码 企业代码 所属企业 信用代码"),
        ),
        Column(
            "unit_type",
            "str",
            title_zh="单元类型",
            allowed=vocabulary.UNIT_TYPE,
            aliases=words("单元类别 类型 装置类型"),
        ),
        persons(
            "surveyed_population_500m",
            "500米内常住人口",
            "500m人口 厂界外500米常住人口 厂区边界外500米范围常住人口 暴露人员数 "
            "暴露人数 500米人口",
        ),
        LON,
        LAT,
    ),
    key="id",
    geometry=SITE,
    geometry_required=True,
    reject_limit=0.1,
)

SHELTERS = Contract(
    "shelters",
    "避难避灾场所",
    (
        identifier("场所编号 避难场所编号 避灾点编号"),
        title("场所名称 避难场所名称 避灾点名称 避灾安置场所名称 避难收容处所名称 避灾安置场所"),
        TOWN,
        Column(
            "class",
            "str",
            title_zh="场所等级",
            allowed=vocabulary.SHELTER_CLASS,
            aliases=words("类别 等级 级别 场所类别 场所级别 类型 避难场所类型"),
        ),
        Column("indoor", "bool", title_zh="室内", aliases=words("是否室内 室内场所")),
        Column(
            "area_m2",
            "float",
            unit="m2",
            minimum=0,
            title_zh="有效避难面积",
            aliases=words("有效面积 避难面积 面积 建筑面积 可用面积"),
        ),
        persons(
            "capacity_persons",
            "容纳人数",
            "可容纳人数 容量 可安置人数 预计收容人数 避灾人数 核定人数 安置人数",
        ),
        Column(
            "purposes",
            "str",
            many=True,
            title_zh="适用灾种",
            aliases=words("适用灾害类别 功能 用途 灾种"),
        ),
        Column("usable", "bool", title_zh="是否可用", aliases=words("可用 能否使用 启用")),
        Column(
            "standardised",
            "bool",
            title_zh="规范化建设",
            aliases=words("是否规范化 规范化 标准化 是否标准化 规范化避灾点"),
        ),
        Column(
            "appraised_on",
            "date",
            title_zh="安全鉴定日期",
            aliases=words("鉴定日期 安全鉴定时间 鉴定时间 房屋鉴定日期"),
        ),
        LON,
        LAT,
    ),
    key="id",
    geometry=SITE,
    geometry_required=True,
    one_of=(("area_m2", "capacity_persons"),),
)

TARGETS = Contract(
    "targets",
    "防护目标",
    (
        identifier("目标编号"),
        title("目标名称 单位名称 学校名称 医院名称"),
        Column(
            "kind",
            "str",
            required=True,
            title_zh="类别",
            allowed=vocabulary.TARGET_KIND,
            aliases=words("类型 目标类别 目标类型 种类"),
        ),
        TOWN,
        persons("persons", "人数", "在册人数 总人数 常驻人数 师生人数 床位数"),
        LON,
        LAT,
    ),
    key="id",
    geometry=SITE,
    geometry_required=True,
)

RISK_POINTS = Contract(
    "risk_points",
    "风险点",
    (
        identifier("风险点编号 点位编号 隐患点编号"),
        title("风险点名称 隐患点名称 工程名称 项目名称"),
        Column(
            "kind",
            "str",
            required=True,
            title_zh="类别",
            allowed=vocabulary.RISK_POINT_KIND,
            aliases=words("类型 风险点类别 风险点类型 风险类型 种类"),
        ),
        TOWN,
        Column(
            "severity",
            "str",
            title_zh="等级",
            allowed=vocabulary.SEVERITY,
            aliases=words("严重程度 风险等级 险情等级 规模等级 程度"),
        ),
        LON,
        LAT,
    ),
    key="id",
    geometry=SITE | {"LineString", "MultiLineString"},
    geometry_required=True,
)
