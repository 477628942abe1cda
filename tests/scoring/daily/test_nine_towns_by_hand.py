"""First proof: a district of 3 × 3 towns whose scores are worked out by hand.

Everywhere e = 1 (30,000 persons/km²) and v = 1 (40 targets), so I = √h. Where nothing else is
said C = 0.75 + 0.5 (0.6·0.5 + 0.2·0.5 + 0.2·0.5) = 0.75 + 0.25 = 1.

Only 内涝地灾 (h6, linear, /40, weight .13) and 道路水上 (h5, linear, /20, weight .10) have a
hazard, all others 0. One sector alone gives 100 (0.5 + 0.5·w) r: 56.5 r for 内涝, 55 r for 道路.

      west                     middle                      east
north 1 nothing                2 calm, half hazard         3 backlog
mid   4 two sectors            5 rainstorm orange          6 well controlled
south 7 fatal accident today   8 typhoon red               9 everything above the cut
"""

import numpy as np
import pytest

from scoring.daily.inputs import Triggers
from scoring.daily.score import FACTORS, score_day
from scoring.levels import LEVELS, RULES

ROAD, FLOOD = 4, 5


@pytest.fixture
def district(make_day, scheme):
    n = 9
    hazard = np.zeros((n, 7))
    backlog = np.zeros((n, 7, 4))
    accident, special = np.zeros((n, 7)), np.zeros((n, 7))
    index, closure, online = np.full(n, 50.0), np.full(n, 0.5), np.full(n, 0.5)
    only = np.eye(n, dtype=bool)

    # 1: nothing. I = 0 everywhere. Score 0, green.
    # 2: h 10/40 = .25, I = .5, D = 1, C = 1. r = .5. 56.5 · .5 = 28.25, green.
    hazard[1, FLOOD] = 10
    # 3: the same with 5 general, 5 overdue, 1 major, 1 major overdue: 5 + 15 + 10 + 20 = 50,
    #    H = 1, D = 1.4, r = .7. 56.5 · .7 = 39.55, blue. Inherent 28.25, backlog 11.3.
    hazard[2, FLOOD] = 10
    backlog[2, FLOOD] = [5, 5, 1, 1]
    # 4: 内涝 h 40/40: I = 1, r = 1; 道路 h 5/20 = .25: I = .5, r = .5.
    #    100 (.5 · 1 + .5 (.13 · 1 + .10 · .5)) = 100 (.5 + .09) = 59, yellow.
    hazard[3, FLOOD], hazard[3, ROAD] = 40, 5
    # 5: 内涝 I = .5; 暴雨 orange, effect 3: W = .75, D = 1 + .8 · .75 = 1.6, r = .8.
    #    56.5 · .8 = 45.2, blue. Weather 45.2 - 28.25 = 16.95.
    hazard[4, FLOOD] = 10
    # 6: 内涝 I = 1; C = 1.25 (index 100, closure 1, on line 1): r = 1/1.25 = .8.
    #    56.5 · .8 = 45.2, blue; without control 56.5: control -11.3.
    hazard[5, FLOOD] = 40
    index[5], closure[5], online[5] = 100, 1, 1
    # 7: 道路 h 5/20, I = .5; fatal accident today: A = .5, holiday P = 1:
    #    D = 1 + .15 + .3 = 1.45, r = .725. 55 · .725 = 39.875, blue. E4 within 72 h: orange.
    hazard[6, ROAD] = 5
    accident[6, ROAD], special[6, ROAD] = 0.5, 1.0
    # 8: 内涝 I = .5; 台风 red, effect 3: W = 1, D = 1.8, r = .9. 56.5 · .9 = 50.85, yellow.
    #    E1: effect 3 and I = .50 exactly: red.
    hazard[7, FLOOD] = 10
    # 9: 内涝 I = 1, H = 1, P = 1, C = .75 (no control at all): x = (1 + .4 + .3)/.75 = 2.2667,
    #    r = 1: 56.5, yellow. Inherent 56.5, backlog 22.6, special 16.95, control
    #    56.5 · 1.7 (4/3 - 1) = 32.0167, cap -56.5 · 1.2667 = -71.5667.
    hazard[8, FLOOD] = 40
    backlog[8, FLOOD, 3] = 4
    special[8, FLOOD] = 1.0
    index[8], closure[8], online[8] = 0, 0, 0
    return make_day(
        n,
        hazard=hazard,
        density=np.full(n, 30000.0),
        vulnerable=np.full(n, 40.0),
        backlog=backlog,
        accident=accident,
        special=special,
        index=index,
        closure=closure,
        online=online,
        signals=[
            (scheme.weather_index("暴雨"), 3, only[4]),
            (scheme.weather_index("台风"), 4, only[7]),
        ],
        triggers=Triggers(
            rule=np.array([RULES.index("E4")]),
            town=np.array([6]),
            level=np.array([LEVELS.index("orange")]),
            ref=np.array([1]),
        ),
    )


def test_scores(district, scheme):
    expected = [0, 28.25, 39.55, 59, 45.2, 45.2, 39.875, 50.85, 56.5]
    np.testing.assert_allclose(score_day(district, scheme).score, expected, rtol=0, atol=1e-12)


def test_levels(district, scheme):
    scores = score_day(district, scheme)
    band = ["green", "green", "blue", "yellow", "blue", "blue", "blue", "yellow", "yellow"]
    final = ["green", "green", "blue", "yellow", "blue", "blue", "orange", "red", "yellow"]
    assert [LEVELS[i] for i in scores.band_level] == band
    assert [LEVELS[i] for i in scores.level] == final
    named = [
        (RULES[r], int(t)) for r, t in zip(scores.floors.rule, scores.floors.town, strict=True)
    ]
    assert named == [("E4", 6), ("E1", 7)]


def test_reasons(district, scheme):
    scores = score_day(district, scheme)
    by_factor = scores.contributions.sum(axis=1)

    def reasons(town):
        return {
            name: round(float(value), 4)
            for name, value in zip(FACTORS, by_factor[town], strict=True)
            if abs(value) > 1e-9
        }

    assert reasons(0) == {}
    assert reasons(1) == {"inherent": 28.25}
    assert reasons(2) == {"inherent": 28.25, "backlog": 11.3}
    assert reasons(3) == {"inherent": 59.0}
    assert reasons(4) == {"inherent": 28.25, "weather": 16.95}
    assert reasons(5) == {"inherent": 56.5, "control": -11.3}
    assert reasons(6) == {"inherent": 27.5, "accident": 4.125, "special": 8.25}
    assert reasons(7) == {"inherent": 28.25, "weather": 22.6}
    assert reasons(8) == {
        "inherent": 56.5,
        "backlog": 22.6,
        "special": 16.95,
        "control": 32.0167,
        "cap": -71.5667,
    }
    # Town 4: the larger sector carries the half of the maximum: 56.5 of 内涝, 2.5 of 道路.
    assert scores.contributions[3, FLOOD, 0] == pytest.approx(56.5)
    assert scores.contributions[3, ROAD, 0] == pytest.approx(2.5)
    assert scores.dominant.tolist() == [0, *[FLOOD] * 5, ROAD, FLOOD, FLOOD]
