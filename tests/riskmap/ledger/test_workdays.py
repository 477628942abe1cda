"""Working days: the holidays of 2026 worked by hand, the file against its package, own files."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import WorkspaceError
from riskmap.ledger import holiday_table
from riskmap.ledger.workdays import Calendar, calendar_of, read_calendar, shipped_calendar
from riskmap.workspace import init_workspace, open_workspace

CALENDAR = read_calendar([shipped_calendar()])
DAYS = st.dates(date(2019, 1, 1), date(2026, 12, 31))


def test_national_day_2026_by_hand() -> None:
    # 1–7 October rest; Sunday 20 September and Saturday 10 October are worked for it
    worked = [day for day in range(1, 13) if CALENDAR.is_workday(date(2026, 10, day))]
    assert worked == [8, 9, 10, 12]
    assert CALENDAR.is_workday(date(2026, 9, 20))
    assert CALENDAR.name(date(2026, 10, 1)) == "国庆节"
    assert CALENDAR.name(date(2026, 10, 10)) == "国庆节调休上班"
    assert CALENDAR.name(date(2026, 10, 12)) == ""
    assert CALENDAR.next_workday(date(2026, 10, 1)) == date(2026, 10, 8)
    assert CALENDAR.last_workday(date(2026, 10, 7)) == date(2026, 9, 30)
    assert CALENDAR.add_workdays(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert CALENDAR.add_workdays(date(2026, 10, 10), -3) == date(2026, 9, 30)
    assert CALENDAR.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_spring_festival_2026_and_mid_autumn() -> None:
    assert CALENDAR.next_workday(date(2026, 2, 15)) == date(2026, 2, 24)
    assert CALENDAR.is_workday(date(2026, 2, 14))  # a Saturday
    assert not CALENDAR.is_workday(date(2026, 9, 25))  # a Friday


def test_years_beyond_the_file_are_not_known() -> None:
    assert CALENDAR.years == frozenset(range(2019, 2027))
    assert CALENDAR.known(date(2026, 12, 31))
    assert not CALENDAR.known(date(2027, 1, 1))
    assert not CALENDAR.is_workday(date(2027, 1, 1))  # a Friday: the law fixes New Year's Day
    assert CALENDAR.name(date(2027, 1, 1)) == "元旦"
    assert CALENDAR.is_workday(date(2027, 1, 8))  # else the weekday is all that is known
    assert CALENDAR.last_workday(date(2027, 1, 3)) == date(2026, 12, 31)
    assert not CALENDAR.is_workday(date(2027, 1, 2))


def test_the_file_says_what_its_package_says() -> None:
    shipped = {
        (day.isoformat(), special.kind, special.name) for day, special in CALENDAR.days.items()
    }
    made = {row[:3] for row in holiday_table.holiday_rows(CALENDAR.years)}
    assert shipped == made
    day = date(2019, 1, 1)
    while day.year in CALENDAR.years:
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_the_table_is_made_by_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    holiday_table.main()
    made = capsys.readouterr().out.splitlines()
    assert made[0] == "date,kind,name,source"
    assert len(made) >= 291


@given(DAYS, st.integers(-30, 30))
def test_adding_lands_on_working_days_and_back(day: date, count: int) -> None:
    there = CALENDAR.add_workdays(day, count)
    if count:
        assert CALENDAR.is_workday(there)
        low, high = sorted((day, there))
        days = [low + timedelta(days=i) for i in range((high - low).days + 1)]
        assert sum(CALENDAR.is_workday(one) for one in days if one != day) == abs(count)
    if CALENDAR.is_workday(day):
        assert CALENDAR.add_workdays(there, -count) == day


@given(DAYS)
def test_next_and_last_enclose_the_day(day: date) -> None:
    before, after = CALENDAR.last_workday(day), CALENDAR.next_workday(day)
    assert before <= day <= after
    assert (before == day) == (after == day) == CALENDAR.is_workday(day)


def test_own_files_of_a_workspace(tmp_path: Path) -> None:
    init_workspace(tmp_path / "w")
    folder = tmp_path / "w" / "calendars"
    folder.mkdir()
    head = "date,kind,name,source\n"
    with open_workspace(tmp_path / "w") as ws:
        assert calendar_of(ws) == CALENDAR
        (folder / "2027.csv").write_text(
            head + "2027-10-01,holiday,国庆节,通知\n\n2027-10-09,makeup,国庆节调休上班,通知\n",
            "utf-8",
        )
        (folder / "city.csv").write_text(head + "2026-10-09,holiday,亚运会,市政府通告\n", "utf-8")
        found = calendar_of(ws)
        assert found.known(date(2027, 5, 1))
        assert not found.is_workday(date(2027, 10, 1))
        assert found.is_workday(date(2027, 10, 9))
        assert found.name(date(2026, 10, 9)) == "亚运会"
        assert CALENDAR.is_workday(date(2026, 10, 9))


def test_one_day_of_a_year_does_not_make_the_year_known(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("date,kind,name,source\n2028-03-01,holiday,本地,通告\n", "utf-8")
    calendar = read_calendar([own])
    assert isinstance(calendar, Calendar)
    assert not calendar.known(date(2028, 3, 1))
    assert not calendar.is_workday(date(2028, 3, 1))


def test_faults_of_a_file_all_at_once(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        "date,kind,name,source\n2027-02-30,holiday,a,b\n2027-01-01,free,a,b\n2027-01-01\n", "utf-8"
    )
    with pytest.raises(WorkspaceError, match=r"第 2 行.*第 3 行.*第 4 行"):
        read_calendar([own])
    own.write_text("day,kind\n", "utf-8")
    with pytest.raises(WorkspaceError, match="表头"):
        read_calendar([own])
