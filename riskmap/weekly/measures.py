"""What is measured of a week: the moment it is taken at, and each indicator with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.ledger.gaming import Window

Floats = NDArray[np.float64]

RECORDS, DEPARTMENT, MISSING = "records", "department", "missing"


@dataclass(frozen=True)
class WeekMoment:
    """An ISO week ("2026-W26"), its window between two cut-offs, and what is known by then.

    `window.end` is the cut-off: facts are judged as they held then. Only what was learnt until
    `known_until` counts. All moments carry the district's zone.
    """

    week: str
    window: Window
    known_until: datetime

    @property
    def at(self) -> datetime:
        """Return the cut-off."""
        return self.window.end


@dataclass(frozen=True)
class Evidence:
    """A record behind a number: its kind and key, whether it counted well, and a few words."""

    kind: str
    key: str
    good: bool | None
    text: str


@dataclass(frozen=True)
class Measure:
    """An indicator of a week, by town.

    Parameters
    ----------
    value
        (n,) in the unit of the indicator (per cent as 0 … 100), NaN unknown.
    numerator, denominator
        (n,) the counts behind it, NaN where there are none.
    origin
        (n,) RECORDS, DEPARTMENT or MISSING.
    evidence
        By index of the town: the records behind the number (all of a deduction, the bad ones of
        a rate; at most 50).
    facts
        By index of the town: what else made the number ({"deaths": 1, ...}).
    """

    value: Floats
    numerator: Floats
    denominator: Floats
    origin: tuple[str, ...]
    evidence: Mapping[int, tuple[Evidence, ...]] = field(default_factory=dict)
    facts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def unknown(n: int) -> Measure:
    """Return a measure of which nothing is known."""
    nothing = np.full(n, np.nan)
    return Measure(nothing, nothing, nothing, (MISSING,) * n)
