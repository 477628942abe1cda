"""What a week knows of the published weeks before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.weekly.measures import Floats
from riskmap.weekly.past_points import read_points
from riskmap.weekly.stored import StoredWeek, documents_of, town_rows
from scoring.weekly.bases import WeekPoints
from scoring.weekly.parts import Weekly


@dataclass(frozen=True)
class PastWeeks:
    """Published weeks before one, aligned with its towns (n,).

    Parameters
    ----------
    listed
        The published revision of each earlier week, oldest first.
    indexes
        (w, n) index of each of them, NaN unknown.
    points
        What the towns got in each of them; read only of this year's weeks and the week before.
    previous
        That of the week just before, None when it was not published.
    previous_index, previous_rank
        (n,) of it, NaN unknown.
    usual
        Usual rates of the last weeks, by indicator; those nobody knows are not in it.
    usual_weeks
        The weeks that they rest on.
    """

    listed: tuple[StoredWeek, ...]
    indexes: Floats
    points: WeekPoints
    previous: StoredWeek | None
    previous_index: Floats
    previous_rank: Floats
    usual: Mapping[str, float]
    usual_weeks: tuple[str, ...]


def read_past_weeks(
    connection: sa.Connection,
    listed: Sequence[StoredWeek],
    codes: Sequence[str],
    weekly: Weekly,
    *,
    own: str,
    previous_week: str,
) -> PastWeeks:
    """Return what the published weeks `listed` (all before `own`, oldest first) say of towns."""
    rows = pd.DataFrame(
        town_rows(connection, listed), columns=["week", "code", "index", "rank"]
    ).astype({"index": np.float64, "rank": np.float64})
    names = [one.week for one in listed]
    previous = next((one for one in listed if one.week == previous_week), None)
    recent = listed[-weekly.small_counts.weeks :]
    documents = documents_of(connection, recent) if recent else {}
    needed = [week[:4] == own[:4] or week == previous_week for week in names]
    return PastWeeks(
        listed=tuple(listed),
        indexes=_matrix(rows, "index", names, codes),
        points=read_points(connection, listed, needed, codes, weekly),
        previous=previous,
        previous_index=_matrix(rows, "index", [previous_week], codes)[0],
        previous_rank=_matrix(rows, "rank", [previous_week], codes)[0],
        usual=usual_rates([document["pooled"] for document in documents.values()]),
        usual_weeks=tuple(one.week for one in recent),
    )


def usual_rates(pooled: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, float]:
    """Return the rate over all cases of some weeks by indicator.

    Parameters
    ----------
    pooled
        Of each week: code -> (sum of rate × cases, cases) of the district.

    Examples
    --------
    >>> usual_rates([{"A1.2": [400.0, 5.0]}, {"A1.2": [1000.0, 10.0], "A2.2": [0.0, 0.0]}])
    {'A1.2': 93.33333333333333}
    """
    sums: dict[str, tuple[float, float]] = {}
    for week in pooled:
        for code, (total, cases) in week.items():
            before = sums.get(code, (0.0, 0.0))
            sums[code] = (before[0] + total, before[1] + cases)
    return {code: total / cases for code, (total, cases) in sorted(sums.items()) if cases > 0}


def pool(values: Mapping[str, Floats], cases: Mapping[str, Floats]) -> dict[str, list[float]]:
    """Return code -> [sum of rate × cases, cases] over the towns where both are known."""
    found = {}
    for code, count in cases.items():
        known = (count > 0) & ~np.isnan(values[code])
        if known.any():
            found[code] = [
                float((values[code][known] * count[known]).sum()),
                float(count[known].sum()),
            ]
    return found


def _matrix(rows: pd.DataFrame, column: str, weeks: Sequence[str], codes: Sequence[str]) -> Floats:
    """Return a column as (weeks, codes), NaN where a week has no such town."""
    found = np.full((len(weeks), len(codes)), np.nan)
    week = pd.Index(list(weeks)).get_indexer(pd.Index(rows["week"]))
    town = pd.Index(list(codes)).get_indexer(pd.Index(rows["code"]))
    known = (week >= 0) & (town >= 0)
    found[week[known], town[known]] = rows[column].to_numpy(np.float64)[known]
    return found
