"""Three towns × eight aspects worked by hand: every number below can be checked with a pencil."""

import numpy as np
import pytest

from scoring.weekly.comparison import (
    NOBODY,
    costliest,
    costs,
    department_shares,
    gains,
    medians,
    most_gaining,
    weakest,
)
from scoring.weekly.index import weekly_index

NAN = np.nan

# code: values of the towns 甲, 乙, 丙 and the points they get, in the unit of the indicator
HAND = {
    # 6 · (x - 60) / 40
    "A1.1": ((100, 80, 60), (6, 3, 0)),
    # 6 · (x - 70) / 30; 乙: 3 of 4, drawn to 85 → (4·75 + 5·85) / 9 = 80.5556 → 6 · 0.351852
    "A1.2": ((100, 75, 85), (6, 2.1111111, 3)),
    # 3 · (2 - x) / 2
    "A1.3": ((0, 0.5, 3), (3, 2.25, 0)),
    # 5 · (x - 60) / 40
    "A2.1": ((90, 100, 70), (3.75, 5, 1.25)),
    # 4 · (x - 20) / 60
    "A2.2": ((80, 50, 35), (4, 2, 1)),
    # 3 · x
    "A2.3": ((1.4, 1, 0.5), (3, 3, 1.5)),
    # 3 · (x - 80) / 20; 丙 missing: its 3 points go to A2.1 … A2.3 as 15/12
    "A2.4": ((100, 90, NAN), (3, 1.5, NAN)),
    # 5 · (x - 60) / 40
    "A3.1": ((100, 100, 80), (5, 5, 2.5)),
    # 3 · (x - 70) / 30
    "A3.2": ((100, 85, 100), (3, 1.5, 3)),
    # 2 · (x - 60) / 40
    "A3.3": ((100, 90, 80), (2, 1.5, 1)),
    # 8 - points deducted: 乙 one serious and one slight injury 3 + 2, 丙 one dead 6
    "A4.1": ((0, 5, 6), (8, 3, 2)),
    # 4 · (x - 70) / 30
    "A4.2": ((100, 85, 100), (4, 2, 4)),
    # 3 · (150 - x) / 75
    "A4.3": ((60, 100, 150), (3, 2, 0)),
    # 6 · (x - 60) / 40
    "A5.1": ((95, 90, 70), (5.25, 4.5, 1.5)),
    # 5 · (x - 60) / 40
    "A5.2": ((100, 80, 60), (5, 2.5, 0)),
    # 4 - points deducted: 乙 one general danger overdue and a sign of gaming, 丙 a major one
    "A5.3": ((0, 1.5, 5), (4, 2.5, 0)),
    # 4 · (x - 70) / 30
    "A6.1": ((100, 100, 85), (4, 4, 2)),
    # 3 · (x - 60) / 40
    "A6.2": ((100, 80, 100), (3, 1.5, 3)),
    # 3 · (x - 70) / 30
    "A6.3": ((90, 100, 80), (2, 3, 1)),
    # 4 · (x - 80) / 18
    "A7.1": ((98, 93.5, 89), (4, 3, 2)),
    # 4 · (x - 70) / 30
    "A7.2": ((100, 92.5, 77.5), (4, 3, 1)),
    # 2 · (x - 70) / 30
    "A7.3": ((100, 85, 85), (2, 1, 1)),
    # 4 · (x - 60) / 40
    "A8.1": ((100, 100, 90), (4, 4, 3)),
    # 3 · (x - 70) / 30
    "A8.2": ((100, 90, 80), (3, 2, 1)),
    # 3 · (x - 60) / 40
    "A8.3": ((100, 80, 60), (3, 1.5, 0)),
}
CASES = {"A1.2": np.array([20.0, 4.0, 12.0]), "A1.3": np.array([50_000.0, 60_000, 30_000])}
USUAL = {"A1.2": 85.0}

