"""Reminders: which dangers are due in seven or three days, today, or late (DOMAIN §6).

A reminder is for people at work: one whose day is a rest day comes on the last working day
before it, never later. Nothing is stored; overdue is what the dates say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import pandas as pd

from riskmap.ledger.deadlines import due_of, overdue_days
from riskmap.ledger.states import State
from riskmap.ledger.versions import state_of
from riskmap.ledger.workdays import Calendar, calendar_of
from riskmap.records.dangers import not_void
from riskmap.records.frames import plain_rows
from riskmap.records.reading import read_records
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace

KIND = "hidden_dangers"


class Stage(StrEnum):
    """How near the deadline is."""

    SEVEN = "T-7"
    THREE = "T-3"
    TODAY = "T0"
    OVERDUE = "overdue"


STAGE_ZH: Mapping[Stage, str] = {
    Stage.SEVEN: "7 天内到期",
    Stage.THREE: "3 天内到期",
    Stage.TODAY: "今天到期",
    Stage.OVERDUE: "已超期",
}
_BEFORE: tuple[tuple[Stage, int], ...] = ((Stage.TODAY, 0), (Stage.THREE, 3), (Stage.SEVEN, 7))


@dataclass(frozen=True)
class Reminder:
    """One danger that is due soon or late.

    `days_left` is negative when late; `fresh` on the very day the stage begins; `rest_day` names
    the holiday (or 周末) on which the deadline falls, "" on a working day; `known` is False when
    the holidays of the deadline's year are not known.
    """

    number: str
    town: str
    domain: str
    grade: str
    description: str
    responsible_unit: str | None
    state: State
    due: date
    days_left: int
    stage: Stage
    fresh: bool
    rest_day: str
    known: bool


def stage_on(due: date, on: date, calendar: Calendar) -> Stage | None:
    """Return the stage of a deadline on a day; None while it is more than seven days off.

    `T0` is the deadline itself or, before a deadline on a rest day, the last working day.
    """
    if on > due:
        return Stage.OVERDUE
    return next((stage for stage, days in _BEFORE if on >= _begins(due, days, calendar)), None)


def is_fresh(due: date, on: date, calendar: Calendar) -> bool:
    """Tell whether a stage begins on this day: the day to send the reminder."""
    begins = [_begins(due, days, calendar) for _, days in _BEFORE]
    return on in (*begins, calendar.next_workday(due + timedelta(days=1)))


def due_soon(ws: Workspace, on: date, known_until: datetime | None = None) -> list[Reminder]:
    """Return all dangers open at the end of a day that are due within seven days or late.

    The most overdue first, then by deadline and number.

    Parameters
    ----------
    known_until
        Only what was known by then counts (None: all).
    """
    scheme, calendar, zone = scheme_in_use(ws), calendar_of(ws), ws.settings.zone
    end = datetime.combine(on + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    table = not_void(read_records(ws, KIND, known_until, at=end))
    closed = table["closed_at"].notna() & (table["closed_at"] <= pd.Timestamp(end))
    found = table["found_at"] <= pd.Timestamp(end)
    reminders = []
    for row in plain_rows(KIND, table[found & ~closed]):
        due = due_of(row, scheme, zone)
        stage = stage_on(due, on, calendar)
        if stage is not None:
            reminders.append(reminder_of(row, due, on, stage, calendar))
    return sorted(reminders, key=lambda one: (one.due, one.number))


def _begins(due: date, days: int, calendar: Calendar) -> date:
    return calendar.last_workday(due - timedelta(days=days))


def reminder_of(
    row: Mapping[str, Any], due: date, on: date, stage: Stage, calendar: Calendar
) -> Reminder:
    """Return the reminder of a danger whose stage is known."""
    late = overdue_days(due, on)
    rest = "" if calendar.is_workday(due) else calendar.name(due) or "周末"
    return Reminder(
        number=row["number"] or row["key"],
        town=row["town"],
        domain=row["domain"],
        grade=row["grade"],
        description=row["description"] or "",
        responsible_unit=row["responsible_unit"],
        state=state_of(row["state"]),
        due=due,
        days_left=-late if late else (due - on).days,
        stage=stage,
        fresh=is_fresh(due, on, calendar),
        rest_day=rest,
        known=calendar.known(due),
    )
