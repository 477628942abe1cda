"""The key of second factors is in no backup; where it is missing, restoring and moving say so."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from typer.testing import CliRunner, Result

from riskmap.access.actors import command_line
from riskmap.access.factor_key import seal
from riskmap.access.tables import users
from riskmap.cli.main import app
from riskmap.storage.backup import backup
from riskmap.storage.migrate import accounts_without_key, migrate_database
from riskmap.storage.restore import restore
from riskmap.workspace import KEY_FILE, Workspace, init_workspace, open_workspace

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
OPERATOR = command_line("root")
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HINT = "1 个账号设有动态口令，这里没有打开它的密钥"


def with_factor(ws: Workspace) -> str:
    """Seal a second factor of the one account of the store; return the key."""
    with ws.write() as connection:
        sealed = seal(ws, connection, SECRET)
        connection.execute(sa.update(users).values(second_factor=sealed))
    return (ws.root / KEY_FILE).read_text().strip()


def test_no_byte_of_the_key_is_in_a_backup(store: Workspace, tmp_path: Path) -> None:
    key = with_factor(store)
    backup(store, tmp_path / "b.zip", OPERATOR, now=NOW)
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        assert KEY_FILE not in {Path(name).name for name in file.namelist()}
        for name in file.namelist():
            content = file.read(name)
            assert key.encode() not in content, name
            assert SECRET.encode() not in content, name


def test_a_restore_counts_whom_it_would_lock_out(store: Workspace, tmp_path: Path) -> None:
    key = with_factor(store)
    archive = tmp_path / "b.zip"
    backup(store, archive, OPERATOR, now=NOW)
    assert restore(archive, tmp_path / "a", OPERATOR, now=NOW).without_key == 1
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / KEY_FILE).write_text(key)
    assert restore(archive, tmp_path / "b", OPERATOR, now=NOW).without_key == 0
    again = restore(archive, tmp_path / "b", OPERATOR, force=True, now=NOW)
    assert again.without_key == 0
    assert (tmp_path / "b" / KEY_FILE).read_text() == key, "stays where it is"
    (tmp_path / "b" / KEY_FILE).write_text(Fernet.generate_key().decode())
    wrong = restore(
        archive, tmp_path / "c", OPERATOR, second_factor_key=Fernet.generate_key().decode(), now=NOW
    )
    right = restore(archive, tmp_path / "d", OPERATOR, second_factor_key=key, now=NOW)
    assert (wrong.without_key, right.without_key) == (1, 0)


def test_a_move_counts_them_too(store: Workspace, tmp_path: Path, postgres) -> None:
    key = with_factor(store)
    source = store.engine.url.render_as_string(hide_password=False)
    (tmp_path / "new").mkdir()
    goals = [postgres.fresh(), str(tmp_path / "new" / "riskmap.db")]
    for goal in goals:
        migrate_database(source, goal, OPERATOR, now=NOW)
        assert accounts_without_key(source, goal, key) == 0
    beside = store.engine.dialect.name == "sqlite"
    assert accounts_without_key(source, goals[0], None) == (0 if beside else 1)
    assert accounts_without_key(source, goals[1], None) == 1
    (tmp_path / "new" / KEY_FILE).write_text(key)
    assert accounts_without_key(source, goals[1], None) == 0


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose one account has a second factor."""
    for name in ("RISKMAP_DATABASE_URL", "RISKMAP_SECOND_FACTOR_KEY", "RISKMAP_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    init_workspace(tmp_path / "w", "我的区", "331003")
    row = {"login": "wang", "name": "王", "role": "duty", "domains": [], "failures": 0}
    row |= {"must_change_password": True, "created_at": NOW, "created_by": "a"}
    with open_workspace(tmp_path / "w") as ws:
        with ws.write() as connection:
            connection.execute(sa.insert(users).values(**row))
        with_factor(ws)
    return tmp_path / "w"


def run(*words: str, key: str = "") -> Result:
    done = CliRunner().invoke(app, words, env={"RISKMAP_SECOND_FACTOR_KEY": key})
    assert done.exit_code == 0, done.output
    return done


def test_the_commands_say_it_in_one_line(district: Path, tmp_path: Path) -> None:
    key = (district / KEY_FILE).read_text().strip()
    made = run("-w", "w", "backup", "b.zip")
    assert f"密钥 {KEY_FILE} 不在备份里" in made.stdout
    said = [
        run("-w", "one", "restore", "b.zip"),
        run("migrate-db", "w", "copy.db"),
    ]
    for done in said:
        assert len([line for line in done.stderr.splitlines() if HINT in line]) == 1
        assert KEY_FILE in done.stderr
    quiet = [
        run("-w", "two", "restore", "b.zip", key=key),
        run("-w", "w", "restore", "b.zip", "--force"),
        run("migrate-db", "w", "copy2.db", key=key),
    ]
    assert all(HINT not in done.output for done in quiet)
    found = json.loads(run("-w", "three", "restore", "b.zip", "--json").stdout)
    assert found["without_key"] == 1
    moved = json.loads(run("migrate-db", "w", "copy3.db", "--json").stdout)
    assert moved["without_key"] == 1
    assert all(key not in done.output for done in (made, *said, *quiet))


def test_a_key_that_is_none_is_refused_without_being_shown(district: Path) -> None:
    wrong = {"RISKMAP_SECOND_FACTOR_KEY": "hunter2hunter2"}
    done = CliRunner().invoke(app, ["-w", "w", "user", "list"], env=wrong)
    assert done.exit_code == 2
    assert done.stderr.startswith("错误：动态口令的密钥无效：RISKMAP_SECOND_FACTOR_KEY")
    assert "hunter2" not in done.output
