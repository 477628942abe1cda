"""Departments of a week: what each delivered by then, what is missing, and its towns' points."""

from typing import Any

import numpy as np

from riskmap.canonical import numbers
from riskmap.weekly.measures import MISSING
from riskmap.weekly.worked import Worked
from scoring.weekly.comparison import department_shares
from scoring.weekly.parts import DEPARTMENT, WeeklyIndicator


def department_documents(worked: Worked) -> list[dict[str, Any]]:
    """Return the departments in the scheme's order.

    `missing` names towns without a number that only the department could have given; `share` is
    the mean over towns of points got ÷ points open of its indicators. `late` is joined on
    reading: what comes after the cut-off is no part of the week.
    """
    shares = department_shares(worked.weekly, worked.scores)
    plain = numbers(shares)
    return [
        {
            "name": name,
            "indicators": [one.code for one in _of(worked, name)],
            "delivered_at": max(
                (
                    worked.delivered[one.code]
                    for one in _of(worked, name)
                    if one.origin == DEPARTMENT and one.code in worked.delivered
                ),
                default=None,
            ),
            "late": False,
            "missing": _missing(worked, name),
            "share": _mean(shares[:, d]),
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


def _mean(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
