"""What a computed week says, against numbers worked by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from riskmap.errors import RiskmapError
from riskmap.weekly.bases import pair_of
from riskmap.weekly.computing import compute_week
from riskmap.weekly.past_weeks import pool, usual_rates
from riskmap.weekly.telling import note_lines
from riskmap.weekly.weeks import read_town_week, read_week
from tests.riskmap.weekly.weeks.conftest import (
    CODES,
    CUTOFF,
    MONDAY,
    SECOND,
    WEEK,
    WeekDistrict,
    usual_week,
)

Column = Callable[[Any, str], list[Any]]


def test_three_towns_by_hand(usual: WeekDistrict, towns_of: Column) -> None:
    document = usual.compute()
    assert towns_of(document, "index") == pytest.approx([97.0, 88.0, 70.0])
    assert towns_of(document, "level") == ["green", "yellow", "orange"]
    assert towns_of(document, "rank") == [1, 2, 3]
    assert towns_of(document, "change") == [None, None, None]
    assert document["district"]["index"] == pytest.approx((97 + 88 + 70) / 3)
    assert document["district"]["levels"] == {
        "green": 1, "blue": 0, "yellow": 1, "orange": 1, "red": 0, "no_data": 0,
    }  # fmt: skip
    first, second, _ = document["towns"]
    # the greatest loss of the second against the first: 0.09 of the 8 points of A4.1
    assert second["costs"][0]["indicator"] == "A4.1"
    assert second["costs"][0]["lost"] == pytest.approx(0.72)
    assert second["costs"][0]["best"] == {
        "code": CODES[0], "name": "甲镇", "points": pytest.approx(7.76),
    }  # fmt: skip
    assert first["costs"] == []
    assert [one["points"] for one in second["aspects"]] == pytest.approx(
        [0.88 * points for points in (15, 15, 10, 15, 15, 10, 10, 10)]
    )


def test_one_indicator_costs_what_it_is_worth(district: WeekDistrict) -> None:
    before = CUTOFF - timedelta(hours=2)
    district.deliver(WEEK, {CODES[0]: 0.9}, learnt=before)
    district.deliver(WEEK, {CODES[1]: 0.9}, learnt=before, A5_2=0.4)
    document = district.compute()
    second = document["towns"][1]
    assert second["index"] == pytest.approx(90 - 0.5 * 5)  # A5.2 has 5 points
    assert second["weakest_aspect"] == "A5"
    assert [one["indicator"] for one in second["costs"]] == ["A5.2"]
    assert document["towns"][2]["level"] == "no_data"
    assert document["towns"][2]["rank"] is None
    assert document["towns"][2]["in_band"] == {"no_data": 1.0}
    detail = read_town_week(district.ws, WEEK, CODES[1])
    own = next(one for one in detail["indicators"] if one["code"] == "A5.2")
    assert (own["value"], own["points"], own["of"]) == pytest.approx((76.0, 2.0, 5.0))
    assert own["gain"] == pytest.approx(3.0)
    assert detail["gains"][0] == "A5.2"
    assert own["origin"] == "department"


def test_a_missing_number_is_left_out_and_two_make_the_town_unknown(
    district: WeekDistrict,
) -> None:
    codes, before = district.weekly.codes, CUTOFF - timedelta(hours=2)
    one_missing = tuple(code for code in codes if code != "A3.1")
    two_missing = tuple(code for code in one_missing if code != "A3.2")
    district.deliver(WEEK, {CODES[0]: 0.9}, learnt=before, only=one_missing)
    district.deliver(WEEK, {CODES[1]: 0.9}, learnt=before, only=two_missing)
    district.deliver(WEEK, {CODES[2]: 0.9}, learnt=before)
    document = district.compute()
    assert [row["index"] for row in document["towns"]] == [
        pytest.approx(90), None, pytest.approx(90),
    ]  # fmt: skip
    assert document["towns"][0]["aspects"][2]["missing"] == ["A3.1"]
    office = next(one for one in document["departments"] if one["name"] == "安委办")
    assert office["missing"] == [
        {"indicator": "A3.1", "towns": [CODES[0], CODES[1]]},
        {"indicator": "A3.2", "towns": [CODES[1]]},
    ]
    assert office["towns"][0]["share"] == pytest.approx(0.9)


@pytest.mark.parametrize(("later", "index"), [(timedelta(0), 95.0), (SECOND, None)])
def test_the_cut_off_is_sharp(
    district: WeekDistrict, later: timedelta, index: float | None
) -> None:
    early = district.hour_before("2026-W23")
    district.deliver("2026-W23", {CODES[0]: 0.5}, learnt=early)
    district.deliver(WEEK, {CODES[0]: 0.95}, learnt=CUTOFF + later)
    found = district.compute()["towns"][0]["index"]
    assert found == (None if index is None else pytest.approx(index))


def test_a_number_that_comes_late_is_missing_and_said_to_have_come(
    usual: WeekDistrict,
) -> None:
    district = usual
    early = district.compute()
    assert not any(one["late"] for one in early["departments"])
    district.deliver(WEEK, {CODES[0]: 0.1}, learnt=CUTOFF + SECOND, only=("A3.1",))
    again = district.compute()
    assert again["revision"] == early["revision"] == 1  # same bytes
    late = {one["name"] for one in again["departments"] if one["late"]}
    assert late == {"安委办"}
    assert not any("未报送" in line for line in note_lines(again)), "what was known is corrected"


def test_what_comes_after_a_draft_is_in_time_and_not_counted(district: WeekDistrict) -> None:
    early = CUTOFF - timedelta(days=1)
    district.deliver(WEEK, {CODES[0]: 0.9}, learnt=early)
    district.compute(now=early + SECOND)
    district.deliver(WEEK, dict.fromkeys(CODES, 0.9), learnt=CUTOFF - timedelta(hours=1))
    draft = read_week(district.ws, WEEK)
    assert draft["preliminary"] and any(one["late"] for one in draft["departments"])
    told = [line for line in note_lines(draft) if "未报送" in line]
    assert told and all("（此后有送达，本版未计入）" in line for line in told)


def test_against_last_week_only_where_it_was_published(usual: WeekDistrict) -> None:
    district, first = usual, CUTOFF - timedelta(days=7)
    district.deliver("2026-W23", dict.fromkeys(CODES, 0.9), learnt=first - timedelta(hours=1))
    district.compute("2026-W23")
    assert district.compute()["towns"][0]["previous"] is None  # a draft is nothing to compare with
    district.publish("2026-W23")
    row = district.compute()["towns"][0]
    assert row["previous"] == {"week": "2026-W23", "revision": 1, "index": pytest.approx(90),
                               "rank": 1}  # fmt: skip
    assert row["change"] == pytest.approx(7)


def test_two_months_and_the_year_to_date(usual: WeekDistrict) -> None:
    district = usual
    # 2026-W18 ends on 30 April: March-April; W19 is of May-June
    for week, score in (("2026-W18", 0.8), ("2026-W19", 0.6)):
        district.deliver(week, dict.fromkeys(CODES, score), learnt=district.hour_before(week))
        district.compute(week)
        district.publish(week)
    bases = district.compute()["bases"]
    assert bases["two_months"]["weeks"] == ["2026-W19", "2026-W24"]
    assert bases["year"]["weeks"] == ["2026-W18", "2026-W19", "2026-W24"]
    assert (bases["year"]["from"], bases["year"]["to"]) == ("2026-W18", "2026-W24")
    assert [one["index"] for one in bases["two_months"]["towns"]] == pytest.approx(
        [(60 + 97) / 2, (60 + 88) / 2, (60 + 70) / 2]
    )
    assert [one["index"] for one in bases["year"]["towns"]] == pytest.approx(
        [(80 + 60 + 97) / 3, (80 + 60 + 88) / 3, (80 + 60 + 70) / 3]
    )
    assert [one["rank"] for one in bases["year"]["towns"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("week", "pair"),
    [
        ("2025-W01", (2025, 0)),  # its Thursday is 2 January 2025
        ("2026-W01", (2026, 0)),  # 1 January 2026 is a Thursday
        ("2026-W53", (2026, 5)),  # 31 December 2026
        ("2026-W09", (2026, 0)),  # 26 February
        ("2026-W10", (2026, 1)),  # 5 March
    ],
)
def test_a_week_lies_in_the_months_of_its_thursday(week: str, pair: tuple[int, int]) -> None:
    assert pair_of(week) == pair


def test_the_usual_rate_is_that_of_all_cases() -> None:
    nan = np.nan
    values = {"A1.2": np.array([80.0, 100.0, nan]), "A2.2": np.array([nan, nan, nan])}
    cases = {"A1.2": np.array([5.0, 3.0, nan]), "A2.2": np.array([0.0, nan, 0.0])}
    assert pool(values, cases) == {"A1.2": [700.0, 8.0]}
    week = {"A1.2": [700.0, 8.0]}
    assert usual_rates([week, {"A1.2": [100.0, 2.0]}, {}]) == {"A1.2": 80.0}
    assert usual_rates([]) == {}


def test_few_cases_are_drawn_to_the_usual_rate_of_published_weeks(
    district: WeekDistrict,
) -> None:
    before, first = CUTOFF - timedelta(hours=2), CUTOFF - timedelta(days=7, hours=1)
    counts = {"2026-W23": (first, (8, 10)), WEEK: (before, (1, 2))}
    for week, (learnt, (good, all_)) in counts.items():
        rest = tuple(code for code in district.weekly.codes if code != "A2.2")
        district.deliver(week, dict.fromkeys(CODES, 0.9), learnt=learnt, only=rest)
        rows = [
            {"week": week, "town": code, "indicator": "A2.2", "numerator": good,
             "denominator": all_}
            for code in CODES
        ]  # fmt: skip
        district.record("indicators", rows, learnt)
    small = read_first(district)
    assert (small["small"], small["drawn"]) == (True, 50.0)  # no published week yet: only marked
    district.compute("2026-W23")
    district.publish("2026-W23")
    document = district.compute()
    drawn = read_first(district, document["revision"])
    # (2·50 + 5·80) / 7
    assert (drawn["small"], drawn["drawn"]) == (True, pytest.approx(500 / 7))
    assert document["provenance"]["small_count_means"]["A2.2"] == 80.0
    assert document["provenance"]["small_count_weeks"] == ["2026-W23"]


def read_first(district: WeekDistrict, revision: int | None = None) -> dict[str, Any]:
    """Return A2.2 of the first town as it stands in a revision."""
    revision = revision or district.compute()["revision"]
    detail = read_town_week(district.ws, WEEK, CODES[0], revision)
    found: dict[str, Any] = next(one for one in detail["indicators"] if one["code"] == "A2.2")
    return found


def test_a_week_before_any_record_says_how_to_compute_it_late(district: WeekDistrict) -> None:
    with pytest.raises(RiskmapError, match=r"还没有任何记录.*补算"):
        compute_week(district.ws, WEEK, now=MONDAY)
    usual_week(district, cutoff=MONDAY)  # typed in on Monday
    document = district.compute(reason="系统上线前的周，补录")
    assert document["corrects"] is None
    assert document["late_reason"] == "系统上线前的周，补录"
    assert document["towns"][0]["index"] == pytest.approx(97)


def test_what_was_learnt_after_the_cut_off_needs_a_reason(usual: WeekDistrict) -> None:
    with pytest.raises(RiskmapError, match="截止之后才知道的不计入"):
        compute_week(usual.ws, WEEK, now=MONDAY, as_of=CUTOFF + SECOND)
    with pytest.raises(RiskmapError, match="本周还没有截止"):
        compute_week(usual.ws, WEEK, now=CUTOFF - SECOND, reason="急")


def test_every_number_of_the_document_is_a_number_and_nothing_is_lost(
    usual: WeekDistrict,
) -> None:
    document = usual.compute()
    for row in document["towns"]:
        assert sum(row["in_band"].values()) == pytest.approx(1)
        low, high = row["rank_interval"]
        assert 1 <= low <= row["rank"] <= high <= 3
        got = sum(one["points"] for one in row["aspects"])
        assert got == pytest.approx(row["before_cap"])
    assert {one["choice"] for one in document["sensitivity"]} >= {"weight", "norm", "mean"}
    assert document["provenance"]["history"] == []
    assert document["provenance"]["draws"] == 1000
