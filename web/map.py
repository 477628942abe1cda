"""The map of a day: Folium writes the Leaflet script, the page serves and guards it.

Folium's own header names foreign hosts and its popups are raw HTML; so only the script is taken,
the texts travel as GeoJSON properties (escaped by `tojson`) and `static/map.js` sets them as
text, never as HTML.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup, escape

from riskmap.map_datum import in_datum
from riskmap.settings import MapSettings

DRAWN_WIDTH_PX = 1200
DECIMALS = 5
HATCH = "url(#hatch)"
MANY_TOWNS = 400
"""Above this number borders are drawn thinner."""
OVER_TILES = 0.85
"""Opacity of a town over a base map: the roads show, and labels keep a contrast of 4.5:1."""


@dataclass(frozen=True)
class MapParts:
    """What the template needs: element, script (for a nonce), bounds, width by height drawn.

    `bbox` is in the datum of the stored data, as the layers are asked for; `datum` is what the
    map is drawn in, that of the base map.
    """

    element: Markup
    script: Markup
    bbox: str
    aspect: float
    datum: str = "wgs84"


def day_map(
    geometry: gpd.GeoDataFrame,
    properties: Mapping[str, Mapping[str, Any]],
    settings: MapSettings,
    fills: Mapping[str, str],
) -> MapParts:
    """Return the map of a day.

    Parameters
    ----------
    geometry
        Towns with `code` and polygons (longitude, latitude in degrees).
    properties
        By code: `name`, `level`, `word`, `score`, `mark`, `unusual`, `href`, `title`.
    settings
        Optional base map.
    fills
        Fill colour by level; `no_data` is hatched instead.
    """
    stored = np.asarray(geometry.geometry.array, dtype=object)
    datum = settings.datum if settings.tiles else "wgs84"
    shapes = simplified(in_datum(stored, datum))
    places = label_places(shapes)
    west, south, east, north = (float(each) for each in shapely.total_bounds(shapes))
    features = [
        {
            "type": "Feature",
            "id": code,
            "properties": {**properties[code], "code": code, "at": [round(y, 5), round(x, 5)]},
            "geometry": json.loads(shape),
        }
        for code, shape, (x, y) in zip(
            geometry["code"], shapely.to_geojson(shapes), places, strict=True
        )
    ]
    drawn = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_snap=0.1,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
        scroll_wheel_zoom=False,
        attribution_control=bool(settings.tiles),
        zoom_control="topright",
    )
    drawn._id = "day"
    drawn.default_js, drawn.default_css = [], []
    if settings.tiles:
        base = folium.TileLayer(tiles=settings.tiles, attr=str(escape(settings.attribution or " ")))
        base.add_to(drawn)
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: {
            **town_style(feature["properties"]["level"], fills),
            "fillOpacity": OVER_TILES if settings.tiles else 1,
            "weight": 2 if len(features) <= MANY_TOWNS else 1,
        },
        smooth_factor=0,
        name="towns",
    )
    layer._id = "towns"
    layer.add_to(drawn)
    return _parts(drawn, layer, (west, south, east, north), shapely.total_bounds(stored), datum)


def town_style(level: str, fills: Mapping[str, str]) -> dict[str, Any]:
    """Return the Leaflet path options of a town: white border, fill by level or hatching."""
    return {
        "color": "#ffffff",
        "weight": 2,
        "opacity": 1,
        "fillColor": HATCH if level == "no_data" else fills[level],
        "fillOpacity": 1,
        "className": f"town town-{level}",
    }


def simplified(shapes: Any) -> Any:
    """Return polygons with shared borders kept whole, as fine as the screen can show.

    Parameters
    ----------
    shapes
        Polygons (n,), longitude and latitude in degrees.
    """
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance = max(east - west, north - south) / DRAWN_WIDTH_PX
    coarse = shapely.coverage_simplify(shapes, tolerance)
    broken = shapely.is_empty(coarse) | ~shapely.is_valid(coarse)
    kept = np.where(broken, shapes, coarse)
    return shapely.transform(kept, lambda points: np.round(points, DECIMALS))


def label_places(shapes: Any, steps: int = 200) -> list[tuple[float, float]]:
    """Return the middle of the largest circle inside each polygon's largest part.

    It is exact to the larger side of all shapes divided by `steps`.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    largest = np.full(len(shapes), -1)
    order = np.argsort(shapely.area(parts), kind="stable")
    largest[owner[order]] = order
    extent = shapely.total_bounds(parts)
    tolerance = max(extent[2] - extent[0], extent[3] - extent[1]) / steps
    circles = shapely.maximum_inscribed_circle(parts[largest], tolerance)
    middles = shapely.get_point(circles, 0)
    return list(zip(shapely.get_x(middles), shapely.get_y(middles), strict=True))


def _parts(
    drawn: folium.Map,
    layer: folium.GeoJson,
    bounds: Sequence[float],
    stored: Sequence[float],
    datum: str,
) -> MapParts:
    figure: Any = drawn.get_root()
    figure.render()
    west, south, east, north = bounds
    handover = (
        f"window.riskmap={{map:{drawn.get_name()},towns:{layer.get_name()},"
        f"bounds:[[{south:.5f},{west:.5f}],[{north:.5f},{east:.5f}]]}};"
    )
    script = "\n".join(child.render() for child in figure.script._children.values())
    return MapParts(
        element=Markup('<div class="map-canvas" id="{name}"></div>').format(name=drawn.get_name()),
        script=Markup(script + handover),
        aspect=round(
            (east - west) * math.cos(math.radians((south + north) / 2)) / (north - south), 3
        ),
        bbox=",".join(f"{side:.5f}" for side in stored),
        datum=datum,
    )
