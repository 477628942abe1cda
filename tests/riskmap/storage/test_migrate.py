"""A store carried to the other database and back is the same, and works there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, command_line
from riskmap.access.audit import append, verify
from riskmap.access.tables import users
from riskmap.errors import ForbiddenError, RiskmapError, WorkspaceError
from riskmap.storage import moving
from riskmap.storage.database import record_tables
from riskmap.storage.migrate import migrate_database
from riskmap.storage.moving import table_states
from riskmap.storage.schema import all_tables
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
OPERATOR = command_line("root")


def address(ws: Workspace) -> str:
    return ws.engine.url.render_as_string(hide_password=False)


def test_there_and_back(store: Workspace, tmp_path: Path, postgres) -> None:
    """SQLite to PostgreSQL to SQLite, and PostgreSQL to SQLite to PostgreSQL."""
    with store.read() as connection:
        before = table_states(connection)
    assert {name for name, state in before.items() if state.rows} >= {
        "indicators", "deliveries", "danger_steps", "photos", "snapshots", "users", "sessions",
        "audit", "audit_head",
    }  # fmt: skip
    sqlite = f"sqlite:///{tmp_path / 'copy.db'}"
    first = postgres.fresh() if store.engine.dialect.name == "sqlite" else sqlite
    second = sqlite if store.engine.dialect.name == "sqlite" else postgres.fresh()
    assert migrate_database(address(store), first, OPERATOR, now=NOW) == before
    with open_workspace(store.root, first) as there, there.write() as connection:
        key = connection.execute(
            sa.insert(record_tables["indicators"]).values(
                key="new", delivery_id=3, learnt_at=NOW, source="a:1", value=1.5
            )
        ).inserted_primary_key
        assert tuple(key) == (21,)
        assert append(connection, OPERATOR, "user.add", "x", now=NOW) == 7
    there_states = migrate_database(first, second, OPERATOR, now=NOW)
    assert there_states["indicators"].rows == 21
    assert there_states["users"] == before["users"]
    with open_workspace(store.root, second) as back, back.read() as connection:
        assert verify(connection).intact
        assert verify(connection).rows == 8
    with store.read() as connection:
        assert table_states(connection) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_difference_stores_nothing(
    store: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres
) -> None:
    """The comparison is of what was stored, not of what was sent."""
    original = moving._copy_table

    def losing(source: sa.Connection, target: sa.Connection, table: sa.Table) -> object:
        state = original(source, target, table)
        if table.name == "indicators":
            target.execute(sa.delete(table).where(table.c.key == "k12"))
        return state

    monkeypatch.setattr(moving, "_copy_table", losing)
    for url in (postgres.fresh(), f"sqlite:///{tmp_path / 'copy.db'}"):
        with pytest.raises(WorkspaceError, match="indicators：原 20 行，搬后 19 行"):
            migrate_database(address(store), url, OPERATOR, now=NOW)
    assert not (tmp_path / "copy.db").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_row_that_does_not_fit_is_named(tmp_path: Path, postgres) -> None:
    """SQLite takes texts that PostgreSQL does not: the table is named, nothing is stored."""
    init_workspace(tmp_path / "w", "我的区", "331003")
    with open_workspace(tmp_path / "w") as ws, ws.write() as connection:
        row = {"login": "x", "name": "a\x00b", "role": "duty", "domains": [], "failures": 0}
        row |= {"must_change_password": True, "created_at": NOW, "created_by": "a"}
        connection.execute(sa.insert(users).values(**row))
    url = postgres.fresh()
    with pytest.raises(WorkspaceError, match="表 users 有一行放不进"):
        migrate_database(str(tmp_path / "w"), url, OPERATOR, now=NOW)
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_wrong_addresses(store: Workspace, tmp_path: Path, postgres) -> None:
    (tmp_path / "there.db").write_bytes(b"")
    mine = address(store)
    for source, target, said in (
        (mine, mine, "相同"),
        (str(tmp_path / "no.db"), mine, "没有这个数据库文件"),
        (mine, str(tmp_path / "there.db"), "目标文件已存在"),
        (mine, str(tmp_path / "no" / "x.db"), "没有这个文件夹"),
        (mine, "mysql://a/b", "只支持"),
        (mine, "postgresql+psycopg://a:geheim@h:port/b", "不是数据库地址"),
        (mine, "postgres ql://a:geheim@h/b", "不是数据库地址"),
        (mine, "postgresql+psycopg://a:geheim@127.0.0.1:1/b", "连不上"),
        (postgres.fresh(), str(tmp_path / "x.db"), "没有 riskmap 的数据库"),
        (str(tmp_path / "there.db"), str(tmp_path / "x.db"), "没有 riskmap 的数据库"),
    ):
        with pytest.raises(RiskmapError, match=said) as caught:
            migrate_database(source, target, OPERATOR, now=NOW)
        assert "geheim" not in str(caught.value)
    assert not (tmp_path / "x.db").exists()
    full = postgres.fresh()
    init_workspace(tmp_path / "full", "我的区", "331003", full)
    with pytest.raises(RiskmapError, match="已有 riskmap 的表"):
        migrate_database(mine, full, OPERATOR, now=NOW)
    with pytest.raises(ForbiddenError):
        migrate_database(mine, full, Actor("li", "李", Role.DUTY), now=NOW)


def test_every_table_has_a_key_to_order_by() -> None:
    assert [table.name for table in all_tables() if not table.primary_key.columns] == []
