"""Signing in with login and password, and changing the password."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit, passwords
from riskmap.access.account_checks import login_of
from riskmap.access.actors import Actor, anonymous
from riskmap.access.factor_key import FactorKeyError, unseal
from riskmap.access.lockout import count_failure, forget_failures, is_locked
from riskmap.access.policy import authorise
from riskmap.access.second_factor import use_code
from riskmap.access.sessions import Session, open_session
from riskmap.access.tables import users
from riskmap.access.users import User, end_sessions, row_of, user_of
from riskmap.errors import FieldsError, SignInError
from riskmap.workspace import Workspace

LONGEST_LOGIN = 64
SAME_MEND = "核对后再试；连续输错 5 次起暂停登录 30 秒，以后每次加倍，最长 1 小时"
"""Said whatever is wrong, so that the answer does not tell which logins exist."""


CODE_MISSING = "密码对，还差动态口令"
"""Kept in the audit only: whoever sees the second page knows it anyway."""


class SecondFactorNeededError(SignInError):
    """The password is right; the account also needs the code of its second factor."""


@dataclass(frozen=True)
class SignedIn:
    """A session that was just opened: the cookie's value is known here and nowhere else."""

    cookie: str = field(repr=False)
    user: User
    session: Session
    must_change: bool


def sign_in(
    ws: Workspace,
    login: str,
    password: str,
    *,
    code: str | None = None,
    address: str,
    agent: str,
    now: datetime,
) -> SignedIn:
    """Sign in by password; every attempt is audited.

    A login that does not exist, a wrong password, a disabled and a locked account get the same
    answer after the same work. The password is hashed outside the transaction; whether the
    account is locked is decided again inside it, so attempts made at once count one by one.

    Raises
    ------
    SecondFactorNeededError
        The password is right and `code` was not given.
    SignInError
        Anything else is not right; where the password is right and only the key of the second
        factor is missing here, it says so.
    """
    asked = login_of(login)[:LONGEST_LOGIN]
    with ws.read() as connection:
        seen = connection.execute(sa.select(users).where(users.c.login == asked)).first()
    right = passwords.verify(None if seen is None else seen.password_hash, password)
    renewed = _renewed(seen, password) if right else None
    with ws.write() as connection:
        outcome = _decide(ws, connection, seen, right=right, code=code, now=now)
        if isinstance(outcome, str | FactorKeyError):
            reason = outcome if isinstance(outcome, str) else outcome.what
            _not_let_in(connection, seen, reason, address, now)
        else:
            if renewed is not None:
                _store(connection, outcome.id, password_hash=renewed)
            forget_failures(connection, outcome.id)
            cookie, session = open_session(
                connection, outcome, address=address, agent=agent,
                settings=ws.settings.access, now=now,
            )  # fmt: skip
            audit.append(
                connection, outcome.actor(address), "sign-in", f"user:{outcome.login}", now=now
            )
    if isinstance(outcome, FactorKeyError):
        raise SignInError(outcome.what, outcome.value, outcome.mend) from outcome
    if outcome == CODE_MISSING:
        raise SecondFactorNeededError("请输入动态口令", "", "打开手机上的验证器，输入 6 位数字")
    if isinstance(outcome, str):
        raise SignInError("登录名、密码或动态口令不对", "", SAME_MEND)
    return SignedIn(cookie, outcome, session, outcome.must_change_password)


def change_password(
    ws: Workspace, actor: Actor, old: str, new: str, *, keep: str | None = None, now: datetime
) -> None:
    """Change one's own password; every session but `keep` (its digest) ends.

    Raises
    ------
    FieldsError
        `old` is not the password, or `new` is too weak or the same.
    SignInError
        Too many wrong old passwords: the account waits, and its sessions end.
    """
    authorise(actor, "account.password")
    with ws.read() as connection:
        seen = row_of(connection, actor.login)
    right = passwords.verify(seen.password_hash, old)
    fault = passwords.weak(new, seen.login, seen.name)
    if fault is None and new == old:
        fault = "新密码与旧密码相同，换一个"
    hashed = passwords.hash_password(new) if right and fault is None else ""
    with ws.write() as connection:
        row = row_of(connection, actor.login, lock=True)
        right &= row.password_hash == seen.password_hash and not is_locked(row, now)
        if right and hashed:
            _store(
                connection, row.id, password_hash=hashed, must_change_password=False,
                password_changed_at=now,
            )  # fmt: skip
            forget_failures(connection, row.id)
            end_sessions(connection, row.id, now, keep=keep)
            audit.append(connection, actor, "account.password", f"user:{actor.login}", now=now)
        elif not right:
            _wrong_old(connection, actor, row, now)
    if not right:
        raise FieldsError({"old": "现在的密码不对，或连续输错后暂停使用，稍后再试"})
    if fault is not None:
        raise FieldsError({"new": fault})


def _decide(
    ws: Workspace, connection: sa.Connection, seen: Any, *, right: bool, code: str | None,
    now: datetime,
) -> User | str | FactorKeyError:  # fmt: skip
    """Return the account that may come in, or why not; failures are counted.

    That only the code or the key of the secrets is missing is no failure.
    """
    if seen is None:
        return "没有这个登录名"
    row = row_of(connection, seen.login, lock=True)
    if is_locked(row, now):
        return "暂停登录中"
    if row.disabled_at is not None:
        return "账号已停用"
    reason = "" if right and row.password_hash == seen.password_hash else "密码不对"
    if not reason and row.second_factor is not None:
        try:
            unseal(ws, row.second_factor)
            if not code:
                return CODE_MISSING
            reason = "" if use_code(ws, connection, row, code, now) else "动态口令不对"
        except FactorKeyError as error:
            return error
    if reason:
        count_failure(connection, row, now)
    return reason or user_of(row)


def _not_let_in(
    connection: sa.Connection, seen: Any, reason: str, address: str, now: datetime
) -> None:
    """Audit why nobody was let in; a name that is no login may be a password, and is not kept."""
    subject = f"user:{seen.login}" if seen is not None else "user:?"
    audit.append(
        connection, anonymous(address), "sign-in", subject, now=now, result=audit.REFUSED,
        reason=reason,
    )  # fmt: skip


def _wrong_old(connection: sa.Connection, actor: Actor, row: Any, now: datetime) -> None:
    """Count a wrong old password like a failed sign-in."""
    if not is_locked(row, now):
        count_failure(connection, row, now)
    audit.append(
        connection, actor, "account.password", f"user:{actor.login}", now=now,
        result=audit.REFUSED, reason="现在的密码不对",
    )  # fmt: skip


def _renewed(row: Any, password: str) -> str | None:
    """Return a new hash when the parameters have changed since the old one was made."""
    if not passwords.outdated(row.password_hash):
        return None
    return passwords.hash_password(password)


def _store(connection: sa.Connection, user_id: int, **values: Any) -> None:
    connection.execute(sa.update(users).where(users.c.id == user_id).values(**values))
