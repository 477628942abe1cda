"""When dangers were closed, and when somebody entered that; also those opened again since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.ledger.states import State
from riskmap.ledger.tables import danger_steps
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class Closing:
    """A danger closed at `closed_at`, entered at `entered_at` (for a file's row: the same)."""

    key: str
    closed_at: datetime
    entered_at: datetime


def closings(
    ws: Workspace, rows: Mapping[str, Mapping[str, Any]], known_until: datetime | None = None
) -> list[Closing]:
    """Return every closing known: those done in riskmap, then those that only a file reports.

    Parameters
    ----------
    rows
        The latest version of every danger by key.
    """
    done = [
        Closing(number, held_at, learnt_at)
        for number, held_at, learnt_at in _steps(ws, "close", known_until)
        if number in rows
    ]
    here = {closing.key for closing in done}
    files = [
        Closing(key, row["closed_at"], row["closed_at"])
        for key, row in rows.items()
        if row["closed_at"] is not None and key not in here
    ]
    return [*done, *files]


def reopenings(ws: Workspace, known_until: datetime | None = None) -> list[tuple[str, datetime]]:
    """Return (number, moment) of every danger opened again after it was closed.

    What was void and counts again was not closed in between.
    """
    steps = _steps(ws, "reopen", known_until, before=State.CLOSED)
    return [(number, held_at) for number, held_at, _ in steps]


def _steps(
    ws: Workspace, action: str, known_until: datetime | None, before: State | None = None
) -> list[tuple[str, datetime, datetime]]:
    query = sa.select(danger_steps.c.number, danger_steps.c.held_at, danger_steps.c.learnt_at)
    query = query.where(danger_steps.c.action == action).order_by(danger_steps.c.id)
    if before is not None:
        query = query.where(danger_steps.c.state_before == str(before))
    if known_until is not None:
        query = query.where(danger_steps.c.learnt_at <= known_until)
    with ws.read() as connection:
        rows = connection.execute(query)
        return [(row.number, row.held_at, row.learnt_at) for row in rows]
