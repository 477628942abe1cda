"""Departments of a week: what each delivered, what is missing, its towns' points, its rank."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from riskmap.canonical import numbers
from riskmap.weekly.measures import MISSING, Floats
from riskmap.weekly.worked import Worked
from scoring.composite.ranking import places
from scoring.weekly.bases import basis, department_means, known_mean
from scoring.weekly.comparison import department_shares
from scoring.weekly.parts import DEPARTMENT, Weekly, WeeklyIndicator


def department_documents(worked: Worked) -> list[dict[str, Any]]:
    """Return the departments in the scheme's order.

    `delivered_at` is when a number last came in that only the department could give, or that
    stands in where records know nothing. `missing` names towns without a number that only the
    department could have given; `share` is the mean over towns of points got ÷ points open of its
    indicators; `rank` is of shares to 0.1 %, `change` against the published week before. `late` is
    joined on reading: what comes after the cut-off is no part of the week.
    """
    shares = department_shares(worked.weekly, worked.scores)
    plain, stand = numbers(shares), _stand(worked, shares)
    return [
        {
            "name": name,
            "indicators": [one.code for one in _of(worked, name)],
            "delivered_at": max(
                (
                    worked.delivered[one.code]
                    for one in _of(worked, name)
                    if one.code in worked.delivered
                    and DEPARTMENT in (one.origin, *worked.measures[one.code].origin)
                ),
                default=None,
            ),
            "late": False,
            "missing": _missing(worked, name),
            **stand[d],
            "towns": [
                {"code": code, "share": row[d]}
                for code, row in zip(worked.places.codes, plain, strict=True)
            ],
        }
        for d, name in enumerate(worked.weekly.departments)
    ]


def _of(worked: Worked, name: str) -> list[WeeklyIndicator]:
    return [one for one in worked.weekly.indicators if one.department == name]


def _missing(worked: Worked, name: str) -> list[dict[str, Any]]:
    found = []
    for one in _of(worked, name):
        if one.origin != DEPARTMENT:
            continue
        origins = worked.measures[one.code].origin
        towns = [
            code
            for code, origin in zip(worked.places.codes, origins, strict=True)
            if origin == MISSING
        ]
        if towns:
            found.append({"indicator": one.code, "towns": towns})
    return found


def _stand(worked: Worked, shares: Floats) -> list[dict[str, Any]]:
    """Return share, rank and change of every department against the published week before."""
    own = known_mean(shares, axis=0)[None]
    previous, listed = worked.past.previous, worked.past.listed
    before = np.full_like(own, np.nan)
    if previous is not None:
        last = np.array([one.week == previous.week for one in listed])
        points = worked.past.points.of_weeks(last)
        before = department_means(worked.weekly, worked.scores, points)
    told = None if previous is None else {"week": previous.week, "revision": previous.revision}
    return standings(worked.weekly, own, before, told)


def standings(
    weekly: Weekly, shares: Floats, before: Floats, told: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return share, rank, change and what was before of every department (d).

    Parameters
    ----------
    shares, before
        (w, d) shares of the weeks now and of those before, NaN unknown; means over weeks count.
    told
        What `previous` begins with; None when there is nothing before.
    """
    now, then = basis(weekly, shares).index, basis(weekly, before).index
    share, change, old_share = numbers(now), numbers(now - then), numbers(then)
    rank, old_rank = (numbers(places(100.0 * one, weekly.decimals)) for one in (now, then))
    return [
        {
            "share": share[d],
            "rank": whole(rank[d]),
            "change": change[d],
            "previous": None
            if told is None
            else {**told, "share": old_share[d], "rank": whole(old_rank[d])},
        }
        for d in range(shares.shape[1])
    ]


def whole(value: float | None) -> int | None:
    """Return a rank as a whole number, None unknown."""
    return None if value is None else round(value)
