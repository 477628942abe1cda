"""The forms of a danger's page: which fields an action asks for, and how each is shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from riskmap.ledger.fields import TEXT_LENGTHS
from riskmap.ledger.states import BY_ACTION, State, Transition
from riskmap.ledger.versions import Danger
from web.ledger.danger_view import Words, address_of

PAIRS = {"recheck_pass": "recheck_fail", "extend_approve": "extend_refuse"}
"""Actions that are two buttons below one form: passed or failed, granted or refused."""
MAIN = ("recheck_pass", "extend_approve", "rectify", "assign", "close")
"""Which action stands open on the page, the first that is allowed."""
UNDATED = ("edit", "comment", "void")
"""Actions without a moment of their own."""
AREAS = {"description": 3, "comment": 3}
DATES = ("deadline", "extension_until", "listed_until")
PREFILLED = ("responsible_unit", "responsible_person", "deadline", "term")
"""What an action proposes as it stands; `edit` proposes everything."""


def _no_dues(_: date) -> Mapping[str, date]:
    return {}


@dataclass(frozen=True)
class Choices:
    """What the selects of a form offer: (value, text); the deadlines of a day by each term."""

    towns: Sequence[tuple[str, str]]
    domains: Sequence[tuple[str, str]]
    dues: Callable[[date], Mapping[str, date]] = _no_dues


def action_forms(
    danger: Danger, allowed: Sequence[Transition], choices: Choices, words: Words
) -> list[dict[str, Any]]:
    """Return the forms of the allowed actions, the main one first; pairs are one form.

    Each has `name`, `title`, `href`, `fields`, `other` (the second button) and `main`.
    """
    by_name = {one.action: one for one in allowed}
    second = {PAIRS[one] for one in by_name if one in PAIRS and PAIRS[one] in by_name}
    forms = [
        _form(danger, one, by_name.get(PAIRS.get(one.action, "")), choices, words)
        for one in allowed
        if one.action not in second
    ]
    chosen = next((name for name in MAIN if name in by_name), None)
    if chosen == "assign" and danger.state is State.ASSIGNED:
        chosen = None
    for one in forms:
        one["main"] = one["name"] == chosen
    return sorted(forms, key=lambda one: not one["main"])


def form_of(
    danger: Danger, action: str, allowed: Sequence[Transition], choices: Choices, words: Words
) -> dict[str, Any] | None:
    """Return the form that an action belongs to, None when it is not allowed."""
    for one in action_forms(danger, allowed, choices, words):
        if one["name"] == action or PAIRS.get(one["name"]) == action:
            return one
    return None


def form_name(action: str, allowed: Sequence[Transition]) -> str:
    """Return the name of the form on which an action stands (that of its pair)."""
    names = {one.action for one in allowed}
    return next((one for one, two in PAIRS.items() if two == action and one in names), action)


def sent_fields(
    danger: Danger, action: str, typed: Mapping[str, str], words: Words
) -> dict[str, str]:
    """Return the typed fields that the action takes; of a correction only what was changed."""
    transition = BY_ACTION[action]
    taken = {
        name: typed[name]
        for name in (*transition.required, *transition.optional)
        if name in typed and name != "photos"
    }
    if action != "edit":
        return {
            name: value for name, value in taken.items() if value or name in transition.required
        }
    return {
        name: value
        for name, value in taken.items()
        if name == "comment" or value != written(danger.record.get(name), words)
    }


def written(value: object, words: Words) -> str:
    """Return a stored value as its input shows it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(words.zone).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _form(
    danger: Danger,
    transition: Transition,
    other: Transition | None,
    choices: Choices,
    words: Words,
) -> dict[str, Any]:
    names = (*transition.required, *transition.optional)
    found_on = words.local(danger.record["found_at"])
    title = transition.action
    if title == "assign" and danger.state is State.ASSIGNED:
        title = "assign_again"
    return {
        "name": transition.action,
        "title": words.t(f"action_{title}"),
        "href": f"{address_of(danger.number)}/{transition.action}",
        "fields": [_field(danger, transition, name, choices, words) for name in names],
        "other": other
        and {
            "title": words.t(f"action_{other.action}"),
            "href": f"{address_of(danger.number)}/{other.action}",
        },
        "dues": choices.dues(found_on) if "term" in names else {},
        "dated": transition.action not in UNDATED,
        "open": False,
    }


def _field(
    danger: Danger, transition: Transition, name: str, choices: Choices, words: Words
) -> dict[str, Any]:
    """Return one input: kind, label, value and what it offers."""
    shown = transition.action == "edit" or (name in PREFILLED and transition.action == "assign")
    value = written(danger.record.get(name), words) if shown else ""
    one: dict[str, Any] = {
        "name": name,
        "label": words.t(f"field_{name}"),
        "kind": "text",
        "required": name in transition.required,
        "value": value,
        "options": (),
        "empty": "",
        "rows": AREAS.get(name, 3),
        "longest": TEXT_LENGTHS.get(name, ""),
        "narrow": name in ("lon", "lat"),
        "step": "",
    }
    if name == "photos":
        one["kind"] = "photo"
    elif name in AREAS:
        one["kind"] = "area"
    elif name in DATES:
        one |= {"kind": "date", "narrow": True}
    elif name == "found_at":
        one |= {"kind": "datetime-local", "narrow": True}
    elif name in ("town", "domain", "grade", "term"):
        one |= {"kind": "select", "options": _options(name, choices, words)}
        if name == "term":
            one["empty"] = words.t("term_default")
    return one


def _options(name: str, choices: Choices, words: Words) -> Sequence[tuple[str, str]]:
    if name == "town":
        return choices.towns
    if name == "domain":
        return choices.domains
    values = ("general", "major") if name == "grade" else ("town", "district")
    return [(value, words.t(f"{name}_{value}")) for value in values]
