"""The API below /api/v1: days, towns, hazard sources, shelters; layers are in `web.api.layers`.

Every answer is what riskmap stored, sent unchanged; nothing is computed here. Route order
matters: `/days/{date}.geojson` must be tried before `/days/{date}`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from riskmap import layer_store, shelters
from riskmap.daily import days
from riskmap.errors import NotFoundError
from riskmap.hazard import hazard_source_document
from web.answers import GEOJSON, answer, as_json, etag_of
from web.api import layers as api_layers
from web.api.features import day_collection
from web.api.models import (
    Day,
    DayMap,
    DaySummary,
    HazardSource,
    ShelterCoverage,
    TownDay,
)
from web.api.problems import problems
from web.parameters import CodeText, DateText, parse_date, parse_town
from web.privacy import masked_document
from web.rendering import workspace_of

PREFIX = "/api/v1"

router = APIRouter(prefix=PREFIX)


@router.get(
    "/days",
    response_model=list[DaySummary],
    responses=problems(503),
    tags=["每日 days"],
    summary="已计算的日子，新的在前",
)
def get_days(request: Request) -> Response:
    """List every computed day with its status, scheme version and time of computing."""
    text = as_json(days.list_days(workspace_of(request)))
    return answer(request, etag_of("days", text), lambda: text)


@router.get(
    "/days/{date}.geojson",
    response_model=DayMap,
    responses={**problems(404, 422, 503), 200: {"content": {GEOJSON: {}}}},
    tags=["每日 days"],
    summary="某日各镇街边界、分值和等级（GeoJSON）",
)
def get_day_map(request: Request, date: DateText) -> Response:
    """Return the towns of a day as GeoJSON; longitude, latitude in degrees (EPSG:4490)."""
    workspace, day = workspace_of(request), parse_date(date)
    document = days.read_day(workspace, day)
    return answer(
        request,
        etag_of("map", *_identity(document)),
        lambda: day_collection(document, days.day_towns_geometry(workspace, day)),
        media_type=GEOJSON,
        headers={"Content-Disposition": f'inline; filename="{date}.geojson"'},
    )


@router.get(
    "/days/{date}",
    response_model=Day,
    responses=problems(404, 422, 503),
    tags=["每日 days"],
    summary="某日全区：各镇街分值、等级、主导风险、兜底规则、变化、数据新旧",
)
def get_day(request: Request, date: DateText) -> Response:
    """Return a day's document; a published revision is shown before a newer draft."""
    document = days.read_day(workspace_of(request), parse_date(date))
    return answer(
        request, etag_of("day", *_identity(document)), lambda: as_json(masked_document(document))
    )


@router.get(
    "/days/{date}/towns/{code}",
    response_model=TownDay,
    responses=problems(404, 422, 503),
    tags=["每日 days"],
    summary="某日某镇街：构成、输入、前五项风险、怎样才能变化",
)
def get_town_day(request: Request, date: DateText, code: CodeText) -> Response:
    """Return one town's day with contributions that sum to its score."""
    day, town = parse_date(date), parse_town(code)
    text = as_json(masked_document(days.read_town_day(workspace_of(request), day, town)))
    return answer(request, etag_of("town", text), lambda: text)


@router.get(
    "/hazard-sources/{id:path}",
    response_model=HazardSource,
    responses=problems(404, 422, 503),
    tags=["重大危险源 hazard sources"],
    summary="重大危险源：物质、S、R、α、500 m 内人数、级别（GB 18218-2018）",
)
def get_hazard_source(
    request: Request,
    id: Annotated[str, Path(description="重大危险源编号", max_length=200)],
) -> Response:
    """Return one hazard source with its calculation line by line."""
    text = as_json(masked_document(hazard_source_document(workspace_of(request), id)))
    return answer(request, etag_of("hazard-source", text), lambda: text)


@router.get(
    "/shelters/coverage",
    response_model=ShelterCoverage,
    responses=problems(404, 503),
    tags=["避难场所 shelters"],
    summary="各镇街人均有效避难面积与目标的差额",
)
def get_shelter_coverage(request: Request) -> Response:
    """Return effective shelter area and places per resident by town against the target."""
    workspace = workspace_of(request)
    for layer in ("towns", "shelters"):
        if layer_store.current(workspace, layer) is None:
            raise NotFoundError("图层尚未导入", layer, f"先运行 riskmap import {layer} 文件")
    text = as_json(shelters.coverage_document(workspace))
    return answer(request, etag_of("coverage", text), lambda: text)


router.include_router(api_layers.router)


def _identity(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what a day's answer depends on: its result, and whether it is published."""
    provenance = document["provenance"]
    return (
        document["date"],
        document["status"],
        document["revision"],
        document["computed_at"],
        provenance["digest"],
    )
