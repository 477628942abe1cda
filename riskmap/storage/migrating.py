"""Bring a database to the version this code was written for (Alembic, run from here)."""

import sqlalchemy as sa

from riskmap.errors import WorkspaceError
from riskmap.paths import migrations_dir
from riskmap.storage.database import HEAD_REVISION, database_revision

UPGRADE_LOCK = 0x7269736B6D6170
"""Number of the lock that upgrades of one PostgreSQL database queue at ("riskmap" in ASCII)."""


def upgrade(connection: sa.Connection) -> None:
    """Run every migration the database has not seen, inside the caller's transaction.

    Raises
    ------
    WorkspaceError
        The database was written by a newer riskmap; nothing is changed.
    """
    # Alembic takes 0.1 s to import and is needed once in a database's life.
    from alembic.config import Config  # noqa: PLC0415  (kept out of every command's start)
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415  (as above)
    from alembic.script import ScriptDirectory  # noqa: PLC0415  (as above)

    if connection.dialect.name == "postgresql":  # as SQLite's BEGIN IMMEDIATE: one at a time
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
    script = ScriptDirectory(str(migrations_dir()))
    revision = database_revision(connection)
    if revision is not None and revision not in {step.revision for step in script.walk_revisions()}:
        raise WorkspaceError(
            "数据库由更新版本的 riskmap 写成",
            f"版本 {revision}，本程序认得 {HEAD_REVISION}",
            "升级 riskmap 后再运行；数据未作改动",
        )

    def steps(current: object, context: object) -> object:
        return script._upgrade_revs(HEAD_REVISION, current)  # type: ignore[arg-type]  # a revision or ()

    environment = EnvironmentContext(Config(), script)
    environment.configure(connection=connection, fn=steps)
    environment.run_migrations()
