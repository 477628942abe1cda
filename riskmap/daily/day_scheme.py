"""What a reader needs of the scheme that a stored day was computed with: bands and names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from riskmap.schemes import stored_scheme
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme


@dataclass(frozen=True)
class DayScheme:
    """The scheme in words.

    `bands` worst first, each `{"level", "low", "high"}` [points]: low <= score < high;
    `sectors` English name by sector code; `hazards` Chinese name by indicator
    code and `hazards_en` its sector's English name; `signals` English weather by type of signal;
    `subsectors` English name by sub-sector code; `unusual_high` the percentile from which a day is
    unusual for a town and `unusual_days` the least number of past days it needs.
    """

    version: str
    bands: tuple[Mapping[str, Any], ...]
    sectors: Mapping[str, str]
    hazards: Mapping[str, str]
    unusual_high: float
    unusual_days: int
    signals: Mapping[str, str] = field(default_factory=dict)
    subsectors: Mapping[str, str] = field(default_factory=dict)
    hazards_en: Mapping[str, str] = field(default_factory=dict)


def day_scheme(ws: Workspace, document: Mapping[str, Any]) -> DayScheme:
    """Return the words of the scheme of a day document.

    Raises
    ------
    NotFoundError
        The scheme that the day names is not in the store.
    """
    digest = document["provenance"]["scheme"]["digest"]
    with ws.read() as connection:
        return _words(stored_scheme(connection, digest))


def _words(scheme: Scheme) -> DayScheme:
    return DayScheme(
        version=scheme.version,
        bands=tuple(
            {"level": band.level, "low": band.min, "high": band.max}
            for band in sorted(scheme.bands, key=lambda band: -band.min)
        ),
        sectors={sector.code: sector.name_en for sector in scheme.sectors},
        hazards={hazard.code: hazard.name for hazard in scheme.hazards},
        unusual_high=scheme.unusual.high,
        unusual_days=scheme.unusual.min_days,
        signals={
            kind: scheme.weathers[index].name_en
            for kind, index in scheme.weather_types.items()
            if index >= 0
        },
        subsectors={part.code: part.name_en for part in scheme.subsectors},
        hazards_en={
            hazard.code: next(s.name_en for s in scheme.sectors if s.code == hazard.sector)
            for hazard in scheme.hazards
        },
    )
