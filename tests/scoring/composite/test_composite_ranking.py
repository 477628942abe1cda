"""Places and bands: ties, halves, edges; against scipy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scoring.composite.ranking import Bands, band_of, places, rounded

NAN = np.nan
WEEKLY = Bands((60.0, 80.0, 90.0, 95.0), (True, True, False, True))


def test_halves_go_away_from_zero():
    x = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 1.005, 89.95, -0.05, -0.25, 0.0449])
    assert rounded(x).tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 90.0, -0.1, -0.3, 0.0]
    assert rounded(np.array([1.005, 2.675]), 2).tolist() == [1.01, 2.68]


@given(st.integers(-100000, 100000))
def test_every_half_there_is(n):
    """n / 10 + 0.05 as a decimal lies half-way, however a computer holds it."""
    expected = (n + 1) / 10 if n >= 0 else n / 10
    assert rounded(np.array([(2 * n + 1) / 20]))[0] == expected


def test_places_share_the_better_one():
    assert places(np.array([95.0, 90.0, 90.0, 80.0])).tolist() == [1, 2, 2, 4]
    assert places(np.array([90.04, 89.95, 90.05, 89.94])).tolist() == [2, 2, 1, 4]
    np.testing.assert_array_equal(places(np.array([NAN, 50.0, NAN])), [NAN, 1, NAN])
    assert np.isnan(places(np.array([NAN, NAN]))).all()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=25))
def test_places_are_scipy(tens):
    x = np.array(tens) / 10
    assert places(x).tolist() == stats.rankdata(-x, method="min").tolist()
    twice = np.stack([x, x[::-1]])
    np.testing.assert_array_equal(places(twice)[1], places(x[::-1]))


def test_edges_of_the_weekly_bands():
    x = np.array([100, 95, 94.99, 90.01, 90, 80, 79.99, 60, 59.9, 0, NAN])
    assert band_of(x, WEEKLY).tolist() == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0, -1]
    nearly = np.array([94.99999999999, 90.00000000001, 59.99999999999])
    assert band_of(nearly, WEEKLY).tolist() == [4, 2, 1]
