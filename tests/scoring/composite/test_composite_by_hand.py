"""Four towns, two groups, four indicators: every number worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.composite.aggregation import Mean, Missing
from scoring.composite.definition import Data, Group, Indicator
from scoring.composite.faults import CompositeError
from scoring.composite.index import evaluate, gains, points_got, points_open
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.small_counts import Sampling, Shrink
from scoring.composite.tracing import trace
from scoring.composite.treatment import Method, Treatment

NAN = np.nan


def post(code, weight, zero, full, **more):
    scale = Scale(Norm.GOALPOST, zero, full)
    return Indicator(code, weight, scale, higher=full > zero, **more)


A = Group("A", 60, (post("a1", 2, 60, 100), post("a2", 1, 2, 0, per="heads", units=10000)))
B = Group("B", 40, (post("b1", 1, 0, 1), post("b2", 3, 0, 10)), most_missing=1)
ROOT = Group("index", 1, (A, B), least_share=0.7)
DATA = Data(
    {
        "a1": np.array([80.0, 100.0, NAN, 100.0]),
        "a2": np.array([6.0, 0.0, 3.0, 0.0]),
        "b1": np.array([0.5, NAN, 1.0, NAN]),
        "b2": np.array([10.0, 5.0, NAN, NAN]),
    },
    {"heads": np.array([60000.0, 10000.0, 10000.0, 10000.0])},
)
"""Town 1: a1 .5, a2 1 in 10,000 → .5; b1 .5, b2 1. Town 2: a's 1, b2 .5. Town 3: a2 0, b1 1."""


def test_scores():
    """.6·.5 + .4·(.5 + 3)/4 = .65; .6 + .4·.5 = .8; 0 + .4·1; town 4 knows only 60 % of 70 %."""
    index = evaluate(ROOT, DATA)
    np.testing.assert_allclose(index.mixed["A"].score, [0.5, 1, 0, 1])
    np.testing.assert_allclose(index.mixed["B"].score, [0.875, 0.5, 1, NAN])
    np.testing.assert_allclose(index.score, [65, 80, 40, NAN])


def test_every_step_is_kept():
    lines = {line.code: line for line in trace(evaluate(ROOT, DATA), 0)}
    assert [(line.code, line.depth) for line in lines.values()] == [
        ("index", 0), ("A", 1), ("a1", 2), ("a2", 2), ("B", 1), ("b1", 2), ("b2", 2),
    ]  # fmt: skip
    a2 = lines["a2"]
    assert (a2.raw, a2.per, a2.shrunk, a2.treated, a2.score) == (6, 1, 1, 1, 0.5)
    assert a2.share == pytest.approx(1 / 3)
    assert lines["index"].score == pytest.approx(0.65)
    score = {code: line.used for code, line in lines.items()}
    assert 0.6 * (score["a1"] * 2 + score["a2"]) / 3 + 0.4 * score["B"] == pytest.approx(0.65)


def test_what_is_left_out_is_seen():
    town = {line.code: line for line in trace(evaluate(ROOT, DATA), 1)}
    assert not town["b1"].known
    assert town["b1"].share == 0
    assert town["b2"].share == 1
    assert np.isnan(town["b1"].raw)


def test_points():
    index = evaluate(ROOT, DATA)
    got, possible = points_got(index), points_open(index)
    assert [got[c][0] for c in got] == pytest.approx([20, 10, 5, 30])
    assert [possible[c][0] for c in possible] == pytest.approx([40, 20, 10, 30])
    assert [possible[c][1] for c in possible] == pytest.approx([40, 20, NAN, 40], nan_ok=True)
    np.testing.assert_allclose(np.nansum(list(got.values()), axis=0)[:3], index.score[:3])
    rise = gains(index, DATA)
    assert [rise[c][0] for c in rise] == pytest.approx([20, 10, 5, 0])
    assert np.isnan(rise["b1"][1])


def test_means_differ_by_level():
    """Geometric B of town 1: (.5·1³)^¼ = .8409; harmonic: 4 / (1/.5 + 3/1) = .8."""
    for mean, value in ((Mean.GEOMETRIC, 0.5**0.25), (Mean.HARMONIC, 0.8)):
        index = evaluate(replace(ROOT, children=(A, replace(B, mean=mean))), DATA)
        assert index.score[0] == pytest.approx(30 + 40 * value)
        with pytest.raises(CompositeError, match="算术"):
            points_got(index)
    root = replace(ROOT, mean=Mean.GEOMETRIC)
    assert evaluate(root, DATA).score[2] == 0
    lifted = replace(root, floor=0.01)
    assert evaluate(lifted, DATA).score[2] == pytest.approx(100 * 0.01**0.6)


