"""People within a distance of points and boundaries.

GB 18218-2018, clause 4.3: the exposed persons are those who live within 500 m outward from the
unit's plant boundary. Around a boundary the persons within it are counted too: the register of
residents knows no plant area, and a plant has none.
"""

from typing import Literal, overload

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from layers.circles import circle_sums
from layers.ellipsoid import earth_centred, metres_per_degree
from layers.errors import InputError
from layers.population import PopulationGrid
from layers.zonal import zonal_known, zonal_sum

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUARTER_SEGMENTS = 90  # a quarter circle as 90 chords: its area is 5e-5 of itself too small


@overload
def people_within_points(
    grid: PopulationGrid,
    lon: ArrayLike,
    lat: ArrayLike,
    distance_m: float,
    *,
    return_known_share: Literal[False] = False,
) -> Floats: ...
@overload
def people_within_points(
    grid: PopulationGrid,
    lon: ArrayLike,
    lat: ArrayLike,
    distance_m: float,
    *,
    return_known_share: Literal[True],
) -> tuple[Floats, Floats]: ...
def people_within_points(
    grid: PopulationGrid,
    lon: ArrayLike,
    lat: ArrayLike,
    distance_m: float,
    *,
    return_known_share: bool = False,
) -> Floats | tuple[Floats, Floats]:
    """Return the persons within a distance of points.

    ``Σ persons(cell) · A(cell ∩ circle) / A(cell)`` with the exact area (closed form) of the
    piece that a circle and a rectangle share; people are taken as evenly spread within a cell. On
    a geographic grid the cell's metres are those of the ellipsoid at the point.

    Unknown cells add nothing. Where the circle meets no known cell, or lies wholly outside the
    grid, the answer is NaN. Ask for the known share to see how much of the circle is known: below
    1 the persons are a lower bound.

    Parameters
    ----------
    grid
        Persons per cell.
    lon, lat
        Points in degrees, shape (k,).
    distance_m
        Radius in metres, above 0.
    return_known_share
        Also return the share of each circle's area that lies in known cells, 0 to 1, (k,).

    Returns
    -------
        Persons, shape (k,).

    Raises
    ------
    InputError
        When the distance is not above 0.
    """
    _check_distance(distance_m)
    x0 = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y0 = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    centres = np.column_stack(grid.to_cells(*grid.to_crs(x0, y0)))
    cell = np.array([grid.transform[0], -grid.transform[4]])
    scale = np.column_stack(metres_per_degree(y0)) if grid.geographic else np.ones((len(x0), 2))
    sums = circle_sums(grid.persons, centres, cell * scale, float(distance_m))
    people = np.where(sums[:, 1] > 0, sums[:, 0], np.nan)
    if not return_known_share:
        return people
    known = sums[:, 1]
    return people, np.where(known > 1.0 - 1e-9, 1.0, known)


def people_within_boundaries(
    grid: PopulationGrid, geometries_lonlat: NDArray[np.object_], distance_m: float
) -> Floats:
    """Return the persons within a distance of boundaries, those inside them included.

    Points are measured by their exact circle (`people_within_points`), areas and lines by the
    exact covered share of each cell of the outline drawn at the distance.

    Parameters
    ----------
    grid
        Persons per cell.
    geometries_lonlat
        Points, lines or polygons in longitude and latitude, shape (n,).
    distance_m
        Distance in metres, above 0.

    Returns
    -------
        Persons, shape (n,); NaN where nothing is known or the geometry is missing.
    """
    people, _ = boundary_exposure(grid, geometries_lonlat, distance_m)
    return people


