"""What each kind of record promises: columns, Chinese header spellings, key, limits."""

from collections.abc import Mapping

from layers.contracts_model import Column, Contract, words

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


def _identifier(title: str, aliases: str) -> Column:
    return Column(
        "id",
        "str",
        required=True,
        title_zh=title,
        aliases=(*words(aliases), *words("编号 序号 ID")),
    )


def _moment(name: str, title: str, aliases: str, *, required: bool = False) -> Column:
    return Column(
        name,
        "datetime",
        required=required,
        title_zh=title,
        aliases=words(aliases),
        note="没有写明时区的按工作区时区",
    )


HIDDEN_DANGERS = Contract(
    "hidden_dangers",
    "隐患",
    (
        Column(
            "number",
            "str",
            title_zh="隐患编号",
            aliases=words("编号 统一编号 隐患统一编号 id"),
            note="缺少时由发现时间、镇街、村社、企业、领域和描述得出",
        ),
        _moment(
            "found_at", "发现时间", "发现日期 检查时间 检查日期 排查时间 上报时间", required=True
        ),
        TOWN,
        Column("community", "str", title_zh="村社", aliases=words("村 社区 村社区 所属村社")),
        Column(
            "enterprise_id",
            "str",
            title_zh="企业编号",
            aliases=words("统一社会信用代码 信用代码 企业代码 责任单位代码"),
        ),
        DOMAIN,
        Column(
            "grade",
            "str",
            required=True,
            title_zh="隐患等级",
            aliases=words("等级 级别 隐患级别 隐患分级"),
            allowed={
                "general": ("一般", "一般隐患", "一般事故隐患"),
                "major": ("重大", "重大隐患", "重大事故隐患"),
            },
        ),
        Column(
            "description",
            "str",
            title_zh="隐患描述",
            aliases=words("描述 隐患内容 问题描述 存在问题 内容 隐患情况"),
        ),
        Column(
            "deadline",
            "date",
            title_zh="整改期限",
            aliases=words("期限 整改时限 整改截止日期 限期 应整改日期 截止日期"),
        ),
        Column("state", "str", title_zh="状态", aliases=words("当前状态 整改状态 办理状态 进度")),
        _moment("closed_at", "销号时间", "销号日期 闭环时间 整改完成时间 整改完成日期 完成时间"),
        _moment("listed_at", "挂牌时间", "挂牌日期 挂牌督办时间 挂牌督办日期"),
        Column(
            "listed_until",
            "date",
            title_zh="挂牌期限",
            aliases=words("挂牌整改期限 督办期限 挂牌督办期限 挂牌截止日期"),
        ),
        Column(
            "lon",
            "float",
            unit="degrees",
            minimum=-180,
            maximum=180,
            title_zh="经度",
            aliases=words("lng longitude"),
        ),
        Column(
            "lat",
            "float",
            unit="degrees",
            minimum=-90,
            maximum=90,
            title_zh="纬度",
            aliases=words("latitude"),
        ),
    ),
    key="number",
)


def _count(name: str, title: str, aliases: str) -> Column:
    return Column(
        name,
        "int",
        unit="persons",
        minimum=0,
        maximum=100000,
        title_zh=title,
        aliases=words(aliases),
    )


ACCIDENTS = Contract(
    "accidents",
    "事故",
    (
        _identifier("事故编号", "事故ID"),
        _moment("occurred_at", "发生时间", "事故时间 发生日期 事故发生时间 时间", required=True),
        TOWN,
        DOMAIN,
        Column(
            "kind",
            "str",
            title_zh="性质",
            aliases=words("事件性质 事件类型 是否未遂"),
            allowed={
                "accident": ("事故", "生产安全事故", "亡人事故", "一般事故"),
                "near_miss": ("未遂", "未遂事件", "险情", "涉险"),
            },
            note="空着等于事故",
        ),
        _count("deaths", "死亡人数", "死亡 死亡（人） 亡人数"),
        _count("serious_injuries", "重伤人数", "重伤 重伤（人）"),
        _count("minor_injuries", "轻伤人数", "轻伤 轻伤（人） 受伤人数"),
        Column(
            "loss_cny",
            "float",
            unit="CNY",
            minimum=0,
            title_zh="直接经济损失",
            aliases=words("经济损失 直接损失 直接经济损失（元） 经济损失（元）"),
            note="单位：元",
        ),
    ),
    key="id",
)

RESPONSES = Contract(
    "responses",
    "应急响应",
    (
        _identifier("响应编号", "响应ID"),
        Column("name", "str", required=True, title_zh="名称", aliases=words("响应名称 响应 事件")),
        Column(
            "level",
            "str",
            required=True,
            title_zh="响应等级",
            aliases=words("等级 级别 响应级别"),
            allowed={
                "1": ("Ⅰ", "I", "Ⅰ级", "I级", "一级", "一", "1级", "Ⅰ级响应", "一级响应"),
                "2": ("Ⅱ", "II", "Ⅱ级", "II级", "二级", "二", "2级", "Ⅱ级响应", "二级响应"),
                "3": ("Ⅲ", "III", "Ⅲ级", "III级", "三级", "三", "3级", "Ⅲ级响应", "三级响应"),
                "4": ("Ⅳ", "IV", "Ⅳ级", "IV级", "四级", "四", "4级", "Ⅳ级响应", "四级响应"),
            },
            note="1 最高（Ⅰ级），4 最低（Ⅳ级）",
        ),
        _moment("started_at", "启动时间", "开始时间 响应启动时间 启动日期", required=True),
        _moment("ended_at", "结束时间", "终止时间 解除时间 响应结束时间 终止日期"),
        TOWNS,
    ),
    key="id",
)

