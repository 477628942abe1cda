"""What the API answers with, as models: the source of the OpenAPI description.

The answers themselves are the documents that `riskmap.daily.days` reads, sent as they are; a test
holds them against these models with unknown fields forbidden.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Level = Literal["red", "orange", "yellow", "blue", "green", "no_data"]


class Model(BaseModel):
    """Base of all models: readers must bear fields that later versions add."""

    model_config = ConfigDict(extra="allow")


class Problem(Model):
    """Problem details as in RFC 9457."""

    type: str = Field(examples=["urn:riskmap:problem:not-found"])
    title: str = Field(examples=["没有找到"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["没有这一天的成果：2020-01-01。"])
    instance: str = Field(examples=["/api/v1/days/2020-01-01"])
    errors: list[dict[str, Any]] | None = None


class DaySummary(Model):
    """One computed day; `scheme` is the version of the scoring scheme."""

    date: str = Field(examples=["2026-06-30"])
    status: Literal["draft", "published"]
    revision: int = Field(ge=1)
    scheme: str | None = Field(examples=["2026.1"])
    computed_at: datetime = Field(examples=["2026-06-30T08:31:02+08:00"])
    known_until: datetime = Field(
        description="what was learnt later is not counted", examples=["2026-06-30T08:12:40+08:00"]
    )


class District(Model):
    """The district that the workspace is about."""

    name: str
    code: str


class Signal(Model):
    """A weather station's signal, unchanged."""

    alert_id: str
    station: str | None
    type: str
    level: str | None
    title: str | None
    issued_at: datetime
    expires_at: datetime | None
    text: str | None
    towns: list[str] = Field(description="towns named in the text")
    source: str | None = Field(description="file:row of the feed")


Parts = Annotated[
    dict[str, Any] | None,
    Field(description="what the Chinese text is made of, for other languages"),
]


class Floor(Model):
    """A rule that holds the level at or above `level`, with the record that triggered it."""

    rule: str = Field(examples=["E4"])
    level: Level | None
    effect: int = Field(description="steps of level by the rule: + worse, - better or withheld")
    text: str
    record: str | None = Field(examples=["accidents:AC-3"])
    source: str | None = Field(examples=["accidents.csv:4"])
    parts: Parts = None


class RuleChange(Floor):
    """A rule that moved since the day before; of the earlier day where it ended."""

    kind: Literal["ended", "changed", "began"]
    level_before: Level | None


class Change(Model):
    """Difference from the day before: points, and steps of level (+ is worse)."""

    score: float | None
    level: int | None
    since: str | None


class Unusual(Model):
    """Share of the town's own last days (at most 365) with a lower score."""

    percentile: float | None = Field(ge=0, le=1)
    days: int = Field(ge=0)


class Freshness(Model):
    """Age of the oldest source behind a town's row, and the sources past their limit."""

    oldest: str | None
    age_days: float | None
    stale: list[str]


class TownRow(Model):
    """One town on one day; `score` in points 0-100, null when unknown."""

    code: str = Field(examples=["339901001"])
    name: str = Field(examples=["云门街道"])
    score: float | None = Field(ge=0, le=100, examples=[63.2])
    level: Level
    band_level: Level | None
    dominant_sector: str | None = Field(examples=["危化"])
    floors: list[Floor]
    change: Change
    unusual: Unusual
    known_weight: float = Field(ge=0, le=1.000001)
    incomplete: list[str]
    freshness: Freshness
    to_worse: float | None = Field(description="points up to the next worse level, rules as today")
    to_better: float | None = Field(
        description="points that the score has to fall by more than to reach a better level; "
        "null where rules hold the level"
    )
    held_by: list[str] = Field(description="rules that hold the level however far the score falls")


class OldestSource(Model):
    """The oldest source of the day."""

    name: str
    age_days: float | None


class Day(Model):
    """A day: every town's score, level and reasons in short, with its provenance."""

    date: str = Field(examples=["2026-06-30"])
    status: Literal["draft", "published"]
    revision: int = Field(ge=1)
    computed_at: datetime
    at: datetime
    known_until: datetime
    district: District
    headline_counts: dict[Level, int]
    headline_previous: dict[Level, int] | None
    signals: list[Signal]
    provenance: dict[str, Any]
    oldest_source: OldestSource | None
    towns: list[TownRow]


class Contribution(Model):
    """Points that one factor of one sector adds to the score (or to its change)."""

    sector: str
    factor: str
    label: str
    parts: Parts = None
    value: float


class TopRisk(Model):
    """One of the items that weigh most in a town; lon, lat in degrees (EPSG:4490)."""

    rank: int
    kind: str
    id: str
    name: str
    sector: str | None
    points: float | None
    why: str
    why_parts: Parts = None
    layer: str
    source: str | None
    lon: float | None
    lat: float | None


