"""A workspace: made once, opened with a check, damaged ones refused with the mend."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from riskmap.errors import WorkspaceError
from riskmap.paths import migrations_dir
from riskmap.storage.database import (
    HEAD_REVISION,
    database_revision,
    is_migrated,
    metadata,
    snapshots,
)
from riskmap.storage.schema import all_tables
from riskmap.workspace import init_workspace, open_workspace, write_atomically


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "区 县"
    assert init_workspace(folder, "黄岩区", "331003")
    return folder


def test_init_makes_everything_and_a_second_time_nothing(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {"riskmap.toml", "riskmap.db", "layers", "products", "schemes"} <= {
        path.name for path in root.iterdir()
    }
    assert not init_workspace(root, "别的区", "330106")
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.sqlite
def test_init_keeps_settings_and_makes_what_is_missing(root: Path) -> None:
    settings = root / "riskmap.toml"
    settings.write_text('[district]\nname = "我的区"\n', encoding="utf-8")
    (root / "riskmap.db").unlink()
    assert init_workspace(root)
    with open_workspace(root) as workspace:
        assert workspace.settings.district.name == "我的区"


def test_init_with_a_wrong_code_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="行政区划代码"):
        init_workspace(tmp_path / "w", code="33")
    assert not (tmp_path / "w").exists()


def test_init_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="不是文件夹"):
        init_workspace(tmp_path / "file")


@pytest.mark.sqlite
def test_the_database_is_what_the_tables_say(root: Path) -> None:
    assert len(all_tables()) > 20
    with open_workspace(root) as workspace:
        assert is_migrated(workspace.engine)
        with workspace.read() as connection:
            found = compare_metadata(MigrationContext.configure(connection), metadata)
            names = sa.inspect(connection).get_indexes("days")
    assert found == []
    assert names == []


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(migrations_dir())).get_current_head() == HEAD_REVISION


@pytest.mark.sqlite
def test_the_database_guards_itself(root: Path) -> None:
    with open_workspace(root) as workspace, workspace.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_failed_write_leaves_nothing(root: Path) -> None:
    row = {"layer": "x", "digest": "d", "rows": 1, "rejected": 0}
    row |= {"datum": {}, "sources": [], "report": {}}
    with open_workspace(root) as workspace:
        with pytest.raises(sa.exc.StatementError, match="without a zone"), workspace.write() as out:
            moment = datetime(2026, 6, 30, tzinfo=UTC)
            out.execute(sa.insert(snapshots), [row | {"imported_at": moment}])
            naive = moment.replace(tzinfo=None)
            out.execute(sa.insert(snapshots), [row | {"imported_at": naive}])
        with workspace.read() as connection:
            count = connection.execute(sa.select(sa.func.count()).select_from(snapshots)).scalar()
    assert count == 0


def test_missing_workspace_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="riskmap init"):
        open_workspace(tmp_path)


def test_missing_database_is_not_made_anew(root: Path) -> None:
    (root / "riskmap.db").unlink()
    with pytest.raises(WorkspaceError, match="备份"):
        open_workspace(root)
    assert not (root / "riskmap.db").exists()


@pytest.mark.sqlite
def test_corrupt_database_is_kept_as_it_is(root: Path) -> None:
    damaged = b"this is no database, but long enough to be read as one" * 50
    (root / "riskmap.db").write_bytes(damaged)
    with pytest.raises(WorkspaceError, match="损坏"):
        open_workspace(root)
    assert (root / "riskmap.db").read_bytes() == damaged


@pytest.mark.sqlite
def test_truncated_database_is_refused(root: Path) -> None:
    data = (root / "riskmap.db").read_bytes()
    (root / "riskmap.db").write_bytes(data[: len(data) // 2])
    with (
        pytest.raises(WorkspaceError),
        open_workspace(root) as workspace,
        workspace.read() as connection,
    ):
        for table in metadata.sorted_tables:
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


@pytest.mark.sqlite
def test_another_programs_database_is_refused(root: Path) -> None:
    (root / "riskmap.db").unlink()
    other = sqlite3.connect(root / "riskmap.db")
    other.execute("CREATE TABLE a (b)")
    other.commit()
    other.close()
    with pytest.raises(WorkspaceError, match="不是 riskmap"):
        open_workspace(root)


@pytest.mark.sqlite
def test_database_of_a_newer_riskmap_is_refused(root: Path) -> None:
    other = sqlite3.connect(root / "riskmap.db")
    other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.commit()
    other.close()
    with pytest.raises(WorkspaceError, match="更新版本"):
        open_workspace(root)
    with pytest.raises(WorkspaceError, match="更新版本"):
        init_workspace_again(root)


def init_workspace_again(root: Path) -> None:
    """What `riskmap init` does on an existing workspace: nothing, then open it."""
    init_workspace(root)
    open_workspace(root).close()


@pytest.mark.sqlite
def test_locked_database_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskmap.workspace.BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(root / "riskmap.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with open_workspace(root) as workspace:
            with pytest.raises(WorkspaceError, match="占用"), workspace.write():
                pass
            with workspace.read() as connection:  # readers are not held up
                assert database_revision(connection) == HEAD_REVISION
    finally:
        other.close()


def test_bad_database_address_is_one_clear_line(root: Path) -> None:
    for address in ("nonsense", "nodialect://x/y"):
        with pytest.raises(WorkspaceError, match="RISKMAP_DATABASE_URL"):
            open_workspace(root, address)


def test_write_atomically_replaces_whole_or_not(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_atomically(file, "一")
    with pytest.raises(TypeError):
        write_atomically(file, None)  # type: ignore[arg-type]  # what a broken caller would do
    assert file.read_text(encoding="utf-8") == "一"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.sqlite
def test_another_database_by_address(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert init_workspace(tmp_path / "w", database_url=address)
    assert not init_workspace(tmp_path / "w", database_url=address)
    assert not (tmp_path / "w" / "riskmap.db").exists()
    with open_workspace(tmp_path / "w", address) as workspace:
        assert is_migrated(workspace.engine)
    with pytest.raises(WorkspaceError, match="riskmap init"):
        open_workspace(tmp_path / "w", f"sqlite:///{tmp_path / 'empty.db'}")
