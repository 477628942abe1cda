"""Records as facts: what was delivered, when it was learnt, and its latest version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import LOCAL, Actor
from riskmap.access.tables import audit_head
from riskmap.database import RECORD_COLUMNS, UtcDateTime, deliveries, record_tables, snapshots
from riskmap.errors import NotFoundError
from riskmap.storage_errors import clear_storage_errors
from riskmap.workspace import Workspace

Store = Workspace | sa.Engine | sa.Connection
"""Where to read from: an open workspace, its engine, or a connection inside a transaction."""

EXTRA_COLUMNS = ("key", "source", "delivery_id", "learnt_at")


@dataclass(frozen=True)
class Stored:
    """What one delivery changed."""

    accepted: int
    changed: int
    delivered: bool


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
        One of `riskmap.database.RECORD_KINDS`.
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
    table = _table(kind)
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
    return _frame(kind, pd.DataFrame(rows, columns=names))


def read_periods(store: Store, kind: str, known_until: datetime | None = None) -> pd.DataFrame:
    """Return every version that counts at some moment, with the period [held_from, held_until).

    Of the versions known the last learnt counts among those that held by a moment; for any
    moment the rows whose period holds it are what `read_records` returns with that `at`. A
    missing end is open; kinds without `held_from` have one period a record.
    """
    table = _table(kind)
    names = [*RECORD_COLUMNS[kind], *EXTRA_COLUMNS]
    query = sa.select(*(table.c[name] for name in names), table.c.row_id, table.c.withdrawn_at)
    if known_until is not None:
        query = query.where(table.c.learnt_at <= known_until)
    with clear_storage_errors(), reading(store) as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    frame = pd.DataFrame(rows, columns=[*names, "row_id", "withdrawn_at"])
    gone = frame.pop("withdrawn_at").notna()
    row_id = frame.pop("row_id")
    frame = _frame(kind, frame).assign(row_id=row_id.astype("int64"), gone=gone)
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


def store_records(
    workspace: Workspace,
    kind: str,
    table: pd.DataFrame,
    *,
    file: str,
    sha256: str,
    rejected: int,
    learnt_at: datetime,
    actor: Actor = LOCAL,
    within: sa.Connection | None = None,
) -> Stored:
    """Append what is new in a delivery: one transaction, all of it or nothing.

    A row equal to the latest version of its key is not stored again; one that a person withdrew
    stays withdrawn until a file says something else of it. A file that changes
    nothing and was already delivered on the same calendar day leaves no trace; on a later day
    it counts as a delivery, for the source said again that nothing changed.

    Parameters
    ----------
    table
        The kind's columns plus "key" and "source"; moments with zone. A column that the table
        does not have keeps its last known value.
    within
        The caller's transaction, which has queued its writers; else one of its own.
    """
    with _writing(workspace, within) as connection:
        known = read_records(connection, kind, withdrawn=True)
        stored, _ = append_delivery(
            connection,
            workspace,
            kind,
            with_kept_columns(kind, table, known),
            known,
            file=file,
            sha256=sha256,
            rejected=rejected,
            learnt_at=learnt_at,
        )
        if stored.delivered:
            told = {"accepted": stored.accepted, "changed": stored.changed, "rejected": rejected}
            after = {**told, "sha256": sha256}
            action, subject = f"record.{kind}.file", f"{kind}:{file}"
            audit.append(connection, actor, action, subject, now=learnt_at, after=after)
    return stored


def append_delivery(
    connection: sa.Connection,
    workspace: Workspace,
    kind: str,
    table: pd.DataFrame,
    known: pd.DataFrame,
    *,
    file: str,
    sha256: str,
    rejected: int,
    learnt_at: datetime,
    stamped: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> tuple[Stored, list[dict[str, Any]]]:
    """Append what is new in a delivery inside the caller's transaction; return the rows stored.

    Parameters
    ----------
    table
        All of the kind's columns plus "key" and "source".
    known
        The latest version of every record, as `read_records` gives it.
    stamped
        Sets columns on the rows that are new, after they were found to be new.
    """
    fresh = table.loc[_differs(kind, table, known).to_numpy()]
    if fresh.empty and _seen_that_day(connection, workspace, kind, sha256, learnt_at):
        return Stored(len(table), 0, False), []
    result = connection.execute(
        sa.insert(deliveries).values(
            kind=kind,
            file=file,
            sha256=sha256,
            delivered_at=learnt_at,
            accepted=len(table),
            changed=len(fresh),
            rejected=rejected,
        )
    )
    key = result.inserted_primary_key
    fixed = {"delivery_id": int(key[0]) if key is not None else 0, "learnt_at": learnt_at}
    rows = plain_rows(kind, fresh if stamped is None else stamped(fresh))
    learnt = dict(zip(known["key"], known["learnt_at"], strict=True))
    rows = [
        {**row, **fixed, "learnt_at": _not_before(learnt_at, learnt.get(row["key"]))}
        for row in rows
    ]
    if rows:
        connection.execute(sa.insert(_table(kind)), rows)
    return Stored(len(table), len(fresh), True), rows


def derived_key(parts: Sequence[object]) -> str:
    """Return a stable key of a record that has no number of its own."""
    text = "\x1f".join("" if part is None or part is pd.NaT else str(part) for part in parts)
    return "h-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


MOMENT: Any = pd.DatetimeTZDtype("us", "UTC")
_DATE: Any = np.dtype("datetime64[us]")
_ALWAYS = pd.Timestamp("1900-01-01T00:00Z")
"""Before every fact: since when a version holds that does not say so."""


@contextmanager
def reading(store: Store) -> Iterator[sa.Connection]:
    """Give a connection to read with; one that is open already stays the caller's."""
    if isinstance(store, sa.Connection):
        yield store
        return
    engine = store.engine if isinstance(store, Workspace) else store
    with engine.connect() as connection:
        yield connection


