"""Carry a store from one database to another: every row, compared table by table."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from riskmap.access.tables import audit_head
from riskmap.errors import WorkspaceError
from riskmap.storage.database import HEAD_REVISION, database_revision
from riskmap.storage.schema import all_tables

BATCH = 2000


@dataclass(frozen=True)
class TableState:
    """How many rows a table has, and the sha256 of all of them in the order of their key."""

    rows: int
    digest: str


def table_states(connection: sa.Connection) -> dict[str, TableState]:
    """Return the state of every table; equal stores have equal states on both databases."""
    return {table.name: _state(connection, table) for table in all_tables()}


def require_head(connection: sa.Connection, place: str) -> None:
    """Check that a store stands at the version of this program.

    Raises
    ------
    WorkspaceError
        There is no store, or one of another version.
    """
    revision = database_revision(connection)
    if revision is None:
        raise WorkspaceError("这里没有 riskmap 的数据库", place, "核对地址")
    if revision != HEAD_REVISION:
        raise WorkspaceError(
            "数据库不是本程序的版本",
            f"{place} 的版本是 {revision}，应为 {HEAD_REVISION}",
            "先用本程序打开一次（任一命令），再运行",
        )


def stored_tables(connection: sa.Connection) -> list[str]:
    """Return which of riskmap's tables the database has, also when the store is incomplete."""
    present = set(sa.inspect(connection).get_table_names())
    return [table.name for table in all_tables() if table.name in present]


def copy_store(source: sa.Connection, target: sa.Connection) -> dict[str, TableState]:
    """Fill a store that was just migrated and holds nothing with the rows of another.

    The caller's transactions give the one consistent state that is read, and all or nothing
    of what is written.

    Returns
    -------
    dict
        The state of every table, which is the same in both.

    Raises
    ------
    WorkspaceError
        A row does not fit, or a table is not the same after the copy.
    """
    states = {}
    for table in all_tables():
        states[table.name] = _copy_table(source, target, table)
        _set_sequence(target, table)
        copied = _state(target, table)
        if copied != states[table.name]:
            raise WorkspaceError(
                "搬过去的数据与原来不同，未存入任何内容",
                f"表 {table.name}：原 {states[table.name].rows} 行，搬后 {copied.rows} 行",
                "保留原库，并报告这一问题",
            )
    return states


def _copy_table(source: sa.Connection, target: sa.Connection, table: sa.Table) -> TableState:
    """Copy the rows of one table; return the state of what was read."""
    found, count = sha256(), 0
    if table is audit_head:  # the migration puts its one row
        target.execute(sa.delete(table))
    for rows in _batches(source, table):
        found.update(b"".join(map(_line, rows)))
        count += len(rows)
        try:
            target.execute(sa.insert(table), rows)
        except (sa.exc.DataError, sa.exc.IntegrityError) as error:
            raise WorkspaceError(
                f"表 {table.name} 有一行放不进目标数据库，未存入任何内容",
                str(error.orig).splitlines()[0],
                "在原库中改正这一行后重新运行",
            ) from error
    return TableState(count, found.hexdigest())


def _set_sequence(target: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL number new rows after the copied ones, as SQLite does by itself."""
    column = table.autoincrement_column
    if target.dialect.name != "postgresql" or column is None:
        return
    name = sa.func.pg_get_serial_sequence(table.name, column.name)
    last = target.execute(sa.select(sa.func.max(column))).scalar()
    target.execute(sa.select(sa.func.setval(name, last or 1, last is not None)))


def _state(connection: sa.Connection, table: sa.Table) -> TableState:
    found, count = sha256(), 0
    for rows in _batches(connection, table):
        found.update(b"".join(map(_line, rows)))
        count += len(rows)
    return TableState(count, found.hexdigest())


def _batches(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[dict[str, Any]]]:
    """Yield a table in the order of its key; texts by their bytes on both databases."""
    binary = connection.dialect.name == "postgresql"
    order = [
        sa.collate(column, "C") if binary and isinstance(column.type, sa.String) else column
        for column in table.primary_key
    ]
    names = [column.name for column in table.c]
    floats = [column.name for column in table.c if isinstance(column.type, sa.Float)]
    query = sa.select(table).order_by(*order).execution_options(yield_per=BATCH)
    with connection.execute(query) as result:
        for part in result.partitions():
            rows = [dict(zip(names, row, strict=True)) for row in part]
            for row in rows if floats else ():
                row.update({name: _known(row[name]) for name in floats})
            yield rows


def _known(value: Any) -> Any:
    """Return a value; not-a-number is unknown, on the database that could store it as well."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _line(row: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(row).encode("ascii") + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a column of a type that no store has: {value!r}")


_ENCODER = json.JSONEncoder(ensure_ascii=True, sort_keys=True, default=_plain)
