"""No other site makes a browser act here; a machine with a token is not asked for a form token."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import APIRouter, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.testclient import TestClient

import web.app
from riskmap.access import sessions, tokens, users
from riskmap.access.actors import command_line
from riskmap.workspace import init_workspace
from web.access import SESSION_COOKIE
from web.csrf import COOKIE

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OPERATOR = command_line("test")
OWN_SITE = {"origin": "http://testserver"}


class Doubles:
    """A part of the service with one changing route of each kind."""

    router = APIRouter()

    @staticmethod
    @router.post("/doubles/form")
    def form() -> Response:
        return HTMLResponse("done")

    @staticmethod
    @router.post("/doubles/photo")
    def photo(file: UploadFile) -> Response:
        return HTMLResponse(f"{len(file.file.read())}")

    @staticmethod
    @router.put("/doubles/own")
    async def own(request: Request) -> Response:
        return HTMLResponse(str((await request.form())["word"]))


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A service with the routes of `Doubles`, and the session of a duty officer."""
    init_workspace(tmp_path / "district", "江北区", "330110")
    monkeypatch.setattr(web.app, "PARTS", (*web.app.PARTS, Doubles))
    with TestClient(web.app.create_app(tmp_path / "district"), follow_redirects=False) as one:
        one.app.state.clock = lambda: NOW
        workspace = one.app.state.workspace
        user, _ = users.add_user(
            workspace, OPERATOR, login="wang", name="王", role="duty", with_password=False, now=NOW
        )
        with workspace.write() as connection:
            cookie, session = sessions.open_session(
                connection, user, address="", agent="", settings=workspace.settings.access, now=NOW
            )
        one.cookies.set(SESSION_COOKIE, cookie)
        one.app.state.csrf = session.csrf
        yield one


def test_a_form_needs_the_token_of_its_session(client: TestClient) -> None:
    good = client.app.state.csrf
    assert client.post("/doubles/form", data={"csrf": good}).text == "done"
    for bad in ("", "x", good[:-1], good + "x", "中文"):
        answer = client.post("/doubles/form", data={"csrf": bad})
        assert answer.status_code == 403, bad
        assert "页面已过期" in answer.text
    assert client.post("/doubles/form").status_code == 403
    assert client.post("/doubles/form", json={"csrf": good}).status_code == 403
    assert client.post("/doubles/form?csrf=" + good).status_code == 403


def test_a_script_of_ours_sends_the_token_in_a_header(client: TestClient) -> None:
    good = {"x-csrf-token": client.app.state.csrf}
    assert client.post("/doubles/form", json={}, headers=good).text == "done"
    assert client.post("/doubles/form", json={}, headers={"x-csrf-token": "x"}).status_code == 403


def test_a_form_with_a_file_reaches_its_route_whole(client: TestClient) -> None:
    file = {"file": ("a.jpg", b"x" * 1_800_000, "image/jpeg")}  # more than stays in memory
    sent = client.post("/doubles/photo", data={"csrf": client.app.state.csrf}, files=file)
    assert sent.text == "1800000"
    assert client.post("/doubles/photo", files=file).status_code == 403
    word = {"csrf": client.app.state.csrf, "word": "还在"}
    assert client.put("/doubles/own", data=word).text == "还在"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://testserver.evil"},
     {"origin": "http://testserver:81"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_a_foreign_origin_is_refused_even_with_the_token(
    client: TestClient, headers: dict[str, str]
) -> None:
    data = {"csrf": client.app.state.csrf}
    assert client.post("/doubles/form", data=data, headers=OWN_SITE).text == "done"
    answer = client.post("/doubles/form", data=data, headers=headers)
    assert answer.status_code == 403
    assert "别的网站" in answer.text


def test_signing_in_needs_the_cookie_that_came_with_the_form(client: TestClient) -> None:
    client.cookies.clear()
    form = {"login": "wang", "password": "whatever it is", "csrf": "x" * 43}
    assert client.post("/sign-in", data=form).status_code == 403
    client.get("/sign-in")
    assert client.post("/sign-in", data=form).status_code == 403
    own = client.cookies[COOKIE]
    assert client.post("/sign-in", data=form | {"csrf": own}).status_code == 401
    client.cookies.clear()
    client.cookies.set(COOKIE, "short")
    assert client.get("/sign-in").headers["set-cookie"].startswith(COOKIE)


def test_a_token_needs_no_form_token_and_a_bad_one_never_falls_back_to_the_cookie(
    client: TestClient,
) -> None:
    workspace = client.app.state.workspace
    _, text = tokens.issue_token(
        workspace, OPERATOR, name="站", scopes=["device.send"], days=1, now=NOW
    )
    bearer = {"authorization": f"Bearer {text}"}
    assert client.post("/doubles/form", json={}, headers=bearer).text == "done"
    wrong = client.post("/doubles/form", json={}, headers={"authorization": "Bearer rm_no"})
    assert wrong.status_code == 401


def test_signing_out_needs_the_token_too(client: TestClient) -> None:
    assert client.post("/sign-out").status_code == 403
    assert client.get("/sign-out").status_code == 405
    assert client.get("/account").status_code == 200


def test_a_form_survives_signing_in_again_but_only_for_the_same_person(client: TestClient) -> None:
    workspace, old = client.app.state.workspace, client.app.state.csrf

    def enter(login: str, now: datetime) -> None:
        user = users.find_user(workspace, login)
        if user is None:
            user, _ = users.add_user(
                workspace, OPERATOR, login=login, name="李", role="duty", with_password=False,
                now=now,
            )  # fmt: skip
        with workspace.write() as connection:
            cookie, _ = sessions.open_session(
                connection, user, address="", agent="", settings=workspace.settings.access, now=now
            )
        client.cookies.clear()
        client.cookies.set(SESSION_COOKIE, cookie)
        client.app.state.clock = lambda: now

    enter("wang", NOW + timedelta(hours=1))
    assert client.post("/doubles/form", data={"csrf": old}).text == "done"
    enter("li", NOW + timedelta(hours=1))
    assert client.post("/doubles/form", data={"csrf": old}).status_code == 403
    enter("wang", NOW + timedelta(hours=25))
    assert client.post("/doubles/form", data={"csrf": old}).status_code == 403
