"""The rows behind the numbers: `/layers/{layer}` and `/records/{kind}`, paged, as page or csv."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from riskmap import layer_store, rows
from riskmap.access.actors import Actor, Role
from riskmap.access.policy import RULES, Subject, authorise, may
from riskmap.daily import days
from riskmap.errors import NotFoundError
from riskmap.layer_store import Snapshot
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.entry_fields import BY_HAND
from riskmap.records.reading import read_deliveries
from riskmap.records.statements import ACTION, ONE_BY_ONE, STATED, STATEMENT, last_statement
from web.access import actor_of, moment_of, own_address, sign_in_address
from web.answers import answer, etag_of
from web.parameters import parse_date, parse_town
from web.privacy import sees_persons
from web.rendering import language_of, render, workspace_of
from web.rows import accident_grades
from web.rows.layer_tables import has_rows, layer_tables
from web.rows.row_tables import Reader, csv_text, sorted_rows, table_view
from web.rows.row_view import NEWEST_FIRST, Asked, links, name_of, summary
from web.texts.lookup import Texts

router = APIRouter(include_in_schema=False)

SHOWN_DELIVERIES = 5
COMMITMENTS = "commitments"
"""What enterprises commit to, and their special work: for people who signed in."""
CSV = "text/csv; charset=utf-8"


class LayerQuery(BaseModel):
    """Which rows of a layer, in which order."""

    town: str | None = Field(None, max_length=40)
    page: int = Field(1, ge=1, le=1_000_000)
    sort: str = Field("", max_length=200)
    id: str | None = Field(None, max_length=200)


class RecordQuery(LayerQuery):
    """Which records, and as known for which day."""

    date: str | None = Field(None, max_length=40)


@router.get("/layers/{layer}.csv")
def layer_csv(request: Request, layer: str, query: Annotated[LayerQuery, Query()]) -> Response:
    """Send a layer's rows (of one town) as csv."""
    asked = Asked("layers", layer, _town(query.town), query.sort)
    tables = layer_tables(request)
    snapshot = tables.snapshot(layer)
    table = _in_town(tables.table(snapshot), asked.town)
    reader = reader_of(request, asked.town)
    text = csv_text(sorted_rows(table, asked.sort, persons=reader.persons), reader)
    return answer(
        request, etag_of("csv", text), lambda: text, media_type=CSV, headers=_attachment(asked)
    )


@router.get("/layers/{layer}", response_class=HTMLResponse)
def layer_page(request: Request, layer: str, query: Annotated[LayerQuery, Query()]) -> Response:
    """Show a layer's rows (of one town), 100 a page, each with its source file and row."""
    asked = Asked("layers", layer, _town(query.town), query.sort, only=query.id)
    if layer not in rows.LAYERS:
        raise NotFoundError("没有这个图层", layer[:60], "可用：" + " ".join(rows.LAYERS))
    if layer_store.current(workspace_of(request), layer) is None:
        return _empty(request, asked, "rows_never")
    tables = layer_tables(request)
    snapshot = tables.snapshot(layer)
    provenance = _provenance(request, snapshot)
    if not has_rows(snapshot):
        return _empty(request, asked, "rows_raster", provenance)
    table = _only(_in_town(tables.table(snapshot), asked.town), ("id", "code"), query.id)
    return _page(request, asked, table, query.page, provenance)


@router.get("/records/{kind}.csv")
def record_csv(request: Request, kind: str, query: Annotated[RecordQuery, Query()]) -> Response:
    """Send the latest known records of a kind (of one town) as csv."""
    asked = Asked("records", kind, _town(query.town), _order(kind, query), date=query.date)
    known_until = _known_until(request, query.date)
    table = rows.record_rows(workspace_of(request), kind, known_until, asked.town)
    table = _graded(request, asked, _own(request, asked, table), known_until)
    reader = reader_of(request, asked.town)
    text = csv_text(sorted_rows(table, asked.sort, persons=reader.persons), reader)
    return answer(
        request, etag_of("csv", text), lambda: text, media_type=CSV, headers=_attachment(asked)
    )


