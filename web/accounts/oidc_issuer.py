"""The issuer of OpenID Connect as seen from here: its addresses, its keys, its ID tokens."""

import time
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from riskmap.settings import OidcSettings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures by a key pair; an unsigned token, or one signed with a shared secret, is refused."""
SCOPE = "openid profile"
TIMEOUT_S = 10
KEPT_S = 600
"""How long addresses and keys of the issuer are believed before they are read again."""
LEEWAY_S = 60
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class IssuerError(ValueError):
    """The issuer's answer cannot be believed."""


class Issuer:
    """One issuer and our registration there; reads its configuration when first needed."""

    def __init__(self, settings: OidcSettings, secret: str) -> None:
        self.settings, self.secret = settings, secret
        self._configuration: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = float("-inf")

    def authorisation_address(
        self, redirect_uri: str, state: str, nonce: str, verifier: str
    ) -> str:
        """Return where the browser goes to sign in."""
        with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                self._document()["authorization_endpoint"], state=state, nonce=nonce,
                code_verifier=verifier,
            )  # fmt: skip
        return str(address)

    def claims(self, redirect_uri: str, code: str, verifier: str, nonce: str) -> dict[str, Any]:
        """Exchange a code and return the claims of the ID token, checked.

        Raises
        ------
        IssuerError, authlib.common.errors.AuthlibBaseError, joserfc.errors.JoseError
            The code or the token is not good.
        requests.RequestException
            The issuer cannot be reached.
        """
        document = self._document()
        with self._client(redirect_uri) as client:
            token = client.fetch_token(
                document["token_endpoint"], code=code, code_verifier=verifier, timeout=TIMEOUT_S
            )
            claims = self.checked(str(token.get("id_token") or ""), nonce)
            if self.settings.login_claim not in claims and "userinfo_endpoint" in document:
                claims = _joined(claims, client, document["userinfo_endpoint"])
        return claims

    def checked(self, id_token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token after the checks of OpenID Connect Core 3.1.3.7."""
        try:
            token = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
        except JoseError:
            # A key we do not hold: the issuer may have changed its keys since we read them.
            self._read_at = float("-inf")
            token = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
        claims = dict(token.claims)
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._document()["issuer"]},
            sub={"essential": True},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise IssuerError("the ID token was issued to another client")
        return claims

    def _client(self, redirect_uri: str) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id, self.secret, scope=SCOPE, redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )  # fmt: skip

    def _document(self) -> dict[str, Any]:
        self._refresh()
        return self._configuration

    def _key_set(self) -> KeySet:
        self._refresh()
        if self._keys is None:
            raise IssuerError("the issuer has no keys")
        return self._keys

    def _refresh(self) -> None:
        """Read configuration and keys when they are old."""
        if time.monotonic() - self._read_at < KEPT_S:
            return
        issuer = self.settings.issuer
        document = _read(f"{issuer}/.well-known/openid-configuration")
        if str(document.get("issuer", "")).rstrip("/") != issuer:
            raise IssuerError("the configuration is that of another issuer")
        for name in NEEDED:
            if not _as_safe(str(document.get(name, "")), issuer):
                raise IssuerError(f"{name} is missing or not https")
        self._configuration = document
        self._keys = KeySet.import_key_set(_read(document["jwks_uri"]))  # type: ignore[arg-type]  # checked by joserfc
        self._read_at = time.monotonic()


def _read(address: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=TIMEOUT_S, headers={"Accept": "application/json"})
    answer.raise_for_status()
    document = answer.json()
    if not isinstance(document, dict):
        raise IssuerError(f"{urlsplit(address).path} is no JSON object")
    return document


def _joined(claims: dict[str, Any], client: OAuth2Session, address: str) -> dict[str, Any]:
    """Add what the userinfo endpoint knows; what the signed token says stays."""
    answer = client.get(address, timeout=TIMEOUT_S)
    answer.raise_for_status()
    known = answer.json()
    if not isinstance(known, dict) or known.get("sub") != claims["sub"]:
        raise IssuerError("userinfo is about somebody else")
    return {**known, **claims}


def _as_safe(address: str, issuer: str) -> bool:
    """Say whether an endpoint is reached by https, or is on this machine like its issuer."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        bool(parts.hostname)
        and parts.scheme == urlsplit(issuer).scheme
        and parts.hostname == urlsplit(issuer).hostname
    )
