"""What is due soon at this moment, for a page that is opened all day long.

The same answer as `riskmap.ledger.reminders.due_soon` for today, from the dangers that are open
and near their day alone: at 20,000 dangers that one reads all of them, which takes seconds.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from riskmap.ledger.danger_list import latest_rows, not_done
from riskmap.ledger.deadlines import due_of
from riskmap.ledger.reminders import Reminder, reminder_of, stage_on
from riskmap.ledger.workdays import calendar_of
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace

NEAR = timedelta(days=40)
"""More than seven days and the longest holiday together."""


def due_now(ws: Workspace, now: datetime) -> list[Reminder]:
    """Return the open dangers that are due within seven days or late, the most overdue first."""
    scheme, calendar, zone = scheme_in_use(ws), calendar_of(ws), ws.settings.zone
    today = now.astimezone(zone).date()
    latest = latest_rows(now)
    own = sa.func.coalesce(latest.c.deadline, latest.c.listed_until)
    query = sa.select(latest).where(not_done(latest), sa.or_(own.is_(None), own <= today + NEAR))
    with ws.read() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    reminders = []
    for row in rows:
        due = due_of(row, scheme, zone)
        stage = stage_on(due, today, calendar)
        if stage is not None:
            reminders.append(reminder_of(row, due, today, stage, calendar))
    return sorted(reminders, key=lambda one: (one.due, one.number))
