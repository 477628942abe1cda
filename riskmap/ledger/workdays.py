"""Working days: Monday to Friday, except public holidays and make-up days of a data file.

The shipped file is `data/calendars/workdays-cn.csv`; a workspace adds years, or corrects days, by
files `calendars/*.csv` of the same form (date,kind,name,source). Beyond the last year of the files
only the weekday is known, and the holidays that the law fixes by date: `Calendar.known` is False
there, and pages say so.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from riskmap.errors import WorkspaceError
from riskmap.paths import data_dir
from riskmap.workspace import Workspace, read_text

HOLIDAY, MAKEUP = "holiday", "makeup"
COLUMNS = ("date", "kind", "name", "source")
_FRIDAY = 4
_FIXED: Mapping[tuple[int, int], str] = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}
"""Holidays that the law fixes by date (全国年节及纪念日放假办法 2024): also of years whose notice
is not out yet."""
_ALWAYS_NAMED = (10, 1)
"""National Day stands in every yearly notice: a year without it is only corrected in part."""


@dataclass(frozen=True)
class SpecialDay:
    """A day that the files name: a public holiday, or a make-up day on which people work."""

    kind: str
    name: str
    source: str


@dataclass(frozen=True)
class Calendar:
    """Which days are worked; `years` are those whose holidays are known."""

    days: Mapping[date, SpecialDay]
    years: frozenset[int]

    def known(self, day: date) -> bool:
        """Tell whether the holidays of the day's year are known (else the weekday rule holds)."""
        return day.year in self.years

    def is_workday(self, day: date) -> bool:
        """Tell whether a day is worked."""
        special = self.days.get(day)
        if special is not None:
            return special.kind == MAKEUP
        if not self.known(day) and (day.month, day.day) in _FIXED:
            return False
        return day.weekday() <= _FRIDAY

    def name(self, day: date) -> str:
        """Return the name of a holiday or make-up day (Chinese), "" for an ordinary day."""
        special = self.days.get(day)
        if special is None and not self.known(day):
            return _FIXED.get((day.month, day.day), "")
        return special.name if special is not None else ""

    def next_workday(self, day: date) -> date:
        """Return the day itself when it is worked, else the first one after it."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def last_workday(self, day: date) -> date:
        """Return the day itself when it is worked, else the last one before it."""
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def add_workdays(self, day: date, count: int) -> date:
        """Return the `count`-th working day after a day (before it when negative); 0: the day."""
        step = timedelta(days=1 if count >= 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        return day


def calendar_of(ws: Workspace) -> Calendar:
    """Return the calendar of a workspace: the shipped file, then its own ones by name.

    Raises
    ------
    WorkspaceError
        A file of the workspace is no calendar; file, line and value are named.
    """
    own = sorted((ws.root / "calendars").glob("*.csv"))
    return read_calendar([shipped_calendar(), *own])


def shipped_calendar() -> Path:
    """Return the file of public holidays that ships with riskmap."""
    return data_dir() / "calendars" / "workdays-cn.csv"


def read_calendar(files: list[Path]) -> Calendar:
    """Read calendar files; a later file says more about a day than an earlier one.

    Raises
    ------
    WorkspaceError
        A file is no calendar; all its faulty lines are named.
    """
    days: dict[date, SpecialDay] = {}
    for path in files:
        days |= _days(read_text(path), path)
    named = {day.year for day in days}
    return Calendar(days, frozenset(year for year in named if date(year, *_ALWAYS_NAMED) in days))


def _days(text: str, path: Path) -> dict[date, SpecialDay]:
    rows = csv.reader(io.StringIO(text))
    head = next(rows, [])
    if tuple(word.strip() for word in head) != COLUMNS:
        raise WorkspaceError("日历文件的表头不对", path, f"第一行应为 {','.join(COLUMNS)}")
    days: dict[date, SpecialDay] = {}
    faults: list[str] = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            day, special = _day(row)
        except ValueError as error:
            faults.append(f"第 {rows.line_num} 行 {','.join(row)}：{error}")
        else:
            days[day] = special
    if faults:
        raise WorkspaceError(f"日历文件 {path} 有误", "；".join(faults), "改正后再运行")
    return days


def _day(row: list[str]) -> tuple[date, SpecialDay]:
    if len(row) != len(COLUMNS):
        raise ValueError(f"应有 {len(COLUMNS)} 列")
    day, kind, name, source = (cell.strip() for cell in row)
    try:
        found = date.fromisoformat(day)
    except ValueError as error:
        raise ValueError("日期应写成 2027-01-01") from error
    if kind not in (HOLIDAY, MAKEUP):
        raise ValueError(f"kind 应为 {HOLIDAY}（休）或 {MAKEUP}（班）")
    return found, SpecialDay(kind, name, source)
