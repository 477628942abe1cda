"""Records as they come in: what a delivery changes is appended, nothing stored is ever changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.access.actors import LOCAL, Actor
from riskmap.access.tables import audit_head
from riskmap.records.file_audit import append_file, changes_of
from riskmap.records.frames import plain_rows, typed_frame
from riskmap.records.reading import read_records, table_of
from riskmap.storage.database import RECORD_COLUMNS, deliveries
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class Stored:
    """What one delivery changed."""

    accepted: int
    changed: int
    delivered: bool


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
        stored, rows = append_delivery(
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
            append_file(
                connection,
                actor,
                f"record.{kind}.file",
                f"{kind}:{file}",
                now=learnt_at,
                told={**told, "sha256": sha256},
                keys=[row["key"] for row in rows],
                changes=changes_of(kind, rows, known),
            )
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
    fresh = table.loc[differs(kind, table, known).to_numpy()]
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
        connection.execute(sa.insert(table_of(kind)), rows)
    return Stored(len(table), len(fresh), True), rows


def with_kept_columns(kind: str, table: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that a table does not have as they are known, by key."""
    missing = [name for name in RECORD_COLUMNS[kind] if name not in table.columns]
    if not missing:
        return table
    kept = known.set_index("key")[missing].reindex(table["key"].to_numpy())
    return table.assign(**{name: kept[name].to_numpy(dtype=object) for name in missing})


def derived_key(parts: Sequence[object]) -> str:
    """Return a stable key of a record that has no number of its own."""
    text = "\x1f".join("" if part is None or part is pd.NaT else str(part) for part in parts)
    return "h-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def queue_writers(connection: sa.Connection) -> None:
    """Wait until every other writer of records has committed; held to the end of the transaction.

    What is read after this and before the commit is still so at the commit. SQLite has one
    writer at a time anyway; on PostgreSQL writers queue at the one row that every audit row
    takes too.
    """
    connection.execute(sa.select(audit_head.c.id).with_for_update())


@contextmanager
def _writing(workspace: Workspace, within: sa.Connection | None) -> Iterator[sa.Connection]:
    """Give a connection to write with, its writers queued; one that is open stays the caller's."""
    if within is not None:
        yield within
        return
    with workspace.write() as connection:
        queue_writers(connection)
        yield connection


def differs(kind: str, table: pd.DataFrame, known: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows are new or say something else than the latest version of their key."""
    names = list(RECORD_COLUMNS[kind])
    given = table[[*names, "key", "source"]].assign(delivery_id=0)
    given = typed_frame(kind, given.assign(learnt_at=pd.Series(pd.NaT, index=given.index)))
    before = given[["key"]].merge(known[["key", *names]], on="key", how="left")
    present = given["key"].isin(known["key"]).to_numpy()
    same = np.ones(len(given), dtype=bool)
    for name in names:
        now, then = given[name].to_numpy(), before[name].to_numpy()
        both_unknown = given[name].isna().to_numpy() & before[name].isna().to_numpy()
        same &= (now == then) | both_unknown
    return pd.Series(~(present & same), index=table.index)


def _seen_that_day(
    connection: sa.Connection, workspace: Workspace, kind: str, sha256: str, learnt_at: datetime
) -> bool:
    zone = workspace.settings.zone
    query = sa.select(deliveries.c.delivered_at).where(
        deliveries.c.kind == kind, deliveries.c.sha256 == sha256
    )
    today = learnt_at.astimezone(zone).date()
    return any(row[0].astimezone(zone).date() == today for row in connection.execute(query))


def _not_before(moment: datetime, known: pd.Timestamp | None) -> datetime:
    """Return when a version was learnt: never before the one it follows.

    Whoever waited for another writer, or has a slow clock, would be overtaken by what he read.
    """
    return moment if known is None else max(moment, known.to_pydatetime())
