"""Laws on random trees and data: what may never happen, whatever the numbers are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scoring.composite.aggregation import Mean, Missing
from scoring.composite.definition import Data, Group, Indicator, indicators
from scoring.composite.index import evaluate
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.ranking import places
from scoring.composite.small_counts import Shrink
from scoring.composite.treatment import Method, Treatment
from scoring.composite.uncertainty import with_mean

FULL = settings(max_examples=150, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)
N = 7
MONOTONE = [norm for norm in Norm if norm is not Norm.Z_SCORE]
TINY = 1e-9


def leaf(rng, code, norm, *, small):
    higher = bool(rng.random() < 0.6)
    posts = sorted(rng.uniform(1, 99, 2))
    zero, full = posts if higher else posts[::-1]
    rule = Shrink(5, 5, mean=50.0) if small else None
    cut = Treatment(Method.PERCENTILES, 10, 90) if rng.random() < 0.2 else None
    weight = float(rng.integers(1, 6))
    cases = "n" if small else None
    return Indicator(code, weight, Scale(norm, zero, full), higher, None, 1, cases, rule, cut)


def tree(rng, norms, kinds, depth=0, code="g"):
    children = []
    for i in range(int(rng.integers(2, 4))):
        name = f"{code}.{i}"
        if depth < 2 and rng.random() < 0.4:
            children.append(tree(rng, norms, kinds, depth + 1, name))
        else:
            children.append(leaf(rng, name, Norm(rng.choice(norms)), small=rng.random() < 0.3))
    kind = Mean(rng.choice(kinds))
    return Group(code, float(rng.integers(1, 6)), tuple(children), kind, least_share=0.3)


def world(seed, norms=MONOTONE, kinds=tuple(Mean), *, holes=0.1):
    rng = np.random.default_rng(seed)
    root = tree(rng, norms, kinds)
    values = {}
    for node in indicators(root):
        x = np.round(rng.uniform(0, 100, N), int(rng.integers(-1, 3)))
        values[node.code] = np.where(rng.random(N) < holes, np.nan, np.maximum(x, 0.5))
    return root, Data(values, {"n": rng.integers(1, 12, N).astype(float)}), rng


def improved(root, data, rng):
    """Better data in one indicator of one town that is known there."""
    leaves = [i for i in indicators(root) if not np.isnan(data.values[i.code]).all()]
    node = leaves[int(rng.integers(len(leaves)))]
    x = data.values[node.code].copy()
    town = int(rng.choice(np.flatnonzero(~np.isnan(x))))
    step = rng.uniform(0, 60)
    x[town] = x[town] + step if node.higher else max(x[town] - step, 0.01)
    return replace(data, values={**data.values, node.code: x}), town


def check_better_is_never_worse(root, data, rng, decimals=1):
    better, town = improved(root, data, rng)
    before, after = evaluate(root, data).score, evaluate(root, better).score
    if np.isnan(before[town]):
        assert np.isnan(after[town])
        return
    assert after[town] >= before[town] - TINY
    assert places(after, decimals)[town] <= places(before, decimals)[town]


@FULL
@given(SEEDS)
def test_better_is_never_worse(seed):
    root, data, rng = world(seed)
    leaves = without_treatment(root)
    check_better_is_never_worse(leaves, data, rng)


def without_treatment(group):
    return replace(
        group,
        children=tuple(
            without_treatment(c) if isinstance(c, Group) else replace(c, treatment=None)
            for c in group.children
        ),
    )


@FULL
@given(SEEDS)
def test_better_is_never_worse_with_limits_on_outliers_on_goalposts(seed):
    """Pulling in outliers moves the limits with the data; its own index never falls."""
    root, data, rng = world(seed, [Norm.GOALPOST])
    better, town = improved(root, data, rng)
    before, after = evaluate(root, data).score[town], evaluate(root, better).score[town]
    assert np.isnan(before) == np.isnan(after)
    assert np.isnan(before) or after >= before - TINY


@FULL
@given(SEEDS)
def test_better_is_never_worse_with_stand_ins(seed):
    """All arithmetic: a town's gain lifts the stand-ins of others by no more than itself.

    Ranks on values not rounded: rounded, the other's small gain may cross a half first.
    """
    root, data, rng = world(seed, [Norm.GOALPOST, Norm.MIN_MAX], [Mean.ARITHMETIC], holes=0.3)

    def filled(group):
        children = tuple(filled(c) if isinstance(c, Group) else c for c in group.children)
        return replace(group, children=children, missing=Missing.MEAN, least_share=0.0)

    check_better_is_never_worse(filled(without_treatment(root)), data, rng, decimals=8)


def test_a_moving_mean_of_small_counts_breaks_the_law():
    """Why Shrink has a fixed mean: town 0, full at 98, goes to 100 and lifts only its neighbour."""
    data = Data(
        {"x": np.array([98.0, 97.0]), "y": np.array([97.85, 98.0])},
        {"n": np.array([50.0, 1.0])},
    )
    better = replace(data, values={**data.values, "x": np.array([100.0, 97.0])})
    ranks = {}
    for mean in (None, 97.98):
        scale = Scale(Norm.GOALPOST, 80, 98)
        x = Indicator("x", 1, scale, cases="n", shrink=Shrink(5, 5, mean))
        root = Group("g", 1, (x, Indicator("y", 1, scale)))
        ranks[mean] = [places(evaluate(root, d).score).tolist() for d in (data, better)]
    assert ranks == {None: [[1, 2], [2, 1]], 97.98: [[1, 2], [1, 2]]}


def test_a_z_score_breaks_the_law():
    """The outlier's gain stretches the scale: the opposite outlier gains more than it does."""
    x = np.concatenate([[30.0], [-12.0], np.zeros(60)])
    scores = []
    for step in (0.0, 30.0):
        values = x.copy()
        values[0] += step
        root = Group("g", 1, (Indicator("x", 1, Scale(Norm.Z_SCORE)),))
        scores.append(evaluate(root, Data({"x": values})).score)
    rise = scores[1] - scores[0]
    assert rise[0] > 0
    assert rise[1] > rise[0]


