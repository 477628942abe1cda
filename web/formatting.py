"""Numbers, dates and ages as readers see them; unknown is said, never shown as zero."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

MINUS = "\u2212"
WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RIGHT_THEN = timedelta(minutes=5)
"""A result computed within this time of what it knows needs no second moment beside it."""
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_known(value: float | None) -> bool:
    """Say whether a number is there at all."""
    return value is not None and not math.isnan(value)


def score(value: float | None, unknown: str = "缺") -> str:
    """Return a score with one decimal.

    >>> score(63.25), score(None)
    ('63.2', '缺')
    """
    return f"{value:.1f}" if value is not None and is_known(value) else unknown


def signed(value: float | None, unknown: str = "缺", decimals: int = 1) -> str:
    """Return a number with its sign; a rounded zero has none.

    >>> signed(3.14), signed(-2.0), signed(0.04), signed(None)
    ('+3.1', '−2.0', '0.0', '缺')
    """
    if value is None or not is_known(value):
        return unknown
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


def number(value: float | int | str | None, decimals: int = 0, unknown: str = "缺") -> str:
    """Return a number with thousands marks; text passes through.

    >>> number(900123.4), number(0.12345, 3), number(None)
    ('900,123', '0.123', '缺')
    """
    if isinstance(value, str):
        return value
    if value is None or not is_known(value):
        return unknown
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def measured(value: float | int | str | None, unknown: str = "缺") -> str:
    """Return a raw input with as many decimals as it needs (three significant figures).

    >>> measured(12), measured(85.6), measured(0.1234), measured(5234.7)
    ('12', '85.6', '0.123', '5,235')
    """
    if value is None or isinstance(value, str) or not is_known(value):
        return number(value, unknown=unknown)
    if float(value).is_integer() or abs(value) >= 1000:
        return number(value)
    digits = 2 - math.floor(math.log10(abs(value)))
    text = number(value, max(0, min(digits, 4)))
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: float | None, unknown: str = "缺") -> str:
    """Return a share of 1 as whole per cent.

    >>> percent(0.973), percent(None)
    ('97%', '缺')
    """
    return f"{value * 100:.0f}%" if value is not None and is_known(value) else unknown


def as_date(day: date | str) -> date:
    """Return a date from itself or from its ISO text."""
    return day if isinstance(day, date) else date.fromisoformat(day)


def long_date(day: date | str, language: str = "zh") -> str:
    """Return a date with its weekday.

    >>> long_date("2026-11-21"), long_date("2026-11-21", "en")
    ('2026年11月21日 星期六', 'Saturday 21 Nov 2026')
    """
    day = as_date(day)
    if language == "en":
        name = MONTHS_EN[day.month - 1]
        return f"{WEEKDAYS_EN[day.weekday()]} {day.day} {name} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS_ZH[day.weekday()]}"


def full_date(day: date | str, language: str = "zh") -> str:
    """Return a date with its year.

    >>> full_date("2026-11-21"), full_date("2026-11-21", "en")
    ('2026年11月21日', '21 Nov 2026')
    """
    day = as_date(day)
    return (
        f"{short_date(day, 'en')} {day.year}"
        if language == "en"
        else f"{day.year}年{short_date(day)}"
    )


def short_date(day: date | str, language: str = "zh") -> str:
    """Return month and day.

    >>> short_date("2026-11-21"), short_date("2026-11-21", "en")
    ('11月21日', '21 Nov')
    """
    day = as_date(day)
    if language == "en":
        return f"{day.day} {MONTHS_EN[day.month - 1]}"
    return f"{day.month}月{day.day}日"


def clock(moment: str | None, unknown: str = "缺") -> str:
    """Return hours and minutes of an ISO moment in its own offset.

    >>> clock("2026-06-30T06:12:00+08:00")
    '06:12'
    """
    return datetime.fromisoformat(moment).strftime("%H:%M") if moment else unknown


def moment(value: str | None, language: str = "zh", unknown: str = "缺") -> str:
    """Return day and time of an ISO moment in its own offset.

    >>> moment("2026-06-30T06:12:00+08:00")
    '6月30日 06:12'
    """
    if not value:
        return unknown
    when = datetime.fromisoformat(value)
    return f"{short_date(when.date(), language)} {when:%H:%M}"


def known_until(day: Mapping[str, Any]) -> str | None:
    """Return up to when a result counts what was learnt, None where it was computed right then.

    >>> known_until({"known_until": "2026-06-29T17:50:00+08:00",
    ...              "computed_at": "2026-06-30T08:31:00+08:00"})
    '2026-06-29T17:50:00+08:00'
    >>> known_until({"known_until": "2026-06-30T08:30:00+08:00",
    ...              "computed_at": "2026-06-30T08:31:00+08:00"})
    """
    known, computed = (datetime.fromisoformat(day[key]) for key in ("known_until", "computed_at"))
    return str(day["known_until"]) if abs(computed - known) > RIGHT_THEN else None


def age(days: float | None, language: str = "zh", unknown: str = "缺") -> str:
    """Return an age: hours below two days, days above.

    >>> age(0.5), age(12.3), age(12.3, "en")
    ('12 小时', '12 天', '12 days')
    """
    if days is None or not is_known(days):
        return unknown
    if days < 2:
        return f"{days * 24:.0f} " + ("hours" if language == "en" else "小时")
    return f"{days:.0f} " + ("days" if language == "en" else "天")


_BY_HAND = re.compile(r"entry#(\d+)")
_LEDGER = re.compile(r"ledger:(.+)#(\d+)")


def origin(source: str | None, language: str = "zh") -> str | None:
    """Return where a row comes from in words; file and row stay as they are.

    >>> origin("entry#12"), origin("ledger:330106-001-20260630-0007#3"), origin("a.csv:4")
    ('手工登记，审计第 12 号', '隐患台账 330106-001-20260630-0007 第 3 版', 'a.csv:4')
    """
    if source is None:
        return None
    english = language == "en"
    if found := _BY_HAND.fullmatch(source):
        return (
            f"entered by hand, audit no. {found[1]}"
            if english
            else f"手工登记，审计第 {found[1]} 号"
        )
    if found := _LEDGER.fullmatch(source):
        return (
            f"ledger {found[1]}, version {found[2]}"
            if english
            else f"隐患台账 {found[1]} 第 {found[2]} 版"
        )
    return source


FILTERS: Mapping[str, Callable[..., Any]] = {
    "score": score,
    "signed": signed,
    "number": number,
    "measured": measured,
    "percent": percent,
    "long_date": long_date,
    "short_date": short_date,
    "full_date": full_date,
    "clock": clock,
    "moment": moment,
    "known_until": known_until,
    "age": age,
    "origin": origin,
}
"""Template filters by name."""