ASPECTS = np.array(
    [
        # 甲: 15, 13.75, 10, 15, 14.25, 9, 10, 10
        [15, 13.75, 10, 15, 14.25, 9, 10, 10],
        # 乙: 3 + 2.1111 + 2.25, 11.5, 8, 7, 9.5, 8.5, 7, 7.5
        [7.3611111, 11.5, 8, 7, 9.5, 8.5, 7, 7.5],
        # 丙: 3, (1.25 + 1 + 1.5) · 15/12 = 4.6875, 6.5, 6, 1.5, 6, 4, 4
        [3, 4.6875, 6.5, 6, 1.5, 6, 4, 4],
    ]
)
INDEX = np.array([97.0, 66.3611111, 35.6875])


@pytest.fixture(scope="module")
def found(weekly):
    values = {code: np.array(row[0], float) for code, row in HAND.items()}
    return weekly_index(weekly, values, CASES, USUAL)


def test_the_scheme_is_domain(weekly):
    """DOMAIN §11.3: eight aspects 15, 15, 10, 15, 15, 10, 10, 10; 25 indicators, four in A2."""
    assert [a.points for a in weekly.aspects] == [15, 15, 10, 15, 15, 10, 10, 10]
    assert weekly.codes == tuple(HAND)
    assert [len(weekly.of_aspect(a.code)) for a in weekly.aspects] == [3, 4, 3, 3, 3, 3, 3, 3]
    assert [(b.level, b.min, b.inclusive) for b in weekly.bands] == [
        *(("green", 95, True), ("blue", 90, False), ("yellow", 80, True)),
        *(("orange", 60, True), ("red", 0, True)),
    ]
    lost = weekly.deductions
    assert (lost.death, lost.serious_injury, lost.minor_injury, lost.deaths_all) == (6, 3, 2, 2)
    assert (lost.overdue_general, lost.overdue_major, lost.gaming_sign) == (1, 5, 0.5)
    assert (weekly.cap.grade, weekly.cap.score, weekly.cap.weeks) == ("较大", 59, 4)


def test_points_aspects_index(found):
    points = np.array([row[1] for row in HAND.values()], float).T
    points[2, 3:6] *= 15 / 12
    np.testing.assert_allclose(found.points, points, atol=1e-6)
    np.testing.assert_allclose(found.aspects, ASPECTS, atol=1e-6)
    np.testing.assert_allclose(found.index, INDEX, atol=1e-6)
    np.testing.assert_array_equal(found.before_caps, found.index)
    np.testing.assert_array_equal(found.aspect_of[1], [15, 15, 10, 15, 15, 10, 10, 10])


def test_colour_and_rank(found):
    assert found.level == ("green", "orange", "red")
    assert found.rank.tolist() == [1, 2, 3]


def test_what_is_missing_leaves_its_points_to_its_aspect(found):
    np.testing.assert_allclose(found.of[2, 3:7], [6.25, 5, 3.75, NAN])
    np.testing.assert_allclose(np.nansum(found.of, axis=1), 100)
    np.testing.assert_allclose(np.nansum(found.points, axis=1), found.before_caps)
    assert np.isnan(found.score01[2, 6])


def test_few_cases_are_drawn_and_marked(found, weekly):
    column = weekly.codes.index("A1.2")
    np.testing.assert_allclose(found.drawn[:, column], [100, 725 / 9, 85])
    assert found.small[:, column].tolist() == [False, True, False]
    assert found.small.sum() == 1


def test_before_the_first_published_week_nothing_is_drawn(weekly):
    values = {code: np.array(row[0], float) for code, row in HAND.items()}
    plain = weekly_index(weekly, values, CASES)
    column = weekly.codes.index("A1.2")
    assert plain.drawn[1, column] == 75
    assert plain.points[1, column] == pytest.approx(1)
    assert plain.small[1, column]


