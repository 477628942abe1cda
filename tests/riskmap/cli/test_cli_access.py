"""`riskmap user …` and `riskmap token …` as typed, on SQLite."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from riskmap.access.tables import audit
from riskmap.cli.main import app
from riskmap.workspace import init_workspace, open_workspace


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-30T08:00:00+08:00")
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(tmp_path / "w"))
    init_workspace(tmp_path / "w", "我的区", "330001")
    return tmp_path / "w"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def document(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_an_account_from_the_first_password_to_the_last_word(root: Path) -> None:
    assert "还没有账号" in run("user", "list").stdout
    added = run("user", "add", "Wang", "--name", "王芳", "--role", "administrator")
    assert added.exit_code == 0
    first = added.stdout.strip().rpartition("：")[2]
    assert len(first) == 23
    assert "只显示这一次" in added.stdout
    reset = document("user", "password", "wang", "--drop-second-factor")
    assert reset["first_password"] != first
    assert run("user", "disable", "wang").exit_code == 2
    changed = document(
        "user", "add", "li", "--name", "李四", "--role", "inspector", "--domain", "消防",
        "--domain", "危化", "--no-password",
    )  # fmt: skip
    assert changed["domains"] == ["消防", "危化"]
    assert "first_password" not in changed
    assert document("user", "role", "li", "reporter", "--town", "330001001")["town"] == "330001001"
    assert document("user", "role", "li", "administrator")["town"] is None
    assert "其登录已全部结束" in run("user", "disable", "wang").stdout
    listed = run("user", "list").stdout
    assert "已停用" in listed
    assert "管理员" in listed
    assert document("user", "enable", "wang")["disabled"] is False
    assert [one["login"] for one in document("user", "list")] == ["li", "wang"]
    with open_workspace(root) as workspace, workspace.read() as connection:
        rows = connection.execute(sa.select(audit).order_by(audit.c.number)).all()
    assert all(row.actor.startswith("command-line:") for row in rows)
    actions = [row.action for row in rows]
    assert actions == [
        "user.add", "user.password.reset", "user.add", "user.change", "user.change",
        "user.disable", "user.enable",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "add", "x", "--name", "王", "--role", "viewer"), "login"),
        (("user", "add", "wang", "--name", "王", "--role", "king"), "role"),
        (("user", "add", "wang", "--name", "王", "--role", "reporter"), "town"),
        (("user", "disable", "nobody"), "没有这个账号：nobody"),
        (("user", "role", "nobody", "viewer"), "没有这个账号：nobody"),
        (("token", "issue", "网关", "--scope", "user.manage"), "scopes"),
        (("token", "issue", "网关", "--scope", "read", "--days", "0"), "days"),
        (("token", "revoke", "7"), "没有这个令牌：7"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    root: Path, words: tuple[str, ...], said: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert document("user", "list") == []


def test_a_token_is_shown_once(root: Path) -> None:
    assert "还没有令牌" in run("token", "list").stdout
    issued = document("token", "issue", "水位站网关", "--scope", "device.send", "--days", "30")
    assert issued["token"].startswith("rm_")
    assert issued["expires_at"] == "2026-07-30T00:00:00+00:00"
    assert issued["valid"]
    said = run("token", "issue", "大屏", "--scope", "read", "--scope", "record.warnings").stdout
    assert "2026-09-28 到期" in said
    listed = run("token", "list").stdout
    assert "从未使用" in listed
    assert "rm_" not in listed
    assert "已撤销" in run("token", "revoke", "1").stdout
    tokens = document("token", "list")
    assert [(one["name"], one["valid"]) for one in tokens] == [
        ("大屏", True),
        ("水位站网关", False),
    ]
    assert all("token" not in one for one in tokens)


def test_the_audit_says_when_the_time_was_only_stated(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--role", "viewer", "--no-password")
    assert run("user", "add", "one", "--name", "甲", *words).exit_code == 0
    monkeypatch.delenv("RISKMAP_NOW")
    assert run("user", "add", "two", "--name", "乙", *words).exit_code == 0
    with open_workspace(root) as workspace, workspace.read() as connection:
        query = sa.select(audit.c.address, audit.c.at).order_by(audit.c.number)
        rows = connection.execute(query).all()
    assert [row.address for row in rows] == ["RISKMAP_NOW", ""]
    assert rows[0].at.isoformat() == "2026-06-30T00:00:00+00:00"


def test_a_town_that_is_none_is_answered_with_some_that_are(root: Path, tmp_path: Path) -> None:
    corners = [[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"33000100{i}", "name": f"{i}镇"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[120 + i / 50 + x / 60, 30 + y / 60] for x, y in corners]],
            },
        }
        for i in range(1, 6)
    ]
    file = tmp_path / "towns.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert run("import", "towns", str(file)).exit_code == 0
    result = run("user", "add", "li", "--name", "李", "--role", "reporter", "--town", "331003001")
    assert result.exit_code == 2
    assert "有的是 330001001 1镇、330001002 2镇、330001003 3镇 等 5 个。" in result.stderr
    assert "已填的内容" not in result.stderr


def test_the_service_says_what_is_missing_before_it_says_that_it_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RISKMAP_OIDC_SECRET", raising=False)
    settings = root / "riskmap.toml"
    oidc = '\n[access.oidc]\nissuer = "https://id.example"\nclient_id = "riskmap"\n'
    settings.write_text(settings.read_text("utf-8") + oidc, "utf-8")
    result = run("serve", "--port", "8318")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "没有统一身份认证的密钥：RISKMAP_OIDC_SECRET" in result.stderr
