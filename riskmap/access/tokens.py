"""Tokens of machines: scoped, shown once, stored hashed, expiring."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.account_checks import LONGEST_NAME, check_town
from riskmap.access.actors import Actor, Role
from riskmap.access.policy import RULES, authorise
from riskmap.access.sessions import digest_of
from riskmap.access.tables import tokens
from riskmap.errors import FieldsError, NotFoundError, SignInError
from riskmap.workspace import Workspace

PREFIX = "rm_"
MOST_DAYS = 366
SEEN_EVERY = timedelta(minutes=1)
_TEXT = re.compile(r"rm_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Token:
    """A token without its text; `town` limits what it may act on, None is the whole district."""

    id: int
    name: str
    scopes: tuple[str, ...]
    town: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    def valid(self, now: datetime) -> bool:
        """Say whether the token may be used at this moment."""
        return self.revoked_at is None and now < self.expires_at


def scopes_for_machines() -> tuple[str, ...]:
    """Return the actions that a token may be issued for."""
    return tuple(action for action, roles in RULES.items() if Role.MACHINE in roles)


def issue_token(
    ws: Workspace,
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    town: str | None = None,
    days: int,
    now: datetime,
) -> tuple[Token, str]:
    """Issue a token for a machine; its text is returned here and stored nowhere.

    Raises
    ------
    FieldsError
        Every field that cannot be taken.
    """
    authorise(actor, "token.manage")
    values = _checked(ws, name, scopes, town, days)
    text = PREFIX + secrets.token_urlsafe(32)
    with ws.write() as connection:
        row = connection.execute(
            sa.insert(tokens)
            .values(
                **values, digest=digest_of(text), created_at=now, created_by=actor.login,
                expires_at=now + timedelta(days=days),
            )
            .returning(*tokens.c)
        ).one()  # fmt: skip
        token = _token(row)
        audit.append(
            connection, actor, "token.issue", f"token:{token.id}", now=now,
            after=values | {"expires_at": token.expires_at.isoformat()},
        )  # fmt: skip
    return token, text


def actor_of_token(ws: Workspace, text: str, *, address: str, now: datetime) -> Actor:
    """Return the machine that asks with this token.

    Raises
    ------
    SignInError
        The token is unknown, revoked or has expired.
    """
    given = text.strip()
    with ws.read() as connection:
        row = None
        if _TEXT.fullmatch(given):
            query = sa.select(tokens).where(tokens.c.digest == digest_of(given))
            row = connection.execute(query).first()
    token = None if row is None else _token(row)
    if token is None or token.revoked_at is not None:
        raise SignInError("令牌无效", "", "向管理员要新的令牌")
    if not token.valid(now):
        raise SignInError("令牌已过期", token.expires_at.date().isoformat(), "向管理员要新的令牌")
    if token.used_at is None or now - token.used_at >= SEEN_EVERY:
        with ws.write() as connection:
            connection.execute(sa.update(tokens).where(tokens.c.id == token.id).values(used_at=now))
    return Actor(
        f"token:{token.id}", token.name, Role.MACHINE, town=token.town, scopes=token.scopes,
        address=address,
    )  # fmt: skip


def list_tokens(ws: Workspace, actor: Actor) -> list[Token]:
    """Return every token, expired and revoked ones too, newest first."""
    authorise(actor, "token.manage")
    with ws.read() as connection:
        rows = connection.execute(sa.select(tokens).order_by(tokens.c.id.desc())).all()
    return [_token(row) for row in rows]


def revoke_token(ws: Workspace, actor: Actor, number: int, *, now: datetime) -> Token:
    """Revoke a token: it is refused from now on.

    Raises
    ------
    NotFoundError
        There is no token of this number.
    """
    authorise(actor, "token.manage")
    with ws.write() as connection:
        row = connection.execute(
            sa.update(tokens)
            .where(tokens.c.id == number, tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(*tokens.c)
        ).first()
        if row is not None:
            audit.append(connection, actor, "token.revoke", f"token:{number}", now=now)
        else:
            row = connection.execute(sa.select(tokens).where(tokens.c.id == number)).first()
    if row is None:
        raise NotFoundError("没有这个令牌", number, "用 riskmap token list 查看全部令牌")
    return _token(row)


def _checked(
    ws: Workspace, name: str, scopes: Sequence[str], town: str | None, days: int
) -> dict[str, Any]:
    faults: dict[str, str] = {}
    shown = " ".join(name.split())
    if not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
        faults["name"] = f"填写用在哪里，最多 {LONGEST_NAME} 个字符"
    allowed = scopes_for_machines()
    wanted = list(dict.fromkeys(scopes))
    if not wanted or not set(wanted) <= set(allowed):
        faults["scopes"] = f"至少一个范围，可用的是 {'、'.join(allowed)}"
    if not 1 <= days <= MOST_DAYS:
        faults["days"] = f"有效天数应为 1–{MOST_DAYS}"
    code = None
    try:
        code = check_town(ws, town) if town else None
    except ValueError as error:
        faults["town"] = str(error)
    if faults:
        raise FieldsError(faults)
    return {"name": shown, "scopes": wanted, "town": code}


def _token(row: Any) -> Token:
    return Token(
        row.id, row.name, tuple(row.scopes), row.town, row.created_at, row.created_by,
        row.expires_at, row.revoked_at, row.used_at,
    )  # fmt: skip
