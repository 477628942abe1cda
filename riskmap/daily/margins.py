"""How far a town's score is from another level, with the rules that hold the level counted in.

A stored day keeps the distance of the score from the edges of its own band. A level is not the
band alone: a floor may hold it up, E7 may lower it, E8 slows its fall, E9 withholds green. So the
points to another level are worked out when a day is read, from what is stored.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from scoring.daily.floors import under_rules
from scoring.levels import LEVELS, NO_DATA
from scoring.schemes.scheme import Scheme

_OWN = ("E8", "E9")
"""Rules that are no floor under the level."""


def with_margins(town: Mapping[str, Any], scheme: Scheme) -> dict[str, Any]:
    """Return a town's document with the points to another level instead of another band.

    Parameters
    ----------
    town
        Row or detail of a town as stored.
    scheme
        Scheme of the day.

    Returns
    -------
    dict
        The document with `to_worse` [points up to the next worse level], `to_better` [points
        that the score has to fall by more than] and `held_by`, the rules that keep the level
        however far the score falls. All rules of the day are taken to stay as they are.
    """
    score = town["score"]
    if score is None or town["level"] not in LEVELS:
        return {**town, "to_worse": None, "to_better": None, "held_by": []}
    level, band = LEVELS.index(town["level"]), LEVELS.index(town["band_level"])
    levels = _levels(town, scheme)
    worse = next((b for b in range(band + 1, len(LEVELS)) if levels[b] > level), None)
    better = next((b for b in range(band - 1, -1, -1) if NO_DATA < levels[b] < level), None)
    edges = scheme.edges
    return {
        **town,
        "to_worse": None if worse is None else float(edges[worse - 1]) - score,
        "to_better": None if better is None else score - float(edges[better]),
        "held_by": _held_by(town, level, scheme) if level > 0 and better is None else [],
    }


def _levels(town: Mapping[str, Any], scheme: Scheme) -> list[int]:
    """Return the level that a score in each band would give under the rules of the day."""
    bands = np.arange(len(LEVELS))
    _, _, levels = under_rules(
        bands,
        np.full_like(bands, max(_floors(town).values(), default=NO_DATA)),
        asked=np.full_like(bands, _lowered(town, scheme)),
        previous=np.full_like(bands, _previous(town)),
        withheld=np.full(len(bands), _green_withheld(town, scheme)),
        scheme=scheme,
    )
    return [int(level) for level in levels]


def _held_by(town: Mapping[str, Any], level: int, scheme: Scheme) -> list[str]:
    down = _lowered(town, scheme)
    held = {rule for rule, floor in _floors(town).items() if floor - down >= level}
    previous = _previous(town)
    if previous >= 0 and previous - scheme.rules.max_fall_steps >= level:
        held.add("E8")
    if _green_withheld(town, scheme) and level == 1:
        held.add("E9")
    return sorted(held)


def _floors(town: Mapping[str, Any]) -> dict[str, int]:
    """Return the highest floor of each rule: E1 … E6, and E7 upwards."""
    floors: dict[str, int] = {}
    for row in town["floors"]:
        if row["rule"] not in _OWN and row.get("effect", 1) >= 0:
            level = LEVELS.index(row["level"])
            floors[row["rule"]] = max(level, floors.get(row["rule"], NO_DATA))
    return floors


def _lowered(town: Mapping[str, Any], scheme: Scheme) -> int:
    """Return by how many levels E7 lowers the town."""
    down = any(row["rule"] == "E7" and row.get("effect", 1) < 0 for row in town["floors"])
    return scheme.rules.max_lower_steps if down else 0


def _previous(town: Mapping[str, Any]) -> int:
    """Return the level of the day before, -1 unknown."""
    step = town["change"]["level"]
    return NO_DATA if step is None else LEVELS.index(town["level"]) - int(step)


def _green_withheld(town: Mapping[str, Any], scheme: Scheme) -> bool:
    return bool(set(scheme.rules.withholds_green) & set(town["incomplete"]))
