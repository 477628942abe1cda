"""Tables of the weekly index and of cards; DDL stands in migration 0005.

Weeks are like days: append-only, one row per computed revision, published by a row beside it.
"""

import sqlalchemy as sa

from riskmap.storage.database import UtcDateTime, metadata

weeks = sa.Table(
    "weeks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("week", sa.String(8), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("computed_at", UtcDateTime, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("known_until", UtcDateTime, nullable=False),
    sa.Column("corrects", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("scheme_digest", sa.String(64), sa.ForeignKey("schemes.digest"), nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.UniqueConstraint("week", "revision"),
)
"""One row per computed revision of an ISO week; `at` is its cut-off, `corrects` the published
revision that this one corrects, with the reason; `document` is canonical JSON."""

week_towns = sa.Table(
    "week_towns",
    metadata,
    sa.Column("week_id", sa.Integer, sa.ForeignKey("weeks.id"), primary_key=True),
    sa.Column("code", sa.String(12), primary_key=True),
    sa.Column("week", sa.String(8), nullable=False),
    sa.Column("index", sa.Float),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("rank", sa.Integer),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index(None, "code", "week"),
)
"""One row per town of a computed revision; `document` is the canonical JSON of the detail."""

week_publications = sa.Table(
    "week_publications",
    metadata,
    sa.Column("week_id", sa.Integer, sa.ForeignKey("weeks.id"), primary_key=True),
    sa.Column("published_at", UtcDateTime, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
)
"""A revision is published when it has a row here; weeks themselves are never updated."""

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("town", sa.String(12), nullable=False),
    sa.Column("card", sa.String(8), nullable=False),
    sa.Column("week", sa.String(8), nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("rule", sa.String(16), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index(None, "town", "raised_at"),
)
"""One row per card ever proposed or given, `{year}-W{ww}-{town}-{card}`-like numbers; `document`
is what it was raised on: triggers, probability, evidence. What happened since are `card_steps`."""

card_steps = sa.Table(
    "card_steps",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(32), sa.ForeignKey("cards.number"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("action", sa.String(24), nullable=False),
    sa.Column("state_before", sa.String(16)),
    sa.Column("state_after", sa.String(16), nullable=False),
    sa.Column("held_at", UtcDateTime, nullable=False),
    sa.Column("learnt_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("document", sa.Text, nullable=False),
    sa.UniqueConstraint("number", "version"),
)
"""The history of every card, one row per action; unique (number, version) refuses the second of
two writers; `document` holds the facts that a step was checked against."""
