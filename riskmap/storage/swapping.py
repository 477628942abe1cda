"""Put a restored workspace in the place of the old one, which is moved aside, never deleted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.storage.archive import KEPT_FOLDERS
from riskmap.workspace import DATABASE_FILE, KEY_FILE, SETTINGS_FILE

_WAL_FILES = tuple(DATABASE_FILE + ending for ending in ("-wal", "-shm"))
_NEW_ORDER = (*KEPT_FOLDERS, DATABASE_FILE, SETTINGS_FILE)
_OLD_ORDER = (SETTINGS_FILE, DATABASE_FILE, *_WAL_FILES, *KEPT_FOLDERS)
"""The settings leave first and come last: a folder without them is no workspace to anybody."""

PATIENCE_S = 2.0


def require_place(root: Path, force: bool) -> None:
    """Check that a workspace may be put here.

    Raises
    ------
    RiskmapError
        The folder holds a workspace and `force` is not given, or something else; the key of
        second factors may lie there already, for it comes in no backup.
    """
    if root.exists() and not root.is_dir():
        raise RiskmapError("路径已存在且不是文件夹", root, "换一个文件夹")
    present = old_entries(root)
    if not present:
        if root.is_dir() and any(path.name != KEY_FILE for path in root.iterdir()):
            raise RiskmapError(
                "文件夹里有别的东西，未作任何改动", root, "用 -w 指定一个空的或还没有的文件夹"
            )
        return
    if not force:
        raise RiskmapError(
            "这里已有工作区，未作任何改动",
            root,
            "用 -w 换一个文件夹；确认要替换时加 --force，原来的会移到旁边保留",
        )
    require_unused(root)


def require_unused(root: Path) -> None:
    """Check that no service or command has the SQLite database open.

    Raises
    ------
    RiskmapError
        Somebody has. A damaged database counts as unused: that is why one restores.
    """
    path = root / DATABASE_FILE
    if not path.is_file():
        return
    with closing(sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)) as connection:
        try:
            # leaving WAL needs the database for oneself alone; then it is put back
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise RiskmapError(
                    "数据库正在使用，未作任何改动", path, "先停下服务和别的命令，再恢复"
                ) from error


def old_entries(root: Path) -> list[str]:
    """Return what of a workspace lies in a folder."""
    return [name for name in _OLD_ORDER if (root / name).exists()]


@contextmanager
def swapped(root: Path, fresh: Path, now: datetime) -> Iterator[Path | None]:
    """Move the old workspace aside and the new one in; undo both when what runs inside fails.

    Gives the folder that keeps the old one, None when there was none.
    """
    old = old_entries(root)
    aside = root / f"before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}" if old else None
    moves = [] if aside is None else [(root / name, aside / name) for name in old]
    moves += [(fresh / name, root / name) for name in _NEW_ORDER if (fresh / name).exists()]
    done: list[tuple[Path, Path]] = []
    try:
        if aside is not None:
            _make(aside)
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
        yield aside
    except BaseException:
        for source, target in reversed(done):
            target.rename(source)
        if aside is not None and aside.is_dir():
            aside.rmdir()
        raise


def _make(aside: Path) -> None:
    try:
        aside.mkdir()
    except FileExistsError as error:
        raise WorkspaceError("保留原工作区的文件夹已存在", aside, "先把它移走") from error
