"""The map of a day and the page of a town."""

import math
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import RULES, Subject, may
from riskmap.colours import COLOURS
from riskmap.daily import days
from riskmap.daily.day_scheme import day_scheme
from riskmap.daily.trends import town_trends
from web.access import actor_of, moment_of
from web.charts import common_span
from web.daily import day_view
from web.daily.town_view import dominant_note, town_view
from web.errors import ParameterError
from web.map import day_map
from web.parameters import CodeText, DateText, parse_date, parse_town
from web.privacy import masked_document
from web.rendering import language_of, render, workspace_of
from web.still_map import still_map
from web.texts.lookup import Texts

router = APIRouter(include_in_schema=False)
FILLS = {level: colour.fill for level, colour in COLOURS.items()}
LIST_ROWS = 200
"""Towns listed on one page; the map always has all."""
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
LAYERS = ("hazard_sources", "shelters", "risk_points")


@router.get("/", response_class=HTMLResponse)
def today(request: Request, page: PageNumber = 1) -> Response:
    """Show the latest day; mark it as old when it is not today's."""
    listed = days.list_days(workspace_of(request))
    if not listed:
        return render(request, "empty.html", {"page": "map"})
    return _map_page(request, listed, listed[0]["date"], page)


@router.get("/map/{date}", response_class=HTMLResponse)
def any_day(request: Request, date: DateText, page: PageNumber = 1) -> Response:
    """Show the map of one day."""
    day = parse_date(date).isoformat()
    return _map_page(request, days.list_days(workspace_of(request)), day, page)


@router.get("/towns/{code}", response_class=HTMLResponse)
def town(request: Request, code: CodeText, date: DateText | None = None) -> Response:
    """Show why a town has its level, what changed and what would change it."""
    workspace = workspace_of(request)
    listed = days.list_days(workspace)
    if not listed:
        return render(request, "empty.html", {"page": "town"})
    day = parse_date(date).isoformat() if date else listed[0]["date"]
    document = masked_document(days.read_day(workspace, day))
    detail = masked_document(days.read_town_day(workspace, day, parse_town(code)))
    scheme, t = day_scheme(workspace, document), Texts(language_of(request))
    context = town_view(document, detail, scheme, t)
    before = days.previous_dominant(workspace, document, detail["code"])
    context["may_report"] = may(actor_of(request), "danger.report", Subject(detail["code"]))
    context["dominant_note"] = dominant_note(before, detail["dominant_sector"], scheme, t)
    return render(request, "town.html", {"page": "town", **context})


def _map_page(request: Request, listed: list[dict[str, Any]], day: str, page: int) -> Response:
    workspace, t = workspace_of(request), Texts(language_of(request))
    document = masked_document(days.read_day(workspace, day))
    scheme = day_scheme(workspace, document)
    codes = [town["code"] for town in document["towns"]]
    trends = dict(zip(codes, town_trends(workspace, day, codes), strict=True))
    details = masked_document(days.read_town_days(workspace, day))
    rows = day_view.town_rows(document, details, trends, scheme, t)
    properties = day_view.map_properties(rows, t)
    geometry = days.day_towns_geometry(workspace, day)
    moment = moment_of(request).astimezone(workspace.settings.zone)
    now = moment.date()
    shown = datetime.fromisoformat(day).date()
    context = {
        "page": "map",
        "may_report": actor_of(request).role in RULES["danger.report"],
        "day": document,
        "headline": day_view.headline(document, now, t, scheme, details)
        | {"unusual": day_view.unusual_line(document, scheme, t)},
        "ruled": day_view.RULED if any(row["ruled"] for row in rows) else "",
        "dots": any(row["is_unusual"] for row in rows),
        "span": common_span(list(trends.values())),
        "signals": day_view.signals(document, moment if day == listed[0]["date"] else None),
        "today": now,
        "age_days": (now - shown).days,
        "front": request.url.path == "/",
        "count": len(rows),
        **_list_page(request, rows, page),
        "slider": day_view.slider(listed, day),
        "latest": listed[0]["date"],
        "bands": day_view.band_texts(scheme),
        "map": day_map(geometry, properties, workspace.settings.map, FILLS),
        "still": still_map(geometry, properties, FILLS, t("map_label")),
        "layers": LAYERS,
        "oldest": day_view.oldest_source(document, t),
        "stale": day_view.stale_sources(document, t),
        "attribution": workspace.settings.map.attribution if workspace.settings.map.tiles else "",
    }
    return render(request, "map.html", context)


def _list_page(request: Request, rows: list[dict[str, Any]], page: int) -> dict[str, Any]:
    """Return 200 rows of the list of towns, and where its other pages are."""
    pages = max(1, math.ceil(len(rows) / LIST_ROWS))
    if page > pages:
        raise ParameterError("没有这一页", page, f"共 {pages} 页")
    address = request.url.path + "?page="
    return {
        "rows": rows[(page - 1) * LIST_ROWS : page * LIST_ROWS],
        "list_page": page,
        "list_pages": pages,
        "list_previous": f"{address}{page - 1}" if page > 1 else "",
        "list_next": f"{address}{page + 1}" if page < pages else "",
    }
