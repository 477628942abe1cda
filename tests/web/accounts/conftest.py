"""A small OpenID Connect provider on loopback: discovery, keys, authorise, token, userinfo.

It plays by the rules (client secret, PKCE, one use of a code) unless a test tells it what to say
wrong in `claims` and `lies`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "riskmap", "a secret that only both know"


@dataclass
class Provider:
    """What the provider knows and says."""

    address: str = ""
    client: str = CLIENT
    secret: str = SECRET
    claims: dict[str, Any] = field(default_factory=dict)
    lies: set[str] = field(default_factory=set)
    userinfo: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))

    def configuration(self) -> dict[str, Any]:
        named = "http://127.0.0.1:1" if "issuer" in self.lies else self.address
        foreign = "http://elsewhere.example" if "endpoint" in self.lies else self.address
        return {
            "issuer": named,
            "authorization_endpoint": f"{self.address}/authorise",
            "token_endpoint": f"{foreign}/token",
            "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo",
        }

    def authorise(self, query: dict[str, str]) -> str:
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        state = "another" if "state" in self.lies else query["state"]
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": state})

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        given = base64.b64decode(authorization.partition(" ")[2] or b"").decode()
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or given != f"{CLIENT}:{SECRET}" or challenge != asked["code_challenge"]:
            return None
        if form["redirect_uri"] != asked["redirect_uri"]:
            return None
        id_token = self.signed(self.all_claims(asked["nonce"]))
        return {"access_token": "access", "token_type": "Bearer", "id_token": id_token}

    def all_claims(self, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": self.address, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300,
            "nonce": nonce, "preferred_username": "wang", "name": "王建国",
        }  # fmt: skip
        merged = usual | self.claims
        return {name: value for name, value in merged.items() if value is not None}

    def signed(self, claims: dict[str, Any]) -> str:
        if "unsigned" in self.lies:
            parts = ({"alg": "none"}, claims)
            shown = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts]
            return ".".join(part.rstrip("=") for part in shown) + "."
        if "shared secret" in self.lies:
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        key = RSAKey.generate_key(2048, {"kid": "first"}) if "key" in self.lies else self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


class Provided:
    """The provider as a server on a free port."""

    def __init__(self) -> None:
        provider = self.provider = Provider()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                if parts.path == "/authorise":
                    self.send_response(302)
                    self.send_header("Location", provider.authorise(query))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                keys = {"keys": [provider.key.as_dict(private=False)]}
                known = {
                    "/.well-known/openid-configuration": provider.configuration(),
                    "/keys": keys,
                    "/userinfo": provider.userinfo,
                }
                self.answer(known.get(parts.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self.answer(provider.token(form, self.headers.get("Authorization", "")))

            def answer(self, document: dict[str, Any] | None) -> None:
                body = json.dumps(document or {"error": "invalid_grant"}).encode()
                self.send_response(200 if document is not None else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        provider.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        """Stop the server."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider on a free port of this machine."""
    provided = Provided()
    yield provided.provider
    provided.close()