@router.get("/records/{kind}", response_class=HTMLResponse)
def record_page(request: Request, kind: str, query: Annotated[RecordQuery, Query()]) -> Response:
    """Show the latest known records of a kind; with `date` as they were known for that day."""
    workspace = workspace_of(request)
    known_until = _known_until(request, query.date)
    asked = Asked("records", kind, _town(query.town), _order(kind, query), query.date, query.id)
    table = rows.record_rows(workspace, kind, known_until, asked.town)
    delivered = read_deliveries(workspace, kind, known_until)
    if delivered.empty:
        return _empty(request, asked, "rows_never_record")
    if _closed(request, asked):
        return _empty(request, asked, "rows_closed", count=len(table))
    table = _graded(request, asked, _own(request, asked, table), known_until)
    latest = delivered.tail(SHOWN_DELIVERIES).iloc[::-1]
    moments = [at.to_pydatetime() for at in latest["delivered_at"]]
    provenance = {
        "files": [
            {"file": _delivery(request, file), "sha256": digest, "at": _local(request, at)}
            for file, digest, at in zip(latest["file"], latest["sha256"], moments, strict=True)
        ],
        "digest": None,
        "known_until": _local(request, known_until) if known_until else None,
        "rejected": int(delivered["rejected"].sum()),
    }
    if rows.TOWN_COLUMN in table.columns:
        table = table.drop(columns="town")
    return _page(request, asked, _only(table, ("key",), query.id), query.page, provenance)


def _own(request: Request, asked: Asked, table: pd.DataFrame) -> pd.DataFrame:
    """Return what the reader may see: of commitments an enterprise sees its own, nobody none."""
    actor = actor_of(request)
    if asked.name != COMMITMENTS:
        return table
    authorise(actor, "read.commitments", _whose(actor, asked))
    if actor.role is not Role.ENTERPRISE:
        return table
    return table[table["enterprise_id"] == (actor.enterprise_id or "")]


def _graded(
    request: Request, asked: Asked, table: pd.DataFrame, known_until: datetime | None
) -> pd.DataFrame:
    """Return accidents with their grade by decree 493; any other kind as it is."""
    if asked.name != accident_grades.KIND:
        return table
    at = known_until or moment_of(request)
    return accident_grades.with_grades(table, reader_of(request, asked.town), at)


def _whose(actor: Actor, asked: Asked) -> Subject:
    return Subject(town=asked.town, enterprise_id=actor.enterprise_id)


def _closed(request: Request, asked: Asked) -> bool:
    """Say whether the rows of a kind are closed to the reader; their number is not."""
    actor = actor_of(request)
    return asked.name == COMMITMENTS and not may(actor, "read.commitments", _whose(actor, asked))


def _acts(request: Request, asked: Asked) -> dict[str, Any]:
    """Return what the reader may do with records of this kind, and where single ones are shown."""
    kind, t, actor = asked.name, Texts(language_of(request)), actor_of(request)
    if asked.family != "records" or kind not in RECORD_CONTRACTS:
        return {"acts": [], "items": None, "statement": None}
    base, name = f"/records/{kind}", name_of(kind, language_of(request))
    acts = []
    if actor.role is Role.ANONYMOUS and _closed(request, asked):
        acts.append({"href": sign_in_address(own_address(request)), "text": t("sign_in")})
    if actor.role is Role.ENTERPRISE and kind == "commitments":
        acts.append({"href": f"{base}/today", "text": t("commit_title")})
    elif kind in BY_HAND and actor.role in RULES[f"record.{kind}"]:
        acts.append({"href": f"{base}/new", "text": t("record_new", name=name)})
    if may(actor, "danger.import" if kind == "hidden_dangers" else f"record.{kind}"):
        acts.append({"href": f"{base}/upload", "text": t("record_upload")})
    if kind == "devices":
        acts.append({"href": f"{base}/online", "text": t("devices_online")})
    items = "/dangers/" if kind == "hidden_dangers" else f"{base}/item?key="
    return {"acts": acts, "items": items, "statement": _statement(request, asked)}


