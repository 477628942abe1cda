"""Which week is meant, its window between two cut-offs, and what counts as known by then."""

import re
from datetime import datetime

from riskmap.canonical import iso
from riskmap.errors import RiskmapError
from riskmap.ledger.gaming import Window, week_of, week_window
from riskmap.records.duties import last_received
from riskmap.records.reading import latest_learnt_at
from riskmap.weekly.measures import WeekMoment
from riskmap.workspace import Workspace

_WEEK = re.compile(r"([12][0-9]{3})-?W([0-9]{1,2})", re.IGNORECASE)


def parse_week(text: str) -> str:
    """Return an ISO week as "2026-W26"; "2026w26" and "2026-W6" are taken too.

    Raises
    ------
    RiskmapError
        If the text names no ISO week.

    Examples
    --------
    >>> parse_week("2026w6")
    '2026-W06'
    """
    match = _WEEK.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        datetime.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise RiskmapError("没有这一周", text, "写成 2026-W26 的样子") from error
    return f"{int(match[1]):04d}-W{int(match[2]):02d}"


def week_before(week: str, count: int = 1) -> str:
    """Return the ISO week so many weeks earlier.

    Examples
    --------
    >>> week_before("2027-W01")
    '2026-W53'
    """
    year, number = int(week[:4]), int(week[6:])
    monday = datetime.fromisocalendar(year, number, 1)
    past = datetime.fromordinal(monday.toordinal() - 7 * count)
    year, number, _ = past.isocalendar()
    return f"{year:04d}-W{number:02d}"


def current_week(ws: Workspace, now: datetime) -> str:
    """Return the last week whose cut-off is over at `now` and that has working days."""
    week = week_before(week_of(ws, now))
    while _empty(week_window(ws, week)):
        week = week_before(week)
    return week


def week_moment(
    ws: Workspace, week: str, now: datetime, as_of: datetime | None = None
) -> WeekMoment:
    """Return the window of a week and until when facts count as known.

    After the cut-off that is the cut-off itself. Before it the week is preliminary: known is
    what was learnt last until now (so that computing twice says the same). With `as_of` it is
    that moment, also one after the cut-off (a correction).

    Raises
    ------
    RiskmapError
        The week has not begun, has no working day, or `as_of` is in the future or before it.
    """
    name = parse_week(week)
    window = week_window(ws, name)
    zone = ws.settings.zone
    if _empty(window):
        raise RiskmapError("这一周全在节假日里，没有单独的指数", name, "这些天并入下一周")
    if now <= window.start:
        raise RiskmapError("这一周还没有开始", name, f"从 {iso(window.start)} 起才有数据")
    if as_of is not None:
        if as_of > now:
            raise RiskmapError("截止时刻在将来", iso(as_of), "--as-of 须不晚于现在")
        if as_of <= window.start:
            raise RiskmapError("截止时刻早于本周", iso(as_of), f"本周从 {iso(window.start)} 起")
        return WeekMoment(name, window, as_of.astimezone(zone))
    if now >= window.end:
        return WeekMoment(name, window, window.end)
    return WeekMoment(name, window, last_learnt(ws, window, now))


def last_learnt(ws: Workspace, window: Window, now: datetime) -> datetime:
    """Return when the last fact known at `now` was learnt, not before the window begins."""
    at = min(now, window.end)
    found = (latest_learnt_at(ws, now), last_received(ws, at, now), window.start)
    return max(one for one in found if one is not None).astimezone(ws.settings.zone)


def _empty(window: Window) -> bool:
    return window.start >= window.end


def previous_week(ws: Workspace, week: str) -> str:
    """Return the week before that has working days."""
    before = week_before(week)
    while _empty(week_window(ws, before)):
        before = week_before(before)
    return before


def last_week_until(ws: Workspace, moment: datetime) -> str:
    """Return the last week whose cut-off lies before a moment."""
    return previous_week(ws, week_of(ws, moment))
