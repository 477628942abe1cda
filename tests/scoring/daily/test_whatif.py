"""What would turn the colour: the smallest set, against brute force and by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.daily.inputs import BACKLOG_COLUMNS, Triggers
from scoring.daily.score import score_day
from scoring.daily.whatif import BLOCKERS, list_actions, what_if
from scoring.levels import LEVELS, RULES

E2, E3, E4, E6, E7 = (RULES.index(rule) for rule in ("E2", "E3", "E4", "E6", "E7"))


def triggers(*rows):
    """(rule, level, ref, sector, column) of town 0."""
    table = np.array([(r[0], 0, *r[1:]) for r in rows], dtype=np.int64).reshape(-1, 6)
    return Triggers(*table.T)


def backlog_of(cells):
    backlog = np.zeros((1, 7, 4))
    for (sector, column), count in cells.items():
        backlog[0, sector, BACKLOG_COLUMNS.index(column)] = count
    return backlog


def town(make_day, hazard, **given):
    """A town with C = 1, e = v = 1: I_s = sqrt(h_s), one sector after the other."""
    raw = np.zeros((1, 7))
    for sector, value in hazard.items():
        raw[0, sector] = value
    return make_day(hazard=raw, density=np.array([30000.0]), vulnerable=np.array([40.0]), **given)


def solve(day, scheme):
    return what_if(day, score_day(day, scheme), scheme)


def fewest_by_force(day, scheme, target):
    """Try every number of closings of every cell; no cleverness, the engine as the judge."""
    cells = [tuple(cell) for cell in np.argwhere(day.backlog[0] > 0)]
    ranges = [range(int(day.backlog[0][cell]) + 1) for cell in cells]
    choices = list(product(*ranges))
    options = np.array(choices, dtype=np.int64).reshape(len(choices), len(cells))
    backlog = np.repeat(day.backlog, len(options), axis=0)
    for column, cell in enumerate(cells):
        backlog[:, cell[0], cell[1]] -= options[:, column]
    by_town = ("hazard", "density", "vulnerable", "accident", "special", "index", "closure")
    by_town = (*by_town, "online", "lowered", "previous_level", "signal_covers")
    many = replace(
        day,
        **{name: np.repeat(getattr(day, name), len(options), axis=0) for name in by_town},
        backlog=backlog,
    )
    level = score_day(many, scheme).level
    good = (level >= 0) & (level <= target)
    return int(options.sum(axis=1)[good].min()) if good.any() else None


@st.composite
def small_days(draw):
    sectors = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))
    hazard = {s: draw(st.floats(0.5, 60)) for s in sectors}
    cells = {}
    for sector in sectors:
        for column in draw(st.sets(st.sampled_from(BACKLOG_COLUMNS), max_size=2)):
            cells[sector, column] = draw(st.integers(1, 4))
    special = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return hazard, cells, special


@given(given_day=small_days(), lowered=st.integers(0, 1), yesterday=st.integers(-1, 4))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_smallest_set_is_that_of_brute_force(make_day, scheme, given_day, lowered, yesterday):
    hazard, cells, special = given_day
    day = town(
        make_day,
        hazard,
        backlog=backlog_of(cells),
        special=np.full((1, 7), special),
        lowered=np.array([lowered]),
        previous_level=np.array([yesterday]),
    )
    scores = score_day(day, scheme)
    answer = what_if(day, scores, scheme)
    if scores.level[0] <= 0:
        assert not answer.asked[0] and answer.count[0] == 0
        return
    fewest = fewest_by_force(day, scheme, scores.level[0] - 1)
    assert answer.reachable[0] == (fewest is not None)
    if fewest is not None:
        assert answer.count[0] == fewest
        assert 0 <= answer.level[0] <= answer.target[0]
    else:
        assert answer.blocked[0].any()


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_backlogs_beyond_the_cut_are_exact_too(make_day, scheme, data):
    # Sums above 50 and r above 1: the first closings change nothing, greedy would go wrong.
    sectors = data.draw(st.lists(st.integers(0, 6), min_size=2, max_size=3, unique=True))
    hazard = {s: data.draw(st.floats(5, 60)) for s in sectors}
    cells = {(s, "major_overdue"): data.draw(st.integers(1, 5)) for s in sectors}
    cells |= {(s, "major"): data.draw(st.integers(0, 4)) for s in sectors}
    accident = np.full((1, 7), data.draw(st.sampled_from([0.0, 1.0])))
    day = town(make_day, hazard, backlog=backlog_of(cells), accident=accident)
    scores = score_day(day, scheme)
    if scores.level[0] <= 0:
        return
    answer = what_if(day, scores, scheme)
    fewest = fewest_by_force(day, scheme, scores.level[0] - 1)
    assert (int(answer.count[0]) if answer.reachable[0] else None) == fewest


def test_one_town_by_hand(make_day, scheme):
    # 内涝 h 40/40 = 1, I = 1, C = 1, x = 1 + .4·H. Score = 100(.5 + .5·.13) r = 56.5 r.
    # One major, three general: H = 13/50, r cut at 1: 56.5 yellow at any backlog. Blocked.
    day = town(make_day, {5: 40.0}, backlog=backlog_of({(5, "major"): 1, (5, "general"): 3}))
    answer = solve(day, scheme)
    assert not answer.reachable[0]
    assert [BLOCKERS[i] for i in np.flatnonzero(answer.blocked[0])] == ["score"]
    # h 22.5/40, I = .75, x = .75 (1 + .4·H) . H = 40/50: x = .99, 55.935 yellow; blue below 50:
    # x < .88495…, H < .44985: weight below 22.49; close one major overdue (20): 20 left. One.
    cells = {(5, "major_overdue"): 1, (5, "major"): 1, (5, "general"): 10}
    answer = solve(town(make_day, {5: 22.5}, backlog=backlog_of(cells)), scheme)
    assert answer.count[0] == 1
    assert answer.closed[0, 5].tolist() == [0, 0, 0, 1]
    assert answer.score[0] == pytest.approx(56.5 * 0.75 * (1 + 0.4 * 0.4))
    # Without the overdue one (10 major + 30 general) major and 8 general: 40 - 10 - 8 = 22.
    cells = {(5, "major"): 1, (5, "general"): 30}
    answer = solve(town(make_day, {5: 22.5}, backlog=backlog_of(cells)), scheme)
    assert answer.closed[0, 5].tolist() == [8, 0, 1, 0]


def test_alarm_and_listed_danger_must_go_first(make_day, scheme):
    # Score 0, orange by an alarm and by an overdue listed danger; E3 yellow of another remains.
    day = town(
        make_day,
        {5: 1.0},
        backlog=backlog_of({(5, "major"): 1, (5, "major_overdue"): 1}),
        triggers=triggers((E2, 3, 7, -1, -1), (E3, 3, 8, 5, 3), (E3, 2, 9, 5, 2)),
    )
    answer = solve(day, scheme)
    assert LEVELS[answer.target[0]] == "yellow" and answer.reachable[0]
    assert answer.cleared.tolist() == [True, True, False]
    assert answer.count[0] == 2 and answer.closed.sum() == 0
    rows = list_actions(answer, day, scheme)
    codes = [scheme.actions[a].code for a in rows.action]
    assert list(zip(codes, rows.sector.tolist(), rows.count.tolist(), strict=True)) == [
        ("handle_alarm", -1, 1),
        ("delist", 5, 1),
    ]


def test_one_alarm_with_two_floors_is_one_action(make_day, scheme):
    day = town(make_day, {}, triggers=triggers((E2, 3, 7, -1, -1), (E2, 3, 7, -1, -1)))
    answer = solve(day, scheme)
    assert answer.count[0] == 1 and answer.cleared.all()


@pytest.mark.parametrize(("rule", "name"), [(E4, "E4"), (E6, "E6"), (E7, "E7")])
def test_rules_that_no_action_lifts_block(make_day, scheme, rule, name):
    day = town(make_day, {5: 1.0}, triggers=triggers((rule, 3, 1, -1, -1)))
    answer = solve(day, scheme)
    assert not answer.reachable[0] and np.isnan(answer.score[0]) and answer.level[0] == -1
    assert [BLOCKERS[i] for i in np.flatnonzero(answer.blocked[0])] == [name]


def test_a_red_signal_blocks(make_day, scheme):
    # 台风 red, 内涝 effect 3 and I = 1: E1 red.
    day = town(make_day, {5: 40.0}, signals=[(scheme.weather_index("台风"), 4)])
    answer = solve(day, scheme)
    assert "E1" in [BLOCKERS[i] for i in np.flatnonzero(answer.blocked[0])]


def test_yesterday_blocks_by_e8(make_day, scheme):
    # Green by score, yesterday orange: held at yellow; blue would be two steps in one day.
    day = town(make_day, {5: 1.0}, previous_level=np.array([3]))
    answer = solve(day, scheme)
    assert LEVELS[answer.target[0]] == "blue"
    assert [BLOCKERS[i] for i in np.flatnonzero(answer.blocked[0])] == ["E8"]


def test_green_cannot_be_reached_with_unknown_accidents(make_day, scheme):
    # 在建工地 h 24/60 = .4, I = .632, with a backlog 50: x .885, 56 points · .885 = 49.6 blue.
    cells = {(2, "major_overdue"): 2, (2, "major"): 1}
    known = town(make_day, {2: 24.0}, backlog=backlog_of(cells))
    assert LEVELS[score_day(known, scheme).level[0]] == "blue"
    unknown = town(make_day, {2: 24.0}, backlog=backlog_of(cells), accident=np.full((1, 7), np.nan))
    answer = solve(unknown, scheme)
    assert BLOCKERS.index("E9") in np.flatnonzero(answer.blocked[0])


def test_lowered_by_two_persons_counts_in_the_target(make_day, scheme):
    # An alarm asks for orange, E7 down makes it yellow; blue then needs yellow before E7.
    day = town(
        make_day,
        {5: 1.0},
        lowered=np.array([1]),
        triggers=triggers((E2, 3, 7, -1, -1), (E4, 2, 8, -1, -1)),
    )
    scores = score_day(day, scheme)
    assert LEVELS[scores.level[0]] == "yellow"
    answer = what_if(day, scores, scheme)
    assert answer.reachable[0] and answer.cleared.tolist() == [True, False]
    assert LEVELS[answer.level[0]] == "blue"


def test_towns_do_not_disturb_each_other(make_day, scheme):
    rng = np.random.default_rng(5)
    n = 60
    day = make_day(
        n,
        hazard=rng.uniform(0, 60, (n, 7)),
        density=rng.uniform(100, 30000, n),
        vulnerable=rng.uniform(0, 40, n),
        backlog=rng.integers(0, 6, (n, 7, 4)).astype(float),
    )
    together = solve(day, scheme)
    for i in range(n):
        alone = make_day(
            hazard=day.hazard[[i]],
            density=day.density[[i]],
            vulnerable=day.vulnerable[[i]],
            backlog=day.backlog[[i]],
        )
        one = solve(alone, scheme)
        assert one.count[0] == together.count[i]
        assert one.reachable[0] == together.reachable[i]


@pytest.mark.parametrize(("rule", "level"), [(E2, 3), (E3, 2)])
def test_clearing_a_floor_must_not_end_in_withheld_green(make_day, scheme, rule, level):
    # Score 0, only the floor gives a colour; without it the town would be green, and green is
    # withheld while the warnings are unknown: no level instead of a better one.
    day = town(
        make_day,
        {},
        signal_known=False,
        backlog=backlog_of({(5, "major"): 1}),
        triggers=triggers((rule, level, 8, 5, 2)),
    )
    answer = solve(day, scheme)
    assert answer.asked[0] and not answer.reachable[0]
    assert [BLOCKERS[i] for i in np.flatnonzero(answer.blocked[0])] == ["E9"]
    assert answer.count[0] == 0 and not answer.cleared.any() and answer.closed.sum() == 0
    # with a yesterday that holds it one level below, the same action is an answer
    held = solve(replace(day, previous_level=np.array([level])), scheme)
    assert held.reachable[0] and held.level[0] == level - 1
