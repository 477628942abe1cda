"""What the API answers about weeks, as models: the source of the OpenAPI description.

Every index and its change is in points of 100; shares, their changes and probabilities are 0 … 1;
null is unknown.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from web.api.models import Level, Model

CardKind = Literal["white", "yellow", "red"]
Index = Annotated[float | None, Field(ge=0, le=100, examples=[88.4])]
Share = Annotated[float | None, Field(ge=0, le=1)]


class WeekCard(Model):
    """The card that stands for a town (or is proposed), null where there is none."""

    number: str = Field(examples=["2026-W26-339901001-white"])
    card: CardKind
    state: str = Field(examples=["given"])
    answer_due: str | None = Field(examples=["2026-07-03"])


class WeekSummary(Model):
    """One computed week; `revision` is the one that is shown: published before draft."""

    week: str = Field(examples=["2026-W26"])
    status: Literal["draft", "published"]
    revision: int = Field(ge=1)
    revisions: int = Field(ge=1, description="how many there are")
    preliminary: bool
    scheme: str | None = Field(examples=["default-2026.3"])
    computed_at: datetime
    published_at: datetime | None
    published_by: str | None
    corrects: int | None = Field(description="the published revision that this one corrects")
    reason: str | None


class WeekWindow(Model):
    """From the cut-off of the week before to that of this week."""

    start: datetime
    end: datetime


class WeekScheme(Model):
    """The scoring scheme that the week was computed with."""

    version: str
    digest: str


class WeekCorrection(Model):
    """Which published revision this one corrects, and why."""

    revision: int
    reason: str


class WeekDistrict(Model):
    """The district in sum: mean index of the towns that have one."""

    index: Index
    change: float | None
    towns: int
    known: int
    levels: dict[Level, int]


class WeekBand(Model):
    """A colour of the index and from where on it holds."""

    level: Level
    name: str
    min: float
    inclusive: bool
    measure: str


class WeekAspect(Model):
    """One of the aspects of the scheme."""

    code: str = Field(examples=["A1"])
    name: str
    points: float


class WeekIndicator(Model):
    """One of the indicators: points between the values that get nothing and everything."""

    code: str = Field(examples=["A1.1"])
    aspect: str
    name: str
    unit: str
    points: float
    zero: float
    full: float
    higher: bool = Field(description="whether more is better")
    origin: Literal["records", "department"]
    department: str


class WeekPrevious(Model):
    """The published week before that the change is against."""

    week: str
    revision: int
    index: Index
    rank: int | None


class WeekCap(Model):
    """Why the index may not pass a score, and until when."""

    score: float
    reason: str
    until_week: str


class TownAspect(Model):
    """Points of a town in one aspect; missing indicators are left out and the rest re-scaled."""

    code: str
    points: float | None
    of: float
    share: Share
    missing: list[str]


class BestTown(Model):
    """The town that got most points.

    In `costs` and `indicators` of a town its value is told in that town's own points: `points` of
    the best less own points is what is `lost`.
    """

    code: str
    name: str
    points: float


class TownCost(Model):
    """An indicator that costs points against the best town."""

    indicator: str
    lost: float
    best: BestTown | None


class TownWeek(Model):
    """One town in one week. `rank_interval` holds with 90 % probability."""

    code: str = Field(examples=["339901001"])
    name: str
    index: Index
    before_cap: Index
    cap: WeekCap | None
    level: Level
    rank: int | None
    change: float | None
    previous: WeekPrevious | None
    rank_interval: list[int] | None = Field(examples=[[2, 5]], min_length=2, max_length=2)
    rank_median: float | None
    in_band: dict[Level, float] | None = Field(description="probability of each colour")
    weakest_aspect: str | None
    aspects: list[TownAspect]
    costs: list[TownCost] = Field(max_length=3)
    signs: int = Field(description="signs that numbers were made, counted in A5.3")
    card: WeekCard | None
    card_odds: dict[CardKind, dict[str, Share]] = Field(
        description="by card and trigger: how sure it holds; null where nobody knows"
    )


class MissingTowns(Model):
    """An indicator that was not delivered for some towns."""

    indicator: str
    towns: list[str]


class DepartmentTown(Model):
    """Share of the department's points that a town got."""

    code: str
    share: Share


class DepartmentBefore(Model):
    """The share and rank of a department before, up to which week."""

    week: str
    revision: int | None = Field(default=None, description="none on the longer bases")
    share: Share
    rank: int | None


