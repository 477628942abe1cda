"""Norms against one-liners of pandas and scipy; the edges by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scoring.composite.normalisation import (
    Norm,
    Scale,
    goalpost,
    log_goalpost,
    min_max,
    normalise,
    percentile_score,
    rank_score,
    z_score,
)

NAN = np.nan


@pytest.fixture(params=range(5))
def holed(request):
    """40 values with ties and holes."""
    rng = np.random.default_rng(request.param)
    x = rng.integers(0, 15, 40) * 1.25
    return np.where(rng.random(40) < 0.2, NAN, x)


def test_min_max_is_pandas(holed):
    s = pd.Series(holed)
    np.testing.assert_allclose(min_max(holed), (s - s.min()) / (s.max() - s.min()), atol=1e-14)
    np.testing.assert_allclose(min_max(holed, higher=False), 1 - min_max(holed), atol=1e-14)


def test_z_score_is_scipy(holed):
    np.testing.assert_allclose(z_score(holed), stats.zscore(holed, nan_policy="omit"), atol=1e-13)
    np.testing.assert_allclose(z_score(holed, higher=False), z_score(-holed), atol=1e-13)


def test_rank_is_pandas(holed):
    s = pd.Series(holed)
    expected = (s.rank() - 1) / (s.count() - 1)
    np.testing.assert_allclose(rank_score(holed), expected, atol=1e-14)
    np.testing.assert_allclose(rank_score(holed, higher=False), 1 - expected, atol=1e-14)


def test_percentile_is_scipy(holed):
    known = holed[~np.isnan(holed)]
    expected = [stats.percentileofscore(known, v, kind="mean") / 100 for v in known]
    np.testing.assert_allclose(percentile_score(holed)[~np.isnan(holed)], expected, atol=1e-14)


@pytest.mark.parametrize("norm", list(Norm))
def test_draws_are_normalised_each_alone(norm, holed):
    rows = np.stack([holed, holed[::-1] + 1, np.full(40, NAN)])
    scale = Scale(norm, 1.0, 12.0)
    together = normalise(rows, scale)
    alone = np.stack([normalise(row, scale) for row in rows])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(np.isnan(together), np.isnan(rows))


@pytest.mark.parametrize(
    ("function", "value"),
    [(min_max, 0.5), (z_score, 0.0), (rank_score, 0.5), (percentile_score, 0.5)],
)
def test_all_equal_tells_nothing(function, value):
    np.testing.assert_array_equal(
        function(np.array([0.1, 0.1, NAN, 0.1])), [value, value, NAN, value]
    )
    np.testing.assert_array_equal(function(np.array([7.0])), [value])


def test_the_last_bit_makes_no_difference():
    """0.1 + 0.2 is not 0.3 to a computer; no scale may tell such towns apart."""
    x = np.array([0.1 + 0.2, 0.3, 0.3])
    np.testing.assert_array_equal(min_max(x), 0.5)
    np.testing.assert_array_equal(z_score(x), 0.0)
    np.testing.assert_array_equal(rank_score(x), 0.5)
    np.testing.assert_array_equal(percentile_score(np.append(x, 1.0))[:3], 0.375)


def test_goalposts_by_hand():
    x = np.array([59.9, 60, 80, 100, 101, NAN])
    np.testing.assert_allclose(goalpost(x, 60, 100), [0, 0, 0.5, 1, 1, NAN])
    np.testing.assert_allclose(goalpost(x, 100, 60), [1, 1, 0.5, 0, 0, NAN])
    money = np.array([-5, 0, 1, 10, 100, 1e9])
    np.testing.assert_allclose(log_goalpost(money, 1, 100), [0, 0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(log_goalpost(money, 100, 1), [1, 1, 1, 0.5, 0, 0])
