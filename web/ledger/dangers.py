"""`/dangers/{number}`: one hidden danger, its history, and what this person can do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.responses import Response

from riskmap.access.actors import Actor, Role
from riskmap.access.policy import authorise, may
from riskmap.errors import (
    ConflictError,
    FieldsError,
    ForbiddenError,
    RiskmapError,
    TransitionError,
)
from riskmap.ledger import dangers
from riskmap.ledger.conditions import prevented
from riskmap.ledger.deadlines import due_of
from riskmap.ledger.states import BY_ACTION, Transition, allowed_actions
from riskmap.ledger.versions import Danger
from riskmap.schemes import scheme_in_use
from web.access import actor_of, moment_of, sign_in_address
from web.errors import status_of
from web.forms import go, render_form, seen_version, typed
from web.ledger.danger_conflict import compared, steps_between, typed_rows
from web.ledger.danger_forms import action_forms, form_name, form_of, sent_fields
from web.ledger.danger_map import danger_map
from web.ledger.danger_pages import (
    Form,
    Taken,
    choices_of,
    ground_of,
    local_now,
    take_photos,
    words_of,
)
from web.ledger.danger_view import Words, address_of, danger_view, step_view
from web.rendering import workspace_of

router = APIRouter(include_in_schema=False)

NEXT_STEPS = ("recheck_pass", "close")
"""Steps whose buttons a person may miss: another one has to take them."""
NOTHING = Taken((), ())
NOT_STORED = "not-stored"
"""Stands for a photo that could not be taken: the ledger refuses it, so nothing is done."""


@dataclass(frozen=True)
class Sent:
    """A form that could not be taken: which, what was typed, what is wrong, which photos stay.

    `refused` is why it cannot be sent at all; the page then shows what was typed as text.
    """

    form: str = ""
    values: Mapping[str, str] | None = None
    faults: Mapping[str, str] | None = None
    taken: Taken = NOTHING
    refused: str = ""


@router.get("/dangers/{number}", response_class=HTMLResponse)
def danger_page(request: Request, number: str, done: str = "") -> Response:
    """Show one danger."""
    authorise(actor_of(request), "read")
    danger = dangers.read_danger(workspace_of(request), number)
    return _page(request, danger, Sent(), done=done)


@router.post("/dangers/{number}/{action}", response_class=HTMLResponse)
def act(request: Request, number: str, action: str, form: Form) -> Response:
    """Do one action; a stale one is answered with both versions, a wrong one with its faults."""
    workspace, actor = workspace_of(request), actor_of(request)
    danger = dangers.read_danger(workspace, number)
    words = words_of(request, danger.subject)
    values = typed(form)
    taken = take_photos(request, form) if _brings_photos(form) else NOTHING
    fields = sent_fields(danger, action, values, words) if action in BY_ACTION else {}
    try:
        danger = dangers.act(
            workspace,
            actor,
            number,
            action,
            fields,
            version=seen_version(values),
            photos=[*taken.digests, *([NOT_STORED] if taken.faults else [])],
            held_at=values.get("held_at") or None,
            now=moment_of(request),
        )
    except FieldsError as error:
        faults = dict(error.faults)
        if taken.faults:
            faults["photos"] = " ".join(taken.faults)
        name = form_name(action, dangers.allowed(danger, actor))
        return _page(request, danger, Sent(name, values, faults, taken), status=422)
    except ConflictError as error:
        return _conflict(request, action, values, taken, error)
    except (TransitionError, ForbiddenError) as error:
        return _not_now(request, action, Sent("", values, {"": str(error)}, taken), number, error)
    return go(f"{address_of(number)}?done={action}")


def _page(
    request: Request, danger: Danger, sent: Sent, *, done: str = "", status: int = 200
) -> Response:
    words, actor = words_of(request, danger.subject), actor_of(request)
    today = local_now(request).date()
    due = due_of(danger.record, scheme_in_use(workspace_of(request)), words.zone)
    view = danger_view(danger, due, today, words)
    forms = action_forms(danger, dangers.allowed(danger, actor), choices_of(request), words)
    for one in forms:
        one["open"] = one["name"] == sent.form
    point = _point(request, danger, words)
    context: dict[str, Any] = {
        "page": "danger",
        "danger": view,
        "main": forms[0] if forms and forms[0]["main"] else None,
        "others": [one for one in forms if not one["main"]],
        "why_not": _why_not(danger, actor),
        "nobody": actor.role is Role.ANONYMOUS,
        "sign_in": sign_in_address(address_of(danger.number)),
        "refused": sent.refused,
        "typed": typed_rows(_named(sent.values or {}), words) if sent.refused else [],
        "kept": sent.taken.digests,
        "labels": _labels(words),
        "done": _done(done, danger, view, words, due),
        "done_link": {"href": "/report", "text": words.t("danger_another")}
        if done == "report"
        else None,
        "map": point[0] if point else None,
        "map_label": point[1] if point else "",
    }
    return render_form(
        request, "danger.html", context, sent.faults, sent.values, status, form=sent.form
    )


def _not_now(
    request: Request, action: str, sent: Sent, number: str, error: RiskmapError
) -> Response:
    """Show the danger with why it could not be done, and what was typed and sent."""
    danger = dangers.read_danger(workspace_of(request), number)
    allowed = dangers.allowed(danger, actor_of(request))
    if any(one.action == action for one in allowed):
        sent = replace(sent, form=form_name(action, allowed))
    else:
        sent = replace(sent, faults={}, refused=str(error))
    return _page(request, danger, sent, status=status_of(error))


def _conflict(
    request: Request,
    action: str,
    values: Mapping[str, str],
    taken: Taken,
    error: ConflictError,
) -> Response:
    """Show what was sent beside what is stored now, and the form again with what was typed."""
    number = str(error.theirs["number"])
    danger = dangers.read_danger(workspace_of(request), number)
    words, actor = words_of(request, danger.subject), actor_of(request)
    allowed = dangers.allowed(danger, actor)
    again = form_of(danger, action, allowed, choices_of(request), words)
    seen = seen_version(values) or 0
    title = words.t(f"action_{action}")
    context: dict[str, Any] = {
        "page": "danger",
        "danger": {
            "number": number,
            "href": address_of(number),
            "version": danger.version,
        },
        "lead": words.t("conflict_lead", yours=seen, theirs=danger.version),
        "compared": compared(error, words),
        "between": [step_view(step, words) for step in steps_between(danger, seen)],
        "again": again,
        "action_title": title,
        "gone": words.t("conflict_gone", state=words.t(f"state_{danger.state}"), action=title),
        "typed": typed_rows(error.yours, words),
        "kept": taken.digests,
        "labels": _labels(words),
    }
    name = form_name(action, allowed)
    return render_form(request, "danger_conflict.html", context, {}, values, 409, form=name)


def _why_not(danger: Danger, actor: Actor) -> list[str]:
    """Return why this person, who has the right, cannot take the next step all the same."""
    waiting = [one for one in allowed_actions(danger.state) if one.action in NEXT_STEPS]
    said = [
        prevented(one, danger, actor)
        for one in waiting
        if may(actor, one.permission, danger.subject)
    ]
    return list(dict.fromkeys(why for why in said if why))


def _point(request: Request, danger: Danger, words: Words) -> tuple[Markup, str] | None:
    """Return the picture of the place and its caption, None where the place is not known."""
    lon, lat, ground = danger.record["lon"], danger.record["lat"], ground_of(request)
    if lon is None or lat is None or ground is None:
        return None
    label = words.t(
        "danger_map_label",
        town=words.value("town", danger.record["town"]),
        lon=f"{lon:.5f}",
        lat=f"{lat:.5f}",
    )
    return danger_map(ground, danger.record["town"], lon, lat, label), label


def _done(done: str, danger: Danger, view: Mapping[str, Any], words: Words, due: Any) -> str:
    """Return the sentence after an action, "" for a word that is none."""
    if done == "report":
        return words.t("danger_done_report", number=danger.number, due=words.day(due))
    return words.t("danger_done", step=words.t(f"step_{done}")) if done in BY_ACTION else ""


def _labels(words: Words) -> dict[str, str]:
    names: Sequence[str] = ["held_at", "photos"]
    for one in BY_ACTION.values():
        names = [*names, *_names(one)]
    return {
        name: words.t("danger_held_at" if name == "held_at" else f"field_{name}") for name in names
    }


def _named(values: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into fields that have a label."""
    known = {name for one in BY_ACTION.values() for name in _names(one)} | {"comment"}
    return {name: value for name, value in values.items() if name in known - {"photos"}}


def _names(transition: Transition) -> Sequence[str]:
    return (*transition.required, *transition.optional)


def _brings_photos(form: Form) -> bool:
    return bool(form.getlist("photos") or form.getlist("kept"))
