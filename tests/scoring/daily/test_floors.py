"""Rules E1 … E9 and their edges: exactly 72 h, 15 min, day 7, I .30 and .50, known .70."""

import numpy as np
import pytest

from scoring.daily.inputs import Triggers
from scoring.daily.records import (
    accident_floors,
    accident_severity,
    alarm_floor,
    listed_floor,
    response_floor,
)
from scoring.daily.results import TERMS
from scoring.daily.score import score_day
from scoring.levels import LEVELS, RULES, level_of_score

GREEN, BLUE, YELLOW, ORANGE, RED = range(5)
BUILDING, FLOOD = 2, 5  # 在建工地, 内涝地灾
NAN = np.nan


def e1_day(make_day, inherent, weather, level=RED, sector=FLOOD):
    """A town with one sector whose I is given: C = 1, e = v = 1, I = sqrt(h)."""
    hi = {BUILDING: 60, FLOOD: 40}[sector]
    hazard = np.zeros((1, 7))
    hazard[0, sector] = inherent**2 * hi
    return make_day(
        hazard=hazard,
        density=np.array([30000.0]),
        vulnerable=np.array([40.0]),
        signals=[(weather, level)],
    )


def one(rule, level, **given):
    row = {"town": 0, "ref": 3} | given
    return Triggers(
        rule=np.array([RULES.index(rule)]),
        town=np.array([row["town"]]),
        level=np.array([level]),
        ref=np.array([row["ref"]]),
    )


# ------------------------------------------------------------------ E1


@pytest.mark.parametrize(
    ("weather", "inherent", "floor"),
    [
        # effect of 暴雪 on 在建工地 is 2, of 台风 3, of 寒潮 1 (weather_sector_effects.csv)
        ("暴雪", 0.30, ORANGE),
        ("暴雪", 0.2999, None),
        ("暴雪", 0.50, ORANGE),  # effect 2 never gives red
        ("台风", 0.30, ORANGE),
        ("台风", 0.4999, ORANGE),
        ("台风", 0.50, RED),
        ("寒潮", 0.90, None),  # effect 1
    ],
)
def test_e1_steps(make_day, scheme, weather, inherent, floor):
    day = e1_day(make_day, inherent, scheme.weather_index(weather), sector=BUILDING)
    scores = score_day(day, scheme)
    if inherent in (0.30, 0.50):  # exactly on the edge, not a rounding below it
        assert scores.inherent[0, BUILDING] == inherent
    assert scores.floors.level.tolist() == ([] if floor is None else [floor])
    if floor is not None:
        assert RULES[scores.floors.rule[0]] == "E1"
        assert (scores.floors.ref[0], scores.floors.sector[0]) == (0, BUILDING)
        assert scores.level[0] == max(floor, scores.band_level[0])


def test_e1_needs_a_red_signal_over_the_town(make_day, scheme):
    typhoon = scheme.weather_index("台风")
    assert not len(score_day(e1_day(make_day, 0.9, typhoon, ORANGE), scheme).floors.rule)
    elsewhere = make_day(
        2,
        hazard=np.tile([0, 0, 0, 0, 0, 40.0, 0], (2, 1)),
        signals=[(typhoon, RED, np.array([False, True]))],
        density=np.full(2, 30000.0),
        vulnerable=np.full(2, 40.0),
    )
    scores = score_day(elsewhere, scheme)
    assert set(scores.floors.town.tolist()) == {1}
    assert scores.weather[0].tolist() == [0.0] * 7


def test_e1_names_each_signal_and_sector(make_day, scheme):
    typhoon, rain = scheme.weather_index("台风"), scheme.weather_index("暴雨")
    hazard = np.zeros((1, 7))
    hazard[0, [BUILDING, FLOOD]] = [60, 40]  # I = 1 in both
    day = make_day(
        hazard=hazard,
        density=np.array([30000.0]),
        vulnerable=np.array([40.0]),
        signals=[(rain, RED), (-1, RED), (typhoon, RED)],
    )
    floors = score_day(day, scheme).floors
    # 暴雨 on 在建工地 is effect 2: orange; the others effect 3: red; a type without effects none.
    found = zip(floors.ref, floors.sector, floors.level, strict=True)
    assert [tuple(int(v) for v in row) for row in found] == [
        *((0, BUILDING, ORANGE), (0, FLOOD, RED)),
        *((2, BUILDING, RED), (2, FLOOD, RED)),
    ]


