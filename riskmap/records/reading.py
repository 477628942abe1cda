"""Records as they are known: the latest version of each, and the periods in which versions held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter

import pandas as pd
import sqlalchemy as sa

from riskmap.errors import NotFoundError
from riskmap.records.frames import MOMENT, typed_frame
from riskmap.storage.database import RECORD_COLUMNS, deliveries, record_tables, snapshots
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace

Store = Workspace | sa.Engine | sa.Connection
"""Where to read from: an open workspace, its engine, or a connection inside a transaction."""

EXTRA_COLUMNS = ("key", "source", "delivery_id", "learnt_at")

_ALWAYS = pd.Timestamp("1900-01-01T00:00Z")
"""Before every fact: since when a version holds that does not say so."""


def read_records(
    store: Store,
    kind: str,
    known_until: datetime | None = None,
    *,
    at: datetime | None = None,
    withdrawn: bool = False,
    week: str | None = None,
) -> pd.DataFrame:
    """Return the latest known version of every record of a kind, in a stable order.

    A record that was withdrawn is left out from the moment that became known.

    Parameters
    ----------
    store
        An open workspace or its engine.
    kind
        One of `riskmap.storage.database.RECORD_KINDS`.
    known_until
        Only rows learnt up to this moment count (None: all).
    at
        Only versions that held by this moment count (None: all), for kinds that say since when
        a version holds (`held_from`; a version without it always held).
    withdrawn
        Return withdrawn records too, as they were when they were taken back.
    week
        Only records of this week ("2026-W26"), for kinds whose key names it.

    Returns
    -------
    DataFrame
        The kind's columns, then key, source ("file:row"), delivery_id, learnt_at. Moments are
        datetime64 with zone UTC, dates are datetime64 at midnight without zone, numbers are
        float64, texts str; what is unknown is NaT/NaN. Ordered by key.
    """
    table = table_of(kind)
    newest = sa.func.row_number().over(
        partition_by=table.c.key, order_by=(table.c.learnt_at.desc(), table.c.row_id.desc())
    )
    inner = sa.select(table, newest.label("newest"))
    if known_until is not None:
        inner = inner.where(table.c.learnt_at <= known_until)
    if week is not None:
        inner = inner.where(table.c.week == week)
    if at is not None and "held_from" in table.c:
        held = table.c.held_from.is_(None) | (table.c.held_from <= at)
        inner = inner.where(held | table.c.withdrawn_at.is_not(None))
    latest = inner.subquery()
    names = [*RECORD_COLUMNS[kind], *EXTRA_COLUMNS]
    query = sa.select(*(latest.c[name] for name in names)).where(latest.c.newest == 1)
    if not withdrawn:
        query = query.where(latest.c.withdrawn_at.is_(None))
    with clear_storage_errors(), reading(store) as connection:
        rows = [tuple(row) for row in connection.execute(query)]  # a Row slows pandas down
    rows.sort(key=itemgetter(names.index("key")))
    return typed_frame(kind, pd.DataFrame(rows, columns=names))


def read_periods(store: Store, kind: str, known_until: datetime | None = None) -> pd.DataFrame:
    """Return every version that counts at some moment, with the period [held_from, held_until).

    Of the versions known the last learnt counts among those that held by a moment; for any
    moment the rows whose period holds it are what `read_records` returns with that `at`. A
    missing end is open; kinds without `held_from` have one period a record.
    """
    table = table_of(kind)
    names = [*RECORD_COLUMNS[kind], *EXTRA_COLUMNS]
    query = sa.select(*(table.c[name] for name in names), table.c.row_id, table.c.withdrawn_at)
    if known_until is not None:
        query = query.where(table.c.learnt_at <= known_until)
    with clear_storage_errors(), reading(store) as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    frame = pd.DataFrame(rows, columns=[*names, "row_id", "withdrawn_at"])
    gone = frame.pop("withdrawn_at").notna()
    row_id = frame.pop("row_id")
    frame = typed_frame(kind, frame).assign(row_id=row_id.astype("int64"), gone=gone)
    frame = frame.sort_values(["key", "learnt_at", "row_id"], ascending=False, kind="stable")
    start = pd.Series(_ALWAYS, index=frame.index, dtype=MOMENT)
    if "held_from" in frame:
        start = frame["held_from"].fillna(_ALWAYS).mask(frame["gone"], _ALWAYS)
    taken = start.groupby(frame["key"]).cummin().groupby(frame["key"]).shift()
    counts = (taken.isna() | (start < taken)) & ~frame["gone"]
    found = frame.assign(held_until=taken.astype(MOMENT))[counts]
    found = found.drop(columns=["gone", "row_id"]).sort_values(["key", "held_until"], kind="stable")
    periods: pd.DataFrame = found.reset_index(drop=True)
    return periods


def read_deliveries(
    store: Store, kind: str | None = None, known_until: datetime | None = None
) -> pd.DataFrame:
    """Return the deliveries (id, kind, file, sha256, delivered_at, accepted, changed, rejected).

    A kind without any delivery is unknown; one with an empty delivery is a known zero.
    """
    query = sa.select(deliveries).order_by(deliveries.c.id)
    if kind is not None:
        query = query.where(deliveries.c.kind == kind)
    if known_until is not None:
        query = query.where(deliveries.c.delivered_at <= known_until)
    with clear_storage_errors(), reading(store) as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    frame = pd.DataFrame(rows, columns=[column.name for column in deliveries.c])
    frame["delivered_at"] = pd.to_datetime(frame["delivered_at"], utc=True).astype(MOMENT)
    return frame


def latest_learnt_at(store: Store, until: datetime) -> datetime | None:
    """Return when the newest fact known at `until` was learnt: a delivery or a layer import."""
    moments = (
        sa.select(sa.func.max(deliveries.c.delivered_at)).where(deliveries.c.delivered_at <= until),
        sa.select(sa.func.max(snapshots.c.imported_at)).where(snapshots.c.imported_at <= until),
    )
    with clear_storage_errors(), reading(store) as connection:
        found = [connection.execute(query).scalar() for query in moments]
    known = [moment for moment in found if moment is not None]
    return max(known) if known else None


@contextmanager
def reading(store: Store) -> Iterator[sa.Connection]:
    """Give a connection to read with; one that is open already stays the caller's."""
    if isinstance(store, sa.Connection):
        yield store
        return
    engine = store.engine if isinstance(store, Workspace) else store
    with engine.connect() as connection:
        yield connection


def table_of(kind: str) -> sa.Table:
    """Return the table of a kind of records, or say which kinds there are."""
    if kind not in record_tables:
        raise NotFoundError("没有这种记录", kind, "可用：" + " ".join(record_tables))
    return record_tables[kind]
