"""A colour changed by people: up at once with a reason, down only when a second person confirms.

Each is a record of the kind `overrides`. A proposal to lower has no second person yet, and what
has none does not count (`riskmap.records.incidents.override_effects`); confirming appends a
version with the second person. E7 of DOMAIN §11.2: up with a reason, down at most one step and by
two persons.
"""

from datetime import date, datetime
from typing import Any

from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, authorise
from riskmap.errors import ConflictError, FieldsError, ForbiddenError
from riskmap.records.entries import Entered, enter_decided
from riskmap.records.entry_history import Version, latest
from riskmap.workspace import Workspace
from scoring.levels import LEVELS

KIND = "overrides"
UP, DOWN = "up", "down"


def propose(
    ws: Workspace,
    actor: Actor,
    *,
    town: str,
    day: date,
    level: str,
    direction: str,
    reason: str,
    now: datetime,
) -> Entered:
    """Raise a town's colour at once, or propose to lower it by one step.

    Parameters
    ----------
    town
        Name or code.
    day
        The day it holds for: today or later, in the district's zone; the past stays as it was.
    level
        The colour asked for; lowering moves one step at most, whatever is asked.
    direction
        "up" or "down".

    Raises
    ------
    ForbiddenError, SignInError
        The actor may not.
    FieldsError
        A field cannot be taken; the day is over.
    """
    authorise(actor, f"record.{KIND}", Subject(town))
    faults = {}
    if day < now.astimezone(ws.settings.zone).date():
        faults["date"] = "这一天已经过去，不能再调整"
    if not reason.strip():
        faults["reason"] = "理由必填"
    if faults:
        raise FieldsError(faults)
    fields: dict[str, Any] = {"town": town, "date": day, "level": level}
    fields |= {"direction": direction, "reason": reason, "decided_by": named(actor)}
    return enter_decided(ws, actor, KIND, fields, expect=None, now=now)


def confirm(ws: Workspace, actor: Actor, key: str, *, now: datetime) -> Entered:
    """Confirm a proposal to lower, as the second person.

    Raises
    ------
    ForbiddenError, SignInError
        The actor may not, or is the one who proposed it.
    ConflictError
        It needs no second person, has one already, or its day is over.
    NotFoundError
        There is no such proposal, or it was withdrawn.
    """
    seen = latest(ws, KIND, key)
    authorise(actor, f"record.{KIND}", Subject(seen.fields["town"]))
    if seen.fields["direction"] != DOWN or seen.fields["second_person"]:
        said = "上调不用复核" if seen.fields["direction"] != DOWN else "这条下调已有人复核"
        raise ConflictError(said, key, "不用再做什么", theirs=seen.document())
    if seen.fields["date"] < now.astimezone(ws.settings.zone).date():
        raise ConflictError("这一天已经过去", key, "下调不再生效", theirs=seen.document())
    if _same_person(seen.fields["decided_by"], actor):
        raise ForbiddenError("下调须由两个不同的人决定", named(actor), "请另一位值班员复核")
    return enter_decided(
        ws, actor, KIND, {"second_person": named(actor)}, expect=seen.row_id, now=now
    )


def direction_between(current: str | None, level: str) -> str | None:
    """Return which way a colour goes to another; None where that is unknown, or the same.

    >>> direction_between("blue", "orange"), direction_between("red", "yellow")
    ('up', 'down')
    >>> direction_between("no_data", "red") is None
    True
    """
    if current not in LEVELS or level not in LEVELS or current == level:
        return None
    return UP if LEVELS.index(level) > LEVELS.index(current) else DOWN


def waiting(version: Version) -> bool:
    """Tell whether a proposal to lower still lacks its second person."""
    return version.fields["direction"] == DOWN and not version.fields["second_person"]


def named(actor: Actor) -> str:
    """Return how a decision names a person: the name with the login, which is unique."""
    return f"{actor.name}（{actor.login}）"


def _same_person(decided_by: str | None, actor: Actor) -> bool:
    text = (decided_by or "").strip()
    return text.endswith(f"（{actor.login}）") or text in (actor.login, actor.name)
