"""每日曝光: what was found on a day by domain, what is still not rectified; numbered issues.

A list is computed as known at a moment. Once published it is an issue (第 N 期, one running number)
whose document never changes; the dangers on it that nobody had exposed yet become 已曝光.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.canonical import canonical_text
from riskmap.errors import ConflictError, NotFoundError, RiskmapError, TransitionError
from riskmap.ledger.danger_list import latest_rows
from riskmap.ledger.dangers import act, read_danger
from riskmap.ledger.deadlines import due_of, overdue_days
from riskmap.ledger.ground import ground_in_use
from riskmap.ledger.states import NOT_RECTIFIED, STATE_ZH, State
from riskmap.ledger.tables import danger_photos, exposure_issues
from riskmap.ledger.versions import state_by
from riskmap.records.dangers import GRADE_ZH
from riskmap.records.statements import append_statement
from riskmap.records.storing import queue_writers
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme

KIND = "hidden_dangers"
LEAST_DOMAINS = 2
"""十大重点行业领域，每天不少于两个领域 (bureau document 西湖, DOMAIN §0)."""
EXPOSED = "每日曝光"
"""Why an issue states that the dangers are complete, as the audit has it."""
SHOWN_ISSUES = 60
_CHUNK = 400


@dataclass(frozen=True)
class Issue:
    """A published list: its running number, day, document, and whether it was there already.

    `passed` are numbers of dangers that went on while the list was published, so that they
    were not marked as exposed.
    """

    issue: int
    date: date
    document: Mapping[str, Any]
    already: bool = False
    passed: tuple[str, ...] = ()


def exposure_list(ws: Workspace, day: date, known_until: datetime | None = None) -> dict[str, Any]:
    """Return the list of a day as a JSON document.

    Parameters
    ----------
    known_until
        Only what was known by then counts (None: all).

    Returns
    -------
    dict
        `date`; `domains` [{domain, count}] of what was found that day, in the scheme's order;
        `enough_domains` and, when False, `note`; `found` and `earlier`, rows numbered through
        (`no`). `earlier` holds what was found before and is neither rectified nor closed at the
        end of the day: the exposed ones first, then those due first. Names of people are not
        on it.
    """
    scheme, zone = scheme_in_use(ws), ws.settings.zone
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    rows = _rows(ws, start, end, known_until)
    found = [_row(ws, scheme, row, day, end) for row in rows if row["found_at"] >= start]
    before = [_row(ws, scheme, row, day, end) for row in rows if row["found_at"] < start]
    earlier = [row for row in before if State(row["state"]) in NOT_RECTIFIED]
    order = {name: position for position, name in enumerate(scheme.domains)}
    found.sort(key=lambda row: (order.get(row["domain"], len(order)), row["number"]))
    earlier.sort(key=lambda row: (not row["exposed"], row["due"], row["number"]))
    _complete(ws, [*found, *earlier])
    return {"date": day.isoformat(), **_domains(found), "found": found, "earlier": earlier}


def publish_exposure(ws: Workspace, actor: Actor, day: date, *, now: datetime) -> Issue:
    """Publish the list of a day as the next issue; a day that has one keeps it unchanged.

    Who publishes today's list says with it that all dangers found were entered
    (`riskmap.records.statements`).
    What stands on it and is still merely found becomes exposed, also when it was published
    before and that was cut short.

    Raises
    ------
    ForbiddenError, SignInError
        The actor may not.
    NotFoundError
        There is nothing to show that day: an empty list gets no number.
    RiskmapError
        The day has not begun.
    """
    authorise(actor, "exposure.publish")
    if day > now.astimezone(ws.settings.zone).date():
        raise RiskmapError("这一天还没有到", day, "日期应为今天或以前")
    document = exposure_list(ws, day, now)
    if not document["found"] and not document["earlier"]:
        raise NotFoundError("这一天没有可曝光的隐患", day, "先登记隐患，或核对日期")
    with ws.write() as connection:
        queue_writers(connection)
        known = connection.execute(
            sa.select(exposure_issues).where(exposure_issues.c.date == day)
        ).one_or_none()
        if known is not None:
            document = json.loads(known.document)
        else:
            document = _stored(connection, actor, document, day, now)
            if day == now.astimezone(ws.settings.zone).date():
                append_statement(connection, actor, KIND, now=now, why=EXPOSED)
    issue = int(document["issue"])
    passed = _expose(ws, actor, document["found"], issue, now)
    return Issue(issue, day, document, known is not None, () if known is not None else passed)


def _stored(
    connection: sa.Connection, actor: Actor, document: dict[str, Any], day: date, now: datetime
) -> dict[str, Any]:
    """Store a list as the next issue; return it with its number."""
    last = connection.execute(sa.select(sa.func.max(exposure_issues.c.issue))).scalar()
    issue = (last or 0) + 1
    document = {"issue": issue, "published_at": now.isoformat(), **document}
    connection.execute(
        sa.insert(exposure_issues).values(
            issue=issue,
            date=day,
            published_at=now,
            published_by=actor.name,
            document=canonical_text(document),
        )
    )
    after = {"issue": issue, "date": day.isoformat(), "found": len(document["found"])}
    audit.append(connection, actor, "exposure.publish", f"exposure:{issue}", now=now, after=after)
    return document


def read_issue(ws: Workspace, day: date) -> Issue | None:
    """Return the published issue of a day, None when the day has none."""
    with ws.read() as connection:
        row = connection.execute(
            sa.select(exposure_issues).where(exposure_issues.c.date == day)
        ).one_or_none()
    if row is None:
        return None
    return Issue(row.issue, row.date, json.loads(row.document), already=True)


def list_issues(ws: Workspace) -> list[tuple[int, date]]:
    """Return (issue, date) of the newest published issues, newest first."""
    query = sa.select(exposure_issues.c.issue, exposure_issues.c.date)
    query = query.order_by(exposure_issues.c.issue.desc()).limit(SHOWN_ISSUES)
    with ws.read() as connection:
        return [(row.issue, row.date) for row in connection.execute(query)]


def _domains(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for row in found:
        counts[row["domain"]] = counts.get(row["domain"], 0) + 1
    note = ""
    if not counts:
        note = "当日没有登记新发现的隐患，不足两个领域"
    elif len(counts) < LEAST_DOMAINS:
        note = f"当日发现的隐患只涉及 {len(counts)} 个领域（{'、'.join(counts)}），不足两个领域"
    shown = [{"domain": domain, "count": count} for domain, count in counts.items()]
    return {"domains": shown, "enough_domains": not note, "note": note}


def _rows(
    ws: Workspace, start: datetime, end: datetime, known_until: datetime | None
) -> list[dict[str, Any]]:
    """Return what was found by the end of a day and that day, or not closed by its end.

    The database leaves out what was closed before: at 20,000 dangers reading all takes seconds.
    """
    latest = latest_rows(known_until, at=end)
    open_then = sa.or_(latest.c.closed_at.is_(None), latest.c.closed_at > end)
    query = sa.select(latest).where(
        latest.c.found_at <= end,
        sa.or_(latest.c.found_at >= start, open_then),
        sa.func.coalesce(latest.c.state, "") != State.VOID,
    )
    with ws.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _row(
    ws: Workspace, scheme: Scheme, row: Mapping[str, Any], day: date, end: datetime
) -> dict[str, Any]:
    zone = ws.settings.zone
    state = state_by(row, end)
    due = due_of(row, scheme, zone)
    exposed = row["exposed_at"]
    return {
        "number": row["number"] or row["key"],
        "town": row["town"],
        "community": row["community"],
        "place": row["place"],
        "enterprise_id": row["enterprise_id"],
        "domain": row["domain"],
        "grade": row["grade"],
        "grade_zh": GRADE_ZH.get(row["grade"], row["grade"]),
        "description": row["description"] or "",
        "found_at": row["found_at"].astimezone(zone).isoformat(timespec="minutes"),
        "responsible_unit": row["responsible_unit"],
        "due": due.isoformat(),
        "overdue_days": overdue_days(due, day) if state is not State.CLOSED else 0,
        "state": str(state),
        "state_zh": STATE_ZH[state],
        "exposed": exposed is not None and exposed <= end,
    }


def _complete(ws: Workspace, rows: Sequence[dict[str, Any]]) -> None:
    """Add running numbers, names of towns and the first photo of each danger."""
    ground = ground_in_use(ws)
    photos = _first_photos(ws, [row["number"] for row in rows])
    for no, row in enumerate(rows, start=1):
        row["no"] = no
        row["town_name"] = ground.name_of(row["town"]) or row["town"]
        row["photo"] = photos.get(row["number"])


def _first_photos(ws: Workspace, numbers: Sequence[str]) -> dict[str, str]:
    """Return the digest of the earliest photo of each danger that has one."""
    found: dict[str, str] = {}
    with ws.read() as connection:
        for start in range(0, len(numbers), _CHUNK):
            part = numbers[start : start + _CHUNK]
            query = sa.select(danger_photos).where(danger_photos.c.number.in_(part))
            for row in connection.execute(query.order_by(*danger_photos.primary_key)):
                found.setdefault(row.number, row.digest)
    return found


def _expose(
    ws: Workspace,
    actor: Actor,
    rows: Sequence[Mapping[str, Any]],
    issue: int,
    now: datetime,
) -> tuple[str, ...]:
    """Mark as exposed what is still merely found; return what went on in the meantime."""
    passed = []
    for row in rows:
        if row["state"] != State.FOUND:
            continue
        danger = read_danger(ws, row["number"])
        if danger.state is not State.FOUND:
            passed.append(danger.number)
            continue
        fields = {"comment": f"每日曝光第 {issue} 期"}
        try:
            act(ws, actor, danger.number, "expose", fields, version=danger.version, now=now)
        except (ConflictError, TransitionError):
            passed.append(danger.number)
    return tuple(passed)
