"""Weeks, their publications, and cards."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _weeks() -> None:
    op.create_table(
        "weeks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("computed_at", _moment(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("known_until", _moment(), nullable=False),
        sa.Column("corrects", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.Column("scheme_digest", sa.String(64), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_weeks"),
        sa.ForeignKeyConstraint(
            ["scheme_digest"], ["schemes.digest"], name="fk_weeks_scheme_digest"
        ),
        sa.UniqueConstraint("week", "revision", name="uq_weeks_week_revision"),
    )
    op.create_table(
        "week_towns",
        sa.Column("week_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("index", sa.Float()),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week_id", "code", name="pk_week_towns"),
        sa.ForeignKeyConstraint(["week_id"], ["weeks.id"], name="fk_week_towns_week_id"),
    )
    op.create_index("ix_week_towns_code_week", "week_towns", ["code", "week"])
    op.create_table(
        "week_publications",
        sa.Column("week_id", sa.Integer(), nullable=False),
        sa.Column("published_at", _moment(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week_id", name="pk_week_publications"),
        sa.ForeignKeyConstraint(["week_id"], ["weeks.id"], name="fk_week_publications_week_id"),
    )


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("town", sa.String(12), nullable=False),
        sa.Column("card", sa.String(8), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("raised_at", _moment(), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cards"),
    )
    op.create_index("ix_cards_town_raised_at", "cards", ["town", "raised_at"])
    op.create_table(
        "card_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("state_before", sa.String(16)),
        sa.Column("state_after", sa.String(16), nullable=False),
        sa.Column("held_at", _moment(), nullable=False),
        sa.Column("learnt_at", _moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_card_steps"),
        sa.ForeignKeyConstraint(["number"], ["cards.number"], name="fk_card_steps_number"),
        sa.UniqueConstraint("number", "version", name="uq_card_steps_number_version"),
    )


def upgrade() -> None:
    """Make the tables."""
    _weeks()
    _cards()


def downgrade() -> None:
    """Refuse: facts are never dropped; go back by restoring a backup."""
    raise NotImplementedError("restore a backup instead")
