"""First version of the store: snapshots, deliveries, records, schemes, days."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


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
        sa.PrimaryKeyConstraint("row_id", name=f"pk_{kind}"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=f"fk_{kind}_delivery_id"),
    )
    op.create_index(f"ix_{kind}_key_learnt_at", kind, ["key", "learnt_at"])


def _layers_and_deliveries() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("imported_at", _moment(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("datum", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
    )
    op.create_index("ix_snapshots_layer_imported_at", "snapshots", ["layer", "imported_at"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("delivered_at", _moment(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_kind_delivered_at", "deliveries", ["kind", "delivered_at"])


def _dangers_and_accidents() -> None:
    _record(
        "hidden_dangers",
        sa.Column("number", sa.Text()),
        sa.Column("found_at", _moment()),
        sa.Column("town", sa.String(12)),
        sa.Column("community", sa.Text()),
        sa.Column("enterprise_id", sa.Text()),
        sa.Column("domain", sa.Text()),
        sa.Column("grade", sa.String(16)),
        sa.Column("description", sa.Text()),
        sa.Column("deadline", sa.Date()),
        sa.Column("state", sa.Text()),
        sa.Column("closed_at", _moment()),
        sa.Column("listed_at", _moment()),
        sa.Column("listed_until", sa.Date()),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
    )
    _record(
        "accidents",
        sa.Column("id", sa.Text()),
        sa.Column("occurred_at", _moment()),
        sa.Column("town", sa.String(12)),
        sa.Column("domain", sa.Text()),
        sa.Column("kind", sa.String(16)),
        sa.Column("deaths", sa.Integer()),
        sa.Column("serious_injuries", sa.Integer()),
        sa.Column("minor_injuries", sa.Integer()),
        sa.Column("loss_cny", sa.Float()),
    )


def _responses_periods_alarms() -> None:
    _record(
        "responses",
        sa.Column("id", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("level", sa.Integer()),
        sa.Column("started_at", _moment()),
        sa.Column("ended_at", _moment()),
        sa.Column("towns", sa.Text()),
    )
    _record(
        "special_periods",
        sa.Column("id", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("severity", sa.Float()),
        sa.Column("starts_at", _moment()),
        sa.Column("ends_at", _moment()),
        sa.Column("towns", sa.Text()),
        sa.Column("sectors", sa.Text()),
    )
    _record(
        "alarms",
        sa.Column("id", sa.Text()),
        sa.Column("hazard_source_id", sa.Text()),
        sa.Column("town", sa.String(12)),
        sa.Column("kind", sa.Text()),
        sa.Column("raised_at", _moment()),
        sa.Column("acknowledged_at", _moment()),
        sa.Column("cleared_at", _moment()),
        sa.Column("handled_at", _moment()),
    )


def _overrides_indicators_warnings() -> None:
    _record(
        "overrides",
        sa.Column("id", sa.Text()),
        sa.Column("date", sa.Date()),
        sa.Column("town", sa.String(12)),
        sa.Column("level", sa.String(8)),
        sa.Column("direction", sa.String(8)),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("second_person", sa.Text()),
    )
    _record(
        "indicators",
        sa.Column("week", sa.String(8)),
        sa.Column("town", sa.String(12)),
        sa.Column("indicator", sa.String(32)),
        sa.Column("value", sa.Float()),
        sa.Column("numerator", sa.Float()),
        sa.Column("denominator", sa.Float()),
    )
    _record(
        "warnings",
        sa.Column("alert_id", sa.Text()),
        sa.Column("station", sa.Text()),
        sa.Column("division_code", sa.String(6)),
        sa.Column("type", sa.String(32)),
        sa.Column("level", sa.String(8)),
        sa.Column("action", sa.String(8)),
        sa.Column("issued_at", _moment()),
        sa.Column("expires_at", _moment()),
        sa.Column("title", sa.Text()),
        sa.Column("text", sa.Text()),
        sa.Column("raw", sa.Text()),
    )


def _results() -> None:
    op.create_table(
        "schemes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_schemes"),
    )
    op.create_table(
        "days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("computed_at", _moment(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("known_until", _moment(), nullable=False),
        sa.Column("scheme_digest", sa.String(64), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_days"),
        sa.UniqueConstraint("date", "revision", name="uq_days_date_revision"),
        sa.ForeignKeyConstraint(
            ["scheme_digest"], ["schemes.digest"], name="fk_days_scheme_digest"
        ),
    )
    op.create_table(
        "day_towns",
        sa.Column("day_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day_id", "code", name="pk_day_towns"),
        sa.ForeignKeyConstraint(["day_id"], ["days.id"], name="fk_day_towns_day_id"),
    )
    op.create_index("ix_day_towns_code_date", "day_towns", ["code", "date"])
    op.create_table(
        "publications",
        sa.Column("day_id", sa.Integer(), nullable=False),
        sa.Column("published_at", _moment(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day_id", name="pk_publications"),
        sa.ForeignKeyConstraint(["day_id"], ["days.id"], name="fk_publications_day_id"),
    )


def upgrade() -> None:
    """Create every table."""
    _layers_and_deliveries()
    _dangers_and_accidents()
    _responses_periods_alarms()
    _overrides_indicators_warnings()
    _results()


def downgrade() -> None:
    """Refuse: facts are never dropped; go back by restoring a backup."""
    raise NotImplementedError("restore a backup instead")
