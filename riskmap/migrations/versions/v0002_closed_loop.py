"""The closed loop: more columns of hidden dangers, their steps, numbers, photos, exposures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _danger_columns() -> None:
    for column in (
        sa.Column("place", sa.Text()),
        sa.Column("responsible_unit", sa.Text()),
        sa.Column("responsible_person", sa.Text()),
        sa.Column("term", sa.String(8)),
        sa.Column("reported_by", sa.Text()),
        sa.Column("exposed_at", _moment()),
        sa.Column("assigned_at", _moment()),
        sa.Column("rectified_at", _moment()),
        sa.Column("rechecked_at", _moment()),
        sa.Column("transferred_to", sa.Text()),
        sa.Column("extension_until", sa.Date()),
        sa.Column("extension_asked_by", sa.Text()),
        sa.Column("version", sa.Integer()),
        sa.Column("held_from", _moment()),
    ):
        op.add_column("hidden_dangers", column)


def _steps_and_numbers() -> None:
    op.create_table(
        "danger_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("state_before", sa.String(16)),
        sa.Column("state_after", sa.String(16), nullable=False),
        sa.Column("held_at", _moment(), nullable=False),
        sa.Column("learnt_at", _moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_danger_steps"),
        sa.UniqueConstraint("number", "version", name="uq_danger_steps_number_version"),
    )
    op.create_table(
        "danger_serials",
        sa.Column("prefix", sa.String(24), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_danger_serials"),
    )
    op.create_table(
        "danger_identities",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_danger_identities"),
    )


def _photos_and_exposures() -> None:
    op.create_table(
        "photos",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("likeness", sa.String(16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("taken_at", _moment()),
        sa.Column("stored_at", _moment(), nullable=False),
        sa.Column("stored_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_photos"),
    )
    op.create_table(
        "danger_photos",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", "version", "digest", name="pk_danger_photos"),
        sa.ForeignKeyConstraint(["digest"], ["photos.digest"], name="fk_danger_photos_digest"),
    )
    op.create_index("ix_danger_photos_digest", "danger_photos", ["digest"])
    op.create_table(
        "exposure_issues",
        sa.Column("issue", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("published_at", _moment(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue", name="pk_exposure_issues"),
        sa.UniqueConstraint("date", name="uq_exposure_issues_date"),
    )


def upgrade() -> None:
    """Add what the closed loop keeps."""
    _danger_columns()
    _steps_and_numbers()
    _photos_and_exposures()


def downgrade() -> None:
    """Refuse: facts are never dropped; go back by restoring a backup."""
    raise NotImplementedError("restore a backup instead")