# ------------------------------------------------------------------ E2 … E6 from records


def test_e2_alarm_of_exactly_15_minutes(scheme):
    minutes = np.array([14.999, 15.0, 600.0, 600.0, 600.0, 600.0, NAN])
    source = np.array([1, 2, 1, 3, 4, 0, 1])
    handled = np.array([False, False, True, False, False, False, False])
    floor = alarm_floor(source, minutes, handled, scheme)
    assert floor.tolist() == [0, ORANGE, 0, 0, 0, 0, 0]


def test_e3_listed_and_overdue(scheme):
    listed = np.array([True, True, False, False])
    overdue = np.array([False, True, True, False])
    assert listed_floor(listed, overdue, scheme).tolist() == [YELLOW, ORANGE, 0, 0]


def test_severity_by_decree_493(scheme):
    # DOMAIN §5: 2 dead 一般, 3 dead 较大, 10 serious injuries 较大, ¥1000万 较大.
    near = np.array([False, False, False, False, False, True, False])
    deaths = np.array([2.0, 3, 0, 0, 0, 5, NAN])
    serious = np.array([0.0, 0, 10, 9, NAN, 0, NAN])
    loss = np.array([0.0, 0, 0, 9_999_999, 10_000_000, 0, NAN])
    severity, fatal, grave = accident_severity(near, deaths, serious, loss, scheme)
    assert severity.tolist() == [0.5, 1.0, 1.0, 0.5, 1.0, 0.2, 0.5]
    assert fatal.tolist() == [True, True, False, False, False, False, False]
    assert grave.tolist() == [False, True, True, False, True, False, False]


@pytest.mark.parametrize(
    ("hours", "days", "e4", "e5"),
    [
        (0.0, 0, ORANGE, RED),
        (72.0, 3, ORANGE, RED),  # exactly 72 h: still the first stretch
        (72.001, 3, YELLOW, ORANGE),
        (167.9, 7, YELLOW, ORANGE),
        (180.0, 7, YELLOW, ORANGE),  # the whole 7th day
        (180.0, 8, 0, 0),
        (-1.0, 0, 0, 0),  # not yet
    ],
)
def test_e4_and_e5_fade(scheme, hours, days, e4, e5):
    fatal, grave = np.array([True, True, False]), np.array([False, True, False])
    found = accident_floors(fatal, grave, np.full(3, hours), np.full(3, days), scheme)
    assert [f.tolist() for f in found] == [[e4, 0, 0], [0, e5, 0]]


def test_e6_responses(scheme):
    assert response_floor(np.array([1, 2, 3, 4]), scheme).tolist() == [RED, ORANGE, YELLOW, BLUE]


@pytest.mark.parametrize("rule", ["E2", "E3", "E4", "E5", "E6", "E7"])
def test_a_trigger_is_a_floor_of_its_own_town_only(make_day, scheme, rule):
    scores = score_day(make_day(3, triggers=one(rule, ORANGE, town=1, ref=42)), scheme)
    assert scores.level.tolist() == [GREEN, ORANGE, GREEN]
    assert scores.floors.town.tolist() == [1]
    assert scores.floors.ref.tolist() == [42]
    assert scores.floors.raised.tolist() == [True]
    assert scores.score.tolist() == [0, 0, 0]  # a floor moves the level, never the score


