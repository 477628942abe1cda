"""What a file may not do to a deadline: put it off for one person, or say who asked for that.

Later deadlines take two people who are signed in (`extend_ask`, `extend_approve`). A person who
sends a file is one. Whoever has the machine brings the bureau's own table, which is the source.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from layers.checks.findings import Finding, find, shown
from riskmap.access.actors import Actor
from riskmap.ledger.exchange_merge import ASKED, KIND, states_of
from riskmap.ledger.states import NOT_YET_ASSIGNED
from riskmap.ledger.tables import danger_steps
from riskmap.records.dangers import due_dates
from riskmap.records.delivery import Delivery, rejecting
from riskmap.records.frames import plain_rows, typed_frame
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace

_MOVERS = ("deadline", "listed_until", "term", "found_at")
_CHUNK = 400
NOT_BY_FILE = "申请延期须由申请人登录提出，不取文件中的"


def without_asked(part: Delivery, known: pd.DataFrame) -> Delivery:
    """Return a delivery that says nothing of requests to put off a deadline.

    A note names the rows that said something else than is known; our own export says the same.
    """
    table = part.table
    said = [name for name in ASKED if name in table]
    if not said:
        return part
    spoken = table[said].notna().any(axis=1).to_numpy(dtype=bool)
    rows = plain_rows(KIND, table.loc[spoken, ["key", *said]])
    stored = known.loc[known["key"].isin([row["key"] for row in rows]), ["key", *said]]
    before = {row["key"]: row for row in plain_rows(KIND, stored)}
    findings = []
    for name in said:
        other = np.zeros(len(table), dtype=bool)
        other[np.flatnonzero(spoken)] = [
            row[name] is not None and row[name] != before.get(row["key"], {}).get(name)
            for row in rows
        ]
        label, values = part.labels.get(name, name), table[name].astype("object")
        findings += find(other, label, values, NOT_BY_FILE, "note")
    part = rejecting(part, findings, np.zeros(len(table), dtype=bool))
    return replace(part, table=part.table.drop(columns=said))


def without_put_off(
    connection: sa.Connection,
    ws: Workspace,
    actor: Actor,
    part: Delivery,
    *,
    table: pd.DataFrame,
    known: pd.DataFrame,
) -> tuple[Delivery, pd.DataFrame]:
    """Reject the rows by which one person would put off what somebody already has to do.

    Parameters
    ----------
    table
        The delivery as it would be stored, every column of the kind.
    known
        The latest version of every danger.
    """
    if actor.local or table.empty:
        return part, table
    later, said, before = _later(ws, table, known)
    keys = later.index[later].astype(str).tolist()
    late = _assigned(connection, keys, before)
    if not late:
        return part, table
    bad = part.table["key"].isin(late).to_numpy(dtype=bool)
    findings = [
        _finding(part, position, said.loc[key], before.loc[key])
        for position, key in zip(
            np.flatnonzero(bad).tolist(), part.table.loc[bad, "key"], strict=True
        )
    ]
    return rejecting(part, findings, bad), table[~table["key"].isin(late)].reset_index(drop=True)


def _later(
    ws: Workspace, table: pd.DataFrame, known: pd.DataFrame
) -> "tuple[pd.Series[bool], pd.DataFrame, pd.DataFrame]":
    """Return by key which known dangers would be due later, and both versions with `due`."""
    chosen = table[table["key"].isin(known["key"])]
    chosen = chosen.assign(delivery_id=0, learnt_at=pd.Series(pd.NaT, index=chosen.index))
    said = typed_frame(KIND, chosen).set_index("key", drop=False)
    before = known.set_index("key", drop=False).loc[said.index]
    scheme, zone = scheme_in_use(ws), ws.settings.zone
    said = said.assign(due=due_dates(said, zone, scheme))
    before = before.assign(due=due_dates(before, zone, scheme))
    return said["due"] > before["due"], said, before


def _assigned(connection: sa.Connection, keys: Sequence[str], known: pd.DataFrame) -> set[str]:
    """Return those dangers on which somebody ever had to act, by what is stored of them."""
    waiting = {None, *map(str, NOT_YET_ASSIGNED)}
    rows = known.loc[list(keys), ["assigned_at", "state", "closed_at"]]
    states = [str(one) for one in states_of(rows)]
    begun = rows["assigned_at"].notna() | ~pd.Series(states, index=rows.index).isin(list(waiting))
    found = set(rows.index[begun].astype(str))
    for start in range(0, len(keys), _CHUNK):
        steps = sa.select(
            danger_steps.c.number, danger_steps.c.state_before, danger_steps.c.state_after
        ).where(danger_steps.c.number.in_(keys[start : start + _CHUNK]))
        for number, *passed in connection.execute(steps):
            if not {None if one is None else str(one) for one in passed} <= waiting:
                found.add(number)
    return found


def _finding(
    part: Delivery, position: int, said: "pd.Series[Any]", before: "pd.Series[Any]"
) -> Finding:
    """Name the column that moves the day, with what the file says of it."""
    moved = (name for name in _MOVERS if name in part.given and not _same(said[name], before[name]))
    name = next(moved, "deadline")
    value = said[name]
    text = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value
    expected = f"现在的期限是 {before['due']:%Y-%m-%d}；期限改晚只能由一人申请延期、另一人批准"
    at = np.array([position], dtype=np.int64)
    return Finding(at, part.labels.get(name, name), shown([text]), expected)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or bool(pd.isna(one) and pd.isna(other))
