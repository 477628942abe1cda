"""Texts of the hazard source page."""

from collections.abc import Mapping

HAZARD: Mapping[str, tuple[str, str]] = {
    "hazard_title": ("重大危险源 {name}", "Hazard source {name}"),
    "hazard_sentence": (
        "{name}：S = {s}，R = {r}，{level}。",
        "{name}: S = {s}, R = {r}, {level}.",
    ),
    "hazard_level_1": ("一级重大危险源", "level 1 (gravest)"),
    "hazard_level_2": ("二级重大危险源", "level 2"),
    "hazard_level_3": ("三级重大危险源", "level 3"),
    "hazard_level_4": ("四级重大危险源", "level 4"),
    "hazard_level_0": ("不构成重大危险源（S < 1）", "not a major hazard source (S < 1)"),
    "hazard_level_none": (
        "级别缺：有物质的数量、临界量或周边人数未知",
        "level unknown: a quantity, a threshold or the people around are not known",
    ),
    "hazard_unit": ("单元类型", "Unit type"),
    "hazard_enterprise": ("企业", "Enterprise"),
    "hazard_town": ("所在镇街", "Town"),
    "hazard_standard": ("依据", "Standard"),
    "hazard_substances": ("一、辨识：S = Σ q/Q", "1. Identification: S = Σ q/Q"),
    "hazard_substances_note": (
        "q 为设计最大量，Q 为临界量（表 1、表 2）。S ≥ 1 即构成重大危险源。",
        "q is the design maximum, Q the threshold (tables 1, 2); S ≥ 1 is a major hazard source.",
    ),
    "hazard_substance": ("物质", "Substance"),
    "hazard_quantity": ("q（t）", "q (t)"),
    "hazard_threshold": ("Q（t）", "Q (t)"),
    "hazard_ratio": ("q/Q", "q/Q"),
    "hazard_beta": ("β", "β"),
    "hazard_beta_ratio": ("β·q/Q", "β·q/Q"),
    "hazard_where": ("依据表行", "Table row used"),
    "hazard_sum": ("合计", "Sum"),
    "hazard_people": ("二、周边人数与 α", "2. People around and α"),
    "hazard_people_note": (
        "厂界向外 500 m 内的常住人口。有正式调查数时以调查数为准，两个数都保留。",
        "Residents within 500 m of the boundary. A surveyed number wins; both are kept.",
    ),
    "hazard_counted": ("按人口图层计数（人）", "Counted from the population layer (persons)"),
    "hazard_surveyed": ("正式调查（人）", "Officially surveyed (persons)"),
    "hazard_used": ("采用", "used"),
    "hazard_alpha": ("校正系数 α（表 5）", "Factor α (table 5)"),
    "hazard_alpha_bands": (
        "0 人 0.5；1–29 人 1.0；30–49 人 1.2；50–99 人 1.5；100 人以上 2.0",
        "0: 0.5; 1–29: 1.0; 30–49: 1.2; 50–99: 1.5; 100 and more: 2.0",
    ),
    "hazard_grading": ("三、分级：R = α · Σ β·q/Q", "3. Grading: R = α · Σ β·q/Q"),
    "hazard_bands": (
        "R ≥ 100 一级；50 ≤ R < 100 二级；10 ≤ R < 50 三级；R < 10 四级",
        "R ≥ 100 level 1; 50 ≤ R < 100 level 2; 10 ≤ R < 50 level 3; R < 10 level 4",
    ),
    "hazard_level": ("级别", "Level"),
    "hazard_steps": ("逐行计算", "Line by line"),
    "hazard_faults": ("待核实", "To be checked"),
    "hazard_faults_none": ("没有发现名称、CAS 号或类别的矛盾。", "No contradiction found."),
    "hazard_source_row": ("来源", "Source"),
    "hazard_rows": ("看原始行", "Show the row"),
    "hazard_all": ("全部重大危险源", "All hazard sources"),
    "hazard_screen": (
        "500 m 是标准规定的人口统计范围，不是外部安全防护距离。",
        "500 m is the standard's range for counting people, not a safety distance.",
    ),
    "hazard_json": ("JSON 接口", "JSON API"),
}
