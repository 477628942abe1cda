"""What PostgreSQL says when it fails becomes one clear line; no fake servers."""

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.access.actors import command_line
from riskmap.access.audit import append, verify
from riskmap.errors import WorkspaceError
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
OPERATOR = command_line("root")


@pytest.fixture
def store(tmp_path: Path, postgres) -> Iterator[Workspace]:
    url = postgres.fresh()
    init_workspace(tmp_path / "w", "我的区", "331003", url)
    with open_workspace(tmp_path / "w", url) as ws:
        yield ws


def write(ws: Workspace, before: str = "") -> None:
    with ws.write() as connection:
        if before:
            connection.exec_driver_sql(before)
        append(connection, OPERATOR, "test", "x", now=NOW)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql+psycopg://riskmap:geheim@127.0.0.1:1/x", "连不上数据库"),
        ("postgresql+psycopg://riskmap:geheim@no-such-host.invalid/x", "连不上数据库"),
        ("{server}no_such_database", "没有这个数据库"),
        ("{other_user}postgres", "没有这个数据库或账号|不接受这个账号"),
        ("mysql://a", "无法使用"),
        ("nonsense", "无法使用"),
        ("postgresql+psycopg://a:geheim@127.0.0.1:port/x", "无法使用"),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path: Path, postgres, address: str, said: str) -> None:
    server = postgres.fresh().rpartition("/")[0] + "/"
    url = address.format(server=server, other_user=server.replace("riskmap@", "nobody:geheim@"))
    with pytest.raises(WorkspaceError, match=said) as caught:
        init_workspace(tmp_path / "w", "我的区", "331003", url)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_read_only_database(store: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="只读"):
        write(store, "SET TRANSACTION READ ONLY")


def test_a_reader_cannot_write_and_sees_one_state(store: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="只读"), store.read() as connection:
        append(connection, OPERATOR, "test", "x", now=NOW)
    with store.read() as connection:
        assert verify(connection).rows == 0
        write(store)
        assert verify(connection).rows == 0
    with store.read() as connection:
        assert verify(connection).rows == 1
    write(store)


def test_a_lock_that_is_held(store: Workspace) -> None:
    with store.engine.begin() as holder:
        holder.exec_driver_sql("LOCK TABLE audit_head")
        with pytest.raises(WorkspaceError, match="占用"):
            write(store, "SET LOCAL lock_timeout = '50ms'")


def test_a_missing_table(store: Workspace) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit")
    with pytest.raises(WorkspaceError, match="缺少表"):
        write(store)


def test_no_right(store: Workspace) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS clerk")
        connection.exec_driver_sql("CREATE ROLE clerk")
    with pytest.raises(WorkspaceError, match="没有这项权限"):
        write(store, "SET LOCAL ROLE clerk")


def test_a_connection_that_the_server_dropped(store: Workspace) -> None:
    """One that was idle is made anew unseen; one in the middle of a write fails whole."""
    write(store)
    kill = sa.text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    other = sa.create_engine(store.engine.url, isolation_level="AUTOCOMMIT")
    with other.connect() as executioner:
        executioner.execute(kill)
        write(store)
        with pytest.raises(WorkspaceError, match=r"中断|连不上"), store.write() as connection:
            append(connection, OPERATOR, "test", "lost", now=NOW)
            executioner.execute(kill)
            append(connection, OPERATOR, "test", "lost", now=NOW)
    other.dispose()
    with store.read() as connection:
        assert (verify(connection).rows, verify(connection).faults) == (2, ())


@pytest.fixture
def small_disk(postgres) -> Iterator[str]:
    """The address of a database whose tables lie on a disk of 12 MB; needs root, as CI has."""
    folder = Path(tempfile.mkdtemp(prefix="riskmap-small-"))
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m,mode=0777", "riskmap-test", str(folder)],
        check=True,
    )
    place = folder / "space"
    postgres.run("mkdir", str(place))
    url = postgres.fresh()
    engine = sa.create_engine(url.rpartition("/")[0] + "/postgres", isolation_level="AUTOCOMMIT")
    name = url.rpartition("/")[2]
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{place}'")
    yield url
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        connection.exec_driver_sql("DROP TABLESPACE small")
    engine.dispose()
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_of_the_server(tmp_path: Path, small_disk: str) -> None:
    init_workspace(tmp_path / "w", "我的区", "331003", small_disk)
    with open_workspace(tmp_path / "w", small_disk) as ws:
        write(ws)
        with ws.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE audit SET TABLESPACE small")
            connection.exec_driver_sql("ALTER TABLE audit ALTER after SET STORAGE EXTERNAL")
        noise = sa.text("SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 30000)")
        with pytest.raises(WorkspaceError, match="磁盘已满"), ws.write() as connection:
            for _ in range(30):
                after = {"noise": connection.execute(noise).scalar()}
                append(connection, OPERATOR, "test", "x", now=NOW, after=after)
        write(ws)
        with ws.read() as connection:
            assert (verify(connection).rows, verify(connection).faults) == (2, ())
