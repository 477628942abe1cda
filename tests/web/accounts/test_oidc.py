"""Signing in by OpenID Connect against a small provider on loopback."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from riskmap.access import users
from riskmap.access.actors import command_line
from riskmap.errors import WorkspaceError
from riskmap.workspace import init_workspace
from web.access import SESSION_COOKIE
from web.accounts.oidc import COOKIE, identity_of
from web.accounts.oidc_issuer import IssuerError
from web.app import create_app

OPERATOR = command_line("test")
NOW = datetime.now(UTC)
FAILED = "/sign-in?fault=oidc"


@pytest.fixture
def root(tmp_path: Path, provider: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that knows the provider; nobody is made by signing in."""
    monkeypatch.setenv("TEST_OIDC_SECRET", provider.secret)
    folder = tmp_path / "district"
    init_workspace(folder, "江北区", "330110")
    settings = folder / "riskmap.toml"
    text = (
        f'[district]\nname = "江北区"\n[access]\nanonymous_viewer = false\n'
        f'[access.oidc]\nissuer = "{provider.address}"\n'
        f'client_id = "{provider.client}"\nclient_secret_env = "TEST_OIDC_SECRET"\n'
        'role_claim = "riskmap_role"\n'
    )
    settings.write_text(text, "utf-8")
    return folder


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    """A browser at the service; one account waits for its first sign-in there."""
    with TestClient(create_app(root), follow_redirects=False) as one:
        users.add_user(
            one.app.state.workspace, OPERATOR, login="wang", name="王建国", role="duty",
            with_password=False, now=NOW,
        )  # fmt: skip
        yield one


