"""The published index as the daily map's control term sees it: rows like delivered ones.

A published week counts from the Monday after it (`riskmap.daily.control`), once it is published; a
draft never does. It stands before what a department delivered as the index of the same week.
"""

from collections.abc import Iterable
from datetime import date, datetime

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.daily.control import week_end
from riskmap.records.reading import EXTRA_COLUMNS, Store, reading
from riskmap.storage.database import RECORD_COLUMNS
from riskmap.weekly.stored import published_weeks, town_rows
from riskmap.weekly.tables import week_publications, weeks

INDEX = "index"
"""The code under which the index itself stands among the weekly indicators."""
SOURCE = "weeks"
"""Where such a row comes from: "weeks:2026-W26#1"."""


def index_rows(store: Store, known_until: datetime | None) -> pd.DataFrame:
    """Return the indexes of all weeks published by a moment, as rows of the kind `indicators`.

    `learnt_at` is when the week was published, `source` names week and revision; the value of a
    town whose index is unknown is NaN. Of a corrected week the revision published last counts.
    """
    with reading(store) as connection:
        found = published_weeks(connection, until=known_until)
        rows = town_rows(connection, found)
    by_id = {one.id: one for one in found}
    names = [*RECORD_COLUMNS["indicators"], *EXTRA_COLUMNS]
    return pd.DataFrame(
        [
            {
                "week": row["week"],
                "town": row["code"],
                "indicator": INDEX,
                "value": row["index"],
                "key": f"{row['week']}|{row['code']}|{INDEX}",
                "source": f"{SOURCE}:{row['week']}#{by_id[row['week_id']].revision}",
                "delivery_id": 0,
                "learnt_at": by_id[row["week_id"]].published_at,
            }
            for row in rows
        ],
        columns=names,
    )


def with_published(delivered: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return delivered rows of the kind `indicators` and the published indexes in their place.

    Delivered indexes of a published week are left out for every town, also for one whose
    published index is unknown: what is unknown is not made known by a table.
    """
    if published.empty:
        return delivered
    replaced = (delivered["indicator"] == INDEX) & delivered["week"].isin(published["week"])
    kept = delivered[~replaced]
    known = published[published["value"].notna()]
    typed = known.astype({name: kept[name].dtype for name in kept.columns})
    return pd.concat([kept, typed[kept.columns]], ignore_index=True)


def is_published(rows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which rows (k,) come from published weeks; their age is judged week by week."""
    return rows["source"].str.startswith(f"{SOURCE}:").to_numpy(dtype=bool)


def published_revision(source: str | None) -> int | None:
    """Return which published revision an index comes from; None: a table, or nothing.

    Examples
    --------
    >>> published_revision("weeks:2026-W26#2"), published_revision("周指标.csv:7")
    (2, None)
    """
    kind, _, name = (source or "").partition(":")
    return int(name.partition("#")[2]) if kind == SOURCE else None


def last_published(store: Store, day: date, now: datetime) -> datetime | None:
    """Return when the last week that counts on a day was published; None without any.

    Weeks that count only later do not move what is known of this day.
    """
    query = sa.select(weeks.c.week, week_publications.c.published_at).join(
        week_publications, week_publications.c.week_id == weeks.c.id
    )
    with reading(store) as connection:
        found = connection.execute(query.where(week_publications.c.published_at <= now)).all()
    counting = [row.published_at for row in found if _counts_from(row.week) <= day]
    return max(counting, default=None)


def _counts_from(week: str) -> date:
    return week_end(week) or date.max


def published_notes(rows: pd.DataFrame, used: Iterable[str | None], today: date) -> tuple[str, ...]:
    """Return which published weeks the daily map takes the index from, and how old they are.

    Newest first, then weeks that are published and count only later; empty when no town's index
    comes from a published week and none is to come. Ages are counted from the Sunday of a week.

    Parameters
    ----------
    rows
        Rows of the kind `indicators` as known (see `with_published`).
    used
        The week that each town's index is taken from, None unknown (`riskmap.daily.control`).
    today
        The day that is computed.
    """
    published = rows.loc[is_published(rows), ["week", "source"]]
    mine = published["week"].isin([week for week in used if week])
    notes = []
    for place, source in enumerate(sorted(published.loc[mine, "source"].unique(), reverse=True)):
        week, _, revision = source.partition(":")[2].partition("#")
        age = (today - _counts_from(week)).days + 1
        which = "部分镇街的" if place else ""
        notes.append(
            f"{which}管控力指数取自已发布的 {week} 第 {revision} 版，该周结束后第 {age} 天"
        )
    for week in sorted(published["week"].unique()):
        start = _counts_from(week)
        if today < start < date.max:
            notes.append(f"{week} 已发布，自 {start.month}月{start.day}日 起计入")
    return tuple(notes)
