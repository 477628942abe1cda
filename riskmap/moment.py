"""The moment a day is computed for, and up to when records are counted as known."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pandas as pd

from riskmap.errors import RiskmapError


@dataclass(frozen=True)
class Moment:
    """A day, its reference moment `at`, and the record cut-off `known_until`.

    Both moments carry a zone. A record counts when it was learnt not after `known_until`; what
    it says is judged at `at`.
    """

    day: date
    at: pd.Timestamp
    known_until: pd.Timestamp

    @property
    def zone(self) -> tzinfo:
        """Return the district's time zone."""
        if self.at.tzinfo is None:
            raise ValueError("the reference moment has no zone")
        return self.at.tzinfo

    @property
    def previous_day(self) -> date:
        """Return the calendar day before."""
        return self.day - timedelta(days=1)


def parse_day(text: str) -> date:
    """Return a date written as YYYY-MM-DD or YYYYMMDD.

    Raises
    ------
    RiskmapError
        If the text is no date.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise RiskmapError("日期无法识别", text, "请写成 2026-06-30 的样子") from error


def parse_time(text: str, zone: ZoneInfo, day: date | None = None) -> datetime:
    """Return a moment written as ISO 8601; without an offset it is in the district's zone.

    A bare time of day ("10:30") is taken on `day`.

    Raises
    ------
    RiskmapError
        If the text is no moment.
    """
    stripped = text.strip()
    try:
        if day is not None and len(stripped) <= 8 and ":" in stripped:
            return datetime.combine(day, time.fromisoformat(stripped), zone)
        moment = datetime.fromisoformat(stripped)
    except ValueError as error:
        raise RiskmapError("时间无法识别", text, "请写成 2026-06-30T10:30 的样子") from error
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def reference_moment(day: date, cutoff: time, zone: ZoneInfo, as_of: datetime | None) -> datetime:
    """Return `as_of` when it falls on the day, else the day's usual moment, e.g. 08:30."""
    if as_of is not None and as_of.astimezone(zone).date() == day:
        return as_of.astimezone(zone)
    return datetime.combine(day, cutoff, zone)


def refuse_future(day: date, now: datetime, zone: ZoneInfo) -> None:
    """Raise when the day lies after today in the district's zone."""
    today = now.astimezone(zone).date()
    if day > today:
        raise RiskmapError(
            "日期在将来", day.isoformat(), f"今天是 {today.isoformat()}，只能计算今天或以前"
        )
