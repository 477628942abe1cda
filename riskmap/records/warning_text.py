"""Read what a weather station says: station, action, type, colour, time.

The words of the signal are the station's own (DOMAIN §4.4: nobody else may change them); this
module only finds the parts, the title and text themselves are stored and shown unchanged.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Action = Literal["issue", "update", "cancel"]

ALERT_ID = re.compile(r"\d{14}_\d{14}(_\d+)?")
"""GB/T 35965.1 alert id: 14-digit sender (first 6 = division code), 14-digit time (DOMAIN §4.2)."""

COLOURS = {"蓝": "blue", "黄": "yellow", "橙": "orange", "红": "red"}
GRADES = {"Ⅰ": "red", "Ⅱ": "orange", "Ⅲ": "yellow", "Ⅳ": "blue"}
GRADES |= {"I": "red", "II": "orange", "III": "yellow", "IV": "blue"}

_ACTIONS: dict[str, Action] = {
    "继续发布": "update",
    "升级发布": "update",
    "降级发布": "update",
    "更新发布": "update",
    "变更发布": "update",
    "发布": "issue",
    "变更": "update",
    "更新": "update",
    "确认": "update",
    "升级": "update",
    "降级": "update",
    "解除": "cancel",
    "取消": "cancel",
    "撤销": "cancel",
}
_VERBS = "|".join(_ACTIONS)
_TIME = (
    r"(?:(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?P<hour>\d{1,2})时"
    r"(?:(?P<minute>\d{1,2})分)?"
)
_SIGNAL = r"(?P<type>[^，。：、\s]{1,12}?)(?:(?P<colour>[蓝黄橙红])色)?预警"
_TITLE = re.compile(rf"(?P<station>.+?)(?P<verb>{_VERBS})(?:了)?{_SIGNAL}")
_TEXT = re.compile(rf"(?P<station>[^，。：\s]+?)(?:于)?{_TIME}(?P<verb>{_VERBS})(?:了)?{_SIGNAL}")
_CHANGE = re.compile(
    rf"(?P<station>[^，。：\s]+?)(?:于)?{_TIME}将(?P<before>[^，。：]+?)[蓝黄橙红]色预警(?:信号)?"
    r"(?P<verb>升级|降级|变更|更新|调整)[为成到](?P<type>[^，。：、\s]{0,12}?)"
    r"(?P<colour>[蓝黄橙红])色预警"
)
_GRADE = re.compile(r"[\[［【(（]\s*(?P<grade>Ⅰ|Ⅱ|Ⅲ|Ⅳ|IV|III|II|I)\s*级")
_LAG = timedelta(hours=1)


@dataclass(frozen=True)
class Said:
    """The parts of one message; `notes` are contradictions found (column, value, expected)."""

    station: str
    action: Action
    type: str
    level: str | None
    issued_at: datetime
    notes: list[tuple[str, str, str]] = field(default_factory=list)


class UnreadableError(ValueError):
    """A message has no station, type, colour or time; says which column and what is expected."""

    def __init__(self, column: str, value: str, expected: str) -> None:
        self.column, self.value, self.expected = column, value, expected
        super().__init__(f"{column}：{value}：{expected}")


def read_message(title: str, text: str, stated: datetime | None, zone: ZoneInfo) -> Said:
    """Find the parts of a warning message.

    The station's own words win over the fields of whoever passed the message on.

    Parameters
    ----------
    title, text
        As received; one of the two may be empty.
    stated
        The time that the feed states, with zone; None when it states none.
    zone
        Zone of times in the text.

    Raises
    ------
    UnreadableError
        A part that cannot be done without is missing.
    """
    change = _CHANGE.match(text)
    own = change or _TEXT.match(text)
    headed = _TITLE.match(title)
    best = headed or own
    if best is None:
        raise UnreadableError(
            "title",
            title or text[:40],
            "应有发布单位、发布或解除、灾种和颜色，例如“某县气象台发布暴雨橙色预警”",
        )
    action = _action(headed, own, change is not None)
    kind = best["type"] or (own["type"] if own else "")
    colour = best["colour"] or (own["colour"] if own else None)
    if colour is None and action != "cancel":
        raise UnreadableError("title", title or text[:40], "没有预警颜色（蓝、黄、橙、红）")
    issued_at = _own_time(own, stated, zone) or stated
    if issued_at is None:
        raise UnreadableError("time", "", "正文和时间栏都没有发布时间")
    level = COLOURS[colour] if colour is not None else None
    notes = [*_time_notes(stated, issued_at), *_grade_notes(title, level)]
    notes += _text_notes(title, headed, own, changed=change is not None)
    return Said(best["station"].strip(), action, _plain_type(kind), level, issued_at, notes)


def read_time(value: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment as feeds write it: 2026/09/20 00:43, 2022-04-26 21:20:00, ISO 8601."""
    try:
        moment = datetime.fromisoformat(value.strip().replace("/", "-"))
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def id_time(alert_id: str, zone: ZoneInfo) -> datetime | None:
    """Return the time within an alert id; None when its digits are no time."""
    if not ALERT_ID.fullmatch(alert_id):
        return None
    try:
        moment = datetime.strptime(alert_id[15:29], "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment.replace(tzinfo=zone)


def _action(headed: re.Match[str] | None, own: re.Match[str] | None, changed: bool) -> Action:
    """Title and text together: a change or a cancel in either wins over a plain issue."""
    found = {_ACTIONS[match["verb"]] for match in (headed, None if changed else own) if match}
    if "cancel" in found:
        return "cancel"
    return "update" if changed or "update" in found else "issue"


def _plain_type(said: str) -> str:
    return said.removesuffix("天气").removesuffix("气象风险").strip()


def _own_time(
    own: re.Match[str] | None, stated: datetime | None, zone: ZoneInfo
) -> datetime | None:
    """Return the time that the text itself states; a missing year or month is the nearest one."""
    if own is None or own["day"] is None:
        return None
    if own["month"] is None and stated is None:
        return None
    near = stated.astimezone(zone) if stated is not None else None
    years = [int(own["year"])] if own["year"] else []
    if not years and near is not None:
        years = [near.year - 1, near.year, near.year + 1]
    months = [int(own["month"])] if own["month"] else list(range(1, 13))
    moments = [
        moment
        for year in years
        for month in months
        if (moment := _moment(year, month, own, zone)) is not None
    ]
    if not moments:
        return None
    return moments[0] if near is None else min(moments, key=lambda moment: abs(moment - near))


def _moment(year: int, month: int, own: re.Match[str], zone: ZoneInfo) -> datetime | None:
    hour, minute = int(own["hour"]), int(own["minute"] or 0)
    days = 1 if hour == 24 else 0
    try:
        moment = datetime(year, month, int(own["day"]), 0 if days else hour, minute, tzinfo=zone)
    except ValueError:
        return None
    return moment + timedelta(days=days)


def _time_notes(stated: datetime | None, issued_at: datetime) -> list[tuple[str, str, str]]:
    if stated is None or abs(stated - issued_at) <= _LAG:
        return []
    found = f"{stated:%Y-%m-%d %H:%M}"
    own = f"{issued_at:%Y-%m-%d %H:%M}"
    return [("time", found, f"与正文时间 {own} 矛盾，以发布台站正文为准")]


def _grade_notes(title: str, level: str | None) -> list[tuple[str, str, str]]:
    grade = _GRADE.search(title)
    if grade is None or level is None or GRADES[grade["grade"]] == level:
        return []
    return [("title", title, f"颜色与“{grade['grade']}级”矛盾，以颜色为准")]


def _text_notes(
    title: str, headed: re.Match[str] | None, own: re.Match[str] | None, *, changed: bool
) -> list[tuple[str, str, str]]:
    if headed is None or own is None or not headed["colour"] or not own["colour"]:
        return []
    same_type = changed or _plain_type(headed["type"]) == _plain_type(own["type"])
    if headed["colour"] == own["colour"] and same_type:
        return []
    return [("text", f"{own['type']}{own['colour']}色", f"标题与正文矛盾：{title}，以标题为准")]
