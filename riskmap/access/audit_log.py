"""Reading the audit: a page with filters, and the whole as csv. For administrators only."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit import append
from riskmap.access.policy import authorise
from riskmap.access.tables import audit, audit_head
from riskmap.errors import FieldsError
from riskmap.formulas import as_text
from riskmap.workspace import Workspace

RESULTS = ("", "done", "refused")
MOST_ROWS = 1000
HEADERS = {
    "number": "编号",
    "at": "时间",
    "actor": "账号",
    "role": "角色",
    "address": "来源地址",
    "action": "操作",
    "subject": "对象",
    "before": "之前",
    "after": "之后",
    "result": "结果",
    "reason": "原因",
    "previous": "前一行摘要",
    "digest": "摘要",
}


@dataclass(frozen=True)
class Asked:
    """Which rows are asked for; "" and None mean all."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    result: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Rows, newest first; `total` without regard to the page, `older` where the next begins."""

    rows: tuple[dict[str, Any], ...]
    total: int
    older: int | None
    head_number: int
    head_digest: str


def asked(
    zone: ZoneInfo,
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    result: str = "",
    since: str = "",
    until: str = "",
) -> Asked:
    """Return what is asked for from texts; days are whole days of the district's zone.

    Raises
    ------
    FieldsError
        A day is none, or the result is neither done nor refused.
    """
    faults: dict[str, str] = {}
    first, last = _day(since, "since", faults), _day(until, "until", faults)
    if result not in RESULTS:
        faults["result"] = "应为 done 或 refused"
    if first is not None and last is not None and last < first:
        faults["until"] = "不应早于开始的一天"
    if faults:
        raise FieldsError(faults)
    ending = None if last is None else datetime.combine(last + timedelta(days=1), time(), zone)
    starting = None if first is None else datetime.combine(first, time(), zone)
    return Asked(actor.strip(), action.strip(), subject.strip(), result, starting, ending)


def read_page(
    ws: Workspace, actor: Actor, chosen: Asked, *, below: int | None = None, limit: int = 100
) -> Page:
    """Return rows newest first, those with a number below `below`."""
    authorise(actor, "audit.read")
    conditions = _conditions(chosen)
    query = sa.select(audit).where(*conditions).order_by(audit.c.number.desc())
    if below is not None:
        query = query.where(audit.c.number < below)
    limit = min(limit, MOST_ROWS)
    with ws.read() as connection:
        rows = [dict(row) for row in connection.execute(query.limit(limit + 1)).mappings()]
        counted = sa.select(sa.func.count()).select_from(audit).where(*conditions)
        total = int(connection.execute(counted).scalar_one())
        head = connection.execute(sa.select(audit_head)).mappings().one()
    older = rows[limit - 1]["number"] if len(rows) > limit else None
    return Page(tuple(rows[:limit]), total, older, int(head["number"]), str(head["digest"]))


def export_csv(ws: Workspace, actor: Actor, chosen: Asked, *, now: datetime) -> tuple[bytes, int]:
    """Return the rows as csv, oldest first, and how many; that it was done is audited.

    UTF-8 with a byte order mark, so that Excel reads it. A cell that a spreadsheet would take
    for a formula gets an apostrophe in front: logins are typed by anybody.
    """
    authorise(actor, "audit.read")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADERS.values())
    count = 0
    query = sa.select(audit).where(*_conditions(chosen)).order_by(audit.c.number)
    query = query.execution_options(yield_per=2000)
    with ws.read() as connection, connection.execute(query) as found:
        for row in found.mappings():
            writer.writerow(_cells(dict(row), ws.settings.zone))
            count += 1
    with ws.write() as connection:
        append(connection, actor, "audit.export", "csv", now=now, after={"rows": count})
    return text.getvalue().encode("utf-8-sig", "replace"), count


def changes(row: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return what differs between before and after: field, before, after."""
    before, after = json.loads(row["before"]), json.loads(row["after"])
    names = [*before, *(name for name in after if name not in before)]
    return [
        (name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _day(text: str, field: str, faults: dict[str, str]) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        faults[field] = "应为日期，例如 2026-06-01"
        return None
    if not date(2000, 1, 1) <= day <= date(2999, 12, 31):
        faults[field] = "应在 2000 年到 2999 年之间"
        return None
    return day


def _conditions(chosen: Asked) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if chosen.actor:
        conditions.append(audit.c.actor == chosen.actor)
    if chosen.action:
        conditions.append(audit.c.action.startswith(chosen.action, autoescape=True))
    if chosen.subject:
        conditions.append(audit.c.subject.contains(chosen.subject, autoescape=True))
    if chosen.result:
        conditions.append(audit.c.result == chosen.result)
    if chosen.since is not None:
        conditions.append(audit.c.at >= chosen.since)
    if chosen.until is not None:
        conditions.append(audit.c.at < chosen.until)
    return conditions


def _cells(row: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    for name in HEADERS:
        value = row[name]
        yield as_text(value.astimezone(zone).isoformat() if name == "at" else str(value))
