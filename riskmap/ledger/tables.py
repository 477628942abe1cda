"""Tables of the closed loop beside the versions of hidden dangers; DDL stands in migration 0002.

A danger itself is a row of the kind `hidden_dangers` per version (`riskmap.storage.database`).
"""

import sqlalchemy as sa

from riskmap.storage.database import UtcDateTime, metadata

danger_steps = sa.Table(
    "danger_steps",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("action", sa.String(24), nullable=False),
    sa.Column("state_before", sa.String(16)),
    sa.Column("state_after", sa.String(16), nullable=False),
    sa.Column("held_at", UtcDateTime, nullable=False),
    sa.Column("learnt_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.UniqueConstraint("number", "version"),
)
"""The history of every danger: one row per action; `changes` is {field: [before, after]}.
The unique (number, version) is what refuses the second of two writers."""

danger_serials = sa.Table(
    "danger_serials",
    metadata,
    sa.Column("prefix", sa.String(24), primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
"""The last serial given below `{division6}-{town3}-{yyyymmdd}`."""

danger_identities = sa.Table(
    "danger_identities",
    metadata,
    sa.Column("identity", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
)
"""Number given to a danger that came from a file without one (or with the bureau's own)."""

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("likeness", sa.String(16), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("stored_at", UtcDateTime, nullable=False),
    sa.Column("stored_by", sa.Text, nullable=False),
)
"""Photos as stored: `digest` is the sha256 of the re-encoded file below photos/, `likeness` the
perceptual hash (64 bits, hex); the position comes from the EXIF that the file no longer has."""

danger_photos = sa.Table(
    "danger_photos",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), sa.ForeignKey("photos.digest"), primary_key=True),
    sa.Index(None, "digest"),
)
"""Which photo came with which step of a danger."""

exposure_issues = sa.Table(
    "exposure_issues",
    metadata,
    sa.Column("issue", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("date", sa.Date, nullable=False, unique=True),
    sa.Column("published_at", UtcDateTime, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
"""每日曝光 as published: 期号, date and the canonical JSON of the list."""
