"""The store is the same on SQLite and on PostgreSQL."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from riskmap.storage.database import metadata
from riskmap.storage.schema import all_tables
from riskmap.workspace import init_workspace, open_workspace


def test_migrations_make_every_table_on_both_databases(
    tmp_path: Path, database_url: str | None
) -> None:
    root = tmp_path / "w"
    init_workspace(root, "我的区", "330001", database_url)
    with open_workspace(root, database_url) as workspace, workspace.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert {table.name for table in all_tables()} <= set(
            connection.dialect.get_table_names(connection)
        )