def _statement(request: Request, asked: Asked) -> str | None:
    """Return who last stated that the kind is complete, for those who may; None: no button."""
    if asked.name not in STATED or asked.date or not may(actor_of(request), ACTION):
        return None
    last, t = last_statement(workspace_of(request), asked.name), Texts(language_of(request))
    if last is None:
        return t("record_complete_never")
    return t("record_complete_last", by=last.by, time=_local(request, last.at))


def _delivery(request: Request, file: str) -> str:
    """Return the name of a delivery: a file's own, or what stands for one."""
    named = (*ONE_BY_ONE, STATEMENT)
    return Texts(language_of(request))(f"delivery_{file}") if file in named else file


def reader_of(request: Request, town: str | None = None) -> Reader:
    """Return for whom cells of a town's rows are written."""
    workspace = workspace_of(request)
    return Reader(
        language_of(request), workspace.settings.zone, rows.town_names(workspace),
        sees_persons(actor_of(request), town),
    )  # fmt: skip


def _page(
    request: Request, asked: Asked, table: pd.DataFrame, page: int, provenance: dict[str, Any]
) -> Response:
    reader = reader_of(request, asked.town)
    view = table_view(table, page, asked.sort, reader)
    context = {
        "page": "rows",
        "asked": asked,
        "name": name_of(asked.name, reader.language),
        "town_name": reader.towns.get(asked.town or "", asked.town),
        "towns": reader.towns,
        "view": view,
        "summary": summary(asked, view, reader),
        "links": links(asked, view, reader.language),
        "provenance": provenance,
        "empty": None,
        "own_only": actor_of(request).role is Role.ENTERPRISE and asked.name == COMMITMENTS,
        **_acts(request, asked),
        "persons": reader.persons,
    }
    return render(request, "rows.html", context)


def _empty(
    request: Request,
    asked: Asked,
    reason: str,
    provenance: dict[str, Any] | None = None,
    count: int = 0,
) -> Response:
    reader = reader_of(request)
    name = name_of(asked.name, reader.language)
    context = {
        "page": "rows",
        "asked": asked,
        "name": name,
        "town_name": reader.towns.get(asked.town or "", asked.town),
        "towns": {},
        "view": None,
        "summary": "",
        "links": links(asked, None, reader.language),
        "provenance": provenance,
        "empty": reason,
        "count": f"{count:,}",
        **_acts(request, asked),
        "persons": False,
    }
    return render(request, "rows.html", context)


def _provenance(request: Request, snapshot: Snapshot) -> dict[str, Any]:
    known = asdict(snapshot)
    return {
        "digest": snapshot.digest,
        "imported_at": _local(request, snapshot.imported_at),
        "files": [{"at": None, **source} for source in known["sources"]],
        "rejected": snapshot.rejected,
        "known_until": None,
    }


def _known_until(request: Request, date: str | None) -> datetime | None:
    if date is None:
        return None
    document = days.read_day(workspace_of(request), parse_date(date))
    return datetime.fromisoformat(document["known_until"])


def _local(request: Request, moment: datetime) -> str:
    return moment.astimezone(workspace_of(request).settings.zone).strftime("%Y-%m-%d %H:%M")


def _order(kind: str, query: RecordQuery) -> str:
    return query.sort or NEWEST_FIRST.get(kind, "")


def _town(town: str | None) -> str | None:
    return parse_town(town) if town else None


def _in_town(table: pd.DataFrame, town: str | None) -> pd.DataFrame:
    return table if town is None else table[table[rows.TOWN_COLUMN] == town]


def _only(table: pd.DataFrame, columns: Sequence[str], value: str | None) -> pd.DataFrame:
    column = next((name for name in columns if name in table.columns), None)
    return table if not value or column is None else table[table[column] == value]


def _attachment(asked: Asked) -> dict[str, str]:
    parts = [asked.name, *([asked.town] if asked.town else [])]
    return {"Content-Disposition": f'attachment; filename="{"-".join(parts)}.csv"'}
