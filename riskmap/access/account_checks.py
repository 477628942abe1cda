"""What an account must say: a login, a name, a role, and whose things the role may act on."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from riskmap.access.actors import ROLE_ZH, Role
from riskmap.errors import FieldsError, RiskmapError
from riskmap.layer_store import current, load_layer
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace

ACCOUNT_ROLES = tuple(role for role in Role if role not in (Role.ANONYMOUS, Role.MACHINE))
"""Roles that an account may have."""

LONGEST_NAME = 64
SHOWN_TOWNS = 3
_LOGIN = re.compile(r"[^\W_][\w.@-]{1,63}")
_RESERVED = ("anonymous", "token", "command-line", "system")


class LastAdministratorError(RiskmapError):
    """Without this account nobody could manage accounts."""


def login_of(text: str) -> str:
    """Return the one form of a login: width and case do not tell two people apart.

    Examples
    --------
    >>> login_of(" Ｗang.Fang ")
    'wang.fang'
    """
    shown = "".join(character for character in text if character.isprintable())
    return unicodedata.normalize("NFKC", shown).strip().casefold()


def check_account(ws: Workspace, given: Mapping[str, Any], *, login: str) -> dict[str, Any]:
    """Return the fields of an account in canonical form; those that the role has no use for, empty.

    Raises
    ------
    FieldsError
        Every field that cannot be taken, one sentence each.
    """
    faults: dict[str, str] = {}

    def taken(field: str, check: Callable[[], Any]) -> Any:
        try:
            return check()
        except ValueError as error:
            faults[field] = str(error)
            return None

    taken("login", lambda: _login(login))
    name = taken("name", lambda: _person(given.get("name")))
    role = taken("role", lambda: _role(given.get("role")))
    town = taken("town", lambda: _town(ws, given.get("town"), role))
    domains = taken("domains", lambda: _domains(ws, given.get("domains") or (), role))
    enterprise = taken("enterprise_id", lambda: _enterprise(ws, given.get("enterprise_id"), role))
    if faults:
        raise FieldsError(faults)
    return {
        "name": name, "role": str(role), "town": town, "domains": domains,
        "enterprise_id": enterprise,
    }  # fmt: skip


def check_town(ws: Workspace, value: Any) -> str:
    """Return a town's 9-digit code; a 12-digit one ending in 000 is cut.

    Raises
    ------
    ValueError
        It is no code, or no town of the layer in use has it.
    """
    code = _plain(value)
    code = code[:9] if len(code) == 12 and code.endswith("000") else code
    if not (code.isascii() and code.isdigit() and 8 <= len(code) <= 9):
        raise ValueError("应为镇街的 9 位代码（台湾为 8 位）")
    if current(ws, "towns") is not None:
        towns = load_layer(ws, "towns").sort_values("code", kind="stable")
        if code not in set(towns["code"]):
            raise ValueError(f"镇街图层里没有这个代码；{_some(towns['code'], towns['name'])}")
    return code


def _some(codes: Iterable[object], names: Iterable[object]) -> str:
    """Say which codes there are: the first few with their names, and how many in all."""
    known = [f"{code} {name}" for code, name in zip(codes, names, strict=True)]
    return f"有的是 {'、'.join(known[:SHOWN_TOWNS])}" + (
        f" 等 {len(known)} 个" if len(known) > SHOWN_TOWNS else ""
    )


def _login(login: str) -> str:
    if not _LOGIN.fullmatch(login):
        raise ValueError("2–64 个字符：文字、数字和 . _ - @，以文字或数字开头")
    if login in _RESERVED:
        raise ValueError("这个名字留给系统自己用，换一个")
    return login


def _person(value: Any) -> str:
    name = " ".join(str(value or "").split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"填写姓名，最多 {LONGEST_NAME} 个字符")
    return name


def _role(value: Any) -> Role:
    if value in [str(role) for role in ACCOUNT_ROLES]:
        return Role(value)
    shown = "、".join(f"{role}（{ROLE_ZH[role]}）" for role in ACCOUNT_ROLES)
    raise ValueError(f"角色应为 {shown} 之一")


def _town(ws: Workspace, value: Any, role: Role | None) -> str | None:
    if role is not Role.REPORTER:
        return None
    if not value:
        raise ValueError("镇街填报员须指明镇街")
    return check_town(ws, value)


def _domains(ws: Workspace, values: Any, role: Role | None) -> list[str]:
    if role is not Role.INSPECTOR:
        return []
    codes = list(dict.fromkeys(str(value).strip() for value in values if str(value).strip()))
    if not codes:
        raise ValueError("检查员须指明至少一个领域")
    known = list(scheme_in_use(ws).domains)
    foreign = [code for code in codes if code not in known]
    if foreign:
        raise ValueError(f"方案里没有领域 {'、'.join(foreign)}；有的是 {'、'.join(known)}")
    return codes


def _enterprise(ws: Workspace, value: Any, role: Role | None) -> str | None:
    if role is not Role.ENTERPRISE:
        return None
    identifier = _plain(value or "")
    if not identifier or len(identifier) > LONGEST_NAME:
        raise ValueError("企业用户须指明企业编号（统一社会信用代码或本地编号）")
    loaded = current(ws, "enterprises") is not None
    if loaded and identifier not in set(load_layer(ws, "enterprises")["id"]):
        raise ValueError("企业图层里没有这个编号")
    return identifier


def _plain(value: Any) -> str:
    shown = "".join(character for character in str(value) if character.isprintable())
    return unicodedata.normalize("NFKC", shown).strip()
