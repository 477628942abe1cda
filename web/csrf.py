"""No other site may make a reader's browser act here.

Three locks, each enough by itself: the session cookie is SameSite=Lax; a request that changes
something and names a foreign origin is refused; and every form carries a token that only our
pages know. For people who signed in the token belongs to the session. For those who did not (the
sign-in form) it is a random cookie repeated in the form.

A script of ours sends the token in a header; below /api/ only the header counts.

A request with a bearer token carries no cookie that a browser would add, so it needs none.
"""

import re
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from riskmap.access import sessions
from riskmap.errors import ForbiddenError
from riskmap.workspace import Workspace
from web.access import SAFE, SIGN_IN, Caller, caller_of, is_secure, moment_of

FIELD, HEADER, COOKIE = "csrf", "x-csrf-token", "riskmap_form"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
FIELDS_AT_MOST, FILES_AT_MOST = 400, 12

_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


def token_of(request: Request) -> str:
    """Return the token that a form shown to this reader must carry."""
    session = caller_of(request).session
    if session:
        return session.csrf
    known = request.cookies.get(COOKIE, "")
    if _COOKIE_VALUE.fullmatch(known):
        return known
    if not hasattr(request.state, "form_token"):
        request.state.form_token = secrets.token_urlsafe(32)
    return str(request.state.form_token)


def keep_token(request: Request, answer: Response) -> None:
    """Give the browser the cookie that a form for people without a session is checked against."""
    if hasattr(request.state, "form_token"):
        answer.set_cookie(
            COOKIE,
            request.state.form_token,
            path="/",
            httponly=True,
            samesite="lax",
            secure=is_secure(request),
        )


async def guard(request: Request) -> AsyncIterator[None]:
    """Refuse a changing request that did not come from a page of ours; for all routes.

    Raises
    ------
    ForbiddenError
        The origin is foreign, or the token is missing or wrong.
    """
    caller = caller_of(request)
    if request.method not in SAFE and not caller.bearer:
        await _check(request, caller)
    try:
        yield
    finally:
        await request.close()


async def _check(request: Request, caller: Caller) -> None:
    """Compare the origin and the token of a changing request."""
    if not is_own_origin(request):
        raise ForbiddenError("这个请求来自别的网站", "", "请在本系统的页面上操作")
    if caller.session or request.url.path == SIGN_IN:
        expected = [caller.session.csrf] if caller.session else []
        if request.url.path == SIGN_IN:
            expected.append(request.cookies.get(COOKIE, ""))
        given = (await _given(request)).encode()
        known = any(one and secrets.compare_digest(given, one.encode()) for one in expected)
        if not known and not await run_in_threadpool(_is_older_form, request, caller, given):
            raise ForbiddenError(
                "页面已过期", "", "请返回上一页，刷新以后再提交；已填的内容浏览器还留着"
            )


def _is_older_form(request: Request, caller: Caller, given: bytes) -> bool:
    """Say whether the form was shown to this person before signing in again."""
    if caller.session is None or not given:
        return False
    workspace: Workspace = request.app.state.workspace
    text, now = given.decode("utf-8", "replace"), moment_of(request)
    return sessions.is_own_form(workspace, caller.session.user_id, text, now=now)


def is_own_origin(request: Request) -> bool:
    """Say whether the browser says that the request came from this service.

    `Origin` must name the host that was asked; a browser that sends none but says
    `Sec-Fetch-Site: cross-site` is refused too. The scheme is not compared: a proxy may end TLS.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


async def _given(request: Request) -> str:
    header = request.headers.get(HEADER)
    if header is not None:
        return header
    is_form = request.headers.get("content-type", "").lower().startswith(FORMS)
    if not is_form or request.url.path.startswith("/api/"):  # whose routes read the body themselves
        return ""
    form = await request.form(max_files=FILES_AT_MOST, max_fields=FIELDS_AT_MOST)
    given = form.get(FIELD)
    return given if isinstance(given, str) else ""
