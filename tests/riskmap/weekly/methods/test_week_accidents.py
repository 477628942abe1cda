"""Points lost by casualties, fires per 10,000 residents, what caps an index: by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from riskmap.access.actors import Actor, Role
from riskmap.ledger.gaming import week_window
from riskmap.records.entries import enter
from riskmap.records.statements import state_complete
from riskmap.weekly.measures import MISSING, RECORDS, WeekMoment
from riskmap.weekly.methods.accidents import cap_scores, cappings
from riskmap.weekly.methods.material import gather_material

NAN = np.nan
ZONE = ZoneInfo("Asia/Shanghai")
DUTY = Actor("zhou", "周值班", Role.DUTY)
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)
"""28 days back: 15 May 17:00."""


def accident(id_: str, at: str, town: str, **more: object) -> dict[str, object]:
    nobody = {"deaths": 0, "serious_injuries": 0, "minor_injuries": 0, "loss_cny": 0}
    row = {"id": id_, "occurred_at": f"2026-{at}:00+08:00", "town": town, "domain": "工贸"}
    return {**row, "kind": "事故", "late_deaths": None, **nobody, **more}


def caps(measured: Any, known: datetime = CUTOFF) -> Any:
    weekly, week = measured.scheme.weekly, "2026-W24"
    moment = WeekMoment(week, week_window(measured.ws, week), known)
    material = gather_material(measured.ws, weekly, moment, measured.places)
    found = cappings(material)
    return found, cap_scores(material, found)


def test_points_by_hand(measured_twice: Any) -> None:
    """Death 6, serious 3, minor 2, of 8; two dead lose all."""
    measured_twice.deliver(
        "accidents",
        accident("A1", "05-20T10:00", "甲镇", serious_injuries=1, minor_injuries=1),
        accident("A2", "05-15T17:00", "甲镇", deaths=1),  # 28 days are over
        accident("A3", "06-12T17:01", "甲镇", deaths=1),  # after the cut-off
        accident("A4", "06-01T10:00", "甲镇", deaths=1, kind="险情"),
        accident("A5", "05-15T17:01", "乙镇", deaths=1),
        accident("A6", "06-12T17:00", "丙街道", deaths=1),
        accident("A7", "06-01T10:00", "丙街道", deaths=1),
        learnt=CUTOFF + timedelta(days=1),
    )
    points = measured_twice.measure("A4.1", known=CUTOFF + timedelta(days=1))
    assert_array_equal(points.value, [5, 6, 8])
    assert points.facts[0]["points"] == 5 and points.facts[2]["deaths"] == 2
    assert points.facts[2]["points"] == 12
    assert [(one.key, one.text) for one in points.evidence[0]] == [
        ("A1", "05-20 10:00 工贸事故，重伤 1 人，轻伤 1 人，扣 5 分")
    ]


def test_no_accident_costs_nothing_once_that_is_known(measured: Any) -> None:
    assert np.isnan(measured.measure("A4.1").value).all()
    measured.deliver("accidents")
    assert_array_equal(measured.measure("A4.1").value, [0, 0, 0])


def test_an_accident_typed_in_says_nothing_of_other_towns(measured_twice: Any) -> None:
    ws, hour = measured_twice.ws, timedelta(hours=1)
    typed = {"id": "A1", "occurred_at": CUTOFF - hour, "town": "339901001", "domain": "消防",
             "kind": "accident", "deaths": "1"}  # fmt: skip
    enter(ws, DUTY, "accidents", typed, now=CUTOFF)
    assert_array_equal(measured_twice.measure("A4.1").value, [6, NAN, NAN])
    fires = measured_twice.measure("A1.3")
    assert_array_equal(fires.value, [0.5, NAN, NAN])
    assert fires.origin == (RECORDS, MISSING, MISSING)
    state_complete(ws, DUTY, "accidents", now=CUTOFF)
    assert_array_equal(measured_twice.measure("A4.1").value, [6, 0, 0])
    assert_array_equal(measured_twice.measure("A1.3").value, [0.5, 0, NAN])  # 丙: no residents


def test_a_late_death_counts_from_its_day_if_it_counts_to_the_grade(measured: Any) -> None:
    measured.deliver(
        "accidents",
        accident("A1", "05-10T10:00", "甲镇", serious_injuries=1, late_deaths="2026-06-01:1"),
        accident("A2", "05-10T10:00", "乙镇", late_deaths="2026-06-01:1", domain="消防"),
    )
    later = accident("A3", "06-01T10:00", "丙街道", deaths=1, late_deaths="2026-06-20:1")
    known = datetime(2026, 6, 21, tzinfo=UTC)  # the week is computed again, knowing of it
    measured.deliver("accidents", later, learnt=known)
    points = measured.measure("A4.1", known=known)
    # A1 is older than 28 days, its death is not; 22 days are too many for a fire (7)
    assert_array_equal(points.value, [6, 0, 6])
    assert points.evidence[0][0].text == "05-10 10:00 工贸事故，死亡 1 人（其中事后 1 人），扣 6 分"


def test_a_figure_left_open_is_told_and_costs_nothing_yet(measured: Any) -> None:
    row = accident("A1", "06-01T10:00", "甲镇", deaths=None, minor_injuries=1)
    measured.deliver("accidents", row)
    points = measured.measure("A4.1")
    assert points.value[0] == 2
    assert points.facts[0]["unknown_figures"] == 1
    assert "伤亡未填全" in points.evidence[0][0].text


def test_fires_per_ten_thousand(measured: Any) -> None:
    measured.deliver(
        "accidents",
        accident("F1", "06-01T10:00", "甲镇", domain="消防"),
        accident("F2", "05-16T10:00", "甲镇", domain="消防"),
        accident("F3", "05-14T10:00", "甲镇", domain="消防"),  # 28 days are over
        accident("F4", "06-01T10:00", "甲镇", domain="消防", kind="险情"),
        accident("F5", "06-01T10:00", "甲镇"),
        accident("F6", "06-01T10:00", "丙街道", domain="消防"),
    )
    fires = measured.measure("A1.3")
    assert_array_equal(fires.value, [1.0, 0.0, NAN])  # 2 of 20,000; 丙街道 was never counted
    assert_array_equal(fires.numerator, [2, 0, 1])
    assert_array_equal(fires.denominator, [2, 5, NAN])  # 万人


def test_what_caps_an_index(measured: Any) -> None:
    """较大: three dead; four weeks from it, or from the end of the day of a late death."""
    measured.deliver(
        "accidents",
        accident("A1", "05-20T10:00", "甲镇", deaths=3),
        accident("A2", "05-01T10:00", "乙镇", deaths=3),
        accident("A3", "05-10T10:00", "丙街道", deaths=2, late_deaths="2026-06-01:1"),
        accident("A4", "06-01T10:00", "乙镇", deaths=2),
    )
    found, scores = caps(measured)
    assert_array_equal(scores, [59, NAN, 59])
    assert [(one.key, one.grade, one.text) for one in found] == [
        ("A1", 1, "较大事故（05-20 10:00）"),
        ("A3", 1, "较大事故（05-10 10:00）"),
    ]
    assert [f"{one.until:%m-%d %H:%M}" for one in found] == ["06-17 10:00", "06-30 00:00"]


@pytest.mark.parametrize(
    ("harm", "capped"),
    [
        ({"serious_injuries": 10}, True),
        ({"serious_injuries": 9}, False),
        ({"loss_cny": 10_000_000}, True),
        ({"deaths": 3, "kind": "险情"}, False),
    ],
)
def test_every_criterion_caps(measured: Any, harm: dict[str, object], capped: bool) -> None:
    measured.deliver("accidents", accident("A1", "06-01T10:00", "甲镇", **harm))
    assert (not np.isnan(caps(measured)[1][0])) == capped
