"""Population grids: reading rasters, spreading a table of units by area."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from layers.errors import InputError
from layers.population import PopulationGrid, read_population_raster, spread_by_area

EPSG = 4549


def units(*polygons: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(polygons), crs=EPSG)


def write(path: Path, band: np.ndarray, **profile: object) -> Path:
    settled = {
        "driver": "GTiff",
        "height": band.shape[-2],
        "width": band.shape[-1],
        "count": 1 if band.ndim == 2 else band.shape[0],
        "dtype": band.dtype,
        "crs": "EPSG:4326",
        "transform": Affine(0.01, 0, 120, 0, -0.01, 29),
    }
    with rasterio.open(path, "w", **(settled | profile)) as target:
        target.write(band if band.ndim == 3 else band[None])
    return path


def test_units_are_spread_by_the_area_they_cover_by_hand() -> None:
    # A covers 1.5 cells of 100 m with 300 persons; B the other half cell with 50
    first = shapely.box(500_000, 3_000_000, 500_150, 3_000_100)
    second = shapely.box(500_150, 3_000_000, 500_200, 3_000_100)
    grid = spread_by_area(units(first, second), np.array([300.0, 50.0]), EPSG, unit_word="towns")
    assert grid.persons.tolist() == [[200.0, 150.0]]
    assert grid.transform == (100.0, 0.0, 500_000.0, 0.0, -100.0, 3_000_100.0)
    assert grid.crs == "EPSG:4549"
    assert grid.method == "spread by area over 2 towns"


def test_an_unknown_unit_stays_unknown() -> None:
    known = shapely.box(500_000, 3_000_000, 500_150, 3_000_100)
    unknown = shapely.box(500_150, 3_000_000, 500_300, 3_000_100)
    grid = spread_by_area(units(known, unknown), np.array([300.0, np.nan]), EPSG)
    assert grid.persons[0, :2].tolist() == [200.0, 100.0]
    assert np.isnan(grid.persons[0, 2])
    assert grid.total == 300.0
    assert grid.method == "spread by area over 1 units"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 3000), st.floats(0, 3000), st.floats(5, 1500), st.floats(0, 1e6)),
        min_size=1,
        max_size=6,
    ),
    st.integers(3, 40),
)
def test_persons_are_kept_in_all_and_for_each_unit(
    rows: list[tuple[float, float, float, float]], sides: int
) -> None:
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    table = units(*[shapely.Polygon(ring * r + [500_000 + x, 3e6 + y]) for x, y, r, _ in rows])
    persons = np.array([row[3] for row in rows])
    grid = spread_by_area(table, persons, EPSG)
    assert grid.total == pytest.approx(persons.sum(), rel=1e-9, abs=1e-9)
    for i in range(len(rows)):
        alone = spread_by_area(table.iloc[[i]], persons[[i]], EPSG)
        assert alone.total == pytest.approx(persons[i], rel=1e-9, abs=1e-9)


def test_a_table_in_degrees_is_projected() -> None:
    box = gpd.GeoDataFrame(geometry=[shapely.box(120.5, 28.5, 120.51, 28.51)], crs=4490)
    grid = spread_by_area(box, np.array([1000.0]), EPSG)
    assert grid.total == pytest.approx(1000.0, rel=1e-12)
    # 0.01° of longitude at 28.5° N is 979 m, of latitude 1108 m
    assert grid.persons.shape in {(12, 10), (12, 11), (13, 11), (13, 10)}


@pytest.mark.parametrize(
    ("polygons", "persons", "said"),
    [
        ([shapely.box(5e5, 3e6, 5e5 + 9, 3e6 + 9)], [-1.0], "为负"),
        ([shapely.box(5e5, 3e6, 5e5 + 9, 3e6 + 9), None], [5.0, 7.0], "没有边界面：7 人"),
        ([shapely.box(5e5, 3e6, 5e5 + 9, 3e6 + 9)], [5.0, 7.0], "不同"),
        ([shapely.box(5e5, 3e6, 5e5 + 9, 3e6 + 9)], [np.nan], "既有人口又有边界"),
    ],
)
def test_what_cannot_be_spread_says_why(polygons: list, persons: list[float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        spread_by_area(units(*polygons), np.array(persons), EPSG)


def test_nodata_is_unknown_and_the_rest_is_kept(tmp_path: Path) -> None:
    band = np.array([[1.5, -9999.0], [np.nan, 4.0]], dtype=np.float32)
    grid = read_population_raster(write(tmp_path / "p.tif", band, nodata=-9999.0))
    assert grid.persons.dtype == np.float32
    assert np.array_equal(grid.persons, [[1.5, np.nan], [np.nan, 4.0]], equal_nan=True)
    assert grid.total == 5.5
    assert (grid.crs, grid.geographic, grid.method) == ("EPSG:4326", True, "raster")


def test_whole_numbers_are_read_as_floats(tmp_path: Path) -> None:
    band = np.array([[7, 65535]], dtype=np.uint16)
    grid = read_population_raster(write(tmp_path / "p.tif", band, nodata=65535))
    assert grid.persons.dtype == np.float64
    assert grid.total == 7.0


def test_a_grid_without_a_known_cell_has_no_total() -> None:
    grid = PopulationGrid(np.full((2, 2), np.nan), (1.0, 0, 0, 0, -1.0, 0), "EPSG:4326", "raster")
    assert np.isnan(grid.total)


@pytest.mark.parametrize(
    ("band", "profile", "said"),
    [
        (np.ones((2, 2, 2), np.float32), {}, "一个波段"),
        (np.ones((2, 2), np.float32), {"crs": None}, "没有坐标系"),
        (np.full((2, 2), -9999.0), {}, "负值"),
        (np.ones((2, 2)), {"transform": Affine(0.01, 0.002, 120, 0, -0.01, 29)}, "正北向上"),
        (np.ones((2, 2)), {"crs": "EPSG:2263"}, "不是米"),
    ],
)
def test_an_unusable_raster_says_why(
    tmp_path: Path, band: np.ndarray, profile: dict, said: str
) -> None:
    path = write(tmp_path / "p.tif", band, **profile)
    with pytest.raises(InputError, match=said):
        read_population_raster(path)


def test_a_file_that_is_no_raster_says_so(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    path.write_text("人口")
    with pytest.raises(InputError, match=r"读不出栅格：p\.tif"):
        read_population_raster(path)
    with pytest.raises(InputError, match="读不出栅格"):
        read_population_raster(tmp_path / "missing.tif")
