"""Texts of what the office does on the page of a week: compute, publish, hold cards back."""

from collections.abc import Mapping

WEEK_OFFICE: Mapping[str, tuple[str, str]] = {
    "office_title": ("安委办：计算和发布", "The office: compute and publish"),
    "office_computing": ("计算", "Compute"),
    "office_waiting": ("第 {revision} 版草稿待发布", "revision {revision} waits to be published"),
    "office_sum": ("{sum}。", "On publication: {sum}."),
    "office_sum_given": ("发布即发出 {count} 张牌", "publishing gives {count} cards"),
    "office_sum_proposed": (
        "提出 {count} 张待定的牌",
        "{count} more are proposed for you to decide on",
    ),
    "office_sum_none": ("不会发牌", "no card is raised"),
    "office_other_draft": (
        "第 {revision} 版草稿待发布，不是您在看的这一版。看过再发布。",
        "Revision {revision} waits to be published; it is not the one shown here. See it first.",
    ),
    "office_see_draft": ("看第 {revision} 版", "Show revision {revision}"),
    "office_corrects": (
        "更正稿：发布后替代第 {revision} 版；更正稿的牌一律只提出待定，不自动发出。",
        "A correction: it will stand in place of revision {revision}. It gives no card by itself, "
        "it only proposes.",
    ),
    "office_not_open": (
        "第 {revision} 版是截止之前算的，本周还没有截止，不能发布。",
        "Revision {revision} cannot be published: the cut-off of the week is still to come.",
    ),
    "office_not_early": (
        "第 {revision} 版是截止之前算的，现在已经截止：先重算，再发布。",
        "Revision {revision} was computed before the cut-off, which is over now: compute again "
        "before publishing.",
    ),
    "office_not_behind": (
        "第 {revision} 版比已发布的知道得少，不能发布：先重算。",
        "Revision {revision} knows less than what is published: compute again before publishing.",
    ),
    "office_given": (
        "第 {revision} 版刚刚已发布，牌已发出。要暂缓，请到牌的页面办理，您填的理由如下。",
        "Revision {revision} has just been published and its cards given. Hold them back on their "
        "own pages; your reasons are below.",
    ),
    "office_newer": (
        "您看的是第 {seen} 版，现在最新的是第 {revision} 版。没有发布；请看过下面这一版再发布。",
        "You saw revision {seen}; the newest is now revision {revision}. Nothing was published: "
        "look at it below, then publish.",
    ),
    "office_unseen": (
        "没有说明看过的是哪一版，没有发布。请在本页发布。",
        "It was not said which revision you saw; nothing was published. Publish on this page.",
    ),
    "office_kept": ("您填过的暂缓理由", "Your reasons to hold back"),
    "office_gives": ("发布即发出", "given on publication"),
    "office_proposes": ("提出待定，由办公室另行决定", "proposed: the office decides later"),
    "office_hold_open": ("暂缓", "Hold back"),
    "office_hold": ("暂缓{town}的{card}，理由", "Hold back the {card} of {town}, because"),
    "office_hold_hint": (
        "留空就照发；填了就暂缓，理由记入经过。",
        "Left empty it is given; with words it is held back and they are kept in its history.",
    ),
    "office_odds_unknown": ("把握不明", "nobody knows how surely"),
    "office_publish": ("发布第 {revision} 版", "Publish revision {revision}"),
    "office_as": (
        "以“{name}”的名义发布。发布过的不再改变，要改只能另出更正稿。",
        "Published in the name of {name}. What is published never changes; a correction is a new "
        "revision.",
    ),
    "office_compute": ("计算本周", "Compute this week"),
    "office_try": ("试算本周", "Compute this week so far"),
    "office_again": ("重算", "Compute again"),
    "office_correct": ("重算为更正稿", "Compute a correction"),
    "office_compute_over": (
        "只计截止前已知的；结果和上一版相同就不出新版。",
        "Counts what was known at the cut-off; where the result is the same there is no new "
        "revision.",
    ),
    "office_compute_first": (
        "只计截止前已知的。",
        "Counts what was known at the cut-off.",
    ),
    "office_compute_early": (
        "还没有截止，算出的是初稿，不能发布。",
        "The cut-off is still to come: what is computed is preliminary and cannot be published.",
    ),
    "office_compute_correct": (
        "这一周已发布。重算计入截止之后才知道的，另出一版更正稿，发布以后才替代现行的。",
        "This week is published. Computing again counts what was learnt after the cut-off and "
        "makes a correction; it stands in place of the present one when it is published.",
    ),
    "office_reason": ("更正理由", "Reason for the correction"),
    "office_reason_late": (
        "计入截止之后才知道的，理由",
        "Count what was learnt after the cut-off, because",
    ),
    "office_reason_hint": (
        "留空就只计截止前已知的。",
        "Left empty, only what was known at the cut-off counts.",
    ),
    "office_reason_missing": (
        "这一周已发布，更正须写明理由",
        "This week is published: say why it is corrected",
    ),
    "office_reason_long": ("最多 {count} 字", "At most {count} characters"),
    "office_other_over": ("{week}已截止，还没有计算。", "{week} is over and not computed yet."),
    "office_other_early": ("{week}还没有截止。", "{week} is still running."),
    "office_other_compute": ("计算{week}", "Compute {week}"),
    "office_other_preview": ("试算{week}", "Compute {week} so far"),
    "office_done_published": ("已发布第 {revision} 版。", "Revision {revision} is published."),
    "office_done_already": (
        "第 {revision} 版早已发布，没有再发一次。",
        "Revision {revision} was published before; nothing was done again.",
    ),
    "office_done_computed": ("已算出第 {revision} 版草稿。", "Revision {revision} was computed."),
    "office_done_same": (
        "结果和第 {revision} 版完全相同，没有出新版。",
        "The result is that of revision {revision}; there is no new one.",
    ),
    "office_to_cards": ("看白黄红牌", "See the cards"),
    "weekly_none_title": ("{week}还没有计算", "{week} has not been computed yet"),
}
