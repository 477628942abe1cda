"""The index over two calendar months and over the year, from the published weeks and this one.

By town and by department, against the same basis without this week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.canonical import number, numbers
from riskmap.weekly.departments import standings, whole
from riskmap.weekly.measures import Floats
from riskmap.weekly.town_rows import MOST_COSTS
from riskmap.weekly.worked import Worked
from scoring.weekly.bases import (
    WeekPoints,
    basis,
    department_means,
    mean_scores,
)
from scoring.weekly.comparison import NOBODY, Costs, costliest, costs, weakest


@dataclass(frozen=True)
class _Weeks:
    """The published weeks before and this one: names, indexes (w, n), points, shares (w, d)."""

    names: Sequence[str]
    indexes: Floats
    points: WeekPoints
    departments: Floats


def bases_documents(worked: Worked) -> dict[str, dict[str, Any]]:
    """Return "two_months" (Jan-Feb, Mar-Apr, ...) and "year", both up to this week.

    A week lies in the month and year of its Thursday, as ISO weeks lie in years. Weeks that
    nobody published are not counted.
    """
    names = [*(one.week for one in worked.past.listed), worked.basis.moment.week]
    points = worked.past.points.with_week(worked.scores)
    weeks = _Weeks(
        names,
        np.vstack([worked.past.indexes, worked.scores.index]),
        points,
        department_means(worked.weekly, worked.scores, points),
    )
    own = names[-1]
    pair = np.array([pair_of(week) == pair_of(own) for week in names])
    year = np.array([week[:4] == own[:4] for week in names])
    return {
        "two_months": _document(worked, weeks, pair),
        "year": _document(worked, weeks, year),
    }


def pair_of(week: str) -> tuple[int, int]:
    """Return the year and the number (0 … 5) of the pair of months that a week lies in.

    Examples
    --------
    >>> pair_of("2026-W09"), pair_of("2026-W10")
    ((2026, 0), (2026, 1))
    """
    thursday = date.fromisocalendar(int(week[:4]), int(week[6:]), 4)
    return thursday.year, (thursday.month - 1) // 2


def _document(worked: Worked, weeks: _Weeks, counted: NDArray[np.bool_]) -> dict[str, Any]:
    listed = [week for week, counts in zip(weeks.names, counted, strict=True) if counts]
    earlier = counted.copy()
    earlier[-1] = False
    told: dict[str, Any] | None = {"week": listed[-2]} if len(listed) > 1 else None
    standing = standings(
        worked.weekly, weeks.departments[counted], weeks.departments[earlier], told
    )
    return {
        "from": listed[0],
        "to": listed[-1],
        "weeks": listed,
        "towns": _towns(worked, weeks, counted, earlier, told),
        "departments": [
            {"name": name, **stand}
            for name, stand in zip(worked.weekly.departments, standing, strict=True)
        ],
    }


def _towns(
    worked: Worked,
    weeks: _Weeks,
    counted: NDArray[np.bool_],
    earlier: NDArray[np.bool_],
    told: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return the towns of a basis; `previous` is the same basis a week earlier."""
    now = basis(worked.weekly, weeks.indexes[counted])
    then = basis(worked.weekly, weeks.indexes[earlier])
    known = ~np.isnan(now.index)
    mean = mean_scores(worked.weekly, worked.scores, now.index, weeks.points.of_weeks(counted))
    least = np.where(known, weakest(mean), NOBODY).tolist()
    dear = _costs(worked, costs(worked.weekly, mean), known)
    columns = zip(
        worked.places.codes,
        numbers(now.index),
        now.level,
        numbers(now.rank),
        now.weeks.tolist(),
        numbers(now.index - then.index),
        zip(numbers(then.index), numbers(then.rank), strict=True),
        least,
        dear,
        strict=True,
    )
    return [
        {
            "code": code,
            "index": index,
            "level": level,
            "rank": whole(rank),
            "weeks": count,
            "change": change,
            "previous": None
            if told is None
            else {**told, "index": before[0], "rank": whole(before[1])},
            "weakest_aspect": None if weak == NOBODY else worked.weekly.aspects[weak].code,
            "costs": lost,
        }
        for code, index, level, rank, count, change, before, weak, lost in columns
    ]


def _costs(worked: Worked, found: Costs, known: NDArray[np.bool_]) -> list[list[dict[str, Any]]]:
    """Return what costs every town most over the weeks; nothing where its mean is unknown."""
    dearest = np.where(known[:, None], costliest(found, MOST_COSTS), NOBODY)
    places = worked.places
    return [
        [
            {
                "indicator": worked.weekly.codes[k],
                "lost": number(found.lost[town, k]),
                "best": {
                    "code": places.codes[found.best[k]],
                    "name": places.names[found.best[k]],
                    "points": number(found.best_points[k]),
                },
            }
            for k in row
            if k != NOBODY
        ]
        for town, row in enumerate(dearest.tolist())
    ]
