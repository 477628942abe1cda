"""The map of a day and the page of a town."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap import days
from riskmap.colours import COLOURS
from riskmap.day_scheme import day_scheme
from riskmap.trends import town_trends
from web import day_view
from web.api_parameters import CodeText, DateText, parse_date, parse_town
from web.map import day_map
from web.privacy import masked_document
from web.rendering import language_of, render, workspace_of
from web.texts import Texts
from web.town_view import dominant_note, town_view

router = APIRouter(include_in_schema=False)
FILLS = {level: colour.fill for level, colour in COLOURS.items()}
LAYERS = ("hazard_sources", "shelters", "risk_points")


@router.get("/", response_class=HTMLResponse)
def today(request: Request) -> Response:
    """Show the latest day; mark it as old when it is not today's."""
    listed = days.list_days(workspace_of(request))
    if not listed:
        return render(request, "empty.html", {"page": "map"})
    return _map_page(request, listed, listed[0]["date"], front=True)


@router.get("/map/{date}", response_class=HTMLResponse)
def any_day(request: Request, date: DateText) -> Response:
    """Show the map of one day."""
    day = parse_date(date).isoformat()
    return _map_page(request, days.list_days(workspace_of(request)), day, front=False)


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
    context["dominant_note"] = dominant_note(before, detail["dominant_sector"], scheme, t)
    return render(request, "town.html", {"page": "town", **context})


def _map_page(request: Request, listed: list[dict[str, Any]], day: str, *, front: bool) -> Response:
    workspace, t = workspace_of(request), Texts(language_of(request))
    document = masked_document(days.read_day(workspace, day))
    scheme = day_scheme(workspace, document)
    codes = [town["code"] for town in document["towns"]]
    trends = dict(zip(codes, town_trends(workspace, day, codes), strict=True))
    details = masked_document(days.read_town_days(workspace, day))
    rows = day_view.town_rows(document, details, trends, scheme, t)
    geometry = days.day_towns_geometry(workspace, day)
    now = datetime.now(workspace.settings.zone).date()
    shown = datetime.fromisoformat(day).date()
    context = {
        "page": "map",
        "day": document,
        "headline": day_view.headline(document, now, t),
        "today": now,
        "age_days": (now - shown).days,
        "front": front,
        "rows": rows,
        "slider": day_view.slider(listed, day),
        "latest": listed[0]["date"],
        "bands": day_view.band_texts(scheme),
        "map": day_map(geometry, day_view.map_properties(rows, t), workspace.settings.map, FILLS),
        "layers": LAYERS,
        "oldest": day_view.oldest_source(document, t),
        "attribution": workspace.settings.map.attribution if workspace.settings.map.tiles else "",
    }
    return render(request, "map.html", context)
