"""Texts of the page of signs that numbers were made. Chinese first, English second."""

from collections.abc import Mapping

GAMING: Mapping[str, tuple[str, str]] = {
    "gaming_title": ("数据真实性核查线索", "Signs to look into"),
    "gaming_sentence": (
        "{start} 至 {end}，{count} 条线索。线索只说明值得一看，不是结论。",
        "{start} to {end}: {count} signs. A sign is a reason to look, not a finding.",
    ),
    "gaming_none": ("这一周没有线索。", "No sign this week."),
    "gaming_week": ("周", "Week"),
    "gaming_show": ("查看", "Show"),
    "gaming_by_town": ("按镇街", "By town"),
    "gaming_town": ("镇街", "Town"),
    "gaming_total": ("合计", "Total"),
    "gaming_last_hour": ("截止前一小时集中销号", "Closed in the last hour"),
    "gaming_same_photo": ("同一张照片重复使用", "Same photo used twice"),
    "gaming_found_again": ("销号或作废后再次发现", "Closed or void, found again"),
    "gaming_late_entry": ("事后补登", "Entered afterwards"),
    "gaming_how_last_hour": (
        "截止前一小时销号 {late} 条，占本周 {week} 条的 {share}",
        "{late} closed in the last hour, {share} of {week} this week",
    ),
    "gaming_how_same_photo": (
        "两处用了同一张照片（64 位中相差 {bits} 位）",
        "The same photo in two places ({bits} of 64 bits differ)",
    ),
    "gaming_how_same_photo_one": (
        "同一隐患的前后两个环节用了同一张照片（64 位中相差 {bits} 位）",
        "The same photo before and after ({bits} of 64 bits differ)",
    ),
    "gaming_how_found_again": (
        "销号 {days} 天后在同一处或同一企业再次发现",
        "Found again at the same place or enterprise {days} days after closing",
    ),
    "gaming_how_voided": (
        "作废 {days} 天后在同一处、同一企业或以同样的描述再次上报",
        "Reported again at the same place or enterprise, or in the same words, {days} days after "
        "it was void",
    ),
    "gaming_how_late_entry": (
        "期限 {due}，销号时间登记为 {closed}，{entered} 才登记",
        "Due {due}, closed {closed} as given, entered only on {entered}",
    ),
    "gaming_how_reopened": ("销号 {days} 天后重新打开", "Opened again {days} days after closing"),
    "gaming_rules": (
        "周截止 {cutoff}；集中销号：不少于 {many} 条，或不少于 {few} 条且占 {share}；"
        "再次发现：{days} 天内、{metres} 米内同一领域，或同一企业同一领域；"
        "交办后作废的，再次上报也算；事后补登：销号时间在期限内，期限过后才登记。",
        "The week is cut off on {cutoff}; many: {many} or more, or {few} or more and {share}; "
        "found again: within {days} days, the same domain within {metres} m or at the same "
        "enterprise, also after one was void that had been assigned; entered afterwards: closed "
        "in time as given, entered when the day was over.",
    ),
    "gaming_photo": ("照片 {number}", "Photo {number}"),
}
