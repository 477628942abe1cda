"""People within a distance: by hand, against exactextract, and by laws."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from layers.circles import rectangle_share
from layers.errors import InputError
from layers.exposure import (
    boundary_exposure,
    outlines,
    people_within_boundaries,
    people_within_points,
    points_within,
    points_within_boundaries,
)
from layers.population import PopulationGrid

NINE = PopulationGrid(
    np.arange(1.0, 10.0).reshape(3, 3), (100.0, 0, 5e5, 0, -100.0, 3_000_300.0), "EPSG:4549", "t"
)
"""Rows from the north: 1 2 3 / 4 5 6 / 7 8 9, cells of 100 m."""


def degrees(*xy: tuple[float, float]) -> tuple[Any, Any]:
    x, y = np.array(xy).T
    return Transformer.from_crs(4549, 4490, always_xy=True).transform(x, y)


def test_nine_cells_by_hand() -> None:
    lon, lat = degrees((500_150, 3_000_150), (500_100, 3_000_150), (500_150, 3_000_300))
    quarter = np.pi / 4  # a circle of 50 m is π/4 of a cell of 100 m
    people, known = people_within_points(NINE, lon, lat, 50.0, return_known_share=True)
    # in the middle of 5; half in 4 and half in 5; half in 2 and half beyond the grid
    assert people == pytest.approx([5 * quarter, 4.5 * quarter, 2 * quarter / 2], rel=1e-6)
    assert known == pytest.approx([1.0, 1.0, 0.5], rel=1e-6)
    # 300 m from the middle holds every cell whole
    assert people_within_points(NINE, lon[:1], lat[:1], 300.0)[0] == pytest.approx(45.0, rel=1e-9)


def test_four_full_cells_and_the_ring_around_them() -> None:
    grid = PopulationGrid(np.ones((6, 6)), (100.0, 0, 5e5, 0, -100.0, 3_000_600.0), "EPSG:4549", "")
    lon, lat = degrees((500_300, 3_000_300))
    # one person per hectare: persons = area of the circle in hectares
    people = people_within_points(grid, lon, lat, 150.0)
    assert people[0] == pytest.approx(np.pi * 150.0**2 / 1e4, rel=1e-9)


def test_unknown_is_not_zero() -> None:
    persons = NINE.persons.copy()
    persons[1, 1] = np.nan
    grid = PopulationGrid(persons, NINE.transform, NINE.crs, "t")
    lon, lat = degrees((500_150, 3_000_150), (500_150, 3_000_100), (9e5, 3e6))
    people, known = people_within_points(grid, lon, lat, 40.0, return_known_share=True)
    assert np.isnan(people[0])
    assert people[1] == pytest.approx(8 * np.pi * 40**2 / 2 / 1e4, rel=1e-6)
    assert np.isnan(people[2])
    assert known == pytest.approx([0.0, 0.5, 0.0], abs=1e-6)
    assert np.isnan(people_within_points(grid, [np.nan], [30.0], 40.0)).all()


def test_a_distance_must_be_above_zero() -> None:
    for distance in (0.0, -5.0, np.nan, np.inf):
        with pytest.raises(InputError, match="大于 0 米"):
            people_within_points(NINE, [120.0], [30.0], distance)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    st.tuples(st.floats(0.01, 3), st.floats(0.01, 3)),
    st.floats(0.1, 3),
)
def test_the_closed_form_is_the_area_of_the_piece(
    corner: tuple[float, float], size: tuple[float, float], radius: float
) -> None:
    west, south = corner
    east, north = west + size[0], south + size[1]
    disk = shapely.buffer(shapely.Point(0, 0), radius, quad_segs=2000)
    expected = shapely.area(shapely.intersection(disk, shapely.box(west, south, east, north)))
    got = rectangle_share(west, south, east, north, radius)
    assert got == pytest.approx(expected, abs=1e-6 * radius**2)


@pytest.fixture(scope="module")
def degrees_grid() -> PopulationGrid:
    values = np.random.default_rng(1).integers(0, 200, (80, 100)).astype(float)
    return PopulationGrid(values, (0.001, 0, 120.0, 0, -0.001, 28.08), "EPSG:4326", "raster")


def geodesic_circle(lon: float, lat: float, radius_m: float) -> shapely.Polygon:
    """Return the circle drawn on the ellipsoid by its geodesics, 720 corners."""
    azimuth = np.linspace(0, 360, 720, endpoint=False)
    n = len(azimuth)
    x, y, _ = Geod(ellps="GRS80").fwd(
        np.full(n, lon), np.full(n, lat), azimuth, np.full(n, radius_m)
    )
    return shapely.Polygon(np.column_stack([x, y]))


def test_same_people_as_exactextract_on_geodesic_circles(degrees_grid: PopulationGrid) -> None:
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(120.01, 120.09, 40), rng.uniform(28.01, 28.07, 40)
    circles = [geodesic_circle(x, y, 500.0) for x, y in zip(lon, lat, strict=True)]
    source = NumPyRasterSource(degrees_grid.persons, xmin=120, xmax=120.1, ymin=28, ymax=28.08)
    judged = exact_extract(
        source, gpd.GeoDataFrame(geometry=circles, crs=4490), ["sum"], output="pandas"
    )
    got = people_within_points(degrees_grid, lon, lat, 500.0)
    assert got == pytest.approx(judged["sum"].to_numpy(), rel=2e-4)


def test_a_boundary_counts_those_inside_and_around(degrees_grid: PopulationGrid) -> None:
    plant = shapely.box(120.04, 28.03, 120.05, 28.04)
    flat = gpd.GeoSeries([plant], crs=4490).to_crs(4549)
    around = flat.buffer(500, quad_segs=90).segmentize(50).to_crs(4490)
    source = NumPyRasterSource(degrees_grid.persons, xmin=120, xmax=120.1, ymin=28, ymax=28.08)
    judged = exact_extract(source, gpd.GeoDataFrame(geometry=around), ["sum"], output="pandas")
    people, known = boundary_exposure(degrees_grid, np.array([plant, None], dtype=object), 500.0)
    assert people[0] == pytest.approx(float(judged["sum"].iloc[0]), rel=3e-4)
    assert np.isnan(people[1])
    assert known == pytest.approx([1.0, 0.0])


def test_a_point_is_a_boundary_without_extent(degrees_grid: PopulationGrid) -> None:
    points = np.array([shapely.Point(120.05, 28.04), shapely.Point()], dtype=object)
    got = people_within_boundaries(degrees_grid, points, 500.0)
    assert got[0] == people_within_points(degrees_grid, [120.05], [28.04], 500.0)[0]
    assert np.isnan(got[1])


@settings(max_examples=50, deadline=None)
@given(st.floats(120.0, 120.1), st.floats(28.0, 28.08), st.floats(10, 3000), st.floats(1, 2))
def test_a_larger_circle_never_holds_fewer(
    lon: float, lat: float, radius: float, factor: float
) -> None:
    values = np.random.default_rng(1).integers(0, 200, (80, 100)).astype(float)
    grid = PopulationGrid(values, (0.001, 0, 120.0, 0, -0.001, 28.08), "EPSG:4326", "raster")
    small = people_within_points(grid, [lon], [lat], radius)[0]
    large = people_within_points(grid, [lon], [lat], radius * factor)[0]
    assert large >= small * (1 - 1e-9)
    assert large <= values.sum() * (1 + 1e-9)


def test_outlines_lie_at_the_distance() -> None:
    shape = np.array([shapely.box(120.0, 28.0, 120.01, 28.01)], dtype=object)
    xy = shapely.get_coordinates(outlines(shape, 500.0))
    east = xy[xy[:, 0].argmax()]
    metres = Geod(ellps="GRS80").inv(120.01, east[1], east[0], east[1])[2]
    assert metres == pytest.approx(500.0, abs=0.1)


def test_pairs_within_a_distance_by_geodesics() -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(120, 120.05, 60), rng.uniform(28, 28.05, 60)
    lon2, lat2 = rng.uniform(120, 120.05, 80), rng.uniform(28, 28.05, 80)
    lon[3], lat[3] = lon2[5], lat2[5]
    lon[9] = np.nan
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(60), np.arange(80), indexing="ij"))
    metres = np.full(len(i), np.inf)
    use = i != 9
    geod = Geod(ellps="GRS80")
    metres[use] = geod.inv(lon[i[use]], lat[i[use]], lon2[j[use]], lat2[j[use]])[2]
    got = points_within(lon, lat, lon2, lat2, 500.0)
    assert (3, 5) in set(zip(*got, strict=True))
    assert np.array_equal(np.column_stack(got), np.column_stack([i, j])[metres <= 500.0])
    assert [a.size for a in points_within([], [], lon2, lat2, 500.0)] == [0, 0]


def test_targets_near_a_boundary() -> None:
    plant = np.array([None, shapely.box(120.0, 28.0, 120.01, 28.01)], dtype=object)
    # inside; 393 m and 590 m east (0.001° is 98.3 m); not given
    lon, lat = [120.005, 120.014, 120.016, np.nan], [28.005, 28.005, 28.005, 28.0]
    got = points_within_boundaries(plant, lon, lat, 500.0)
    assert np.column_stack(got).tolist() == [[1, 0], [1, 1]]
