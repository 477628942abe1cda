"""Who may still change a stored record, where the role alone does not decide.

A colour that somebody raised is taken back by that person; by anybody else it would be a lowering
by one person (E7 of DOMAIN §11.2), so others propose to lower it and a second person confirms. An
enterprise answers for today: what it committed on an earlier day only the office corrects.
"""

import re
from datetime import date

import sqlalchemy as sa

from riskmap.access.actors import Actor, Role
from riskmap.access.policy import RULES
from riskmap.access.tables import users
from riskmap.errors import ForbiddenError
from riskmap.records.entry_history import Version

_LOGIN = re.compile(r"（([^（）]+)）\s*$")
"""How `named` ends."""


def named(actor: Actor) -> str:
    """Return how a decision names a person: the name with the login, which is unique."""
    return f"{actor.name}（{actor.login}）"


def same_person(decided_by: str | None, actor: Actor) -> bool:
    """Tell whether a decision names this person: as `named` does, or by login or name alone."""
    text = (decided_by or "").strip()
    return text.endswith(f"（{actor.login}）") or text in (actor.login, actor.name)


def refusal(
    connection: sa.Connection, actor: Actor, version: Version, *, today: date
) -> ForbiddenError | None:
    """Return why somebody may not correct or withdraw a record, None when nothing is against it.

    `today` is the day in the district's zone. Whether the role may at all is asked elsewhere.
    """
    fields = version.fields
    if version.kind == "overrides" and fields["direction"] == "up":
        return _raised_by_another(connection, actor, str(fields["decided_by"] or ""))
    if version.kind == "commitments" and actor.role is Role.ENTERPRISE and fields["date"] != today:
        return ForbiddenError(
            "企业只能更正或撤回今日的承诺", f"{fields['date']}", "以前的承诺请值班室更正"
        )
    return None


def _raised_by_another(
    connection: sa.Connection, actor: Actor, decided_by: str
) -> ForbiddenError | None:
    """Return why a raised colour stands: its proposer is another, who can still act.

    Where nobody with an account that may decide stands behind it (disabled, another role, a file),
    an administrator may end it.
    """
    named = _LOGIN.search(decided_by)
    login = None if named is None else named[1]
    if login == actor.login:
        return None
    if actor.role is Role.ADMINISTRATOR and not _decides(connection, login):
        return None
    return ForbiddenError("上调由提出人撤回", decided_by, "别人要解除，请提出下调，由另一人复核")


def _decides(connection: sa.Connection, login: str | None) -> bool:
    """Say whether a login is an account in use that may still decide on colours."""
    query = sa.select(users.c.role).where(users.c.login == login, users.c.disabled_at.is_(None))
    role = connection.execute(query).scalar()
    return role in RULES["record.overrides"]
