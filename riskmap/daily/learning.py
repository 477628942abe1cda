"""What a revision of a day knew: a look-back never takes the place of one that knew more."""

from datetime import date, datetime

import sqlalchemy as sa

from riskmap.canonical import iso
from riskmap.errors import LookBackError, RiskmapError
from riskmap.records.duties import last_received
from riskmap.records.reading import latest_learnt_at
from riskmap.storage.database import days
from riskmap.weekly.feeding import last_published
from riskmap.workspace import Workspace


def last_learnt(ws: Workspace, day: date, at: datetime, until: datetime) -> datetime | None:
    """Return when the newest fact was learnt of those known at `until` that can count on a day.

    `at` is the moment that the day is judged for. None where nothing was known yet.
    """
    found = (
        latest_learnt_at(ws, until),
        last_received(ws, at, until),
        last_published(ws, day, until),
    )
    return max((one for one in found if one is not None), default=None)


def refuse_look_back(
    connection: sa.Connection, ws: Workspace, day: date, as_of: datetime | None
) -> None:
    """Raise where a stored revision of the day knows of moments after `as_of` (None: all is known).

    Raises
    ------
    LookBackError
        There is such a revision.
    """
    if as_of is None:
        return
    query = sa.select(days.c.revision, days.c.known_until)
    query = query.where(days.c.date == day, days.c.known_until > as_of)
    newest = connection.execute(query.order_by(days.c.revision.desc()).limit(1)).one_or_none()
    if newest is not None:
        raise look_back_error(ws, as_of, newest.revision, newest.known_until)


def look_back_error(
    ws: Workspace, as_of: datetime, revision: int, known_until: datetime
) -> LookBackError:
    """Return why a result as of a moment is not stored: a revision knows more than that."""
    zone = ws.settings.zone
    return LookBackError(
        "回看只显示，不入库",
        f"只计到 {iso(as_of.astimezone(zone))}",
        f"第 {revision} 版计到 {iso(known_until.astimezone(zone))}，仍以它为准",
    )


def refuse_less_known(connection: sa.Connection, ws: Workspace, day: date, revision: int) -> None:
    """Raise where another revision of the day counted facts that this one does not know.

    Raises
    ------
    RiskmapError
        There is such a revision.
    """
    query = sa.select(days.c.revision, days.c.at, days.c.known_until).where(days.c.date == day)
    rows = {row.revision: row for row in connection.execute(query)}
    own = rows[revision]
    for row in rows.values():
        if row.known_until <= own.known_until:
            continue
        learnt = last_learnt(ws, day, own.at, row.known_until)
        if learnt is not None and learnt > own.known_until:
            zone = ws.settings.zone
            raise RiskmapError(
                "最新一稿比已有的知道得少，不能发布",
                f"第 {revision} 版只计到 {iso(own.known_until.astimezone(zone))}，"
                f"第 {row.revision} 版计到 {iso(row.known_until.astimezone(zone))}",
                f"先运行 riskmap daily --date {day}",
            )
