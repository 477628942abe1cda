"""Every edge of the bands, caps, ties, missing data and faults of the weekly index."""

import numpy as np
import pytest

from scoring.composite.faults import CompositeError
from scoring.weekly.bases import basis
from scoring.weekly.comparison import (
    NOBODY,
    costliest,
    costs,
    department_shares,
    gains,
    most_gaining,
    weakest,
)
from scoring.weekly.index import levels, shown, weekly_index

NAN = np.nan

EDGES = {
    100: "green",
    95: "green",
    94.99: "blue",
    90.01: "blue",
    90: "yellow",
    80: "yellow",
    79.99: "orange",
    60: "orange",
    59.9: "red",
    0: "red",
}


def scored(at_scores, index):
    """Values of towns with these indexes: the same share of every indicator."""
    share = np.array(index, float) / 100
    return at_scores(len(share), 0, **dict.fromkeys(CODES, share))


CODES = [f"A{a}_{i}" for a in range(1, 9) for i in range(1, 5) if i < 4 or a == 2]


def test_every_edge(weekly, at_scores):
    found = weekly_index(weekly, scored(at_scores, list(EDGES)))
    np.testing.assert_allclose(found.index, list(EDGES))
    assert dict(zip(EDGES, found.level, strict=True)) == EDGES


@pytest.mark.parametrize(
    ("index", "text"),
    [
        *((95, "95.0"), (94.99, "94.99"), (94.95, "94.95"), (94.949, "94.9"), (94.996, "94.996")),
        *((90, "90.0"), (90.01, "90.01"), (90.05, "90.1"), (89.96, "90.0")),
        *((79.99, "79.99"), (59.96, "59.96"), (59.9, "59.9"), (0, "0.0"), (100, "100.0")),
    ],
)
def test_digits_never_show_another_colour(weekly, index, text):
    assert shown(weekly, index) == text
    assert levels(weekly, np.array([float(text)])) == levels(weekly, np.array([float(index)]))


def test_what_is_unknown_has_no_digits(weekly):
    with pytest.raises(ValueError, match="no data"):
        shown(weekly, NAN)


def test_a_cap_holds_and_is_traced(weekly, at_scores):
    """97 and 50 under a cap of 59; a rank with the cap, points without."""
    values = scored(at_scores, [97, 97, 50, 70])
    found = weekly_index(weekly, values, caps=np.array([59.0, NAN, 59.0, NAN]))
    np.testing.assert_allclose(found.index, [59, 97, 50, 70])
    np.testing.assert_allclose(found.before_caps, [97, 97, 50, 70])
    assert found.level == ("red", "green", "red", "orange")
    assert found.rank.tolist() == [3, 1, 4, 2]
    np.testing.assert_allclose(found.points.sum(axis=1), found.before_caps)


def test_deductions_end_at_nothing(weekly):
    """A4.1: 0, one slight injury 2, one dead 6, two dead 8, more; A5.3 ends at 4."""
    lost = np.array([0.0, 2, 6, 8, 20])
    found = weekly_index(weekly, {"A4.1": lost, "A5.3": lost})
    assert found.score01[:, weekly.codes.index("A4.1")].tolist() == [1, 0.75, 0.25, 0, 0]
    assert found.score01[:, weekly.codes.index("A5.3")].tolist() == [1, 0.5, 0, 0, 0]


def test_ties_share_the_better_place(weekly, at_scores):
    """84.04 and 83.95 are both 84.0; 83.94 is 83.9."""
    found = weekly_index(weekly, scored(at_scores, [84.04, 90.0, 83.95, 83.94]))
    assert found.rank.tolist() == [2, 1, 2, 4]


def test_one_missing_in_each_aspect_is_made_up_for(weekly, at_scores):
    values = at_scores(1, 0.5)
    for aspect in range(1, 9):
        values[f"A{aspect}.1"] = np.array([NAN])
    found = weekly_index(weekly, values)
    assert found.index[0] == pytest.approx(50)
    np.testing.assert_allclose(found.aspects[0] / found.aspect_of[0], 0.5)
    assert np.nansum(found.of) == pytest.approx(100)


def test_two_missing_in_an_aspect_leave_no_index(weekly, at_scores):
    """Town 0 misses two in A2; it is never green, and the others are as they were."""
    values = at_scores(3, np.array([1.0, 0.97, 0.5]))
    whole = weekly_index(weekly, values)
    holed = dict(values)
    for code in ("A2.1", "A2.3"):
        holed[code] = np.array([NAN, *values[code][1:]])
    found = weekly_index(weekly, holed)
    assert np.isnan([found.index[0], found.before_caps[0], found.rank[0]]).all()
    assert found.level == ("no_data", "green", "red")
    assert found.rank[1:].tolist() == [1, 2]
    assert np.isnan(found.aspects[0]).tolist() == [c == 1 for c in range(8)]
    assert np.isnan(found.points[0, 3:7]).all()
    assert found.points[0, 0] == 6
    np.testing.assert_array_equal(found.index[1:], whole.index[1:])


def test_a_cap_does_not_make_an_unknown_index_known(weekly):
    found = weekly_index(weekly, {"A1.1": np.array([80.0])}, caps=np.array([59.0]))
    assert (found.level, bool(np.isnan(found.index[0]))) == (("no_data",), True)