class Community(Model):
    """A community (village) with its own top risks."""

    code: str
    name: str
    top_risks: list[TopRisk]


class WhatIf(Model):
    """The smallest set of actions to the next better level."""

    target_level: Level | None
    score: float | None
    level: Level | None
    reachable: bool
    blocked_by: list[Any]
    actions: list[dict[str, Any]]


class TrendPoint(Model):
    """Score and level of one earlier day."""

    date: str
    score: float | None
    level: Level


class TownDay(TownRow):
    """A town's row with everything that explains it; contributions sum to `score`."""

    contributions: list[Contribution]
    change_items: list[Contribution]
    rule_changes: list[RuleChange] | None
    inputs: dict[str, Any]
    top_risks: list[TopRisk]
    communities: list[Community]
    what_if: WhatIf | None
    trend: list[TrendPoint]


class Link(Model):
    """A link to this page of a collection or to the next."""

    rel: Literal["self", "next"]
    href: str
    type: str


class Feature(Model):
    """A GeoJSON feature; `geometry` is null for rows that have none."""

    type: Literal["Feature"]
    id: str | None = None
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeatureCollection(Model):
    """A page of a layer, longitude and latitude in degrees (CGCS2000, EPSG:4490)."""

    type: Literal["FeatureCollection"]
    layer: str
    snapshot: str = Field(description="digest of the immutable snapshot")
    datum: Literal["gcj02", "bd09"] | None = Field(
        None, description="of the geometry, where another one than that of the data was asked for"
    )
    numberMatched: int = Field(ge=0)  # noqa: N815 - the name is OGC API Features'
    numberReturned: int = Field(ge=0)  # noqa: N815 - the name is OGC API Features'
    links: list[Link]
    features: list[Feature]


class DayMap(Model):
    """All towns of a day with geometry and level."""

    type: Literal["FeatureCollection"]
    date: str
    status: Literal["draft", "published"]
    revision: int
    features: list[Feature]


class SubstanceLine(Model):
    """One substance of a unit: quantities in tonnes, everything else without unit."""

    name: str = Field(examples=["液氯"])
    cas: str | None
    quantity_t: float | None
    q_crit_t: float | None
    beta: float | None
    ratio: float | None
    beta_ratio: float | None
    q_source: str
    beta_source: str
    faults: list[dict[str, str]]


class HazardSource(Model):
    """A unit by GB 18218-2018; level 1 (gravest) to 4, 0 not a major hazard, null unknown."""

    id: str
    name: str
    enterprise_id: str | None
    unit_type: Literal["production", "storage"] | None
    town: str | None
    substances: list[SubstanceLine]
    S: float | None
    sum_beta_ratio: float | None
    alpha: float | None
    exposed_population_500m: float | None = Field(
        description="persons within 500 m of the boundary, counted from the population layer"
    )
    surveyed_population_500m: float | None = Field(description="officially surveyed, wins")
    population_used: Literal["surveyed", "counted", "unknown"]
    R: float | None
    level: int | None = Field(ge=0, le=4)
    level_zh: str
    steps: list[str]
    faults: list[dict[str, str]]
    source: str | None
    standard: str


class CoverageRow(Model):
    """Shelters of one town (or of the district) against the target; null is unknown."""

    code: str
    name: str
    shelters: int
    usable: int = Field(description="shelters that count: not marked unusable")
    usable_unknown: int
    standardised: int
    area_unknown: int
    capacity_unknown: int
    near: int
    declared_elsewhere: int
    area_m2: float | None
    capacity_persons: float | None
    population: float | None
    area_per_head: float | None = Field(description="m2 per resident")
    places_per_head: float | None
    shortfall_m2: float | None
    shortfall_persons: float | None
    status: Literal["enough", "short", "unknown"]


class DistrictCoverage(CoverageRow):
    """The district in sum, and the sums of what its towns lack."""

    towns_short: int
    towns_unknown: int
    towns_shortfall_m2: float
    towns_shortfall_persons: float


class ShelterCoverage(Model):
    """Effective shelter area per resident by town against the target."""

    target_m2_per_person: float = Field(examples=[1.5])
    target_source: str
    basis: Literal["area", "capacity"] = Field(
        description="capacity: no shelter that counts has an area, towns compare by places only"
    )
    area_remark: str | None = Field(description="where the basis is capacity: what is missing")
    denominator: str = Field(description="what the residents are and where they come from")
    as_of: datetime | None
    layers: dict[str, dict[str, Any]]
    district: DistrictCoverage
    towns: list[CoverageRow]
    faults: list[str]
