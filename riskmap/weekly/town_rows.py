"""Towns of a week as documents: the row that everybody sees, and the detail of one town."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from riskmap.canonical import number, numbers
from riskmap.weekly.measures import Floats
from riskmap.weekly.worked import Worked
from scoring.weekly.cards import trigger_odds
from scoring.weekly.comparison import NOBODY, costliest, gains, most_gaining, weakest

MOST_COSTS = 3
LAPSES, SMALL = "lapses", "small"
"""Why nothing is to be gained: the loss passes with time; few cases count as the usual rate."""


def town_rows(worked: Worked) -> list[dict[str, Any]]:
    """Return the rows of the towns in order of code."""
    scores, past = worked.scores, worked.past
    columns: dict[str, Sequence[Any]] = {
        "index": numbers(scores.index),
        "before_cap": numbers(scores.before_caps),
        "cap": [_cap(worked, town) for town in range(len(worked.places.codes))],
        "level": list(scores.level),
        "rank": _whole(scores.rank),
        "change": numbers(scores.index - past.previous_index),
        "previous": _previous(worked),
        "rank_interval": _intervals(worked),
        "rank_median": numbers(worked.sureness.rank_median),
        "in_band": _chances(worked),
        "card_odds": _odds(worked),
        "weakest_aspect": [_aspect(worked, k) for k in weakest(scores).tolist()],
        "aspects": _aspects(worked),
        "costs": _costs(worked),
        "signs": [worked.signs.get(code, 0) for code in worked.places.codes],
    }
    return [
        {"code": code, "name": name, **dict(zip(columns, row, strict=True))}
        for code, name, row in zip(
            worked.places.codes,
            worked.places.names,
            zip(*columns.values(), strict=True),
            strict=True,
        )
    ]


def town_details(worked: Worked, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the details of the towns: their row, every indicator, and what would gain most."""
    tables = _indicator_tables(worked)
    order = most_gaining(worked.scores, worked.usual_used)
    codes = worked.weekly.codes
    return [
        {
            **row,
            "week": worked.basis.moment.week,
            "indicators": [_indicator(worked, tables, town, k) for k in range(len(codes))],
            "gains": [codes[k] for k in order[town].tolist() if k != NOBODY],
        }
        for town, row in enumerate(rows)
    ]


def _indicator_tables(worked: Worked) -> dict[str, list[list[Any]]]:
    """Return the numbers of every town and indicator (n, 25) as plain lists."""
    scores, codes = worked.scores, worked.weekly.codes

    def measured(name: str) -> list[list[Any]]:
        columns = [getattr(worked.measures[code], name) for code in codes]
        return numbers(np.stack(columns, axis=1))

    return {
        "value": measured("value"),
        "numerator": measured("numerator"),
        "denominator": measured("denominator"),
        "small": (scores.small | worked.usual_used).tolist(),
        "drawn": numbers(scores.drawn),
        "score": numbers(scores.score01),
        "points": numbers(scores.points),
        "of": numbers(scores.of),
        "lost": numbers(worked.costs.lost),
        "gain": numbers(gains(scores, worked.usual_used)),
        "no_gain": _no_gain(worked),
    }


def _no_gain(worked: Worked) -> list[list[str | None]]:
    """Return why points that are open cannot be gained: only time, few cases; None elsewhere."""
    scores = worked.scores
    shut = (gains(scores, worked.usual_used) <= 0) & (scores.score01 < 1.0 - 1e-9)
    few = scores.small | worked.usual_used
    lapses = [one.lapses for one in worked.weekly.indicators]
    return [
        [
            (LAPSES if passing else SMALL if small else None) if none else None
            for none, small, passing in zip(*row, lapses, strict=True)
        ]
        for row in zip(shut.tolist(), few.tolist(), strict=True)
    ]