def test_nothing_fell_due_is_not_everything_done(weekly, at_scores):
    """0 of 0 is unknown, whatever the value says."""
    cases = {"A5.1": np.array([0.0, 8.0])}
    found = weekly_index(weekly, at_scores(2, 0.5, A5_1=1.0), cases)
    column = weekly.codes.index("A5.1")
    assert np.isnan(found.score01[0, column])
    assert found.score01[1, column] == 1
    assert not found.small[0, column]


def test_a_rate_whose_cases_nobody_knows_stays_as_it_is(weekly, at_scores):
    found = weekly_index(weekly, at_scores(2), {"A5.1": np.array([NAN, 2.0])}, {"A5.1": 65.0})
    column = weekly.codes.index("A5.1")
    np.testing.assert_allclose(found.drawn[:, column], [100, (2 * 100 + 5 * 65) / 7])
    assert found.small[:, column].tolist() == [False, True]


def test_nothing_at_all(weekly):
    found = weekly_index(weekly, {"A1.1": np.full(3, NAN)})
    assert found.level == ("no_data",) * 3
    assert np.isnan(found.rank).all()
    assert (weakest(found) == NOBODY).all()
    lost = costs(weekly, found)
    assert (lost.best == NOBODY).all()
    assert (costliest(lost) == NOBODY).all()


def test_equal_shares_and_costs_keep_the_order_of_the_scheme(weekly, at_scores):
    """All at 0.7: how a computer rounds 6 · 0.7 and 5 · 0.7 names no aspect and no indicator."""
    for score in (0.1, 0.3, 0.6, 0.7, 0.9):
        values = at_scores(2, np.array([score, 1.0]))
        found = weekly_index(weekly, values)
        assert weakest(found)[0] == 0
        dear = costliest(costs(weekly, found), 25)[0].tolist()
        points = [one.points for one in weekly.indicators]
        assert dear == sorted(range(25), key=lambda k: -points[k])
        best = [k for k in dear if not weekly.indicators[k].lapses]
        assert most_gaining(found)[0, : len(best)].tolist() == best


def test_of_two_best_towns_the_better_one_is_named(weekly, at_scores):
    """All have A1.1 in full; town 2 has the best index; an unknown town is the last choice."""
    values = at_scores(4, np.array([0.5, 0.6, 0.9, 1.0]), A1_1=1.0)
    values["A2.1"][3] = values["A2.2"][3] = NAN
    found = costs(weekly, weekly_index(weekly, values))
    assert found.best[weekly.codes.index("A1.1")] == 2
    only = at_scores(2, np.array([0.5, 1.0]))
    only["A2.1"][1] = only["A2.2"][1] = NAN
    assert costs(weekly, weekly_index(weekly, only)).best[weekly.codes.index("A1.1")] == 1


def test_without_an_index_nothing_can_be_gained(weekly, at_scores):
    """Points of a known aspect are known, what the index would gain by them is not."""
    values = at_scores(2, 0.5)
    values["A2.1"][0] = values["A2.2"][0] = NAN
    found = weekly_index(weekly, values)
    assert found.points[0, 0] == 3
    assert np.isnan(gains(found)[0]).all()
    assert gains(found)[1, 0] == 3
    assert (most_gaining(found)[0] == NOBODY).all()
    shares = department_shares(weekly, found)
    np.testing.assert_allclose(shares, 0.5)


def test_no_towns(weekly, at_scores):
    found = weekly_index(weekly, at_scores(0))
    assert (found.index.shape, found.points.shape, found.level) == ((0,), (0, 25), ())


@pytest.mark.parametrize("code", ["A9.1", "index", ""])
def test_a_code_of_nobody(weekly, code):
    with pytest.raises(ValueError, match="no weekly indicators"):
        weekly_index(weekly, {code: np.array([1.0])})


def test_faults_of_the_data(weekly, at_scores):
    values = at_scores(2)
    with pytest.raises(CompositeError, match=r"A1\.1 的长度"):
        weekly_index(weekly, {**values, "A1.1": np.array([1.0])})
    with pytest.raises(CompositeError, match=r"A1\.1 含无穷大"):
        weekly_index(weekly, {**values, "A1.1": np.array([1.0, np.inf])})


def test_two_months_and_the_year(weekly):
    """Means 85, 85, unknown (2 of 3 weeks are less than 0.7), 90.04; ranks 2, 2, -, 1."""
    weeks = np.array([[80.0, 85.02, 95, 90], [90, 85, NAN, 90.04], [85, 84.98, 95, 90.08]])
    found = basis(weekly, weeks)
    np.testing.assert_allclose(found.index, [85, 85, NAN, 90.04])
    assert found.rank[[0, 1, 3]].tolist() == [2, 2, 1]
    assert found.level == ("yellow", "yellow", "no_data", "blue")
    assert found.weeks.tolist() == [3, 3, 2, 3]


def test_without_weeks_there_is_no_basis(weekly):
    found = basis(weekly, np.empty((0, 2)))
    assert found.level == ("no_data", "no_data")
    assert np.isnan(found.index).all()
