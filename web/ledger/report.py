"""`/report`: report a hidden danger, on a phone in under a minute.

The position comes from the device, a tap on the map or the photo; the town from the position.
Whatever is wrong, nothing is lost: texts are shown again and photos stay stored.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from riskmap.access.actors import Role
from riskmap.access.policy import RULES, authorise
from riskmap.errors import FieldsError, ForbiddenError
from riskmap.ledger import dangers
from riskmap.ledger.ground import ground_in_use
from riskmap.ledger.sent_again import LONGEST_KEY
from web.access import actor_of, moment_of
from web.answers import GEOJSON, answer, etag_of
from web.forms import go, render_form, typed
from web.ledger.danger_pages import Form, Taken, choices_of, ground_of, local_now, take_photos
from web.ledger.danger_view import address_of
from web.map import simplified
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts

router = APIRouter(include_in_schema=False)

FIELDS = (
    "lon", "lat", "town", "domain", "grade", "description", "found_at", "enterprise_id", "place",
)  # fmt: skip
MORE = ("found_at", "enterprise_id", "place")
NOT_STORED = "not-stored"
"""Stands for a photo that could not be taken: the ledger refuses it, so nothing is reported."""
GEOLOCATION = "camera=(), geolocation=(self), microphone=()"


@router.get("/report", response_class=HTMLResponse)
def report_page(request: Request, town: Annotated[str, Query(max_length=12)] = "") -> Response:
    """Show the form, with what is known of the person, the moment and the asked town filled in."""
    actor = actor_of(request)
    if actor.role not in RULES["danger.report"]:
        authorise(actor, "danger.report")
    values = {
        "found_at": local_now(request).strftime("%Y-%m-%dT%H:%M"),
        "town": actor.town or town,
        "domain": actor.domains[0] if len(actor.domains) == 1 else "",
        "grade": "general",
    }
    return _page(request, values, {}, Taken((), ()))


@router.post("/report", response_class=HTMLResponse)
def report(request: Request, form: Form) -> Response:
    """Take a report; with faults show the form again, with everything that was typed."""
    values = {name: text for name, text in typed(form).items() if name in FIELDS}
    taken = take_photos(request, form)
    fields = _with_photo_position(
        request, {name: text for name, text in values.items() if text}, taken
    )
    photos = [*taken.digests, *([NOT_STORED] if taken.faults else [])]
    once = typed(form).get("once", "")[:LONGEST_KEY]
    try:
        danger = dangers.report(
            workspace_of(request),
            actor_of(request),
            fields,
            photos=photos,
            once=once,
            now=moment_of(request),
        )
    except FieldsError as error:
        faults = dict(error.faults)
        if taken.faults:
            faults["photos"] = " ".join(taken.faults)
        return _page(request, values | {"once": once}, faults, taken, status=422)
    except ForbiddenError as error:
        if actor_of(request).role not in RULES["danger.report"]:
            raise
        where = {Role.REPORTER: "town", Role.INSPECTOR: "domain"}.get(actor_of(request).role, "")
        return _page(request, values | {"once": once}, {where: str(error)}, taken, status=403)
    return go(f"{address_of(danger.number)}?done=report")


@router.get("/report/place")
def place(
    request: Request,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
) -> Response:
    """Return the town at a point, or how far outside the district it lies."""
    ground = ground_in_use(workspace_of(request))
    town = ground.town_at(lon, lat)
    outside = ground.metres_outside(lon, lat) if town is None else None
    found = {"town": town, "name": ground.name_of(town), "metres_outside": outside}
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.get("/report/towns.geojson")
def towns(request: Request) -> Response:
    """Return the towns as fine as a small map shows them."""
    ground = ground_in_use(workspace_of(request))
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": json.loads(shape)}
        for name, shape in zip(
            ground.names, shapely.to_geojson(simplified(ground.polygons)), strict=True
        )
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return answer(request, etag_of("report-towns", text), lambda: text, media_type=GEOJSON)


def _with_photo_position(
    request: Request, fields: Mapping[str, str], taken: Taken
) -> dict[str, str]:
    """Return the fields; without a position, that of the first photo inside the district."""
    ground = ground_of(request)
    if ground is None or "lon" in fields or "lat" in fields:
        return dict(fields)
    for photo in taken.photos:
        if photo.lon is None or photo.lat is None:
            continue
        if ground.town_at(photo.lon, photo.lat) is not None:
            return {**fields, "lon": f"{photo.lon:.6f}", "lat": f"{photo.lat:.6f}"}
    return dict(fields)


def _page(
    request: Request,
    values: Mapping[str, str],
    faults: Mapping[str, str],
    taken: Taken,
    status: int = 200,
) -> Response:
    t, ground, choices = Texts(language_of(request)), ground_of(request), choices_of(request)
    bounds = shapely.total_bounds(ground.polygons) if ground else np.zeros(4)
    own = actor_of(request).domains
    context: dict[str, Any] = {
        "page": "report",
        "towns": choices.towns,
        "domains": [one for one in choices.domains if not own or one[0] in own],
        "grades": [(grade, t(f"grade_{grade}")) for grade in ("general", "major")],
        "bounds": ",".join(f"{side:.5f}" for side in bounds),
        "kept": taken.digests,
        "once": values.get("once") or secrets.token_urlsafe(16),
        "labels": {name: t(f"field_{name}") for name in (*FIELDS, "photos")},
        "more_open": any(name in faults for name in MORE),
    }
    shown = render_form(request, "report.html", context, faults, values, status)
    shown.headers["Permissions-Policy"] = GEOLOCATION
    return shown
