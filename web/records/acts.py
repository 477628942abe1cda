"""What people do with single records besides entering them: alarms and decisions on a colour."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import authorise
from riskmap.errors import ConflictError, FieldsError
from riskmap.records import entries, lowering, overrides, statements
from web.access import actor_of, moment_of
from web.forms import go, render_form
from web.records.forms import form_fields
from web.records.record import Form, Key, expected, frame, item_address, item_page
from web.rendering import language_of, workspace_of
from web.rows.pages import reader_of
from web.texts.lookup import Texts

router = APIRouter(prefix="/records", include_in_schema=False, default_response_class=HTMLResponse)

PROPOSED = ("town", "date", "level", "reason")
DIRECTION = "direction"
"""Asked for only where the colours do not say it."""


@router.post("/alarms/acknowledge")
def acknowledge(request: Request, form: Form, key: Key) -> Response:
    """Note that somebody has seen the alarm, now."""
    return _alarm(request, key, form, {"acknowledged_at": moment_of(request).isoformat()})


@router.post("/alarms/handle")
def handle(request: Request, form: Form, key: Key) -> Response:
    """Note that the alarm was dealt with, now, and how."""
    note = form.get("handled_note", "")
    if not note:
        faults = {"handled_note": "写明怎样处置的"}
        return item_page(request, "alarms", key, faults=faults, values=form, form="handle")
    now = moment_of(request).isoformat()
    seen = entries.latest(workspace_of(request), "alarms", key)
    first = {} if seen.fields["acknowledged_at"] else {"acknowledged_at": now}
    return _alarm(request, key, form, {"handled_at": now, "handled_note": note, **first})


@router.post("/{kind}/complete")
def complete(request: Request, kind: str) -> Response:
    """State that all records of a kind have been entered as of now."""
    statements.state_complete(
        workspace_of(request), actor_of(request), kind, now=moment_of(request)
    )
    return go(f"/records/{kind}")


@router.get("/overrides/propose")
def propose_form(request: Request) -> Response:
    """Show the form that raises or lowers a town's colour."""
    authorise(actor_of(request), "record.overrides")
    today = moment_of(request).astimezone(workspace_of(request).settings.zone).date()
    return _propose_page(request, {}, {"date": today.isoformat()})


@router.post("/overrides/propose")
def propose(request: Request, form: Form) -> Response:
    """Raise a colour at once, or propose to lower it."""
    faults = {name: "必填" for name in PROPOSED if not form.get(name)}
    if not faults:
        try:
            day = date.fromisoformat(form["date"])
        except ValueError:
            faults["date"] = "不是日期，写成 2026-06-30"
    direction = "" if faults else _direction(request, form, day)
    if not faults and not direction:
        faults[DIRECTION] = Texts(language_of(request))("override_which")
    if faults:
        authorise(actor_of(request), "record.overrides")
        return _propose_page(request, faults, form)
    try:
        made = overrides.propose(
            workspace_of(request), actor_of(request), town=form["town"], day=day,
            level=form["level"], direction=direction, reason=form["reason"],
            now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return _propose_page(request, error.faults, form)
    return go(item_address("overrides", made.version.key, "entered"))


@router.post("/overrides/confirm")
def confirm(request: Request, key: Key) -> Response:
    """Confirm a proposal to lower, as the second person."""
    try:
        overrides.confirm(workspace_of(request), actor_of(request), key, now=moment_of(request))
    except ConflictError as error:
        return item_page(request, "overrides", key, faults={"": str(error)}, form="confirm")
    return go(item_address("overrides", key, "entered"))


def _alarm(
    request: Request, key: str, form: Mapping[str, str], fields: Mapping[str, str]
) -> Response:
    made = entries.enter(
        workspace_of(request), actor_of(request), "alarms", {"id": key, **fields},
        expect=expected(form), now=moment_of(request),
    )  # fmt: skip
    return go(item_address("alarms", key, "entered" if made.changed else "same"))


def _direction(request: Request, form: Mapping[str, str], day: date) -> str:
    """Return up or down from the colour of the day to the one chosen; else what was typed."""
    current = lowering.colour_of(workspace_of(request), day, form["town"])
    return overrides.direction_between(current, form["level"]) or form.get(DIRECTION, "")


def _propose_page(
    request: Request, faults: Mapping[str, str], values: Mapping[str, str]
) -> Response:
    fields = {field.name: field for field in form_fields("overrides", reader_of(request), new=True)}
    asked = [*PROPOSED[:3], *([DIRECTION] if DIRECTION in {*faults, *values} else []), PROPOSED[3]]
    context = {
        **frame(request, "overrides"),
        "fields": [fields[name] for name in asked],
        "labels": {name: fields[name].label for name in asked},
    }
    status = 422 if faults else 200
    return render_form(request, "override.html", context, faults, values, status)
