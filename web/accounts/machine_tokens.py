"""`/tokens`: an administrator issues and revokes tokens for machines."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from riskmap.access import tokens
from riskmap.errors import FieldsError
from riskmap.rows import town_names
from web.access import actor_of, moment_of
from web.forms import go, render_form
from web.rendering import language_of, workspace_of
from web.texts.lookup import TEXTS, Texts

router = APIRouter(prefix="/tokens", include_in_schema=False)

USUAL_DAYS = 180
Text = Annotated[str, Field(max_length=2000)]


class TokenForm(BaseModel):
    """The fields of a token as typed."""

    name: Text = ""
    scopes: list[Text] = Field([], max_length=50)
    town: Text = ""
    days: Text = ""


@router.get("", response_class=HTMLResponse)
def page(request: Request) -> Response:
    """Show all tokens, and the form for a new one."""
    return _tokens(request)


@router.post("", response_class=HTMLResponse)
def issue(request: Request, form: Annotated[TokenForm, Form()]) -> Response:
    """Issue a token; its text stands on this answer and nowhere else."""
    days = int(form.days) if form.days.isascii() and form.days.isdigit() else 0
    try:
        token, text = tokens.issue_token(
            workspace_of(request), actor_of(request), name=form.name, scopes=form.scopes,
            town=form.town or None, days=min(days, 10**6), now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return _tokens(request, error.faults, form)
    return _tokens(request, issued=(token, text))


@router.post("/{number}/revoke")
def revoke(request: Request, number: int) -> Response:
    """Revoke a token: it is refused from now on."""
    tokens.revoke_token(workspace_of(request), actor_of(request), number, now=moment_of(request))
    return go("/tokens")


def scope_name(scope: str, t: Texts) -> str:
    """Return what a scope lets a machine do, in words; its code where there are none."""
    key = "scope_" + scope.replace(".", "_")
    return t(key) if key in TEXTS else scope


def _tokens(
    request: Request,
    faults: Mapping[str, str] | None = None,
    form: TokenForm | None = None,
    issued: tuple[tokens.Token, str] | None = None,
) -> Response:
    workspace, now = workspace_of(request), moment_of(request)
    towns, t = town_names(workspace), Texts(language_of(request))
    context = {
        "page": "people",
        "tokens": tokens.list_tokens(workspace, actor_of(request)),
        "issued": issued,
        "now": now,
        "towns": towns,
        "town_options": list(towns.items()),
        "scope_options": [(scope, scope_name(scope, t)) for scope in tokens.scopes_for_machines()],
        "scope_name": lambda scope: scope_name(scope, t),
        "chosen": form.scopes if form else [],
        "zone": workspace.settings.zone,
    }
    values = form.model_dump(exclude={"scopes"}) if form else {"days": str(USUAL_DAYS)}
    return render_form(request, "tokens.html", context, faults, values, 422 if faults else 200)