def boundary_exposure(
    grid: PopulationGrid, geometries_lonlat: NDArray[np.object_], distance_m: float
) -> tuple[Floats, Floats]:
    """Return what `people_within_boundaries` returns, and the known share of each area (n,)."""
    _check_distance(distance_m)
    shapes = np.asarray(geometries_lonlat, dtype=object)
    people, known = np.full(len(shapes), np.nan), np.zeros(len(shapes))
    point = shapely.get_type_id(shapes) == int(shapely.GeometryType.POINT)
    point &= ~shapely.is_empty(shapes)
    people[point], known[point] = people_within_points(
        grid,
        shapely.get_x(shapes[point]),
        shapely.get_y(shapes[point]),
        distance_m,
        return_known_share=True,
    )
    area = ~point & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    around = outlines(shapes[area], distance_m)
    people[area] = zonal_sum(grid, around)
    known[area] = zonal_known(grid, around)[1]
    return people, known


def outlines(geometries_lonlat: NDArray[np.object_], distance_m: float) -> NDArray[np.object_]:
    """Return the areas within a distance of geometries, in longitude and latitude, shape (n,).

    Each is drawn in the plane that touches the ellipsoid at its centre (metres per degree there),
    round at the corners with 90 chords to the quarter circle.
    """
    shapes = np.asarray(geometries_lonlat, dtype=object)
    if len(shapes) == 0:
        return shapes
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    centre = 0.5 * (bounds[:, :2] + bounds[:, 2:])
    scale = np.column_stack(metres_per_degree(centre[:, 1]))
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    flat = shapely.set_coordinates(shapes.copy(), (xy - centre[owner]) * scale[owner])
    drawn = shapely.buffer(flat, distance_m, quad_segs=QUARTER_SEGMENTS)
    xy, owner = shapely.get_coordinates(drawn, return_index=True)
    back: NDArray[np.object_] = shapely.set_coordinates(drawn, xy / scale[owner] + centre[owner])
    return back


def points_within(
    lon: ArrayLike, lat: ArrayLike, lon2: ArrayLike, lat2: ArrayLike, distance_m: float
) -> tuple[Ints, Ints]:
    """Return all pairs (i, j) of a point and a second point within a distance of it.

    Straight distances between points on the ellipsoid, 0.1 µm short at 500 m. Pairs are ordered
    by i, then j; missing coordinates pair with nothing.

    Parameters
    ----------
    lon, lat
        First points in degrees, shape (k,).
    lon2, lat2
        Second points in degrees, shape (l,).
    distance_m
        Distance in metres.

    Returns
    -------
        Indices into the first and the second points, shape (pairs,) each.
    """
    _check_distance(distance_m)
    here, first = _usable(lon, lat)
    there, second = _usable(lon2, lat2)
    if not len(here) or not len(there):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    from scipy.spatial import cKDTree  # noqa: PLC0415  (0.3 s, and the day does not need it)

    near = cKDTree(here).sparse_distance_matrix(cKDTree(there), distance_m, output_type="ndarray")
    i, j = first[near["i"]], second[near["j"]]
    order = np.lexsort((j, i))
    return i[order], j[order]


def points_within_boundaries(
    geometries_lonlat: NDArray[np.object_], lon2: ArrayLike, lat2: ArrayLike, distance_m: float
) -> tuple[Ints, Ints]:
    """Return all pairs (i, j) of a geometry and a point within a distance of it or inside it.

    Parameters
    ----------
    geometries_lonlat
        Points, lines or polygons in longitude and latitude, shape (n,).
    lon2, lat2
        Points in degrees, shape (l,).
    distance_m
        Distance in metres.
    """
    _check_distance(distance_m)
    points = shapely.points(np.asarray(lon2, dtype=np.float64), np.asarray(lat2, dtype=np.float64))
    around = outlines(np.asarray(geometries_lonlat, dtype=object), distance_m)
    i, j = shapely.STRtree(points).query(around, predicate="intersects")
    order = np.lexsort((j, i))
    return np.asarray(i[order], dtype=np.int64), np.asarray(j[order], dtype=np.int64)


def _usable(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Ints]:
    """Return earth-centred coordinates of the points that have both coordinates, and which."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    usable = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    return earth_centred(x[usable], y[usable]), usable


def _check_distance(distance_m: float) -> None:
    if not 0 < distance_m < np.inf:
        raise InputError("距离应大于 0 米", distance_m, "请给出以米为单位的距离")
