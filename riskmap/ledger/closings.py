"""When dangers were closed or void, and when somebody entered that; also those opened again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.ledger.states import NOT_YET_ASSIGNED, State
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


def voidings(ws: Workspace, known_until: datetime | None = None) -> dict[str, datetime]:
    """Return number → when it was last entered that a danger is void, of those once assigned."""
    at, other = danger_steps.alias(), danger_steps.alias()
    begun = sa.exists().where(
        other.c.number == at.c.number,
        other.c.version < at.c.version,
        other.c.state_after.not_in([str(one) for one in (*NOT_YET_ASSIGNED, State.VOID)]),
    )
    query = sa.select(at.c.number, sa.func.max(at.c.learnt_at))
    query = query.where(at.c.state_after == str(State.VOID), begun).group_by(at.c.number)
    return _moments(ws, query, at.c.learnt_at, known_until)


def reported(
    ws: Workspace, since: datetime, known_until: datetime | None = None
) -> dict[str, datetime]:
    """Return number → when a danger was first entered, of those first entered after `since`."""
    first = sa.func.min(danger_steps.c.learnt_at)
    query = sa.select(danger_steps.c.number, first).group_by(danger_steps.c.number)
    return _moments(ws, query.having(first > since), danger_steps.c.learnt_at, known_until)


def _moments(
    ws: Workspace,
    query: "sa.Select[str, datetime]",
    learnt_at: "sa.ColumnElement[datetime]",
    known_until: datetime | None,
) -> dict[str, datetime]:
    if known_until is not None:
        query = query.where(learnt_at <= known_until)
    with ws.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


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
