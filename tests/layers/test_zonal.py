"""Covered sums: by hand, against shapely and exactextract, and by laws."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coverage import covered_sums, spread
from layers.edges import polygon_edges
from layers.population import PopulationGrid, read_population_raster
from layers.zonal import zonal_known, zonal_sum

NINE = PopulationGrid(
    np.arange(1.0, 10.0).reshape(3, 3), (1.0, 0, 120.0, 0, -1.0, 33.0), "EPSG:4326", "raster"
)
"""Rows from the north: 1 2 3 / 4 5 6 / 7 8 9, one degree each, 120–123° E, 30–33° N."""


def shapes(*polygons: shapely.Geometry | None) -> np.ndarray:
    return np.array(polygons, dtype=object)


def test_nine_cells_by_hand() -> None:
    sums = zonal_sum(
        NINE,
        shapes(
            shapely.box(120, 30, 123, 33),  # all: 45
            shapely.box(121, 31, 122, 32),  # the middle: 5
            shapely.box(120.5, 30, 121, 31),  # half of 7: 3.5
            shapely.box(120.5, 31.5, 121.5, 32.5),  # quarters of 1 2 4 5: 3
            shapely.Polygon([(120, 30), (123, 30), (120, 33)]),  # 7 + 4/2·… see below
            shapely.box(120, 30, 123, 33).difference(shapely.box(121, 31, 122, 32)),  # 40
            shapely.MultiPolygon([shapely.box(120, 32, 121, 33), shapely.box(122, 30, 123, 31)]),
        ),
    )
    # the triangle holds 4, 7, 8 ... whole below its long side, halves of 1, 5, 9 on it
    assert sums == pytest.approx([45, 5, 3.5, 3, 7 + 4 + 8 + (1 + 5 + 9) / 2, 40, 10], rel=1e-14)


def test_beyond_the_grid_is_unknown_and_a_part_counts() -> None:
    sums = zonal_sum(NINE, shapes(shapely.box(118, 30, 120.5, 31), shapely.box(0, 0, 1, 1), None))
    assert sums[0] == pytest.approx(3.5)
    assert np.isnan(sums[1:]).all()
    known, share = zonal_known(NINE, shapes(shapely.box(118, 30, 120.5, 31), None))
    assert known == pytest.approx([0.5, 0.0])
    assert share[0] == pytest.approx(0.2)
    assert np.isnan(share[1])


def test_unknown_cells_add_nothing_and_are_said() -> None:
    persons = NINE.persons.copy()
    persons[1, 1] = np.nan
    grid = PopulationGrid(persons, NINE.transform, NINE.crs, "raster")
    whole, hole = shapely.box(120, 30, 123, 33), shapely.box(121.1, 31.1, 121.9, 31.9)
    assert zonal_sum(grid, shapes(whole))[0] == pytest.approx(40)
    assert np.isnan(zonal_sum(grid, shapes(hole))[0])
    assert zonal_known(grid, shapes(whole, hole))[1] == pytest.approx([8 / 9, 0.0])


def test_a_projected_grid_takes_degrees() -> None:
    grid = PopulationGrid(np.full((4, 4), 10.0), (5e3, 0, 49e4, 0, -5e3, 301e4), "EPSG:4549", "t")
    corners = [(495_000, 2_995_000), (505_000, 2_995_000), (505_000, 3_005_000)]
    triangle = gpd.GeoSeries([shapely.Polygon(corners)], crs=4549).to_crs(4490)
    assert zonal_sum(grid, triangle.to_numpy())[0] == pytest.approx(20.0, rel=1e-6)


def star(rng: np.random.Generator, holes: bool) -> shapely.Polygon:
    """Return a random star-shaped polygon that may reach beyond a grid of 8 × 6 cells."""
    n = int(rng.integers(3, 30))
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.uniform(0, 6)
    radius = rng.uniform(0.2, 1.0, n) * rng.choice([0.3, 2.0, 6.0])
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    centre = rng.uniform(-1, 8, 2)
    return shapely.Polygon(ring + centre, [ring * 0.5 + centre] if holes else [])


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_every_share_is_the_area_of_the_piece(seed: int, holes: bool) -> None:
    rng = np.random.default_rng(seed)
    polygon = star(rng, holes)
    column, row = (grid.ravel() for grid in np.meshgrid(np.arange(8), np.arange(6)))
    pieces = shapely.intersection(polygon, shapely.box(column, row, column + 1, row + 1))
    expected = shapely.area(pieces)
    edges = polygon_edges(shapes(polygon))
    for cell in rng.integers(0, 48, 8):
        values = np.zeros(48)
        values[cell] = 1.0
        got = covered_sums(values.reshape(6, 8), edges.ends, edges.start)
        assert got[0, 0] == pytest.approx(expected[cell], abs=1e-11)
    assert got[0, 2] == pytest.approx(expected.sum(), abs=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_polygons_that_tile_the_grid_share_out_all_persons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = shapely.box(120, 30, 123, 33)
    seeds = shapely.MultiPoint(rng.random((9, 2)) * 3 + [120, 30])
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    tiles = shapely.intersection(cells, frame)
    assert zonal_sum(NINE, tiles).sum() == pytest.approx(45.0, rel=1e-12)


def test_same_sums_as_exactextract_on_random_polygons() -> None:
    rng = np.random.default_rng(5)
    values = rng.random((60, 80))
    grid = PopulationGrid(values, (0.1, 0, 120, 0, -0.1, 36), "EPSG:4326", "raster")
    polygons = [
        shapely.transform(star(rng, i % 2 == 0), lambda xy: xy * 0.7 + np.array([121, 31]))
        for i in range(40)
    ]
    source = NumPyRasterSource(values, xmin=120, xmax=128, ymin=30, ymax=36)
    table = gpd.GeoDataFrame(geometry=polygons, crs=4326)
    judged = exact_extract(source, table, ["sum", "count"], output="pandas")
    expected = np.where(judged["count"] > 0, judged["sum"], np.nan)
    got = zonal_sum(grid, shapes(*polygons))
    assert np.array_equal(np.isnan(got), np.isnan(expected))
    # exactextract keeps shares as 32-bit floats
    assert got == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


def test_spreading_and_summing_are_inverse_for_units_of_whole_cells() -> None:
    edges = polygon_edges(shapes(shapely.box(0, 0, 2, 3), shapely.box(2, 0, 4, 3)))
    grid = spread(np.array([12.0, 30.0]), edges.ends, edges.start, (3, 4))
    assert grid.tolist() == [[2.0, 2.0, 5.0, 5.0]] * 3
    assert covered_sums(grid, edges.ends, edges.start)[:, 0].tolist() == [12.0, 30.0]


@pytest.mark.real
def test_sao_miguel_agrees_with_the_reference(real_data: Path) -> None:
    folder = real_data / "sao_miguel"
    expected = pd.read_csv(folder / "zonal_reference_exactextract_python.csv").set_index("name")
    towns = gpd.read_file(folder / "concelhos.gpkg").set_index("name").loc[expected.index]
    grid = read_population_raster(folder / "gpw_v411_2020_count_2020.tif")
    polygons = towns.to_crs(4326).geometry.to_numpy()
    assert zonal_sum(grid, polygons) == pytest.approx(expected["sum"].to_numpy(), rel=1e-6)
    assert zonal_known(grid, polygons)[0] == pytest.approx(expected["count"].to_numpy(), rel=1e-6)
