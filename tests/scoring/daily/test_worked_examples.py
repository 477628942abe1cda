"""The worked examples of DOMAIN §11.1 to the digits printed there."""

import numpy as np
import pytest

from scoring.daily.inputs import Triggers
from scoring.daily.normalise import normalise
from scoring.daily.records import accident_decay
from scoring.daily.score import score_day
from scoring.levels import LEVELS, RULES

SECTORS = ("危化", "工贸", "在建工地", "消防", "道路水上", "内涝地灾", "其他")
FATAL = 0.5  # a fatal accident today: s = 0.5, d = 0


def example_day(make_day, scheme, signals=(), *, accident=0.0, special=0.0, triggers=None):
    """The town of DOMAIN §11.1: ΣR 85.6, 18 heavy enterprises, 21 site units, 120 九小/km² …"""
    backlog = np.zeros((1, 7, 4))
    backlog[:, :, 0] = 5
    return make_day(
        hazard=np.array([[85.6, 18, 21, 120, 5, 12, 8]]),
        density=np.array([6000.0]),
        vulnerable=np.array([14.0]),
        index=np.array([84.0]),
        closure=np.array([0.90]),
        online=np.array([0.95]),
        backlog=backlog,
        accident=np.full((1, 7), accident),
        special=np.full((1, 7), special),
        signals=[(scheme.weather_index(name), LEVELS.index(level)) for name, level in signals],
        triggers=triggers or Triggers(),
    )


def test_sectors_are_those_of_the_domain(scheme):
    assert scheme.sector_codes == SECTORS
    assert scheme.weights.tolist() == [0.20, 0.15, 0.12, 0.20, 0.10, 0.13, 0.10]


def test_inherent_risk_and_control(make_day, scheme):
    scores = score_day(example_day(make_day, scheme), scheme)
    assert scores.inherent[0].round(4).tolist() == [
        *(0.6227, 0.3718, 0.4016, 0.6073, 0.3394, 0.3718, 0.3036)
    ]
    assert scores.hazard_norm[0].round(4).tolist() == [*(0.8412, 0.3, 0.35, 0.8001, 0.25, 0.3, 0.2)]
    assert (round(scores.exposure[0], 4), scores.vulnerability[0]) == (0.6069, 0.35)
    assert round(scores.control[0], 4) == 1.187


@pytest.mark.parametrize(
    ("signals", "accident_special", "expected"),
    [
        ([], (0, 0), (47.54, "blue", "危化")),
        ([("高温", "orange")], (0, 0), (63.27, "yellow", "危化")),
        ([("高温", "red")], (0, 0), (70.26, "orange", "危化")),
        ([("暴雨", "yellow")], (0, 0), (57.24, "yellow", "危化")),
        ([("暴雨", "orange")], (0, 0), (64.83, "yellow", "危化")),
        ([("暴雨", "red")], (0, 0), (72.29, "orange", "危化")),
        ([("台风", "red"), ("暴雨", "orange")], (0, 0), (80.06, "red", "消防")),
        ([], (FATAL, 0), (54.40, "yellow", "危化")),
        ([], (FATAL, 0.6), (62.63, "yellow", "危化")),
    ],
)
def test_scores_before_floors(make_day, scheme, signals, accident_special, expected):
    accident, special = accident_special
    day = example_day(make_day, scheme, signals, accident=accident, special=special)
    scores = score_day(day, scheme)
    found = (
        round(float(scores.score[0]), 2),
        LEVELS[scores.band_level[0]],
        SECTORS[scores.dominant[0]],
    )
    assert found == expected


@pytest.mark.parametrize("weather", ["高温", "暴雨"])
def test_red_signals_stay_orange(make_day, scheme, weather):
    # E1 red needs effect 3 and I >= 0.50; 内涝 has I .37 and 道路 .34.
    scores = score_day(example_day(make_day, scheme, [(weather, "red")]), scheme)
    assert LEVELS[scores.level[0]] == "orange"
    assert set(scores.floors.level.tolist()) == {LEVELS.index("orange")}
    assert not scores.floors.raised.any()  # the score alone is orange too


