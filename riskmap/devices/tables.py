"""Tables of device messages; DDL stands in migration 0004.

The register of devices is the record kind `devices`, raised alarms are the kind `alarms`.
"""

import sqlalchemy as sa

from riskmap.storage.database import UtcDateTime, metadata

device_messages = sa.Table(
    "device_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("device_id", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("state", sa.String(16)),
    sa.Column("payload", sa.Text, nullable=False),
    sa.UniqueConstraint("device_id", "message_id"),
    sa.Index(None, "device_id", "at"),
)
"""One row per message of a known device; the unique pair is what refuses a duplicate."""

device_refusals = sa.Table(
    "device_refusals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "received_at"),
)
"""Messages that could not be taken, with the reason; nothing is thrown away unseen."""
