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


def test_a_delivered_value_stands_in_where_records_know_nothing(measured: Any, danger: Any) -> None:
    rows = [row("A5.1", town, "90%") for town in ("甲镇", "乙镇")]
    measured.deliver("indicators", *rows)
    assert measured.measure("A5.1").origin == (DEPARTMENT, DEPARTMENT, MISSING)
    measured.deliver("hidden_dangers", danger("D1", "甲镇", "06-08"))
    one = measured.measure("A5.1")
    assert_allclose(one.value, [0, 90, NAN])
    assert one.origin == (RECORDS, DEPARTMENT, RECORDS)
    assert_array_equal(one.denominator, [1, NAN, 0])
    assert_array_equal(nothing_to_count(one), [False, False, True])
    assert [many[0].kind for many in one.evidence.values()] == ["hidden_dangers", "indicators"]


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
