"""Laws of the weekly index: better is never worse, units and order do not matter, means."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.composite.aggregation import Mean
from scoring.composite.index import evaluate
from scoring.composite.uncertainty import with_mean
from scoring.weekly.comparison import NOBODY, gains, most_gaining
from scoring.weekly.index import data_of, root_of, weekly_index

TOWNS = 5


@st.composite
def weeks(draw):
    """Values, cases and usual rates of five towns: beyond the goalposts, small counts, holes."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    share = draw(st.sampled_from([0.0, 0.02, 0.1]))
    return rng, share


def district(weekly, rng, share):
    values, cases, usual = {}, {}, {}
    for one in weekly.indicators:
        score = rng.uniform(-0.2, 1.2, TOWNS)
        value = one.zero + (one.full - one.zero) * score
        if one.unit == "%":
            value = np.clip(value, 0, 200)
        values[one.code] = np.where(rng.random(TOWNS) < share, np.nan, value)
        if one.small:
            cases[one.code] = rng.choice([0.0, 1, 2, 4, 5, 30, np.nan], TOWNS)
            usual[one.code] = float(rng.uniform(50, 100))
    cases["A1.3"] = rng.uniform(1e4, 9e4, TOWNS)
    return values, cases, usual


@settings(max_examples=60, deadline=None)
@given(weeks())
def test_acting_on_the_first_gain_raises_the_index_by_it(weekly, week):
    rng, share = week
    values, cases, usual = district(weekly, rng, share)
    before = weekly_index(weekly, values, cases, usual)
    shown, order = gains(before), most_gaining(before)
    for town in np.flatnonzero(order[:, 0] != NOBODY).tolist():
        one = weekly.indicators[order[town, 0]]
        full = values[one.code].copy()
        assert full[town] < one.full if one.higher else full[town] > one.full
        full[town] = one.full
        after = weekly_index(weekly, {**values, one.code: full}, cases, usual)
        rise = after.index[town] - before.index[town]
        assert abs(rise - shown[town, order[town, 0]]) < 1e-9


@settings(max_examples=60, deadline=None)
@given(weeks(), st.integers(0, 24), st.integers(0, TOWNS - 1), st.floats(0.01, 1.5))
def test_improving_never_harms(weekly, week, which, town, much):
    rng, share = week
    values, cases, usual = district(weekly, rng, share)
    before = weekly_index(weekly, values, cases, usual)
    one = weekly.indicators[which]
    better = values[one.code].copy()
    better[town] += much * (one.full - one.zero)
    after = weekly_index(weekly, {**values, one.code: better}, cases, usual)
    known = ~np.isnan(before.index)
    assert (known == ~np.isnan(after.index)).all()
    others = np.arange(TOWNS) != town
    np.testing.assert_array_equal(after.index[others], before.index[others])
    if known[town]:
        assert after.index[town] >= before.index[town] - 1e-9
        assert after.rank[town] <= before.rank[town]


@settings(max_examples=40, deadline=None)
@given(weeks(), st.integers(0, 24), st.sampled_from([0.01, 1000.0]))
def test_the_scale_of_a_unit_does_not_matter(weekly, week, which, factor):
    """Goalposts, values and the usual rate in another unit: per mille, or shares of 1."""
    values, cases, usual = district(weekly, *week)
    one = weekly.indicators[which]
    scaled = replace(one, zero=one.zero * factor, full=one.full * factor)
    rows = tuple(scaled if row is one else row for row in weekly.indicators)
    other = replace(weekly, indicators=rows)
    new = {**values, one.code: values[one.code] * factor}
    new_usual = {**usual, one.code: usual.get(one.code, np.nan) * factor}
    found = weekly_index(other, new, cases, new_usual if one.small else usual)
    plain = weekly_index(weekly, values, cases, usual)
    np.testing.assert_allclose(found.index, plain.index, rtol=1e-12)
    np.testing.assert_allclose(found.points, plain.points, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(weeks(), st.permutations(range(TOWNS)))
def test_the_order_of_towns_does_not_matter(weekly, week, order):
    values, cases, usual = district(weekly, *week)
    order = np.array(order)
    plain = weekly_index(weekly, values, cases, usual)
    turned = weekly_index(
        weekly,
        {code: value[order] for code, value in values.items()},
        {code: value[order] for code, value in cases.items()},
        usual,
    )
    np.testing.assert_array_equal(turned.index, plain.index[order])
    np.testing.assert_array_equal(turned.rank, plain.rank[order])
    np.testing.assert_array_equal(turned.points, plain.points[order])


@settings(max_examples=40, deadline=None)
@given(weeks())
def test_arithmetic_geometric_harmonic(weekly, week):
    """Without a floor, at any share of missing data, on the whole tree."""
    values, cases, usual = district(weekly, *week)
    root, data = root_of(weekly, usual), data_of(weekly, values, cases)
    scores = [evaluate(with_mean(root, kind), data).score for kind in Mean]
    known = ~np.isnan(scores[0])
    for higher, lower in pairwise(scores):
        assert (known == ~np.isnan(lower)).all()
        assert (higher[known] >= lower[known] - 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(weeks())
def test_points_add_up(weekly, week):
    values, cases, usual = district(weekly, *week)
    found = weekly_index(weekly, values, cases, usual)
    known = ~np.isnan(found.index)
    np.testing.assert_allclose(np.nansum(found.points[known], axis=1), found.before_caps[known])
    np.testing.assert_allclose(found.aspects[known].sum(axis=1), found.before_caps[known])
    np.testing.assert_allclose(np.nansum(found.of[known], axis=1), 100)
    assert (np.array(found.level)[~known] == "no_data").all()
    assert ((found.index[known] >= -1e-9) & (found.index[known] <= 100 + 1e-9)).all()
