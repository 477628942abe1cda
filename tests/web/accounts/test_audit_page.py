"""The audit page: who may see it, filters, pages, the csv, the check of the chain."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from riskmap.access import sessions, users
from riskmap.access.actors import Actor, Role, command_line
from riskmap.access.audit import append
from riskmap.access.audit_log import Asked, read_page
from riskmap.ledger.states import TRANSITIONS
from riskmap.storage.database import RECORD_KINDS
from riskmap.weekly.cards.states import STEP_ZH
from riskmap.workspace import Workspace, init_workspace
from web.access import SESSION_COOKIE
from web.accounts.audit import action_said
from web.app import create_app
from web.texts.lookup import Texts

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
OPERATOR = command_line("test")
HOSTILE = "<script>window.hostile=1</script>"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    init_workspace(tmp_path / "district", "江北区", "330110")
    with TestClient(create_app(tmp_path / "district"), follow_redirects=False) as one:
        one.app.state.clock = lambda: NOW
        with store(one).write() as connection:
            for i in range(250):
                append(
                    connection, Actor("zhang", "张", Role.REPORTER, address="10.0.0.9"),
                    "danger.report", f"{HOSTILE}{i}", now=NOW - timedelta(hours=i),
                    after={"state": HOSTILE, "n": i},
                )  # fmt: skip
        yield one


WORDS = {
    "record.warnings.file": "从文件登记：气象信号",
    "record.hidden_dangers.file": "从文件登记：隐患",
    "record.accidents": "登记或更正：事故",
    "record.overrides.withdraw": "撤回：人工调整",
}


@pytest.mark.parametrize(("action", "said"), WORDS.items())
def test_what_is_done_to_records_is_said_by_their_kind(action: str, said: str) -> None:
    assert action_said(action, Texts("zh")) == said
    assert "record" not in action_said(action, Texts("en"))


def test_every_action_has_words() -> None:
    actions = [f"record.{kind}{deed}" for kind in RECORD_KINDS for deed in ("", ".file")]
    actions += [f"card.{step}" for step in STEP_ZH]
    actions += [f"danger.{one.action}" for one in TRANSITIONS]
    source = "".join(path.read_text("utf-8") for path in (ROOT / "riskmap").rglob("*.py"))
    actions += re.findall(r'(?:append|_noted)\([^"()]*"([a-z]+[.-][a-z.-]+)"', source)
    assert len(actions) > 60
    assert [one for one in actions if not action_said(one, Texts("zh"))] == []
    assert action_said("record.nothing.file", Texts("zh")) == ""


def store(client: TestClient) -> Workspace:
    workspace = client.app.state.workspace
    assert isinstance(workspace, Workspace)
    return workspace


def enter(client: TestClient, role: str) -> None:
    """Give the browser the session of somebody of a role."""
    ws = store(client)
    own = {
        "reporter": {"town": "330110001"},
        "inspector": {"domains": ("消防",)},
        "enterprise": {"enterprise_id": "E1"},
    }
    user, _ = users.add_user(
        ws, OPERATOR, login="wang", name="王", role=role, with_password=False, now=NOW,
        **own.get(role, {}),
    )  # fmt: skip
    with ws.write() as connection:
        cookie, _ = sessions.open_session(
            connection, user, address="", agent="", settings=ws.settings.access, now=NOW
        )
    client.cookies.set(SESSION_COOKIE, cookie, domain="testserver.local")


@pytest.mark.parametrize("role", [None, "viewer", "reporter", "inspector", "duty", "enterprise"])
@pytest.mark.parametrize("path", ["/audit", "/audit.csv", "/audit?verify=1", "/audit?since=x"])
def test_nobody_else_sees_it(client: TestClient, role: str | None, path: str) -> None:
    if role is not None:
        enter(client, role)
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code == (401 if role is None else 403)
    assert "zhang" not in answer.text
    if role is not None:
        newest = read_page(store(client), OPERATOR, Asked()).rows[0]
        assert (newest["actor"], newest["result"]) == ("wang", "refused")


def test_rows_are_paged_and_text_is_text(client: TestClient) -> None:
    enter(client, "administrator")
    first = client.get("/audit")
    assert first.status_code == 200
    assert "<script>window.hostile" not in first.text
    assert "&lt;script&gt;window.hostile=1&lt;/script&gt;249" in first.text
    assert first.headers["cache-control"] == "no-store"
    assert first.text.count("<tr>") == 101
    older = first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = client.get(older.replace("&amp;", "&"))
    assert second.text.count("<tr>") == 101
    assert "/audit?below=" in older
    assert client.get("/audit?below=none").text.count("<tr>") == 101


def test_filters_and_what_is_wrong_with_them(client: TestClient) -> None:
    enter(client, "administrator")
    found = client.get("/audit?actor=zhang&since=2026-06-30&until=2026-06-30")
    # 09:00 UTC is 17:00 in Shanghai: 18 of the hourly rows fall on that day
    assert "18 行" in found.text
    wrong = client.get("/audit?since=gestern&subject=abc")
    assert wrong.status_code == 422
    assert "应为日期" in wrong.text
    assert 'value="abc"' in wrong.text
    assert client.get("/audit.csv?since=gestern").status_code == 422


def test_the_csv_holds_the_rows_of_the_filter(client: TestClient) -> None:
    enter(client, "administrator")
    answer = client.get("/audit.csv?actor=zhang")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-20260630.csv"'
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(table) == 251
    newest = read_page(store(client), OPERATOR, Asked()).rows[0]
    assert (newest["actor"], newest["action"]) == ("wang", "audit.export")


def test_the_chain_is_checked_on_the_page(client: TestClient) -> None:
    enter(client, "administrator")
    noted = read_page(store(client), OPERATOR, Asked()).head_digest
    assert "完好" in client.get(f"/audit?verify=1&expect={noted}").text
    assert "链上没有这个摘要" in client.get(f"/audit?verify=1&expect={'a' * 64}").text
    with store(client).write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET subject = '' WHERE number = 7")
    assert "第 7 号的内容与摘要不符" in client.get("/audit?verify=1").text