SPECIAL_PERIODS = Contract(
    "special_periods",
    "特殊时段",
    (
        _identifier("时段编号", "时段ID"),
        Column(
            "name", "str", required=True, title_zh="名称", aliases=words("时段名称 时段 节点 活动")
        ),
        Column(
            "severity",
            "float",
            required=True,
            unit="-",
            minimum=0,
            maximum=1,
            title_zh="强度",
            aliases=words("程度 系数 严重程度"),
            note="0、0.3、0.6 或 1",
        ),
        _moment("starts_at", "开始时间", "开始日期 起始时间 起始日期", required=True),
        _moment("ends_at", "结束时间", "结束日期 截止时间 截止日期", required=True),
        TOWNS,
        Column(
            "sectors",
            "str",
            many=True,
            title_zh="部门",
            aliases=words("涉及部门 行业部门 领域 涉及领域 适用领域 行业"),
            note="评分方案的部门名称，用分号隔开；空着等于全部",
        ),
    ),
    key="id",
)

ALARMS = Contract(
    "alarms",
    "报警",
    (
        _identifier("报警编号", "告警编号 报警ID"),
        Column(
            "hazard_source_id",
            "str",
            title_zh="重大危险源编号",
            aliases=words("危险源编号 重大危险源ID 危险源ID 单元编号"),
        ),
        Column(
            "town",
            "str",
            title_zh="所属镇街",
            aliases=TOWN.aliases,
            note="空着时由重大危险源的位置得出",
        ),
        Column("kind", "str", title_zh="报警类型", aliases=words("类型 报警内容 告警类型 指标")),
        _moment("raised_at", "报警时间", "告警时间 开始时间 发生时间", required=True),
        _moment("acknowledged_at", "确认时间", "接警时间 响应时间"),
        _moment("cleared_at", "消警时间", "恢复时间 消除时间 结束时间"),
        _moment("handled_at", "处置时间", "处置完成时间 办结时间 处理时间"),
    ),
    key="id",
    one_of=(("hazard_source_id", "town"),),
)

OVERRIDES = Contract(
    "overrides",
    "人工调整",
    (
        _identifier("调整编号", "调整ID"),
        Column("date", "date", required=True, title_zh="日期", aliases=words("调整日期 研判日期")),
        TOWN,
        Column(
            "level",
            "str",
            required=True,
            title_zh="调整后等级",
            aliases=words("等级 颜色 调整后颜色"),
            allowed={
                "red": ("红", "红色"),
                "orange": ("橙", "橙色"),
                "yellow": ("黄", "黄色"),
                "blue": ("蓝", "蓝色"),
                "green": ("绿", "绿色"),
            },
        ),
        Column(
            "direction",
            "str",
            required=True,
            title_zh="方向",
            aliases=words("调整方向 上调下调"),
            allowed={"up": ("上调", "升", "上"), "down": ("下调", "降", "下")},
            note="下调须有两个不同的人",
        ),
        Column(
            "reason", "str", required=True, title_zh="理由", aliases=words("原因 调整理由 调整原因")
        ),
        Column(
            "decided_by",
            "str",
            required=True,
            title_zh="决定人",
            aliases=words("调整人 审批人 提出人"),
        ),
        Column("second_person", "str", title_zh="复核人", aliases=words("第二人 第二审批人 复核")),
    ),
    key="id",
)

INDICATORS = Contract(
    "indicators",
    "周指标",
    (
        Column(
            "week",
            "str",
            required=True,
            title_zh="周",
            aliases=words("周次 统计周 周期 年周"),
            note="ISO 周，例如 2026-W26",
        ),
        TOWN,
        Column(
            "indicator",
            "str",
            required=True,
            title_zh="指标",
            aliases=words("指标代码 指标编号 指标编码"),
            note="index 为周指数（0–100），其余为指标代码（如 A7.1 在线率）或 patrol",
        ),
        Column(
            "value",
            "str",
            title_zh="数值",
            aliases=words("值 得分 指标值 完成率 比率"),
            note="率存为 0–1：0.85、85 和 85% 都是 0.85；index 存为 0–100",
        ),
        Column("numerator", "float", minimum=0, title_zh="分子", aliases=words("完成数 达标数")),
        Column("denominator", "float", minimum=0, title_zh="分母", aliases=words("应完成数 总数")),
    ),
    key=("week", "town", "indicator"),
    one_of=(("value", "numerator"),),
)

RECORD_CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        HIDDEN_DANGERS,
        ACCIDENTS,
        RESPONSES,
        SPECIAL_PERIODS,
        ALARMS,
        OVERRIDES,
        INDICATORS,
    )
}
"""Kinds that `riskmap record` takes; warnings have their own command."""
