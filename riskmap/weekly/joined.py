"""What is joined to a stored week when it is read: cards beside the towns, late deliveries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.canonical import iso
from riskmap.storage.database import record_tables
from riskmap.weekly.cards.deciding import cards_beside
from riskmap.weekly.stored import StoredWeek
from riskmap.workspace import Workspace


def cards_by_town(
    connection: sa.Connection, ws: Workspace, found: StoredWeek
) -> dict[str, dict[str, Any]]:
    """Return number, card, state and answer_due (None: nothing is due) by town."""
    zone = ws.settings.zone
    return {
        town: {
            "number": card.number,
            "card": card.card,
            "state": str(card.state),
            "answer_due": iso(card.answer_due),
        }
        for town, card in cards_beside(connection, found.week, found.at.astimezone(zone)).items()
    }


def mark_late(connection: sa.Connection, document: Mapping[str, Any], found: StoredWeek) -> None:
    """Mark the departments of a week document whose numbers came after it was computed.

    Such a number is no part of the revision; readers are told that it has come.
    """
    late = _came_later(connection, found)
    own = {
        one["code"]: one["department"]
        for one in document["indicators"]
        if one["origin"] == "department"
    }
    tardy = {own[code] for code in late if code in own}
    for department in document["departments"]:
        department["late"] = department["name"] in tardy


def _came_later(connection: sa.Connection, found: StoredWeek) -> dict[str, datetime]:
    """Return when numbers of the week came in after the revision's moment, by indicator."""
    table = record_tables["indicators"]
    query = (
        sa.select(table.c.indicator, sa.func.max(table.c.learnt_at))
        .where(table.c.week == found.week, table.c.learnt_at > found.known_until)
        .group_by(table.c.indicator)
    )
    return {str(code): when for code, when in connection.execute(query)}
