"""Sobol indices: a function with known ones, SALib's own rows, and the index itself."""

import numpy as np
import pytest

from scoring.composite.aggregation import Mean
from scoring.composite.definition import Data, Group, Indicator
from scoring.composite.faults import CompositeError
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.sensitivity import indices, plan, which_choice_moves
from scoring.composite.uncertainty import Doubts, prepare

SALIB_FIRST = (0.31853530569319677, 0.48869880060564613, -0.04821470349755602)
SALIB_TOTAL = (0.5016351196172756, 0.47429742614043024, 0.2265447822424648)


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami():
    """a 7, b 0.1: V_1 = (1 + bπ⁴/5)²/2, V_2 = a²/8, V_13 = b²π⁸(1/18 - 1/50)."""
    v1, v2 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8
    v13 = 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = v1 + v2 + v13
    found = indices(ishigami(plan([[0], [1], [2]], 3, 8192, 1)), "abc", 1)
    np.testing.assert_allclose(found.first, np.array([v1, v2, 0]) / whole, atol=0.015)
    np.testing.assert_allclose(found.total, np.array([v1 + v13, v2, v13]) / whole, atol=0.015)
    assert found.variance == pytest.approx(whole, rel=0.02)
    assert (found.first_spread < 0.06).all()


def test_values_reach_the_library_in_its_order():
    """Figures of SALib 1.6.0, sobol.analyze(calc_second_order=False), rows A, AB_i, B in turn.

    Our own estimators, since given up for the library's, gave the same to 1e-12.
    """
    u = np.random.default_rng(11).random((512, 6))
    a, b = u[:, :3], u[:, 3:]
    mixed = [np.where(np.arange(3) == i, b, a) for i in range(3)]
    found = indices(ishigami(np.concatenate([a, *mixed, b])), "abc", 1)
    np.testing.assert_allclose(found.first, SALIB_FIRST, atol=1e-12)
    np.testing.assert_allclose(found.total, SALIB_TOTAL, atol=1e-12)


def test_groups_of_factors():
    """x + y + 2z: z has 4 of 6 parts of the variance, x and y together 2."""
    at = plan([[0, 1], [2]], 3, 1024, 1)
    found = indices(at @ np.array([1.0, 1, 2]), ("xy", "z"), 1)
    np.testing.assert_allclose(found.first, [1 / 3, 2 / 3], atol=0.01)
    np.testing.assert_allclose(found.total, [1 / 3, 2 / 3], atol=0.01)


def test_a_plan_changes_only_its_group():
    at = plan([[0, 2], [1]], 3, 8, 1).reshape(4, 8, 3)
    a, first, second, b = at
    np.testing.assert_array_equal(first, np.column_stack([b[:, 0], a[:, 1], b[:, 2]]))
    np.testing.assert_array_equal(second, np.column_stack([a[:, 0], b[:, 1], a[:, 2]]))
    np.testing.assert_array_equal(at, plan([[0, 2], [1]], 3, 8, 1).reshape(4, 8, 3))
    with pytest.raises(CompositeError, match="2 的幂"):
        plan([[0]], 1, 100, 1)
    with pytest.raises(CompositeError, match="第 2 个因素在两组里"):
        plan([[0, 1], [1]], 3, 8, 1)


@pytest.mark.parametrize("groups", [[[1]], [[2], [0]], [[0]]])
def test_what_is_in_no_group_stays(groups):
    """Columns of no group are A's in every block but the last, wherever they stand."""
    blocks = plan(groups, 3, 8, 1).reshape(len(groups) + 2, 8, 3)
    a, b = blocks[0], blocks[-1]
    assert (a != b).all()
    for group, block in zip(groups, blocks[1:-1], strict=True):
        np.testing.assert_array_equal(block, np.where(np.isin(np.arange(3), group), b, a))


@pytest.mark.parametrize("seed", [0, 7])
def test_a_seed_is_a_seed(seed):
    """Also 0, which the library itself takes for "none"."""
    values = ishigami(plan([[0], [1], [2]], 3, 64, seed))
    first, again = indices(values, "abc", seed), indices(values, "abc", seed)
    assert first.first_spread.tolist() == again.first_spread.tolist()
    assert first.total_spread.tolist() == again.total_spread.tolist()
    assert (first.total_spread > 0).all()


def study(doubts, spread=40.0):
    rng = np.random.default_rng(1)
    posts = Scale(Norm.GOALPOST, 0, 100)
    root = Group("g", 1, tuple(Indicator(c, 1, posts) for c in "abc"))
    data = Data({c: np.clip(60 + spread * rng.normal(size=25), 1, 99) for c in "abc"})
    return prepare(root, data, doubts, 1)


def test_which_choice_moves_the_ranks():
    """A weight within ± 0.1 % moves nothing; harmonic instead of arithmetic does."""
    doubts = Doubts(weight_change=0.001, means=(None, Mean.HARMONIC))
    found = which_choice_moves(study(doubts), 64, 1)
    assert found.names == ("weight", "mean")
    assert found.total[1] == pytest.approx(1, abs=0.05)
    assert found.total[0] < 0.02


def test_factors_can_be_grouped_by_hand():
    made = study(Doubts())
    groups = {"a": ["weight:a"], "others": ["weight:b", "weight:c"]}
    found = which_choice_moves(made, 128, 1, groups)
    assert found.names == ("a", "others")
    assert (found.total > 0.05).all()
    with pytest.raises(CompositeError, match="weight:z"):
        which_choice_moves(made, 128, 1, {"z": ["weight:z"]})
    with pytest.raises(CompositeError, match="没有可变"):
        which_choice_moves(study(Doubts(weight_change=0)), 64, 1)


def test_nothing_moves_nothing():
    found = which_choice_moves(study(Doubts(weight_change=1e-9)), 64, 1)
    assert found.variance == 0
    assert found.first.tolist() == found.total.tolist() == [0]
