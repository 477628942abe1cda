"""Signing in and out: `/sign-in`, `/sign-out`."""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from riskmap.access import sessions, signing_in
from riskmap.access.account_checks import login_of
from riskmap.access.signing_in import SecondFactorNeededError, SignedIn
from riskmap.errors import SignInError
from web import access
from web.access import ACCOUNT, SESSION_COOKIE, SIGN_IN, SIGN_OUT, local_path, session_of
from web.accounts.sealing import opened, sealed
from web.accounts.sign_in_attempts import Attempts
from web.csrf import COOKIE
from web.forms import go, render_form
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts

router = APIRouter(include_in_schema=False)

TICKET_S = 180
"""How long a person has to read the code from the telephone after the password was right."""

Text = Annotated[str, Field(max_length=2000)]


class SignInForm(BaseModel):
    """The fields as typed; `ticket` is the sealed first step of somebody with a second factor."""

    login: Text = ""
    password: Text = ""
    code: Text = ""
    ticket: str = Field("", max_length=20_000)
    next: Text = "/"

    def parts(self) -> tuple[str, str, str, str, str]:
        """Return the fields in their order."""
        return self.login, self.password, self.code.strip(), self.ticket, self.next


@router.get(SIGN_IN, response_class=HTMLResponse)
def page(request: Request, next: str = "", out: str = "", fault: str = "") -> Response:
    """Show the form; who is signed in already goes on."""
    if session_of(request):
        return go(local_path(next))
    faults = {"": Texts(language_of(request))("sign_in_oidc_fault")} if fault == "oidc" else {}
    return _form(request, next, faults=faults, left=bool(out))


@router.post(SIGN_IN, response_class=HTMLResponse)
def sign_in(request: Request, form: Annotated[SignInForm, Form()]) -> Response:
    """Open a session; a person with a second factor is asked for the code on a second page."""
    t = Texts(language_of(request))
    login, password, code, ticket, next_path = form.parts()
    if ticket:
        known = opened(request, "code", ticket, TICKET_S)
        if known is None:
            return _form(request, next_path, faults={"": t("sign_in_too_late")}, status=422)
        login, password = known
    if not (login.strip() and password):
        missing = {"login": login.strip(), "password": password}
        faults = {name: t(f"sign_in_no_{name}") for name, given in missing.items() if not given}
        return _form(request, next_path, faults=faults, values={"login": login}, status=422)
    address, now = access.address_of(request), access.moment_of(request)
    attempts: Attempts = request.app.state.attempts
    tried = (address, login_of(login)[: signing_in.LONGEST_LOGIN], now)
    wait = attempts.begin(*tried)
    if wait:
        return _wait_form(request, next_path, login, wait)
    try:
        signed = signing_in.sign_in(
            workspace_of(request), login, password, code=code or None,
            address=address, agent=request.headers.get("user-agent", ""), now=now,
        )  # fmt: skip
    except SecondFactorNeededError:
        attempts.forgive(*tried)
        wrong = {"code": t("sign_in_no_code")} if ticket else {}
        kept = ticket or sealed(request, "code", [login, password])
        return _code_form(request, next_path, kept, wrong)
    except SignInError as error:
        return _refused_form(request, next_path, login, ticket, str(error))
    attempts.forgive(*tried, known=True)
    return signed_in(request, signed, next_path)


@router.post(SIGN_OUT)
def sign_out(request: Request) -> Response:
    """End the session on the server and in the browser."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        address, now = access.address_of(request), access.moment_of(request)
        sessions.sign_out(workspace_of(request), cookie, address=address, now=now)
    answer = go(f"{SIGN_IN}?out=1")
    access.clear_session_cookie(request, answer)
    return answer


def signed_in(request: Request, signed: SignedIn, next_path: str) -> Response:
    """Hand over the session and go on: to the own account first when the password is the first."""
    answer = go(ACCOUNT if signed.must_change else local_path(next_path))
    access.set_session_cookie(request, answer, signed.cookie)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return answer


def refused(request: Request, reason: str, next_path: str) -> Response:
    """Show the form again with the reason why another way to sign in did not lead in."""
    return _form(request, next_path, faults={"": reason}, status=401)


def _form(
    request: Request,
    next_path: str,
    *,
    faults: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    status: int = 200,
    left: bool = False,
) -> Response:
    oidc = workspace_of(request).settings.access.oidc
    context = {
        "page": "sign-in",
        "next": local_path(next_path),
        "left": left,
        "ticket": "",
        "oidc_button": oidc.button if oidc.issuer else "",
        "open_to_read": workspace_of(request).settings.access.anonymous_viewer,
    }
    return render_form(request, "sign_in.html", context, faults, values, status)


def _refused_form(request: Request, next_path: str, login: str, ticket: str, said: str) -> Response:
    if ticket:
        return _code_form(request, next_path, ticket, {"code": said})
    return _form(request, next_path, faults={"": said}, values={"login": login}, status=401)


def _wait_form(request: Request, next_path: str, login: str, wait: timedelta) -> Response:
    """Say how long this address has to wait, whoever asks from there."""
    minutes = math.ceil(wait / timedelta(minutes=1))
    said = Texts(language_of(request))("sign_in_wait", minutes=minutes)
    answer = _form(request, next_path, faults={"": said}, values={"login": login}, status=429)
    answer.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return answer


def _code_form(
    request: Request, next_path: str, ticket: str, faults: Mapping[str, str]
) -> Response:
    context = {
        "page": "sign-in", "next": local_path(next_path), "left": False, "ticket": ticket,
        "oidc_button": "", "open_to_read": False,
    }  # fmt: skip
    return render_form(request, "sign_in.html", context, faults, {}, 422 if faults else 200)
