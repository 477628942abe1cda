"""What files of responses, special periods, overrides and weekly indicators may say."""

from layers.contracts.model import Column, Contract, words
from riskmap.records.columns import TOWN, TOWNS, identifier, moment

RESPONSES = Contract(
    "responses",
    "应急响应",
    (
        identifier("响应编号", "响应ID"),
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
        moment("started_at", "启动时间", "开始时间 响应启动时间 启动日期", required=True),
        moment("ended_at", "结束时间", "终止时间 解除时间 响应结束时间 终止日期"),
        TOWNS,
    ),
    key="id",
)

SPECIAL_PERIODS = Contract(
    "special_periods",
    "特殊时段",
    (
        identifier("时段编号", "时段ID"),
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
        moment("starts_at", "开始时间", "开始日期 起始时间 起始日期", required=True),
        moment("ends_at", "结束时间", "结束日期 截止时间 截止日期", required=True),
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

OVERRIDES = Contract(
    "overrides",
    "人工调整",
    (
        identifier("调整编号", "调整ID"),
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
