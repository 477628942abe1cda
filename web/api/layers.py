"""`/api/v1/layers/{layer}`: a layer page by page, as GeoJSON, always from one snapshot."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from riskmap.rows import LAYERS
from web.answers import GEOJSON, answer, etag_of
from web.api.features import Page, collection, query_key
from web.api.models import FeatureCollection
from web.api.problems import problems
from web.parameters import (
    LIMIT_DEFAULT,
    BboxText,
    Cursor,
    CursorText,
    Limit,
    parse_bbox,
    read_cursor,
)
from web.rows.layer_tables import layer_tables

router = APIRouter()


@router.get(
    "/layers/{layer}",
    response_model=FeatureCollection,
    responses={**problems(404, 410, 422, 503), 200: {"content": {GEOJSON: {}}}},
    tags=["图层 layers"],
    summary="图层要素（GeoJSON，分页，可按范围筛选）",
)
def get_layer(  # noqa: PLR0917 - one argument a query parameter; FastAPI passes them by name
    request: Request,
    layer: Annotated[
        str,
        Path(description="图层名", examples=["shelters"], json_schema_extra={"enum": [*LAYERS]}),
    ],
    bbox: BboxText = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: CursorText = None,
    datum: Annotated[
        Literal["wgs84", "gcj02", "bd09"],
        Query(
            description="几何的坐标：默认 wgs84（即 CGCS2000，存储所用）；gcj02、bd09 只供叠加在"
            "同坐标的底图上画图，属性不含经纬度；bbox 始终为 wgs84"
        ),
    ] = "wgs84",
) -> Response:
    """Return one page of a layer; follow the link `next` until there is none.

    All pages come from the snapshot of the first one, also when a newer one is imported in
    between. Columns with names and phones of persons are left out.
    """
    rectangle = parse_bbox(bbox)
    query = query_key(layer, rectangle)
    place = read_cursor(cursor, query) if cursor else Cursor("", query, 0)
    tables = layer_tables(request)
    snapshot = tables.snapshot(layer, place.digest or None)
    page = Page(layer, snapshot.digest, rectangle, place.offset, limit, datum)
    return answer(
        request,
        etag_of("layer", snapshot.digest, query, place.offset, limit, datum),
        lambda: collection(tables.table(snapshot), page),
        media_type=GEOJSON,
    )
