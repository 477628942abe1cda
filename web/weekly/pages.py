"""`/weekly`: the safety control index of a week, and of a town in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.responses import Response

from riskmap.access.policy import may
from riskmap.colours import FILLS
from riskmap.layer_store import load_layer
from riskmap.weekly import weeks
from riskmap.weekly.moments import current_week
from web.access import actor_of, moment_of
from web.forms import render_form
from web.map import MapParts, day_map
from web.parameters import CodeText, RevisionQuery, WeekText, parse_town, parse_week
from web.privacy import masked_document
from web.rendering import language_of, render, workspace_of
from web.still_map import still_map
from web.texts.lookup import Texts
from web.weekly import week_tables, week_view
from web.weekly.week_office import NOTHING, Asked, Sent, is_office, office_view
from web.weekly.week_standings import district_trend
from web.weekly.week_town import town_week_view

router = APIRouter(include_in_schema=False)
CARDS_PAGE = "/cards"
PAGES = {
    "xlsx": "/weekly/{week}.xlsx",
    "deliveries": "/weekly/{week}/deliveries",
    "cards": CARDS_PAGE,
    "gaming": "/gaming",
    "api": "/api/v1/weeks/{week}",
}
"""Pages of other parts that a week links to where they are served."""


@router.get("/weekly", response_class=HTMLResponse)
def newest_week(request: Request, week: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Go to the chosen week, else to the newest published one, else to the newest draft.

    Without any week the page says how one is made.
    """
    if week:
        return RedirectResponse(week_view.week_address(parse_week(week)), 303)
    listed = weeks.list_weeks(workspace_of(request))
    if not listed:
        asked = _asked(request, current_week(workspace_of(request), moment_of(request)))
        return _none(request, asked, [], NOTHING, 200)
    published = [one["week"] for one in listed if one["status"] == "published"]
    newest = max(published or [one["week"] for one in listed])
    language = request.query_params.get("lang")
    query = f"?lang={language}" if language in ("zh", "en") else ""
    return RedirectResponse(week_view.week_address(newest) + query, 307)


