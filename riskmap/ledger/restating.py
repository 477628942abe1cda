"""Earlier periods of a danger stated again: facts corrected, taken back, or made to count again.

A past moment is read from the versions known (`riskmap.records.reading.read_records`), so what was
wrong from the beginning has to be said anew of every period since then.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from riskmap.ledger.effects import HELD_THROUGHOUT
from riskmap.ledger.states import State
from riskmap.ledger.versions import Danger, periods


def restated(
    connection: sa.Connection, danger: Danger, record: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the earlier periods as they are known after an action, oldest first.

    A corrected fact holds for each of them. What is void was never there: each is void. What
    counts again was there all along: each is what it was before it became void. None when the
    action says nothing of the past.

    Parameters
    ----------
    danger, record
        The danger before the action, and all its columns after it.
    """
    if record["state"] == State.VOID != danger.state:
        rows = periods(connection, danger.number)
        changes: dict[str, Any] = {"state": str(State.VOID), "closed_at": None}
    elif danger.state is State.VOID != record["state"]:
        step = danger.last("void")
        rows = [] if step is None else periods(connection, danger.number, step.version)
        changes = {name: record[name] for name in HELD_THROUGHOUT}
    else:
        changes = {
            name: record[name] for name in HELD_THROUGHOUT if record[name] != danger.record[name]
        }
        rows = periods(connection, danger.number) if changes else []
    rows = [
        {**one, **changes, "number": danger.number}
        for one in rows
        if one["held_from"] < record["held_from"]
    ]
    if rows and record["found_at"] < rows[0]["held_from"]:
        rows.insert(0, {**rows[0], "held_from": record["found_at"]})
    return rows
