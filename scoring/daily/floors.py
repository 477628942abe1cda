"""Escalation rules E1 … E9: what may raise, hold, lower or withhold a level (DOMAIN §11.2)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.daily.inputs import DailyInputs, Triggers
from scoring.daily.results import Floors
from scoring.levels import NO_DATA, RULES
from scoring.schemes.scheme import Scheme

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_E1, _E7, _E8, _E9 = (RULES.index(rule) for rule in ("E1", "E7", "E8", "E9"))


@dataclass(frozen=True)
class Rows:
    """Rules that touched a town, (f,) each, before they are ordered (see ``Floors``)."""

    rule: IntArray
    town: IntArray
    level: IntArray
    ref: IntArray
    sector: IntArray


def signal_floors(inputs: DailyInputs, inherent: FloatArray, scheme: Scheme) -> Rows:
    """Return the floors of E1: red signal, effect and inherent risk large enough.

    Effect ≥ 2 and I ≥ 0.30 gives orange, effect 3 and I ≥ 0.50 gives red; both limits count.

    Parameters
    ----------
    inputs
        The day; only its signals are used.
    inherent
        (n, m) I; an unknown sector triggers nothing.
    scheme
        Steps of E1, effects of weathers.

    Returns
    -------
    One row for each signal, town and sector, with the highest step it reaches.
    """
    kind = np.asarray(inputs.signal_type)
    strong = np.asarray(inputs.signal_level) >= scheme.rules.signal_level
    rounded = np.round(inherent, 12)
    empty = np.empty((3, 0), dtype=np.int64)
    found, levels = [empty], [empty[0]]
    for signal in np.flatnonzero(strong & (kind >= 0)):
        effects = scheme.effects[kind[signal]]
        level = np.zeros(inherent.shape, dtype=np.int64)
        for step in scheme.rules.steps:
            holds = (effects >= step.effect) & (rounded >= step.inherent)
            level = np.where(holds, np.maximum(level, step.level), level)
        town, sector = np.nonzero(level * inputs.signal_covers[:, signal][:, None])
        found.append(np.stack([town, np.full(len(town), signal), sector]))
        levels.append(level[town, sector])
    town, ref, sector = np.concatenate(found, axis=1)
    return Rows(np.full(len(town), _E1), town, np.concatenate(levels), ref, sector)


def record_floors(triggers: Triggers) -> Rows:
    """Return the floors that come with records: E2 … E6 and E7 upwards."""
    rule, town, level, ref, sector = (
        np.asarray(column, dtype=np.int64)
        for column in (
            triggers.rule,
            triggers.town,
            triggers.level,
            triggers.ref,
            triggers.sector,
        )
    )
    return Rows(rule, town, level, ref, sector)


def highest_floor(rows: Rows, n_towns: int) -> IntArray:
    """Return the highest floor of each town, -1 where there is none: (n,)."""
    highest = np.full(n_towns, NO_DATA, dtype=np.int64)
    np.maximum.at(highest, rows.town, rows.level)
    return highest


def settle_levels(
    band: NDArray[np.int8],
    floor: IntArray,
    *,
    inputs: DailyInputs,
    withheld: NDArray[np.bool_],
    below_weight: NDArray[np.bool_],
    scheme: Scheme,
) -> tuple[NDArray[np.int8], list[Rows]]:
    """Return the final levels: band, floors, E7 down, E8, E9, in this order.

    Parameters
    ----------
    band
        (n,) level of the score, -1 unknown.
    floor
        (n,) highest floor, -1 none.
    inputs
        For ``lowered`` and ``previous_level``.
    withheld
        (n,) whether green may not be given because a source is unknown.
    below_weight
        (n,) whether too little weight is known for any level.
    scheme
        Steps of E7 and E8.

    Returns
    -------
    level
        (n,) -1 no_data, 0 green … 4 red.
    rows
        Rules E7 down, E8 and E9 where they were used.
    """
    asked = np.asarray(inputs.lowered, dtype=np.int64)
    previous = np.asarray(inputs.previous_level, dtype=np.int64)
    lowered, held, level = under_rules(
        band.astype(np.int64),
        floor,
        asked=asked,
        previous=previous,
        withheld=withheld,
        scheme=scheme,
    )
    final = np.where(below_weight, NO_DATA, level)
    used = (
        (_E7, np.flatnonzero(np.minimum(asked, scheme.rules.max_lower_steps) > 0), lowered),
        (_E8, np.flatnonzero(held > lowered), held),
        (_E9, np.flatnonzero(final == NO_DATA), final),
    )
    return final.astype(np.int8), [_own_rows(rule, towns, level) for rule, towns, level in used]


def under_rules(
    band: IntArray,
    floor: IntArray,
    *,
    asked: IntArray,
    previous: IntArray,
    withheld: NDArray[np.bool_],
    scheme: Scheme,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return what the rules make of a band: after E7 down, after E8, and after E9, each (n,).

    Parameters
    ----------
    band, floor
        (n,) level of the score, highest floor; -1 unknown, none.
    asked
        (n,) steps that people lower by.
    previous
        (n,) level of the day before, -1 unknown.
    withheld
        (n,) whether green may not be given.
    """
    rules = scheme.rules
    raised = np.maximum(band, floor)
    steps = np.minimum(asked, rules.max_lower_steps)
    lowered = np.where(raised > 0, np.maximum(raised - steps, 0), raised)
    held = np.where(previous >= 0, np.maximum(lowered, previous - rules.max_fall_steps), lowered)
    return lowered, held, np.where((held < 0) | ((held == 0) & withheld), NO_DATA, held)


def list_floors(parts: list[Rows], settled: list[Rows], band: NDArray[np.int8]) -> Floors:
    """Return all rules in the order of towns and rules, with what each did to the level.

    Parameters
    ----------
    parts
        Floors: E1 … E6, E7 up.
    settled
        E7 down, E8, E9, from :func:`settle_levels`.
    band
        (n,) level of the score.
    """
    down, smooth, missing = settled
    effects = [(rows.level > band[rows.town]).astype(np.int64) for rows in parts]
    effects += [
        np.full(len(down.town), -1),
        np.ones(len(smooth.town), dtype=np.int64),
        np.full(len(missing.town), -1),
    ]
    rows = [*parts, *settled]
    names = ("rule", "town", "level", "ref", "sector")
    columns = {name: np.concatenate([getattr(part, name) for part in rows]) for name in names}
    columns["effect"] = np.concatenate(effects).astype(np.int64)
    order = np.lexsort((columns["sector"], columns["ref"], columns["rule"], columns["town"]))
    return Floors(**{name: column[order] for name, column in columns.items()})


def _own_rows(rule: int, towns: IntArray, level: IntArray) -> Rows:
    none = np.full(len(towns), -1, dtype=np.int64)
    return Rows(np.full(len(towns), rule), towns, level[towns], none, none)
