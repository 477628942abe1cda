"""The scoring scheme as one frozen value: every weight, goalpost, threshold and rule.

A scheme is a TOML text under version control in which a source stands beside every number
(docs/reference/scheme.md). :func:`load_scheme` checks all of it, reports every fault at once
and freezes it; ``digest`` names exactly this text.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from scoring.errors import SchemeError
from scoring.schemes.building import parts_of
from scoring.schemes.checks import check_meaning
from scoring.schemes.parts import (
    Accident,
    Action,
    Backlog,
    Band,
    Calibration,
    ControlPart,
    FromRecords,
    Gaming,
    Goalpost,
    Hazard,
    Reach,
    Rules,
    Sector,
    Subsector,
    Unusual,
    Weather,
    Week,
)
from scoring.schemes.shape import check_shape
from scoring.weekly.parts import Weekly

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Scheme:
    """A checked scheme; arrays are read-only, mappings cannot be changed.

    Parameters
    ----------
    text, digest
        The TOML text and the sha256 of its UTF-8 bytes.
    version, title, valid_from, valid_to
        Name and the days (both included) for which it may be used.
    sectors
        The m sectors in the order of all arrays.
    subsectors
        The 14 evidence sectors, each inside one sector.
    hazards
        h1 … hm, in the order of ``sectors``.
    exposure, vulnerability
        Goalposts of e and v.
    vulnerable_kinds, reach
        Kinds of ``targets`` that are vulnerable, and within what distance of what.
    grade_weights, severity_weights, chemical
        Equivalents of an item: by ``risk_grade``, by ``severity`` ("ungraded" where it has
        none), and of chemical units below the threshold of GB 18218.
    exponents
        (3,) of hazard, exposure, vulnerability; ``factor_floor`` the least e and v.
    dynamic
        (4,) coefficients of W, H, A, P.
    matrix
        (4, 5) by effect and signal level; column 0 is "no signal".
    weathers
        Weathers with effects; ``signal_type`` is an index into them.
    effects14, effects
        (w, 14) and (w, m) effect 0 … 3; the second is the largest of its sub-sectors.
    weather_types
        Type of a signal as stations name it → index into ``weathers``, -1 no effect.
    validity_hours
        Type → hours a signal holds without an end in the feed; "*" the default.
    domains
        Domain of a danger or accident → index of the sector.
    layer_limits_days, record_limits_hours
        How old a source may be before it is stale.
    deadlines_days
        ``town_days`` and ``district_days`` for a hidden danger without its own deadline.
    weekly
        The tables of the weekly control index; None in schemes made before them.
    """

    text: str
    digest: str
    version: str
    title: str
    valid_from: date
    valid_to: date
    sectors: tuple[Sector, ...]
    subsectors: tuple[Subsector, ...]
    hazards: tuple[Hazard, ...]
    exposure: Goalpost
    vulnerability: Goalpost
    vulnerable_kinds: tuple[str, ...]
    reach: tuple[Reach, ...]
    grade_weights: MappingProxyType[str, float]
    severity_weights: MappingProxyType[str, float]
    chemical: MappingProxyType[str, float]
    exponents: FloatArray
    factor_floor: float
    dynamic: FloatArray
    backlog: Backlog
    accident: Accident
    special_values: tuple[float, ...]
    control_base: float
    control_span: float
    control_neutral: float
    control_parts: tuple[ControlPart, ...]
    control_from_records: FromRecords | None
    max_share: float
    mean_share: float
    bands: tuple[Band, ...]
    matrix: FloatArray
    weathers: tuple[Weather, ...]
    effects14: NDArray[np.int8]
    effects: NDArray[np.int8]
    weather_types: MappingProxyType[str, int]
    validity_hours: MappingProxyType[str, float]
    rules: Rules
    domains: MappingProxyType[str, int]
    layer_limits_days: MappingProxyType[str, float]
    record_limits_hours: MappingProxyType[str, float]
    deadlines_days: MappingProxyType[str, int]
    actions: tuple[Action, ...]
    calibration: Calibration
    unusual: Unusual
    week: Week | None
    gaming: Gaming | None
    weekly: Weekly | None

    def __repr__(self) -> str:
        return f"Scheme(version={self.version!r}, digest={self.digest[:12]!r})"

    @property
    def sector_codes(self) -> tuple[str, ...]:
        """Codes of the sectors in their order."""
        return tuple(sector.code for sector in self.sectors)

    @property
    def weights(self) -> FloatArray:
        """(m,) weights of the sectors; they sum to 1."""
        return np.array([sector.weight for sector in self.sectors])

    @property
    def edges(self) -> FloatArray:
        """(4,) lower edges of blue, yellow, orange, red."""
        return np.array([band.min for band in self.bands[1:]])

    def weather_index(self, signal_type: str) -> int | None:
        """Return the weather of a signal type, -1 for none, None for a type not in the scheme.

        A type that the scheme does not list is unknown, not harmless: say so.
        """
        return self.weather_types.get(signal_type.strip())

    def leading_subsector(self, weather: int, sector: int) -> str:
        """Return the sub-sector of a sector on which a weather has the largest effect."""
        inside = [
            (int(self.effects14[weather, index]), -index)
            for index, part in enumerate(self.subsectors)
            if part.sector == self.sectors[sector].code
        ]
        return self.subsectors[-max(inside)[1]].code


def load_scheme(text: str) -> Scheme:
    """Read, check and freeze a scheme.

    Parameters
    ----------
    text
        TOML text (data/schemes/default-2026.toml is the default).

    Raises
    ------
    SchemeError
        With every fault: key, value, mend. Shape faults (unknown keys, missing keys, wrong
        types, a number without source) are told before faults of meaning (a gap between
        bands, weights that do not sum to 1, unknown codes).
    """
    try:
        doc = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SchemeError([f"不是有效的 TOML（{error}），请按提示的行列修改"]) from error
    faults = check_shape(doc)
    if not faults:
        faults = check_meaning(doc)
    if faults:
        raise SchemeError(faults)
    digest = sha256(text.encode("utf-8")).hexdigest()
    return Scheme(text=text, digest=digest, **parts_of(doc))
