"""Two months and the year by town and by department, worked out by hand.

W19 (May): 80, 60 with nothing for A3.1 (5 points), 60. W24 (June): 97, 88, 70.
"""

from typing import Any

import pytest

WEEK, FIRST = "2026-W24", "2026-W19"
CODES = ("339901001", "339901002", "339901003")


def deliver_first(district: Any, towns: tuple[str, ...] = CODES) -> None:
    """Deliver, compute and publish W19."""
    learnt = district.hour_before(FIRST)
    scores = dict(zip(CODES, (0.8, 0.6, 0.6), strict=True))
    for town in towns:
        lacking = {"A3_1": 0.0} if town == CODES[1] else {}
        district.deliver(FIRST, {town: scores[town]}, learnt=learnt, **lacking)
    district.compute(FIRST)
    district.publish(FIRST)


def by(rows: list[dict[str, Any]], name: str, key: str) -> dict[str, Any]:
    return next(row for row in rows if row[key] == name)


def test_a_basis_against_itself_a_week_earlier(usual: Any) -> None:
    deliver_first(usual)
    towns = usual.compute()["bases"]["two_months"]["towns"]
    assert [row["index"] for row in towns] == pytest.approx([88.5, 72.5, 65])
    assert [row["rank"] for row in towns] == [1, 2, 3]
    assert [row["previous"]["index"] for row in towns] == pytest.approx([80, 57, 60])
    assert [row["previous"]["rank"] for row in towns] == [1, 3, 2]
    assert {row["previous"]["week"] for row in towns} == {FIRST}
    assert [row["change"] for row in towns] == pytest.approx([8.5, 15.5, 5])


def test_the_weakest_aspect_and_what_costs_most_are_of_the_means(usual: Any) -> None:
    """A3 of the second town: (3/10 + 0.88) / 2 = 0.59, all others 0.74."""
    deliver_first(usual)
    first, second, third = usual.compute()["bases"]["two_months"]["towns"]
    assert (first["weakest_aspect"], first["costs"]) == ("A1", [])
    assert second["weakest_aspect"] == "A3"
    assert [one["indicator"] for one in second["costs"]] == ["A3.1", "A4.1", "A1.1"]
    # 5 · (0.885 - 0.44), 8 · (0.885 - 0.74), 6 · (0.885 - 0.74)
    assert [one["lost"] for one in second["costs"]] == pytest.approx([2.225, 1.16, 0.87])
    assert second["costs"][0]["best"] == {
        "code": CODES[0], "name": "甲镇", "points": pytest.approx(5 * 0.885),
    }  # fmt: skip
    assert [one["indicator"] for one in third["costs"]] == ["A4.1", "A1.1", "A1.2"]
    assert [one["lost"] for one in third["costs"]] == pytest.approx([1.88, 1.41, 1.41])


def test_departments_on_a_basis(usual: Any) -> None:
    """W19: (0.8 + 0.6 + 0.6) / 3, the office (25 points) 0.6 · 20/25 in the second town."""
    deliver_first(usual)
    departments = usual.compute()["bases"]["two_months"]["departments"]
    fire = by(departments, "消防救援大队", "name")
    office = by(departments, "安委办", "name")
    then = (0.8 + 0.48 + 0.6) / 3
    assert fire["share"] == pytest.approx((2 / 3 + 0.85) / 2)
    assert office["share"] == pytest.approx((then + 0.85) / 2)
    assert office["change"] == pytest.approx((0.85 - then) / 2)
    assert office["previous"] == {"week": FIRST, "share": pytest.approx(then), "rank": 5}
    assert sorted(one["rank"] for one in departments) == [1, 1, 1, 1, 5]


def test_the_first_week_of_a_basis_has_nothing_before_it(usual: Any) -> None:
    deliver_first(usual, CODES[:2])
    found = usual.compute(FIRST)["bases"]["two_months"]
    assert found["towns"][0]["previous"] is None
    assert found["towns"][0]["change"] is None
    assert found["departments"][0]["previous"] is None
    # the third town is known in one week of two: too few
    third = usual.compute()["bases"]["two_months"]["towns"][2]
    assert (third["index"], third["rank"], third["change"]) == (None, None, None)
    assert (third["weakest_aspect"], third["costs"]) == (None, [])


def test_a_department_against_the_week_before(usual: Any) -> None:
    """W23: 90 % each, the office 0.9 · 20/25 = 72 %; W24: 85 % each."""
    before = "2026-W23"
    assert usual.compute()["departments"][0]["previous"] is None
    learnt = usual.hour_before(before)
    usual.deliver(before, dict.fromkeys(CODES, 0.9), learnt=learnt, A3_1=0.0)
    usual.compute(before)
    usual.publish(before)
    departments = usual.compute()["departments"]
    office = by(departments, "安委办", "name")
    assert office["previous"] == {
        "week": before, "revision": 1, "share": pytest.approx(0.72), "rank": 5,
    }  # fmt: skip
    assert [one["rank"] for one in departments] == [1, 1, 1, 1, 1]
    assert office["change"] == pytest.approx(0.13)
    assert departments[0]["change"] == pytest.approx(-0.05)


def test_who_delivers_is_judged_by_what_came(usual: Any) -> None:
    """A7.1 and A7.2 are of the records; these know nothing here, and delivered numbers stand in."""
    departments = usual.compute()["departments"]
    data = by(departments, "数据资源局", "name")
    assert data["delivered_at"] == by(departments, "安委办", "name")["delivered_at"] is not None
