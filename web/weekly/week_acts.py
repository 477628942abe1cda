"""The office's Friday: compute a week, publish its newest draft, hold single cards back."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import authorise
from riskmap.errors import (
    ConflictError,
    FieldsError,
    ForbiddenError,
    NotFoundError,
    RiskmapError,
    SignInError,
)
from riskmap.weekly import weeks
from riskmap.weekly.cards.deciding import LONGEST
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.publishing import publish_week
from web.access import actor_of, moment_of
from web.errors import status_of
from web.forms import go, typed
from web.ledger.danger_pages import Form
from web.parameters import WeekText, parse_week
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts
from web.weekly.pages import show_week
from web.weekly.week_office import HOLD, Sent
from web.weekly.week_view import week_address

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.post("/weekly/{week}/publish")
def publish(request: Request, week: WeekText, form: Form) -> Response:
    """Publish the draft that the person saw; its cards are raised, or held back with a reason."""
    workspace, actor = workspace_of(request), actor_of(request)
    authorise(actor, "week.publish")
    name, values = parse_week(week), typed(form)
    revision = _revision(values.get("revision", ""))
    if revision is None:
        unseen = Texts(language_of(request))("office_unseen")
        return show_week(request, name, sent=Sent("publish", values, refused=unseen), status=422)
    held = {
        field.removeprefix(HOLD): text
        for field, text in values.items()
        if field.startswith(HOLD) and text
    }
    try:
        done = publish_week(
            workspace,
            actor,
            name,
            by=actor.name,
            now=moment_of(request),
            held_back=held,
            revision=revision,
        )
    except FieldsError as error:
        faults = {f"{HOLD}{town}": text for town, text in error.faults.items()}
        return show_week(request, name, revision, sent=Sent("publish", values, faults), status=422)
    except RiskmapError as error:
        return _refused(request, name, Sent("publish", values), error)
    return go(f"{week_address(name)}?done={'already' if done.already else 'published'}#office")


@router.post("/weekly/{week}/compute")
def compute(request: Request, week: WeekText, form: Form) -> Response:
    """Compute a week as a new draft; one that is published needs a reason: a correction."""
    workspace, actor, now = workspace_of(request), actor_of(request), moment_of(request)
    authorise(actor, "week.compute")
    name, values = parse_week(week), typed(form)
    reason = values.get("reason", "")
    known = weeks.list_revisions(workspace, name)
    t = Texts(language_of(request))
    fault = t("office_reason_long", count=LONGEST) if len(reason) > LONGEST else ""
    if not reason and any(one["status"] == "published" for one in known):
        fault = t("office_reason_missing")
    if fault:
        sent = Sent("compute", values, {"reason": fault})
        return show_week(request, name, sent=sent, status=422)
    try:
        worked = compute_week(workspace, name, now=now, reason=reason or None)
        revision = store_week(workspace, actor, worked, now=now)
    except RiskmapError as error:
        return _refused(request, name, Sent("compute", values), error)
    done = "same" if revision in {one["revision"] for one in known} else "computed"
    return go(f"{week_address(name)}?revision={revision}&done={done}#office")


def _refused(request: Request, week: str, sent: Sent, error: RiskmapError) -> Response:
    """Show the newest revision as it is now, why it could not be done, and what was typed."""
    if isinstance(error, NotFoundError | ForbiddenError | SignInError):
        raise error
    said = str(error)
    if isinstance(error, ConflictError):
        t, theirs = Texts(language_of(request)), error.theirs
        key = "office_newer" if theirs["revision"] != error.yours["revision"] else "office_given"
        said = t(key, revision=theirs["revision"], seen=error.yours["revision"])
    newest = next(
        (one["revision"] for one in weeks.list_revisions(workspace_of(request), week)), None
    )
    told = Sent(sent.form, sent.values, refused=said)
    return show_week(request, week, newest, sent=told, status=status_of(error))


def _revision(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
