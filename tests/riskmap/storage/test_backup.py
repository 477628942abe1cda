"""A backup holds everything in one consistent state; a damaged one is never restored."""

import json
import random
import sqlite3
import threading
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, command_line
from riskmap.access.audit import append, verify
from riskmap.access.tables import audit, sessions, users
from riskmap.errors import ForbiddenError, RiskmapError, WorkspaceError
from riskmap.storage.backup import backup
from riskmap.storage.moving import table_states
from riskmap.storage.restore import restore
from riskmap.workspace import Workspace, init_workspace, open_workspace

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
OPERATOR = command_line("root")
VIEWER = Actor("li", "李", Role.VIEWER)
CHANGED_BY_RESTORE = {"audit", "audit_head", "sessions"}


def states(ws: Workspace) -> dict[str, object]:
    with ws.read() as connection:
        return dict(table_states(connection))


def files(root: Path) -> dict[str, bytes]:
    kept = ("layers", "photos", "schemes", "products", "riskmap.toml")
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.relative_to(root).parts[0] in kept
        and not path.name.startswith(".")
    }


def test_a_backup_restores_to_the_same_store(store: Workspace, tmp_path: Path) -> None:
    before = states(store)
    done = backup(store, tmp_path / "b.zip", OPERATOR, now=NOW)
    assert done.missing == ()
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    found = restore(tmp_path / "b.zip", tmp_path / "new", OPERATOR, now=NOW)
    assert (found.digest, found.files, found.rows) == (done.digest, done.files, done.rows)
    assert found.audit.intact
    assert files(tmp_path / "new") == files(store.root)
    with open_workspace(tmp_path / "new") as new:
        after = states(new)
        with new.read() as connection:
            assert verify(connection, found.audit.head_digest).expected_at == 5
            open_sessions = sa.select(sessions.c.digest).where(sessions.c.ended_at.is_(None))
            assert connection.execute(open_sessions).all() == []
            names = connection.execute(sa.select(audit.c.action)).scalars().all()
            assert names[-1] == "storage.restore"
        mode = new.engine.raw_connection()
        with closing(mode):
            assert mode.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    same = {name for name in before if before[name] == after[name]}
    assert set(before) - same == CHANGED_BY_RESTORE


def test_a_backup_of_either_database_restores_to_postgresql(
    store: Workspace, tmp_path: Path, postgres
) -> None:
    before = states(store)
    backup(store, tmp_path / "b.zip", OPERATOR, now=NOW)
    url = postgres.fresh()
    first = restore(tmp_path / "b.zip", tmp_path / "new", OPERATOR, database_url=url, now=NOW)
    assert not (tmp_path / "new" / "riskmap.db").exists()
    assert first.aside_schema is None
    with open_workspace(tmp_path / "new", url) as new:
        after = states(new)
        assert {n for n in before if before[n] != after[n]} == CHANGED_BY_RESTORE
        with new.write() as connection:
            row = {"login": "x", "name": "x", "role": "duty", "domains": [], "failures": 0}
            row |= {"must_change_password": True, "created_at": NOW, "created_by": "a"}
            made = connection.execute(sa.insert(users).values(**row).returning(users.c.id))
            assert made.scalar() == 8
    with pytest.raises(RiskmapError, match="已有工作区"):
        restore(tmp_path / "b.zip", tmp_path / "new", OPERATOR, database_url=url, now=NOW)
    with pytest.raises(RiskmapError, match="已有 riskmap 的表"):
        restore(tmp_path / "b.zip", tmp_path / "other", OPERATOR, database_url=url, now=NOW)
    assert not (tmp_path / "other").exists()
    again = restore(
        tmp_path / "b.zip", tmp_path / "new", OPERATOR, database_url=url, force=True, now=NOW
    )
    with open_workspace(tmp_path / "new", url) as new, new.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(users)).scalar() == 1
        kept = sa.text(f"SELECT count(*) FROM {again.aside_schema}.users")
        assert connection.execute(kept).scalar() == 2
    assert again.aside is not None
    assert (again.aside / "riskmap.toml").is_file()


