"""Until when a hidden danger has to be rectified: the scheme's terms, overdue computed, not stored.

A term runs in calendar days from the day the danger was found (上城区 2023: 街道 15 日, 区级 30 日;
the 30-day method) and is not moved when its last day is a rest day: a danger does not rest, and
the daily map counts so too (`riskmap.records.dangers.due_dates`). What moves are the reminders.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from riskmap.errors import RiskmapError
from scoring.schemes.scheme import Scheme

TOWN, DISTRICT = "town", "district"
TERM_ZH: Mapping[str, str] = {TOWN: "镇街级", DISTRICT: "区级"}
_TERM_DAYS: Mapping[str, str] = {TOWN: "town_days", DISTRICT: "district_days"}


def due_on(scheme: Scheme, term: str | None, found_on: date) -> date:
    """Return the last day in time: the day found plus the term, in calendar days.

    Parameters
    ----------
    term
        "town" (15 days in the default scheme) or "district" (30 days); None is "town".
    found_on
        The day, in the district's zone, on which the danger was found.

    Raises
    ------
    RiskmapError
        There is no such term.
    """
    chosen = term or TOWN
    if chosen not in _TERM_DAYS:
        raise RiskmapError("没有这种整改期限", chosen, "可用：town（镇街级）、district（区级）")
    return found_on + timedelta(days=int(scheme.deadlines_days[_TERM_DAYS[chosen]]))


def dues_by_term(scheme: Scheme, found_on: date) -> dict[str, date]:
    """Return the last day in time by each term: what a form proposes when the term is chosen."""
    return {term: due_on(scheme, term, found_on) for term in TERM_ZH}


def due_of(danger: Mapping[str, Any], scheme: Scheme, zone: tzinfo) -> date:
    """Return until when a danger has to be closed, however much of it is known.

    Its own deadline; without one the end of its listing; without either its term from the day
    it was found. `danger` has found_at (with zone) and may have deadline, listed_until, term.
    """
    own = danger.get("deadline") or danger.get("listed_until")
    if own is not None:
        return own if not isinstance(own, datetime) else own.date()
    return due_on(scheme, danger.get("term"), danger["found_at"].astimezone(zone).date())


def overdue_days(due: date, on: date) -> int:
    """Return by how many days what is still open is late on a day [d]; 0 in time.

    >>> overdue_days(date(2026, 6, 16), date(2026, 6, 16))
    0
    >>> overdue_days(date(2026, 6, 16), date(2026, 6, 18))
    2
    """
    return max((on - due).days, 0)
