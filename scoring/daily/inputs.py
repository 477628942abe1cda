"""What one day of one district looks like to the engine: plain arrays, unknown as NaN."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring.levels import RULES

FloatArray = NDArray[np.float64]

BACKLOG_COLUMNS = ("general", "overdue", "major", "major_overdue")
"""Columns of the backlog, each an open count that the other three do not contain."""


def _no_index() -> NDArray[np.int32]:
    return np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Triggers:
    """Floors that come from records: E2, E3, E4, E5, E6 and E7 upwards; all arrays (t,).

    Parameters
    ----------
    rule
        Index into :data:`scoring.levels.RULES` (``RULES.index("E4")``).
    town
        Index of the town in the arrays of the day.
    level
        Lowest level that the rule allows, 1 blue … 4 red.
    ref
        The caller's own number of the record; the engine only hands it back. Triggers of one
        rule and town with the same ``ref`` fall together in :func:`scoring.daily.whatif.what_if`.
    sector
        For E3 the sector of the hidden danger (scheme order), -1 where there is none.
    column
        For E3 the column of :data:`BACKLOG_COLUMNS` in which the danger is counted, else -1.
        With both known, closing the danger also takes it out of the backlog in ``what_if``.
    """

    rule: NDArray[np.integer] = field(default_factory=_no_index)
    town: NDArray[np.integer] = field(default_factory=_no_index)
    level: NDArray[np.integer] = field(default_factory=_no_index)
    ref: NDArray[np.integer] = field(default_factory=_no_index)
    sector: NDArray[np.integer] | None = None
    column: NDArray[np.integer] | None = None

    def __post_init__(self) -> None:
        """Fill the optional columns with -1 and refuse lengths, rules or levels that are off."""
        size = len(self.rule)
        for name in ("sector", "column"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.full(size, -1, dtype=np.int32))
        for name in ("rule", "town", "level", "ref", "sector", "column"):
            array = np.asarray(getattr(self, name))
            if array.shape != (size,):
                raise ValueError(f"triggers.{name} has shape {array.shape}, expected ({size},)")
            object.__setattr__(self, name, array.astype(np.int64))
        if size and not (self.rule.min() >= 0 and self.rule.max() < len(RULES)):
            raise ValueError(f"triggers.rule outside 0…{len(RULES) - 1}")
        if size and not (self.level.min() >= 1 and self.level.max() <= 4):
            raise ValueError("triggers.level outside 1…4 (blue … red)")


@dataclass(frozen=True)
class DailyInputs:
    """One day: n towns, m sectors in the order of the scheme, k active signals.

    Unknown is NaN everywhere. A record kind that was never delivered is NaN; a delivery without
    a row for a town is 0. What is staler than its limit keeps its last value and is named in
    ``stale`` (DOMAIN §11.2 E9).

    Parameters
    ----------
    hazard
        (n, m) raw hazard indicators h1 … h7, one per sector, in the unit of the scheme.
    density
        (n,) persons per km².
    vulnerable
        (n,) vulnerable targets within reach of a hazard.
    signal_type
        (k,) index into ``scheme.weathers``; -1 for a type without effects.
    signal_level
        (k,) 1 blue … 4 red.
    signal_covers
        (n, k) whether the signal holds in the town.
    signal_known
        Whether the warnings are known: one bool, or one per town (n,).
    backlog
        (n, m, 4) open hidden dangers by :data:`BACKLOG_COLUMNS`.
    accident
        (n, m) Σ s·2^(-d/7) of accidents and near misses, not yet clipped.
    special
        (n, m) special period or operation, 0 … 1.
    index, closure, online
        (n,) weekly control index 0 … 100; 30-day closure rate and on-line rate, 0 … 1.
    triggers
        Floors from records.
    lowered
        (n,) 1 where two persons lowered the level by one step (E7 down).
    previous_level
        (n,) the day before: -1 none, 0 green … 4 red.
    stale
        Names of :data:`scoring.daily.results.TERMS` whose values are the last known ones: used as
        they are, and marked unknown.
    """

    hazard: FloatArray
    density: FloatArray
    vulnerable: FloatArray
    signal_type: NDArray[np.integer]
    signal_level: NDArray[np.integer]
    signal_covers: NDArray[np.bool_]
    signal_known: bool | NDArray[np.bool_]
    backlog: FloatArray
    accident: FloatArray
    special: FloatArray
    index: FloatArray
    closure: FloatArray
    online: FloatArray
    triggers: Triggers
    lowered: NDArray[np.integer]
    previous_level: NDArray[np.integer]
    stale: frozenset[str] = frozenset()

    @property
    def n_towns(self) -> int:
        """Number of towns."""
        return int(self.hazard.shape[0])

    def check(self, n_sectors: int) -> None:
        """Refuse arrays whose shapes do not belong together.

        Parameters
        ----------
        n_sectors
            Number of sectors m of the scheme.

        Raises
        ------
        ValueError
            Naming the array, its shape and the expected one.
        """
        n, k = self.n_towns, len(self.signal_type)
        wanted = {
            "hazard": (n, n_sectors),
            "density": (n,),
            "vulnerable": (n,),
            "signal_type": (k,),
            "signal_level": (k,),
            "signal_covers": (n, k),
            "backlog": (n, n_sectors, len(BACKLOG_COLUMNS)),
            "accident": (n, n_sectors),
            "special": (n, n_sectors),
            "index": (n,),
            "closure": (n,),
            "online": (n,),
            "lowered": (n,),
            "previous_level": (n,),
        }
        for name, shape in wanted.items():
            found = np.shape(getattr(self, name))
            if found != shape:
                raise ValueError(f"inputs.{name} has shape {found}, expected {shape}")
        town = self.triggers.town
        if len(town) and not (town.min() >= 0 and town.max() < n):
            raise ValueError(f"triggers.town outside 0…{n - 1}")
