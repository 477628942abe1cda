"""The parts of a scheme, one frozen value each (what they mean: docs/reference/scheme.md)."""

from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sector:
    """A scored sector; the weights of all sectors sum to 1."""

    code: str
    name_en: str
    weight: float
    source: str
    status: str


@dataclass(frozen=True)
class Subsector:
    """An evidence sector inside a scored sector; the text names it, the score does not use it."""

    code: str
    name_en: str
    sector: str


@dataclass(frozen=True)
class Goalpost:
    """How an indicator becomes 0 … 1: ``norm`` log1p, linear or log between lo and hi."""

    code: str
    name: str
    unit: str
    norm: str
    lo: float
    hi: float
    source: str
    status: str


@dataclass(frozen=True)
class Count:
    """Rows that a hazard indicator counts; every selector that is given must hold.

    Parameters
    ----------
    layer
        Layer of the rows.
    weigh
        one; grade (``grade_weights``); severity (``severity_weights``); R (GB 18218).
    kinds, sectors, grades
        Allowed values of ``kind``, ``sector``, ``risk_grade``; empty = any.
    flags
        At least one of these flags; empty = any.
    without_hazard_source
        Only enterprises to which no hazard source belongs.
    """

    layer: str
    weigh: str
    kinds: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    without_hazard_source: bool = False


@dataclass(frozen=True)
class Hazard:
    """A hazard indicator h1 … h7 of one sector; ``per_km2`` divides the sum by the area.

    ``counts`` are tried in order; an item that meets two of them counts once, by the first.
    """

    code: str
    sector: str
    name: str
    unit: str
    norm: str
    lo: float
    hi: float
    per_km2: bool
    source: str
    status: str
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Reach:
    """Vulnerable targets count within ``distance_m`` of these rows (kinds empty = all rows)."""

    layer: str
    kinds: tuple[str, ...]
    distance_m: float
    source: str
    status: str


@dataclass(frozen=True)
class Backlog:
    """Weights (4,) of general, overdue, major, major overdue, and the sum that counts as 1."""

    weights: NDArray[np.float64]
    scale: float


@dataclass(frozen=True)
class Accident:
    """Severities s, half-life [d], and from which losses an accident is grave (较大及以上)."""

    grave: float
    general: float
    near_miss: float
    half_life_days: float
    grave_from: MappingProxyType[str, float]


@dataclass(frozen=True)
class ControlPart:
    """A part of C: value ÷ scale, 0 … 1; the product of the weekly indicators present.

    A part without ``indicators`` comes from hidden dangers (closed of those due within
    ``window_days``).
    """

    code: str
    name: str
    weight: float
    scale: float
    indicators: tuple[str, ...]
    window_days: int = 0


@dataclass(frozen=True)
class FromRecords:
    """Weekly indicators that are derived from records where no fresh week has them.

    A week is fresh when it ended less than ``fresh_days`` ago. A firm kept its daily commitment
    when it came by ``commitment_by_hour``; firms that once committed are expected to, those that
    the enterprises layer does not have within ``commitment_days``. A penalty has to be published
    ``publication_workdays`` after the case was filed; those due within ``publication_days`` count.
    """

    fresh_days: int
    commitment_by_hour: float
    commitment_days: int
    publication_workdays: int
    publication_days: int


@dataclass(frozen=True)
class Week:
    """When the week of a report is cut off: weekday 1 Monday … 7 Sunday, and the time of day."""

    cutoff_weekday: int
    cutoff_time: time


@dataclass(frozen=True)
class Gaming:
    """When closings look made up.

    Many closings in the last ``last_minutes`` before the cut-off are ``many``, or the share
    ``many_share`` of the week's closings of a town when they are at least ``few``. Of the 64
    bits of a perceptual hash ``alike_bits`` may differ between two copies of one photo. Found
    again is within ``again_days`` and ``again_m`` metres.
    """

    last_minutes: float
    many: int
    many_share: float
    few: int
    alike_bits: int
    again_days: int
    again_m: float


@dataclass(frozen=True)
class Band:
    """Scores min <= score < max have this level; the last band includes its max."""

    level: str
    name: str
    min: float
    max: float


@dataclass(frozen=True)
class Weather:
    """A weather with effects (``Scheme.effects``)."""

    code: str
    name_en: str
    source: str
    status: str


@dataclass(frozen=True)
class Step:
    """E1: a red signal with at least this effect where I is at least this gives this level."""

    effect: int
    inherent: float
    level: int


@dataclass(frozen=True)
class Rules:
    """Parameters of E1 … E9; levels are numbers, 1 blue … 4 red."""

    names: tuple[str, ...]
    signal_level: int
    steps: tuple[Step, ...]
    alarm_source_levels: tuple[int, ...]
    alarm_minutes: float
    alarm_level: int
    listed_level: int
    listed_overdue_level: int
    fatal_hours: float
    fatal_days: int
    fatal_levels: tuple[int, int]
    grave_hours: float
    grave_days: int
    grave_levels: tuple[int, int]
    response_levels: tuple[int, ...]
    max_lower_steps: int
    persons_to_lower: int
    max_fall_steps: int
    min_known_weight: float
    withholds_green: tuple[str, ...]


@dataclass(frozen=True)
class Action:
    """An action of the what-if catalogue; ``text`` may name {sector} and {count}."""

    code: str
    acts_on: str
    text: str


@dataclass(frozen=True)
class Calibration:
    """Targets by which a scheme is judged (DOMAIN §11.4)."""

    red_share_max: float
    orange_share_max: float
    yellow_share_max: float
    rank_correlation_min: float
    weight_change: float
    goalpost_percentile: float
    shadow_days: int


@dataclass(frozen=True)
class Unusual:
    """Own past days to compare with, the least number of them, and what counts as unusual."""

    days: int
    min_days: int
    high: float
    low: float
