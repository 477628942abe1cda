"""What departments deliver: units, corrections, what came too late, where it stands in."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from riskmap.errors import RiskmapError
from riskmap.ledger.gaming import week_window
from riskmap.weekly.measures import DEPARTMENT, MISSING, RECORDS, WeekMoment
from riskmap.weekly.measuring import measure_week, nothing_to_count

NAN = np.nan
ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W24"
NAMES = ("甲镇", "乙镇", "丙街道")
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)


def row(code: str, town: str, value: object = None, **counts: object) -> dict[str, object]:
    given = {"week": WEEK, "town": town, "indicator": code, "value": value}
    return {**given, "numerator": None, "denominator": None, **counts}


@pytest.mark.parametrize(
    ("code", "given", "value"),
    [
        ("A1.1", "85%", 85.0),
        ("A1.1", "0.85", 85.0),
        ("A1.1", "85", 85.0),
        ("A4.3", "120%", 120.0),
        ("A4.3", "120", 120.0),
        ("A2.3", "0.8", 0.8),
        ("A1.3", "1.5", 1.5),
    ],
)
def test_a_value_is_in_the_unit_of_its_indicator(
    measured: Any, code: str, given: str, value: float
) -> None:
    measured.deliver("indicators", row(code, "甲镇", given))
    one = measured.measure(code)
    assert_allclose(one.value, [value, NAN, NAN])
    assert one.origin == (DEPARTMENT, MISSING, MISSING)
    assert np.isnan(one.denominator).all()
    assert one.evidence[0][0].text.endswith("06-12 17:00 报送")


def test_counts_are_kept(measured: Any) -> None:
    counts = row("A1.1", "甲镇", None, numerator=3, denominator=4)
    measured.deliver("indicators", counts, row("A1.1", "乙镇", "90%"))
    one = measured.measure("A1.1")
    assert_allclose(one.value, [75, 90, NAN])
    assert_array_equal(one.numerator, [3, NAN, NAN])
    assert_array_equal(one.denominator, [4, NAN, NAN])


def test_a_correction_counts_from_when_it_was_learnt(measured_twice: Any) -> None:
    monday = CUTOFF + timedelta(days=3)
    measured_twice.deliver("indicators", row("A1.1", "甲镇", "70%"))
    late = [row("A1.1", "甲镇", "80%"), row("A1.1", "乙镇", "60%")]
    measured_twice.deliver("indicators", *late, learnt=monday)
    assert_allclose(measured_twice.measure("A1.1").value, [70, NAN, NAN])
    assert_allclose(measured_twice.measure("A1.1", known=monday).value, [80, 60, NAN])


def test_another_week_does_not_count(measured: Any) -> None:
    measured.deliver("indicators", {**row("A1.1", "甲镇", "70%"), "week": "2026-W23"})
    assert measured.measure("A1.1").origin == (MISSING,) * 3


def test_an_indicator_has_one_source_in_the_whole_district(measured: Any, danger: Any) -> None:
    """Complete records tell of every town, also that nothing was due; else the department does."""
    rows = [row("A5.1", town, "90%") for town in ("甲镇", "乙镇")]
    measured.deliver("indicators", *rows)
    assert measured.measure("A5.1").origin == (DEPARTMENT, DEPARTMENT, MISSING)
    weeks_ago = CUTOFF - timedelta(days=5)
    measured.deliver("hidden_dangers", danger("D1", "甲镇", "06-08"), learnt=weeks_ago)
    one = measured.measure("A5.1")  # past its 96 hours
    assert one.origin == (DEPARTMENT, DEPARTMENT, MISSING)
    assert_allclose(one.value, [90, 90, NAN])
    measured.deliver("hidden_dangers")
    one = measured.measure("A5.1")
    assert_allclose(one.value, [0, NAN, NAN])
    assert one.origin == (RECORDS,) * 3
    assert_array_equal(one.denominator, [1, 0, 0])
    assert_array_equal(nothing_to_count(one), [False, True, True])
    assert [many[0].kind for many in one.evidence.values()] == ["hidden_dangers"]


def test_of_what_costs_the_worse_counts_while_records_are_not_complete(
    measured: Any, danger: Any
) -> None:
    """甲镇 3 delivered and 1 found, 乙镇 0.5 and 1, 丙街道 0 and nothing found."""
    told = [row("A5.3", town, value) for town, value in zip(NAMES, ("3", "0.5", "0"), strict=True)]
    measured.deliver("indicators", *told)
    found = [danger(f"D{i}", town, "06-01") for i, town in enumerate(NAMES[:2])]
    measured.deliver("hidden_dangers", *found, learnt=CUTOFF - timedelta(days=5))
    one = measured.measure("A5.3")
    assert_allclose(one.value, [3, 1, 0])
    assert one.origin == (DEPARTMENT, RECORDS, DEPARTMENT)


def test_what_records_cannot_compute_is_taken_as_delivered(measured: Any) -> None:
    """Nobody counted the residents of 丙街道."""
    measured.deliver("indicators", row("A1.3", "丙街道", "0.5"))
    measured.deliver("accidents")
    one = measured.measure("A1.3")
    assert_allclose(one.value, [0, 0, 0.5])
    assert one.origin == (RECORDS, RECORDS, DEPARTMENT)


def test_records_go_before_what_is_delivered(measured: Any) -> None:
    measured.deliver("indicators", row("A4.1", "甲镇", "8"))
    measured.deliver("accidents")
    assert_array_equal(measured.measure("A4.1").value, [0, 0, 0])


def test_a_department_s_indicator_is_never_computed(measured: Any) -> None:
    measured.deliver("hidden_dangers")
    assert measured.measure("A5.1", origin="department").origin == (MISSING,) * 3


def test_an_unknown_method_is_named(measured: Any) -> None:
    with pytest.raises(RiskmapError, match=r"A5\.1.*guessed"):
        measured.measure("A5.1", method="guessed")


def test_all_indicators_of_the_shipped_scheme(measured: Any) -> None:
    moment = WeekMoment(WEEK, week_window(measured.ws, WEEK), CUTOFF)
    weekly = measured.scheme.weekly
    found = measure_week(measured.ws, weekly, moment, measured.places)
    assert tuple(found) == weekly.codes
    assert len(found) == 25
    known = {code for code, one in found.items() if not np.isnan(one.value).all()}
    assert known == {"A8.1"}  # shelters are a layer; nothing else was ever delivered
