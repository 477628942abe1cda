"""Calibration maths: shares by hand, goalposts by hand, rank correlation against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from scoring.daily.calibration import level_shares, propose_goalpost, rank_stability, spearman
from scoring.daily.change import change, change_level
from scoring.daily.unusual import unusual

NAN = np.nan


def test_shares_by_hand():
    # 3 days × 4 towns: 10 coloured town-days, 2 without.
    levels = np.array([[0, 0, 1, -1], [0, 2, 3, -1], [0, 0, 1, 4]])
    shares = level_shares(levels)
    assert shares == {
        "green": 0.5,
        "blue": 0.2,
        "yellow": 0.1,
        "orange": 0.1,
        "red": 0.1,
        "no_data": pytest.approx(2 / 12),
    }


def test_shares_of_nothing_are_unknown():
    shares = level_shares(np.full((2, 2), -1))
    assert np.isnan(shares["red"]) and shares["no_data"] == 1.0


@pytest.mark.parametrize(
    ("values", "goalpost"),
    [
        # percentile 95 of 1 … 100 is 95.05: up to 96.
        (np.arange(1.0, 101.0), 96),
        (np.arange(1.0, 101.0) * 10, 960),
        (np.full(20, 60.0), 60),  # exactly two digits: unchanged
        (np.array([0.0, 0.0, 7.0]), 7),
        (np.array([0.031, NAN, 0.0]), 0.031),
        (np.array([0.0, NAN]), NAN),
    ],
)
def test_goalposts_by_hand(values, goalpost):
    assert propose_goalpost(values, 95) == pytest.approx(goalpost, nan_ok=True)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30).filter(
        lambda rows: all(len({row[i] for row in rows}) > 1 for i in (0, 1))
    )
)
def test_spearman_agrees_with_scipy(rows):
    a, b = np.array(rows, dtype=float).T
    assert spearman(a, b) == pytest.approx(float(spearmanr(a, b).statistic), abs=1e-12)
    with_holes = np.append(a, [NAN, 3.0]), np.append(b, [1.0, NAN])
    assert spearman(*with_holes) == spearman(a, b)


def test_spearman_of_too_little():
    assert np.isnan(spearman(np.array([1.0, NAN]), np.array([1.0, 2.0])))
    assert np.isnan(spearman(np.array([1.0, 1.0]), np.array([1.0, 2.0])))


def test_stability_is_repeatable_and_spots_a_fragile_order(make_day, scheme):
    rng = np.random.default_rng(1)
    hazard = np.zeros((40, 7))
    hazard[:, 5] = np.linspace(1, 40, 40)  # one sector decides: no weight can turn the order
    full = {"density": np.full(40, 30000.0), "vulnerable": np.full(40, 40.0)}
    sure = rank_stability(make_day(40, hazard=hazard, **full), scheme, rng, 25)
    assert sure.least == pytest.approx(1.0) and len(sure.correlations) == 25
    hazard = np.full((40, 7), 0.0)
    hazard[:20, 4] = np.linspace(10, 10.4, 20)  # 道路 against 内涝, almost equal risks
    hazard[20:, 5] = np.linspace(19.6, 20.4, 20)
    day = make_day(40, hazard=hazard, **full)
    fragile = rank_stability(day, scheme, np.random.default_rng(2), 25)
    assert fragile.least < 0.9 < sure.median
    again = rank_stability(day, scheme, np.random.default_rng(2), 25)
    np.testing.assert_array_equal(again.correlations, fragile.correlations)


def test_unusual_by_hand():
    # Of 1, 2, 3, 3, 9: below 3 two, equal two: (2 + 1)/5; NaN days do not count.
    history = np.array([[1.0, NAN], [2, NAN], [3, NAN], [3, NAN], [9, NAN], [NAN, NAN]])
    percentile, days = unusual(np.array([3.0, 5.0]), history)
    assert percentile[0] == pytest.approx(0.6) and np.isnan(percentile[1])
    assert days.tolist() == [5, 0]
    percentile, _ = unusual(np.array([10.0, 0.0]), np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert percentile.tolist() == [1.0, 0.0]
    assert np.isnan(unusual(np.array([NAN]), np.array([[1.0]]))[0][0])
    assert np.isnan(unusual(np.array([1.0]), np.empty((0, 1)))[0][0])


def test_change_by_hand():
    today = np.array([[[12.0, 5.0]], [[1.0, 2.0]]])
    yesterday = np.array([[[10.0, 6.0]], [[NAN, NAN]]])
    moved = change(today, yesterday)
    assert moved[0].tolist() == [[2.0, -1.0]] and np.isnan(moved[1]).all()
    with pytest.raises(ValueError, match="shapes"):
        change(today, yesterday[:1])
    steps = change_level(np.array([4, 0, -1, 2]), np.array([1, 2, 3, -1]))
    assert steps[:2].tolist() == [3, -2] and np.isnan(steps[2:]).all()
