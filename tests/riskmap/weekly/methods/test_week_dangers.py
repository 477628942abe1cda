"""Closed in term, rectified in time, overdue: worked out by hand at the cut-off of 12 June."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from riskmap.access.actors import Actor, Role
from riskmap.ledger.dangers import report
from riskmap.records.statements import state_complete
from riskmap.weekly.measures import MISSING, RECORDS

NAN = np.nan
ZONE = ZoneInfo("Asia/Shanghai")
DUTY = Actor("zhou", "周值班", Role.DUTY)
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)
Danger = Callable[..., dict[str, object]]


def dangers_of_the_week(danger: Danger) -> list[dict[str, object]]:
    """Due days of 28 days: 15 May to 11 June; of 30 days: from 13 May on."""
    return [
        danger("D1", "甲镇", "06-05", closed_at="06-05T23:00", state="已销号"),
        danger("D2", "甲镇", "06-11", closed_at="06-12T09:00", state="已销号"),
        danger("D3", "甲镇", "06-10", rectified_at="06-10T18:00", state="已整改"),
        danger("D4", "甲镇", "06-09", rectified_at="06-08T18:00", state="已退回"),
        danger("D5", "甲镇", "06-12"),
        danger("D6", "甲镇", "05-14", closed_at="05-14T08:00", state="已销号"),
        danger("D7", "甲镇", "06-01", domain="危化", grade="重大"),
        danger("D8", "甲镇", "06-01", state="void"),
        danger("D9", "丙街道", "06-11", closed_at="06-13T09:00", state="已销号"),
    ]


def test_due_dangers_by_hand(measured_twice: Any, danger: Danger) -> None:
    measured = measured_twice
    saturday = CUTOFF + timedelta(days=1)
    measured.deliver("hidden_dangers", *dangers_of_the_week(danger), learnt=saturday)
    fire = measured.measure("A1.2", known=saturday)
    assert_array_equal(fire.numerator, [2, 0, 0])  # D1 closed, D3 rectified in time
    assert_array_equal(fire.denominator, [4, 0, 1])  # D1 D2 D3 D4; D9 was closed after the cut-off
    assert_array_equal(fire.value, [50.0, NAN, 0.0])
    assert fire.origin == (RECORDS,) * 3
    closed = measured.measure("A5.1", known=saturday)
    assert_array_equal(closed.numerator, [2, 0, 0])  # D1 D6
    assert_array_equal(closed.denominator, [6, 0, 1])  # D1 D2 D3 D4 D6 D7
    assert_array_equal(closed.value, [100 * 2 / 6, NAN, 0.0])
    assert [one.key for one in closed.evidence[0]] == ["D2", "D3", "D4", "D7"]
    told = {one.key: one.text for many in closed.evidence.values() for one in many}
    assert told["D2"] == "一般隐患，期限 06-11，06-12 销号"
    assert told["D3"] == "一般隐患，期限 06-10，06-10 整改"
    assert told["D7"] == "重大隐患，期限 06-01，未整改"
    assert not any(one.good for many in closed.evidence.values() for one in many)


def test_a_danger_reported_by_hand_says_nothing_of_other_towns(measured_twice: Any) -> None:
    ws, known = measured_twice.ws, CUTOFF + timedelta(hours=1)
    found = {"found_at": "2026-05-20T10:00", "town": "339901001", "domain": "消防",
             "grade": "major", "description": "堆放纸箱", "deadline": "2026-06-04"}  # fmt: skip
    report(ws, DUTY, found, now=CUTOFF)
    assert_array_equal(measured_twice.measure("A5.3").value, [4, NAN, NAN])
    closed = measured_twice.measure("A5.1")
    assert_array_equal(closed.value, [0, NAN, NAN])
    assert_array_equal(closed.denominator, [1, NAN, NAN])
    assert closed.origin == (RECORDS, MISSING, MISSING)
    state_complete(ws, DUTY, "hidden_dangers", now=known)
    assert_array_equal(measured_twice.measure("A5.3", known=known).value, [4, 0, 0])
    closed = measured_twice.measure("A5.1", known=known)
    assert_array_equal(closed.denominator, [1, 0, 0])
    assert closed.origin == (RECORDS,) * 3


def test_overdue_by_hand(measured: Any, danger: Danger) -> None:
    saturday = CUTOFF + timedelta(days=1)
    measured.deliver("hidden_dangers", *dangers_of_the_week(danger), learnt=saturday)
    points = measured.measure("A5.3", known=saturday)
    assert_array_equal(points.value, [4, 0, 1])  # 5 + 1 + 1 of at most 4; D9 was open on Friday
    assert points.facts[0] == {
        "overdue_general": 2,
        "overdue_major": 1,
        "signs": 0,
        "sign_points": 0.0,
        "points": 7.0,
    }
    assert 1 not in points.facts
    assert [(one.key, one.text) for one in points.evidence[0]] == [
        ("D7", "重大隐患，超期 11 天，扣 5 分"),
        ("D4", "一般隐患，超期 3 天，扣 1 分"),
        ("D3", "一般隐患，超期 2 天，扣 1 分"),
    ]


def test_without_any_delivery_nothing_is_known(measured: Any) -> None:
    for code in ("A1.2", "A5.1", "A5.2", "A5.3"):
        one = measured.measure(code)
        assert np.isnan(one.value).all(), code
        assert one.origin == (MISSING,) * 3, code
    measured.deliver("hidden_dangers")
    assert_array_equal(measured.measure("A5.3").value, [0, 0, 0])  # a known zero
    rate = measured.measure("A5.1")
    assert np.isnan(rate.value).all() and not rate.denominator.any()
    assert rate.origin == (RECORDS,) * 3  # nothing was due: that is known


def test_only_what_was_exposed_counts_as_exposed(measured: Any, danger: Danger) -> None:
    measured.deliver(
        "hidden_dangers",
        danger("D1", "甲镇", "06-08", exposed_at="06-01T18:00", rectified_at="06-08T10:00"),
        danger("D2", "甲镇", "06-08", exposed_at="06-01T18:00"),
        danger("D3", "甲镇", "06-08"),
        danger("D4", "乙镇", "06-05", exposed_at="06-01T18:00", closed_at="06-02T10:00"),
        danger("D5", "乙镇", "06-04", exposed_at="06-01T18:00"),
    )
    exposed = measured.measure("A5.2")
    assert_array_equal(exposed.denominator, [2, 1, 0])  # the week's days are 5 to 11 June
    assert_array_equal(exposed.value, [50, 100, NAN])


def test_every_due_day_counts_in_one_week(measured: Any, danger: Danger) -> None:
    """Also over the holiday of 19 June, when the cut-off is a day earlier."""
    days = [datetime(2026, 6, 1) + timedelta(days=i) for i in range(25)]
    rows = [
        danger(f"D{day:%m%d}", "甲镇", f"{day:%m-%d}", exposed_at="05-11T18:00") for day in days
    ]
    learnt = datetime(2026, 7, 31, 9, 0, tzinfo=ZONE)
    measured.deliver("hidden_dangers", *rows, learnt=learnt)
    weeks = [f"2026-W{number}" for number in range(22, 27)]
    counted = [measured.measure("A5.2", week=week, known=learnt).denominator[0] for week in weeks]
    assert sum(counted) == 25
    assert 6 in counted and 8 in counted  # the week before the holiday, and that after it


def test_what_is_learnt_later_does_not_count_before(measured: Any, danger: Danger) -> None:
    measured.deliver("hidden_dangers", danger("D1", "甲镇", "06-08"))
    monday = CUTOFF + timedelta(days=3)
    closed = danger("D1", "甲镇", "06-08", closed_at="06-08T10:00", state="已销号")
    measured.deliver("hidden_dangers", closed, learnt=monday)
    assert_array_equal(measured.measure("A5.1").value, [0, NAN, NAN])
    assert_array_equal(measured.measure("A5.1", known=monday).value, [100, NAN, NAN])


def test_a_draft_before_the_cut_off_says_nothing_of_days_to_come(
    measured: Any, danger: Danger
) -> None:
    wednesday = CUTOFF - timedelta(days=2)
    rows = [danger("D1", "甲镇", "06-09"), danger("D2", "甲镇", "06-10")]
    measured.deliver("hidden_dangers", *rows, learnt=wednesday)
    assert_array_equal(measured.measure("A5.3", known=wednesday).value, [1, 0, 0])
    assert_array_equal(measured.measure("A5.3").value, [2, 0, 0])


def test_a_sign_of_gaming_costs_half_a_point(measured: Any, danger: Danger) -> None:
    """Five closed in the last hour before the cut-off are one sign."""
    rows = [
        danger(f"D{i}", "乙镇", "06-20", closed_at=f"06-12T16:3{i}", state="已销号")
        for i in range(5)
    ]
    measured.deliver("hidden_dangers", *rows)
    points = measured.measure("A5.3")
    assert_array_equal(points.value, [0, 0.5, 0])
    assert points.facts[1]["signs"] == 1
    assert points.facts[1]["sign_points"] == 0.5
    assert points.evidence == {}  # on which dangers it was seen is for the office to read


def test_the_last_hour_of_a_draft_is_not_that_of_the_week(measured: Any, danger: Danger) -> None:
    """Five closed on Wednesday, just before a draft was made: the cut-off is on Friday."""
    wednesday = CUTOFF - timedelta(days=2)
    rows = [
        danger(f"D{i}", "乙镇", "06-20", closed_at=f"06-10T16:3{i}", state="已销号")
        for i in range(5)
    ]
    measured.deliver("hidden_dangers", *rows, learnt=wednesday)
    assert_array_equal(measured.measure("A5.3", known=wednesday).value, [0, 0, 0])


def test_a_danger_outside_the_district_counts_nowhere(measured: Any, danger: Danger) -> None:
    rows = [danger("D1", "甲镇", "06-08"), danger("D2", "丙街道", "06-08")]
    measured.deliver("hidden_dangers", *rows)
    three = measured.places
    two = type(three)(three.codes[:2], three.names[:2], three.sectors, three.domain_sector)
    assert_array_equal(measured.measure("A5.3", places=two).value, [1, 0])
    assert_array_equal(measured.measure("A5.1", places=two).denominator, [1, 0])


def test_evidence_stops_at_fifty(measured: Any, danger: Danger) -> None:
    measured.deliver("hidden_dangers", *(danger(f"D{i:03}", "甲镇", "06-08") for i in range(60)))
    points = measured.measure("A5.3")
    assert points.facts[0]["overdue_general"] == 60
    assert len(points.evidence[0]) == 50


@pytest.mark.parametrize(("term", "late"), [("镇街级", 1), ("区级", 0)])
def test_without_a_deadline_the_term_counts(
    measured: Any, danger: Danger, term: str, late: int
) -> None:
    """Found on 20 May: 15 days are over on 4 June, 30 days on 19 June."""
    row = danger("D1", "甲镇", None, term=term, found_at="05-20T10:00")
    measured.deliver("hidden_dangers", row)
    assert measured.measure("A5.3").value[0] == late
