"""Reminders: T−7, T−3, T0 worked by hand on a calendar, brought forward before rest days."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from riskmap.ledger.dangers import act, report
from riskmap.ledger.exchange import read_danger_files
from riskmap.ledger.reminders import Stage, due_soon, is_fresh, stage_on
from riskmap.ledger.states import State
from riskmap.ledger.workdays import read_calendar, shipped_calendar
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import ADMIN, DUTY, FIELDS, NOW, REPORTER, add_photo

CALENDAR = read_calendar([shipped_calendar()])
DAYS = st.dates(date(2019, 2, 1), date(2026, 11, 30))


def test_an_ordinary_week() -> None:
    due = date(2026, 6, 25)  # a Thursday; 18 June is a Thursday, 22 June a Monday
    stages = {day: stage_on(due, date(2026, 6, day), CALENDAR) for day in range(16, 28)}
    # 19–21 June are the Dragon Boat holidays: T−3 (22 June, a Monday) stands as it is
    assert stages == {
        16: None, 17: None, 18: Stage.SEVEN, 19: Stage.SEVEN, 20: Stage.SEVEN, 21: Stage.SEVEN,
        22: Stage.THREE, 23: Stage.THREE, 24: Stage.THREE, 25: Stage.TODAY,
        26: Stage.OVERDUE, 27: Stage.OVERDUE,
    }  # fmt: skip
    fresh = [day for day in range(10, 30) if is_fresh(due, date(2026, 6, day), CALENDAR)]
    assert fresh == [18, 22, 25, 26]


def test_a_deadline_in_the_national_holiday() -> None:
    due = date(2026, 10, 3)  # T−7 is Saturday 26 September: 中秋 holidays 25–27 → Thursday 24
    assert stage_on(due, date(2026, 9, 23), CALENDAR) is None
    assert stage_on(due, date(2026, 9, 24), CALENDAR) is Stage.SEVEN
    assert stage_on(due, date(2026, 9, 29), CALENDAR) is Stage.SEVEN
    assert stage_on(due, date(2026, 9, 30), CALENDAR) is Stage.TODAY  # the last day at work
    assert stage_on(due, date(2026, 10, 3), CALENDAR) is Stage.TODAY
    assert stage_on(due, date(2026, 10, 4), CALENDAR) is Stage.OVERDUE
    assert is_fresh(due, date(2026, 10, 8), CALENDAR)  # told on the first day at work


@given(DAYS, st.integers(-40, 40))
def test_stages_only_come_nearer_and_are_never_late(due: date, offset: int) -> None:
    order = [None, Stage.SEVEN, Stage.THREE, Stage.TODAY, Stage.OVERDUE]
    on = due + timedelta(days=offset)
    before, after = stage_on(due, on, CALENDAR), stage_on(due, on + timedelta(days=1), CALENDAR)
    assert order.index(before) <= order.index(after)
    left = (due - on).days
    plain = (
        Stage.OVERDUE if left < 0 else Stage.TODAY if left == 0
        else Stage.THREE if left <= 3 else Stage.SEVEN if left <= 7 else None
    )  # fmt: skip
    assert order.index(before) >= order.index(plain)
    assert (before is Stage.OVERDUE) == (left < 0)


@given(DAYS)
def test_every_reminder_comes_on_a_working_day(due: date) -> None:
    days = [due + timedelta(days=n) for n in range(-30, 20)]
    fresh = [day for day in days if is_fresh(due, day, CALENDAR)]
    assert 2 <= len(fresh) <= 4
    assert all(CALENDAR.is_workday(day) for day in fresh)
    assert any(day > due for day in fresh)


def test_due_soon_of_a_small_ledger(ledger: Workspace) -> None:
    for deadline, text in (("2026-06-11", "甲处"), ("2026-06-18", "乙处"), ("2026-07-10", "丙处")):
        fields = {**FIELDS, "deadline": deadline, "description": text}
        number = report(ledger, DUTY, fields, now=NOW).number
    on = date(2026, 6, 15)
    rows = due_soon(ledger, on)
    assert [(row.description, row.stage, row.days_left) for row in rows] == [
        ("甲处", Stage.OVERDUE, -4),
        ("乙处", Stage.THREE, 3),
    ]
    assert rows[0].state is State.FOUND
    assert rows[1].fresh
    assert due_soon(ledger, date(2026, 6, 9)) == []  # before they were found
    assert due_soon(ledger, on, known_until=NOW - timedelta(hours=1)) == []
    assert due_soon(ledger, date(2026, 7, 4))[-1].rest_day == ""
    assert number == rows[1].number[:-1] + "3"


def test_a_closed_danger_is_due_until_it_was_closed(ledger: Workspace) -> None:
    number = report(ledger, REPORTER, {**FIELDS, "deadline": "2026-06-12"}, now=NOW).number
    photo = add_photo(ledger, "a")
    steps = (
        (DUTY, "assign", {"responsible_unit": "甲厂"}, ()),
        (REPORTER, "rectify", {"comment": "已清理"}, (photo,)),
        (DUTY, "recheck_pass", {"comment": "已看"}, ()),
        (ADMIN, "close", {}, ()),
    )
    now = datetime(2026, 6, 16, 1, 0, tzinfo=UTC)
    for version, (actor, action, fields, photos) in enumerate(steps, start=1):
        act(ledger, actor, number, action, fields, version=version, photos=photos, now=now)
        now += timedelta(minutes=5)
    assert due_soon(ledger, date(2026, 6, 16)) == []
    [row] = due_soon(ledger, date(2026, 6, 15))
    assert (row.stage, row.days_left, row.state) == (Stage.OVERDUE, -3, State.FOUND)


def test_a_file_delivered_later_tells_what_was_found_and_closed_by_a_day(
    ledger: Workspace,
) -> None:
    """The row of a file holds throughout: its own moments say what was open on a past day."""
    path = ledger.root / "bureau.csv"
    path.write_text(
        "隐患编号,发现时间,所属镇街,行业领域,隐患等级,隐患描述,状态,销号时间,整改期限\n"
        "局-1,2026-06-08 09:00,西湖街道,消防,一般,灭火器过期,已销号,2026-06-16 23:59,2026-06-12\n"
        "局-2,2026-06-17 00:00,西湖街道,消防,一般,通道堵塞,整改中,,2026-06-20\n",
        "utf-8",
    )
    read_danger_files(ledger, DUTY, [path], now=NOW + timedelta(days=10))
    listed = {
        day: [one.number for one in due_soon(ledger, date(2026, 6, day))] for day in (15, 16, 17)
    }
    assert listed == {15: ["局-1"], 16: [], 17: ["局-2"]}
