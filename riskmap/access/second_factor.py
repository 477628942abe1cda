"""The optional second factor: time-based one-time codes (RFC 6238), each time step used once."""

import re
import secrets
from datetime import datetime
from typing import Any

import pyotp
import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.factor_key import FactorKeyError, is_sealed, seal, unseal
from riskmap.access.lockout import count_failure, is_locked
from riskmap.access.policy import authorise
from riskmap.access.tables import users
from riskmap.access.users import User, row_of, user_of
from riskmap.errors import FieldsError, RiskmapError
from riskmap.workspace import Workspace

STEP_S = 30
WINDOW = (-1, 0, 1)
"""Steps around the present one that are taken: clocks of telephones are not exact."""

SECRET_LENGTH = 32
_SECRET = re.compile(rf"[A-Z2-7]{{{SECRET_LENGTH}}}")
ISSUER = "riskmap"


def begin(ws: Workspace, actor: Actor) -> tuple[str, str]:
    """Return a new secret (160 bits) and its otpauth address; nothing is stored yet."""
    authorise(actor, "account.own")
    secret = pyotp.random_base32(SECRET_LENGTH)
    issuer = f"{ISSUER} {ws.settings.district.name}".strip()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=actor.login, issuer_name=issuer)


def confirm(ws: Workspace, actor: Actor, secret: str, code: str, *, now: datetime) -> User:
    """Store the secret, sealed, once a code shows that the telephone has it.

    Raises
    ------
    FieldsError
        The code does not fit the secret.
    RiskmapError
        There is a second factor already; or the secret is not one that `begin` makes.
    FactorKeyError
        The key that seals the secrets of others is missing or wrong.
    """
    authorise(actor, "account.own")
    if not _SECRET.fullmatch(secret):
        raise RiskmapError("密钥无效", "", "重新打开页面，再扫一次二维码")
    step = step_of(secret, code, now, None)
    if step is None:
        raise FieldsError({"code": "口令不对，核对手机时间后输入新的 6 位数字"})
    with ws.write() as connection:
        row = row_of(connection, actor.login, lock=True)
        if row.second_factor is not None:
            raise RiskmapError("已经设有动态口令", "", "先取消原来的，再重新设置")
        sealed = seal(ws, connection, secret)
        _store(connection, row.id, second_factor=sealed, second_factor_step=step)
        audit.append(connection, actor, "account.second-factor.on", f"user:{row.login}", now=now)
        return user_of(row_of(connection, row.login))


def remove(ws: Workspace, actor: Actor, code: str, *, now: datetime) -> None:
    """Take one's own second factor away, with a last code.

    Raises
    ------
    FieldsError
        The code is not right; wrong ones count towards the lock-out.
    FactorKeyError
        The key that seals the secret is missing or wrong.
    """
    authorise(actor, "account.own")
    with ws.write() as connection:
        row = row_of(connection, actor.login, lock=True)
        if row.second_factor is None:
            return
        right = not is_locked(row, now) and use_code(ws, connection, row, code, now)
        if right:
            _taken_away(connection, actor, row, now)
        elif not is_locked(row, now):
            count_failure(connection, row, now)
    if not right:
        raise FieldsError({"code": "口令不对或已用过，输入新的 6 位数字；连续输错会暂停使用"})


def remove_of(ws: Workspace, actor: Actor, login: str, *, now: datetime) -> None:
    """Take the second factor of an account away: its owner has lost the telephone."""
    authorise(actor, "user.manage")
    with ws.write() as connection:
        row = row_of(connection, login, lock=True)
        if row.second_factor is not None:
            _taken_away(connection, actor, row, now)


def use_code(ws: Workspace, connection: sa.Connection, row: Any, code: str, now: datetime) -> bool:
    """Use a code of an account whose row the caller has locked; a used step never fits again.

    Raises
    ------
    FactorKeyError
        The key that seals the secret is missing or wrong.
    """
    secret = unseal(ws, row.second_factor)
    step = step_of(secret, code, now, row.second_factor_step)
    if step is None:
        return False
    stored = row.second_factor if is_sealed(row.second_factor) else _sealed(ws, connection, secret)
    _store(connection, row.id, second_factor=stored, second_factor_step=step)
    return True


def _sealed(ws: Workspace, connection: sa.Connection, secret: str) -> str:
    """Seal the plain secret of an earlier version; it stays plain until the key is back."""
    try:
        return seal(ws, connection, secret)
    except FactorKeyError:
        return secret  # its owner needs no key to come in, as before


def step_of(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """Return the time step that a code belongs to, None when it fits no step after `used`.

    Examples
    --------
    >>> from datetime import UTC
    >>> secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
    >>> step_of(secret, "287082", datetime.fromtimestamp(59, UTC), None)
    1
    >>> step_of(secret, "287082", datetime.fromtimestamp(59, UTC), 1) is None
    True
    """
    given = "".join(code.split())
    if not (given.isascii() and given.isdigit()):
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    fitting = [
        present + offset
        for offset in WINDOW
        if present + offset >= 0
        and secrets.compare_digest(totp.generate_otp(present + offset), given)
    ]
    return next((step for step in fitting if used is None or step > used), None)


def _taken_away(connection: sa.Connection, actor: Actor, row: Any, now: datetime) -> None:
    _store(connection, row.id, second_factor=None, second_factor_step=None)
    audit.append(connection, actor, "account.second-factor.off", f"user:{row.login}", now=now)


def _store(connection: sa.Connection, user_id: int, **values: Any) -> None:
    connection.execute(sa.update(users).where(users.c.id == user_id).values(**values))
