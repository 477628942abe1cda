"""`riskmap restore`: a workspace out of a backup, whole and checked, or nothing at all."""

import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit import Verified, append, verify
from riskmap.access.factor_key import without_key
from riskmap.access.policy import authorise
from riskmap.access.tables import sessions
from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.storage.archive import Manifest, check_member, opened_archive
from riskmap.storage.database import HEAD_REVISION
from riskmap.storage.errors import clear_storage_errors
from riskmap.storage.migrating import upgrade
from riskmap.storage.moving import copy_store, stored_tables, table_states
from riskmap.storage.swapping import require_place, require_unused, swapped
from riskmap.workspace import (
    DATABASE_FILE,
    OWNER_ONLY,
    Workspace,
    make_engine,
    open_workspace,
)

LOCK_WAIT = "10s"
_GUARDS = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"


@dataclass(frozen=True)
class Restored:
    """What was restored; `aside` is where the workspace that lay there before is kept.

    `aside_schema` is the same for the tables of a PostgreSQL database. `audit` is how the audit
    in the backup was found to be; `missing` are files that were missing when it was made;
    `without_key` are accounts whose second factor the key of this workspace does not open.
    """

    digest: str
    made_at: str
    files: int
    rows: int
    aside: Path | None
    aside_schema: str | None
    audit: Verified
    missing: tuple[str, ...]
    without_key: int


def restore(
    archive: Path,
    root: Path,
    actor: Actor,
    *,
    database_url: str | None = None,
    second_factor_key: str | None = None,
    force: bool = False,
    now: datetime,
) -> Restored:
    """Put the workspace of a backup into a folder (and, where given, a PostgreSQL database).

    Everything is unpacked beside, compared with the manifest, opened and brought up to date
    before the old workspace is touched. Open sessions are ended: one that was ended after the
    backup was made must not come to life again.

    Raises
    ------
    RiskmapError
        Something is there already and `force` is not given, or a service still runs.
    WorkspaceError
        The archive is damaged, cut, no backup, or from a newer riskmap; nothing was changed.
    """
    authorise(actor, "storage.manage")
    _require_postgresql(database_url)
    require_place(root, force)
    with clear_storage_errors(root):
        made = not root.is_dir()
        root.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(prefix=".restoring-", dir=root) as folder:
                fresh = Path(folder)
                with opened_archive(archive) as (file, manifest):
                    _require_space(fresh, manifest)
                    for name in manifest.members:
                        check_member(file, manifest, name, fresh / name)
                found, rows = _check_database(fresh, manifest, actor, archive.name, now)
                with open_workspace(fresh) as ws, ws.read() as connection:
                    keyless = without_key(connection, root, second_factor_key)
                aside, schema = _put(root, fresh, database_url, force, now)
        finally:
            if made and not any(root.iterdir()):
                root.rmdir()
    about = manifest.about
    return Restored(
        manifest.digest,
        str(about.get("made_at")),
        len(manifest.members),
        rows,
        aside,
        schema,
        found,
        tuple(str(name) for name in about.get("missing") or ()),
        keyless,
    )


def _require_postgresql(database_url: str | None) -> None:
    if database_url is not None and sa.make_url(database_url).get_backend_name() != "postgresql":
        raise RiskmapError(
            "只能恢复到工作区的 riskmap.db 或 PostgreSQL",
            sa.make_url(database_url).render_as_string(hide_password=True),
            "删去 RISKMAP_DATABASE_URL，或写成 postgresql+psycopg://… 的样子",
        )


def _require_space(folder: Path, manifest: Manifest) -> None:
    """Refuse what the disk cannot hold before a byte of it is unpacked."""
    needed = sum(member.bytes for member in manifest.members.values())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise WorkspaceError(
            "磁盘放不下这份备份，未作任何改动",
            f"展开后 {needed / 1e6:.0f} MB，可用 {free / 1e6:.0f} MB",
            "腾出空间，或用 -w 换一块盘",
        )


