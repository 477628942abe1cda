"""What is stored of one record: its versions, when each held and was learnt, and who wrote it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access.tables import audit
from riskmap.canonical import iso
from riskmap.errors import NotFoundError
from riskmap.storage.database import RECORD_COLUMNS, record_tables
from riskmap.workspace import Workspace

_HOLDS_FROM = {
    "hidden_dangers": ("held_from", "found_at"),
    "accidents": ("occurred_at",),
    "inspections": ("inspected_at",),
    "commitments": ("committed_at",),
    "devices": ("in_service_from",),
    "responses": ("started_at",),
    "special_periods": ("starts_at",),
    "alarms": ("raised_at",),
    "overrides": ("date",),
    "indicators": (),
    "warnings": ("issued_at",),
}
_WRITTEN = re.compile(r"entry#(\d+)")


@dataclass(frozen=True)
class Version:
    """One stored version of a record.

    `fields` are the kind's columns with typed values (moments with zone, dates, floats), None
    where unknown; `held_from` is since when it holds, by the record itself; `changes` is
    {field: (before, after)} against the version before; `actor` is who typed it in (None: it
    came from a file), `number` that row of the audit.
    """

    kind: str
    key: str
    row_id: int
    fields: Mapping[str, Any]
    learnt_at: datetime
    held_from: datetime | date | None
    source: str
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None
    changes: Mapping[str, tuple[Any, Any]] | None = None
    actor: str | None = None
    number: int | None = None

    def document(self) -> dict[str, Any]:
        """Return the version as plain JSON values."""
        return {
            "kind": self.kind,
            "key": self.key,
            "row_id": self.row_id,
            "learnt_at": iso(self.learnt_at),
            "source": self.source,
            "withdrawn_at": iso(self.withdrawn_at),
            "withdrawn_reason": self.withdrawn_reason,
            **{name: plain(value) for name, value in self.fields.items()},
        }


def plain(value: Any) -> Any:
    """Return a value of a record as JSON has it."""
    return iso(value) if isinstance(value, datetime | date) else value


def history(ws: Workspace, kind: str, key: str) -> list[Version]:
    """Return every version of a record, oldest first.

    Raises
    ------
    NotFoundError
        There is no such kind, or no such record.
    """
    table = _table(kind)
    query = sa.select(table).where(table.c.key == key).order_by(table.c.learnt_at, table.c.row_id)
    with ws.read() as connection:
        rows = connection.execute(query).mappings().all()
        versions = [version_of(kind, row) for row in rows]
        actors = _actors(connection, versions)
    if not versions:
        raise NotFoundError("没有这条记录", f"{kind}:{key}", "从列表里打开")
    told = []
    for i, one in enumerate(versions):
        before = versions[i - 1].fields if i else dict.fromkeys(one.fields)
        number = _number(one.source)
        told.append(
            Version(
                **{
                    **one.__dict__,
                    "changes": {
                        name: (before[name], value)
                        for name, value in one.fields.items()
                        if value != before[name]
                    },
                    "actor": actors.get(number) if number is not None else None,
                    "number": number,
                }
            )
        )
    return told


def latest(ws: Workspace, kind: str, key: str) -> Version:
    """Return the version that holds now; its `row_id` is what `enter` takes as `expect`.

    Raises
    ------
    NotFoundError
        There is no such record, or it was withdrawn.
    """
    with ws.read() as connection:
        found = newest(connection, kind, key)
    if found is None or found.withdrawn_at is not None:
        raise NotFoundError("没有这条记录", f"{kind}:{key}", "它可能已被撤回，看记录的历史")
    return found


def newest(connection: sa.Connection, kind: str, key: str) -> Version | None:
    """Return the last version of a record, also one that takes it back; None when there is none."""
    table = _table(kind)
    query = sa.select(table).where(table.c.key == key)
    query = query.order_by(table.c.learnt_at.desc(), table.c.row_id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else version_of(kind, row)


def version_of(kind: str, row: Mapping[Any, Any]) -> Version:
    """Return a stored row as a version."""
    fields = {name: row[name] for name in RECORD_COLUMNS[kind]}
    held = next((fields[name] for name in _HOLDS_FROM[kind] if fields[name] is not None), None)
    return Version(
        kind,
        row["key"],
        row["row_id"],
        fields,
        row["learnt_at"],
        held,
        row["source"],
        row["withdrawn_at"],
        row["withdrawn_reason"],
    )


def _table(kind: str) -> sa.Table:
    if kind not in record_tables:
        raise NotFoundError("没有这种记录", kind, "可用：" + " ".join(record_tables))
    return record_tables[kind]


def _number(source: str) -> int | None:
    match = _WRITTEN.fullmatch(source)
    return None if match is None else int(match[1])


def _actors(connection: sa.Connection, versions: list[Version]) -> dict[int, str]:
    numbers = [number for one in versions if (number := _number(one.source)) is not None]
    query = sa.select(audit.c.number, audit.c.actor).where(audit.c.number.in_(numbers))
    found = connection.execute(query).all() if numbers else []
    return {int(row.number): str(row.actor) for row in found}
