"""Texts of the shelter page."""

from collections.abc import Mapping

SHELTERS: Mapping[str, tuple[str, str]] = {
    "shelters_title": ("应急避难场所", "Emergency shelters"),
    "shelters_mean": (
        "全区人均有效避难面积 {mean}\u00a0m²，{against} {target}\u00a0m² 的目标",
        "{mean}\u00a0m² of shelter area per resident, {against} the target of {target}\u00a0m²",
    ),
    "shelters_mean_unknown": (
        "全区人均有效避难面积缺（目标 {target}\u00a0m²）",
        "Effective shelter area per resident unknown (target {target}\u00a0m²)",
    ),
    "shelters_capacity": (
        "全区避难容量{least} {capacity} 人，{least}占常住人口 {share}",
        "Shelters have room for {least}{capacity} persons, {least}{share} of residents",
    ),
    "shelters_capacity_alone": (
        "全区避难容量{least} {capacity} 人，常住人口缺",
        "Shelters have room for {least}{capacity} persons, residents unknown",
    ),
    "shelters_least": ("至少", "at least "),
    "shelters_no_areas": (
        "各镇街均未报有效面积，不能与 {target}\u00a0m² 比较",
        "no town reports effective areas, so there is no comparison with {target}\u00a0m²",
    ),
    "shelters_percent": ("{value}\u00a0%", "{value}%"),
    "shelters_below": ("低于", "below"),
    "shelters_meets": ("达到", "meeting"),
    "shelters_gap": (
        "{towns} 个镇街有缺口，共缺 {area}（{persons} 人）",
        "{towns} towns are short, by {area} in all ({persons} persons)",
    ),
    "shelters_no_gap": ("各镇街均无缺口", "no town is short"),
    "shelters_no_gap_known": ("数据齐的镇街均无缺口", "no town with data is short"),
    "shelters_unknown": ("{towns} 个镇街数据缺", "{towns} towns lack data"),
    "shelters_colon": ("：", ": "),
    "shelters_semicolon": ("；", "; "),
    "shelters_stop": ("。", "."),
    "shelters_wan_m2": ("{value} 万\u00a0m²", "{value}\u00a0m²"),
    "shelters_m2": ("{value}\u00a0m²", "{value}\u00a0m²"),
    "shelters_denominator": ("分母是{text}。", "Denominator: {text}."),
    "shelters_target": ("目标依据：{text}。", "Target: {text}."),
    "shelters_as_of": ("避难场所数据截至 {time}", "Shelters as of {time}"),
    "shelters_map": (
        "各镇街避难面积是否够，点镇街看场所",
        "Shelter area by town; choose a town for its shelters",
    ),
    "shelters_map_places": (
        "各镇街避难容量占人口，点镇街看场所",
        "Shelter places per 100 residents by town; choose a town for its shelters",
    ),
    "shelters_table": ("各镇街", "By town"),
    "status_enough": ("够", "enough"),
    "status_short": ("缺口", "short"),
    "status_unknown": ("缺", "no data"),
    "status_enough_long": ("够：达到目标", "enough: meets the target"),
    "status_short_long": ("缺口：低于目标", "short: below the target"),
    "status_unknown_long": (
        "缺：面积或人口未知",
        "no data: area or population unknown",
    ),
    "status_unknown_places": (
        "缺：没有有效面积，不能判断是否达标；数字是容量占人口",
        "no data: without effective areas the target cannot be judged; "
        "figures are places as a share of residents",
    ),
    "shelters_town": ("镇街", "Town"),
    "shelters_status": ("状态", "Status"),
    "shelters_per_head": ("人均有效面积（m²）", "Effective area per head (m²)"),
    "shelters_places": ("容量占人口（%）", "Places per 100 residents"),
    "shelters_places_title": (
        "（容量占人口 {share}）",
        " (places for {share} of residents)",
    ),
    "shelters_capacity_persons": ("容量（人）", "Places"),
    "shelters_population": ("常住人口（人）", "Residents"),
    "shelters_area": ("有效面积（m²）", "Effective area (m²)"),
    "shelters_short_area": ("缺口（m²）", "Shortfall (m²)"),
    "shelters_short_persons": ("缺口（人）", "Shortfall (persons)"),
    "shelters_count": ("计入场所（处）", "Shelters counted"),
    "shelters_bar": ("竖线为目标 {target}\u00a0m²", "line: target {target}\u00a0m²"),
    "shelters_bar_places": (
        "条形是容量占人口，没有国家标准可比，只用来排先后",
        "bars: places per 100 residents; no national target exists, they only rank towns",
    ),
    "shelters_upper": (
        "至多：有场所没有面积",
        "at most: some shelters have no area",
    ),
    "shelters_remarks": ("怎样计算", "How it was counted"),
    "shelters_rows": ("看场所", "Show shelters"),
    "shelters_json": ("JSON 接口", "JSON API"),
    "shelters_none": (
        "还没有导入避难场所或镇街边界。",
        "Shelters or town borders have not been imported yet.",
    ),
    "shelters_none_command": ("riskmap import shelters 文件", "riskmap import shelters FILE"),
    "shelters_none_next": (
        "导入以后刷新本页。没有数据不等于没有场所。",
        "Import them, then reload. No data does not mean no shelters.",
    ),
}
