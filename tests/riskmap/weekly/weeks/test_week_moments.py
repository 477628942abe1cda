"""Which week is meant, when it ends, and what is known by then."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from riskmap.errors import RiskmapError
from riskmap.weekly.moments import (
    current_week,
    last_week_until,
    parse_week,
    previous_week,
    week_before,
    week_moment,
)

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "week"),
    [("2026-W26", "2026-W26"), (" 2026-w26 ", "2026-W26"), ("2026W6", "2026-W06")],
)
def test_a_week_is_read_as_people_write_it(text: str, week: str) -> None:
    assert parse_week(text) == week


@pytest.mark.parametrize(
    "text", ["", "W26", "2026-26", "2026-W54", "2025-W53", "2026-W00", "0001-W01"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(RiskmapError, match="没有这一周"):
        parse_week(text)


def test_weeks_before_cross_the_year() -> None:
    assert week_before("2026-W01") == "2025-W52"  # 2025 has 52 weeks, 2026 has 53
    assert week_before("2027-W01") == "2026-W53"
    assert week_before("2026-W26", 26) == "2025-W52"


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-06-12T16:59:59", "2026-W23"),  # before the cut-off of Friday: the week before
        ("2026-06-12T17:00:00", "2026-W23"),  # the cut-off itself still belongs to W24
        ("2026-06-12T17:00:01", "2026-W24"),
        ("2026-06-18T17:00:00", "2026-W24"),  # 19 June is a holiday: W25 ends on Thursday
        ("2026-06-18T17:00:01", "2026-W25"),
    ],
)
def test_the_current_week_is_the_last_one_that_is_over(district: Any, now: str, week: str) -> None:
    assert current_week(district.ws, at(now)) == week


def test_the_window_ends_at_the_cut_off_and_nothing_later_is_known(district: Any) -> None:
    moment = week_moment(district.ws, "2026-W25", at("2026-06-30T09:00:00"))
    assert moment.window.start == at("2026-06-12T17:00:00")
    assert moment.at == moment.known_until == at("2026-06-18T17:00:00")


def test_before_the_cut_off_known_is_what_was_learnt_last(district: Any) -> None:
    learnt = at("2026-06-16T10:00:00")
    district.deliver("2026-W25", {"339901001": 0.9}, learnt=learnt)
    for now in ("2026-06-16T10:00:00", "2026-06-18T16:00:00"):
        moment = week_moment(district.ws, "2026-W25", at(now))
        assert (moment.known_until, moment.at) == (learnt, at("2026-06-18T17:00:00"))
    # nothing learnt in the week yet: it begins with its window
    moment = week_moment(district.ws, "2026-W26", at("2026-06-18T18:00:00"))
    assert moment.known_until == moment.window.start


@pytest.mark.parametrize(
    ("week", "as_of", "fault"),
    [
        ("2026-W26", None, "还没有开始"),
        ("2026-W24", "2026-06-18T17:00:01", "在将来"),
        ("2026-W24", "2026-06-05T17:00:00", "早于本周"),
    ],
)
def test_moments_that_cannot_be(district: Any, week: str, as_of: str | None, fault: str) -> None:
    now = at("2026-06-18T17:00:00")
    with pytest.raises(RiskmapError, match=fault):
        week_moment(district.ws, week, now, at(as_of) if as_of else None)


def test_a_week_that_holidays_swallow_has_no_index_and_is_passed_over(district: Any) -> None:
    folder = district.ws.root / "calendars"
    folder.mkdir()
    days = "\n".join(f"2026-06-{day:02d},holiday,连休,测试" for day in (8, 9, 10, 11, 12))
    (folder / "2026.csv").write_text("date,kind,name,source\n" + days + "\n", "utf-8")
    with pytest.raises(RiskmapError, match="全在节假日里"):
        week_moment(district.ws, "2026-W24", at("2026-06-30T09:00:00"))
    assert previous_week(district.ws, "2026-W25") == "2026-W23"
    assert current_week(district.ws, at("2026-06-15T09:00:00")) == "2026-W23"


def test_the_last_week_that_a_cap_holds_in(district: Any) -> None:
    # until 3 July 16:00 (a Friday): W26 is the last cut-off before; at 17:00 sharp still W26
    assert last_week_until(district.ws, at("2026-07-03T16:00:00")) == "2026-W26"
    assert last_week_until(district.ws, at("2026-07-03T17:00:00")) == "2026-W26"
    assert last_week_until(district.ws, at("2026-07-03T17:00:01")) == "2026-W27"