def test_what_costs_most(found, weekly):
    """甲 loses 1.25 and 1; 乙 5, 3.8889, 3; 丙 6, 6, 5, and 6.25 · 3/4 = 4.6875 in A2.1."""
    lost = costs(weekly, found)
    dear = [[weekly.codes[i] for i in row if i != NOBODY] for row in costliest(lost)]
    assert dear == [["A2.1", "A6.3"], ["A4.1", "A1.2", "A1.1"], ["A1.1", "A4.1", "A5.2"]]
    assert lost.lost[1, weekly.codes.index("A4.1")] == pytest.approx(5)
    assert lost.lost[1, weekly.codes.index("A1.2")] == pytest.approx(35 / 9)
    assert lost.lost[2, weekly.codes.index("A2.1")] == pytest.approx(6.25 * 0.75)
    assert np.isnan(lost.lost[2, weekly.codes.index("A2.4")])
    best = dict(zip(weekly.codes, lost.best.tolist(), strict=True))
    assert (best["A2.1"], best["A6.3"], best["A2.3"], best["A3.2"]) == (1, 1, 0, 0)
    assert lost.best_points[weekly.codes.index("A5.1")] == pytest.approx(5.25)


def test_what_would_gain_most(found, weekly):
    """Fires and accidents (A1.3, A4.1, A4.3) pass with time alone: nothing is gained by them.

    乙 A1.2: 4 of 4 would be drawn to (4·100 + 5·85) / 9 = 91.6667, 4.3333 points against 2.1111.
    """
    gain = gains(found)
    assert gain[1, weekly.codes.index("A1.2")] == pytest.approx(20 / 9)
    never = [weekly.codes.index(code) for code in ("A1.3", "A4.1", "A4.3")]
    assert (gain[:, never] == 0).all()
    # 乙 loses 0.75 + 5 + 1 there, and 6 - 4.3333 stay with its four cases; 丙 loses 3 + 6 + 3.
    open_ = 100 - INDEX - [0, 6.75 + 5 / 3, 12]
    np.testing.assert_allclose(np.nansum(gain, axis=1), open_, atol=1e-6)
    first = [weekly.codes[i] for i in most_gaining(found)[:, 0]]
    assert first == ["A2.1", "A1.1", "A1.1"]
    assert (most_gaining(found)[0] == NOBODY).sum() == 22


def test_few_cases_in_full_and_none_at_all_gain_nothing(weekly):
    """甲 1 of 1, 乙 0 of 1, 丙 nothing due: the usual 85 stands in, marked idle.

    甲: (100 + 5·85) / 6 = 87.5 → 3.5 of 6; 乙: 70.8333 → 0.1667, in full 3.5: it gains 3.3333.
    """
    values = {code: np.array(row[0], float) for code, row in HAND.items()}
    values["A1.2"] = np.array([100.0, 0.0, 85.0])
    cases = {**CASES, "A1.2": np.array([1.0, 1.0, NAN])}
    found = weekly_index(weekly, values, cases, USUAL)
    column = weekly.codes.index("A1.2")
    np.testing.assert_allclose(found.points[:, column], [3.5, 1 / 6, 3])
    idle = np.zeros(found.points.shape, bool)
    idle[2, column] = True
    np.testing.assert_allclose(gains(found, idle)[:, column], [0, 10 / 3, 0], atol=1e-9)
    assert column not in most_gaining(found, idle)[[0, 2]]


def test_the_weakest_aspect(found, weekly):
    """甲 A6 9/10, 乙 A4 7/15, 丙 A5 1.5/15."""
    assert [weekly.aspects[i].code for i in weakest(found)] == ["A6", "A4", "A5"]


def test_medians(found, weekly):
    assert medians(weekly, found)[weekly.codes.index("A1.1")] == 3
    assert medians(weekly, found)[weekly.codes.index("A2.4")] == pytest.approx(2.25)


def test_by_department(found, weekly):
    """消防救援大队 answers for A1 alone."""
    share = department_shares(weekly, found)[:, weekly.departments.index("消防救援大队")]
    np.testing.assert_allclose(share, ASPECTS[:, 0] / 15, atol=1e-6)
