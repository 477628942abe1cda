"""Signing in by OpenID Connect: `/oidc/start` leads to the issuer, `/oidc/callback` comes back.

Authorisation code flow with PKCE (RFC 7636), `state` against foreign answers and `nonce` against
replayed tokens. Which account belongs to the identity is decided in
`riskmap.access.single_sign_on`.
"""

import logging
import secrets
from typing import Annotated, Any

import requests
from authlib.common.errors import AuthlibBaseError
from fastapi import APIRouter, Query, Request
from joserfc.errors import JoseError
from starlette.responses import Response

from riskmap.access.single_sign_on import Identity, sign_in_as
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.settings import OidcSettings
from web import access
from web.access import SIGN_IN, local_path
from web.accounts.oidc_issuer import Issuer, IssuerError
from web.accounts.sealing import opened, sealed
from web.accounts.sign_in import refused, signed_in
from web.forms import go
from web.rendering import workspace_of

router = APIRouter(prefix="/oidc", include_in_schema=False)

COOKIE, COOKIE_PATH = "riskmap_oidc", "/oidc"
LASTS_S = 600
"""How long a person has to sign in at the issuer."""
FAULTS = (AuthlibBaseError, JoseError, IssuerError, requests.RequestException)
Short = Annotated[str, Query(max_length=4000)]

log = logging.getLogger(__name__)


@router.get("/start")
def start(request: Request, next: Short = "/") -> Response:
    """Send the browser to the issuer with a state, a nonce and a challenge of this attempt."""
    issuer = _issuer(request)
    kept = {
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
    }
    try:
        address = issuer.authorisation_address(callback_address(request), **kept)
    except FAULTS as error:
        return _failed(request, error)
    answer = go(address)
    answer.set_cookie(
        COOKIE, sealed(request, COOKIE, {**kept, "next": local_path(next)}), max_age=LASTS_S,
        path=COOKIE_PATH, httponly=True, samesite="lax", secure=access.is_secure(request),
    )  # fmt: skip
    return answer


@router.get("/callback")
def callback(request: Request, code: Short = "", state: Short = "", error: Short = "") -> Response:
    """Take the issuer's answer: exchange the code, check the ID token, open a session."""
    issuer = _issuer(request)
    kept = opened(request, COOKIE, request.cookies.get(COOKIE, ""), LASTS_S)
    try:
        if kept is None or not secrets.compare_digest(state.encode(), kept["state"].encode()):
            raise IssuerError("the answer belongs to no attempt of this browser")
        if error or not code:
            raise IssuerError(f"the issuer answered {error[:80]!r}")
        claims = issuer.claims(callback_address(request), code, kept["verifier"], kept["nonce"])
        identity = identity_of(claims, workspace_of(request).settings.access.oidc)
    except FAULTS as fault:
        return _failed(request, fault)
    try:
        signed = sign_in_as(
            workspace_of(request), identity, address=access.address_of(request),
            agent=request.headers.get("user-agent", ""), now=access.moment_of(request),
        )  # fmt: skip
    except RiskmapError as fault:
        return _forget(refused(request, str(fault), kept["next"]))
    return _forget(signed_in(request, signed, kept["next"]))


def callback_address(request: Request) -> str:
    """Return the address that is registered at the issuer for the way back."""
    url = request.url_for("callback")
    return str(url.replace(scheme="https") if access.is_secure(request) else url)


def identity_of(claims: dict[str, Any], oidc: OidcSettings) -> Identity:
    """Return who somebody is by the claims of a checked ID token.

    Raises
    ------
    IssuerError
        A claim that is needed is missing or no text.
    """
    subject, login = claims.get("sub"), claims.get(oidc.login_claim)
    if not (isinstance(subject, str) and subject and isinstance(login, str) and login):
        raise IssuerError(f"the ID token names no sub or no {oidc.login_claim}")
    name = claims.get(oidc.name_claim)
    role = claims.get(oidc.role_claim) if oidc.role_claim else ""
    return Identity(
        oidc.issuer, subject, login, name if isinstance(name, str) else login,
        role if isinstance(role, str) else "",
    )  # fmt: skip


def _issuer(request: Request) -> Issuer:
    issuer: Issuer | None = request.app.state.issuer
    if issuer is None:
        raise NotFoundError("没有设置统一身份认证", "", "用本系统的账号登录")
    return issuer


def _failed(request: Request, error: Exception) -> Response:
    """Say on the sign-in page that it did not succeed; the reason goes into the log only."""
    log.warning("OpenID Connect: %s: %s", type(error).__name__, error)
    return _forget(go(f"{SIGN_IN}?fault=oidc"))


def _forget(answer: Response) -> Response:
    answer.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="lax")
    return answer
