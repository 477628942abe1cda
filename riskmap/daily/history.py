"""Days already computed: which revision of each is shown, and the scores it holds.

A published revision is shown before a newer draft; among drafts the newest one is shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from riskmap.storage.database import day_towns, days, publications
from scoring.levels import LEVELS


@dataclass(frozen=True)
class ShownDay:
    """One stored revision: the one of its date that readers see."""

    id: int
    date: date
    revision: int
    digest: str
    published: bool
    computed_at: datetime
    known_until: datetime


@dataclass(frozen=True)
class Past:
    """What a day knows of earlier days, aligned with its own towns.

    `scores` (n, d) of the earlier days in `listed`, oldest first, NaN unknown; `previous` is the
    shown revision of the calendar day before or None, `previous_level` (n,) -1 where unknown,
    `previous_towns` its town details by code.
    """

    listed: tuple[tuple[date, int], ...]
    scores: NDArray[np.float64]
    previous: ShownDay | None
    previous_level: NDArray[np.int8]
    previous_towns: Mapping[str, dict[str, Any]]


def shown_days(
    connection: sa.Connection, since: date | None = None, until: date | None = None
) -> list[ShownDay]:
    """Return the shown revision of every computed date, oldest first, both ends included."""
    published = publications.c.day_id.is_not(None)
    query = (
        sa.select(
            days.c.id,
            days.c.date,
            days.c.revision,
            days.c.digest,
            published.label("published"),
            days.c.computed_at,
            days.c.known_until,
        )
        .select_from(days.outerjoin(publications))
        .order_by(days.c.date, published.desc(), days.c.revision.desc())
    )
    if since is not None:
        query = query.where(days.c.date >= since)
    if until is not None:
        query = query.where(days.c.date <= until)
    first: dict[date, ShownDay] = {}
    for row in connection.execute(query):
        first.setdefault(
            row.date,
            ShownDay(
                row.id,
                row.date,
                row.revision,
                row.digest,
                bool(row.published),
                row.computed_at,
                row.known_until,
            ),
        )
    return list(first.values())


def revision_of(connection: sa.Connection, day: date, revision: int) -> ShownDay | None:
    """Return one stored revision, None when there is none."""
    wanted = (days.c.id, days.c.digest, days.c.computed_at, days.c.known_until)
    row = connection.execute(
        sa.select(*wanted, publications.c.day_id)
        .select_from(days.outerjoin(publications))
        .where(days.c.date == day, days.c.revision == revision)
    ).one_or_none()
    if row is None:
        return None
    return ShownDay(
        row.id,
        day,
        revision,
        row.digest,
        row.day_id is not None,
        row.computed_at,
        row.known_until,
    )


def town_scores(connection: sa.Connection, shown: Sequence[ShownDay]) -> pd.DataFrame:
    """Return code, date, score (NaN unknown), level of the towns of some shown days."""
    rows: list[Any] = []
    ids = [day.id for day in shown]
    for start in range(0, len(ids), 500):
        query = sa.select(
            day_towns.c.code, day_towns.c.date, day_towns.c.score, day_towns.c.level
        ).where(day_towns.c.day_id.in_(ids[start : start + 500]))
        rows.extend(connection.execute(query))
    table = pd.DataFrame(rows, columns=["code", "date", "score", "level"])
    table["score"] = pd.to_numeric(table["score"]).astype(np.float64)
    return table


def score_matrix(
    table: pd.DataFrame, codes: Sequence[str], dates: Sequence[date]
) -> NDArray[np.float64]:
    """Return scores (n, d) of towns by days; NaN where a town has no score."""
    matrix = np.full((len(codes), len(dates)), np.nan)
    row = pd.Index(codes).get_indexer(pd.Index(table["code"]))
    number = {day: i for i, day in enumerate(dates)}
    column = np.array([number.get(day, -1) for day in table["date"]], dtype=np.int64)
    known = (row >= 0) & (column >= 0)
    matrix[row[known], column[known]] = table["score"].to_numpy(np.float64)[known]
    return matrix


def town_documents(connection: sa.Connection, day_id: int) -> dict[str, dict[str, Any]]:
    """Return the stored details of one revision by town code."""
    query = sa.select(day_towns.c.code, day_towns.c.document).where(day_towns.c.day_id == day_id)
    return {code: json.loads(text) for code, text in connection.execute(query)}


def read_past(
    connection: sa.Connection, codes: Sequence[str], day: date, listed: Sequence[ShownDay]
) -> Past:
    """Return what the stored days `listed` (all before `day`) say about the towns `codes`."""
    yesterday = date.fromordinal(day.toordinal() - 1)
    previous = next((shown for shown in listed if shown.date == yesterday), None)
    scores = score_matrix(town_scores(connection, listed), codes, [shown.date for shown in listed])
    towns = town_documents(connection, previous.id) if previous else {}
    level = np.array(
        [LEVELS.index(towns[c]["level"]) if _has_level(towns, c) else -1 for c in codes], np.int8
    )
    return Past(
        tuple((shown.date, shown.revision) for shown in listed), scores, previous, level, towns
    )


def _has_level(towns: Mapping[str, dict[str, Any]], code: str) -> bool:
    return code in towns and towns[code]["level"] in LEVELS
