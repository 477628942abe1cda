"""A week as it is being computed: what it rests on, what was measured, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.layer_store import Snapshot
from riskmap.places import Places
from riskmap.weekly.measures import Floats, Measure, WeekMoment
from riskmap.weekly.methods.accidents import Capping
from riskmap.weekly.past_weeks import PastWeeks
from riskmap.weekly.stored import StoredWeek
from scoring.composite.sensitivity import Sobol
from scoring.schemes.scheme import Scheme
from scoring.weekly.comparison import Costs
from scoring.weekly.doubts import WeekSureness
from scoring.weekly.index import WeekScores
from scoring.weekly.parts import Weekly


@dataclass(frozen=True)
class WeekBasis:
    """Everything that decides the result of a week, pinned.

    `listed` are the published weeks before it; `corrects` the published revision that this one
    corrects, None when it is no correction; `reason` why facts learnt after the cut-off count;
    `previous_week` the week before.
    """

    moment: WeekMoment
    previous_week: str
    snapshots: Mapping[str, Snapshot]
    scheme: Scheme
    listed: tuple[StoredWeek, ...]
    corrects: int | None
    reason: str | None
    code_version: str


@dataclass(frozen=True)
class Worked:
    """A week computed but not yet told; arrays follow the towns of `places`.

    `values` and `cases` are what was scored; `usual_used` (n, 25) tells where the usual rate
    stood in for one of no case at all. `delivered` says by indicator when it last came in.
    """

    basis: WeekBasis
    weekly: Weekly
    places: Places
    measures: Mapping[str, Measure]
    values: Mapping[str, Floats]
    cases: Mapping[str, Floats]
    past: PastWeeks
    cappings: Mapping[int, Capping]
    cap_weeks: Mapping[int, str]
    scores: WeekScores
    costs: Costs
    sureness: WeekSureness
    sobol: Sobol | None
    medians: Floats
    usual_used: NDArray[np.bool_]
    delivered: Mapping[str, str]
    signs: Mapping[str, int]
    records: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class WorkedWeek:
    """A computed week, not yet stored: the document, the towns' details, their exact texts.

    `as_of` is the moment that was asked for, None for the usual one.
    """

    moment: WeekMoment
    scheme: Scheme
    corrects: int | None
    reason: str | None
    document: Mapping[str, Any]
    towns: Sequence[Mapping[str, Any]]
    text: str
    town_texts: Sequence[str]
    digest: str
    as_of: datetime | None = None
