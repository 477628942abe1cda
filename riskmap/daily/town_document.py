"""A town's row and detail of a day, as the documents that are stored and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.canonical import numbers
from riskmap.daily.change import Changes
from riskmap.daily.facts import Facts
from riskmap.daily.inventory import Inventory
from riskmap.daily.worked import Worked
from riskmap.district import POINT_LAYERS
from riskmap.weekly.feeding import published_revision
from scoring.daily.inputs import DailyInputs
from scoring.daily.results import TERMS, DailyScores
from scoring.levels import level_name
from scoring.schemes.scheme import Scheme


@dataclass(frozen=True)
class Told:
    """The lists, by town, that are made elsewhere."""

    contributions: Sequence[list[dict[str, Any]]]
    floors: Sequence[list[dict[str, Any]]]
    changes: Changes
    unusual: Sequence[dict[str, Any]]
    top_risks: Sequence[list[dict[str, Any]]]
    communities: Sequence[list[dict[str, Any]]]
    what_if: Sequence[dict[str, Any] | None]


def town_rows(worked: Worked, told: Told, freshness: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the row of each town (n), in order of code."""
    district, scores, scheme = worked.district, worked.scores, worked.scheme
    score, known = numbers(scores.score), numbers(scores.known_weight)
    worse, better = numbers(scores.to_worse), numbers(scores.to_better)
    missing = _incomplete(worked.facts, scores, scheme)
    return [
        {
            "code": district.codes[i],
            "name": district.names[i],
            "score": score[i],
            "level": level_name(int(scores.level[i])),
            "band_level": level_name(int(scores.band_level[i])),
            "dominant_sector": (
                scheme.sector_codes[int(scores.dominant[i])]
                if scores.level[i] >= 0 and scores.dominant[i] >= 0
                else None
            ),
            "floors": told.floors[i],
            "change": told.changes.summary[i],
            "unusual": told.unusual[i],
            "known_weight": known[i],
            "incomplete": missing[i],
            "freshness": dict(freshness),
            "to_worse": worse[i],
            "to_better": better[i],
        }
        for i in range(district.n)
    ]


def town_details(
    worked: Worked, rows: Sequence[dict[str, Any]], told: Told
) -> list[dict[str, Any]]:
    """Return the detail of each town (n): its row and everything that explains it."""
    inputs = _inputs(worked)
    return [
        {
            **rows[i],
            "contributions": told.contributions[i],
            "change_items": told.changes.items[i],
            "inputs": inputs[i],
            "top_risks": told.top_risks[i],
            "communities": told.communities[i],
            "what_if": told.what_if[i],
        }
        for i in range(len(rows))
    ]


def _incomplete(facts: Facts, scores: DailyScores, scheme: Scheme) -> list[list[str]]:
    """Return, by town, the terms and indicators that are unknown.

    A closure rate is no missing source where the dangers are known and none was due.
    """
    unknown = scores.unknown.copy()
    if not np.isnan(facts.backlog).any():
        unknown[:, TERMS.index("closure")] = False
    flags = np.concatenate([np.isnan(scores.hazard_norm), unknown], axis=1)
    names = [*(hazard.code for hazard in scheme.hazards), *TERMS]
    return [[names[j] for j in np.flatnonzero(row)] for row in flags]


def _inputs(worked: Worked) -> list[dict[str, Any]]:
    district, facts = worked.district, worked.facts
    inputs, scores = worked.inputs, worked.scores
    sectors = _sector_inputs(worked.inventory, inputs, scores, worked.scheme)
    columns: dict[str, Sequence[Any]] = {
        "density": numbers(inputs.density),
        "exposure_norm": numbers(scores.exposure),
        "vulnerable": numbers(inputs.vulnerable),
        "vulnerable_norm": numbers(scores.vulnerability),
        "population": numbers(district.population),
        "area_km2": numbers(district.area_km2),
        "index": numbers(inputs.index),
        "index_week": facts.control.index_week,
        "index_revision": [published_revision(one) for one in facts.control.index_source],
        "index_age_days": numbers(facts.control.index_age_days),
        "closure": numbers(inputs.closure),
        "online": numbers(inputs.online),
        "control": numbers(scores.control),
        "partial_score": numbers(scores.partial_score),
    }
    fixed = {"population_source": district.population_source}
    return [
        {"sectors": sectors[i], **fixed, **{name: column[i] for name, column in columns.items()}}
        for i in range(district.n)
    ]


def _sector_inputs(
    inventory: Inventory, inputs: DailyInputs, scores: DailyScores, scheme: Scheme
) -> list[list[dict[str, Any]]]:
    columns: dict[str, list[Any]] = {
        "hazard_raw": numbers(inputs.hazard),
        "hazard_norm": numbers(scores.hazard_norm),
        "inherent": numbers(scores.inherent),
        "W": numbers(scores.weather),
        "H": numbers(scores.backlog),
        "A": numbers(scores.accident),
        "P": numbers(scores.special),
        "x": numbers(scores.x),
        "r": numbers(scores.r),
    }
    rows = _rows_behind(inventory.counts, scheme)
    return [
        [
            {
                "sector": scheme.sectors[s].code,
                "weight": scheme.sectors[s].weight,
                "indicator": scheme.hazards[s].code,
                "hazard_unit": scheme.hazards[s].unit,
                **{name: column[i][s] for name, column in columns.items()},
                "unknown": inventory.unknown.get(scheme.hazards[s].code),
                "rows": rows[i][s],
            }
            for s in range(len(scheme.sectors))
        ]
        for i in range(len(scores.score))
    ]


def _rows_behind(counts: NDArray[np.int64], scheme: Scheme) -> list[list[dict[str, Any]]]:
    """Return, by town and sector, the indicator's first layer that has rows, and how many."""
    order = [
        [POINT_LAYERS.index(name) for name in dict.fromkeys(c.layer for c in hazard.counts)]
        for hazard in scheme.hazards
    ]
    return [
        [
            next(
                ({"layer": POINT_LAYERS[k], "count": cell[k]} for k in order[s] if cell[k]),
                {"layer": POINT_LAYERS[order[s][0]], "count": 0},
            )
            for s, cell in enumerate(town)
        ]
        for town in counts.tolist()
    ]