@FULL
@given(SEEDS, st.sampled_from([0.01, 0.5, 60.0, 1e4]))
@example(176121, 0.01)
def test_units_do_not_matter(seed, factor):
    root, data, _ = world(seed, list(Norm), [Mean.ARITHMETIC])

    def scaled(group):
        children = []
        for child in group.children:
            if isinstance(child, Group):
                children.append(scaled(child))
                continue
            scale = Scale(child.scale.norm, child.scale.zero * factor, child.scale.full * factor)
            rule = replace(child.shrink, mean=50.0 * factor) if child.shrink else None
            children.append(replace(child, scale=scale, shrink=rule))
        return replace(group, children=tuple(children))

    other = replace(data, values={code: x * factor for code, x in data.values.items()})
    np.testing.assert_allclose(
        evaluate(scaled(root), other).score, evaluate(root, data).score, atol=1e-6
    )


@FULL
@given(SEEDS)
def test_arithmetic_geometric_harmonic(seed):
    root, data, _ = world(seed)
    a, g, h = (evaluate(with_mean(root, kind), data).score for kind in Mean)
    known = ~np.isnan(a)
    assert (a[known] >= g[known] - TINY).all()
    assert (g[known] >= h[known] - TINY).all()
    np.testing.assert_array_equal(np.isnan(g), np.isnan(a))


@FULL
@given(SEEDS)
def test_order_of_towns_and_of_children_does_not_matter(seed):
    root, data, rng = world(seed, list(Norm), [Mean.ARITHMETIC])
    order = rng.permutation(N)
    turned = Data(
        {code: x[order] for code, x in data.values.items()},
        {code: x[order] for code, x in data.bases.items()},
    )

    def mirrored(group):
        children = [mirrored(c) if isinstance(c, Group) else c for c in group.children]
        return replace(group, children=tuple(reversed(children)))

    score = evaluate(root, data).score
    np.testing.assert_allclose(evaluate(root, turned).score, score[order], atol=TINY)
    np.testing.assert_allclose(evaluate(mirrored(root), data).score, score, atol=TINY)


@FULL
@given(SEEDS)
def test_only_the_ratio_of_weights_matters(seed):
    root, data, _ = world(seed)

    def heavier(group):
        children = [heavier(c) if isinstance(c, Group) else c for c in group.children]
        return replace(group, children=tuple(replace(c, weight=7 * c.weight) for c in children))

    np.testing.assert_allclose(
        evaluate(heavier(root), data).score, evaluate(root, data).score, atol=TINY
    )


@FULL
@given(SEEDS)
def test_scores_stay_on_their_scale(seed):
    root, data, _ = world(seed)
    score = evaluate(root, data).score
    known = score[~np.isnan(score)]
    assert ((known >= -TINY) & (known <= 100 + TINY)).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_same_again(seed):
    root, data, _ = world(seed)
    np.testing.assert_array_equal(evaluate(root, data).score, evaluate(root, data).score)
