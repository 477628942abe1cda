"""Point location: by hand, against shapely and geopandas, and by laws."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from layers.location import TownLocator

SQUARES = np.array(
    [
        shapely.box(0, 0, 1, 1),
        shapely.box(1, 0, 2, 1),
        shapely.Polygon(
            [(0, 1), (2, 1), (2, 3), (0, 3)], [[(0.5, 1.5), (1.5, 1.5), (1.5, 2.5), (0.5, 2.5)]]
        ),
        shapely.MultiPolygon([shapely.box(5, 0, 6, 1), shapely.box(0.9, 1.9, 1.1, 2.1)]),
        None,
    ],
    dtype=object,
)


def star(centre: tuple[float, float], radii: list[float], hole: bool) -> shapely.Polygon:
    """Return a star-shaped polygon, with a smaller copy of itself as a hole."""
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radii)[:, None]
    holes = [ring * 0.4 + centre] if hole else []
    return shapely.Polygon(ring + centre, holes)


coordinate = st.floats(-2.0, 2.0, allow_nan=False).map(lambda v: round(v, 3))
stars = st.builds(
    star,
    st.tuples(coordinate, coordinate),
    st.lists(st.floats(0.1, 2.0), min_size=4, max_size=12),
    st.booleans(),
)


def two(first: shapely.Polygon, second: shapely.Polygon) -> shapely.Geometry:
    """Return one multipolygon of two polygons that lie well apart."""
    return shapely.MultiPolygon(
        [first, shapely.transform(second, lambda xy: xy + np.array([9.0, 0.5]))]
    )


shapes = st.lists(st.one_of(stars, st.builds(two, stars, stars)), min_size=1, max_size=5)


def first_match(polygons: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the lowest polygon that holds each point, by shapely, one pair at a time."""
    held = np.array([shapely.intersects_xy(polygon, x, y) for polygon in polygons])
    return np.where(held.any(axis=0), held.argmax(axis=0), -1)


def test_points_by_hand() -> None:
    towns = TownLocator.from_polygons(SQUARES, geographic=False)
    x = [0.5, 1.5, 0.25, 1.0, 5.5, 0.7, 3.0, 9.0, np.nan, 1e300]
    y = [0.5, 0.5, 2.00, 2.0, 0.5, 2.0, 0.5, 9.0, 0.500, 0.5]
    assert towns.locate(x, y).tolist() == [0, 1, 2, 3, 3, -1, -1, -1, -1, -1]


def test_a_point_on_a_border_belongs_to_the_lowest_town() -> None:
    towns = TownLocator.from_polygons(SQUARES, geographic=False)
    x = [1.0, 1.0, 0.3, 1.7, 0.0, 2.0, 0.5, 1.5, 5.0]
    y = [0.5, 1.0, 1.0, 1.0, 0.0, 3.0, 1.5, 2.0, 0.0]
    assert towns.locate(x, y).tolist() == [0, 0, 0, 1, 0, 2, 2, 2, 3]


def test_overlaps_go_to_the_lowest_town() -> None:
    nested = np.array([shapely.box(4, 4, 5, 5), shapely.box(0, 0, 10, 10), shapely.box(1, 1, 9, 9)])
    towns = TownLocator.from_polygons(nested, geographic=False)
    assert towns.locate([4.5, 2.0, 0.5, 5.0], [4.5, 2.0, 0.5, 4.5]).tolist() == [0, 1, 1, 0]
    turned = TownLocator.from_polygons(nested[[2, 1, 0]], geographic=False)
    assert turned.locate([4.5, 2.0, 0.5], [4.5, 2.0, 0.5]).tolist() == [0, 0, 1]


def test_no_towns_and_unequal_columns() -> None:
    nothing = TownLocator.from_polygons(np.array([], dtype=object))
    assert nothing.locate([1.0], [1.0]).tolist() == [-1]
    assert nothing.locate_near([1.0], [1.0], 100.0)[0].tolist() == [-1]
    with pytest.raises(InputError, match="个数不同"):
        nothing.locate([1.0, 2.0], [1.0])


def test_points_a_rounding_error_from_a_border_are_told_apart() -> None:
    # Kettner et al. 2008: plain arithmetic misplaces most of these points 2^-53 apart
    below = shapely.Polygon([(-12.0, -12.0), (24.0, 24.0), (24.0, -12.0)])
    steps = np.arange(64) * 2.0**-53
    x, y = (grid.ravel() for grid in np.meshgrid(0.5 + steps, 0.5 + steps))
    found = TownLocator.from_polygons(np.array([below]), geographic=False).locate(x, y)
    assert np.array_equal(found == 0, y <= x)


