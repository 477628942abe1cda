"""Sessions of browsers: kept on the server, named by a cookie whose value is stored nowhere.

`sign_in` stands in `riskmap.access.signing_in`.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.access.tables import sessions, users
from riskmap.access.users import User, end_sessions, row_of, user_of
from riskmap.errors import NotFoundError
from riskmap.settings import AccessSettings
from riskmap.workspace import Workspace

SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written; a shorter idle limit is met more finely."""

LONGEST_AGENT = 200
OLDEST_FORM = timedelta(days=1)


@dataclass(frozen=True)
class Session:
    """An open session. `csrf` goes into every form; `ends_at` is the absolute limit."""

    digest: str
    user_id: int
    csrf: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str
    must_change: bool


def open_session(
    connection: sa.Connection,
    user: User,
    *,
    address: str,
    agent: str,
    settings: AccessSettings,
    now: datetime,
) -> tuple[str, Session]:
    """Open a session in the caller's transaction; return the cookie's value (256 bits) and it.

    Whoever calls this has made sure who asks: `riskmap.access.signing_in` by password,
    `riskmap.access.single_sign_on` by a checked ID token.
    """
    cookie = secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(sessions).values(
            digest=digest_of(cookie), user_id=user.id, csrf=secrets.token_urlsafe(32),
            created_at=now, seen_at=now, address=address, agent=_plain(agent),
        )
    )  # fmt: skip
    row = connection.execute(
        sa.select(sessions).where(sessions.c.digest == digest_of(cookie))
    ).one()
    return cookie, _session(row, user, settings)


def actor_of(
    ws: Workspace, cookie: str, *, address: str, now: datetime
) -> tuple[Actor, Session] | None:
    """Return who asks with this cookie, None when it is not (or no longer) valid.

    A session ends when it was idle for `access.idle_minutes`, is older than
    `access.absolute_hours`, was signed out or revoked, or its account was disabled. The account
    is read each time, so that a changed role counts at once.
    """
    limits = ws.settings.access
    digest = digest_of(cookie)
    with ws.read() as connection:
        found = _open_row(connection, digest)
    if found is None or _over(found[0], limits, now):
        return None
    row, user = found
    idle = timedelta(minutes=limits.idle_minutes)
    if now - row.seen_at >= min(SEEN_EVERY, idle / 30):
        with ws.write() as connection:
            still_open = (sessions.c.digest == digest) & sessions.c.ended_at.is_(None)
            seen = sa.update(sessions).where(still_open).values(seen_at=now)
            if connection.execute(seen).rowcount == 0:
                return None
    return user.actor(address), _session(row, user, limits)


def sign_out(ws: Workspace, cookie: str, *, address: str, now: datetime) -> None:
    """End the session of a cookie; one that is not open any more is let be."""
    digest = digest_of(cookie)
    with ws.write() as connection:
        found = _open_row(connection, digest)
        if found is None:
            return
        _end(connection, digest, now)
        user = found[1]
        audit.append(connection, user.actor(address), "sign-out", f"user:{user.login}", now=now)


def own_sessions(ws: Workspace, actor: Actor, *, now: datetime) -> list[Session]:
    """Return the actor's own open sessions, newest first."""
    authorise(actor, "account.own")
    mine = sessions.c.user_id == actor.user_id
    with ws.read() as connection:
        user = user_of(row_of(connection, actor.login))
        query = sa.select(sessions).where(mine, sessions.c.ended_at.is_(None))
        rows = connection.execute(query.order_by(sessions.c.created_at.desc())).all()
    limits = ws.settings.access
    return [_session(row, user, limits) for row in rows if not _over(row, limits, now)]


def end_own_session(ws: Workspace, actor: Actor, digest: str, *, now: datetime) -> None:
    """End one of the actor's own sessions, for instance on a telephone that was lost.

    Raises
    ------
    NotFoundError
        The actor has no such session.
    """
    authorise(actor, "account.own")
    with ws.write() as connection:
        found = _open_row(connection, digest)
        if found is None or found[1].id != actor.user_id:
            raise NotFoundError("没有这个会话", "", "它可能已经结束，刷新页面再看")
        _end(connection, digest, now)
        audit.append(connection, actor, "session.end", f"user:{actor.login}", now=now)


def end_user_sessions(ws: Workspace, actor: Actor, login: str, *, now: datetime) -> int:
    """End every session of an account (administrator); return how many there were."""
    authorise(actor, "user.manage")
    with ws.write() as connection:
        row = row_of(connection, login, lock=True)
        ended = end_sessions(connection, row.id, now)
        audit.append(
            connection, actor, "session.end", f"user:{login}", now=now, after={"ended": ended}
        )
    return ended


def is_own_form(ws: Workspace, user_id: int, csrf: str, *, now: datetime) -> bool:
    """Say whether a form was shown to the same person in a session of the last day.

    Somebody who was signed out while typing signs in again and sends the form as it stands.
    """
    mine = (sessions.c.user_id == user_id) & (sessions.c.csrf == csrf)
    recent = sessions.c.created_at > now - OLDEST_FORM
    with ws.read() as connection:
        found = connection.execute(sa.select(sessions.c.digest).where(mine, recent)).first()
    return found is not None


def digest_of(secret: str) -> str:
    """Return what is stored of a secret with 256 random bits: its sha256 needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _open_row(connection: sa.Connection, digest: str) -> tuple[Any, User] | None:
    """Return the session and the account behind a digest; None when ended or disabled."""
    row = connection.execute(
        sa.select(sessions).where(sessions.c.digest == digest, sessions.c.ended_at.is_(None))
    ).first()
    if row is None:
        return None
    account = connection.execute(sa.select(users).where(users.c.id == row.user_id)).one()
    return None if account.disabled_at is not None else (row, user_of(account))


def _end(connection: sa.Connection, digest: str, now: datetime) -> None:
    connection.execute(sa.update(sessions).where(sessions.c.digest == digest).values(ended_at=now))


def _over(row: Any, limits: AccessSettings, now: datetime) -> bool:
    """Say whether a session is past its idle or its absolute limit."""
    idle_until: datetime = row.seen_at + timedelta(minutes=limits.idle_minutes)
    ends_at: datetime = row.created_at + timedelta(hours=limits.absolute_hours)
    return now >= min(idle_until, ends_at)


def _session(row: Any, user: User, limits: AccessSettings) -> Session:
    return Session(
        row.digest, row.user_id, row.csrf, row.created_at, row.seen_at,
        row.created_at + timedelta(hours=limits.absolute_hours), row.address, row.agent,
        user.must_change_password,
    )  # fmt: skip


def _plain(agent: str) -> str:
    """Return what a browser says of itself, cut and without control characters."""
    shown = "".join(character for character in agent if character.isprintable())
    return shown[:LONGEST_AGENT]