def test_a_floor_below_the_band_is_listed_and_did_nothing(make_day, scheme):
    hazard = np.zeros((1, 7))
    hazard[0, FLOOD] = 40.0
    full = {"density": np.array([30000.0]), "vulnerable": np.array([40.0])}
    scores = score_day(make_day(hazard=hazard, triggers=one("E6", BLUE), **full), scheme)
    assert scores.band_level[0] == scores.level[0] == YELLOW
    assert scores.floors.raised.tolist() == [False]


# ------------------------------------------------------------------ E7 down, E8


def test_e7_down_is_one_step_at_most(make_day, scheme):
    day = make_day(2, triggers=one("E5", RED), lowered=np.array([3, 1]))
    scores = score_day(day, scheme)
    assert scores.level.tolist() == [ORANGE, GREEN]  # green cannot be lowered
    e7 = scores.floors.rule == RULES.index("E7")
    assert scores.floors.town[e7].tolist() == [0, 1]
    assert scores.floors.effect[e7].tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("yesterday", "final"),
    [(-1, GREEN), (GREEN, GREEN), (BLUE, GREEN), (YELLOW, BLUE), (RED, ORANGE)],
)
def test_e8_falls_one_step_a_day(make_day, scheme, yesterday, final):
    scores = score_day(make_day(previous_level=np.array([yesterday])), scheme)
    assert scores.level[0] == final
    held = RULES.index("E8") in scores.floors.rule
    assert held == (final > GREEN)
    assert not held or scores.floors.level.tolist() == [final]


def test_e8_never_slows_a_rise(make_day, scheme):
    day = make_day(triggers=one("E5", RED), previous_level=np.array([GREEN]))
    assert score_day(day, scheme).level[0] == RED


def test_e7_then_e8(make_day, scheme):
    # Orange lowered to yellow; yesterday red holds it at orange: E8 comes after E7.
    day = make_day(
        triggers=one("E4", ORANGE), lowered=np.array([1]), previous_level=np.array([RED])
    )
    scores = score_day(day, scheme)
    assert scores.level[0] == ORANGE
    assert [RULES[r] for r in scores.floors.rule] == ["E4", "E7", "E8"]
    assert scores.floors.level.tolist() == [ORANGE, YELLOW, ORANGE]


# ------------------------------------------------------------------ E9, unknown


def test_known_weight_of_exactly_70_percent_has_a_level(make_day, scheme):
    hazard = np.zeros((2, 7))
    # 危化 .20 + 道路水上 .10 unknown: .70 known; 消防 .20 + 在建工地 .12 unknown: .68 known.
    hazard[0, [0, 4]] = NAN
    hazard[1, [3, 2]] = NAN
    scores = score_day(make_day(2, hazard=hazard), scheme)
    assert scores.known_weight.tolist() == [0.70, 0.68]
    assert scores.level.tolist() == [GREEN, -1]
    assert np.isnan(scores.score[1]) and scores.partial_score[1] == 0.0
    assert [RULES[r] for r in scores.floors.rule] == ["E9"]


def test_an_unknown_factor_is_left_out_of_the_mean(make_day, scheme):
    # h 10/40 = .25, e = 1, v unknown: (.25^.5 · 1^.25)^(1/.75) = .25^(2/3); known .75.
    hazard = np.zeros((1, 7))
    hazard[0, FLOOD] = 10.0
    day = make_day(hazard=hazard, density=np.array([30000.0]), vulnerable=np.array([NAN]))
    scores = score_day(day, scheme)
    assert scores.inherent[0, FLOOD] == pytest.approx(0.25 ** (2 / 3))
    assert scores.known_weight[0] == 0.75
    # e and v unknown: .25^(.5/.5) = .25, but only half is known: no level.
    day = make_day(hazard=hazard, density=np.array([NAN]), vulnerable=np.array([NAN]))
    scores = score_day(day, scheme)
    assert scores.inherent[0, FLOOD] == pytest.approx(0.25)
    assert scores.level[0] == -1


