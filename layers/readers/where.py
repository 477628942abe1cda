"""Rows that meet a condition, written in SQL on the columns of the source."""

import sqlite3
from contextlib import closing

import numpy as np

from layers.errors import InputError
from layers.readers.raw import RawTable, take


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sql_names(columns: list[str]) -> list[str]:
    """Return the columns' names, made different where SQL (blind to case) sees repeats."""
    seen: set[str] = set()
    out = []
    for name in columns:
        unique = name
        while unique.casefold() in seen:
            unique += "_"
        seen.add(unique.casefold())
        out.append(unique)
    return out


def select(raw: RawTable, where: str) -> RawTable:
    """Return the rows of a table that meet an SQL condition, in their order.

    The condition uses SQLite's language and the headers of the source, for every format alike;
    a text that looks like a number compares as one.

    Raises
    ------
    InputError
        When the condition is no valid SQL, names an unknown column, or selects no row.
    """
    names = _sql_names([str(name) for name in raw.frame.columns])
    listed = "、".join(str(name) for name in raw.frame.columns)
    declared = ", ".join(f"{_quoted(name)} NUMERIC" for name in names)
    values = raw.frame.astype(object).where(raw.frame.notna(), None)
    with closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute(f"CREATE TABLE source ({declared})")
            marks = ", ".join("?" * len(names))
            memory.executemany(
                f"INSERT INTO source VALUES ({marks})", values.itertuples(index=False, name=None)
            )
            rows = memory.execute(f"SELECT rowid FROM source WHERE ({where}\n)").fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise InputError(
                f"筛选条件有误（{error}）", where, f"用源文件的列名写 SQL 条件；现有列：{listed}"
            ) from error
    keep = np.zeros(len(raw.frame), dtype=bool)
    keep[np.array([row[0] - 1 for row in rows], dtype=np.int64)] = True
    if not keep.any():
        raise InputError(
            f"筛选条件在 {raw.file} 中没有选中任何一行", where, f"检查列名与取值；现有列：{listed}"
        )
    return take(raw, keep)
