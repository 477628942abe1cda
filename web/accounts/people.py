"""`/people`: an administrator makes, changes and closes accounts."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from riskmap.access import second_factor, sessions, users
from riskmap.access.account_checks import ACCOUNT_ROLES
from riskmap.access.policy import authorise
from riskmap.access.users import User
from riskmap.errors import ConflictError, FieldsError
from riskmap.rows import town_names
from riskmap.schemes import scheme_in_use
from web.access import actor_of, moment_of
from web.forms import go, render_form
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts

router = APIRouter(prefix="/people", include_in_schema=False)

DONE = ("changed", "disabled", "enabled", "ended", "no_factor")
ASKED_OF = {"reporter": "town", "inspector": "domains", "enterprise": "enterprise_id"}
"""Role → the field that only this role needs."""
Text = Annotated[str, Field(max_length=2000)]


class AccountForm(BaseModel):
    """The fields of an account as typed."""

    login: Text = ""
    name: Text = ""
    role: Text = ""
    town: Text = ""
    domains: list[Text] = Field([], max_length=100)
    enterprise_id: Text = ""
    sign_in_by: Text = "password"
    seen: Text = ""

    def fields(self) -> dict[str, Any]:
        """Return what riskmap asks of an account besides its login."""
        asked = ASKED_OF.get(self.role, "")
        return {
            "name": self.name,
            "role": self.role,
            "town": self.town if asked == "town" else None,
            "domains": self.domains if asked == "domains" else (),
            "enterprise_id": self.enterprise_id if asked == "enterprise_id" else None,
        }

    def typed(self) -> dict[str, str]:
        """Return the text fields as typed, to show them again."""
        shown = self.model_dump(exclude={"domains"})
        return {name: str(value) for name, value in shown.items()}


@router.get("", response_class=HTMLResponse)
def page(request: Request) -> Response:
    """Show all accounts, and the form for a new one."""
    return _people(request)


@router.post("", response_class=HTMLResponse)
def add(request: Request, form: Annotated[AccountForm, Form()]) -> Response:
    """Make an account; its first password stands on this answer and nowhere else."""
    try:
        user, password = users.add_user(
            workspace_of(request), actor_of(request), login=form.login, **form.fields(),
            with_password=form.sign_in_by != "oidc", now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return _people(request, error.faults, form)
    except ConflictError as error:
        return _people(request, {"login": str(error)}, form)
    return _handed_over(request, user, password)


@router.get("/{login}", response_class=HTMLResponse)
def person(request: Request, login: str, done: str = "") -> Response:
    """Show one account and what can be done about it."""
    return _person(request, login, done=done if done in DONE else "")


@router.post("/{login}", response_class=HTMLResponse)
def change(request: Request, login: str, form: Annotated[AccountForm, Form()]) -> Response:
    """Change name, role and what the role may act on."""
    try:
        users.change_user(
            workspace_of(request), actor_of(request), login, form.fields(),
            expect=form.seen or None, now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return _person(request, login, error.faults, form)
    except ConflictError as error:
        return _person(request, login, {"name": _changed_meanwhile(error)}, form, status=409)
    return go(f"/people/{login}?done=changed")


@router.post("/{login}/password", response_class=HTMLResponse)
def reset_password(request: Request, login: str) -> Response:
    """Give a new first password; it stands on this answer and nowhere else."""
    user, password = users.reset_password(
        workspace_of(request), actor_of(request), login, now=moment_of(request)
    )
    return _handed_over(request, user, password)


@router.post("/{login}/disable")
def disable(request: Request, login: str) -> Response:
    """Close an account; its sessions end."""
    users.disable_user(workspace_of(request), actor_of(request), login, now=moment_of(request))
    return go(f"/people/{login}?done=disabled")


@router.post("/{login}/enable")
def enable(request: Request, login: str) -> Response:
    """Open a closed or locked account."""
    users.enable_user(workspace_of(request), actor_of(request), login, now=moment_of(request))
    return go(f"/people/{login}?done=enabled")


@router.post("/{login}/sessions/end")
def end_sessions(request: Request, login: str) -> Response:
    """End all sessions of a person, for instance when a telephone was lost."""
    sessions.end_user_sessions(
        workspace_of(request), actor_of(request), login, now=moment_of(request)
    )
    return go(f"/people/{login}?done=ended")


@router.post("/{login}/second-factor/remove")
def remove_factor(request: Request, login: str) -> Response:
    """Take the second factor away from a person who has lost the telephone."""
    second_factor.remove_of(workspace_of(request), actor_of(request), login, now=moment_of(request))
    return go(f"/people/{login}?done=no_factor")


def _people(
    request: Request,
    faults: Mapping[str, str] | None = None,
    form: AccountForm | None = None,
) -> Response:
    listed = users.list_users(workspace_of(request), actor_of(request))
    context = {
        **_frame(request),
        "people": listed,
        "now": moment_of(request),
        "with_oidc": bool(workspace_of(request).settings.access.oidc.issuer),
        "chosen": form.domains if form else [],
    }
    values = form.typed() if form else {"role": "reporter"}
    status = 422 if faults else 200
    return render_form(request, "people.html", context, faults, values, status)


def _person(
    request: Request,
    login: str,
    faults: Mapping[str, str] | None = None,
    form: AccountForm | None = None,
    *,
    done: str = "",
    status: int = 422,
) -> Response:
    workspace, actor = workspace_of(request), actor_of(request)
    authorise(actor, "user.manage")
    user = users.find_user(workspace, login)
    if user is None:
        raise users.no_such_user(login)
    values = form.typed() if form else _known(user)
    context = {
        **_frame(request),
        "user": user,
        "now": moment_of(request),
        "done": done,
        "own": user.login == actor.login,
        "seen": users.state_of(user),
        "chosen": form.domains if form else list(user.domains),
    }
    return render_form(request, "person.html", context, faults, values, status if faults else 200)


def _changed_meanwhile(error: ConflictError) -> str:
    """Say what the account is now, for the one whose form was overtaken."""
    shown = [error.theirs.get(name) for name in ("name", "role", "town", "domains")]
    now = "、".join(str(each) for each in shown if each)
    return f"{error.what}，现在是：{now}。您填的都还在，核对后可再提交"


def _known(user: User) -> dict[str, str]:
    known = {name: getattr(user, name) for name in ("name", "town", "enterprise_id")}
    return {name: value or "" for name, value in known.items()} | {"role": str(user.role)}


def _handed_over(request: Request, user: User, password: str) -> Response:
    context = {**_frame(request), "user": user, "first_password": password}
    return render_form(request, "person_added.html", context)


def _frame(request: Request) -> dict[str, Any]:
    workspace, t = workspace_of(request), Texts(language_of(request))
    towns = town_names(workspace)
    return {
        "page": "people",
        "towns": towns,
        "town_options": list(towns.items()),
        "role_options": [(str(role), t(f"role_{role}")) for role in ACCOUNT_ROLES],
        "domain_options": [(code, code) for code in scheme_in_use(workspace).domains],
        "zone": workspace.settings.zone,
    }
