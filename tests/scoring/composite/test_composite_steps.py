"""Outliers, small counts, bases, weights: by hand and against scipy."""

import numpy as np
import pytest
from scipy import stats

from scoring.composite import treatment, weights
from scoring.composite.faults import CompositeError
from scoring.composite.small_counts import Luck, Sampling, Shrink, draw_rates, per, shrunk
from scoring.composite.treatment import Method, Treatment

NAN = np.nan

DRINKS = """
1   9 5   2   1   1   1/2
1/9 1 1/3 1/9 1/9 1/9 1/9
1/5 3 1   1/3 1/4 1/3 1/9
1/2 9 3   1   1/2 1   1/3
1   9 4   2   1   2   1/2
1   9 3   1   1/2 1   1/3
2   9 9   3   2   3   1
"""
"""Which drink is consumed more in the USA: T. L. Saaty, Decision making with the analytic
hierarchy process, Int. J. Services Sciences 1 (2008), relative consumption of drinks."""


def number(text):
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


def treated(x, method, **parameters):
    return treatment.apply(x, treatment.fit(x, Treatment(method, **parameters)))


def test_percentiles_are_those_of_numpy():
    x = np.random.default_rng(1).lognormal(size=60)
    x[5] = NAN
    low, high = np.nanpercentile(x, [10, 90])
    np.testing.assert_allclose(treated(x, Method.PERCENTILES, low=10, high=90), x.clip(low, high))


def test_points_are_pulled_in_one_by_one():
    """One wild value: skewness and kurtosis are tame once it equals the next."""
    x = np.array([*range(1, 21), 500.0, NAN])
    np.testing.assert_array_equal(treated(x, Method.POINTS), [*range(1, 21), 20.0, NAN])
    np.testing.assert_array_equal(treated(-x, Method.POINTS), [*range(-1, -21, -1), -20.0, NAN])
    calm = np.arange(20.0)
    np.testing.assert_array_equal(treated(calm, Method.POINTS), calm)
    wild = np.array([*range(1, 41), 300.0, 500.0])
    assert treated(wild, Method.POINTS, most_points=1).max() == 300.0
    assert treated(wild, Method.POINTS).max() == 40.0
    np.testing.assert_array_equal(treated(np.full(4, 3.0), Method.POINTS), np.full(4, 3.0))


def test_box_cox_is_scipy():
    x = np.random.default_rng(2).lognormal(1, 1, 80)
    expected, power = stats.boxcox(x)
    np.testing.assert_allclose(treated(x, Method.BOX_COX), expected, rtol=1e-6)
    assert treatment.fit(x, Treatment(Method.BOX_COX)).power == pytest.approx(power, rel=1e-6)
    np.testing.assert_allclose(treated(x, Method.BOX_COX, power=0.5), stats.boxcox(x, 0.5))
    np.testing.assert_allclose(treated(x, Method.LOG, offset=1.0), np.log1p(x))


def test_logarithm_of_nothing_is_refused():
    with pytest.raises(CompositeError, match="offset"):
        treated(np.array([0.0, 1.0]), Method.LOG)


def test_nothing_known_stays_unknown():
    for method in Method:
        assert np.isnan(treated(np.array([NAN, NAN]), method)).all()


def test_shrunk_by_hand():
    """n 4 of 5 wanted: (4·100 + 5·m) / 9 with m = (4·100 + 16·75) / 20 = 80."""
    x, n = np.array([100.0, 75.0, NAN, 50.0]), np.array([4.0, 16.0, 3.0, 0.0])
    np.testing.assert_allclose(shrunk(x, n, Shrink(5, 5)), [800 / 9, 75, NAN, NAN])
    at_edge = shrunk(np.array([100.0, 75.0]), np.array([5.0, 15.0]), Shrink(5, 5))
    np.testing.assert_array_equal(at_edge, [100, 75])


def test_per_base_unknown_is_not_zero():
    x = per(np.array([2.0, 2.0, NAN, 2.0]), np.array([40000.0, 0.0, 10000.0, NAN]), 10000)
    np.testing.assert_array_equal(x, [0.5, NAN, NAN, NAN])


def test_draws_have_the_moments_of_their_laws():
    x, n = np.array([80.0, 100.0, NAN, 70.0]), np.array([10.0, 3.0, 10.0, 0.0])
    rng = np.random.default_rng(3)
    rates = draw_rates(x, n, Sampling.BINOMIAL, 100, draws=40000, rng=rng)
    for town, law in ((0, stats.beta(8.5, 2.5)), (1, stats.beta(3.5, 0.5))):
        assert rates[:, town].mean() == pytest.approx(100 * law.mean(), rel=0.01)
        assert rates[:, town].std() == pytest.approx(100 * law.std(), rel=0.02)
    assert np.isnan(rates[:, 2]).all()
    assert (rates[:, 3] == 70).all()
    events = draw_rates(
        np.array([0.5]), np.array([6e4]), Sampling.POISSON, 1e4, draws=40000, rng=rng
    )
    law = stats.gamma(3.5, scale=1 / 6)
    assert events.mean() == pytest.approx(law.mean(), rel=0.01)
    assert events.std() == pytest.approx(law.std(), rel=0.02)


