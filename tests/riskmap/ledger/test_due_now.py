"""What is due now, from the open dangers alone, is what the reminders of the day say."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from riskmap.ledger.dangers import act, report
from riskmap.ledger.due_now import NEAR, due_now
from riskmap.ledger.reminders import Stage, due_soon
from riskmap.ledger.workdays import read_calendar, shipped_calendar
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import ADMIN, DUTY, FIELDS, NOW, REPORTER, add_photo

DUE = ("2026-06-10", "2026-06-11", "2026-06-12", "2026-06-17", "2026-06-30")


def close(ledger: Workspace, number: str) -> None:
    """Take a danger through the loop to its end."""
    photo = add_photo(ledger, "a")
    rectified = {"comment": "已清理"}
    act(ledger, DUTY, number, "assign", {"responsible_unit": "甲厂"}, version=1, now=NOW)
    act(ledger, REPORTER, number, "rectify", rectified, version=2, photos=(photo,), now=NOW)
    act(ledger, DUTY, number, "recheck_pass", {"comment": "已看"}, version=3, now=NOW)
    act(ledger, ADMIN, number, "close", {}, version=4, now=NOW)


def test_the_same_as_the_reminders_of_today(ledger: Workspace) -> None:
    numbers = [report(ledger, DUTY, {**FIELDS, "deadline": day}, now=NOW).number for day in DUE]
    closed = report(ledger, REPORTER, {**FIELDS, "deadline": "2026-06-11"}, now=NOW).number
    close(ledger, closed)
    without = report(ledger, REPORTER, FIELDS, now=NOW).number
    table = record_tables["hidden_dangers"]
    with ledger.write() as connection:  # a file may leave the deadline out
        connection.execute(sa.update(table).where(table.c.key == without).values(deadline=None))
    for days in (0, 2, 12, 20):
        now = NOW + timedelta(days=days)
        today = now.astimezone(ledger.settings.zone).date()
        assert due_now(ledger, now) == due_soon(ledger, today, now)
    stages = [(one.number, one.stage) for one in due_now(ledger, NOW)]
    assert stages == [
        (numbers[0], Stage.TODAY),
        (numbers[1], Stage.THREE),
        (numbers[2], Stage.THREE),
        (numbers[3], Stage.SEVEN),
    ]
    assert without in [one.number for one in due_now(ledger, NOW + timedelta(days=12))]


def test_the_reminder_comes_before_a_long_holiday(ledger: Workspace) -> None:
    """T-7 of 14 October is 7 October, the end of the National holiday: told on 30 September."""
    now = datetime(2026, 9, 30, 1, 0, tzinfo=UTC)
    number = report(ledger, DUTY, {**FIELDS, "deadline": "2026-10-14"}, now=NOW).number
    [row] = due_now(ledger, now)
    assert (row.number, row.stage, row.days_left, row.fresh) == (number, Stage.SEVEN, 14, True)
    assert due_soon(ledger, now.date(), now) == [row]
    assert due_now(ledger, now - timedelta(days=1)) == []


def test_near_reaches_over_every_holiday_of_the_calendar() -> None:
    calendar = read_calendar([shipped_calendar()])
    longest = max(day - calendar.last_workday(day) for day in calendar.days)
    assert longest == timedelta(days=10)  # the Spring Festival of 2020
    assert timedelta(days=7) + longest <= NEAR
