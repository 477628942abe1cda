"""The engine against reference_model.py, written independently, on random days."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.daily.floors import settle_levels
from scoring.daily.score import score_day
from scoring.levels import LEVELS

CSV_NAMES = (
    *("台风", "暴雨", "强对流/雷电", "大风", "高温", "暴雪", "道路结冰/低温冰冻"),
    *("寒潮", "大雾", "霾", "沙尘暴", "冰雹", "干旱", "森林火险气象等级高"),
)
COLOURS = ("blue", "yellow", "orange", "red")
unit = st.floats(0, 1)
counts = st.lists(st.integers(0, 30), min_size=4, max_size=4)
events = st.lists(st.tuples(st.floats(0, 30), st.sampled_from([0.2, 0.5, 1.0])), max_size=3)
seven = {"min_size": 7, "max_size": 7}


@st.composite
def days(draw):
    return {
        "raw": draw(st.lists(st.floats(0, 500), **seven)),
        "density": draw(st.floats(1, 60000)),
        "vulnerable": draw(st.floats(0, 60)),
        "signals": draw(st.dictionaries(st.sampled_from(CSV_NAMES), st.sampled_from(COLOURS))),
        "backlog": draw(st.lists(counts, **seven)),
        "events": draw(st.lists(events, **seven)),
        "special": draw(st.lists(st.sampled_from([0, 0.3, 0.6, 1.0]), **seven)),
        "control": (draw(st.floats(0, 100)), draw(unit), draw(unit)),
    }


def by_oracle(oracle, scheme, day):
    raw = dict(zip(scheme.sector_codes, day["raw"], strict=True))
    tops = {"工贸": 60, "在建工地": 60, "道路水上": 20, "内涝地灾": 40, "其他": 40}
    hazard = {s: oracle.lin(raw[s], 0, hi) for s, hi in tops.items()}
    hazard["危化"] = oracle.log1p_norm(raw["危化"], 200)
    hazard["消防"] = oracle.log1p_norm(raw["消防"], 400)
    e = oracle.log_norm(day["density"], 500, 30000)
    v = oracle.lin(day["vulnerable"], 0, 40)
    inherent = {s: oracle.inherent(hazard[s], e, v) for s in scheme.sector_codes}
    dynamic = {
        s: oracle.dyn(
            oracle.weather(day["signals"], oracle.EFFECT[s]),
            oracle.backlog(*day["backlog"][i]),
            oracle.accident(day["events"][i]),
            day["special"][i],
        )
        for i, s in enumerate(scheme.sector_codes)
    }
    control = oracle.ctl(*day["control"])
    score, x, dominant = oracle.town(inherent, dynamic, control)
    return score, x, dominant, inherent


def as_inputs(make_day, scheme, day):
    accident = [sum(s * 2 ** (-d / 7) for d, s in one) for one in day["events"]]
    index, closure, online = day["control"]
    return make_day(
        hazard=np.array([day["raw"]]),
        density=np.array([day["density"]]),
        vulnerable=np.array([day["vulnerable"]]),
        signals=[
            (scheme.weather_index(name), LEVELS.index(colour))
            for name, colour in day["signals"].items()
        ],
        backlog=np.array([day["backlog"]], dtype=float),
        accident=np.array([accident]),
        special=np.array([day["special"]], dtype=float),
        index=np.array([index]),
        closure=np.array([closure]),
        online=np.array([online]),
    )


@given(day=days())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_engine_agrees_with_the_reference_model(make_day, scheme, oracle, day):
    score, x, dominant, inherent = by_oracle(oracle, scheme, day)
    scores = score_day(as_inputs(make_day, scheme, day), scheme)
    assert abs(float(scores.score[0]) - score) <= 1e-12 * 100
    np.testing.assert_allclose(scores.x[0], list(x.values()), rtol=0, atol=1e-12)
    np.testing.assert_allclose(scores.inherent[0], list(inherent.values()), rtol=0, atol=1e-12)
    near = sorted(x.values())
    if near[-1] - near[-2] > 1e-12:
        assert scheme.sector_codes[scores.dominant[0]] == dominant
    edges = (35, 50, 65, 80)
    if min(abs(score - edge) for edge in edges) > 1e-9:
        assert LEVELS[scores.band_level[0]] == oracle.colour(score)
    assert abs(scores.contributions[0].sum() - scores.score[0]) <= 1e-9


def test_effects_and_matrix_are_those_of_the_reference_model(scheme, oracle):
    for i, weather in enumerate(scheme.weathers):
        for s, sector in enumerate(scheme.sector_codes):
            assert scheme.effects[i, s] == oracle.EFFECT[sector][weather.code]
    for effect, row in oracle.MATRIX.items():
        assert scheme.matrix[effect].tolist() == [0.0, *row.values()]
    assert dict(zip(scheme.sector_codes, scheme.weights, strict=True)) == oracle.SECTOR_W


def test_smoothing_agrees_with_the_reference_model(make_day, scheme, oracle):
    # E8 of both on all pairs of today's band and yesterday's level.
    pairs = [(a, b) for a in range(5) for b in range(5)]
    band = np.array([a for a, _ in pairs], dtype=np.int8)
    day = make_day(n=25, previous_level=np.array([b for _, b in pairs]))
    nobody = np.zeros(25, dtype=bool)
    level, _ = settle_levels(
        band,
        np.full(25, -1),
        inputs=day,
        withheld=nobody,
        below_weight=nobody,
        scheme=scheme,
    )
    for (today, yesterday), found in zip(pairs, level, strict=True):
        assert LEVELS[found] == oracle.smooth(LEVELS[today], LEVELS[yesterday])
