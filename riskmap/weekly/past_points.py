"""What towns got in published weeks, from their stored documents, as arrays."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.weekly.measures import Floats
from riskmap.weekly.stored import StoredWeek, town_texts
from scoring.weekly.bases import WeekPoints
from scoring.weekly.parts import Weekly


def read_points(
    connection: sa.Connection,
    listed: Sequence[StoredWeek],
    needed: Sequence[bool],
    codes: Sequence[str],
    weekly: Weekly,
) -> WeekPoints:
    """Return what towns got in the weeks `listed`, NaN where unknown or not needed.

    Parameters
    ----------
    listed, needed
        The weeks (w,), and which of them are read.
    codes
        The towns (n,) in their order.
    weekly
        Names the indicators and aspects; those that it does not have are left out.
    """
    towns, names = pd.Index(list(codes)), pd.Index(list(weekly.codes))
    aspects = pd.Index([one.code for one in weekly.aspects])
    shape = (len(listed), len(towns))
    got = np.full((3, *shape, len(names)), np.nan)
    share = np.full((*shape, len(aspects)), np.nan)
    for week, (one, wanted) in enumerate(zip(listed, needed, strict=True)):
        if not wanted:
            continue
        documents = [json.loads(text) for text in town_texts(connection, one.id)]
        measured = [
            (row["code"], item["code"], item["score"], item["points"], item["of"])
            for row in documents
            for item in row["indicators"]
        ]
        summed = [
            (row["code"], item["code"], item["share"])
            for row in documents
            for item in row["aspects"]
        ]
        _put(got[:, week], measured, towns, names)
        _put(share[None, week], summed, towns, aspects)
    return WeekPoints(got[0], got[1], got[2], share)


def _put(
    target: Floats, rows: Sequence[tuple[object, ...]], towns: pd.Index, names: pd.Index
) -> None:
    """Write rows (town, name, value, ...) into (values, towns, names), where both are known."""
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    town = towns.get_indexer(pd.Index(columns[0]))
    name = names.get_indexer(pd.Index(columns[1]))
    known = (town >= 0) & (name >= 0)
    values = np.array(columns[2:], dtype=np.float64)
    target[:, town[known], name[known]] = values[:, known]
