"""Inspections, commitments, devices and their messages; more columns of accidents and alarms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_FIRST_KINDS = (
    "hidden_dangers",
    "accidents",
    "responses",
    "special_periods",
    "alarms",
    "overrides",
    "indicators",
    "warnings",
)
"""Kinds that migration 0001 made."""


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _withdrawal() -> tuple[sa.Column[object], ...]:
    return sa.Column("withdrawn_at", _moment()), sa.Column("withdrawn_reason", sa.Text())


def _record(kind: str, *columns: sa.Column[object]) -> None:
    """Create one table of records with the columns that all of them have."""
    op.create_table(
        kind,
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("learnt_at", _moment(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        *columns,
        *_withdrawal(),
        sa.PrimaryKeyConstraint("row_id", name=f"pk_{kind}"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=f"fk_{kind}_delivery_id"),
    )
    op.create_index(f"ix_{kind}_key_learnt_at", kind, ["key", "learnt_at"])


def _inspections_and_commitments() -> None:
    _record(
        "inspections",
        sa.Column("id", sa.Text()),
        sa.Column("inspected_at", _moment()),
        sa.Column("town", sa.String(12)),
        sa.Column("enterprise_id", sa.Text()),
        sa.Column("domain", sa.Text()),
        sa.Column("inspector", sa.Text()),
        sa.Column("dangers_found", sa.Integer()),
        sa.Column("enforcement", sa.String(16)),
        sa.Column("fine_cny", sa.Float()),
        sa.Column("filed_at", _moment()),
        sa.Column("published_at", _moment()),
        sa.Column("note", sa.Text()),
    )
    _record(
        "commitments",
        sa.Column("enterprise_id", sa.Text()),
        sa.Column("date", sa.Date()),
        sa.Column("town", sa.String(12)),
        sa.Column("committed_at", _moment()),
        sa.Column("state", sa.String(16)),
        sa.Column("risk_level", sa.String(8)),
        sa.Column("special_work", sa.Text()),
        sa.Column("committed_by", sa.Text()),
    )


def _devices() -> None:
    _record(
        "devices",
        sa.Column("id", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("hazard_source_id", sa.Text()),
        sa.Column("town", sa.String(12)),
        sa.Column("kind", sa.Text()),
        sa.Column("unit", sa.Text()),
        sa.Column("raise_at", sa.Float()),
        sa.Column("clear_at", sa.Float()),
        sa.Column("hold_s", sa.Float()),
        sa.Column("silent_after_min", sa.Float()),
        sa.Column("in_service_from", sa.Date()),
        sa.Column("in_service_until", sa.Date()),
    )
    op.create_table(
        "device_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("received_at", _moment(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("state", sa.String(16)),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device_messages"),
        sa.UniqueConstraint(
            "device_id", "message_id", name="uq_device_messages_device_id_message_id"
        ),
    )
    op.create_index("ix_device_messages_device_id_at", "device_messages", ["device_id", "at"])
    op.create_table(
        "device_refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", _moment(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device_refusals"),
    )
    op.create_index("ix_device_refusals_received_at", "device_refusals", ["received_at"])


def upgrade() -> None:
    """Add the other records of the ledger."""
    for column in (sa.Column("late_deaths", sa.Text()), sa.Column("note", sa.Text())):
        op.add_column("accidents", column)
    op.add_column("alarms", sa.Column("device_id", sa.Text()))
    op.add_column("alarms", sa.Column("value", sa.Float()))
    op.add_column("alarms", sa.Column("handled_note", sa.Text()))
    for kind in _FIRST_KINDS:
        for added in _withdrawal():
            op.add_column(kind, added)
    _inspections_and_commitments()
    _devices()


def downgrade() -> None:
    """Refuse: facts are never dropped; go back by restoring a backup."""
    raise NotImplementedError("restore a backup instead")
