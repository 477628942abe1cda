"""A colour changed by people: up at once with a reason, down only when a second person confirms.

Each is a record of the kind `overrides`. A proposal to lower has no second person yet, and what
has none does not count (`riskmap.records.incidents.override_effects`); confirming appends a
version with the second person. E7 of DOMAIN §11.2: up with a reason, down at most one step and by
two persons.
"""

from datetime import date, datetime
from typing import Any

import pandas as pd

from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, authorise
from riskmap.errors import ConflictError, FieldsError, ForbiddenError
from riskmap.records.authorship import named, same_person
from riskmap.records.entries import Entered, enter_decided
from riskmap.records.entry_history import Version, latest
from riskmap.records.importing import towns_in_use
from riskmap.records.lowering import colour_of, possible, steps_down
from riskmap.records.reading import read_records
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
        The colour asked for; lowering goes one step down from the colour that the day has. For
        a day without a colour the engine's limit holds: one step, whatever is asked.
    direction
        "up" or "down".

    Raises
    ------
    ForbiddenError, SignInError
        The actor may not.
    FieldsError
        A field cannot be taken; the day is over, or it is not one step down.
    """
    authorise(actor, f"record.{KIND}", Subject(town))
    faults = {}
    if day < now.astimezone(ws.settings.zone).date():
        faults["date"] = "这一天已经过去，不能再调整"
    if not reason.strip():
        faults["reason"] = "必填"
    refused = _not_one_step(ws, town, day, level, now) if direction == DOWN else None
    if refused:
        faults["level"] = refused
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
        It needs no second person, has one already, its day is over, or the day's colour has
        changed so that it is not one step down any more.
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
    if same_person(seen.fields["decided_by"], actor):
        raise ForbiddenError("下调须由两个不同的人决定", named(actor), "请另一位值班员复核")
    current = colour_of(ws, seen.fields["date"], seen.fields["town"])
    if current is not None and steps_down(current, seen.fields["level"]) != 1:
        what, mend = f"颜色已不是提出时的那样：{possible(current)}", "撤回这条，按现在的颜色另提"
        raise ConflictError(what, key, mend, theirs=seen.document())
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


def second_asked(version: Version, actor: Actor) -> bool:
    """Tell whether a proposal waits for this very person: for another than who proposed it."""
    return waiting(version) and not same_person(version.fields["decided_by"], actor)


def _not_one_step(ws: Workspace, town: str, day: date, level: str, now: datetime) -> str | None:
    """Return why a colour cannot be lowered to this one, None where it can or is not known."""
    code = towns_in_use(ws).code(town)
    if code is None or level not in LEVELS:
        return None  # the checks of the fields say so
    rows = read_records(ws, KIND, now)
    rows = rows[(rows["date"] == pd.Timestamp(day)) & (rows["town"] == code)]
    second = rows["second_person"].astype("str").str.strip()
    if bool(((rows["direction"] == DOWN) & rows["second_person"].notna() & (second != "")).any()):
        return "这一天已经下调过一级，不能再下调"
    current = colour_of(ws, day, code)
    return None if current is None or steps_down(current, level) == 1 else possible(current)
