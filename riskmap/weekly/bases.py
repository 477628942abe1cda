"""The index over two calendar months and over the year, from the published weeks and this one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from riskmap.canonical import numbers
from riskmap.weekly.worked import Worked
from scoring.weekly.bases import basis


def bases_documents(worked: Worked) -> dict[str, dict[str, Any]]:
    """Return "two_months" (Jan-Feb, Mar-Apr, ...) and "year", both up to this week.

    A week lies in the month and year of its Thursday, as ISO weeks lie in years. Weeks that
    nobody published are not counted.
    """
    weeks = [*(one.week for one in worked.past.listed), worked.basis.moment.week]
    indexes = np.vstack([worked.past.indexes, worked.scores.index])
    own = weeks[-1]
    return {
        "two_months": _document(
            worked, weeks, indexes, [pair_of(week) == pair_of(own) for week in weeks]
        ),
        "year": _document(worked, weeks, indexes, [week[:4] == own[:4] for week in weeks]),
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


def _document(
    worked: Worked,
    weeks: Sequence[str],
    indexes: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    counts: list[bool],
) -> dict[str, Any]:
    listed = [week for week, counted in zip(weeks, counts, strict=True) if counted]
    found = basis(worked.weekly, indexes[np.array(counts)])
    rows = zip(
        worked.places.codes,
        numbers(found.index),
        found.level,
        numbers(found.rank),
        found.weeks.tolist(),
        strict=True,
    )
    return {
        "from": listed[0],
        "to": listed[-1],
        "weeks": listed,
        "towns": [
            {
                "code": code,
                "index": index,
                "level": level,
                "rank": None if rank is None else round(rank),
                "weeks": count,
            }
            for code, index, level, rank, count in rows
        ],
    }
