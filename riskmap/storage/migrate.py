"""`riskmap migrate-db`: a store from SQLite to PostgreSQL, or back, compared table by table."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit import append
from riskmap.access.factor_key import without_key
from riskmap.access.policy import authorise
from riskmap.errors import RiskmapError
from riskmap.settings import Settings
from riskmap.storage.errors import clear_storage_errors
from riskmap.storage.migrating import upgrade
from riskmap.storage.moving import TableState, copy_store, require_head, stored_tables
from riskmap.workspace import DATABASE_FILE, OWNER_ONLY, Workspace, make_engine


def migrate_database(
    source: str, target: str, actor: Actor, *, now: datetime
) -> dict[str, TableState]:
    """Copy a whole store into an empty database; the source is only read.

    Parameters
    ----------
    source, target
        SQLAlchemy addresses, or the path of a SQLite file or of a workspace's folder.

    Returns
    -------
    dict
        The state of every table, the same in both (before the row of the audit that says so).

    Raises
    ------
    RiskmapError
        An address is none, the source holds no store, or the target holds something.
    """
    authorise(actor, "storage.manage")
    origin, goal = _address(source), _address(target)
    if origin == goal:
        raise RiskmapError("两个地址相同", shown(origin), "写两个不同的数据库")
    _require_file(origin)
    with _opened(origin) as old, old.read() as reading:
        require_head(reading, shown(origin))
        with _new(goal) as fresh, fresh.write() as writing:
            upgrade(writing)
            states = copy_store(reading, writing)
            after = {"from": shown(origin), "rows": sum(state.rows for state in states.values())}
            append(writing, actor, "storage.migrate", shown(goal), now=now, after=after)
    return states


def accounts_without_key(source: str, target: str, key: str | None) -> int:
    """Return how many accounts of the new store have a second factor that no key here opens.

    The key is the one given, else the file beside the SQLite database: of the new store, else of
    the old one, whose folder stays the workspace.
    """
    origin, goal = _address(source), _address(target)
    file = _file_of(goal) or _file_of(origin)
    with _opened(goal) as store, store.read() as connection:
        return without_key(connection, file.parent if file else None, key)


def shown(url: sa.URL) -> str:
    """Return an address as it may be shown: without the password."""
    return url.render_as_string(hide_password=True)


def _address(text: str) -> sa.URL:
    """Return an address; a plain path means a SQLite file, a folder the workspace's."""
    if "://" not in text:
        path = Path(text)
        path = path / DATABASE_FILE if path.is_dir() else path
        return sa.URL.create("sqlite", database=str(path.resolve()))
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError) as error:  # not shown: it may hold a password
        raise RiskmapError("不是数据库地址", text.partition("://")[0] + "://…", _MEND) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise RiskmapError("只支持 SQLite 与 PostgreSQL", shown(url), _MEND)
    if url.get_backend_name() == "sqlite" and not url.database:
        raise RiskmapError("地址没有写明 SQLite 文件", shown(url), _MEND)
    return url


_MEND = "写成 postgresql+psycopg://用户@主机/库 或 sqlite:////路径/riskmap.db"


def _file_of(url: sa.URL) -> Path | None:
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _require_file(origin: sa.URL) -> None:
    file = _file_of(origin)
    if file is not None and not file.is_file():
        raise RiskmapError("没有这个数据库文件", file, "核对路径")


@contextmanager
def _opened(url: sa.URL) -> Iterator[Workspace]:
    text = url.render_as_string(hide_password=False)
    with Workspace(Path(shown(url)), Settings(), make_engine(Path(), text)) as store:
        yield store


@contextmanager
def _new(goal: sa.URL) -> Iterator[Workspace]:
    """Give a store to fill; a SQLite file appears under its name only when complete."""
    file = _file_of(goal)
    if file is None:
        with _opened(goal) as store:
            with store.read() as connection:
                present = stored_tables(connection)
            if present:
                raise RiskmapError("目标数据库里已有 riskmap 的表", shown(goal), "换一个空的数据库")
            yield store
        return
    if file.exists():
        raise RiskmapError("目标文件已存在，未作改动", file, "换一个文件名，或先把它移走")
    if not file.parent.is_dir():
        raise RiskmapError("没有这个文件夹", file.parent, "先建好，或换一个位置")
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with _opened(goal.set(database=str(draft))) as store:
            yield store
            with clear_storage_errors(file), store.engine.connect() as connection:
                raw = connection.connection.cursor()
                connection.rollback()
                raw.execute("PRAGMA journal_mode=WAL")
                raw.close()
        draft.chmod(OWNER_ONLY)
        draft.replace(file)
    finally:
        for leftover in draft.parent.glob(f"{draft.name}*"):
            leftover.unlink()
