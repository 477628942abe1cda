"""All kinds of records on one page, and the daily commitment of an enterprise."""

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import RULES, Subject, authorise
from riskmap.errors import ConflictError, FieldsError, ForbiddenError, NotFoundError
from riskmap.records import entries
from riskmap.records.entry_fields import BY_HAND
from riskmap.storage.database import deliveries, record_tables
from web.access import actor_of, moment_of
from web.forms import go, render_form
from web.records.forms import form_fields, shown_value
from web.records.record import Form, expected, frame
from web.rendering import language_of, render, workspace_of
from web.rows.pages import reader_of
from web.rows.row_tables import Reader
from web.rows.row_view import name_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

KINDS = (
    "hidden_dangers", "accidents", "inspections", "commitments", "devices", "alarms", "overrides",
    "responses", "special_periods", "indicators", "warnings",
)  # fmt: skip
DAYS = 14
COMMIT = "/records/commitments/today"
COMMITTED = ("state", "risk_level", "special_work")


@router.get("/records")
def index(request: Request) -> Response:
    """Show every kind of record: how many there are, when the last came, and how to add one."""
    workspace, actor = workspace_of(request), actor_of(request)
    reader, language = reader_of(request), language_of(request)
    with workspace.read() as connection:
        last = {
            row.kind: row.at
            for row in connection.execute(
                sa.select(
                    deliveries.c.kind, sa.func.max(deliveries.c.delivered_at).label("at")
                ).group_by(deliveries.c.kind)
            )
        }
        counts = {kind: _count(connection, kind) for kind in KINDS}
    kinds = [
        {
            "kind": kind,
            "name": name_of(kind, language),
            "address": "/dangers" if kind == "hidden_dangers" else f"/records/{kind}",
            "count": counts[kind] if kind in last else None,
            "last": shown_value("at", last.get(kind), reader, persons=True),
            "new": kind in BY_HAND and actor.role in RULES[f"record.{kind}"],
        }
        for kind in KINDS
    ]
    return render(request, "records.html", {"page": "records", "kinds": kinds})


@router.get(COMMIT)
def commitment(request: Request, done: str = "") -> Response:
    """Show today's commitment of the own enterprise, or the form that makes it."""
    return _commit_page(request, {}, {"state": "normal"}, done=done == "1")


@router.post(COMMIT)
def commit(request: Request, form: Form) -> Response:
    """Commit for today, or correct today's commitment; one tap where all is normal."""
    actor, now = actor_of(request), moment_of(request)
    authorise(actor, "record.commitments", _own(request))
    today = now.astimezone(workspace_of(request).settings.zone).date()
    fields = {name: form.get(name, "") for name in COMMITTED}
    fields |= {"enterprise_id": actor.enterprise_id or "", "date": today.isoformat()}
    fields |= {"committed_by": actor.name, "committed_at": now.isoformat()}
    try:
        entries.enter(
            workspace_of(request), actor, "commitments", fields,
            expect=expected(form) or None, now=now,
        )  # fmt: skip
    except FieldsError as error:
        return _commit_page(request, error.faults, form)
    except ConflictError:
        if _stands(request, today.isoformat(), fields):
            return go(f"{COMMIT}?done=1")
        return _commit_page(request, {"": "今日已经承诺过；核对后可以更正。"}, form)
    return go(f"{COMMIT}?done=1")


def _own(request: Request) -> Subject:
    actor = actor_of(request)
    if actor.enterprise_id is None:
        raise ForbiddenError("企业账号才能在这里承诺", "", "其他人员用“登记企业风险日承诺”")
    return Subject(enterprise_id=actor.enterprise_id)


def _commit_page(
    request: Request,
    faults: Mapping[str, str],
    values: Mapping[str, str],
    *,
    done: bool = False,
) -> Response:
    actor, reader = actor_of(request), reader_of(request)
    authorise(actor, "record.commitments", _own(request))
    today = moment_of(request).astimezone(reader.zone).date()
    dates = [today - timedelta(days=back) for back in range(DAYS)]
    versions = [_committed(request, day.isoformat()) for day in dates]
    fields = {one.name: one for one in form_fields("commitments", reader, new=True)}
    if versions[0] is not None and not faults:
        values = {name: str(versions[0].fields[name] or "") for name in COMMITTED}
    context = {
        **frame(request, "commitments"),
        "day": today,
        "enterprise": actor.enterprise_id,
        "fields": fields,
        "labels": {name: fields[name].label for name in COMMITTED},
        "version": versions[0],
        "done": done,
        "days": [
            {"day": day.isoformat(), **_told(version, reader)}
            for day, version in zip(dates, versions, strict=True)
        ],
    }
    status = 422 if faults else 200
    return render_form(request, "commitment.html", context, faults, values, status)


def _told(version: entries.Version | None, reader: Reader) -> dict[str, str | None]:
    """Return when a day's commitment was made and what it says; unknown when there is none."""
    if version is None:
        return {"at": None, "state": None}
    at, state = version.fields["committed_at"], version.fields["state"]
    return {
        "at": shown_value("committed_at", at, reader, persons=True),
        "clock": at.astimezone(reader.zone).strftime("%H:%M") if at else None,
        "state": shown_value("state", state, reader, persons=True),
    }


def _stands(request: Request, day: str, fields: Mapping[str, str]) -> bool:
    """Say whether a day's commitment says what was sent: the same tap, sent once more."""
    made = _committed(request, day)
    return made is not None and all(
        str(made.fields[name] or "") == fields[name].strip() for name in COMMITTED
    )


def _committed(request: Request, day: str) -> entries.Version | None:
    key = f"{actor_of(request).enterprise_id}|{day}"
    try:
        return entries.latest(workspace_of(request), "commitments", key)
    except NotFoundError:
        return None


def _count(connection: sa.Connection, kind: str) -> int:
    """Return how many records of a kind stand: the latest version of each that is not withdrawn."""
    table = record_tables[kind]
    newest = sa.func.row_number().over(
        partition_by=table.c.key, order_by=(table.c.learnt_at.desc(), table.c.row_id.desc())
    )
    latest = sa.select(table.c.withdrawn_at, newest.label("newest")).subquery()
    query = sa.select(sa.func.count()).select_from(latest)
    query = query.where(latest.c.newest == 1, latest.c.withdrawn_at.is_(None))
    return int(connection.execute(query).scalar_one())
