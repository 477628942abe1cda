"""The tables of the store (SQLAlchemy Core); DDL itself stands in riskmap/migrations.

Every table is append-only: a later row of the same key supersedes the earlier one for whoever
knows it. Times are UTC in the database and carry their zone when they come out.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

HEAD_REVISION = "0005"
"""The migration this code was written for; a test compares it with the scripts."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: only times with a zone go in, UTC is stored, UTC comes out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Convert to UTC; a time without a zone is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("layer", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("datum", sa.JSON, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Index(None, "layer", "imported_at"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("delivered_at", UtcDateTime, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Index(None, "kind", "delivered_at"),
)

RECORD_COLUMNS: dict[str, dict[str, Any]] = {
    "hidden_dangers": {
        "number": sa.Text,
        "found_at": UtcDateTime,
        "town": sa.String(12),
        "community": sa.Text,
        "enterprise_id": sa.Text,
        "domain": sa.Text,
        "grade": sa.String(16),
        "description": sa.Text,
        "deadline": sa.Date,
        "state": sa.Text,
        "closed_at": UtcDateTime,
        "listed_at": UtcDateTime,
        "listed_until": sa.Date,
        "lon": sa.Float,
        "lat": sa.Float,
        "place": sa.Text,
        "responsible_unit": sa.Text,
        "responsible_person": sa.Text,
        "term": sa.String(8),
        "reported_by": sa.Text,
        "exposed_at": UtcDateTime,
        "assigned_at": UtcDateTime,
        "rectified_at": UtcDateTime,
        "rechecked_at": UtcDateTime,
        "transferred_to": sa.Text,
        "extension_until": sa.Date,
        "extension_asked_by": sa.Text,
        "version": sa.Integer,
        "held_from": UtcDateTime,
    },
    "accidents": {
        "id": sa.Text,
        "occurred_at": UtcDateTime,
        "town": sa.String(12),
        "domain": sa.Text,
        "kind": sa.String(16),
        "deaths": sa.Integer,
        "serious_injuries": sa.Integer,
        "minor_injuries": sa.Integer,
        "loss_cny": sa.Float,
        "late_deaths": sa.Text,
        "note": sa.Text,
    },
    "inspections": {
        "id": sa.Text,
        "inspected_at": UtcDateTime,
        "town": sa.String(12),
        "enterprise_id": sa.Text,
        "domain": sa.Text,
        "inspector": sa.Text,
        "dangers_found": sa.Integer,
        "enforcement": sa.String(16),
        "fine_cny": sa.Float,
        "filed_at": UtcDateTime,
        "published_at": UtcDateTime,
        "note": sa.Text,
    },
    "commitments": {
        "enterprise_id": sa.Text,
        "date": sa.Date,
        "town": sa.String(12),
        "committed_at": UtcDateTime,
        "state": sa.String(16),
        "risk_level": sa.String(8),
        "special_work": sa.Text,
        "committed_by": sa.Text,
    },
    "devices": {
        "id": sa.Text,
        "name": sa.Text,
        "hazard_source_id": sa.Text,
        "town": sa.String(12),
        "kind": sa.Text,
        "unit": sa.Text,
        "raise_at": sa.Float,
        "clear_at": sa.Float,
        "hold_s": sa.Float,
        "silent_after_min": sa.Float,
        "in_service_from": sa.Date,
        "in_service_until": sa.Date,
    },
    "responses": {
        "id": sa.Text,
        "name": sa.Text,
        "level": sa.Integer,
        "started_at": UtcDateTime,
        "ended_at": UtcDateTime,
        "towns": sa.Text,
    },
    "special_periods": {
        "id": sa.Text,
        "name": sa.Text,
        "severity": sa.Float,
        "starts_at": UtcDateTime,
        "ends_at": UtcDateTime,
        "towns": sa.Text,
        "sectors": sa.Text,
    },
    "alarms": {
        "id": sa.Text,
        "hazard_source_id": sa.Text,
        "town": sa.String(12),
        "kind": sa.Text,
        "raised_at": UtcDateTime,
        "acknowledged_at": UtcDateTime,
        "cleared_at": UtcDateTime,
        "handled_at": UtcDateTime,
        "device_id": sa.Text,
        "value": sa.Float,
        "handled_note": sa.Text,
    },
    "overrides": {
        "id": sa.Text,
        "date": sa.Date,
        "town": sa.String(12),
        "level": sa.String(8),
        "direction": sa.String(8),
        "reason": sa.Text,
        "decided_by": sa.Text,
        "second_person": sa.Text,
    },
    "indicators": {
        "week": sa.String(8),
        "town": sa.String(12),
        "indicator": sa.String(32),
        "value": sa.Float,
        "numerator": sa.Float,
        "denominator": sa.Float,
    },
    "warnings": {
        "alert_id": sa.Text,
        "station": sa.Text,
        "division_code": sa.String(6),
        "type": sa.String(32),
        "level": sa.String(8),
        "action": sa.String(8),
        "issued_at": UtcDateTime,
        "expires_at": UtcDateTime,
        "title": sa.Text,
        "text": sa.Text,
        "raw": sa.Text,
    },
}
"""Columns of each record kind, in order; each table also has row_id, key, delivery_id,
learnt_at, source, and withdrawn_at with withdrawn_reason for the version that takes a record
back."""

RECORD_KINDS = tuple(RECORD_COLUMNS)


def _record_table(kind: str, columns: dict[str, Any]) -> sa.Table:
    return sa.Table(
        kind,
        metadata,
        sa.Column("row_id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Integer, sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("learnt_at", UtcDateTime, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        *(sa.Column(name, kind_of) for name, kind_of in columns.items()),
        sa.Column("withdrawn_at", UtcDateTime),
        sa.Column("withdrawn_reason", sa.Text),
        sa.Index(None, "key", "learnt_at"),
    )


record_tables: dict[str, sa.Table] = {
    kind: _record_table(kind, columns) for kind, columns in RECORD_COLUMNS.items()
}

schemes = sa.Table(
    "schemes",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("first_used_at", UtcDateTime, nullable=False),
)

days = sa.Table(
    "days",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("computed_at", UtcDateTime, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("known_until", UtcDateTime, nullable=False),
    sa.Column("scheme_digest", sa.String(64), sa.ForeignKey("schemes.digest"), nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.UniqueConstraint("date", "revision"),
)
"""One row per computed revision; `document` is the canonical JSON text of the day."""

day_towns = sa.Table(
    "day_towns",
    metadata,
    sa.Column("day_id", sa.Integer, sa.ForeignKey("days.id"), primary_key=True),
    sa.Column("code", sa.String(12), primary_key=True),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index(None, "code", "date"),
)
"""One row per town of a computed revision; `document` is the canonical JSON of the detail."""

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("day_id", sa.Integer, sa.ForeignKey("days.id"), primary_key=True),
    sa.Column("published_at", UtcDateTime, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
)
"""A revision is published when it has a row here; days themselves are never updated."""

VERSION_TABLE = "alembic_version"


def database_revision(connection: sa.Connection) -> str | None:
    """Return the migration the database stands at; None for one without riskmap's tables."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    revision = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return str(revision) if revision is not None else None


def is_migrated(engine: sa.Engine) -> bool:
    """Tell whether the database stands at the migration this code was written for."""
    with engine.connect() as connection:
        return database_revision(connection) == HEAD_REVISION