def _check_database(
    fresh: Path, manifest: Manifest, actor: Actor, name: str, now: datetime
) -> tuple[Verified, int]:
    """Open the unpacked workspace, bring it up to date, compare its tables, end its sessions.

    Returns
    -------
    tuple
        How the audit was found to be, and the rows of all tables.
    """
    _check_sqlite(fresh / DATABASE_FILE)
    with open_workspace(fresh) as ws:
        with ws.read() as connection:
            found = verify(connection)
            states = {name: vars(state) for name, state in table_states(connection).items()}
        if manifest.about.get("revision") == HEAD_REVISION:
            _compare(manifest.about.get("tables"), states)
        with ws.write() as connection:
            _put_guards(connection)
            connection.execute(
                sa.update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=now)
            )
            after = {"digest": manifest.digest, "made_at": manifest.about.get("made_at")}
            append(connection, actor, "storage.restore", name, now=now, after=after)
    return found, sum(state["rows"] for state in states.values())


def _put_guards(connection: sa.Connection) -> None:
    """Give a copy the triggers of a new store: it may come without them, or with others."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.begin() as new:
            upgrade(new)
            guards = new.exec_driver_sql(_GUARDS).all()
    finally:
        engine.dispose()
    present = connection.exec_driver_sql(_GUARDS).all()
    for kind, name, _ in set(present) - set(guards):
        quoted = connection.dialect.identifier_preparer.quote_identifier(name)
        connection.exec_driver_sql(f"DROP {kind} {quoted}")
    for _, _, statement in set(guards) - set(present):
        connection.exec_driver_sql(statement)


def _check_sqlite(path: Path) -> None:
    path.chmod(OWNER_ONLY)
    try:
        with closing(sqlite3.connect(path)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        raise WorkspaceError("备份里的数据库已损坏", error, "换一份完好的备份") from error
    if said != "ok":
        raise WorkspaceError("备份里的数据库已损坏", said, "换一份完好的备份")


def _compare(stated: Any, found: Mapping[str, Any]) -> None:
    if stated != found:
        raise WorkspaceError("备份里的数据库与清单不符", "", "换一份完好的备份")


def _put(
    root: Path, fresh: Path, database_url: str | None, force: bool, now: datetime
) -> tuple[Path | None, str | None]:
    """Swap the checked workspace in; with PostgreSQL in one step with its tables."""
    if database_url is None:
        require_unused(root)
        with swapped(root, fresh, now) as aside:
            return aside, None
    target = Workspace(root, _settings(fresh), make_engine(root, database_url))
    with target, clear_storage_errors(root), target.engine.connect() as connection:
        schema = _set_aside(connection, force, now)
        _fill(connection, fresh)
        (fresh / DATABASE_FILE).unlink()
        with swapped(root, fresh, now) as aside:
            connection.commit()
    return aside, schema


def _settings(fresh: Path) -> Any:
    with open_workspace(fresh) as ws:
        return ws.settings


def _fill(connection: sa.Connection, fresh: Path) -> None:
    upgrade(connection)
    engine = make_engine(fresh)
    try:
        with engine.connect() as source:
            copy_store(source, connection)
    finally:
        engine.dispose()


def _set_aside(connection: sa.Connection, force: bool, now: datetime) -> str | None:
    """Move the tables that are there into a schema of their own, inside the transaction."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    present = stored_tables(connection)
    if not present:
        return None
    if not force:
        raise RiskmapError(
            "数据库里已有 riskmap 的表，未作任何改动",
            connection.engine.url.render_as_string(hide_password=True),
            "换一个空的数据库；确认要替换时加 --force，原来的表会移到另一个 schema 保留",
        )
    schema = f"riskmap_before_{now:%Y%m%d_%H%M%S}"
    connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    for name in [*present, "alembic_version"]:
        connection.exec_driver_sql(f"ALTER TABLE {name} SET SCHEMA {schema}")
    return schema
