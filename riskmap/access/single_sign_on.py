"""Signing in by OpenID Connect: which account an identity of the issuer belongs to.

The ID token was checked by the caller (signature, issuer, audience, nonce, times). An account is
found by issuer and subject. The first time it is found by its login, but only when an
administrator made it without a password for this very purpose: whoever can choose a name at the
issuer must not get the local account of the same name.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.account_checks import check_account, login_of
from riskmap.access.actors import Actor, Role, anonymous
from riskmap.access.sessions import open_session
from riskmap.access.signing_in import SignedIn
from riskmap.access.tables import users
from riskmap.access.users import User, account, insert_user, row_of, user_of
from riskmap.errors import SignInError
from riskmap.workspace import Workspace

ROLES_BY_CLAIM = (Role.VIEWER, Role.DUTY)
"""Roles that an issuer may give to a new account; the others need a town, or an administrator."""


@dataclass(frozen=True)
class Identity:
    """Who somebody is for the issuer: `subject` never changes, the rest may.

    `role` is the text of `access.oidc.role_claim`, "" when there is none.
    """

    issuer: str
    subject: str
    login: str
    name: str
    role: str = ""


def sign_in_as(
    ws: Workspace, identity: Identity, *, address: str, agent: str, now: datetime
) -> SignedIn:
    """Open a session for a checked identity; audited both ways.

    Raises
    ------
    SignInError
        No account belongs to the identity, and none may be made; or it is disabled.
    FieldsError
        The issuer's login or name cannot be those of an account.
    """
    settings = ws.settings.access
    fresh = _fresh(ws, identity) if settings.oidc.create_viewers else None
    actor = anonymous(address)
    with ws.write() as connection:
        found = _account_of(connection, identity, fresh, actor, now)
        if isinstance(found, User):
            cookie, session = open_session(
                connection, found, address=address, agent=agent, settings=settings, now=now
            )
            audit.append(
                connection, found.actor(address), "sign-in", f"user:{found.login}", now=now,
                after={"issuer": identity.issuer},
            )  # fmt: skip
        else:
            audit.append(
                connection, actor, "sign-in", f"oidc:{identity.subject}", now=now,
                result=audit.REFUSED, reason=found,
            )  # fmt: skip
    if not isinstance(found, User):
        raise SignInError(found, identity.login, "请管理员为你建好账号后再登录")
    return SignedIn(cookie, found, session, found.must_change_password)


def _account_of(
    connection: sa.Connection,
    identity: Identity,
    fresh: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
) -> User | str:
    """Return the account of an identity, bound or made now where that is allowed; or why not."""
    known = (users.c.oidc_issuer == identity.issuer) & (users.c.oidc_subject == identity.subject)
    row = connection.execute(sa.select(users).where(known).with_for_update()).first()
    if row is None:
        login = login_of(identity.login)
        query = sa.select(users).where(users.c.login == login)
        row = connection.execute(query.with_for_update()).first()
        if row is None:
            return _made(connection, login, fresh, actor, now)
        if row.password_hash is not None or row.oidc_subject is not None:
            return "这个登录名已是另一个账号"
    if row.disabled_at is not None:
        return "账号已停用"
    return user_of(row) if row.oidc_subject else _bound(connection, row, identity, actor, now)


def _bound(
    connection: sa.Connection, row: Any, identity: Identity, actor: Actor, now: datetime
) -> User:
    """Bind an account that waits for its first sign-in to the identity, for good."""
    connection.execute(
        sa.update(users)
        .where(users.c.id == row.id)
        .values(oidc_issuer=identity.issuer, oidc_subject=identity.subject)
    )
    audit.append(
        connection, actor, "user.bind", f"user:{row.login}", now=now,
        after={"issuer": identity.issuer, "subject": identity.subject},
    )  # fmt: skip
    return user_of(row_of(connection, row.login))


def _made(
    connection: sa.Connection,
    login: str,
    fresh: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
) -> User | str:
    if fresh is None:
        return "还没有这个人的账号"
    user = insert_user(connection, login, fresh, hashed=None, actor=actor, now=now)
    audit.append(connection, actor, "user.add", f"user:{login}", now=now, after=account(user))
    return user


def _fresh(ws: Workspace, identity: Identity) -> dict[str, Any]:
    """Return the fields of an account that may be made for the identity."""
    role = identity.role if identity.role in [str(one) for one in ROLES_BY_CLAIM] else "viewer"
    given = {"name": identity.name or identity.login, "role": role}
    checked = check_account(ws, given, login=login_of(identity.login))
    return {**checked, "oidc_issuer": identity.issuer, "oidc_subject": identity.subject}
