"""Secrets of one-time codes sealed at rest, by a key outside the database and every backup.

The key is RISKMAP_SECOND_FACTOR_KEY where the machine has one, else a file of the workspace that
is made when the first secret is sealed. All sealed secrets of a store are of one key.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from riskmap.access.tables import users
from riskmap.errors import RiskmapError
from riskmap.settings import SECOND_FACTOR_KEY, is_factor_key
from riskmap.workspace import KEY_FILE, Workspace

VERSION = "v1:"
"""Before every sealed secret; a secret of an earlier version is plain base 32, without a colon."""

MISSING = "缺少动态口令的密钥文件"
WRONG = "动态口令的密钥读不出来，或不是原来那一份"
MEND = (
    "请管理员把原来的密钥放回，或取消这个账号的动态口令"
    "（“人员”页，或 riskmap user password 登录名 --drop-second-factor），本人再重新设置"
)


class FactorKeyError(RiskmapError):
    """A sealed secret cannot be opened here: its key is missing or another one."""


def is_sealed(stored: str) -> bool:
    """Say whether a stored secret is sealed; one of an earlier version is not."""
    return stored.startswith(VERSION)


def seal(ws: Workspace, connection: sa.Connection, secret: str) -> str:
    """Return a secret as it is stored; the key is made when nothing has been sealed before.

    Raises
    ------
    FactorKeyError
        Other accounts are sealed by a key that is not here: a second one would part the store;
        or the key file cannot be read as a key.
    """
    others = _sealed(connection)
    key = key_in(ws.root, ws.second_factor_key)
    if key is None and not others:
        key = _made(ws.root)
    if not key or (others and not any(_opened(key, one) is not None for one in others)):
        raise fault(ws)
    return VERSION + Fernet(key).encrypt(secret.encode("ascii")).decode("ascii")


def unseal(ws: Workspace, stored: str) -> str:
    """Return the secret in a stored value, sealed or plain.

    Raises
    ------
    FactorKeyError
        The key is missing, or is not the one, or the value was tampered with.
    """
    if not is_sealed(stored):
        return stored
    secret = _opened(key_in(ws.root, ws.second_factor_key), stored)
    if secret is None:
        raise fault(ws)
    return secret


def fault(ws: Workspace) -> FactorKeyError:
    """Return the error of a key that is missing or wrong; it names the place, never the key."""
    if ws.second_factor_key is not None:
        return FactorKeyError(WRONG, SECOND_FACTOR_KEY, MEND)
    there = (ws.root / KEY_FILE).exists()
    return FactorKeyError(WRONG if there else MISSING, KEY_FILE, MEND)


def key_in(root: Path | None, given: str | None) -> str | None:
    """Return the key that was given, else the one in a folder; None where there is none.

    What cannot be read or is no key opens nothing: it is "" then.
    """
    if given is not None or root is None:
        return given
    try:
        text = (root / KEY_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""
    return text if is_factor_key(text) else ""


def without_key(connection: sa.Connection, root: Path | None, given: str | None) -> int:
    """Return how many accounts have a sealed secret that the key of this place does not open."""
    key = key_in(root, given)
    return sum(_opened(key, stored) is None for stored in _sealed(connection))


def _sealed(connection: sa.Connection) -> list[str]:
    query = sa.select(users.c.second_factor).where(users.c.second_factor.startswith(VERSION))
    return [str(stored) for stored in connection.execute(query).scalars()]


def _opened(key: str | None, stored: str) -> str | None:
    if not key:
        return None
    try:
        token = stored.removeprefix(VERSION).encode("utf-8")
        return Fernet(key).decrypt(token).decode("ascii")
    except InvalidToken:
        return None


def _made(root: Path) -> str:
    """Make the key file whole, readable by its owner only, and on the disk before it is used.

    Of several processes at once one makes it; the others take what it made.
    """
    handle, draft = tempfile.mkstemp(prefix=f".{KEY_FILE}.", dir=root)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            os.link(draft, root / KEY_FILE)
    finally:
        Path(draft).unlink()
    folder = os.open(root, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key_in(root, None) or ""
