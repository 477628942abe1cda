"""What a file of hidden dangers may say."""

from layers.contracts.model import Column, Contract, words
from riskmap.records.columns import DOMAIN, TOWN, day, moment, text

LEDGER_COLUMNS = ("version", "held_from")
"""Columns of hidden dangers that only the ledger writes; no file has them."""

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
        moment(
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
        moment("closed_at", "销号时间", "销号日期 闭环时间 整改完成时间 整改完成日期 完成时间"),
        moment("listed_at", "挂牌时间", "挂牌日期 挂牌督办时间 挂牌督办日期"),
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
        text("place", "地点", "具体地点 隐患地点 详细地址 位置"),
        text("responsible_unit", "责任单位", "整改责任单位 整改单位 责任部门"),
        text("responsible_person", "责任人", "整改责任人 责任人姓名"),
        Column(
            "term",
            "str",
            title_zh="整改时限类型",
            aliases=words("时限类型 办理层级 督办层级"),
            allowed={"town": ("镇街", "镇街级", "镇级"), "district": ("区级", "区", "区县")},
            note="没有整改期限时按评分方案的镇街或区级天数计算",
        ),
        text("reported_by", "上报人", "填报人 发现人 检查人"),
        moment("exposed_at", "曝光时间", "曝光日期"),
        moment("assigned_at", "交办时间", "交办日期"),
        moment("rectified_at", "整改时间", "整改日期"),
        moment("rechecked_at", "复查时间", "复查日期"),
        text("transferred_to", "移送单位", "移送部门 移交单位"),
        day("extension_until", "申请延期至", "延期至 延期期限"),
        text("extension_asked_by", "延期申请人", "申请延期人"),
    ),
    key="number",
)
