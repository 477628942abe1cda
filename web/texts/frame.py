"""Texts of the frame of every page: header, navigation, errors, empty states, words."""

from collections.abc import Mapping

FRAME: Mapping[str, tuple[str, str]] = {
    "product": ("安全风险五色图", "Safety risk map"),
    "internal": ("内部", "Internal"),
    "internal_note": (
        "内部研判资料，不是气象预警信号，也不是政府警报。",
        "Internal assessment; neither a weather warning signal nor a government alert.",
    ),
    "skip": ("跳到正文", "Skip to content"),
    "nav": ("主导航", "Main navigation"),
    "nav_map": ("今日", "Today"),
    "nav_shelters": ("避难场所", "Shelters"),
    "nav_docs": ("接口", "API"),
    "switch": ("English", "中文"),
    "switch_label": ("Switch to English", "切换到中文"),
    "review_number": ("审图号：{number}", "Map review number: {number}"),
    "level_red": ("红", "Red"),
    "level_orange": ("橙", "Orange"),
    "level_yellow": ("黄", "Yellow"),
    "level_blue": ("蓝", "Blue"),
    "level_green": ("绿", "Green"),
    "level_no_data": ("缺", "No data"),
    "status_draft": ("草稿", "Draft"),
    "status_published": ("已发布", "Published"),
    "revision": ("第 {revision} 版", "revision {revision}"),
    "unknown": ("缺", "unknown"),
    "points": ("分", "points"),
    "age_days": ("{days} 天", "{days} d"),
    "stale": ("过期", "stale"),
    "home": ("回到今日地图", "Back to today's map"),
    "empty_title": ("还没有计算过任何一天", "No day has been computed yet"),
    "empty_text": (
        "这个工作区里还没有成果。导入图层和记录以后，运行下面的命令，再刷新本页。",
        "This workspace has no results yet. Import layers and records, run this command, "
        "then reload the page.",
    ),
    "empty_next": (
        "缺什么、多旧，可以用 riskmap layers 查看。",
        "riskmap layers shows what is loaded and how old it is.",
    ),
}
