"""What an action does to the record of a danger: columns and given values in, columns out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from riskmap.access.actors import Actor
from riskmap.ledger.deadlines import due_on
from riskmap.ledger.states import Transition
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
    """Move a deadline that nobody gave by hand along with a corrected day of finding."""
    if danger.record["deadline"] is None and "deadline" not in values:
        return {}
    return {"deadline": _deadline(danger, values, record, setting)}


def _deadline(
    danger: Danger, values: Mapping[str, Any], record: Mapping[str, Any], setting: Setting
) -> date:
    """Return the deadline given; else the one there is, as long as it is not merely the term's.

    A deadline equal to the term's follows the term and the day found; one set by hand stays. One
    that was emptied is the term's again.
    """
    if "deadline" in values:
        given: date | None = values["deadline"]
        return _by_term(record, setting) if given is None else given
    before: date | None = danger.record["deadline"]
    if before is not None and before != _by_term(danger.record, setting):
        return before
    return _by_term(record, setting)


def _by_term(record: Mapping[str, Any], setting: Setting) -> date:
    return due_on(setting.scheme, record["term"], found_day(record, setting.zone))


def _recheck_fail(*_: object) -> dict[str, Any]:
    return {"rectified_at": None}


def _reopen(*_: object) -> dict[str, Any]:
    return {"closed_at": None, "rectified_at": None, "rechecked_at": None}


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
