import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.datum import (
    bd09_to_gcj02,
    gauss_kruger_epsg,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    metric_epsg,
    parse_crs,
    to_lonlat,
    to_metres,
    wgs84_to_gcj02,
)
from layers.errors import InputError

DATA = Path(__file__).parents[1] / "data"
FORWARD = {("WGS84", "GCJ02"): wgs84_to_gcj02, ("GCJ02", "BD09"): gcj02_to_bd09}
METRES_PER_DEGREE = 111_320.0


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as source:
        return list(csv.DictReader(source))


@pytest.mark.parametrize("row", rows("gcj02_test_vectors.csv"))
def test_published_vectors(row: dict[str, str]) -> None:
    lon, lat = FORWARD[row["from"], row["to"]](float(row["lng_in"]), float(row["lat_in"]))
    assert float(lon) == pytest.approx(float(row["lng_out"]), abs=float(row["tol_deg"]))
    assert float(lat) == pytest.approx(float(row["lat_out"]), abs=float(row["tol_deg"]))


@pytest.mark.parametrize("row", rows("crs_test_vectors.csv"))
def test_gauss_kruger_vectors_both_ways(row: dict[str, str]) -> None:
    lon, lat = float(row["lon"]), float(row["lat"])
    assert gauss_kruger_epsg(lon) == int(row["epsg"])
    east, north = to_metres(lon, lat, int(row["epsg"]))
    assert float(east) == pytest.approx(float(row["east_m"]), abs=float(row["tol_m"]))
    assert float(north) == pytest.approx(float(row["north_m"]), abs=float(row["tol_m"]))
    back = to_lonlat(float(row["east_m"]), float(row["north_m"]), row["epsg"])
    assert float(back[0]) == pytest.approx(lon, abs=1e-8)
    assert float(back[1]) == pytest.approx(lat, abs=1e-8)


# A degree inside the formula's box: nearer to its edge a shifted point may leave the box, and
# then two points share one image.
LON = st.floats(73.1, 136.8)
LAT = st.floats(1.9, 54.8)


@given(LON, LAT)
def test_wgs84_gcj02_wgs84_closes(lon: float, lat: float) -> None:
    there = wgs84_to_gcj02(lon, lat)
    back = gcj02_to_wgs84(*there)
    apart = np.hypot(float(back[0]) - lon, float(back[1]) - lat) * METRES_PER_DEGREE
    assert apart < 1e-6
    moved = np.hypot(float(there[0]) - lon, float(there[1]) - lat) * METRES_PER_DEGREE
    assert 10 < moved < 2000


@given(LON, LAT)
def test_gcj02_bd09_gcj02_closes(lon: float, lat: float) -> None:
    back = bd09_to_gcj02(*gcj02_to_bd09(lon, lat))
    apart = np.hypot(float(back[0]) - lon, float(back[1]) - lat) * METRES_PER_DEGREE
    assert apart < 1e-6


@given(LON, LAT)
def test_bd09_is_undone_through_gcj02(lon: float, lat: float) -> None:
    baidu = gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))
    back = to_lonlat(*baidu, "bd09")
    assert float(back[0]) == pytest.approx(lon, abs=1e-10)
    assert float(back[1]) == pytest.approx(lat, abs=1e-10)


def test_outside_the_box_nothing_moves() -> None:
    lon, lat = np.array([2.35, -74.0, 139.7]), np.array([48.86, 40.7, 35.7])
    there = wgs84_to_gcj02(lon, lat)
    assert np.array_equal(there[0], lon)
    assert np.array_equal(there[1], lat)


def test_taiwan_lies_inside_the_box_of_the_formula() -> None:
    lon, lat = wgs84_to_gcj02(121.6, 23.97)
    assert abs(float(lon) - 121.6) > 1e-3 or abs(float(lat) - 23.97) > 1e-3


def test_zone_goes_by_the_central_meridian() -> None:
    assert gauss_kruger_epsg(75.0) == 4534
    assert gauss_kruger_epsg(114.14) == 4547
    assert gauss_kruger_epsg(118.51) == 4549
    assert gauss_kruger_epsg(135.0) == 4554
    with pytest.raises(InputError, match=r"73\.5"):
        gauss_kruger_epsg(-25.5)
    assert metric_epsg(-25.5, 37.7) == 32626
    assert metric_epsg(121.0, 28.0) == 4549


def test_spellings_of_systems() -> None:
    assert parse_crs("GCJ-02") == "gcj02"
    assert parse_crs("bd09") == "bd09"
    assert parse_crs(4549) == parse_crs("epsg:4549") == "EPSG:4549"
    assert parse_crs("CGCS2000") == "EPSG:4490"
    with pytest.raises(InputError, match="不认识的坐标系"):
        parse_crs("mars")
    with pytest.raises(InputError, match="999999"):
        parse_crs(999999)
