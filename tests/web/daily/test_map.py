"""The map's script: shared borders, labels inside, nothing foreign, nothing executable."""

import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from riskmap.settings import MapSettings
from web.map import day_map, label_places, simplified, town_style

FILLS = {"red": "#c8102e", "no_data": "#d9d9d9"}
HOSTILE = "</script><script>alert(1)</script>"


def wavy(x: float, steps: int = 400) -> np.ndarray:
    y = np.linspace(0, 1, steps)
    return np.c_[x + 0.01 * np.sin(40 * y), y]


def two_towns() -> list[shapely.Polygon]:
    """Two towns that share one border of 400 vertices."""
    border = wavy(0.5)
    left = shapely.Polygon([(0, 0), *border, (0, 1)])
    right = shapely.Polygon([*border, (1, 1), (1, 0)])
    return [left, right]


def properties(level: str) -> dict[str, object]:
    return {"name": HOSTILE, "level": level, "word": "红", "score": "82.4", "href": "/towns/a"}


def parts(settings: MapSettings = MapSettings()):  # noqa: B008 - a frozen value
    table = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=two_towns(), crs=4490)
    known = {"a": properties("red"), "b": properties("no_data")}
    return day_map(table, known, settings, FILLS)


def test_shared_border_stays_shared_and_gets_lighter() -> None:
    before = np.array(two_towns(), dtype=object)
    after = simplified(before)
    assert shapely.get_num_coordinates(after).sum() < shapely.get_num_coordinates(before).sum() / 2
    assert shapely.coverage_is_valid(after)
    assert shapely.area(shapely.intersection(*after)) == 0.0
    assert shapely.area(after).sum() == pytest.approx(1.0, abs=1e-4)


def test_labels_lie_inside_also_of_a_crescent_and_in_the_largest_part() -> None:
    crescent = shapely.Point(0, 0).buffer(1).difference(shapely.Point(0.3, 0).buffer(0.9))
    parts_of_two = shapely.MultiPolygon([shapely.box(5, 5, 5.1, 5.1), shapely.box(7, 7, 9, 9)])
    shapes = np.array([crescent, parts_of_two], dtype=object)
    places = [shapely.Point(place) for place in label_places(shapes)]
    assert crescent.contains(places[0])
    assert places[1].equals_exact(shapely.Point(8, 8), 0.05)


def test_script_carries_hostile_names_as_data_only() -> None:
    script = str(parts().script)
    assert HOSTILE not in script and "</script" not in script.lower()
    data = json.loads(re.search(r"geo_json_towns_add\((\{.*?\})\);", script, re.S)[1])
    assert data["features"][0]["properties"]["name"] == HOSTILE


def test_script_names_no_host_and_loads_nothing() -> None:
    drawn = parts()
    assert "http" not in str(drawn.script) + str(drawn.element)
    assert "tileLayer" not in str(drawn.script)
    assert drawn.bbox == "0.00000,0.00000,1.00000,1.00000"


def test_tiles_come_with_their_attribution_when_configured() -> None:
    settings = MapSettings(tiles="https://tiles.example/{z}/{x}/{y}.png", attribution="天地图")
    script = str(parts(settings).script)
    assert "tiles.example" in script and ("天地图" in script or "\\u5929" in script)


def test_unknown_is_hatched_and_never_filled() -> None:
    assert town_style("no_data", FILLS)["fillColor"] == "url(#hatch)"
    assert town_style("red", FILLS)["fillColor"] == "#c8102e"
    assert town_style("red", FILLS)["color"] == "#ffffff"
