"""The commands of docs/how-to/postgresql-and-backup.md, run as a person would."""

import csv
import json
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from riskmap.cli.main import app

pytestmark = pytest.mark.sqlite

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `riskmap` in the temporary folder; its exit code and one-line errors are checked."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RISKMAP_")]:
        monkeypatch.delenv(name)

    def call(*arguments: str, url: str | None = None, code: int = 0) -> Result:
        done = CliRunner().invoke(app, arguments, env={"RISKMAP_DATABASE_URL": url or ""})
        assert done.exit_code == code, (arguments, done.output, done.exception)
        if code == 2:
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert done.stderr.startswith("错误："), done.stderr
        return done

    return call


def test_backup_and_restore(run: Run, tmp_path: Path) -> None:
    run("init", "w", "--name", "我的区", "--code", "331003")
    run("-w", "w", "backup", "b.zip")
    said = json.loads(run("-w", "w", "backup", "c.zip", "--json").stdout)
    assert re.fullmatch("[0-9a-f]{64}", said["digest"])
    run("-w", "w", "backup", "b.zip", code=2)
    out = run("-w", "look", "restore", "b.zip").stdout
    assert "已恢复到 look" in out
    run("-w", "w", "restore", "b.zip", code=2)
    found = json.loads(run("-w", "w", "restore", "c.zip", "--force", "--json").stdout)
    assert found["digest"] == said["digest"]
    assert (tmp_path / found["aside"] / "riskmap.db").is_file()
    (tmp_path / "cut.zip").write_bytes((tmp_path / "b.zip").read_bytes()[:3000])
    run("-w", "w", "restore", "cut.zip", "--force", code=2)
    names = [row["action"] for row in json.loads(run("-w", "w", "audit", "list", "--json").stdout)]
    assert names == ["storage.restore", "storage.backup"]


def test_to_postgresql_and_back(run: Run, tmp_path: Path, postgres) -> None:
    run("init", "w", "--name", "我的区", "--code", "331003")
    run("-w", "w", "backup", "before.zip")
    url = postgres.fresh()
    assert "逐表相同" in run("migrate-db", "w", url).stdout
    run("migrate-db", "w", url, code=2)
    (tmp_path / "w" / "riskmap.db").rename(tmp_path / "old.db")
    noted = json.loads(run("-w", "w", "audit", "verify", "--json", url=url).stdout)["head"]
    run("-w", "w", "backup", "from-postgresql.zip", url=url)
    later = run("-w", "w", "audit", "verify", "--expect", noted["digest"], url=url).stdout
    assert f"所给摘要是第 {noted['number']} 号，仍在链上" in later
    run("-w", "w", "audit", "verify", "--expect", "0" * 63 + "1", url=url, code=1)
    assert (
        "schema riskmap_before_"
        in run("-w", "w", "restore", "before.zip", "--force", url=url).stdout
    )
    run("-w", "w", "audit", "verify", "--expect", noted["digest"], url=url, code=1)
    run("migrate-db", url, "w/riskmap.db")
    run("-w", "w", "audit", "verify")
    run("-w", "again", "restore", "from-postgresql.zip")
    run("-w", "again", "audit", "verify", "--expect", noted["digest"])


def test_audit_commands(run: Run, tmp_path: Path) -> None:
    run("init", "w", "--name", "我的区", "--code", "331003")
    for i in range(3):
        run("-w", "w", "backup", f"{i}.zip")
    assert "共 3 行，显示 2 行" in run("-w", "w", "audit", "list", "--limit", "2").stdout
    assert "共 0 行" in run("-w", "w", "audit", "list", "--result", "refused").stdout
    run("-w", "w", "audit", "list", "--result", "maybe", code=2)
    run("-w", "w", "audit", "list", "--since", "gestern", code=2)
    run("-w", "w", "audit", "export", "a.csv")
    run("-w", "w", "audit", "export", "a.csv", code=2)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["对象"] for row in rows] == ["0.zip", "1.zip", "2.zip"]
    assert "完好" in run("-w", "w", "audit", "verify").stdout
    with closing(sqlite3.connect(tmp_path / "w" / "riskmap.db")) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE number = 2")
        connection.commit()
    broken = run("-w", "w", "audit", "verify", code=1).stdout
    assert "第 2 号到第 2 号缺失" in broken
    assert json.loads(run("-w", "w", "audit", "verify", "--json", code=1).stdout)["intact"] is False
