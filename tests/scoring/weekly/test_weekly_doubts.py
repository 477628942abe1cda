"""How sure: certain cases by hand, probabilities against scipy, and what is drawn for what."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from scoring.composite.aggregation import Mean
from scoring.composite.normalisation import Norm
from scoring.weekly.doubts import how_sure_week, which_choice_moves
from scoring.weekly.index import weekly_index

NAN = np.nan


def doubting(weekly, **change):
    sure = {
        "weight_change": 0.0,
        "norms": (None,),
        "means": (None,),
        "colour_means": (None,),
    } | change
    return replace(weekly, doubting=replace(weekly.doubting, **sure))


def test_the_scheme_asks_for_what_is_required(weekly):
    asked = weekly.doubting
    assert (asked.draws, asked.weight_change, asked.interval) == (1000, 0.2, 0.9)
    assert None in asked.norms
    assert None in asked.means
    assert asked.card_probability == 0.8


def test_without_doubt_everything_is_certain(weekly, at_scores):
    """Indexes 96, 92, 85, 70, 50, one unknown; last week 96, 100, 95, 80, unknown, 90."""
    score = np.array([0.96, 0.92, 0.85, 0.70, 0.50, NAN])
    previous = np.array([96.0, 100, 95, 80.1, NAN, 90])
    found = how_sure_week(doubting(weekly), at_scores(6, score), previous=previous)
    assert found.levels == ("green", "blue", "yellow", "orange", "red")
    np.testing.assert_array_equal(found.in_band[:5], np.eye(5))
    np.testing.assert_array_equal(found.in_band[5], 0)
    assert found.without.tolist() == [0, 0, 0, 0, 0, 1]
    for ranks in (found.rank_low, found.rank_median, found.rank_high):
        np.testing.assert_array_equal(ranks, [1, 2, 3, 4, 5, NAN])
    np.testing.assert_array_equal(found.at_or_worse("orange"), [0, 0, 0, 1, 1, NAN])
    np.testing.assert_array_equal(found.at_or_worse("green"), [1, 1, 1, 1, 1, NAN])
    np.testing.assert_array_equal(found.fell(10), [0, 0, 1, 1, NAN, NAN])
    np.testing.assert_array_equal(found.last_and_below(90), [0, 0, 0, 0, 1, NAN])
    np.testing.assert_array_equal(found.last_and_below(50), [0, 0, 0, 0, 0, NAN])
    with pytest.raises(ValueError, match="not in tuple"):
        found.at_or_worse("purple")


def test_last_together_and_last_alone(weekly, at_scores):
    """84.02 and 83.98 are both 84.0: both are last. Who is alone is not last."""
    sure = doubting(weekly)
    both = how_sure_week(sure, at_scores(3, np.array([0.8402, 0.9, 0.8398])))
    assert both.last_and_below(90).tolist() == [1, 0, 1]
    alone = how_sure_week(sure, at_scores(2, np.array([0.84, NAN])))
    np.testing.assert_array_equal(alone.last_and_below(90), [0, NAN])
    assert np.isnan(alone.fell(10)).all()


def test_the_luck_of_few_cases(weekly, at_scores):
    """A5.1 of 3 of 4, A4.1 at half: 90 + 6 · score, so yellow where at most 2 of 4 come again."""
    values = at_scores(1, 1.0, A4_1=0.5)
    values["A5.1"] = np.array([75.0])
    found = how_sure_week(doubting(weekly, draws=20000), values, {"A5.1": np.array([4.0])})
    expected = stats.binom(4, 0.75).cdf(2)
    assert found.at_or_worse("yellow")[0] == pytest.approx(expected, abs=0.04)
    certain = how_sure_week(doubting(weekly), values)
    assert certain.at_or_worse("yellow")[0] == 0


def test_a_town_with_full_marks_is_not_drawn_down(weekly, at_scores):
    """7 of 7 everywhere: what is seen again is 7 of 7, so the published colour is certain."""
    sevens = {one.code: np.array([7.0]) for one in weekly.indicators if one.chance}
    found = how_sure_week(doubting(weekly, weight_change=0.2), at_scores(1), sevens)
    assert found.in_band[0].tolist() == [1, 0, 0, 0, 0]


def test_a_cap_holds_in_every_draw(weekly, at_scores):
    found = how_sure_week(weekly, at_scores(2, 0.97), caps=np.array([59.0, NAN]))
    assert found.in_band[0].tolist() == [0, 0, 0, 0, 1]
    assert found.draws[:, 0].max() <= 59


def test_norms_vary_ranks_not_colours(weekly, at_scores):
    """甲 loses 0.25 of 8 in A4.1, 乙 all 3 of A1.3: 99.75 and 97; under min-max 8 against 3."""
    values = at_scores(2, 1.0, A1_3=np.array([1.0, 0.0]))
    values["A4.1"] = np.array([0.25, 0.0])
    plain = how_sure_week(doubting(weekly), values)
    normed = how_sure_week(doubting(weekly, norms=(None, Norm.MIN_MAX)), values)
    assert (plain.rank_low.tolist(), plain.rank_high.tolist()) == ([1, 2], [1, 2])
    assert (normed.rank_low.tolist(), normed.rank_high.tolist()) == ([1, 1], [2, 2])
    np.testing.assert_array_equal(normed.in_band, plain.in_band)
    np.testing.assert_array_equal(normed.draws, plain.draws)


def test_means_vary_both(weekly, at_scores):
    """Uneven aspects lose under a geometric mean, even ones do not."""
    uneven = at_scores(1, 0.95, A1_1=0.4, A5_1=0.4)
    index = weekly_index(weekly, uneven).index[0]
    found = how_sure_week(doubting(weekly, colour_means=(None, Mean.GEOMETRIC)), uneven)
    seen = np.unique(found.draws.round(6))
    assert len(seen) == 2
    assert seen[1] == pytest.approx(index)
    # (0.4^0.4 · 0.95^0.6) in both aspects of 15, 0.95 in the others, geometric over aspects
    low = 0.95**0.7 * (0.4**0.4 * 0.95**0.6) ** 0.3
    assert seen[0] == pytest.approx(100 * low)
    assert 0.4 < (found.draws < index - 1e-6).mean() < 0.6


def test_the_same_seed_the_same_answer(weekly, at_scores):
    rng = np.random.default_rng(5)
    values = at_scores(8, rng.uniform(0.4, 1, 8), A5_1=rng.uniform(0, 1, 8))
    cases = {"A5.1": rng.integers(1, 20, 8).astype(float)}
    first, again = (how_sure_week(weekly, values, cases) for _ in range(2))
    np.testing.assert_array_equal(first.draws, again.draws)
    np.testing.assert_array_equal(first.rank_low, again.rank_low)
    other = replace(weekly, doubting=replace(weekly.doubting, seed=1))
    assert (how_sure_week(other, values, cases).draws != first.draws).any()
    np.testing.assert_allclose(first.in_band.sum(axis=1) + first.without, 1)
    assert (first.rank_low <= first.rank_median).all()
    assert (first.rank_median <= first.rank_high).all()


def test_missing_data_stay_missing_in_every_draw(weekly, at_scores):
    values = at_scores(3, 0.9)
    values["A2.1"], values["A2.2"] = np.array([NAN, 90, 90]), np.array([NAN, 90, 90])
    found = how_sure_week(weekly, values)
    assert np.isnan(found.draws[:, 0]).all()
    assert found.without.tolist() == [1, 0, 0]
    assert np.isnan([found.rank_low[0], found.rank_high[0]]).all()


def test_which_choice_moves_the_ranks(weekly, at_scores):
    rng = np.random.default_rng(2)
    values = at_scores(12, 0.9)
    for one in weekly.indicators:
        values[one.code] = one.zero + (one.full - one.zero) * rng.beta(8, 1.5, 12)
    cases = {"A5.1": rng.integers(3, 20, 12).astype(float)}
    found = which_choice_moves(weekly, values, cases, rows=128)
    assert found.names == ("weight", "norm", "mean", "luck")
    assert (found.total > -0.05).all()
    assert found.total.max() > 0.2
    again = which_choice_moves(weekly, values, cases, rows=128)
    np.testing.assert_array_equal(found.total, again.total)
    np.testing.assert_array_equal(found.total_spread, again.total_spread)


def test_where_nothing_is_in_doubt_nothing_moves(weekly, at_scores):
    """No alternatives, no counts: there is no choice to speak of."""
    plain = replace(
        doubting(weekly), indicators=tuple(replace(o, chance=None) for o in weekly.indicators)
    )
    assert which_choice_moves(plain, at_scores(4, 0.9)) is None
