"""Rank intervals: single points against the plain index, probabilities against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from scoring.composite.aggregation import Mean
from scoring.composite.definition import Data, Group, Indicator
from scoring.composite.faults import CompositeError
from scoring.composite.index import evaluate
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.ranking import Bands, places
from scoring.composite.small_counts import Sampling, Shrink
from scoring.composite.uncertainty import Doubts, how_sure, prepare, scores_at, with_mean

WEEKLY = Bands((60.0, 80.0, 90.0, 95.0), (True, True, False, True))
SURE = Doubts(weight_change=0, sampling=False)


def district(towns=30, aspects=8, seed=0, **more):
    """Aspects of three indicators, rates of 3 … 60 cases, one hole."""
    rng = np.random.default_rng(seed)
    values, bases, groups = {}, {}, []
    for a in range(1, aspects + 1):
        leaves = []
        for code in (f"A{a}.1", f"A{a}.2", f"A{a}.3"):
            n = rng.integers(3, 60, towns).astype(float)
            values[code] = np.round(rng.beta(12, 2, towns) * n) / n * 100
            bases[f"n{code}"] = n
            scale, weight = Scale(Norm.GOALPOST, 50, 100), float(rng.integers(2, 6))
            leaves.append(Indicator(code, weight, scale, cases=f"n{code}", **more))
        groups.append(Group(f"A{a}", float(rng.integers(10, 16)), tuple(leaves), most_missing=1))
    values["A1.1"][3] = np.nan
    return Group("index", 1, tuple(groups)), Data(values, bases)


def by_chance():
    return district(shrink=Shrink(), sampling=Sampling.BINOMIAL)


def test_without_doubt_there_is_no_interval():
    root, data = district()
    caps = np.where(np.arange(30) == 5, 59.0, np.nan)
    sure = how_sure(prepare(root, data, SURE, 1, caps=caps), 20, 1, WEEKLY)
    score = evaluate(root, data, caps=caps).score
    np.testing.assert_array_equal(sure.rank, places(score))
    for drawn in (sure.low, sure.median, sure.high):
        np.testing.assert_array_equal(drawn, sure.rank)
    np.testing.assert_array_equal(np.sort(sure.in_band, axis=0)[-1], 1)
    assert sure.in_band[0, 5] == 1
    np.testing.assert_allclose(sure.scores, np.tile(score, (20, 1)))


def test_every_point_is_a_plain_index():
    """Weights, norm, mean and weighting of random points, each put into the tree by hand."""
    root, data = district(towns=12, aspects=3)
    equal = {f"A{a}": 1.0 for a in (1, 2, 3)}
    doubts = Doubts(
        norms=(None, Norm.MIN_MAX, Norm.RANK),
        means=(None, Mean.GEOMETRIC),
        weightings=(None, equal),
        sampling=False,
    )
    study = prepare(root, data, doubts, 1)
    at = np.random.default_rng(2).random((40, len(study.factors)))
    found = scores_at(study, at)
    for point, score in zip(at, found, strict=True):
        u = dict(zip(study.factors, point, strict=True))
        norm = doubts.norms[int(u["norm"] * 3)]
        given = doubts.weightings[int(u["weighting"] * 2)] or {}

        def turned(node, u=u, norm=norm, given=given):
            weight = given.get(node.code, node.weight)
            weight *= 1 + 0.2 * (2 * u.get(f"weight:{node.code}", 0.5) - 1)
            if isinstance(node, Group):
                return replace(node, weight=weight, children=tuple(map(turned, node.children)))
            scale = replace(node.scale, norm=norm or node.scale.norm)
            return replace(node, weight=weight, scale=scale)

        tree = with_mean(turned(root), doubts.means[int(u["mean"] * 2)])
        np.testing.assert_allclose(score, evaluate(tree, data).score, atol=1e-9)


def test_luck_is_that_of_the_posterior():
    """One rate of n cases: the chance to be below 80 is that of Beta(k + ½, n - k + ½)."""
    n, k = np.array([10.0, 400.0]), np.array([9.0, 300.0])
    leaf = Indicator("x", 1, Scale(Norm.GOALPOST, 0, 100), cases="n", sampling=Sampling.BINOMIAL)
    data = Data({"x": 100 * k / n}, {"n": n})
    study = prepare(Group("g", 1, (leaf,)), data, Doubts(pool=20000), 1)
    sure = how_sure(study, 40000, 2, WEEKLY)
    law = stats.beta(k + 0.5, n - k + 0.5)
    edges = [0, 0.6, 0.8, 0.9, 0.95, 1]
    for band in range(5):
        expected = law.cdf(edges[band + 1]) - law.cdf(edges[band])
        np.testing.assert_allclose(sure.in_band[band], expected, atol=0.012)
    assert (sure.low.tolist(), sure.high.tolist()) == ([1, 1], [2, 2])


def test_same_seed_same_answer():
    root, data = by_chance()
    first, again, other = (
        how_sure(prepare(root, data, Doubts(), s), 200, s, WEEKLY) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.scores, again.scores)
    assert (first.scores != other.scores).any()


def test_more_doubt_wider_intervals():
    root, data = by_chance()
    widths = []
    for doubts in (SURE, Doubts(sampling=False), Doubts()):
        sure = how_sure(prepare(root, data, doubts, 1), 1000, 1, WEEKLY)
        assert (sure.low <= sure.median).all()
        assert (sure.median <= sure.high).all()
        widths.append((sure.high - sure.low).mean())
    assert widths[0] == 0 < widths[1] < widths[2]


def test_interval_holds_nine_tenths_of_the_draws():
    root, data = by_chance()
    sure = how_sure(prepare(root, data, Doubts(), 1), 1013, 1, WEEKLY)
    ranks = places(sure.scores)
    for drawn, q in ((sure.low, 0.05), (sure.median, 0.5), (sure.high, 0.95)):
        np.testing.assert_array_equal(drawn, np.quantile(ranks, q, axis=0, method="inverted_cdf"))
    inside = ((ranks >= sure.low) & (ranks <= sure.high)).mean(axis=0)
    assert (inside >= 0.9).all()
    tighter = ((ranks > sure.low) & (ranks < sure.high)).mean(axis=0)
    assert (tighter <= 0.9 + 1e-9).all()


def test_a_town_without_a_score_has_none_here():
    root, data = district()
    values = {code: np.where(np.arange(30) == 7, np.nan, x) for code, x in data.values.items()}
    sure = how_sure(prepare(root, replace(data, values=values), Doubts(), 1), 50, 1, WEEKLY)
    assert np.isnan([sure.rank[7], sure.low[7], sure.median[7], sure.high[7]]).all()
    assert sure.without[7] == 1
    assert sure.in_band[:, 7].sum() == 0
    assert np.nanmax(sure.high) <= 29


def test_alternatives_the_tree_cannot_carry_are_refused():
    root, data = district()
    with pytest.raises(CompositeError, match="z 分数"):
        prepare(root, data, Doubts(norms=(None, Norm.Z_SCORE), means=(None, Mean.HARMONIC)), 1)
    with pytest.raises(CompositeError, match="weight_change"):
        prepare(root, data, Doubts(weight_change=1.0), 1)
