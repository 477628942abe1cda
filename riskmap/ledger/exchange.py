"""Hidden dangers from files: the bureau's table in, with numbers, versions, steps and audit.

A file goes through the checks of every record (`riskmap.records.importing`) and is then laid beside
what is known (`riskmap.ledger.exchange_merge`) inside the transaction that stores it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from layers.checks.findings import Finding, rejected
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.ledger.exchange_merge import (
    COLUMNS,
    IMPORT,
    KIND,
    Merged,
    acted_on,
    merge,
    said_state,
    shown_value,
    states_of,
    versions_of,
)
from riskmap.ledger.file_checks import checked_ground
from riskmap.ledger.file_numbers import numbered, queue_files
from riskmap.ledger.file_terms import without_asked, without_put_off
from riskmap.ledger.states import State
from riskmap.ledger.tables import danger_steps
from riskmap.ledger.versions import changes_between, state_of
from riskmap.records.delivery import Delivery, rejecting
from riskmap.records.file_audit import append_file
from riskmap.records.frames import plain_rows
from riskmap.records.importing import RecordOutcome, check_files, report_outcome
from riskmap.records.reading import read_records
from riskmap.records.storing import Stored, append_delivery, queue_writers, with_kept_columns
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace

_CHUNK = 400


def read_danger_files(
    ws: Workspace,
    actor: Actor,
    paths: Sequence[Path],
    *,
    now: datetime,
    sheet: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
) -> RecordOutcome:
    """Take files of hidden dangers; each is stored whole or not at all.

    Rows without a number get a uniform one, the same again when they are delivered again.
    A column that the file does not have keeps what is known. A row that contradicts what was
    done in riskmap since is refused with both values (`riskmap.ledger.exchange_merge`).

    Raises
    ------
    ForbiddenError, SignInError
        The actor may not import.
    InputError, NotFoundError
        A file cannot be used at all; there is no towns layer.
    """
    authorise(actor, "danger.import")
    parts = check_files(
        ws, KIND, paths, now=now, sheet=sheet, encoding=encoding, column_map=column_map
    )
    taken = [_taken(ws, actor, checked_ground(ws, part), now) for part in parts]
    outcome = report_outcome(ws, KIND, [part for part, _ in taken], now)
    return replace(
        outcome,
        changed=sum(stored.changed for _, stored in taken),
        repeated=[part.file for part, stored in taken if not stored.delivered],
    )


def _taken(ws: Workspace, actor: Actor, part: Delivery, now: datetime) -> tuple[Delivery, Stored]:
    """Store one file in one transaction; return it with the rows that were refused here."""
    if len(part.rejects) and not len(part.table):
        return part, Stored(0, 0, True)
    with ws.write() as connection:
        queue_files(connection)
        part = replace(part, table=numbered(connection, ws, part.table))
        _lock(connection, part.table["key"].tolist())
        queue_writers(connection)
        known = read_records(connection, KIND, withdrawn=True)
        touched = acted_on(connection)
        part, table = _merged(connection, ws, without_asked(part, known), known, touched)
        part, table = without_put_off(connection, ws, actor, part, table=table, known=known)
        stored, rows = append_delivery(
            connection,
            ws,
            KIND,
            table,
            known,
            file=part.file,
            sha256=part.sha256,
            rejected=len(part.rejects),
            learnt_at=now,
            stamped=lambda fresh: _stamped(fresh, known, touched, now),
        )
        changes = _store_steps(connection, actor, part.file, rows, known)
        if stored.delivered:
            _tell(connection, actor, part, stored, changes=changes, now=now)
    return part, stored


def _tell(
    connection: sa.Connection,
    actor: Actor,
    part: Delivery,
    stored: Stored,
    *,
    changes: Mapping[str, Mapping[str, Any] | None],
    now: datetime,
) -> None:
    """Write the file's rows of the audit; `changes` is None for a danger that is new."""
    append_file(
        connection,
        actor,
        "danger.import",
        f"file:{part.file}",
        now=now,
        told={
            "accepted": stored.accepted,
            "changed": stored.changed,
            "rejected": len(part.rejects),
            "sha256": part.sha256,
        },
        keys=list(changes),
        changes={key: pairs for key, pairs in changes.items() if pairs is not None},
    )


def _lock(connection: sa.Connection, keys: Sequence[str]) -> None:
    """Queue behind whoever acts on one of these dangers (SQLite has one writer anyway)."""
    if connection.dialect.name == "sqlite":
        return
    table = record_tables[KIND]
    for start in range(0, len(keys), _CHUNK):
        chosen = sa.select(table.c.row_id).where(table.c.key.in_(keys[start : start + _CHUNK]))
        connection.execute(chosen.order_by(table.c.row_id).with_for_update())


