"""A kind of records is complete as of a moment: who says so, and which deliveries do.

Of most kinds a missing row says "nothing happened". A row that somebody typed in says that this
one thing happened, nothing of the rest; a file does, also an empty one, and so does the office
(of the kinds that are `STATED`). Of these a file with rejected rows does not: what they would have
said is not known.
"""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.access.tables import audit as audit_table
from riskmap.access.tables import users
from riskmap.errors import RiskmapError
from riskmap.records.storing import queue_writers
from riskmap.storage.database import deliveries
from riskmap.workspace import Workspace

STATED = ("hidden_dangers", "accidents", "special_periods", "responses")
"""Kinds of which a missing row reads as "none", and that people enter one by one."""
STATEMENT = "statement"
"""File name of the deliveries that statements make."""
ENTERED = (*STATED, "inspections", "commitments", "alarms")
"""Kinds of which single entries say nothing of the rest; files do, and devices for their alarms."""
ONE_BY_ONE = ("entry", "ledger")
"""File names of the deliveries that single entries make; of `ENTERED` they confirm nothing."""
ACTION = "record.complete"


@dataclass(frozen=True)
class Statement:
    """The last statement of a kind: when and by whom."""

    at: datetime
    by: str


def state_complete(ws: Workspace, actor: Actor, kind: str, *, now: datetime) -> Statement:
    """State that all records of a kind have been entered as of now.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not.
    RiskmapError
        The kind is not one that is stated: others come as files or from devices.
    """
    authorise(actor, ACTION)
    if kind not in STATED:
        raise RiskmapError("这类记录不用声明已报全", kind, "可用：" + " ".join(STATED))
    with ws.write() as connection:
        queue_writers(connection)
        append_statement(connection, actor, kind, now=now)
    return Statement(now, actor.name)


def append_statement(
    connection: sa.Connection, actor: Actor, kind: str, *, now: datetime, why: str | None = None
) -> None:
    """Append a statement in the transaction of an action that was authorised."""
    inserted = connection.execute(
        sa.insert(deliveries).values(
            kind=kind,
            file=STATEMENT,
            sha256="",
            delivered_at=now,
            accepted=0,
            changed=0,
            rejected=0,
        )
    )
    key = inserted.inserted_primary_key
    after = {"delivery": None if key is None else int(key[0]), "by": why}
    audit.append(connection, actor, ACTION, f"records:{kind}", now=now, after=after)


def last_statement(ws: Workspace, kind: str) -> Statement | None:
    """Return who last stated that a kind is complete, and when; None: nobody yet."""
    query = (
        sa.select(audit_table.c.at, sa.func.coalesce(users.c.name, audit_table.c.actor).label("by"))
        .outerjoin(users, users.c.login == audit_table.c.actor)
        .where(audit_table.c.subject == f"records:{kind}", audit_table.c.action == ACTION)
        .where(audit_table.c.result == audit.DONE)
        .order_by(audit_table.c.number.desc())
        .limit(1)
    )
    with ws.read() as connection:
        row = connection.execute(query).first()
    return None if row is None else Statement(row.at, row.by)


def leaves_open(kind: str, rejected: int) -> bool:
    """Say whether a file leaves open how its kind stands: some of its rows were rejected."""
    return kind in STATED and rejected > 0


def complete_deliveries(delivered: pd.DataFrame) -> pd.DataFrame:
    """Return the deliveries that say of their kind how it stood: files, statements, devices."""
    kind = delivered["kind"]
    entries = kind.isin(ENTERED) & delivered["file"].isin(ONE_BY_ONE)
    parts = kind.isin(STATED) & (delivered["rejected"] > 0)
    return delivered[~(entries | parts)]
