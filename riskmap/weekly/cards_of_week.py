"""The card of each town that a reader of a week sees beside it."""

from typing import Any

import sqlalchemy as sa

from riskmap.weekly.stored import StoredWeek
from riskmap.workspace import Workspace


def cards_by_town(
    connection: sa.Connection, ws: Workspace, found: StoredWeek
) -> dict[str, dict[str, Any]]:
    """Return number, card, state and answer_due by town."""
    return {}
