"""How far a town's score is from another level, with the rules that hold the level counted in.

A stored day keeps the distance of the score from the edges of its own band. A level is not the
band alone: a floor may hold it up, E7 may lower it, E8 slows its fall, E9 withholds green. So the
points to another level are worked out when a day is read, from what is stored.
"""

from collections.abc import Mapping
from typing import Any

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
    levels = [_level_of(b, town, scheme) for b in range(len(LEVELS))]
    worse = next((b for b in range(band + 1, len(LEVELS)) if levels[b] > level), None)
    better = next((b for b in range(band - 1, -1, -1) if NO_DATA < levels[b] < level), None)
    edges = scheme.edges
    return {
        **town,
        "to_worse": None if worse is None else float(edges[worse - 1]) - score,
        "to_better": None if better is None else score - float(edges[better]),
        "held_by": _held_by(town, level, scheme) if level > 0 and better is None else [],
    }


def _level_of(band: int, town: Mapping[str, Any], scheme: Scheme) -> int:
    """Return the level that a score in a band would give under the rules of the day."""
    raised = max(band, *_floors(town).values(), NO_DATA)
    level = max(raised - _lowered(town, scheme), 0, _least(town, scheme))
    return NO_DATA if level == 0 and _green_withheld(town, scheme) else level


def _held_by(town: Mapping[str, Any], level: int, scheme: Scheme) -> list[str]:
    down = _lowered(town, scheme)
    held = {rule for rule, floor in _floors(town).items() if floor - down >= level}
    if _least(town, scheme) >= level:
        held.add("E8")
    if _green_withheld(town, scheme) and level == 1:
        held.add("E9")
    return sorted(held)


def _floors(town: Mapping[str, Any]) -> dict[str, int]:
    """Return the highest floor of each rule: E1 … E6, and E7 upwards."""
    floors: dict[str, int] = {"": NO_DATA}
    for row in town["floors"]:
        if row["rule"] not in _OWN and row.get("effect", 1) >= 0:
            level = LEVELS.index(row["level"])
            floors[row["rule"]] = max(level, floors.get(row["rule"], NO_DATA))
    return floors


def _lowered(town: Mapping[str, Any], scheme: Scheme) -> int:
    """Return by how many levels E7 lowers the town."""
    down = any(row["rule"] == "E7" and row.get("effect", 1) < 0 for row in town["floors"])
    return scheme.rules.max_lower_steps if down else 0


def _least(town: Mapping[str, Any], scheme: Scheme) -> int:
    """Return the level below which E8 lets no score fall today."""
    step = town["change"]["level"]
    if step is None:
        return NO_DATA
    return LEVELS.index(town["level"]) - int(step) - scheme.rules.max_fall_steps


def _green_withheld(town: Mapping[str, Any], scheme: Scheme) -> bool:
    return bool(set(scheme.rules.withholds_green) & set(town["incomplete"]))
