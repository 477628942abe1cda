"""Who asks: found once per request, from the session cookie or a machine's token.

`Gate` stands before every route. It finds the actor (`actor_of(request)` gives it to a page), and
it closes the whole service to people who did not sign in when `[access] anonymous_viewer` is
false, and to people who still have their first password. What an actor may do is not decided
here: that is `riskmap.access.policy`, below the routes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlencode, urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from riskmap.access import sessions, tokens
from riskmap.access.actors import Actor, Role, anonymous
from riskmap.access.policy import authorise
from riskmap.access.sessions import Session
from riskmap.errors import ForbiddenError, RiskmapError, SignInError
from riskmap.workspace import Workspace

SESSION_COOKIE = "riskmap_session"
SIGN_IN, SIGN_OUT, ACCOUNT = "/sign-in", "/sign-out", "/account"
WITHOUT_ACTOR = ("/static/", "/healthz", "/readyz")
"""Paths that need nobody: no session is looked up for them."""
ALWAYS_OPEN = (SIGN_IN, "/oidc/")
"""Paths that a person without a session must reach to get one."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing. Of any other, nobody's body is even read without a session."""
FIRST_PASSWORD = (ACCOUNT, SIGN_OUT)
"""Paths that stay open to a person whose first password was not changed yet."""


@dataclass(frozen=True)
class Caller:
    """Who sent a request, and through which door."""

    actor: Actor
    session: Session | None = None
    bearer: bool = False


def caller_of(request: Request) -> Caller:
    """Return who sent the request, as found by the gate; nobody when it found none."""
    found = getattr(request.state, "caller", None)
    return found if isinstance(found, Caller) else Caller(anonymous(address_of(request)))


def actor_of(request: Request) -> Actor:
    """Return who asks: a person, a machine, or an anonymous reader; never raises."""
    return caller_of(request).actor


def session_of(request: Request) -> Session | None:
    """Return the session of the browser, None for machines and for people not signed in."""
    return caller_of(request).session


def address_of(request: Request) -> str:
    """Return the network address of the peer.

    Forwarding headers are believed only as far as uvicorn was told to (`--forwarded-allow-ips`).
    """
    return request.client.host if request.client else ""


def moment_of(request: Request) -> datetime:
    """Return the time at which the request is answered; tests may set `app.state.clock`."""
    clock: Callable[[], datetime] | None = getattr(request.app.state, "clock", None)
    return clock() if clock else datetime.now(UTC)


def is_secure(request: Request) -> bool:
    """Say whether cookies must be marked Secure: by `[access] secure_cookie` or the connection."""
    return _workspace(request).settings.access.secure_cookie or request.url.scheme == "https"


def set_session_cookie(request: Request, answer: Response, value: str) -> None:
    """Hand the session to the browser: unreadable for scripts, not sent by other sites' forms."""
    answer.set_cookie(
        SESSION_COOKIE, value, path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )


def clear_session_cookie(request: Request, answer: Response) -> None:
    """Take the session away from the browser."""
    answer.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )


def local_path(asked: str | None, default: str = "/") -> str:
    r"""Return the path to go on to, or the default when it would leave this service.

    Examples
    --------
    >>> local_path("/towns/330110001?date=2026-06-30"), local_path("//evil.example/x")
    ('/towns/330110001?date=2026-06-30', '/')
    >>> local_path("https://evil.example/"), local_path("/\\evil.example"), local_path(None)
    ('/', '/', '/')
    """
    if not asked or len(asked) > 2000 or not asked.startswith("/"):
        return default
    if asked.startswith("//") or "\\" in asked or any(ord(sign) < 33 for sign in asked):
        return default
    try:
        parts = urlsplit(asked)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else asked


def sign_in_address(next_path: str) -> str:
    """Return the address of the sign-in page that leads back to `next_path`."""
    onward = local_path(next_path)
    return SIGN_IN if onward == "/" else f"{SIGN_IN}?{urlencode({'next': onward})}"


def own_address(request: Request) -> str:
    """Return the path and query of the request."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


class Gate:
    """Find who asks before any route runs; refuse who may not enter at all."""

    def __init__(
        self, app: ASGIApp, workspace: Workspace, refuse: Callable[[Request, Exception], Response]
    ) -> None:
        self.app, self.workspace, self.refuse = app, workspace, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its caller, or answer it here."""
        if scope["type"] != "http" or _matches(scope["path"], WITHOUT_ACTOR):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            caller = await run_in_threadpool(self.find, request)
            request.state.caller = caller
            answer = self.refused(request, caller)
        except (RiskmapError, SQLAlchemyError, OSError) as error:
            answer = await run_in_threadpool(self.refuse, request, error)
        await (answer or self.app)(scope, receive, send)

    def find(self, request: Request) -> Caller:
        """Return who asks.

        Raises
        ------
        SignInError
            The token is unknown, expired or revoked (an ended session is merely nobody).
        """
        now, address = moment_of(request), address_of(request)
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            actor = tokens.actor_of_token(self.workspace, text.strip(), address=address, now=now)
            return Caller(actor, bearer=True)
        cookie = request.cookies.get(SESSION_COOKIE)
        if not cookie:
            return Caller(anonymous(address))
        found = sessions.actor_of(self.workspace, cookie, address=address, now=now)
        return Caller(*found) if found else Caller(anonymous(address))

    def refused(self, request: Request, caller: Caller) -> Response | None:
        """Return the answer that keeps the caller out, None when the request may go on."""
        path = request.url.path
        closed = not self.workspace.settings.access.anonymous_viewer
        if caller.actor.role is Role.ANONYMOUS and closed and not _matches(path, ALWAYS_OPEN):
            raise SignInError("请先登录", "", "本系统只对登录的人员开放")
        acts = request.method not in SAFE and not _matches(path, (*ALWAYS_OPEN, SIGN_OUT))
        if caller.actor.role is Role.ANONYMOUS and acts:
            raise SignInError("请先登录", "", "用自己的账号登录后再操作")
        if closed and caller.bearer and request.method in ("GET", "HEAD"):
            authorise(caller.actor, "read")
        if caller.session and caller.session.must_change and not _matches(path, FIRST_PASSWORD):
            if request.method in ("GET", "HEAD") and not path.startswith("/api/"):
                return RedirectResponse(ACCOUNT, 303)
            raise ForbiddenError("请先修改初始密码", "", f"到 {ACCOUNT} 设置自己的密码")
        return None


def _matches(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(
        path == one.rstrip("/") or path.startswith(one.rstrip("/") + "/") for one in prefixes
    )


def _workspace(request: Request) -> Workspace:
    return cast(Workspace, request.app.state.workspace)
