"""A layer page by page: every row once, only what meets the rectangle, unknown as null."""

import json
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from web.api.features import Page, collection, features_in, plain_rows, query_key
from web.api.models import FeatureCollection
from web.parameters import Bbox, parse_bbox, read_cursor

DIGEST = "d" * 64


def points(count: int) -> gpd.GeoDataFrame:
    """Points on a 10-wide grid of whole degrees: (0,0), (1,0) … (9,0), (0,1) …."""
    lon, lat = np.arange(count) % 10, np.arange(count) // 10
    table = {
        "id": [f"P{i}" for i in range(count)],
        "capacity_persons": np.arange(count, dtype=float),
    }
    return gpd.GeoDataFrame(table, geometry=shapely.points(lon, lat), crs="EPSG:4490")


def read_all(table: pd.DataFrame, bbox: Bbox | None, limit: int) -> list[str]:
    ids: list[str] = []
    offset = 0
    while True:
        page = json.loads(collection(table, Page("shelters", DIGEST, bbox, offset, limit)))
        FeatureCollection.model_validate(page)
        ids += [feature["id"] for feature in page["features"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            assert page["numberMatched"] == len(ids)
            return ids
        query = parse_qs(urlsplit(following[0]).query)
        assert parse_bbox(query["bbox"][0] if "bbox" in query else None) == bbox
        offset = read_cursor(query["cursor"][0], query_key("shelters", bbox)).offset


def test_a_rectangle_takes_its_borders() -> None:
    table = points(30)
    inside = table["id"].to_numpy()[features_in(table, Bbox(2, 1, 4, 2))]
    assert list(inside) == ["P12", "P13", "P14", "P22", "P23", "P24"]


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 70), st.booleans())
def test_following_next_reads_every_row_once(count: int, limit: int, whole: bool) -> None:
    table = points(count)
    bbox = None if whole else Bbox(2, 0, 6.5, 3)
    expected = [f"P{i}" for i in range(count) if whole or (2 <= i % 10 <= 6.5 and i // 10 <= 3)]
    assert read_all(table, bbox, limit) == expected


def test_unknown_is_null_and_rows_without_geometry_stay_in_the_list() -> None:
    table = points(2)
    table["area_m2"] = [np.nan, 12.5]
    table["usable"] = pd.array([True, None], dtype="boolean")
    table["appraised_on"] = pd.to_datetime(["2025-03-01", None])
    table["联系人"] = ["王某", "李某"]
    table.loc[0, "geometry"] = None
    page = json.loads(collection(table, Page("shelters", DIGEST, None, 0, 10)))
    first, second = page["features"]
    assert first["geometry"] is None
    assert second["geometry"] == {"type": "Point", "coordinates": [1.0, 0.0]}
    assert first["properties"] == {
        "id": "P0",
        "capacity_persons": 0.0,
        "area_m2": None,
        "usable": True,
        "appraised_on": "2025-03-01",
    }
    assert second["properties"]["usable"] is None
    assert second["properties"]["appraised_on"] is None
    assert features_in(table, Bbox(-180, -90, 180, 90)).tolist() == [1]


def test_a_table_without_geometry_is_a_list_of_null_geometries() -> None:
    table = pd.DataFrame({"hazard_source_id": ["H1", "H1"], "quantity_t": [1.0, np.nan]})
    page = json.loads(collection(table, Page("substances", DIGEST, None, 0, 10)))
    assert [feature["geometry"] for feature in page["features"]] == [None, None]
    assert plain_rows(table)[1]["quantity_t"] is None
    assert features_in(table, Bbox(-180, -90, 180, 90)).size == 0
