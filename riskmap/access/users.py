"""Accounts: made, changed, disabled by an administrator; none exists by default.

Changing one's own password stands in `riskmap.access.signing_in`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.account_checks import LastAdministratorError, check_account, login_of
from riskmap.access.actors import Actor, Role
from riskmap.access.lockout import forget_failures
from riskmap.access.passwords import first_password, hash_password
from riskmap.access.policy import authorise
from riskmap.access.tables import sessions, users
from riskmap.canonical import canonical_text
from riskmap.errors import ConflictError, NotFoundError
from riskmap.workspace import Workspace

ATTRIBUTES = ("name", "role", "town", "domains", "enterprise_id")
"""What an administrator may change; the login stays, because the audit names people by it."""


@dataclass(frozen=True)
class User:
    """An account without its secrets; `locked_until` may lie in the past."""

    id: int
    login: str
    name: str
    role: Role
    town: str | None
    domains: tuple[str, ...]
    enterprise_id: str | None
    must_change_password: bool
    password_changed_at: datetime | None
    has_password: bool
    has_second_factor: bool
    oidc_issuer: str | None
    failures: int
    locked_until: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    created_by: str

    def actor(self, address: str = "") -> Actor:
        """Return the one who acts with this account."""
        return Actor(
            self.login, self.name, self.role, self.town, self.domains, self.enterprise_id,
            address=address, user_id=self.id, must_change=self.must_change_password,
        )  # fmt: skip


def add_user(
    ws: Workspace,
    actor: Actor,
    *,
    login: str,
    name: str,
    role: str,
    town: str | None = None,
    domains: Sequence[str] = (),
    enterprise_id: str | None = None,
    with_password: bool = True,
    now: datetime,
) -> tuple[User, str]:
    """Make an account with a random first password, which is shown once and has to be changed.

    `with_password=False` makes an account that signs in by OpenID Connect only; its first
    password is "".

    Raises
    ------
    FieldsError
        A field cannot be taken, or the login is in use.
    """
    authorise(actor, "user.manage")
    given = {
        "name": name, "role": role, "town": town, "domains": domains,
        "enterprise_id": enterprise_id,
    }  # fmt: skip
    taken = login_of(login)
    values = check_account(ws, given, login=taken)
    password = first_password() if with_password else ""
    hashed = hash_password(password) if with_password else None
    with ws.write() as connection:
        user = insert_user(connection, taken, values, hashed=hashed, actor=actor, now=now)
        audit.append(
            connection, actor, "user.add", f"user:{user.login}", now=now, after=account(user)
        )
    return user, password


def insert_user(
    connection: sa.Connection,
    login: str,
    values: Mapping[str, Any],
    *,
    hashed: str | None,
    actor: Actor,
    now: datetime,
) -> User:
    """Insert a checked account in the caller's transaction.

    Raises
    ------
    ConflictError
        Somebody took the login in the meantime.
    """
    row = {
        **{name: values.get(name) for name in ATTRIBUTES},
        "domains": list(values["domains"]),
        "oidc_issuer": values.get("oidc_issuer"),
        "oidc_subject": values.get("oidc_subject"),
    }
    statement = sa.insert(users).values(
        **row, login=login, password_hash=hashed, must_change_password=hashed is not None,
        failures=0, created_at=now, created_by=actor.login,
    )  # fmt: skip
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except sa.exc.IntegrityError as error:
        raise ConflictError("登录名已被占用", login, "换一个登录名") from error
    return user_of(row_of(connection, login))


def list_users(ws: Workspace, actor: Actor) -> list[User]:
    """Return every account, disabled ones too, by login."""
    authorise(actor, "user.manage")
    with ws.read() as connection:
        rows = connection.execute(sa.select(users).order_by(users.c.login)).all()
    return [user_of(row) for row in rows]


def find_user(ws: Workspace, login: str) -> User | None:
    """Return the account of a login, None when there is none."""
    with ws.read() as connection:
        row = connection.execute(sa.select(users).where(users.c.login == login_of(login))).first()
    return None if row is None else user_of(row)


def change_user(
    ws: Workspace,
    actor: Actor,
    login: str,
    changes: Mapping[str, Any],
    *,
    expect: str | None = None,
    now: datetime,
) -> User:
    """Change name, role, town, domains or enterprise of an account.

    `expect` is the `state_of` the account that the one who changes it saw; by default as it is
    now.

    Raises
    ------
    FieldsError, NotFoundError
        A field cannot be taken; there is no such account.
    ConflictError
        Somebody else has changed the account since.
    LastAdministratorError
        Nobody would be left to manage accounts.
    """
    authorise(actor, "user.manage")
    known = find_user(ws, login)
    if known is None:
        raise no_such_user(login)
    seen = expect or state_of(known)
    values = check_account(ws, _attributes(known) | dict(changes), login=known.login)
    with ws.write() as connection:
        others = _other_administrators(connection, known.login)
        before = user_of(row_of(connection, known.login, lock=True))
        if state_of(before) != seen:
            raise ConflictError(
                "账号刚被别人改过", known.login, "核对现在的内容后再改",
                yours=values, theirs=account(before),
            )  # fmt: skip
        if values["role"] != Role.ADMINISTRATOR:
            _keep_an_administrator(before, others)
        connection.execute(sa.update(users).where(users.c.id == before.id).values(**values))
        after = user_of(row_of(connection, known.login))
        _noted(connection, actor, "user.change", before=before, after=after, now=now)
    return after


def disable_user(ws: Workspace, actor: Actor, login: str, *, now: datetime) -> User:
    """Close an account: its sessions end at once; what it did stays in its name."""
    authorise(actor, "user.manage")
    with ws.write() as connection:
        others = _other_administrators(connection, login_of(login))
        before = user_of(row_of(connection, login_of(login), lock=True))
        if before.disabled_at is not None:
            return before
        _keep_an_administrator(before, others)
        _set(connection, before, disabled_at=now)
        end_sessions(connection, before.id, now)
        after = user_of(row_of(connection, before.login))
        _noted(connection, actor, "user.disable", before=before, after=after, now=now)
    return after


def enable_user(ws: Workspace, actor: Actor, login: str, *, now: datetime) -> User:
    """Open a disabled or locked account again, with its password as it was."""
    authorise(actor, "user.manage")
    with ws.write() as connection:
        before = user_of(row_of(connection, login_of(login), lock=True))
        _set(connection, before, disabled_at=None)
        forget_failures(connection, before.id)
        after = user_of(row_of(connection, before.login))
        _noted(connection, actor, "user.enable", before=before, after=after, now=now)
    return after


def reset_password(ws: Workspace, actor: Actor, login: str, *, now: datetime) -> tuple[User, str]:
    """Give an account a new first password; its sessions end, its lock-out too."""
    authorise(actor, "user.manage")
    password = first_password()
    hashed = hash_password(password)
    with ws.write() as connection:
        before = user_of(row_of(connection, login_of(login), lock=True))
        _set(
            connection, before, password_hash=hashed, must_change_password=True,
            password_changed_at=None,
        )  # fmt: skip
        forget_failures(connection, before.id)
        end_sessions(connection, before.id, now)
        after = user_of(row_of(connection, before.login))
        _noted(connection, actor, "user.password.reset", before=before, after=after, now=now)
    return after, password


def end_sessions(
    connection: sa.Connection, user_id: int, now: datetime, *, keep: str | None = None
) -> int:
    """End every open session of an account except `keep` (a digest); return how many."""
    mine = (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
    if keep is not None:
        mine &= sessions.c.digest != keep
    return connection.execute(sa.update(sessions).where(mine).values(ended_at=now)).rowcount


def row_of(connection: sa.Connection, login: str, *, lock: bool = False) -> Any:
    """Return the row of an account, locked until the transaction ends when asked.

    Raises
    ------
    NotFoundError
        There is no such account.
    """
    query = sa.select(users).where(users.c.login == login)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise no_such_user(login)
    return row


def user_of(row: Any) -> User:
    """Return the account in a row of `users`."""
    return User(
        row.id, row.login, row.name, Role(row.role), row.town, tuple(row.domains),
        row.enterprise_id, row.must_change_password, row.password_changed_at,
        row.password_hash is not None, row.second_factor is not None, row.oidc_issuer,
        row.failures, row.locked_until, row.disabled_at, row.created_at, row.created_by,
    )  # fmt: skip


def account(user: User) -> dict[str, Any]:
    """Return an account as the audit and `--json` show it: no secret, times as text."""
    return {
        "login": user.login,
        "name": user.name,
        "role": str(user.role),
        "town": user.town,
        "domains": list(user.domains),
        "enterprise_id": user.enterprise_id,
        "must_change_password": user.must_change_password,
        "second_factor": user.has_second_factor,
        "oidc_issuer": user.oidc_issuer,
        "disabled": user.disabled_at is not None,
    }


def no_such_user(login: str) -> NotFoundError:
    """Return the error for a login that no account has."""
    return NotFoundError("没有这个账号", login, "用 riskmap user list 查看全部账号")


def state_of(user: User) -> str:
    """Return a short text that is another one when an attribute of the account is."""
    shown = {name: list(v) if isinstance(v, tuple) else v for name, v in _attributes(user).items()}
    return hashlib.sha256(canonical_text(shown).encode()).hexdigest()[:16]


def _attributes(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in ATTRIBUTES}


def _set(connection: sa.Connection, user: User, **values: Any) -> None:
    connection.execute(sa.update(users).where(users.c.id == user.id).values(**values))


def _noted(
    connection: sa.Connection,
    actor: Actor,
    action: str,
    *,
    before: User,
    after: User,
    now: datetime,
) -> None:
    audit.append(
        connection, actor, action, f"user:{before.login}", now=now,
        before=account(before), after=account(after),
    )  # fmt: skip


def _other_administrators(connection: sa.Connection, login: str) -> int:
    """Return how many other accounts can manage accounts; they stay locked until the end."""
    able = (users.c.role == str(Role.ADMINISTRATOR)) & users.c.disabled_at.is_(None)
    query = sa.select(users.c.login).where(able).order_by(users.c.id).with_for_update()
    return len([row for row in connection.execute(query) if row.login != login])


def _keep_an_administrator(leaving: User, others: int) -> None:
    """Refuse when nobody else could manage accounts."""
    able = leaving.role is Role.ADMINISTRATOR and leaving.disabled_at is None
    if able and not others:
        raise LastAdministratorError(
            "这是最后一个可用的管理员账号", leaving.login, "先另设一个管理员，再停用或改动它"
        )