def back(client: TestClient, next_path: str = "/") -> str:
    """Go to the provider; return the path and query by which it sends the browser back."""
    start = client.get("/oidc/start", params={"next": next_path})
    assert start.status_code == 303
    answer = requests.get(start.headers["location"], allow_redirects=False, timeout=10)
    url = urlsplit(answer.headers["location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == "http://testserver/oidc/callback"
    return f"{url.path}?{url.query}"


def test_a_person_comes_in_by_the_provider(client: TestClient) -> None:
    assert 'href="/oidc/start?next=/shelters"' in client.get("/sign-in?next=/shelters").text
    answer = client.get(back(client, "/shelters"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/shelters")
    page = client.get("/account")
    assert page.status_code == 200
    assert "王建国" in page.text and 'name="old"' not in page.text
    user = users.find_user(client.app.state.workspace, "wang")
    assert user is not None and user.oidc_issuer is not None
    client.cookies.clear()
    assert client.get(back(client)).headers["location"] == "/"


def test_the_way_there_carries_state_nonce_and_challenge(client: TestClient) -> None:
    asked = [client.get("/oidc/start").headers for _ in range(2)]
    first, second = (
        {name: one[0] for name, one in parse_qs(urlsplit(each["location"]).query).items()}
        for each in asked
    )
    assert first["code_challenge_method"] == "S256" and first["client_id"] == "riskmap"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43 and first[name] != second[name]
        assert first[name] not in asked[0]["set-cookie"]
    cookie = asked[0]["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/oidc" in cookie


LIES: dict[str, dict[str, Any]] = {
    "issuer of the token": {"claims": {"iss": "https://evil.example"}},
    "other client": {"claims": {"aud": "another"}},
    "other party": {"claims": {"azp": "another"}},
    "replayed nonce": {"claims": {"nonce": "x"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": int((NOW - timedelta(minutes=5)).timestamp())}},
    "no expiry": {"claims": {"exp": None}},
    "no subject": {"claims": {"sub": None}},
    "no login": {"claims": {"preferred_username": 7}},
    "issued tomorrow": {"claims": {"iat": int((NOW + timedelta(days=1)).timestamp())}},
    "another key": {"lies": {"key"}},
    "unsigned": {"lies": {"unsigned"}},
    "signed with the shared secret": {"lies": {"shared secret"}},
    "state": {"lies": {"state"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_nobody_comes_in_by_a_lie(
    client: TestClient, provider: Any, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.claims = LIES[lie].get("claims", {})
    provider.lies = LIES[lie].get("lies", set())
    with caplog.at_level(logging.WARNING):
        answer = client.get(back(client))
    assert answer.headers["location"] == FAILED
    assert SESSION_COOKIE not in client.cookies
    assert client.get("/account").headers["location"].startswith("/sign-in")
    assert "OpenID Connect" in caplog.text and provider.secret not in caplog.text
    assert "没有成功" in client.get(FAILED).text


@pytest.mark.parametrize("lie", ["issuer", "endpoint"])
def test_a_configuration_that_leads_elsewhere_is_not_followed(
    client: TestClient, provider: Any, lie: str
) -> None:
    provider.lies = {lie}
    assert client.get("/oidc/start").headers["location"] == FAILED


def test_an_answer_serves_once_and_in_the_browser_that_asked(client: TestClient) -> None:
    path = back(client)
    kept = client.cookies[COOKIE]
    assert client.get(path).headers["location"] == "/"
    assert COOKIE not in client.cookies
    client.cookies.clear()
    assert client.get(path).headers["location"] == FAILED
    client.cookies.set(COOKIE, kept)
    assert client.get(path).headers["location"] == FAILED
    assert client.get("/oidc/callback?error=access_denied&state=x").headers["location"] == FAILED
    assert client.get("/oidc/callback").headers["location"] == FAILED


def test_a_changed_key_of_the_provider_is_read_anew(client: TestClient, provider: Any) -> None:
    assert client.get(back(client)).headers["location"] == "/"
    client.cookies.clear()
    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert client.get(back(client)).headers["location"] == "/"


def test_a_claim_that_only_userinfo_has_is_fetched(client: TestClient, provider: Any) -> None:
    provider.claims = {"preferred_username": None}
    provider.userinfo = {"sub": "u-1", "preferred_username": "wang"}
    assert client.get(back(client)).headers["location"] == "/"
    client.cookies.clear()
    provider.userinfo = {"sub": "u-2", "preferred_username": "wang"}
    assert client.get(back(client)).headers["location"] == FAILED


def test_an_unknown_person_is_told_so_and_not_made(client: TestClient, provider: Any) -> None:
    provider.claims = {"sub": "u-9", "preferred_username": "nobody"}
    answer = client.get(back(client, "/shelters"))
    assert answer.status_code == 401
    assert "还没有这个人的账号" in answer.text
    assert SESSION_COOKIE not in client.cookies
    assert users.find_user(client.app.state.workspace, "nobody") is None


def test_with_the_setting_an_unknown_person_becomes_a_viewer_at_most(
    root: Path, provider: Any
) -> None:
    settings = root / "riskmap.toml"
    settings.write_text(settings.read_text("utf-8") + "create_viewers = true\n", "utf-8")
    provider.claims = {
        "sub": "u-9", "preferred_username": "new", "riskmap_role": "administrator",
    }  # fmt: skip
    with TestClient(create_app(root), follow_redirects=False) as client:
        assert client.get(back(client)).headers["location"] == "/"
        made = users.find_user(client.app.state.workspace, "new")
        assert made is not None and made.role == "viewer" and not made.has_password
        assert client.get("/people").status_code == 403


def test_an_unreachable_provider_leaves_the_local_accounts(root: Path, provider: Any) -> None:
    settings = root / "riskmap.toml"
    text = settings.read_text("utf-8").replace(provider.address, "http://127.0.0.1:9")
    settings.write_text(text, "utf-8")
    with TestClient(create_app(root), follow_redirects=False) as client:
        assert client.get("/oidc/start").headers["location"] == FAILED
        assert 'name="password"' in client.get(FAILED).text


def test_without_its_secret_the_service_does_not_start(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_OIDC_SECRET")
    with pytest.raises(WorkspaceError, match="TEST_OIDC_SECRET"):
        create_app(root)


def test_without_an_issuer_there_is_no_such_door(tmp_path: Path) -> None:
    init_workspace(tmp_path / "plain", "江北区", "330110")
    with TestClient(create_app(tmp_path / "plain"), follow_redirects=False) as client:
        assert client.get("/oidc/start").status_code == 404
        assert "/oidc/" not in client.get("/sign-in").text


def test_claims_of_another_type_are_refused(client: TestClient) -> None:
    oidc = client.app.state.workspace.settings.access.oidc
    with pytest.raises(IssuerError):
        identity_of({"sub": ["u"], "preferred_username": "wang"}, oidc)
    shown = identity_of({"sub": "u", "preferred_username": "w", "name": 3}, oidc)
    assert (shown.name, shown.role) == ("w", "")
