"""Texts of reasons, rules, actions and why an item counts.

Only the English column is used for what a day stores in Chinese (see `web.labels`); the Chinese
one says the same for whoever reads this table.
"""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    "signal_words": ("{type}{word}色预警", "{type} {word} signal"),
    "label_stored": ("{factor}：{label}", "{factor}: {label}"),
    "label_gone": ("较昨日消失：{label}", "gone since yesterday: {label}"),
    "label_inherent_r": ("固有风险（ΣR {raw}）", "inherent (ΣR {raw})"),
    "label_inherent": ("固有风险（{raw} {unit}）", "inherent ({raw} {unit})"),
    "label_weather": ("{signal} × 影响 {effect}", "{signal} × effect {effect}"),
    "label_backlog": ("隐患 {counts}", "hidden dangers: {counts}"),
    "label_accident": (
        "近期事故与险情（衰减后 {value}）",
        "recent accidents and near misses (decayed {value})",
    ),
    "label_special": ("特殊时段：{name}", "special period: {name}"),
    "label_control": ("管控水平（系数 {value}）", "control (factor {value})"),
    "label_cap": ("封顶（行业风险超过 1 的部分）", "cap (sector risk above 1)"),
    "backlog_general": ("一般", "general"),
    "backlog_overdue": ("超期", "overdue"),
    "backlog_major": ("重大", "major"),
    "backlog_major_overdue": ("重大超期", "major and overdue"),
    "unit_家": ("家", "enterprises"),
    "unit_处": ("处", "sites"),
    "unit_处/km²": ("处/km²", "sites/km²"),
    "unit_人/km²": ("人/km²", "persons/km²"),
    "rule_E1": ("气象预警", "weather signal on a sector at risk"),
    "rule_E1_parts": (
        "{signal}，{sector}影响 {effect}、固有风险 {inherent}",
        "{signal}: effect {effect} on {sector}, inherent {inherent}",
    ),
    "rule_E2": (
        "重大危险源报警未按时处置",
        "alarm of a major hazard source not dealt with in time",
    ),
    "rule_E3": ("挂牌重大隐患未销号", "listed major hidden danger not closed"),
    "rule_E4": ("死亡事故", "accident with a death"),
    "rule_E5": ("较大及以上事故", "grave accident"),
    "rule_E6": ("应急响应", "emergency response in force"),
    "rule_E7": ("人工上调", "raised by hand, with a written reason"),
    "rule_E7_down": ("人工下调", "lowered by hand, with a reason and two persons"),
    "rule_E8": ("每日至多降一级", "falls by at most one level a day"),
    "rule_E9": ("数据不全，不出绿色", "data incomplete: no green is given"),
    "action_close_major_overdue": (
        "整改销号{sector}领域超期重大隐患 {count} 条",
        "Close overdue major hidden dangers in {sector}: {count}",
    ),
    "action_close_major": (
        "整改销号{sector}领域重大隐患 {count} 条",
        "Close major hidden dangers in {sector}: {count}",
    ),
    "action_close_overdue": (
        "整改销号{sector}领域超期一般隐患 {count} 条",
        "Close overdue general hidden dangers in {sector}: {count}",
    ),
    "action_close_general": (
        "整改销号{sector}领域一般隐患 {count} 条",
        "Close general hidden dangers in {sector}: {count}",
    ),
    "action_handle_alarm": (
        "处置重大危险源报警 {count} 个",
        "Deal with alarms of major hazard sources: {count}",
    ),
    "action_delist": (
        "整改销号挂牌督办的重大隐患 {count} 条",
        "Close listed major hidden dangers: {count}",
    ),
    "why_r_unknown": (
        "R 未知（物质、数量或人口不全）",
        "R unknown (substances, quantities or persons incomplete)",
    ),
    "why_r_none": ("R {r}（不构成重大危险源）", "R {r} (no major hazard source)"),
    "why_r_level": ("R {r}（{level} 级重大危险源）", "R {r} (major hazard source, level {level})"),
    "why_graded": ("{grade}色风险企业", "{grade} risk grade"),
    "why_ungraded": ("未评级", "not graded"),
    "why_no_sector": ("未分行业", "no sector given"),
    "why_danger": ("{grade}隐患，{day} 发现", "{grade} hidden danger, found {day}"),
    "why_overdue": ("，超期 {days} 天", ", {days} days overdue"),
    "why_open": ("，未销号", ", open"),
    "why_accident": ("{grade}，{days} 天前", "{grade}, {days} days ago"),
    "accident_0": ("险情", "near miss"),
    "accident_1": ("一般事故", "accident"),
    "accident_2": ("较大及以上事故", "grave accident"),
    "enterprise_危化": ("危化", "hazardous chemicals"),
    "enterprise_工贸": ("工贸", "industry and trade"),
    "enterprise_九小场所": ("九小场所", "small public premises"),
    "enterprise_合用场所": ("合用场所", "premises lived and worked in"),
    "enterprise_高层建筑": ("高层建筑", "high-rise building"),
    "enterprise_人员密集场所": ("人员密集场所", "crowded premises"),
    "enterprise_建设施工": ("建设施工", "construction"),
    "enterprise_其他": ("其他", "other"),
    "flag_危化使用": ("危化使用", "uses hazardous chemicals"),
    "flag_粉尘涉爆": ("粉尘涉爆", "explosive dust"),
    "flag_涉氨制冷": ("涉氨制冷", "ammonia refrigeration"),
    "flag_有限空间": ("有限空间", "confined spaces"),
    "flag_喷涂": ("喷涂", "spray coating"),
    "flag_金属冶炼": ("金属冶炼", "metal smelting"),
    "flag_船舶修造": ("船舶修造", "ship building and repair"),
}
