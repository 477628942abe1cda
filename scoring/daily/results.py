"""What the engine says about a day: scores, levels, reasons that add up, floors by name."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FACTORS = ("inherent", "weather", "backlog", "accident", "special", "control", "cap")
"""Factors into which the share of each sector in the score is split, last axis of
``contributions``."""

TERMS = (
    "density",
    "vulnerable",
    "warnings",
    "hidden_dangers",
    "accidents",
    "special_periods",
    "index",
    "closure",
    "online",
)
"""What can be unknown in a town besides a hazard indicator, last axis of ``unknown``."""


@dataclass(frozen=True)
class Floors:
    """Every rule that touched a town; arrays (f,), ordered by town, then rule.

    Parameters
    ----------
    rule
        Index into :data:`scoring.levels.RULES`.
    town
        Index of the town.
    level
        Level that the rule sets: the floor of E1–E6 and E7 up; the level after E7 down and
        E8; -1 for E9.
    ref
        E2–E7 up: ``Triggers.ref``; E1: index of the signal; else -1.
    sector
        E1: sector that triggered it; E3 as given; else -1.
    effect
        +1 the rule lies above the band of the score (or held the level up: E8); 0 it changed
        nothing; -1 it took the level down (E7 down) or away (E9).
    """

    rule: NDArray[np.int64]
    town: NDArray[np.int64]
    level: NDArray[np.int64]
    ref: NDArray[np.int64]
    sector: NDArray[np.int64]
    effect: NDArray[np.int64]

    @property
    def raised(self) -> NDArray[np.bool_]:
        """(f,) whether the rule lies above the band of the score."""
        return self.effect > 0


@dataclass(frozen=True)
class DailyScores:
    """Scores of one day; n towns, m sectors.

    Parameters
    ----------
    score
        (n,) published score 0 … 100; NaN where the level is no_data.
    partial_score
        (n,) the number from the known parts, also where no level is published.
    level
        (n,) final level after all rules, -1 no_data.
    band_level
        (n,) level of the band of ``partial_score``, before any rule; -1 nothing known.
    x, r
        (n, m) sector risk I·D/C and the same cut at 1; NaN unknown.
    hazard_norm
        (n, m) normalised hazard 0 … 1.
    exposure, vulnerability
        (n,) normalised, 0 … 1, before the floor of the factor.
    inherent, dynamic
        (n, m) I and D.
    weather, backlog, accident, special
        (n, m) terms W, H, A, P, 0 … 1, as used: an unknown term counts as 0 and is marked in
        ``unknown``.
    control
        (n,) C.
    signal
        (n, m) index of the signal that gives W, -1 none.
    contributions
        (n, m, 7) points by sector and :data:`FACTORS`; sums to ``score``; NaN with it.
    dominant
        (n,) sector with the largest x, -1 nothing known.
    known_weight
        (n,) share of the weight of the scheme that is known, 0 … 1.
    unknown
        (n, 9) which of :data:`TERMS` is unknown.
    floors
        Every rule that touched a town.
    to_worse, to_better
        (n,) points from the score to the neighbouring bands.
    """

    score: FloatArray
    partial_score: FloatArray
    level: NDArray[np.int8]
    band_level: NDArray[np.int8]
    x: FloatArray
    r: FloatArray
    hazard_norm: FloatArray
    exposure: FloatArray
    vulnerability: FloatArray
    inherent: FloatArray
    dynamic: FloatArray
    weather: FloatArray
    backlog: FloatArray
    accident: FloatArray
    special: FloatArray
    control: FloatArray
    signal: NDArray[np.int64]
    contributions: FloatArray
    dominant: NDArray[np.int64]
    known_weight: FloatArray
    unknown: NDArray[np.bool_]
    floors: Floors
    to_worse: FloatArray
    to_better: FloatArray
