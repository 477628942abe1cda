"""Texts of the page on which departments report a week: `/weekly/{week}/deliveries`."""

from collections.abc import Mapping

DELIVERIES: Mapping[str, tuple[str, str]] = {
    "nav_deliveries": ("部门报送", "Department reports"),
    "deliveries_title": ("{week} 部门报送", "Department reports, {week}"),
    "deliveries_open": (
        "{complete} / {count} 个部门已报齐，{cutoff} 截止。",
        "{complete} of {count} departments complete; cut-off {cutoff}.",
    ),
    "deliveries_over": (
        "已于 {cutoff} 截止，{complete} / {count} 个部门按时报齐。截止后才到的照收，本周按缺计。",
        "Cut off {cutoff}; {complete} of {count} departments complete in time. What comes later "
        "but counts as missing in this week.",
    ),
    "deliveries_week": ("周", "Week"),
    "deliveries_show": ("查看", "Show"),
    "deliveries_back": ("{week}指数", "Weekly index, {week}"),
    "deliveries_table": ("各部门", "Departments"),
    "deliveries_department": ("部门", "Department"),
    "deliveries_came": ("最近送达", "Last received"),
    "deliveries_never": ("未报送", "nothing yet"),
    "deliveries_lacking": ("还缺", "Missing"),
    "deliveries_lacked": ("本周缺", "Missing in this week"),
    "deliveries_complete": ("齐", "complete"),
    "deliveries_every_town": ("全部镇街", "all towns"),
    "deliveries_everything": ("全部 {count} 项", "all {count}"),
    "deliveries_part": ("{code} {name}：{towns}", "{code} {name}: {towns}"),
    "deliveries_part_late": (
        "{code} {name}：{towns}（截止后才到）",
        "{code} {name}: {towns} (came after the cut-off)",
    ),
    "deliveries_late": ("截止后", "after the cut-off"),
    "deliveries_after": (
        "截止后更正，本周仍按原数：{parts}",
        "Corrected after the cut-off: {parts}",
    ),
    "deliveries_form": ("报送表", "Form"),
    "deliveries_download": ("下载", "Download"),
    "deliveries_download_of": ("下载{name}的报送表", "Download the form of {name}"),
    "deliveries_all": (
        "下载全部部门的报送表（xlsx）",
        "Download the forms of all departments (xlsx)",
    ),
    "deliveries_indicators": ("{count} 项指标", "{count} indicators"),
    "deliveries_from_records": ("由系统记录，可代报", "from records; may stand in"),
    "deliveries_stood_in": ("{time} 有代报", "stood in {time}"),
    "deliveries_stand_in": (
        "{items} 由系统记录算出，不用报送；记录里没有的镇街，可以代报。",
        "{items}: measured on records, nothing to report; may stand in for towns without records.",
    ),
    "deliveries_send": ("报送", "Report"),
    "deliveries_lead": (
        "送回填好的报送表。整份先检查，有一处错误就一个数也不登记，全部错误一次列出。",
        "Send the form back. It is checked as a whole: with one fault nothing is entered, and "
        "all faults are listed at once.",
    ),
    "deliveries_file": ("填好的报送表（xlsx）", "The form, filled in (xlsx)"),
    "deliveries_check": ("检查并登记", "Check and enter"),
    "deliveries_missing_file": ("请选择一个文件。", "Choose a file."),
    "deliveries_taken": (
        "已登记：{departments}，{numbers} 个数，其中 {changed} 个是新的或改过的。",
        "Entered: {departments}, {numbers} numbers, {changed} of them new or changed.",
    ),
    "deliveries_nothing": (
        "这份表没有填任何数，按没有报送计。",
        "The form holds no number: nothing was reported.",
    ),
    "deliveries_taken_late": (
        "这一周已经截止：已收下并注明，本周不计入（没报过的按缺计，报过的按原数计）。",
        "The week is cut off: kept and marked, but not counted in this week (what was reported in "
        "time counts as it was, the rest as missing).",
    ),
    "deliveries_refused": (
        "{count} 处错误，一个数也没有登记。改正后整份再送。",
        "{count} faults; nothing was entered. Mend them and send the whole form again.",
    ),
    "deliveries_faults": ("错误", "Faults"),
    "deliveries_notes": ("提示", "Notes"),
    "deliveries_sheet": ("工作表", "Sheet"),
    "deliveries_cell": ("单元格", "Cell"),
    "deliveries_value": ("填的是", "Value"),
    "deliveries_mend": ("怎么改", "How to mend it"),
    "deliveries_more": ("另有 {count} 处。", "{count} more."),
    "deliveries_none": (
        "评分方案里没有要部门报送的指标。",
        "No indicator of the scheme comes from departments.",
    ),
}
