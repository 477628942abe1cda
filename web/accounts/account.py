"""`/account`: what a person changes about the own account: password, second factor, sessions."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access import passwords, second_factor, sessions, signing_in, users
from riskmap.access.sessions import Session
from riskmap.errors import FieldsError, NotFoundError, SignInError
from riskmap.rows import town_names
from web.access import ACCOUNT, actor_of, moment_of, session_of
from web.forms import go, render_form
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts

router = APIRouter(include_in_schema=False)

PASSWORD, FACTOR, NO_FACTOR = "password", "factor", "no-factor"
"""The forms of the page."""
DONE = ("password", "factor", "no-factor", "session")
Text = Annotated[str, Form(max_length=2000)]

_AGENTS = (
    (("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("Edg/", "Edge"), ("Firefox/", "Firefox"),
     ("Chrome/", "Chrome"), ("Safari/", "Safari")),
    (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
     ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)  # fmt: skip
"""What tells a browser and a system; the first that fits."""

_SECRET = re.compile(r"[A-Z2-7]{32}")


@router.get(ACCOUNT, response_class=HTMLResponse)
def page(request: Request, done: str = "") -> Response:
    """Show the own account."""
    return _account(request, done=done if done in DONE else "")


@router.post(f"{ACCOUNT}/password", response_class=HTMLResponse)
def change_password(request: Request, old: Text = "", new: Text = "", again: Text = "") -> Response:
    """Change the own password; every other session of the person ends."""
    t, session, actor = Texts(language_of(request)), _session(request), actor_of(request)
    faults = {} if old else {"old": t("account_no_old")}
    if new != again:
        faults["again"] = t("account_not_same")
        if weak := passwords.weak(new, actor.login, actor.name):
            faults["new"] = weak
    if faults:
        return _account(request, PASSWORD, faults)
    try:
        signing_in.change_password(
            workspace_of(request), actor, old, new, keep=session.digest,
            now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return _account(request, PASSWORD, error.faults)
    return go(f"{ACCOUNT}?done=password")


@router.post(f"{ACCOUNT}/second-factor", response_class=HTMLResponse)
def add_factor(request: Request, secret: Text = "", code: Text = "") -> Response:
    """Switch the second factor on once a code shows that the telephone has the secret."""
    workspace, actor = workspace_of(request), actor_of(request)
    _session(request)
    try:
        second_factor.confirm(workspace, actor, secret, code, now=moment_of(request))
    except FieldsError as error:
        return _account(request, FACTOR, error.faults, secret=secret)
    return go(f"{ACCOUNT}?done=factor")


@router.post(f"{ACCOUNT}/second-factor/remove", response_class=HTMLResponse)
def remove_factor(request: Request, code: Text = "") -> Response:
    """Switch the second factor off, with a last code."""
    _session(request)
    try:
        second_factor.remove(workspace_of(request), actor_of(request), code, now=moment_of(request))
    except FieldsError as error:
        return _account(request, NO_FACTOR, error.faults)
    return go(f"{ACCOUNT}?done=no-factor")


@router.post(f"{ACCOUNT}/sessions/end")
def end_session(request: Request, digest: Text = "") -> Response:
    """End another session of the same person."""
    _session(request)
    sessions.end_own_session(
        workspace_of(request), actor_of(request), digest, now=moment_of(request)
    )
    return go(f"{ACCOUNT}?done=session")


def browser_name(agent: str) -> str:
    """Return in few words what a browser says of itself; "" when it says nothing known.

    Examples
    --------
    >>> browser_name("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile")
    'Chrome · Android'
    """
    found = [next((name for sign, name in part if sign in agent), "") for part in _AGENTS]
    return " · ".join(name for name in found if name)


def qr_svg(text: str) -> str:
    """Return a QR code as inline SVG: black on white, quiet zone of four modules."""
    out = BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, light="#fff"
    )
    return out.getvalue().decode("utf-8")


def _session(request: Request) -> Session:
    session = session_of(request)
    if session is None:
        raise SignInError("请先登录", "", "用自己的账号登录后再操作")
    return session


def _account(
    request: Request,
    form: str = "",
    faults: Mapping[str, str] | None = None,
    *,
    secret: str = "",
    done: str = "",
) -> Response:
    session, workspace, actor = _session(request), workspace_of(request), actor_of(request)
    user = users.find_user(workspace, actor.login)
    if user is None:
        raise NotFoundError("没有这个账号", actor.login)
    context: dict[str, Any] = {
        "page": "account",
        "user": user,
        "town_name": town_names(workspace).get(user.town or "", user.town),
        "first": session.must_change,
        "done": done,
        "session": session,
        "zone": workspace.settings.zone,
        "sessions": [],
        "browser_name": browser_name,
        "qr": "",
        "secret": "",
    }
    if not session.must_change:
        context["sessions"] = sessions.own_sessions(workspace, actor, now=moment_of(request))
        if not user.has_second_factor:
            context |= _offer(request, secret)
    return render_form(
        request, "account.html", context, faults, {}, 422 if faults else 200, form=form
    )


def _offer(request: Request, shown_before: str) -> dict[str, str]:
    """Return a secret to scan: a new one, or the one the telephone has read already."""
    secret, address = second_factor.begin(workspace_of(request), actor_of(request))
    if _SECRET.fullmatch(shown_before):
        address = address.replace(secret, shown_before)
        secret = shown_before
    return {"secret": secret, "qr": qr_svg(address)}
