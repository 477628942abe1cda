"""What a file changed, in the audit: one row for the file, then its changes with before and after.

Records that are new need no before: how many they are and from which key to which says enough.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.records.entry_history import plain
from riskmap.records.frames import plain_rows
from riskmap.storage.database import RECORD_COLUMNS

Changes = Mapping[str, Mapping[str, Sequence[Any]]]
"""{key: {field: (before, after)}} of the records that were known, plain JSON values."""

ROWS_EACH = 500
"""Changed records spelled out in one row of the audit, so that none grows beyond reading."""


def append_file(
    connection: sa.Connection,
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    told: Mapping[str, Any],
    keys: Sequence[str],
    changes: Changes,
) -> None:
    """Append the row of a file, then rows with what it changed: only fields that differ.

    Parameters
    ----------
    told
        What the file's own row says after: counts and digest.
    keys
        Of every record that was stored, new ones too.
    """
    new = sorted(key for key in keys if key not in changes)
    after = dict(told)
    if new:
        after["new"] = {"count": len(new), "first": new[0], "last": new[-1]}
    audit.append(connection, actor, action, subject, now=now, after=after)
    changed = sorted(changes)
    for start in range(0, len(changed), ROWS_EACH):
        part = changed[start : start + ROWS_EACH]
        audit.append(
            connection,
            actor,
            action,
            subject,
            now=now,
            before={key: _side(changes[key], 0) for key in part},
            after={key: _side(changes[key], 1) for key in part},
        )


def changes_of(kind: str, rows: Sequence[Mapping[str, Any]], known: pd.DataFrame) -> Changes:
    """Return what stored rows say otherwise than was known (`read_records`)."""
    names = tuple(RECORD_COLUMNS[kind])
    stored = known[known["key"].isin([row["key"] for row in rows])]
    before = {row["key"]: row for row in plain_rows(kind, stored)}
    return {
        row["key"]: {
            name: (plain(earlier[name]), plain(row[name]))
            for name in names
            if row[name] != earlier[name]
        }
        for row in rows
        if (earlier := before.get(row["key"])) is not None
    }


def _side(changed: Mapping[str, Sequence[Any]], side: int) -> dict[str, Any]:
    return {name: pair[side] for name, pair in changed.items()}
