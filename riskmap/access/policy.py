"""What each role may do: one table, asked in one place by everything that reads or writes.

Every function of riskmap that changes something takes an `Actor` and calls `authorise` before it
looks at anything else; routes and commands never decide by themselves.
"""

from dataclasses import dataclass
from enum import StrEnum

from riskmap.access.actors import ROLE_ZH, Actor, Role
from riskmap.errors import ForbiddenError, SignInError


class Scope(StrEnum):
    """Of what a role may do something: everything, or what is its own."""

    ALL = "all"
    OWN_TOWN = "own_town"
    OWN_DOMAIN = "own_domain"
    OWN_ENTERPRISE = "own_enterprise"
    TOKEN = "token"


@dataclass(frozen=True)
class Subject:
    """What is acted on: where it lies and whose it is; None is nowhere in particular."""

    town: str | None = None
    domain: str | None = None
    enterprise_id: str | None = None


NOWHERE = Subject()

_READ = {role: Scope.ALL for role in Role if role is not Role.MACHINE} | {Role.MACHINE: Scope.TOKEN}
_OFFICE = {Role.DUTY: Scope.ALL, Role.ADMINISTRATOR: Scope.ALL}
_TOWN = {Role.REPORTER: Scope.OWN_TOWN}
_INSPECTOR = {Role.INSPECTOR: Scope.OWN_DOMAIN}
_ADMINISTRATOR = {Role.ADMINISTRATOR: Scope.ALL}
_MACHINE = {Role.MACHINE: Scope.TOKEN}

_SIGNED_IN: dict[Role, Scope] = {
    role: Scope.ALL for role in Role if role not in (Role.ANONYMOUS, Role.MACHINE)
}
_OWN_ACCOUNT = {"account.own": _SIGNED_IN, "account.password": _SIGNED_IN}

RULES: dict[str, dict[Role, Scope]] = {
    "read": _READ,
    "read.persons": {**_OFFICE, **_TOWN, **_INSPECTOR},
    "read.photos": {**_SIGNED_IN, **_MACHINE},
    "read.commitments": {**_SIGNED_IN, Role.ENTERPRISE: Scope.OWN_ENTERPRISE, **_MACHINE},
    "danger.report": {**_OFFICE, **_TOWN, **_INSPECTOR, **_MACHINE},
    "danger.edit": {**_OFFICE, **_TOWN, **_INSPECTOR},
    "danger.comment": {**_OFFICE, **_TOWN, **_INSPECTOR},
    "danger.expose": _OFFICE,
    "danger.assign": {**_OFFICE, **_INSPECTOR},
    "danger.rectify": {**_OFFICE, **_TOWN},
    "danger.recheck": {**_OFFICE, **_INSPECTOR},
    "danger.close": {**_OFFICE, **_INSPECTOR},
    "danger.extend.ask": {**_OFFICE, **_TOWN},
    "danger.extend.decide": {**_OFFICE, **_INSPECTOR},
    "danger.list": _OFFICE,
    "danger.transfer": {**_OFFICE, **_INSPECTOR},
    "danger.reopen": {**_OFFICE, **_INSPECTOR},
    "danger.void": _OFFICE,
    "danger.import": _OFFICE,
    "danger.export": {**_OFFICE, **_TOWN, **_INSPECTOR},
    "gaming.read": _OFFICE,
    "exposure.publish": _OFFICE,
    "record.accidents": {**_OFFICE, **_TOWN},
    "record.inspections": {**_OFFICE, **_INSPECTOR},
    "record.alarms": {**_OFFICE, **_TOWN},
    "record.devices": _OFFICE,
    "record.commitments": {**_OFFICE, Role.ENTERPRISE: Scope.OWN_ENTERPRISE},
    "record.special_periods": _OFFICE,
    "record.responses": _OFFICE,
    "record.overrides": _OFFICE,
    "record.indicators": _OFFICE,
    "record.warnings": {**_OFFICE, **_MACHINE},
    "record.complete": _OFFICE,
    "day.compute": _OFFICE,
    "day.publish": _OFFICE,
    "week.compute": _OFFICE,
    "week.publish": _OFFICE,
    "week.deliver": {**_OFFICE, Role.INSPECTOR: Scope.ALL},
    "card.decide": _OFFICE,
    "card.answer": {**_OFFICE, **_TOWN},
    "device.send": {**_MACHINE, Role.ADMINISTRATOR: Scope.ALL},
    **_OWN_ACCOUNT,
    "user.manage": _ADMINISTRATOR,
    "token.manage": _ADMINISTRATOR,
    "audit.read": _ADMINISTRATOR,
    "storage.manage": _ADMINISTRATOR,
}
"""Action → role → of what. A role that is not named may not."""


def authorise(actor: Actor, action: str, subject: Subject = NOWHERE) -> None:
    """Let the action pass, or raise with the reason.

    Raises
    ------
    SignInError
        Nobody is signed in and the action needs somebody.
    ForbiddenError
        The role may not, or not for this town, domain or enterprise.
    KeyError
        There is no such action (a programming error).
    """
    error = _refusal(actor, action, subject)
    if error is not None:
        raise error


def may(actor: Actor, action: str, subject: Subject = NOWHERE) -> bool:
    """Say whether `authorise` would let the action pass; for showing or hiding a button."""
    return _refusal(actor, action, subject) is None


def _refusal(actor: Actor, action: str, subject: Subject) -> SignInError | ForbiddenError | None:
    """Return why the action may not pass, None when it may."""
    scope = RULES[action].get(actor.role)
    if scope is None and actor.role is Role.ANONYMOUS:
        return SignInError("请先登录", "", "用自己的账号登录后再操作")
    if actor.must_change and action not in _OWN_ACCOUNT:
        return ForbiddenError("请先修改初始密码", action, "在“我的账号”里设一个自己的密码")
    reason = "没有这项权限" if scope is None else _outside(actor, action, scope, subject)
    if reason:
        return ForbiddenError(f"{ROLE_ZH[actor.role]}不能做这件事", reason, "请有权限的人员办理")
    return None


def _outside(actor: Actor, action: str, scope: Scope, subject: Subject) -> str:
    """Return why the subject is not the actor's own, "" when it is."""
    if scope is Scope.OWN_TOWN and (not actor.town or subject.town != actor.town):
        return "只能办理本镇街的"
    if scope is Scope.OWN_DOMAIN and (not subject.domain or subject.domain not in actor.domains):
        return "只能办理本领域的"
    if scope is Scope.OWN_ENTERPRISE and (
        not actor.enterprise_id or subject.enterprise_id != actor.enterprise_id
    ):
        return "只能办理本企业的"
    if scope is Scope.TOKEN and action not in actor.scopes:
        return "令牌没有这一范围"
    if scope is Scope.TOKEN and actor.town and action != "read" and subject.town != actor.town:
        return "令牌只用于另一镇街"
    return ""