def _indicator(
    worked: Worked, tables: Mapping[str, list[list[Any]]], town: int, k: int
) -> dict[str, Any]:
    code = worked.weekly.codes[k]
    measure = worked.measures[code]
    return {
        "code": code,
        **{name: table[town][k] for name, table in tables.items()},
        "best": _best(worked, k),
        "median": number(worked.medians[k]),
        "origin": measure.origin[town],
        "evidence": [
            {"kind": one.kind, "key": one.key, "good": one.good, "text": one.text}
            for one in measure.evidence.get(town, ())
        ],
        "facts": dict(measure.facts.get(town, {})),
    }


def _best(worked: Worked, k: int) -> dict[str, Any] | None:
    """Return the best town of an indicator and what its value is worth, None for nobody.

    In the scheme's points: `riskmap.weekly.own_points` tells them in each town's own.
    """
    best = int(worked.costs.best[k])
    if best == NOBODY:
        return None
    return {
        "code": worked.places.codes[best],
        "name": worked.places.names[best],
        "points": number(worked.costs.best_points[k]),
    }


def _costs(worked: Worked) -> list[list[dict[str, Any]]]:
    lost = worked.costs.lost
    return [
        [
            {
                "indicator": worked.weekly.codes[k],
                "lost": number(lost[town, k]),
                "best": _best(worked, k),
            }
            for k in row
            if k != NOBODY
        ]
        for town, row in enumerate(costliest(worked.costs, MOST_COSTS).tolist())
    ]


def _aspects(worked: Worked) -> list[list[dict[str, Any]]]:
    scores, weekly = worked.scores, worked.weekly
    share = numbers(scores.aspects / scores.aspect_of)
    points, of = numbers(scores.aspects), numbers(scores.aspect_of)
    missing = np.isnan(scores.score01)
    own = [
        [weekly.codes.index(one.code) for one in weekly.of_aspect(a.code)] for a in weekly.aspects
    ]
    return [
        [
            {
                "code": aspect.code,
                "points": points[town][a],
                "of": of[town][a],
                "share": share[town][a],
                "missing": [weekly.codes[k] for k in own[a] if missing[town, k]],
            }
            for a, aspect in enumerate(weekly.aspects)
        ]
        for town in range(len(points))
    ]


def _cap(worked: Worked, town: int) -> dict[str, Any] | None:
    found = worked.cappings.get(town)
    if found is None:
        return None
    return {
        "score": worked.weekly.cap.score,
        "reason": found.text,
        "record": found.key,
        "until_week": worked.cap_weeks[town],
    }


def _previous(worked: Worked) -> list[dict[str, Any] | None]:
    past = worked.past
    if past.previous is None:
        return [None] * len(worked.places.codes)
    told = {"week": past.previous.week, "revision": past.previous.revision}
    pairs = zip(numbers(past.previous_index), _whole(past.previous_rank), strict=True)
    return [{**told, "index": index, "rank": rank} for index, rank in pairs]


def _intervals(worked: Worked) -> list[list[Any] | None]:
    low, high = _whole(worked.sureness.rank_low), _whole(worked.sureness.rank_high)
    return [None if a is None else [a, b] for a, b in zip(low, high, strict=True)]


def _chances(worked: Worked) -> list[dict[str, float]]:
    """Return how often each colour was drawn; those that never were are left out."""
    sure = worked.sureness
    names = (*sure.levels, "no_data")
    table = np.column_stack([np.nan_to_num(sure.in_band), sure.without])
    return [
        {name: p for name, p in zip(names, row, strict=True) if p > 0} for row in table.tolist()
    ]


def _odds(worked: Worked) -> list[dict[str, dict[str, Any]]]:
    """Return how sure each trigger of a card is, by card and trigger."""
    found = {
        card: {trigger: numbers(p) for trigger, p in odds.items()}
        for card, odds in trigger_odds(worked.weekly, worked.sureness).items()
    }
    return [
        {card: {name: p[town] for name, p in odds.items()} for card, odds in found.items()}
        for town in range(len(worked.places.codes))
    ]


def _aspect(worked: Worked, k: int) -> str | None:
    return None if k == NOBODY else worked.weekly.aspects[k].code


def _whole(values: Floats) -> list[int | None]:
    return [None if value is None else round(value) for value in numbers(values)]