def test_gains_under_a_geometric_mean():
    root = replace(ROOT, mean=Mean.GEOMETRIC)
    index = evaluate(root, DATA)
    rise = gains(index, DATA)["a1"][0]
    assert rise == pytest.approx(100 * 0.875**0.4 * ((2.5 / 3) ** 0.6 - 0.5**0.6))


def test_a_weight_of_nothing_does_not_matter():
    zero = replace(post("b1", 0, 0, 1), code="a2", scale=Scale(Norm.GOALPOST, 0, 1))
    root = Group("index", 1, (post("a1", 1, 60, 100), zero), mean=Mean.GEOMETRIC)
    data = Data({"a1": np.array([80.0]), "a2": np.array([0.0])})
    assert evaluate(root, data).score[0] == pytest.approx(50)


def test_stand_ins():
    """b1 of town 2: the mean of .5 and 1; with peers (2 with 1) only town 1's .5."""
    root = replace(ROOT, children=(A, replace(B, missing=Missing.MEAN)))
    assert evaluate(root, DATA).mixed["B"].score[1] == pytest.approx((0.75 + 1.5) / 4)
    peers = replace(DATA, peers=np.array([7, 7, 3, 3]))
    assert evaluate(root, peers).mixed["B"].score[1] == pytest.approx((0.5 + 1.5) / 4)
    assert np.isnan(evaluate(root, peers).mixed["B"].score[3])


def test_refusal():
    root = replace(ROOT, children=(A, replace(B, missing=Missing.REFUSE)))
    np.testing.assert_allclose(evaluate(root, DATA).score, [65, NAN, NAN, NAN])


@pytest.mark.parametrize(("share", "known"), [(0.25, True), (0.2501, False)])
def test_the_share_that_must_be_known(share, known):
    b = replace(B, least_share=share)
    assert np.isnan(evaluate(replace(ROOT, children=(A, b)), DATA).mixed["B"].score[2]) != known


def test_caps():
    index = evaluate(ROOT, DATA, caps=np.array([59.0, NAN, 59.0, 59.0]))
    np.testing.assert_allclose(index.score, [59, 80, 40, NAN])
    np.testing.assert_allclose(index.before_caps, [65, 80, 40, NAN])


def test_small_counts_and_outliers_in_order():
    """Rates 100 of 4 and 75 of 16 → 88.9 and 75; then pulled to the 50th percentile from above."""
    leaf = post(
        "x", 1, 0, 100, cases="n", shrink=Shrink(), treatment=Treatment(Method.PERCENTILES, high=50)
    )
    data = Data({"x": np.array([100.0, 75.0])}, {"n": np.array([4.0, 16.0])})
    step = evaluate(Group("g", 1, (leaf,)), data).steps["x"]
    np.testing.assert_allclose(step.shrunk, [800 / 9, 75])
    middle = (800 / 9 + 75) / 2
    low = 75 + 0.025 * (800 / 9 - 75)
    np.testing.assert_allclose(step.treated, [middle, low])


def test_every_fault_of_a_tree_at_once():
    wrong = Group(
        "g",
        1,
        (
            Indicator("a", 1, Scale(Norm.GOALPOST, 0, 1), higher=False),
            Indicator("a", -1, Scale(Norm.Z_SCORE)),
            Indicator("b", 1, Scale(Norm.GOALPOST, 2, 2)),
            Indicator("c", 1, Scale(Norm.LOG_GOALPOST, 0, 2)),
            Indicator("d", 1, Scale(Norm.RANK), sampling=Sampling.BINOMIAL),
            Indicator("e", 1, Scale(Norm.GOALPOST, 0, 1), treatment=Treatment(Method.LOG)),
            Group("h", 1, (), least_share=0.5),
        ),
        mean=Mean.GEOMETRIC,
        least_share=2,
    )
    with pytest.raises(CompositeError) as caught:
        evaluate(wrong, Data({}))
    assert len(caught.value.faults) == 10


def test_every_fault_of_data_at_once():
    values = DATA.values | {"a1": np.array([1.0, np.inf, 0, 0]), "b2": np.zeros(3)}
    del values["b1"]
    with pytest.raises(CompositeError) as caught:
        evaluate(ROOT, Data(values, {"heads": np.array([-1.0, 1, 1, 1])}))
    assert len(caught.value.faults) == 4