def test_seen_again_keeps_the_rate_in_the_middle():
    """Mean x and the spread of Binomial(n, x) / n; 3 of 3 and 0 fires have none; NaN stays."""
    x, n = np.array([80.0, 100.0, NAN, 70.0, 75.0]), np.array([10.0, 3, 10, 0, 2.5])
    rng = np.random.default_rng(4)
    rates = draw_rates(x, n, Sampling.BINOMIAL, 100, draws=40000, rng=rng, luck=Luck.AGAIN)
    assert rates[:, 0].mean() == pytest.approx(80, abs=0.3)
    assert rates[:, 0].std() == pytest.approx(100 * np.sqrt(0.8 * 0.2 / 10), rel=0.02)
    assert (rates[:, 1] == 100).all()
    assert np.isnan(rates[:, 2]).all()
    assert (rates[:, 3] == 70).all()
    assert rates[:, 4].mean() == pytest.approx(75, abs=0.6)
    assert rates[:, 4].max() == pytest.approx(100)
    events = draw_rates(
        *(np.array([0.5, 0.0]), np.array([6e4, 6e4]), Sampling.POISSON, 1e4),
        draws=40000,
        rng=rng,
        luck=Luck.AGAIN,
    )
    assert events[:, 0].mean() == pytest.approx(0.5, rel=0.01)
    assert events[:, 0].std() == pytest.approx(np.sqrt(3) / 6, rel=0.02)
    assert (events[:, 1] == 0).all()


def test_ahp_reproduces_saaty():
    matrix = np.array([[number(w) for w in line.split()] for line in DRINKS.split("\n") if line])
    found = weights.judged(matrix)
    assert found.weights.round(3).tolist() == [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert round(found.ratio, 3) == 0.022
    assert found.consistent
    np.testing.assert_allclose(matrix @ found.weights, found.eigenvalue * found.weights)


def test_ahp_of_true_weights_gives_them_back():
    truth = np.array([0.5, 0.3, 0.15, 0.05])
    found = weights.judged(truth[:, None] / truth)
    np.testing.assert_allclose(found.weights, truth)
    assert found.ratio == pytest.approx(0, abs=1e-12)


def test_ahp_in_a_circle_is_inconsistent():
    found = weights.judged(np.array([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]))
    np.testing.assert_allclose(found.weights, 1 / 3)
    assert not found.consistent


@pytest.mark.parametrize(
    ("matrix", "words"),
    [([[1, 2]], "方阵"), ([[1, 2], [2, 1]], "倒数"), ([[1, -1], [-1, 1]], "大于 0"),
     (np.ones((11, 11)), "阶数")],
)  # fmt: skip
def test_ahp_refuses(matrix, words):
    with pytest.raises(CompositeError, match=words):
        weights.judged(np.array(matrix, dtype=float))


def test_entropy_is_scipy():
    x = np.random.default_rng(4).uniform(0, 1, (25, 4))
    spread = 1 - stats.entropy(x, axis=0, base=25)
    np.testing.assert_allclose(weights.entropy(x), spread / spread.sum())
    holed = np.vstack([x, [NAN, 1, 1, 1]])
    np.testing.assert_allclose(weights.entropy(holed), spread / spread.sum())
    np.testing.assert_allclose(weights.entropy(np.ones((5, 3))), 1 / 3)


def test_principal_component_is_numpy():
    rng = np.random.default_rng(5)
    common = rng.normal(size=200)
    x = np.stack([common + s * rng.normal(size=200) for s in (0.3, 0.6, 1.0)], axis=1)
    found = weights.principal(x)
    values, vectors = np.linalg.eigh(np.corrcoef(x.T))
    loadings = np.abs(vectors[:, -1])
    np.testing.assert_allclose(found.weights, loadings / loadings.sum())
    assert found.explained == pytest.approx(values[-1] / 3)
    with_flat = weights.principal(np.column_stack([x, np.ones(200)]))
    np.testing.assert_allclose(with_flat.weights, [*found.weights, 0])


def test_principal_component_refuses_what_pulls_apart():
    x = np.arange(10.0)
    with pytest.raises(CompositeError, match="有正有负"):
        weights.principal(np.column_stack([x, 10 - x]))
    with pytest.raises(CompositeError, match="都相同"):
        weights.principal(np.ones((4, 2)))
    with pytest.raises(CompositeError, match="2 个"):
        weights.entropy(np.array([[1.0, NAN], [1.0, 1.0]]))
