"""What a restored copy must not bring along: lost guards, foreign triggers, more than fits."""

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from types import SimpleNamespace

import pytest

from riskmap.access.actors import command_line
from riskmap.access.audit import append
from riskmap.errors import WorkspaceError
from riskmap.storage.backup import backup
from riskmap.storage.restore import restore
from riskmap.workspace import DATABASE_FILE, Workspace, init_workspace, open_workspace

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
OPERATOR = command_line("root")
TRIGGERS = "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"
GUARDS = ["audit_no_delete", "audit_no_replace", "audit_no_update"]
HOSTILE = (
    "DROP TRIGGER audit_no_update",
    "DROP TRIGGER audit_no_delete",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT 1; END",
    'CREATE TRIGGER "a""b; --" AFTER INSERT ON users BEGIN UPDATE users SET role = \'duty\'; END',
    "CREATE VIEW extra AS SELECT * FROM users",
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A backup of a small workspace with a little audit."""
    init_workspace(tmp_path / "w", "我的区", "331003")
    with open_workspace(tmp_path / "w") as ws:
        with ws.write() as connection:
            append(connection, OPERATOR, "test", "甲", now=NOW)
        backup(ws, tmp_path / "b.zip", OPERATOR, now=NOW)
    return tmp_path / "b.zip"


def with_database(
    archive: Path, path: Path, change: Callable[[sqlite3.Connection], object]
) -> Path:
    """Write the archive again with a changed database, its sum in the manifest right."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    database = path.with_suffix(".db")
    database.write_bytes(members[DATABASE_FILE])
    with closing(sqlite3.connect(database)) as connection:
        change(connection)
        connection.commit()
    members[DATABASE_FILE] = content = database.read_bytes()
    manifest = loads(members.pop("manifest.json"))
    said = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    manifest["members"][DATABASE_FILE] = said
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr("manifest.json", dumps(manifest))
    return path


def triggers(ws: Workspace) -> list[str]:
    with ws.read() as connection:
        return list(connection.exec_driver_sql(TRIGGERS).scalars())


def test_guards_that_a_copy_has_lost_come_back(archive: Path, tmp_path: Path) -> None:
    forged = with_database(
        archive, tmp_path / "forged.zip", lambda one: [one.execute(line) for line in HOSTILE]
    )
    restore(forged, tmp_path / "new", OPERATOR, now=NOW)
    with open_workspace(tmp_path / "new") as ws:
        assert triggers(ws) == GUARDS
        with pytest.raises(Exception, match="append-only"), ws.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM audit")


def test_what_the_disk_cannot_hold_is_refused_before_it_is_unpacked(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(WorkspaceError, match="磁盘放不下"):
        restore(archive, tmp_path / "new", OPERATOR, now=NOW)
    assert not (tmp_path / "new").exists()


def test_a_link_in_an_archive_becomes_a_file(archive: Path, tmp_path: Path) -> None:
    """Whatever the mode of a member says, its bytes are the content of a plain file."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    target = b"/etc/passwd"
    manifest = loads(members.pop("manifest.json"))
    said = {"bytes": len(target), "sha256": sha256(target).hexdigest()}
    manifest["members"]["layers/link.txt"] = said
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
        link = zipfile.ZipInfo("layers/link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        file.writestr(link, target)
        file.writestr("manifest.json", dumps(manifest))
    restore(tmp_path / "link.zip", tmp_path / "new", OPERATOR, now=NOW)
    made = tmp_path / "new" / "layers" / "link.txt"
    assert not made.is_symlink()
    assert made.read_bytes() == target


def test_only_the_owner_reads_a_database(archive: Path, tmp_path: Path) -> None:
    """It holds hashes of passwords and the secrets of second factors."""
    restore(archive, tmp_path / "new", OPERATOR, now=NOW)
    for folder in ("w", "new"):
        assert (tmp_path / folder / DATABASE_FILE).stat().st_mode & 0o777 == 0o600, folder