class WeekDepartment(Model):
    """A department: what it answers for, whether it delivered, how the towns stand."""

    name: str
    indicators: list[str]
    delivered_at: datetime | None
    late: bool = Field(description="numbers came after this was computed and are no part of it")
    missing: list[MissingTowns]
    share: Share
    rank: int | None = Field(default=None, description="of the share to 0.1 per cent")
    change: float | None = Field(default=None, description="of the share against last week")
    previous: DepartmentBefore | None = None
    towns: list[DepartmentTown]


class WeekChoice(Model):
    """How much of the moving of ranks one choice explains (Sobol indices with their spread)."""

    choice: str
    first: float | None
    first_spread: float | None
    total: float | None
    total_spread: float | None


class BasisBefore(Model):
    """The same basis a week earlier, up to which week."""

    week: str
    index: Index
    rank: int | None


class BasisTown(Model):
    """Mean index of a town over the weeks of a basis; what costs it most, on the means."""

    code: str
    index: Index
    level: Level
    rank: int | None
    weeks: int
    change: float | None = Field(default=None, description="against the basis a week earlier")
    previous: BasisBefore | None = None
    weakest_aspect: str | None = None
    costs: list[TownCost] = Field(default=[], max_length=3)


class BasisDepartment(Model):
    """Mean share of a department over the weeks of a basis."""

    name: str
    share: Share
    rank: int | None
    change: float | None
    previous: DepartmentBefore | None


class WeekBasis(Model):
    """A longer basis: its days, the published weeks in it and this one, towns, departments."""

    model_config = Model.model_config | {"populate_by_name": True}

    from_: str = Field(alias="from")
    to: str
    weeks: list[str]
    towns: list[BasisTown]
    departments: list[BasisDepartment] = Field(default_factory=list)


class WeekBases(Model):
    """The two-month and the year-to-date basis."""

    two_months: WeekBasis
    year: WeekBasis


class Week(Model):
    """A week: every town's index, colour, rank and how sure they are."""

    week: str = Field(examples=["2026-W26"])
    status: Literal["draft", "published"]
    revision: int = Field(ge=1)
    computed_at: datetime
    published_at: datetime | None
    published_by: str | None
    window: WeekWindow
    at: datetime = Field(description="the cut-off")
    known_until: datetime
    preliminary: bool = Field(description="the cut-off was not over when it was computed")
    corrects: WeekCorrection | None
    late_reason: str | None = Field(description="why it was computed from facts learnt later")
    scheme: WeekScheme
    district: WeekDistrict
    bands: list[WeekBand]
    aspects: list[WeekAspect]
    indicators: list[WeekIndicator]
    towns: list[TownWeek]
    departments: list[WeekDepartment]
    sensitivity: list[WeekChoice] | None = Field(description="which choice moves the ranks")
    bases: WeekBases
    pooled: dict[str, Any] = Field(description="sums over the towns, for rates of few cases later")
    provenance: dict[str, Any]


class EvidenceRow(Model):
    """A record behind a number; `good` says whether it counted well, null for neither."""

    kind: str
    key: str
    good: bool | None
    text: str


class TownIndicator(Model):
    """One indicator of a town with everything behind its points."""

    code: str
    value: float | None = Field(description="in the unit of the indicator, per cent as 0-100")
    numerator: float | None
    denominator: float | None
    small: bool = Field(description="few cases: the rate is drawn to the usual one")
    drawn: float | None = Field(description="the value that points are given for")
    score: Share
    points: float | None
    of: float | None
    lost: float | None = Field(description="points behind the best town: best.points less points")
    gain: float | None = Field(
        description="points of the index that the full value would add, with the cases there are"
    )
    no_gain: Literal["lapses", "small"] | None = Field(
        None,
        description="why open points cannot be gained: only time brings them back; "
        "few cases count as the usual rate",
    )
    best: BestTown | None
    median: float | None = Field(
        description="what the district's median score is worth of this town's points (`of`)"
    )
    origin: Literal["records", "department", "missing"]
    evidence: list[EvidenceRow]
    facts: dict[str, Any]


class WeekTrendPoint(Model):
    """Index, level and rank of the town in this week or an earlier one."""

    week: str
    index: Index
    level: Level
    rank: int | None
    status: Literal["draft", "published"]


class TownWeekDetail(TownWeek):
    """A town's row with its indicators, what would gain most, and 26 weeks of trend."""

    week: str
    indicators: list[TownIndicator]
    gains: list[str] = Field(description="codes of indicators, the largest gain first")
    trend: list[WeekTrendPoint]