@router.get("/weekly/{week}", response_class=HTMLResponse)
def week_page(
    request: Request,
    week: WeekText,
    revision: RevisionQuery = None,
    sort: Annotated[str, Query(max_length=20)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a week: map, ranks and how sure they are, aspects, departments, longer bases."""
    return show_week(request, parse_week(week), revision, sort, sent=Sent(done=done))


def show_week(
    request: Request,
    name: str,
    revision: int | None = None,
    sort: str = "",
    *,
    sent: Sent = NOTHING,
    status: int = 200,
) -> Response:
    """Return the page of a week, for the office with its forms; a form that came back is kept."""
    asked = _asked(request, name)
    workspace, t = asked.workspace, asked.t
    listed, revisions = weeks.list_weeks(workspace), weeks.list_revisions(workspace, name)
    if not revisions and is_office(asked.actor):
        return _none(request, asked, listed, sent, 404 if status == 200 else status)
    document = masked_document(weeks.read_week(workspace, name, revision))
    shown = _revision_shown(listed, name)
    old = document["revision"] if document["revision"] != shown else None
    links = _links(request, name)
    rows = week_view.town_rows(document, t, "cards" in links, old)
    columns = week_tables.columns(document, t)
    table = week_tables.aspect_rows(rows)
    context: dict[str, Any] = {
        "page": "weekly",
        "week": document,
        "week_title": week_view.week_name(name, t),
        "headline": week_view.headline(document, t),
        "around": _named(week_view.neighbours(listed, name), t),
        "old_revision": old,
        "revisions": revisions,
        "links": links,
        "rows": rows,
        "columns": columns,
        "table": week_tables.sorted_rows(table, sort, columns),
        "sort": sort or "rank",
        "bands": week_view.band_texts(document, t),
        "bases": week_tables.bases(document, t),
        "trend": district_trend(
            weeks.district_trend(workspace, name, revision), week_view.band_texts(document, t), t
        ),
        "departments": week_tables.departments(document, t),
        "who_missing": week_tables.who_is_missing(document, t),
        "choices": week_tables.choices(document, t),
        "sources": week_tables.sources(document, t),
        "stale": week_tables.stale_sources(document, t),
        **_map(request, document, rows, t),
        "office": office_view(asked, listed, revisions, document, sent),
    }
    if not context["office"]:
        return render(request, "weekly.html", context)
    return render_form(
        request, "weekly.html", context, sent.faults, sent.values, status, form=sent.form
    )


def _none(
    request: Request,
    asked: Asked,
    listed: list[dict[str, Any]],
    sent: Sent,
    status: int,
) -> Response:
    """Return the page of a week that was never computed; the office may compute it there."""
    context = {
        "page": "weekly",
        "week": asked.week,
        "week_title": week_view.week_name(asked.week, asked.t),
        "any": bool(listed),
        "office": office_view(asked, listed, [], None, sent),
    }
    return render_form(
        request, "weekly_none.html", context, sent.faults, sent.values, status, form=sent.form
    )


def _asked(request: Request, week: str) -> Asked:
    return Asked(
        workspace_of(request),
        actor_of(request),
        week,
        moment_of(request),
        Texts(language_of(request)),
    )


@router.get("/weekly/{week}/towns/{code}", response_class=HTMLResponse)
def town_week_page(
    request: Request, week: WeekText, code: CodeText, revision: RevisionQuery = None
) -> Response:
    """Show what costs a town points in a week, what would gain most, and the records behind."""
    workspace, t = workspace_of(request), Texts(language_of(request))
    name = parse_week(week)
    document = masked_document(weeks.read_week(workspace, name, revision))
    detail = masked_document(
        weeks.read_town_week(workspace, name, parse_town(code), document["revision"])
    )
    shown = _revision_shown(weeks.list_weeks(workspace), name)
    old = document["revision"] if document["revision"] != shown else None
    links = _links(request, name)
    context = {
        "page": "week-town",
        "stale": week_tables.stale_sources(document, t),
        "back": week_view.week_address(name, old),
        "old_revision": old,
        "links": links,
        "gaming": f"{links['gaming']}?week={name}"
        if "gaming" in links and may(actor_of(request), "gaming.read")
        else "",
        **town_week_view(document, detail, t, "cards" in links),
    }
    return render(request, "week_town.html", context)


def _map(
    request: Request, document: dict[str, Any], rows: list[dict[str, Any]], t: Texts
) -> dict[str, MapParts | Markup]:
    """Return the map of the towns as they lay when the week was computed, and the still one."""
    workspace = workspace_of(request)
    digest = document["provenance"]["layers"]["towns"]["digest"]
    towns = load_layer(workspace, "towns", digest)
    properties = week_view.map_properties(rows, t)
    there = towns.loc[towns["code"].isin(list(properties)), ["code", "geometry"]]
    there = there.sort_values("code")
    return {
        "map": day_map(there, properties, workspace.settings.map, FILLS),
        "still": still_map(there, properties, FILLS, t("weekly_map_label")),
    }


def _named(around: dict[str, Any], t: Texts) -> dict[str, Any]:
    return {
        **around,
        "weeks": [(week, week_view.week_name(week, t)) for week in around["weeks"]],
        **{
            f"{side}_name": week_view.week_name(around[side], t) if around[side] else ""
            for side in ("previous", "next")
        },
    }


def _links(request: Request, week: str) -> dict[str, str]:
    """Return the pages of other parts that are served, with the week filled in."""
    served = request.app.state.served
    return {name: address.format(week=week) for name, address in PAGES.items() if address in served}


def _revision_shown(listed: list[dict[str, Any]], week: str) -> int | None:
    """Return the revision of a week that is shown when none is asked for."""
    return next((one["revision"] for one in listed if one["week"] == week), None)