def _merged(
    connection: sa.Connection,
    ws: Workspace,
    part: Delivery,
    known: pd.DataFrame,
    touched: frozenset[str],
) -> tuple[Delivery, pd.DataFrame]:
    """Return the delivery after the merge, and its table with all columns of the kind."""
    table = _said(part)
    worked_on = table["key"].isin(touched).to_numpy(dtype=bool)
    versions = versions_of(connection, table.loc[worked_on, "key"].astype(str).tolist())
    findings: list[Finding] = []
    rows = []
    worked = np.flatnonzero(worked_on).tolist()
    for position, row in zip(worked, plain_rows(KIND, table[worked_on]), strict=True):
        history = versions[row["key"]]
        said = {**row, "state": _word(row)}
        merged = merge(said, history, [name for name in COLUMNS if name in row])
        findings += _conflicts(part, position, merged, ws)
        if not merged.refused:
            kept = {name: history[-1][name] for name in COLUMNS if name in row}
            same = {name: row[name] for name in ("number", "key", "source")}
            rows.append({**kept, **merged.taken, **same})
    bad = rejected(findings, len(table))
    part = rejecting(part, findings, bad)
    names = [name for name in table.columns if name in (*COLUMNS, "number", "key", "source")]
    whole = table.loc[~worked_on, names]
    if rows:
        whole = pd.concat(
            [whole.astype("object"), pd.DataFrame(rows, columns=names, dtype="object")],
            ignore_index=True,
        )
    return part, _with_states(with_kept_columns(KIND, whole, known))


def _said(part: Delivery) -> pd.DataFrame:
    """Return the table with only those columns of which the file says something."""
    silent = [
        name
        for name in COLUMNS
        if name in part.table and name not in part.given and part.table[name].isna().all()
    ]
    return part.table.drop(columns=silent)


def _word(row: Mapping[str, Any]) -> Any:
    """Return a row's state for comparing: as code when closed, else the bureau's word."""
    found = said_state(row.get("state"), row.get("closed_at"))
    return str(found) if found is State.CLOSED else row.get("state")


def _with_states(table: pd.DataFrame) -> pd.DataFrame:
    """Bring the bureau's words for a state to riskmap's; a moment of closing decides."""
    return table.assign(state=np.array([str(one) for one in states_of(table)], dtype=object))


def _conflicts(part: Delivery, position: int, merged: Merged, ws: Workspace) -> list[Finding]:
    """Return the findings of one row: refused with both values, or a note of what was kept."""
    zone, at = ws.settings.zone, np.array([position], dtype=np.int64)
    found = []
    for name, (file, here) in merged.refused.items():
        shown = np.array([shown_value(name, file, zone)], dtype=object)
        text = f"文件与系统中后来办理的不一致：系统中为“{shown_value(name, here, zone)}”，"
        text += "请在系统中办理，或核对后改正文件"
        found.append(Finding(at, part.labels.get(name, name), shown, text))
    if merged.kept and not merged.refused:
        columns = "、".join(part.labels.get(name, name) for name in merged.kept)
        shown = np.array([str(part.table["key"].iloc[position])], dtype=object)
        text = f"文件比系统旧，保留系统中后来办理的内容：{columns}"
        found.append(Finding(at, part.labels.get("number"), shown, text, "note"))
    return found


def _stamped(
    fresh: pd.DataFrame, known: pd.DataFrame, touched: frozenset[str], now: datetime
) -> pd.DataFrame:
    """Give new versions their number, and a start to those that people have worked on.

    What only files speak of holds throughout (no `held_from`): its own columns say when what
    happened. A merged version holds from now on, or from the closing that the file reports,
    but never before the version it follows.
    """
    before = known.set_index("key").reindex(fresh["key"].to_numpy())
    version = before["version"].fillna(0).to_numpy() + 1
    held: list[datetime | None] = []
    for key, closed, was_closed, since in zip(
        fresh["key"], fresh["closed_at"], before["closed_at"], before["held_from"], strict=True
    ):
        if key not in touched:
            held.append(None)
            continue
        start = closed if pd.notna(closed) and pd.isna(was_closed) else pd.Timestamp(now)
        held.append(start if pd.isna(since) else max(start, since))
    return fresh.assign(version=version, held_from=np.array(held, dtype=object))


def _store_steps(
    connection: sa.Connection,
    actor: Actor,
    file: str,
    rows: Sequence[Mapping[str, Any]],
    known: pd.DataFrame,
) -> dict[str, dict[str, Any] | None]:
    """Write one step per stored version; return what changed by number, None for a new danger."""
    keys = {row["key"] for row in rows}
    before = {row["key"]: row for row in plain_rows(KIND, known[known["key"].isin(list(keys))])}
    steps, changed = [], dict[str, dict[str, Any] | None]()
    for row in rows:
        earlier = before.get(row["key"])
        changes = None if earlier is None else changes_between(earlier, row)
        changed[row["key"]] = changes
        old = None if earlier is None else state_of(earlier["state"], earlier["closed_at"])
        steps.append(
            {
                "number": row["key"],
                "version": row["version"],
                "action": IMPORT,
                "state_before": None if old is None else str(old),
                "state_after": row["state"],
                "held_at": row["held_from"] or row["found_at"],
                "learnt_at": row["learnt_at"],
                "actor": actor.login,
                "actor_name": actor.name,
                "comment": f"来自文件 {file}",
                "changes": changes or {},
            }
        )
    if steps:
        connection.execute(sa.insert(danger_steps), steps)
    return changed
