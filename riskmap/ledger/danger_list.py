"""The list of hidden dangers as they are now: filtered and paged in the database.

Due days and overdue days are computed from today, never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.policy import RULES, authorise, may
from riskmap.errors import FieldsError
from riskmap.ledger.deadlines import TERM_ZH, due_of, due_on, overdue_days
from riskmap.ledger.reminders import stage_on
from riskmap.ledger.states import DONE, NOT_RECTIFIED, OPEN_STATES, State
from riskmap.ledger.versions import COLUMNS, KIND, state_of, words_of
from riskmap.ledger.workdays import Calendar, calendar_of
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme

MOST_ROWS = 200
"""Rows of one page."""
STATE_GROUPS: Mapping[str, tuple[State, ...]] = {
    "open": OPEN_STATES,
    "not_rectified": NOT_RECTIFIED,
    **{str(state): (state,) for state in State},
}
"""What the filter `state` takes: one state, or a group of them."""

Order = Literal["found", "due"]

MASKED = r"[0-9０-９]([^0-9０-９]{0,3}[0-9０-９]){9}"
"""Ten digits with at most three other signs between two: whatever pages may mask is among it.

Wider than what is masked (`web.privacy.masked`); SQLite and PostgreSQL read it alike."""
MASKED_IN = ("description", "place", "responsible_unit")

_TABLE = record_tables[KIND]
_Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class DangerRow:
    """One danger of a list; `record` has every column, `due` may be past, then it is overdue.

    `remind` is "T-7", "T-3", "T0" or "overdue" (`riskmap.ledger.reminders`), None when the day is
    far or nothing is left to do.
    """

    number: str
    version: int
    state: State
    record: Mapping[str, Any]
    learnt_at: datetime
    source: str
    due: date
    overdue_days: int
    remind: str | None


@dataclass(frozen=True)
class DangerPage:
    """One page of a list: its rows, how many there are in all, which page of how many."""

    rows: tuple[DangerRow, ...]
    total: int
    page: int
    pages: int


def list_dangers(
    ws: Workspace,
    actor: Actor,
    *,
    state: str | None = None,
    town: str | None = None,
    domain: str | None = None,
    grade: str | None = None,
    overdue: bool | None = None,
    q: str | None = None,
    order: Order = "found",
    page: int = 1,
    size: int = 50,
    now: datetime,
    known_until: datetime | None = None,
) -> DangerPage:
    """Return one page of the dangers that match.

    Parameters
    ----------
    state
        One of `STATE_GROUPS`.
    overdue
        True: open and past the due day; False: all others; None: both.
    q
        Text to be found in number, description, place, unit or enterprise.
    order
        "found": the newest found first; "due": what is not closed first, the most overdue on top.
    page, size
        From 1; at most `MOST_ROWS` rows.

    Raises
    ------
    FieldsError
        A filter means nothing.
    """
    authorise(actor, "read")
    _check_filters(state, page, size)
    scheme = scheme_in_use(ws)
    zone, calendar = ws.settings.zone, calendar_of(ws)
    today = now.astimezone(zone).date()
    latest = latest_rows(known_until)
    asked = {"town": town, "domain": domain, "grade": grade}
    wanted = _where(latest, state=state, q=q, guarded=_sees_numbers(latest, actor), **asked)
    if overdue is not None:
        late = _overdue(latest, ws, scheme, today)
        wanted.append(late if overdue else sa.not_(late))
    find = _newest_found if order == "found" else partial(_first_due, scheme=scheme, zone=zone)
    with ws.read() as connection:
        rows, total = find(connection, latest, wanted, size=size, skipped=(page - 1) * size)
    return DangerPage(
        rows=tuple(_row(dict(row), scheme, calendar, zone, today) for row in rows),
        total=total,
        page=page,
        pages=-(-total // size),
    )


def _newest_found(
    connection: sa.Connection, latest: sa.Subquery, wanted: list[_Condition], *,
    size: int, skipped: int,
) -> tuple[Sequence[sa.RowMapping], int]:  # fmt: skip
    query = (
        sa.select(latest, sa.func.count().over().label("total"))
        .where(*wanted)
        .order_by(latest.c.found_at.desc(), latest.c.key.desc())
        .limit(size)
        .offset(skipped)
    )
    rows = connection.execute(query).mappings().all()
    if rows or not skipped:
        return rows, rows[0]["total"] if rows else 0
    count = sa.select(sa.func.count()).select_from(latest).where(*wanted)
    return rows, int(connection.execute(count).scalar_one())


def _first_due(
    connection: sa.Connection, latest: sa.Subquery, wanted: list[_Condition], *,
    size: int, skipped: int, scheme: Scheme, zone: tzinfo,
) -> tuple[Sequence[sa.RowMapping], int]:  # fmt: skip
    """Order by the day that `due_of` computes: few columns of all that match, then one page."""
    named = ("row_id", "key", "state", "closed_at", "deadline", "listed_until", "term", "found_at")
    query = sa.select(*(latest.c[name] for name in named)).where(*wanted)
    found = connection.execute(query).mappings().all()

    def urgency(row: sa.RowMapping) -> tuple[bool, date, str]:
        done = state_of(row["state"], row["closed_at"]) not in OPEN_STATES
        return done, due_of(dict(row), scheme, zone), row["key"]

    shown = [row["row_id"] for row in sorted(found, key=urgency)[skipped : skipped + size]]
    whole = sa.select(_TABLE).where(_TABLE.c.row_id.in_(shown))
    rows = {row["row_id"]: row for row in connection.execute(whole).mappings()}
    return [rows[row_id] for row_id in shown], len(found)


def latest_rows(known_until: datetime | None = None, at: datetime | None = None) -> sa.Subquery:
    """Return the newest known version of every danger (the rule of `records.reading.read_records`).

    With `at` only versions that held by then count.

    The newest moment of each key comes from the index alone (0.4 s for 600,000 versions of
    100,000 dangers on SQLite, where ranking whole rows takes 4 s); versions of one moment are in
    order of their row.
    """
    moments = sa.select(_TABLE.c.key, sa.func.max(_TABLE.c.learnt_at).label("learnt_at"))
    if known_until is not None:
        moments = moments.where(_TABLE.c.learnt_at <= known_until)
    if at is not None:
        moments = moments.where(_held(_TABLE, at))
    newest = moments.group_by(_TABLE.c.key).subquery("newest")
    same = _TABLE.alias("same")
    later = sa.exists().where(
        same.c.key == _TABLE.c.key,
        same.c.learnt_at == _TABLE.c.learnt_at,
        same.c.row_id > _TABLE.c.row_id,
    )
    if at is not None:
        later = later.where(_held(same, at))
    at_newest = sa.and_(_TABLE.c.key == newest.c.key, _TABLE.c.learnt_at == newest.c.learnt_at)
    query = sa.select(_TABLE).join(newest, at_newest)
    if at is not None:
        query = query.where(_held(_TABLE, at))
    return query.where(~later, _TABLE.c.withdrawn_at.is_(None)).subquery("latest")


def _held(table: sa.FromClause, at: datetime) -> sa.ColumnElement[bool]:
    begun = sa.or_(table.c.held_from.is_(None), table.c.held_from <= at)
    return sa.or_(begun, table.c.withdrawn_at.is_not(None))


def not_done(latest: sa.Subquery) -> sa.ColumnElement[bool]:
    """Return "neither closed nor void": something is left to do."""
    return sa.and_(latest.c.closed_at.is_(None), sa.func.coalesce(latest.c.state, "") != State.VOID)


def _check_filters(state: str | None, page: int, size: int) -> None:
    faults = {}
    if state is not None and state not in STATE_GROUPS:
        faults["state"] = "没有这种状态，可用：" + " ".join(STATE_GROUPS)
    if page < 1:
        faults["page"] = "页码从 1 开始"
    if not 1 <= size <= MOST_ROWS:
        faults["size"] = f"每页 1 到 {MOST_ROWS} 条"
    if faults:
        raise FieldsError(faults)


def _where(
    latest: sa.Subquery,
    *,
    state: str | None,
    q: str | None,
    guarded: sa.ColumnElement[bool] | None,
    **same: str | None,
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search.

    Rows outside `guarded` (None: none) that have a telephone or identity card number in a text
    are not found by digits, or a masked number could be guessed digit by digit.
    """
    wanted = [latest.c[name] == value for name, value in same.items() if value]
    if state is not None:
        wanted.append(_in_states(latest, STATE_GROUPS[state]))
    if q is not None and q.strip():
        places = ("key", "description", "place", "responsible_unit", "enterprise_id")
        wanted.append(
            sa.or_(*(latest.c[name].icontains(q.strip(), autoescape=True) for name in places))
        )
        if guarded is not None and any(sign.isdigit() for sign in q):
            number = latest.c.key.icontains(q.strip(), autoescape=True)
            hidden = sa.or_(*(latest.c[name].regexp_match(MASKED) for name in MASKED_IN))
            wanted.append(sa.or_(number, sa.not_(sa.func.coalesce(hidden, sa.false())), guarded))
    return wanted


