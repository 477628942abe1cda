"""Publishing: which revision of a day the committee has approved."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import LOCAL, Actor
from riskmap.access.policy import authorise
from riskmap.daily.learning import refuse_less_known
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.records.storing import queue_writers
from riskmap.storage.database import days, publications
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class Published:
    """The revision that is published, and whether it was already."""

    date: date
    revision: int
    already: bool


LONGEST_NAME = 100


def approver(by: str) -> str:
    """Return who approves, by name or post, in one line.

    Raises
    ------
    RiskmapError
        Nobody is named, or the text is longer than any name.
    """
    name = " ".join(by.split())
    if not name:
        raise RiskmapError("没有写明发布人", "", "用 --by 写明姓名或岗位")
    if len(name) > LONGEST_NAME:
        raise RiskmapError("发布人太长", f"{len(name)} 字", f"姓名或岗位最多 {LONGEST_NAME} 字")
    return name


def publish_day(
    ws: Workspace, day: date, *, now: datetime, by: str, actor: Actor = LOCAL
) -> Published:
    """Publish the newest revision of a day; what was published before is kept beside it.

    Raises
    ------
    NotFoundError
        If the day was never computed.
    RiskmapError
        If nobody is named, or another revision counted facts that the newest does not know.
    SignInError, ForbiddenError
        The actor may not publish.
    """
    authorise(actor, "day.publish")
    name = approver(by)
    with ws.write() as connection:
        queue_writers(connection)
        newest = connection.execute(
            sa.select(days.c.id, days.c.revision)
            .where(days.c.date == day)
            .order_by(days.c.revision.desc())
            .limit(1)
        ).one_or_none()
        if newest is None:
            raise NotFoundError(
                "没有这一天的成果", day.isoformat(), f"先运行 riskmap daily --date {day}"
            )
        known = connection.execute(
            sa.select(publications.c.day_id).where(publications.c.day_id == newest.id)
        ).one_or_none()
        if known is None:
            refuse_less_known(connection, ws, day, newest.revision)
            connection.execute(
                sa.insert(publications).values(
                    day_id=newest.id, published_at=now, published_by=name
                )
            )
            subject = f"day:{day}#{newest.revision}"
            after = {"by": name}
            audit.append(connection, actor, "day.publish", subject, now=now, after=after)
    return Published(day, newest.revision, known is not None)