def test_a_near_miss_goes_to_the_nearest_town_within_the_tolerance() -> None:
    # at 28° N one degree of longitude is 98 364 m: 0.0005° = 49.2 m
    towns = TownLocator.from_polygons(
        np.array([shapely.box(120.0, 28, 120.1, 28.1), shapely.box(120.101, 28, 120.2, 28.1)])
    )
    lon, lat = [120.1004, 120.1006, 120.05, 119.9], [28.0005, 28.0005, 28.05, 28.05]
    index, near = towns.locate_near(lon, lat, 50.0)
    assert index.tolist() == [0, 1, 0, -1]
    assert near.tolist() == [True, True, False, False]
    index, near = towns.locate_near(lon, lat, 39.0)
    assert index.tolist() == [-1, -1, 0, -1]
    assert not near.any()


def test_near_distance_is_measured_in_metres_as_on_the_ellipsoid() -> None:
    # 0.001° of latitude at 28° N is 110.82 m, of longitude 98.36 m (GRS 80)
    town = TownLocator.from_polygons(np.array([shapely.box(120.0, 28.0, 120.1, 28.1)]))
    north, east = ([120.05], [28.101]), ([120.101], [28.05])
    assert town.locate_near(*north, 110.7)[0].tolist() == [-1]
    assert town.locate_near(*north, 110.9)[0].tolist() == [0]
    assert town.locate_near(*east, 98.2)[0].tolist() == [-1]
    assert town.locate_near(*east, 98.5)[0].tolist() == [0]


@settings(max_examples=60, deadline=None)
@given(shapes, st.integers(0, 2**32 - 1))
def test_same_answer_as_shapely_for_any_polygons(polygons: list, seed: int) -> None:
    rng = np.random.default_rng(seed)
    towns = np.array(polygons, dtype=object)
    west, south, east, north = shapely.total_bounds(towns)
    corners = shapely.get_coordinates(towns)
    anywhere = rng.uniform(west - 0.1, east + 0.1, 400)
    level = rng.uniform(west - 0.1, east + 0.1, len(corners))  # at the height of a corner
    x = np.concatenate([anywhere, corners[:, 0], level])
    y = np.concatenate([rng.uniform(south - 0.1, north + 0.1, 400), corners[:, 1], corners[:, 1]])
    found = TownLocator.from_polygons(towns, geographic=False).locate(x, y)
    assert np.array_equal(found, first_match(towns, x, y))


def tessellation(n: int, seed: int) -> np.ndarray:
    """Return n Voronoi cells with a vertex every 0.01°, which cover a box without gap."""
    rng = np.random.default_rng(seed)
    frame = shapely.box(118, 27, 122, 30)
    seeds = shapely.MultiPoint(rng.random((n, 2)) * [4, 3] + [118, 27])
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    return shapely.segmentize(shapely.intersection(cells, frame), 0.01)


def test_same_answer_as_geopandas_for_a_province() -> None:
    towns = tessellation(200, seed=3)
    rng = np.random.default_rng(4)
    x, y = rng.uniform(117.9, 122.1, 20_000), rng.uniform(26.9, 30.1, 20_000)
    joined = gpd.sjoin(
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y)),
        gpd.GeoDataFrame(geometry=towns),
        predicate="within",
        how="left",
    )
    expected = joined["index_right"].groupby(level=0).min().fillna(-1).to_numpy(np.int32)
    assert np.array_equal(TownLocator.from_polygons(towns).locate(x, y), expected)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_towns_that_fit_together_leave_no_point_out_and_order_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    towns = tessellation(12, seed)
    x, y = rng.uniform(118, 122, 500), rng.uniform(27, 30, 500)
    found = TownLocator.from_polygons(towns).locate(x, y)
    assert (found >= 0).all()
    order = rng.permutation(12)
    shuffled = TownLocator.from_polygons(towns[order]).locate(x, y)
    assert np.array_equal(order[shuffled], found)


@settings(max_examples=30, deadline=None)
@given(shapes)
def test_cells_without_a_list_lie_wholly_inside_or_outside(polygons: list) -> None:
    towns = np.array(polygons, dtype=object)
    locator = TownLocator.from_polygons(towns, geographic=False)
    frame = locator.index[0]
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(locator.cell >= -1)
    some = rng.choice(len(rows), 200)
    west, south = columns[some] / frame[2] + frame[0], rows[some] / frame[3] + frame[1]
    cells = shapely.box(west, south, west + 1 / frame[2], south + 1 / frame[3])
    touched = shapely.STRtree(shapely.boundary(towns)).query(cells, predicate="intersects")
    value = locator.cell[rows[some], columns[some]]
    # an edge may only cross a cell that a lower town holds whole
    assert (value[touched[0]] >= 0).all()
    assert (value[touched[0]] < touched[1]).all()
