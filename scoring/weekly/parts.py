"""The weekly tables of a scheme as frozen values (docs/reference/scheme.md, `[weekly]`)."""

from dataclasses import dataclass

from scoring.composite.aggregation import Mean
from scoring.composite.normalisation import Norm
from scoring.composite.small_counts import Sampling

RECORDS, DEPARTMENT = "records", "department"
"""Where an indicator comes from: riskmap's own records, or a department's template."""

WHITE, YELLOW, RED = "white", "yellow", "red"
CARDS = (WHITE, YELLOW, RED)
"""Cards from light to grave."""


@dataclass(frozen=True)
class Aspect:
    """One of the eight aspects and its points."""

    code: str
    name: str
    points: float
    source: str
    status: str


@dataclass(frozen=True)
class WeeklyIndicator:
    """An indicator: `points` · clip((x - zero) / (full - zero)).

    Parameters
    ----------
    code, aspect, name
        "A1.1", "A1" and the name that readers see.
    unit
        "%", "比", "起/万人" or "分" (points deducted).
    zero, full
        Values that get nothing and everything; `full` below `zero` where less is better.
    points
        The most it gives; those of an aspect sum to the aspect's.
    origin, method
        `RECORDS` with the method that computes it (riskmap.weekly.methods.table), or `DEPARTMENT`.
    department
        Who answers for it, also where records give it.
    days, hours
        Window that ends with the cut-off [days], None for the week itself; time allowed [h].
    chance
        How chance makes the rate (None: it is not sampled); needs counts.
    small
        Whether rates from few cases are drawn to the usual one.
    lapses
        Whether what was lost comes back only with time (accidents): nothing done now gains it.
    """

    code: str
    aspect: str
    name: str
    unit: str
    zero: float
    full: float
    points: float
    origin: str
    department: str
    source: str
    status: str
    method: str = ""
    days: int | None = None
    hours: float | None = None
    chance: Sampling | None = None
    small: bool = False
    lapses: bool = False

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return self.full > self.zero


@dataclass(frozen=True)
class WeeklyBand:
    """A colour of the index: from `min` (itself only when `inclusive`) to the next band."""

    level: str
    name: str
    min: float
    inclusive: bool
    measure: str


@dataclass(frozen=True)
class Deductions:
    """Points lost per case in A4.1 (a death, ...) and A5.3 (an overdue danger, a sign of gaming).

    From `deaths_all` deaths on the accident indicator is lost as a whole.
    """

    death: float
    serious_injury: float
    minor_injury: float
    deaths_all: int
    overdue_general: float
    overdue_major: float
    gaming_sign: float


@dataclass(frozen=True)
class Cap:
    """After an accident of this grade or a graver one the index is at most `score` for `weeks`."""

    grade: str
    score: float
    weeks: int


@dataclass(frozen=True)
class SmallCounts:
    """Rates of fewer than `below` cases get `prior` cases of the usual rate of the last `weeks`."""

    below: float
    prior: float
    weeks: int


@dataclass(frozen=True)
class Doubting:
    """What is varied to say how sure a rank and a colour are.

    `norms` (None: the goalposts as given) and `means` vary for ranks, `colour_means` for colours,
    whose bands hold for the goalposts; `weight_change` and chance vary for both.
    `card_probability` is what a card needs.
    """

    draws: int
    seed: int
    weight_change: float
    norms: tuple[Norm | None, ...]
    means: tuple[Mean | None, ...]
    colour_means: tuple[Mean | None, ...]
    floor: float
    interval: float
    card_probability: float


@dataclass(frozen=True)
class CardRule:
    """When a card is raised, what it asks for and when it may go (DOMAIN §11.4).

    Parameters
    ----------
    card, name
        "white" and "白牌".
    level, level_weeks
        Raised after this colour (or a worse one) in so many weeks running.
    last_below
        Raised when last of the district and below this index; None: not.
    fall
        Raised when the index fell by this much or more against last week; None: not.
    lesser, lesser_weeks
        Raised after this many of the next lighter card within so many weeks; None: not.
    overdue_major
        Raised from this many overdue major dangers on; None: not.
    grade
        Raised after an accident of this grade or a graver one; None: not.
    consequence, answer_days
        What it brings, and within how many days an answer is due.
    release, release_index, release_weeks
        In words; so many weeks running at or above this index; None: only by application.
    release_overdue
        Whether nothing may be overdue at release: "major", "all" or "".
    release_application
        Whether a written application and a re-check by another person are needed.
    lapse_weeks
        After so many weeks a card that is answered but not released goes by itself; None: never.
    """

    card: str
    name: str
    consequence: str
    answer_days: int
    release: str
    source: str
    status: str
    level: str | None = None
    level_weeks: int = 1
    last_below: float | None = None
    fall: float | None = None
    lesser: int | None = None
    lesser_weeks: int | None = None
    overdue_major: int | None = None
    grade: str | None = None
    release_index: float | None = None
    release_weeks: int = 1
    release_overdue: str = ""
    release_application: bool = False
    lapse_weeks: int | None = None


@dataclass(frozen=True)
class Weekly:
    """All weekly tables of a scheme, in the order of the arrays: 8 aspects, 25 indicators."""

    name: str
    points: float
    decimals: int
    most_missing: int
    aspects: tuple[Aspect, ...]
    indicators: tuple[WeeklyIndicator, ...]
    bands: tuple[WeeklyBand, ...]
    deductions: Deductions
    cap: Cap
    small_counts: SmallCounts
    doubting: Doubting
    cards: tuple[CardRule, ...]
    proposal_weeks: int
    trend_weeks: int
    least_weeks_share: float

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the indicators in their order."""
        return tuple(indicator.code for indicator in self.indicators)

    def indicator(self, code: str) -> WeeklyIndicator:
        """Return an indicator by its code.

        Raises
        ------
        ValueError
            There is none.
        """
        return self.indicators[self.codes.index(code)]

    def of_aspect(self, aspect: str) -> tuple[WeeklyIndicator, ...]:
        """Return the indicators of an aspect."""
        return tuple(one for one in self.indicators if one.aspect == aspect)

    @property
    def departments(self) -> tuple[str, ...]:
        """Every department that answers for an indicator, in the order of their first one."""
        return tuple(dict.fromkeys(one.department for one in self.indicators))
