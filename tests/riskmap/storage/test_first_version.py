"""A store of the first version, with rows in every table, becomes one of today: nothing is lost."""

import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from riskmap.access.actors import command_line
from riskmap.access.audit import append, verify
from riskmap.migrations.versions import v0001_first
from riskmap.records.reading import read_records
from riskmap.storage.database import HEAD_REVISION, RECORD_COLUMNS, database_revision, record_tables
from riskmap.workspace import DATABASE_FILE, init_workspace, make_engine, open_workspace

NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
ROWS = 3


def value(column: sa.Column[Any], number: int) -> Any:
    """Return a value for a column, another one for each row; the database numbers them itself."""
    for key in column.foreign_keys:
        return value(key.column, number)
    by_type: Mapping[type, Any] = {
        sa.Integer: number,
        sa.Float: number + 0.1,
        sa.Boolean: bool(number % 2),
        sa.DateTime: NOW.replace(minute=number),
        sa.Date: date(2026, 6, number),
        sa.JSON: {"n": number},
        sa.String: f"甲{number}",
    }
    return next(made for kind, made in by_type.items() if isinstance(column.type, kind))


def first_store(root: Path, url: str | None) -> dict[str, list[dict[str, Any]]]:
    """Make a workspace as version 0001 left it; return the rows of every table."""
    init_workspace(root, "我的区", "331003")
    (root / DATABASE_FILE).unlink()
    for leftover in root.glob(f"{DATABASE_FILE}-*"):
        leftover.unlink()
    engine = make_engine(root, url)
    try:
        with engine.begin() as connection:
            with Operations.context(MigrationContext.configure(connection)):
                v0001_first.upgrade()
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")
            tables = sa.MetaData()
            tables.reflect(connection)
            for table in tables.sorted_tables:
                if table.name != "alembic_version":
                    given = [c for c in table.c if c is not table.autoincrement_column]
                    rows = [{c.name: value(c, n) for c in given} for n in range(1, ROWS + 1)]
                    connection.execute(sa.insert(table), rows)
            return stored(connection, tables)
    finally:
        engine.dispose()


def stored(connection: sa.Connection, tables: sa.MetaData) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [
            dict(row)
            for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
        ]
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }


def test_every_row_of_the_first_version_is_kept(tmp_path: Path, database_url: str | None) -> None:
    before = first_store(tmp_path / "w", database_url)
    assert set(before) >= {"hidden_dangers", "accidents", "days", "deliveries", "snapshots"}
    with open_workspace(tmp_path / "w", database_url) as ws:
        with ws.read() as connection:
            assert database_revision(connection) == HEAD_REVISION
            tables = sa.MetaData()
            tables.reflect(connection)
            after = stored(connection, tables)
        for name, rows in before.items():
            assert len(after[name]) == ROWS, name
            for old, new in zip(rows, after[name], strict=True):
                assert {column: new[column] for column in old} == old, name
                assert {new[column] for column in new if column not in old} <= {None}, name
        for kind in RECORD_COLUMNS:
            found = read_records(ws, kind, known_until=NOW.replace(hour=10))
            assert len(found) == (ROWS if kind in before else 0), kind
        with ws.write() as connection:
            table = record_tables["hidden_dangers"]
            new = {"key": "x", "delivery_id": 1, "learnt_at": NOW, "source": "a:1"}
            key = connection.execute(sa.insert(table).values(**new)).inserted_primary_key
            assert tuple(key or ()) == (ROWS + 1,)
            later = NOW.replace(hour=11)  # than all that was stored before there was an audit
            assert append(connection, command_line("root"), "test", "x", now=later) == 1
            assert verify(connection).intact


def test_service_and_listener_started_at_once_upgrade_once(
    tmp_path: Path, database_url: str | None
) -> None:
    first_store(tmp_path / "w", database_url)
    together, faults = threading.Barrier(4), []

    def start() -> None:
        together.wait()
        try:
            open_workspace(tmp_path / "w", database_url).close()
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with open_workspace(tmp_path / "w", database_url) as ws, ws.read() as connection:
        assert database_revision(connection) == HEAD_REVISION


def test_a_step_that_fails_leaves_the_first_version(
    tmp_path: Path, database_url: str | None
) -> None:
    before = first_store(tmp_path / "w", database_url)
    engine = make_engine(tmp_path / "w", database_url)
    with engine.begin() as connection:  # in the way of migration 0004
        connection.exec_driver_sql("CREATE TABLE device_refusals (x INTEGER)")
    with pytest.raises(Exception, match="device_refusals"):
        open_workspace(tmp_path / "w", database_url)
    engine.dispose()
    engine = make_engine(tmp_path / "w", database_url)
    with engine.begin() as connection:
        assert database_revision(connection) == "0001"
        connection.exec_driver_sql("DROP TABLE device_refusals")
        tables = sa.MetaData()
        tables.reflect(connection)
        assert stored(connection, tables) == before
    engine.dispose()
    open_workspace(tmp_path / "w", database_url).close()