def _sees_numbers(latest: sa.Subquery, actor: Actor) -> sa.ColumnElement[bool] | None:
    """Return in which rows the actor may see telephone numbers; None: in all of them."""
    if may(actor, "read.persons"):
        return None
    if actor.role not in RULES["read.persons"]:
        return sa.false()
    return sa.or_(latest.c.town == (actor.town or ""), latest.c.domain.in_(actor.domains))


def _in_states(latest: sa.Subquery, states: Sequence[State]) -> sa.ColumnElement[bool]:
    """Return `riskmap.ledger.versions.state_of` as a condition of the database."""
    closed = latest.c.closed_at.is_not(None)
    word = sa.func.trim(sa.func.coalesce(latest.c.state, ""))
    parts: list[sa.ColumnElement[bool]] = []
    for state in states:
        if state is State.CLOSED:
            parts.append(closed)
            continue
        named = word.in_(words_of(state))
        if state is State.FOUND:
            others = [text for one in State if one is not State.FOUND for text in words_of(one)]
            named = word.not_in(others)
        parts.append(sa.and_(~closed, named))
    return sa.or_(*parts)


def _overdue(
    latest: sa.Subquery, ws: Workspace, scheme: Scheme, today: date
) -> sa.ColumnElement[bool]:
    """Return "open and due before today": the rule of `deadlines.due_of`, in the database."""
    own = sa.func.coalesce(latest.c.deadline, latest.c.listed_until)
    by_term = [
        sa.and_(
            sa.func.coalesce(latest.c.term, "town") == term,
            latest.c.found_at < _found_before(scheme, term, today, ws),
        )
        for term in TERM_ZH
    ]
    return sa.and_(
        not_done(latest),
        sa.or_(sa.and_(own.is_not(None), own < today), sa.and_(own.is_(None), sa.or_(*by_term))),
    )


def _found_before(scheme: Scheme, term: str, today: date, ws: Workspace) -> datetime:
    """Return the moment before which what was found is past its term today."""
    first = today - (due_on(scheme, term, today) - today)
    return datetime.combine(first, time(), ws.settings.zone).astimezone(UTC)


def _row(
    row: Mapping[str, Any], scheme: Scheme, calendar: Calendar, zone: tzinfo, today: date
) -> DangerRow:
    state = state_of(row["state"], row["closed_at"])
    due = due_of(row, scheme, zone)
    stage = stage_on(due, today, calendar)
    return DangerRow(
        row["key"],
        int(row["version"] or 0),
        state,
        {name: row[name] for name in COLUMNS},
        row["learnt_at"],
        row["source"],
        due,
        0 if state in DONE else overdue_days(due, today),
        None if state in DONE or stage is None else str(stage),
    )