@contextmanager
def _writing(workspace: Workspace, within: sa.Connection | None) -> Iterator[sa.Connection]:
    """Give a connection to write with, its writers queued; one that is open stays the caller's."""
    if within is not None:
        yield within
        return
    with workspace.write() as connection:
        queue_writers(connection)
        yield connection


def queue_writers(connection: sa.Connection) -> None:
    """Wait until every other writer of records has committed; held to the end of the transaction.

    What is read after this and before the commit is still so at the commit. SQLite has one
    writer at a time anyway; on PostgreSQL writers queue at the one row that every audit row
    takes too.
    """
    connection.execute(sa.select(audit_head.c.id).with_for_update())


def _table(kind: str) -> sa.Table:
    if kind not in record_tables:
        raise NotFoundError("没有这种记录", kind, "可用：" + " ".join(record_tables))
    return record_tables[kind]


def _frame(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give every column its one dtype, also when there are no rows."""
    for name, column in RECORD_COLUMNS[kind].items():
        frame[name] = _typed(frame[name], column)
    frame["learnt_at"] = pd.to_datetime(frame["learnt_at"], utc=True).astype(MOMENT)
    for name in ("key", "source"):
        frame[name] = frame[name].astype("str")
    frame["delivery_id"] = frame["delivery_id"].astype("int64")
    return frame


def _typed(values: pd.Series[Any], column: Any) -> pd.Series[Any]:
    typed: pd.Series[Any]
    if column is UtcDateTime:
        typed = pd.to_datetime(values, utc=True).astype(MOMENT)
    elif column is sa.Date:
        typed = pd.to_datetime(values).astype(_DATE)
    elif column in (sa.Float, sa.Integer):
        # by way of the nullable type: None and NA in an object column become NaN
        typed = values.astype("Float64").astype("float64")
    else:
        typed = values.astype("object").where(values.notna(), None).astype("str")
    return typed


def _differs(kind: str, table: pd.DataFrame, known: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows are new or say something else than the latest version of their key."""
    names = list(RECORD_COLUMNS[kind])
    given = table[[*names, "key", "source"]].assign(delivery_id=0)
    given = _frame(kind, given.assign(learnt_at=pd.Series(pd.NaT, index=given.index)))
    before = given[["key"]].merge(known[["key", *names]], on="key", how="left")
    present = given["key"].isin(known["key"]).to_numpy()
    same = np.ones(len(given), dtype=bool)
    for name in names:
        now, then = given[name].to_numpy(), before[name].to_numpy()
        both_unknown = given[name].isna().to_numpy() & before[name].isna().to_numpy()
        same &= (now == then) | both_unknown
    return pd.Series(~(present & same), index=table.index)


def with_kept_columns(kind: str, table: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that a table does not have as they are known, by key."""
    missing = [name for name in RECORD_COLUMNS[kind] if name not in table.columns]
    if not missing:
        return table
    kept = known.set_index("key")[missing].reindex(table["key"].to_numpy())
    return table.assign(**{name: kept[name].to_numpy(dtype=object) for name in missing})


def _seen_that_day(
    connection: sa.Connection, workspace: Workspace, kind: str, sha256: str, learnt_at: datetime
) -> bool:
    zone = workspace.settings.zone
    query = sa.select(deliveries.c.delivered_at).where(
        deliveries.c.kind == kind, deliveries.c.sha256 == sha256
    )
    today = learnt_at.astimezone(zone).date()
    return any(row[0].astimezone(zone).date() == today for row in connection.execute(query))


def plain_rows(kind: str, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts of Python values (moments in UTC, dates, floats); unknown is None.

    `table` has columns of the kind, "key" and "source"; what else it has is left out.
    """
    names = [name for name in (*RECORD_COLUMNS[kind], "key", "source") if name in table]
    columns = [_plain(table[name], RECORD_COLUMNS[kind].get(name)) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(values: pd.Series[Any], column: Any) -> list[Any]:
    """Return Python values for the database driver; unknown is None."""
    pairs = zip(values.tolist(), values.isna(), strict=True)
    return [None if unknown else _value(value, column) for value, unknown in pairs]


def _not_before(moment: datetime, known: pd.Timestamp | None) -> datetime:
    """Return when a version was learnt: never before the one it follows.

    Whoever waited for another writer, or has a slow clock, would be overtaken by what he read.
    """
    return moment if known is None else max(moment, known.to_pydatetime())


def _value(value: Any, column: Any) -> Any:
    if column is UtcDateTime:
        return pd.Timestamp(value).to_pydatetime().astimezone(UTC)
    if column is sa.Date:
        return value if type(value) is date else pd.Timestamp(value).date()
    if column is sa.Integer:
        return int(value)
    return float(value) if column is sa.Float else str(value)