def test_force_keeps_the_old_workspace_beside(store: Workspace, tmp_path: Path) -> None:
    archive = tmp_path / "b.zip"
    backup(store, archive, OPERATOR, now=NOW)
    root = tmp_path / "other"
    init_workspace(root, "旧区", "330002")
    (root / "raw").mkdir()
    (root / "raw" / "mine.txt").write_text("mine")
    with pytest.raises(RiskmapError, match="已有工作区"):
        restore(archive, root, OPERATOR, now=NOW)
    with open_workspace(root) as ws:
        assert ws.settings.district.name == "旧区"
        states(ws)
        with pytest.raises(RiskmapError, match="正在使用"):
            restore(archive, root, OPERATOR, force=True, now=NOW)
    found = restore(archive, root, OPERATOR, force=True, now=NOW)
    with open_workspace(root) as ws:
        assert ws.settings.district.name == "我的区"
    assert found.aside is not None
    with open_workspace(found.aside) as ws:
        assert ws.settings.district.name == "旧区"
    assert (root / "raw" / "mine.txt").read_text() == "mine"
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("moves", range(12))
def test_a_swap_that_fails_in_the_middle_is_undone(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """Whichever of the renames fails, the old workspace stands as it was."""
    root = tmp_path / "other"
    init_workspace(root, "旧区", "330002")
    before = sorted(str(path) for path in root.rglob("*"))
    original, done = Path.rename, []

    def failing(self: Path, target: Path) -> Path:
        if len(done) == moves:
            done.append(None)
            raise OSError(28, "No space left on device", str(target))
        done.append(None)
        return original(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    try:
        restore(archive, root, OPERATOR, force=True, now=NOW)
    except WorkspaceError as error:
        assert "磁盘已满" in str(error)
    else:
        assert moves >= len(done)
        return
    monkeypatch.undo()
    assert sorted(str(path) for path in root.rglob("*")) == before
    with open_workspace(root) as ws:
        assert ws.settings.district.name == "旧区"


def test_a_commit_that_fails_puts_the_files_back(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres
) -> None:
    root, url = tmp_path / "other", postgres.fresh()
    init_workspace(root, "旧区", "330002", url)
    before = sorted(str(path) for path in root.rglob("*"))

    def broken(self: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", None, Exception("connection lost"))

    with monkeypatch.context() as patched:
        patched.setattr(sa.Connection, "commit", broken)
        with pytest.raises(WorkspaceError, match="连不上"):
            restore(archive, root, OPERATOR, database_url=url, force=True, now=NOW)
    assert sorted(str(path) for path in root.rglob("*")) == before
    with open_workspace(root, url) as ws, ws.read() as connection:
        assert ws.settings.district.name == "旧区"
        assert verify(connection).rows == 0


def test_a_folder_with_other_things_is_left_alone(store: Workspace, tmp_path: Path) -> None:
    backup(store, tmp_path / "b.zip", OPERATOR, now=NOW)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    for force in (False, True):
        with pytest.raises(RiskmapError, match="别的东西"):
            restore(tmp_path / "b.zip", tmp_path / "full", OPERATOR, force=force, now=NOW)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_only_an_administrator_may(store: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenError):
        backup(store, tmp_path / "b.zip", VIEWER, now=NOW)
    with pytest.raises(ForbiddenError):
        restore(tmp_path / "b.zip", tmp_path / "new", VIEWER, now=NOW)


def test_a_missing_file_is_said_and_the_rest_is_kept(store: Workspace, tmp_path: Path) -> None:
    photo = next((store.root / "photos").rglob("*.jpg"))
    photo.unlink()
    done = backup(store, tmp_path / "b.zip", OPERATOR, now=NOW)
    assert done.missing == (photo.stem,)
    found = restore(tmp_path / "b.zip", tmp_path / "new", OPERATOR, now=NOW)
    assert found.missing == (photo.stem,)


def test_an_existing_file_and_a_kept_folder_are_refused(store: Workspace, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    for path in (tmp_path / "b.zip", tmp_path / "no" / "b.zip", store.root / "layers" / "b.zip"):
        with pytest.raises(RiskmapError):
            backup(store, path, OPERATOR, now=NOW)
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_a_backup_while_somebody_writes_is_one_state(store: Workspace, tmp_path: Path) -> None:
    """Every audit row is written with a user in one transaction: never one without the other."""
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        i = 100
        while not stop.is_set():
            row = {"id": i, "login": f"u{i}", "name": "x", "role": "duty", "domains": []}
            row |= {"must_change_password": True, "failures": 0}
            row |= {"created_at": NOW, "created_by": "a"}
            with store.write() as connection:
                connection.execute(sa.insert(users).values(**row))
                append(connection, OPERATOR, "user.made", str(i), now=NOW)
            written.append(i)
            i += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            stop.wait(0.005)
        for i in range(5):
            backup(store, tmp_path / f"{i}.zip", OPERATOR, now=NOW)
    finally:
        stop.set()
        writer.join()
    counts = []
    for i in range(5):
        found = restore(tmp_path / f"{i}.zip", tmp_path / f"r{i}", OPERATOR, now=NOW)
        assert found.audit.intact
        with closing(sqlite3.connect(tmp_path / f"r{i}" / "riskmap.db")) as connection:
            people = connection.execute("SELECT count(*) FROM users WHERE id >= 100").fetchone()[0]
            said = connection.execute("SELECT count(*) FROM audit WHERE action = 'user.made'")
            assert people == said.fetchone()[0]
        counts.append(people)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] >= 5


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = tmp_path / "small"
    init_workspace(root, "我的区", "331003")
    with open_workspace(root) as ws:
        with ws.write() as connection:
            append(connection, OPERATOR, "user.add", "甲", now=NOW)
        backup(ws, tmp_path / "b.zip", OPERATOR, now=NOW)
    return tmp_path / "b.zip"


def refused(archive: Path, root: Path) -> str:
    with pytest.raises(WorkspaceError) as caught:
        restore(archive, root, OPERATOR, now=NOW)
    assert not root.exists()
    return str(caught.value)


def test_a_truncated_backup_is_refused(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    cut = tmp_path / "cut.zip"
    for keep in (0, 1, 100, len(content) // 2, len(content) - 100, len(content) - 1):
        cut.write_bytes(content[:keep])
        assert "备份" in refused(cut, tmp_path / "new")


def test_any_damaged_byte_is_refused_or_does_not_matter(archive: Path, tmp_path: Path) -> None:
    """Dates and file modes of the zip's own directory are not content: nothing else may differ."""
    whole = archive.read_bytes()
    restore(archive, tmp_path / "good", OPERATOR, now=NOW)
    good = files(tmp_path / "good")
    chance = random.Random(3)
    positions = {chance.randrange(len(whole)) for _ in range(60)}
    positions |= {len(whole) - 1 - chance.randrange(700) for _ in range(60)}
    harmless = 0
    for place in sorted(positions):
        broken = tmp_path / "broken.zip"
        content = bytearray(whole)
        content[place] ^= 1 << chance.randrange(8)
        broken.write_bytes(content)
        root = tmp_path / f"at{place}"
        try:
            restore(broken, root, OPERATOR, now=NOW)
        except WorkspaceError:
            assert not root.exists()
            continue
        harmless += 1
        assert files(root) == good
    assert harmless < len(positions) / 2


def rewritten(archive: Path, path: Path, change) -> Path:
    """Write the archive again with its manifest and members changed by a function."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(manifest, members)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
        file.writestr("manifest.json", json.dumps(manifest))
    return path


def forged_member(name: str, content: bytes):
    """Return a change that adds or replaces a member, with its right sum in the manifest."""

    def change(manifest, members) -> None:
        members[name] = content
        said = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        manifest["members"][name] = said

    return change


OUTSIDE = ("../x", "/etc/x", "layers/../../x", "x.txt", "layers\\x", "layers/./x", "layers//x")
FORGED = {
    **{f"outside {name}": forged_member(name, b"x") for name in OUTSIDE},
    "extra": lambda manifest, members: members.update({"schemes/unlisted.toml": b"x"}),
    "other content": lambda manifest, members: members.update(
        {"riskmap.toml": members["riskmap.toml"].replace(b"08:30", b"09:30")}
    ),
    "longer": lambda manifest, members: members.update(
        {"riskmap.toml": members["riskmap.toml"] + b"#"}
    ),
    "lost": lambda manifest, members: members.pop("riskmap.toml"),
    "format": lambda manifest, members: manifest.update(format="photos"),
    "newer": lambda manifest, members: manifest.update(version=99),
    "newer database": lambda manifest, members: manifest.update(revision="9999"),
    "strange": lambda manifest, members: manifest.update(members=["riskmap.db"]),
    "no tables": lambda manifest, members: manifest.update(tables=None),
    "no rows": lambda manifest, members: manifest["tables"].update(users={}),
    "no database": forged_member("riskmap.db", b"not a database at all" * 100),
    "wrong settings": forged_member("riskmap.toml", b"[district]\nname = 5\n"),
    "other counts": lambda manifest, members: manifest["tables"]["users"].update(rows=5),
}


@pytest.mark.parametrize("kind", FORGED)
def test_what_a_forged_archive_may_not_do(archive: Path, tmp_path: Path, kind: str) -> None:
    refused(rewritten(archive, tmp_path / "forged.zip", FORGED[kind]), tmp_path / "new")
    assert not (tmp_path / "x").exists()


def test_what_is_no_backup_at_all(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("hello")
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as file:
        file.writestr("a.txt", "x")
    for name in ("text.zip", "foreign.zip", "none.zip"):
        refused(tmp_path / name, tmp_path / "new")


def test_an_edited_audit_is_restored_and_said(archive: Path, tmp_path: Path) -> None:
    """It may be the only backup there is."""

    def edit(manifest, members) -> None:
        path = tmp_path / "edit.db"
        path.write_bytes(members["riskmap.db"])
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TRIGGER audit_no_update")
            connection.execute("UPDATE audit SET subject = '乙'")
            connection.commit()
        content = path.read_bytes()
        members["riskmap.db"] = content
        said = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        manifest["members"]["riskmap.db"] = said
        manifest["revision"] = "0003"  # an older one is not compared by table

    forged = rewritten(archive, tmp_path / "edited.zip", edit)
    found = restore(forged, tmp_path / "new", OPERATOR, now=NOW + timedelta(hours=1))
    assert found.audit.faults == (
        "第 1 号的内容与摘要不符：这一行被改动过",
        "触发器 audit_no_update 不在或被改过：审计可能被改动过",
    )