def test_fatal_accident_is_orange_by_e4(make_day, scheme):
    e4 = Triggers(*(np.array([v]) for v in (RULES.index("E4"), 0, LEVELS.index("orange"), 17)))
    scores = score_day(example_day(make_day, scheme, accident=FATAL, triggers=e4), scheme)
    assert LEVELS[scores.band_level[0]] == "yellow"
    assert LEVELS[scores.level[0]] == "orange"
    assert scores.floors.raised.tolist() == [True]
    assert scores.floors.ref.tolist() == [17]


def test_distance_to_the_next_band(make_day, scheme):
    # 64.83 lies within 0.2 points of orange, 80.06 within 0.2 above it.
    close = score_day(example_day(make_day, scheme, [("暴雨", "orange")]), scheme)
    assert round(float(close.to_worse[0]), 2) == 0.17
    assert round(float(close.to_better[0]), 2) == 14.83
    red = score_day(example_day(make_day, scheme, [("台风", "red"), ("暴雨", "orange")]), scheme)
    assert round(float(red.to_better[0]), 2) == 0.06
    assert np.isnan(red.to_worse[0])


def test_the_subsector_with_the_largest_effect_is_named(scheme):
    typhoon = scheme.weather_index("台风")
    assert scheme.leading_subsector(typhoon, SECTORS.index("消防")) == "旅游景区/人员密集"
    assert scheme.effects[typhoon, SECTORS.index("消防")] == 3


def test_ranges_of_the_terms(make_day, scheme):
    # D in [1, 2.8], C in [0.75, 1.25] (DOMAIN §11.1).
    typhoon = scheme.weather_index("台风")
    worst = make_day(
        signals=[(typhoon, 4)],
        backlog=np.full((1, 7, 4), 100.0),
        accident=np.full((1, 7), 9.0),
        special=np.ones((1, 7)),
        index=np.zeros(1),
        closure=np.zeros(1),
        online=np.zeros(1),
    )
    scores = score_day(worst, scheme)
    assert scores.dynamic[0, SECTORS.index("在建工地")] == pytest.approx(2.8, abs=1e-12)
    assert scores.control[0] == 0.75
    best = make_day(index=np.array([100.0]), closure=np.ones(1), online=np.ones(1))
    assert score_day(best, scheme).control[0] == 1.25
    assert (score_day(best, scheme).dynamic == 1.0).all()


def test_backlog_and_accidents(make_day, scheme):
    # DOMAIN §11.1, reference_model.py: 10 general, 4 overdue, 1 major -> 32/50; 0.5 + 0.25.
    backlog = np.zeros((1, 7, 4))
    backlog[0, 0] = [10, 4, 1, 0]
    assert score_day(make_day(backlog=backlog), scheme).backlog[0, 0] == pytest.approx(0.64)
    decayed = accident_decay(np.array([0.5, 0.5]), np.array([0.0, 7.0]), scheme)
    assert decayed.tolist() == [0.5, 0.25]


def test_goalposts(scheme):
    # The goalposts of DOMAIN §11.1, h1 … h7 and e, v, each by its norm.
    tops = {hazard.code: (hazard.norm, hazard.hi) for hazard in scheme.hazards}
    assert tops == {
        "h1": ("log1p", 200),
        "h2": ("linear", 60),
        "h3": ("linear", 60),
        "h4": ("log1p", 400),
        "h5": ("linear", 20),
        "h6": ("linear", 40),
        "h7": ("linear", 40),
    }
    for goalpost in (*scheme.hazards, scheme.exposure, scheme.vulnerability):
        ends = normalise(np.array([goalpost.lo, goalpost.hi, 10 * goalpost.hi]), goalpost)
        assert ends.tolist() == [0.0, 1.0, 1.0]
