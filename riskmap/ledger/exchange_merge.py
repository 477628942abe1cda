"""What a file says of dangers that people have since worked on: three versions side by side.

A danger that only files ever spoke of is what the newest file says. One that was acted on in
riskmap is merged column by column:

* the file says what is known, or nothing: nothing happens;
* the file says what was known earlier (a bureau sends its full table every day): what was done
  since in riskmap stays, and the row says so in a note;
* the file says something new, and nobody changed that column here since the last file: taken;
* both sides changed it: the row is refused and shows both values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

import pandas as pd
import sqlalchemy as sa

from riskmap.ledger.states import NOT_RECTIFIED, STATE_ZH, State
from riskmap.ledger.tables import danger_steps
from riskmap.ledger.versions import LEDGER_FILE, state_of
from riskmap.storage.database import RECORD_COLUMNS, record_tables

KIND = "hidden_dangers"
IMPORT = "import"
BOOKKEEPING = ("number", "version", "held_from")
"""Columns of a version that no file decides."""
ASKED = ("extension_until", "extension_asked_by")
"""Columns of a request to put off the deadline: only who signed in asks, in the ledger."""

_OPEN_WORDS = frozenset({"未整改", "待整改", "整改中", "未销号", "未闭环", "未办结", "未完成"})
_CHUNK = 400


@dataclass(frozen=True)
class Merged:
    """One row after the merge: `taken` values to store, `kept` and `refused` columns.

    `kept` are the columns in which the file is older than riskmap, `refused` those in which
    both sides say something new: {column: (file, riskmap)}.
    """

    taken: Mapping[str, Any]
    kept: tuple[str, ...] = ()
    refused: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def acted_on(connection: sa.Connection) -> frozenset[str]:
    """Return the numbers of all dangers with a step that no file made."""
    query = sa.select(danger_steps.c.number).where(danger_steps.c.action != IMPORT).distinct()
    return frozenset(connection.execute(query).scalars())


def versions_of(
    connection: sa.Connection, keys: Sequence[str]
) -> Mapping[str, list[Mapping[str, Any]]]:
    """Return every stored version of each key, oldest first."""
    table, found = record_tables[KIND], dict[str, list[Mapping[str, Any]]]()
    for start in range(0, len(keys), _CHUNK):
        query = sa.select(table).where(table.c.key.in_(keys[start : start + _CHUNK]))
        rows = connection.execute(query.order_by(table.c.learnt_at, table.c.row_id)).mappings()
        for row in rows:
            found.setdefault(row["key"], []).append(dict(row))
    return found


def merge(
    said: Mapping[str, Any], versions: Sequence[Mapping[str, Any]], columns: Iterable[str]
) -> Merged:
    """Merge what a file says of one danger with what is known of it.

    Parameters
    ----------
    said
        Typed values of the file's row.
    versions
        Every version stored, oldest first; the last one is what is known.
    columns
        Columns that the file has.
    """
    known = versions[-1]
    files = [one for one in versions if not str(one["source"]).startswith(f"{LEDGER_FILE}:")]
    taken: dict[str, Any] = {}
    kept: list[str] = []
    refused: dict[str, tuple[Any, Any]] = {}
    for name in columns:
        value = said.get(name)
        if name in BOOKKEEPING or value is None or _same(name, value, known[name]):
            continue
        if any(_same(name, value, one[name]) for one in versions):
            kept.append(name)
        elif files and _same(name, files[-1][name], known[name]):
            taken[name] = value
        else:
            refused[name] = (value, known[name])
    return Merged(taken, tuple(kept), refused)


def said_state(word: object, closed_at: object) -> State | None:
    """Return the state that a file's word means, None where it says nothing."""
    if word is None and closed_at is None:
        return None
    return state_of(word, closed_at)


def shown_value(name: str, value: Any, zone: tzinfo) -> str:
    """Return a value as the clerk writes it.

    >>> shown_value("state", "rectified", None)
    '已整改'
    """
    if value is None:
        return "空"
    if name == "state":
        return STATE_ZH[state_of(value, None if value != State.CLOSED else value)]
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _same(name: str, value: Any, other: Any) -> bool:
    """Tell whether two values say the same; the bureau's 整改中 covers every state before it.

    A file's times end at the second, riskmap's at the microsecond.
    """
    if isinstance(value, datetime) and isinstance(other, datetime):
        return value.replace(microsecond=0) == other.replace(microsecond=0)
    if name != "state":
        return bool(value == other)
    if value in _OPEN_WORDS:
        return other is not None and state_of(other) in NOT_RECTIFIED
    return _state(value) == _state(other)


def _state(value: Any) -> State | None:
    if value is None:
        return None
    return State.CLOSED if value == State.CLOSED else state_of(value)


def states_of(rows: pd.DataFrame) -> list[State]:
    """Return the states of dangers (k,) from their words and their moments of closing."""
    return [
        state_of(None if pd.isna(word) else word, None if pd.isna(closed) else closed)
        for word, closed in zip(rows["state"], rows["closed_at"], strict=True)
    ]


COLUMNS = tuple(name for name in RECORD_COLUMNS[KIND] if name not in (*BOOKKEEPING, *ASKED))
"""Columns of which a file may say something."""
