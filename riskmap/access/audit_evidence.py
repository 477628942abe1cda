"""What the rest of the store says about the audit: its guards, and what is newer than its end.

The chain alone cannot show that its last rows were cut together with its head
(`riskmap.access.audit.verify`). Two things in the database speak against that: the triggers that
refuse a change of the audit, without which it may have been changed, and rows of other tables that
were stored after the last row that is left. Both are found only where they are: who removes those
rows too, and puts the triggers back, is found by a digest noted elsewhere alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from riskmap.storage.schema import all_tables

GUARDS = {
    "audit_no_update": "BEFORE UPDATE ON audit BEGIN",
    "audit_no_delete": "BEFORE DELETE ON audit BEGIN",
    "audit_no_replace": "BEFORE INSERT ON audit "
    "WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) BEGIN",
}
"""The triggers of migration 0003 on SQLite: what each stands before; all of them refuse."""
_REFUSES = "SELECT RAISE(ABORT, 'the audit is append-only'); END"
_BEFORE_EVERY_CHANGE = 2 | 8 | 16 | 32
"""pg_trigger.tgtype: before, DELETE, UPDATE, TRUNCATE, for the statement."""

STORED_AT = {
    "snapshots": "imported_at",
    "days": "computed_at",
    "publications": "published_at",
    "weeks": "computed_at",
    "week_publications": "published_at",
    "exposure_issues": "published_at",
    "photos": "stored_at",
    "danger_steps": "learnt_at",
    "card_steps": "learnt_at",
}
"""Tables of which every row comes with a row of the audit that is not older, and when it came;
besides these the records of every kind."""
_BY_HAND = "entry#"
_FROM_DEVICES = "devices"
"""Source of alarms that devices raise: messages of machines have no row in the audit."""


def guard_faults(connection: sa.Connection) -> Iterator[str]:
    """Yield a sentence for every trigger that is missing or does not refuse."""
    if connection.dialect.name == "sqlite":
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        stored = {name: str(sql) for name, sql in connection.execute(query)}
        for name, what in GUARDS.items():
            if stored.get(name) != f"CREATE TRIGGER {name} {what} {_REFUSES}":
                yield f"触发器 {name} 不在或被改过：审计可能被改动过"
        return
    query = sa.text(
        "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE t.tgrelid = 'audit'::regclass AND t.tgname = 'audit_no_change' "
        "AND t.tgenabled IN ('O', 'A') AND t.tgtype = :before AND t.tgqual IS NULL "
        "AND btrim(p.prosrc) = :refuses"
    )
    refuses = "BEGIN RAISE EXCEPTION 'the audit is append-only'; END"
    given = {"before": _BEFORE_EVERY_CHANGE, "refuses": refuses}
    if not connection.execute(query, given).scalar():
        yield "触发器 audit_no_change 不在、停用或被改过：审计可能被改动过"


def newer_faults(connection: sa.Connection, number: int, latest: datetime | None) -> Iterator[str]:
    """Yield a sentence for every table with rows that the audit should know and does not.

    Parameters
    ----------
    number
        Of the last row of the audit.
    latest
        The latest moment of any of its rows; None (a store older than its audit): not compared.
    """
    for table in all_tables():
        record = "source" in table.c and "learnt_at" in table.c
        column = "learnt_at" if record else STORED_AT.get(table.name)
        if latest is not None and column is not None:
            query = sa.select(sa.func.count()).where(table.c[column] > latest)
            if record:
                query = query.where(table.c.source != _FROM_DEVICES)
            count = connection.execute(query).scalar()
            if count:
                at = f"{latest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
                yield f"{table.name} 有 {count} 行晚于审计的最后时刻（{at}）：审计末尾可能被截去"
        if record:
            last = _last_number(connection, table)
            if last > number:
                yield f"{table.name} 有一行按审计第 {last} 号登记，审计只到第 {number} 号"


def _last_number(connection: sa.Connection, table: sa.Table) -> int:
    """Return the highest number of the audit that a record by hand names; 0 when none does."""
    query = sa.select(table.c.source).where(table.c.source.startswith(_BY_HAND, autoescape=True))
    numbers = (str(source)[len(_BY_HAND) :] for source in connection.execute(query).scalars())
    return max((int(text) for text in numbers if text.isascii() and text.isdigit()), default=0)
