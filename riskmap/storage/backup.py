"""`riskmap backup`: one file that holds a whole workspace, made while the service runs."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit import append
from riskmap.access.policy import authorise
from riskmap.access.tables import audit_head
from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.ledger.tables import photos
from riskmap.storage.archive import KEPT_FOLDERS, Writer, new_archive
from riskmap.storage.database import HEAD_REVISION, snapshots
from riskmap.storage.errors import clear_storage_errors
from riskmap.storage.migrating import upgrade
from riskmap.storage.moving import copy_store, require_head, table_states
from riskmap.workspace import DATABASE_FILE, SETTINGS_FILE, Workspace, make_engine


@dataclass(frozen=True)
class BackedUp:
    """What a backup holds; `digest` names its content and is worth noting elsewhere.

    `missing` are files that the database names and the workspace no longer has.
    """

    path: Path
    digest: str
    files: int
    rows: int
    bytes: int
    missing: tuple[str, ...]


def backup(ws: Workspace, path: Path, actor: Actor, *, now: datetime) -> BackedUp:
    """Write the workspace as it is at this moment into one new file.

    The database is copied first, in one consistent state and without stopping anybody who
    writes; then the files, which are always written before the rows that name them and never
    change afterwards.

    Raises
    ------
    WorkspaceError
        The file exists, cannot be written, or the database is damaged.
    """
    authorise(actor, "storage.manage")
    _refuse_place(ws, path)
    with (
        clear_storage_errors(path),
        tempfile.TemporaryDirectory(prefix=".riskmap-backup-", dir=path.parent) as folder,
    ):
        copy = Path(folder) / DATABASE_FILE
        _copy_database(ws, copy)
        about, wanted = _about(ws, copy, now)
        with new_archive(path) as archive:
            archive.add(DATABASE_FILE, copy)
            for name, file in _files(ws.root):
                archive.add(name, file)
            missing = _missing(archive, wanted)
            digest = archive.finish({**about, "missing": missing})
    rows = sum(said["rows"] for said in about["tables"].values())
    done = BackedUp(path, digest, len(archive.members), rows, path.stat().st_size, tuple(missing))
    with ws.write() as connection:
        after = {"digest": digest, "files": done.files, "rows": rows, "bytes": done.bytes}
        append(connection, actor, "storage.backup", path.name, now=now, after=after)
    return done


def _refuse_place(ws: Workspace, path: Path) -> None:
    if path.exists():
        raise RiskmapError("备份文件已存在，未作改动", path, "换一个文件名")
    if not path.parent.is_dir():
        raise RiskmapError("没有这个文件夹", path.parent, "先建好，或换一个位置")
    place = path.resolve()
    for folder in KEPT_FOLDERS:
        if place.is_relative_to((ws.root / folder).resolve()):
            raise RiskmapError("备份不能放在被备份的文件夹里", path, "换一个位置，最好是另一块盘")


def _copy_database(ws: Workspace, path: Path) -> None:
    """Make a SQLite file of the store in one consistent state, whichever database it is in."""
    if ws.engine.dialect.name == "sqlite":
        with closing(ws.engine.raw_connection()) as pooled, closing(sqlite3.connect(path)) as copy:
            cast(sqlite3.Connection, pooled.driver_connection).backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    with ws.read() as source:
        require_head(source, "数据库")
        engine = make_engine(path.parent)
        try:
            with engine.begin() as target:
                upgrade(target)
                copy_store(source, target)
        finally:
            engine.dispose()


def _about(ws: Workspace, copy: Path, now: datetime) -> tuple[dict[str, Any], set[str]]:
    """Return what the manifest says, and the digests of the files that the database names."""
    engine = make_engine(copy.parent)
    try:
        with engine.connect() as connection:
            states = table_states(connection)
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            head = connection.execute(sa.select(audit_head)).mappings().one()
            wanted = {
                *connection.execute(sa.select(snapshots.c.digest)).scalars(),
                *connection.execute(sa.select(photos.c.digest)).scalars(),
            }
    finally:
        engine.dispose()
    if said != "ok":
        raise WorkspaceError("数据库已损坏，没有备份", said, "用最近的完好备份恢复")
    district = ws.settings.district
    about = {
        "made_at": now.isoformat(timespec="seconds"),
        "riskmap": version("riskmap"),
        "district": {"name": district.name, "code": district.code},
        "database": ws.engine.dialect.name,
        "revision": HEAD_REVISION,
        "audit": {"number": head["number"], "digest": head["digest"]},
        "tables": {name: vars(state) for name, state in states.items()},
    }
    return about, wanted


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the settings and every complete file of the kept folders, in a stable order."""
    yield SETTINGS_FILE, root / SETTINGS_FILE
    for folder in KEPT_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                yield inside.as_posix(), path


def _missing(archive: Writer, wanted: set[str]) -> list[str]:
    present = {Path(name).stem for name in archive.members}
    return sorted(wanted - present)
