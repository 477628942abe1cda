"""Stored weeks: every revision with its publication, and which one readers see.

A published revision is shown before a newer draft; among published ones the last revision.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.weekly.tables import week_publications, week_towns, weeks

CHUNK = 500


@dataclass(frozen=True)
class StoredWeek:
    """One stored revision of a week; `published_at` and `published_by` None for a draft."""

    id: int
    week: str
    revision: int
    digest: str
    scheme_digest: str
    computed_at: datetime
    at: datetime
    known_until: datetime
    corrects: int | None
    reason: str | None
    published_at: datetime | None
    published_by: str | None

    @property
    def published(self) -> bool:
        """Whether this revision was published."""
        return self.published_at is not None

    @property
    def preliminary(self) -> bool:
        """Whether it was computed before its cut-off was over."""
        return self.known_until < self.at


def revisions(
    connection: sa.Connection,
    week: str | None = None,
    *,
    before: str | None = None,
    published_until: datetime | None = None,
) -> list[StoredWeek]:
    """Return stored revisions by week and revision, both rising.

    Parameters
    ----------
    week, before
        Only this week; only weeks before this one.
    published_until
        Only what was published by this moment.
    """
    names = [name for name in StoredWeek.__dataclass_fields__ if not name.startswith("published")]
    query = (
        sa.select(
            *(weeks.c[name] for name in names),
            week_publications.c.published_at,
            week_publications.c.published_by,
        )
        .select_from(weeks.outerjoin(week_publications))
        .order_by(weeks.c.week, weeks.c.revision)
    )
    if week is not None:
        query = query.where(weeks.c.week == week)
    if before is not None:
        query = query.where(weeks.c.week < before)
    if published_until is not None:
        query = query.where(week_publications.c.published_at <= published_until)
    return [StoredWeek(**row._mapping) for row in connection.execute(query)]


def shown(found: Iterable[StoredWeek]) -> dict[str, StoredWeek]:
    """Return the revision of each week that readers see."""
    best: dict[str, StoredWeek] = {}
    for one in found:
        known = best.get(one.week)
        if known is None or (one.published, one.revision) > (known.published, known.revision):
            best[one.week] = one
    return best


def published_weeks(
    connection: sa.Connection, before: str | None = None, until: datetime | None = None
) -> list[StoredWeek]:
    """Return the shown published revision of every week that has one, oldest week first."""
    found = revisions(connection, before=before, published_until=until)
    return list(shown(one for one in found if one.published).values())


def document_of(connection: sa.Connection, week_id: int) -> dict[str, Any]:
    """Return the stored document of a revision."""
    text = connection.execute(sa.select(weeks.c.document).where(weeks.c.id == week_id))
    document: dict[str, Any] = json.loads(text.scalar_one())
    return document


def documents_of(connection: sa.Connection, found: Sequence[StoredWeek]) -> dict[str, Any]:
    """Return the stored documents of some revisions by week, oldest week first."""
    query = sa.select(weeks.c.week, weeks.c.document)
    query = query.where(weeks.c.id.in_([one.id for one in found])).order_by(weeks.c.week)
    return {week: json.loads(text) for week, text in connection.execute(query)}


def town_text(connection: sa.Connection, week_id: int, code: str) -> str | None:
    """Return the canonical text of a town of a revision, None when it has no such town."""
    query = sa.select(week_towns.c.document).where(
        week_towns.c.week_id == week_id, week_towns.c.code == code
    )
    text: str | None = connection.execute(query).scalar_one_or_none()
    return text


def town_texts(connection: sa.Connection, week_id: int) -> list[str]:
    """Return the canonical texts of all towns of a revision by code."""
    query = sa.select(week_towns.c.document).where(week_towns.c.week_id == week_id)
    return list(connection.execute(query.order_by(week_towns.c.code)).scalars())


def town_rows(
    connection: sa.Connection, found: Sequence[StoredWeek], code: str | None = None
) -> list[dict[str, Any]]:
    """Return week, code, index, level, rank of the towns of some revisions, by week and code."""
    wanted = ("week_id", "week", "code", "index", "level", "rank")
    rows: list[dict[str, Any]] = []
    ids = [one.id for one in found]
    for start in range(0, len(ids), CHUNK):
        query = sa.select(*(week_towns.c[name] for name in wanted))
        query = query.where(week_towns.c.week_id.in_(ids[start : start + CHUNK]))
        if code is not None:
            query = query.where(week_towns.c.code == code)
        rows.extend(dict(row._mapping) for row in connection.execute(query))
    return sorted(rows, key=lambda row: (row["week"], row["code"]))


def insert_week(
    connection: sa.Connection,
    values: Mapping[str, Any],
    towns: Sequence[Mapping[str, Any]],
    texts: Sequence[str],
) -> int:
    """Insert a revision and its towns; return the id of the week's row."""
    inserted = connection.execute(sa.insert(weeks).values(**values))
    key = inserted.inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no key for the week")
    week_id = int(key[0])
    rows = [
        {
            "week_id": week_id,
            "week": values["week"],
            "document": text,
            **{name: town[name] for name in ("code", "index", "level", "rank")},
        }
        for town, text in zip(towns, texts, strict=True)
    ]
    for start in range(0, len(rows), CHUNK):
        connection.execute(sa.insert(week_towns), rows[start : start + CHUNK])
    return week_id
