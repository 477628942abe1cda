"""What an action does to the record of a danger: columns and given values in, columns out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from riskmap.access.actors import Actor
from riskmap.ledger.conditions import may_put_off
from riskmap.ledger.deadlines import due_of, due_on
from riskmap.ledger.states import State, Transition
from riskmap.ledger.versions import Danger
from scoring.schemes.scheme import Scheme

STEP_FIELDS = frozenset({"comment", "photos"})
"""Fields that belong to the step, not to the danger."""

HELD_THROUGHOUT = (
    "found_at",
    "town",
    "domain",
    "grade",
    "description",
    "community",
    "enterprise_id",
    "place",
    "lon",
    "lat",
)
"""Facts: a correction of one holds for every earlier moment too. Deadlines and responsible
persons are decisions: what was decided before stays as it was."""


@dataclass(frozen=True)
class Setting:
    """What the effects of an action depend on besides the danger."""

    actor: Actor
    scheme: Scheme
    zone: tzinfo
    held_at: datetime


def after_action(
    transition: Transition, danger: Danger, values: Mapping[str, Any], setting: Setting
) -> dict[str, Any]:
    """Return every column of a danger after an action."""
    record = dict(danger.record)
    record["number"] = danger.number
    record["state"] = str(transition.after or danger.state)
    record["held_from"] = setting.held_at
    record |= {name: value for name, value in values.items() if name not in STEP_FIELDS}
    if transition.stamps is not None:
        record[transition.stamps] = setting.held_at
    if transition.after is not None:
        record |= {"extension_until": None, "extension_asked_by": None}
    more = _EFFECTS.get(transition.action)
    return record if more is None else record | more(danger, values, record, setting)


def found_day(record: Mapping[str, Any], zone: tzinfo) -> date:
    """Return the day, in the district, on which a danger was found."""
    found: datetime = record["found_at"]
    return found.astimezone(zone).date()


def _assign(
    danger: Danger, values: Mapping[str, Any], record: Mapping[str, Any], setting: Setting
) -> dict[str, Any]:
    return {"deadline": _deadline(danger, values, record, setting)}


def _edit(
    danger: Danger, values: Mapping[str, Any], record: Mapping[str, Any], setting: Setting
) -> dict[str, Any]:
    """Move a deadline that nobody gave by hand along with a corrected day of finding.

    Earlier always; later only for who may put it off alone, else it stays.
    """
    deadline: date | None = None
    if danger.record["deadline"] is not None or "deadline" in values:
        deadline = _deadline(danger, values, record, setting)
    asked = values.keys() & {"deadline", "term"}
    if not asked and not may_put_off(setting.actor, danger):
        due = due_of(danger.record, setting.scheme, setting.zone)
        if due_of({**record, "deadline": deadline}, setting.scheme, setting.zone) > due:
            deadline = due
    return {"deadline": deadline}


def _deadline(
    danger: Danger, values: Mapping[str, Any], record: Mapping[str, Any], setting: Setting
) -> date:
    """Return the deadline given; else the one there is, as long as it is not merely the term's.

    A deadline equal to the term's follows the term and the day found; one set by hand stays. One
    that was emptied is the term's again. Forms come with the deadline filled in: where the term
    changes, the old term's deadline sent back as it was is not one set by hand.
    """
    before: date | None = danger.record["deadline"]
    usual = before is None or before == _by_term(danger.record, setting)
    if "deadline" in values:
        given: date | None = values["deadline"]
        as_it_was = usual and given == before and record["term"] != danger.record["term"]
        return _by_term(record, setting) if given is None or as_it_was else given
    if before is not None and not usual:
        return before
    return _by_term(record, setting)


def _by_term(record: Mapping[str, Any], setting: Setting) -> date:
    return due_on(setting.scheme, record["term"], found_day(record, setting.zone))


def _recheck_fail(*_: object) -> dict[str, Any]:
    return {"rectified_at": None}


def _reopen(
    danger: Danger, values: Mapping[str, Any], record: Mapping[str, Any], setting: Setting
) -> dict[str, Any]:
    """Open it again: what was void with its own deadline, what was closed with a new term."""
    deadline: date | None = values.get("deadline")
    if deadline is None and danger.state is State.VOID:
        deadline = danger.record["deadline"]
    elif deadline is None:
        held_on = setting.held_at.astimezone(setting.zone).date()
        deadline = due_on(setting.scheme, record["term"], held_on)
    gone = ("closed_at", "rectified_at", "rechecked_at", "transferred_to")
    return {**dict.fromkeys(gone), "deadline": deadline}


def _extend_ask(
    danger: Danger, values: Mapping[str, Any], record: Mapping[str, Any], setting: Setting
) -> dict[str, Any]:
    return {"extension_asked_by": setting.actor.login}


def _extend_approve(danger: Danger, *_: object) -> dict[str, Any]:
    return {
        "deadline": danger.record["extension_until"],
        "extension_until": None,
        "extension_asked_by": None,
    }


def _extend_refuse(*_: object) -> dict[str, Any]:
    return {"extension_until": None, "extension_asked_by": None}


_EFFECTS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "assign": _assign,
    "edit": _edit,
    "recheck_fail": _recheck_fail,
    "reopen": _reopen,
    "extend_ask": _extend_ask,
    "extend_approve": _extend_approve,
    "extend_refuse": _extend_refuse,
}
