"""What files of accidents, inspections, commitments, alarms and devices may say."""

from layers.contracts.model import Column, Contract, words
from riskmap.records.columns import DOMAIN, TOWN, count, day, identifier, moment, text

ENTERPRISE_ALIASES = words("统一社会信用代码 信用代码 企业代码 单位代码")

ACCIDENTS = Contract(
    "accidents",
    "事故",
    (
        identifier("事故编号", "事故ID"),
        moment("occurred_at", "发生时间", "事故时间 发生日期 事故发生时间 时间", required=True),
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
        count("deaths", "死亡人数", "死亡 死亡（人） 亡人数"),
        count("serious_injuries", "重伤人数", "重伤 重伤（人）"),
        count("minor_injuries", "轻伤人数", "轻伤 轻伤（人） 受伤人数"),
        Column(
            "loss_cny",
            "float",
            unit="CNY",
            minimum=0,
            maximum=1e12,
            title_zh="直接经济损失",
            aliases=words("经济损失 直接损失 直接经济损失（元） 经济损失（元）"),
            note="单位：元，最多 1 万亿（1e12）；更大的是单位写错",
        ),
        text(
            "late_deaths",
            "后续死亡",
            "补报死亡 后续死亡人数 续报死亡",
            note="日期:人数，分号隔开，如 2026-07-01:1；30 日（道路、火灾 7 日）内的计入等级",
        ),
        text("note", "备注", "说明"),
    ),
    key="id",
)

INSPECTIONS = Contract(
    "inspections",
    "检查执法",
    (
        identifier("检查编号", "检查ID 检查记录编号"),
        moment("inspected_at", "检查时间", "检查日期 执法时间 执法日期", required=True),
        TOWN,
        Column("enterprise_id", "str", title_zh="企业编号", aliases=ENTERPRISE_ALIASES),
        DOMAIN,
        text("inspector", "检查人", "检查人员 执法人员 检查员"),
        Column(
            "dangers_found",
            "int",
            minimum=0,
            maximum=10000,
            title_zh="发现隐患数",
            aliases=words("隐患数 发现隐患 隐患数量 查出隐患"),
        ),
        Column(
            "enforcement",
            "str",
            title_zh="执法结果",
            aliases=words("处理结果 执法方式 处理方式"),
            allowed={
                "none": ("无", "未处理", "合格"),
                "order": ("责令改正", "责令整改", "责令限期整改", "限期整改"),
                "warning": ("警告",),
                "fine": ("罚款", "处罚", "行政处罚"),
                "stop": ("停产停业", "责令停产停业", "停产整顿", "停业整顿"),
                "transfer": ("移送", "移送司法"),
            },
        ),
        Column(
            "fine_cny",
            "float",
            unit="CNY",
            minimum=0,
            title_zh="罚款金额",
            aliases=words("罚款 处罚金额 罚款金额（元）"),
            note="单位：元",
        ),
        moment("filed_at", "立案时间", "立案日期"),
        moment("published_at", "公示时间", "公示日期 处罚公示时间"),
        text("note", "备注", "说明"),
    ),
    key="id",
)

COMMITMENTS = Contract(
    "commitments",
    "企业风险日承诺",
    (
        Column(
            "enterprise_id",
            "str",
            required=True,
            title_zh="企业编号",
            aliases=ENTERPRISE_ALIASES,
        ),
        day("date", "日期", "承诺日期", required=True),
        TOWN,
        moment("committed_at", "承诺时间", "提交时间 上报时间", required=True),
        Column(
            "state",
            "str",
            required=True,
            title_zh="生产状态",
            aliases=words("状态 运行状态"),
            allowed={
                "normal": ("正常", "正常生产", "正常运行", "生产"),
                "special": ("特殊作业", "有特殊作业"),
                "maintenance": ("检修", "检维修"),
                "stopped": ("停产", "停业", "停工"),
            },
        ),
        Column(
            "risk_level",
            "str",
            title_zh="风险等级",
            aliases=words("承诺风险等级 当日风险 风险"),
            allowed={
                "red": ("红", "红色", "重大"),
                "orange": ("橙", "橙色", "较大"),
                "yellow": ("黄", "黄色", "一般"),
                "blue": ("蓝", "蓝色", "低"),
            },
        ),
        text("special_work", "特殊作业", "特殊作业内容 作业内容", note="动火、有限空间、高处等"),
        text("committed_by", "承诺人", "主要负责人 填报人"),
    ),
    key=("enterprise_id", "date"),
)

ALARMS = Contract(
    "alarms",
    "报警",
    (
        identifier("报警编号", "告警编号 报警ID"),
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
        moment("raised_at", "报警时间", "告警时间 开始时间 发生时间", required=True),
        moment("acknowledged_at", "确认时间", "接警时间 响应时间"),
        moment("cleared_at", "消警时间", "恢复时间 消除时间 结束时间"),
        moment("handled_at", "处置时间", "处置完成时间 办结时间 处理时间"),
        text("device_id", "设备编号", "传感器编号 设备ID"),
        Column("value", "float", title_zh="报警值", aliases=words("数值 监测值")),
        text("handled_note", "处置情况", "处置说明 处理情况"),
    ),
    key="id",
    one_of=(("hazard_source_id", "town"),),
)

DEVICES = Contract(
    "devices",
    "感知设备",
    (
        identifier("设备编号", "传感器编号 设备ID"),
        Column("name", "str", required=True, title_zh="设备名称", aliases=words("名称")),
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
        text("kind", "设备类型", "类型 指标 监测指标"),
        text("unit", "单位", "量纲 计量单位"),
        Column("raise_at", "float", title_zh="报警值", aliases=words("报警阈值 上限")),
        Column(
            "clear_at",
            "float",
            title_zh="消警值",
            aliases=words("恢复值 消警阈值"),
            note="不高于报警值",
        ),
        Column(
            "hold_s",
            "float",
            minimum=0,
            maximum=86400,
            title_zh="持续秒数",
            aliases=words("持续时间 确认秒数"),
            note="达到报警值并持续这么久才报警",
        ),
        Column(
            "silent_after_min",
            "float",
            minimum=0.1,
            maximum=100000,
            title_zh="离线分钟数",
            aliases=words("离线判定分钟 离线时限"),
            note="超过这么久没有消息算离线",
        ),
        day("in_service_from", "启用日期", "投用日期 安装日期"),
        day("in_service_until", "停用日期", "拆除日期"),
    ),
    key="id",
    one_of=(("hazard_source_id", "town"),),
)