def test_an_unknown_sector_is_left_out_of_the_score(make_day, scheme):
    # Only 内涝 I = 1 and 危化 unknown: 100 (.5 + .5 · .13/.80).
    hazard = np.zeros((1, 7))
    hazard[0, FLOOD], hazard[0, 0] = 40.0, NAN
    full = {"density": np.array([30000.0]), "vulnerable": np.array([40.0])}
    scores = score_day(make_day(hazard=hazard, **full), scheme)
    assert scores.score[0] == pytest.approx(100 * (0.5 + 0.5 * 0.13 / 0.80))
    assert np.isnan(scores.x[0, 0]) and scores.contributions[0, 0].tolist() == [0] * 7


@pytest.mark.parametrize("term", ["warnings", "hidden_dangers", "accidents"])
def test_green_is_withheld_while_a_source_is_unknown(make_day, scheme, term):
    unknown = {
        "warnings": {"signal_known": False},
        "hidden_dangers": {"backlog": np.full((1, 7, 4), NAN)},
        "accidents": {"accident": np.full((1, 7), NAN)},
    }[term]
    scores = score_day(make_day(**unknown), scheme)
    assert scores.level[0] == -1 and np.isnan(scores.score[0])
    assert scores.contributions.shape == (1, 7, 7) and np.isnan(scores.contributions).all()
    assert scores.band_level[0] == GREEN
    assert [RULES[r] for r in scores.floors.rule] == ["E9"]
    # Any other level is given: the town is at least that bad.
    raised = score_day(make_day(triggers=one("E6", BLUE), **unknown), scheme)
    assert raised.level[0] == BLUE


def test_other_unknown_terms_do_not_withhold_green(make_day, scheme):
    day = make_day(special=np.full((1, 7), NAN), index=np.array([NAN]))
    scores = score_day(day, scheme)
    assert scores.level[0] == GREEN
    assert scores.control[0] == 1.0  # the known parts stand for all: .75 + .5 · .5


@pytest.mark.parametrize("term", ["hidden_dangers", "accidents"])
def test_a_stale_term_counts_and_withholds_green(make_day, scheme, term):
    values = {"backlog": np.full((1, 7, 4), 1.0), "accident": np.full((1, 7), 0.5)}
    fresh = score_day(make_day(hazard=np.ones((1, 7)), **values), scheme)
    stale = score_day(make_day(hazard=np.ones((1, 7)), **values, stale=frozenset({term})), scheme)
    assert fresh.level.tolist() == [0] and stale.level.tolist() == [-1]
    assert stale.partial_score.tolist() == fresh.partial_score.tolist()
    assert [TERMS[i] for i in np.flatnonzero(stale.unknown[0])] == [term]


def test_no_data_keeps_its_floors_listed(make_day, scheme):
    day = make_day(hazard=np.full((1, 7), NAN), triggers=one("E5", RED))
    scores = score_day(day, scheme)
    assert scores.level[0] == -1 and scores.dominant[0] == -1
    assert np.isnan(scores.partial_score[0])
    found = [
        (RULES[r], int(e)) for r, e in zip(scores.floors.rule, scores.floors.effect, strict=True)
    ]
    assert found == [("E5", 1), ("E9", -1)]


def test_given_signals_count_even_when_the_feed_is_stale(make_day, scheme):
    day = e1_day(make_day, 0.9, scheme.weather_index("台风"))
    stale = score_day(type(day)(**{**vars(day), "signal_known": False}), scheme)
    assert stale.level[0] == score_day(day, scheme).level[0] == RED


# ------------------------------------------------------------------ bands


@pytest.mark.parametrize(
    ("score", "level"),
    [
        *((0.0, GREEN), (34.999, GREEN), (35.0, BLUE), (49.999, BLUE), (50.0, YELLOW)),
        *((64.999, YELLOW), (65.0, ORANGE), (79.999, ORANGE), (80.0, RED), (100.0, RED)),
        (NAN, -1),
    ],
)
def test_band_edges(scheme, score, level):
    assert level_of_score(np.array([score]), scheme.edges)[0] == level


def test_levels_are_ordered_as_their_numbers():
    assert LEVELS == ("green", "blue", "yellow", "orange", "red")
