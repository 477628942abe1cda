"""Signing in and out, the first password, sessions, and the doors that stay shut."""

import functools
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from riskmap.access import passwords, sessions, tables, tokens, users
from riskmap.access.actors import Actor, command_line
from riskmap.workspace import KEY_FILE, Workspace, init_workspace
from web.access import SESSION_COOKIE
from web.accounts.machine_tokens import scope_name
from web.app import PARTS, create_app
from web.texts.lookup import Texts

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OWN = "江边的风今天不大也不小啊"
OPERATOR = command_line("test")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace without any data."""
    init_workspace(tmp_path / "district", "江北区", "330110")
    return tmp_path / "district"


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    with TestClient(create_app(root), follow_redirects=False) as one:
        one.app.state.clock = lambda: NOW
        yield one


def store(client: TestClient) -> Workspace:
    workspace = client.app.state.workspace
    assert isinstance(workspace, Workspace)
    return workspace


def person(client: TestClient, role: str = "duty", login: str = "wang", **more: object) -> str:
    """Make an account; return its first password."""
    _, password = users.add_user(
        store(client), OPERATOR, login=login, name="王建国", role=role, now=NOW, **more
    )
    return password


def token(client: TestClient, path: str = "/sign-in") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found, path
    return found[1]


def enter(client: TestClient, login: str, password: str, **more: str) -> object:
    form = {"csrf": token(client), "login": login, "password": password, **more}
    return client.post("/sign-in", data=form)


@functools.cache
def own_hash() -> str:
    return passwords.hash_password(OWN)


def grown(client: TestClient, role: str = "duty", login: str = "wang", **more: object) -> None:
    """Make an account with the password `OWN` and a session in the browser."""
    workspace = store(client)
    user, _ = users.add_user(
        workspace, OPERATOR, login=login, name="王建国", role=role, with_password=False, now=NOW,
        **more,
    )  # fmt: skip
    with workspace.write() as connection:
        mine = sa.update(tables.users).where(tables.users.c.id == user.id)
        connection.execute(mine.values(password_hash=own_hash()))
        cookie, _ = sessions.open_session(
            connection, user, address="", agent="", settings=workspace.settings.access, now=NOW
        )
    become(client, cookie)


def become(client: TestClient, cookie: str) -> None:
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, cookie, domain="testserver.local")


def test_a_first_password_opens_nothing_but_its_own_change(client: TestClient) -> None:
    first = person(client)
    answer = enter(client, "wang", first, next="/shelters")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    assert client.get("/shelters").headers["location"] == "/account"
    assert client.get("/api/v1/days").status_code == 403
    assert client.post("/people", data={}).status_code == 403
    form = {"csrf": token(client, "/account"), "old": first, "new": "short", "again": "short"}
    refused = client.post("/account/password", data=form)
    assert refused.status_code == 422
    assert "至少 12 个字符" in refused.text and 'id="f-password-new-fault"' in refused.text
    both = client.post("/account/password", data=form | {"again": "x"})
    assert both.status_code == 422 and "至少 12 个字符" in both.text and "不一样" in both.text
    done = client.post("/account/password", data=form | {"new": OWN, "again": OWN})
    assert done.headers["location"] == "/account?done=password"
    assert client.get("/shelters").status_code == 200
    assert "王建国" in client.get("/shelters").text


def test_a_wrong_password_says_so_and_keeps_the_name(client: TestClient) -> None:
    person(client)
    answers = [enter(client, login, "not the password") for login in ("wang", "nobody")]
    for answer, login in zip(answers, ("wang", "nobody"), strict=True):
        assert answer.status_code == 401
        assert f'value="{login}"' in answer.text
        assert "not the password" not in answer.text
        assert SESSION_COOKIE not in answer.headers.get("set-cookie", "")
    fault = [re.search(r'form-faults" role="alert">(.*?)</div>', a.text, re.S)[1] for a in answers]
    assert fault[0] == fault[1]
    empty = enter(client, "", "")
    assert empty.status_code == 422
    assert "请填写登录名" in empty.text and "请填写密码" in empty.text


def test_markup_in_a_login_is_shown_as_text(client: TestClient) -> None:
    answer = enter(client, '"><script>x</script>', "whatever it is")
    assert "<script>x" not in answer.text
    assert "&lt;script&gt;x" in answer.text


@pytest.mark.parametrize(
    ("asked", "led"),
    [("/shelters?town=1", "/shelters?town=1"), ("//evil.example/a", "/"),
     ("https://evil.example", "/"), ("/\\evil.example", "/"), ("/\tx", "/"), ("", "/")],
)  # fmt: skip
def test_after_signing_in_the_way_leads_on_within_the_service(
    client: TestClient, asked: str, led: str
) -> None:
    grown(client)
    client.cookies.clear()
    assert enter(client, "wang", OWN, next=asked).headers["location"] == led


def test_signing_out_ends_the_session_on_the_server(client: TestClient) -> None:
    grown(client)
    cookie = client.cookies[SESSION_COOKIE]
    csrf = token(client, "/account")
    assert client.post("/sign-out", data={"csrf": csrf}).headers["location"] == "/sign-in?out=1"
    assert SESSION_COOKIE not in client.cookies
    assert "已退出登录" in client.get("/sign-in?out=1").text
    become(client, cookie)
    assert client.get("/account").headers["location"] == "/sign-in?next=%2Faccount"


def test_a_session_ends_when_idle_and_at_its_limit(client: TestClient) -> None:
    grown(client)
    cookie, start = client.cookies[SESSION_COOKIE], NOW

    def open_at(after: timedelta) -> bool:
        client.app.state.clock = lambda: start + after
        return client.get("/account").status_code == 200

    assert open_at(timedelta(minutes=29))
    assert open_at(timedelta(minutes=58))
    assert not open_at(timedelta(minutes=88))
    client.cookies.clear()
    start += timedelta(hours=2)
    client.app.state.clock = lambda: start
    enter(client, "wang", OWN)
    assert client.cookies[SESSION_COOKIE] != cookie
    assert all(open_at(timedelta(minutes=20 * n)) for n in range(1, 36))
    assert not open_at(timedelta(hours=12))


def test_a_changed_password_ends_every_other_session(client: TestClient, root: Path) -> None:
    grown(client)
    other = client.cookies[SESSION_COOKIE]
    client.cookies.clear()
    enter(client, "wang", OWN)
    new = OWN + "真的"
    form = {"csrf": token(client, "/account"), "old": OWN, "new": new, "again": new}
    assert client.post("/account/password", data=form).status_code == 303
    assert client.get("/account").status_code == 200
    become(client, other)
    assert client.get("/account").status_code == 303


def test_the_second_factor_is_asked_for_on_a_second_page(client: TestClient) -> None:
    grown(client)
    page = client.get("/account").text
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)[1]
    assert "<svg" in page and secret in page
    csrf = token(client, "/account")
    wrong = client.post(
        "/account/second-factor", data={"csrf": csrf, "secret": secret, "code": "1"}
    )
    assert wrong.status_code == 422 and f'value="{secret}"' in wrong.text
    form = {"csrf": csrf, "secret": secret, "code": pyotp.TOTP(secret).at(NOW)}
    assert client.post("/account/second-factor", data=form).status_code == 303
    client.cookies.clear()
    asked = enter(client, "wang", OWN, next="/shelters")
    assert asked.status_code == 200 and OWN not in asked.text and 'name="ticket"' in asked.text
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text)[1]
    form = {"csrf": token(client), "ticket": ticket, "next": "/shelters"}
    assert client.post("/sign-in", data=form | {"code": "000000"}).status_code == 422
    later = NOW + timedelta(seconds=30)
    client.app.state.clock = lambda: later
    code = pyotp.TOTP(secret).at(later)
    assert client.post("/sign-in", data=form | {"code": code, "ticket": "x"}).status_code == 422
    key = store(client).root / KEY_FILE
    kept = key.read_bytes()
    key.unlink()
    for lost in (client.post("/sign-in", data=form | {"code": code}), enter(client, "wang", OWN)):
        assert lost.status_code in (401, 422) and SESSION_COOKIE not in client.cookies
        assert "缺少动态口令的密钥文件：second-factor.key。请管理员" in lost.text
    key.write_bytes(kept)
    done = client.post("/sign-in", data=form | {"code": code})
    assert done.headers["location"] == "/shelters"


def test_other_devices_are_listed_and_signed_out(client: TestClient) -> None:
    grown(client)
    other = client.cookies[SESSION_COOKIE]
    client.cookies.clear()
    enter(client, "wang", OWN)
    page = client.get("/account").text
    digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', page)
    assert len(digest) == 1
    form = {"csrf": token(client, "/account"), "digest": digest[0]}
    assert client.post("/account/sessions/end", data=form).status_code == 303
    assert client.post("/account/sessions/end", data=form).status_code == 404
    become(client, other)
    assert client.get("/account").status_code == 303


def test_without_anonymous_viewer_everything_is_shut(root: Path) -> None:
    settings = root / "riskmap.toml"
    settings.write_text(
        '[district]\nname = "江北区"\n[access]\nanonymous_viewer = false\n', "utf-8"
    )
    with TestClient(create_app(root), follow_redirects=False) as client:
        open_paths = {"/sign-in", "/healthz", "/readyz", "/static/{path:path}"}
        for path in ("/sign-in", "/healthz", "/static/app.css"):
            assert client.get(path).status_code == 200, path
        routers = [route for part in PARTS for route in part.router.routes]
        served = {getattr(route, "path", "") for route in routers} | {"/nowhere"}
        tried = 0
        for path in sorted(served - open_paths - {""}):
            if path.startswith("/oidc/"):
                continue
            filled = re.sub(r"\{[^}]+\}", "1", path)
            page = client.get(filled, headers={"accept": "text/html"})
            assert page.status_code in (303, 401), path
            assert page.headers.get("location", "/sign-in").startswith("/sign-in"), path
            assert client.post(filled).status_code == 401, path
            tried += 1
        assert tried > 30
        problem = client.get("/api/v1/days")
        assert problem.status_code == 401
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.headers["www-authenticate"].startswith("Bearer")
        assert client.get("/openapi.json").status_code == 401
        assert client.get("/sign-inner").status_code == 303


def test_a_reader_is_led_to_sign_in_and_back_but_a_program_gets_a_problem(
    client: TestClient,
) -> None:
    page = client.get("/people?a=1", headers={"accept": "text/html"})
    assert page.headers["location"] == "/sign-in?next=%2Fpeople%3Fa%3D1"
    program = client.get("/people", headers={"accept": "application/json"})
    assert program.status_code == 401
    assert program.json()["type"] == "urn:riskmap:problem:unauthorized"


def test_every_scope_of_a_token_is_said_in_words() -> None:
    for t in (Texts("zh"), Texts("en")):
        for scope in tokens.scopes_for_machines():
            assert scope_name(scope, t) != scope, scope


def test_only_an_administrator_sees_people_and_every_refusal_is_kept(client: TestClient) -> None:
    grown(client, "duty")
    for path in ("/people", "/people/wang", "/tokens"):
        assert client.get(path).status_code == 403, path
    assert "/people" not in client.get("/shelters").text
    with store(client).read() as connection:
        query = sa.select(tables.audit.c.subject).where(tables.audit.c.result == "refused")
        kept = connection.execute(query).scalars().all()
    assert kept == ["GET /people", "GET /people/wang", "GET /tokens"]


def test_an_administrator_makes_and_closes_an_account(client: TestClient) -> None:
    grown(client, "administrator", "chief")
    csrf = token(client, "/people")
    form = {
        "csrf": csrf,
        "login": "fire",
        "name": "李检查",
        "role": "inspector",
        "domains": ["消防"],
    }
    faulty = client.post("/people", data=form | {"login": "chief", "name": "<b>", "domains": []})
    assert faulty.status_code == 422
    assert "至少一个领域" in faulty.text and "&lt;b&gt;" in faulty.text and "<b>" not in faulty.text
    added = client.post("/people", data=form)
    first = re.search(r'初始密码</dt><dd class="secret">([^<]+)<', added.text)[1]
    assert added.headers["cache-control"] == "no-store"
    assert first not in client.get("/people").text
    changed = {"csrf": csrf, "name": "李检", "role": "reporter", "town": "330110001"}
    assert client.post("/people/fire", data=changed).status_code == 303
    assert users.find_user(store(client), "fire").town == "330110001"
    assert client.post("/people/fire/disable", data={"csrf": csrf}).status_code == 303
    alone = client.post("/people/chief/disable", data={"csrf": csrf})
    assert alone.status_code == 400 and "最后一个" in alone.text
    assert client.get("/people/none").status_code == 404
    client.cookies.clear()
    assert enter(client, "fire", first).status_code == 401


def test_two_administrators_do_not_overwrite_each_other(client: TestClient) -> None:
    grown(client, "administrator", "chief")
    csrf = token(client, "/people")
    form = {"csrf": csrf, "login": "fire", "name": "李检查", "role": "viewer"}
    client.post("/people", data=form)
    seen = re.search(r'name="seen" value="([0-9a-f]{16})"', client.get("/people/fire").text)[1]
    mine = {"csrf": csrf, "name": "李甲", "role": "viewer", "seen": seen}
    assert client.post("/people/fire", data=mine).status_code == 303
    late = client.post("/people/fire", data=mine | {"name": "李乙"})
    assert late.status_code == 409
    assert "刚被别人改过，现在是：李甲" in late.text and 'value="李乙"' in late.text
    assert users.find_user(store(client), "fire").name == "李甲"
    again = re.search(r'name="seen" value="([0-9a-f]{16})"', late.text)[1]
    sent = client.post("/people/fire", data=mine | {"name": "李乙", "seen": again})
    assert sent.status_code == 303
    assert users.find_user(store(client), "fire").name == "李乙"


def test_a_token_is_shown_once_and_opens_its_scope_only(client: TestClient) -> None:
    grown(client, "administrator", "chief")
    csrf = token(client, "/tokens")
    faulty = client.post("/tokens", data={"csrf": csrf, "days": "many"})
    assert faulty.status_code == 422 and faulty.text.count('field-fault"') == 3
    form = {"csrf": csrf, "name": "东港站", "scopes": ["read"], "days": "30"}
    text = re.search(r"rm_[A-Za-z0-9_-]{43}", client.post("/tokens", data=form).text)[0]
    assert text not in client.get("/tokens").text
    client.cookies.clear()
    bearer = {"authorization": f"Bearer {text}"}
    assert client.get("/api/v1/days", headers=bearer).status_code == 200
    assert client.get("/people", headers=bearer).status_code == 403
    assert client.get("/api/v1/days", headers={"authorization": "Bearer rm_x"}).status_code == 401
    enter(client, "chief", OWN)
    csrf = token(client, "/tokens")
    assert client.post("/tokens/1/revoke", data={"csrf": csrf}).status_code == 303
    assert client.get("/api/v1/days", headers=bearer).status_code == 401


def test_the_actor_of_a_page_is_the_person(client: TestClient) -> None:
    grown(client)
    assert isinstance(OPERATOR, Actor)
    assert "值班员" in client.get("/account").text
    assert "duty officer" in client.get("/account?lang=en").text


def test_on_a_closed_service_a_machine_reads_only_with_that_scope(root: Path) -> None:
    settings = root / "riskmap.toml"
    closed = '[district]\nname = "江北区"\n[access]\nanonymous_viewer = false\n'
    settings.write_text(closed, "utf-8")
    with TestClient(create_app(root), follow_redirects=False) as client:
        client.app.state.clock = lambda: NOW
        status = {}
        for scope in ("read", "device.send"):
            _, text = tokens.issue_token(
                store(client), OPERATOR, name=scope, scopes=[scope], days=1, now=NOW
            )
            bearer = {"authorization": f"Bearer {text}"}
            status[scope] = client.get("/api/v1/days", headers=bearer).status_code
        assert status == {"read": 200, "device.send": 403}


def test_what_was_sealed_for_another_purpose_is_no_first_step(client: TestClient) -> None:
    seal = client.app.state.seal
    for content in ({"state": "x"}, ["riskmap_oidc", ["wang", "x"]]):
        ticket = seal.encrypt(json.dumps(["riskmap_oidc", content]).encode()).decode()
        form = {"ticket": ticket, "code": "000000", "csrf": token(client)}
        assert client.post("/sign-in", data=form).status_code == 422
