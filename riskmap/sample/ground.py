"""The ground of the fictional district: one coverage of towns and communities with wiggly borders.

Some thousand small Voronoi cells are given to the town, and in it to the community, whose seat is
nearest after a smooth distortion; borders are then the cells' edges, shared exactly.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi

from riskmap.sample.profiles import AREA_KM2, CENTRE_LAT, CENTRE_LON, EPSG, TOWNS

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger]

CELL_M = 420.0


@dataclass(frozen=True)
class Ground:
    """Cells (c) of the district and the areas made of them, in metres of the district's zone."""

    x: Floats
    y: Floats
    town: Ints
    community: Ints
    town_polygons: NDArray[np.object_]
    community_polygons: NDArray[np.object_]
    community_town: Ints
    seat_x: Floats
    seat_y: Floats


def to_lonlat(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude [degrees] of metres in the district's zone."""
    lon, lat = Transformer.from_crs(EPSG, 4490, always_xy=True).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def centre() -> tuple[float, float]:
    """Return the district's centre [m] in its zone."""
    x, y = Transformer.from_crs(4490, EPSG, always_xy=True).transform(CENTRE_LON, CENTRE_LAT)
    return float(x), float(y)


def smooth_noise(rng: np.random.Generator, x: Floats, y: Floats, scale_m: float) -> Floats:
    """Return a smooth field of about unit variance: eight waves of about the given length [m]."""
    angle, phase = rng.uniform(0, 2 * np.pi, (2, 8))
    k = 2 * np.pi / (scale_m * rng.uniform(0.6, 1.7, 8))
    waves = x[..., None] * (k * np.cos(angle)) + y[..., None] * (k * np.sin(angle)) + phase
    return np.asarray(np.sin(waves).sum(axis=-1) / 2)


def _inside_outline(
    rng: np.random.Generator, dx: Floats, dy: Floats, radius: float
) -> NDArray[np.bool_]:
    theta, r = np.arctan2(dy, dx * 0.8), np.hypot(dx * 0.8, dy / 0.8)
    phases = rng.uniform(0, 2 * np.pi, 6)
    bumps = sum(0.10 / k**0.8 * np.sin(k * theta + phases[k - 2]) for k in range(2, 8))
    return np.asarray(r < radius * (1 + bumps))


def connect(labels: Ints, pairs: Ints) -> Ints:
    """Return labels in which each label is one connected piece: strays join a neighbour.

    Parameters
    ----------
    labels
        (c,) label of each cell.
    pairs
        (p, 2) neighbouring cells.
    """
    out = labels.copy()
    for _ in range(20):
        same = pairs[out[pairs[:, 0]] == out[pairs[:, 1]]]
        links = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(out),) * 2)
        count, part = connected_components(links, directed=False)
        size = np.bincount(part, minlength=count)
        largest = np.zeros(out.max() + 1, int)
        order = np.argsort(size[part], kind="stable")
        largest[out[order]] = part[order]
        stray = part != largest[out]
        if not stray.any():
            break
        both = np.vstack([pairs, pairs[:, ::-1]])
        fixable = both[stray[both[:, 0]] & ~stray[both[:, 1]]]
        out[fixable[:, 0]] = out[fixable[:, 1]]
    return out


def make_ground(seed: int) -> Ground:
    """Return the ground made from a seed: 11 towns, about 100 communities, about 500 km²."""
    rng = np.random.default_rng([seed, 1])
    x0, y0 = centre()
    radius = np.sqrt(AREA_KM2 * 1e6 / np.pi)
    steps = np.arange(-1.9 * radius, 1.9 * radius, CELL_M)
    gx, gy = (axis.ravel() for axis in np.meshgrid(steps, steps))
    points = np.column_stack([gx, gy]) + rng.uniform(-0.36, 0.36, (len(gx), 2)) * CELL_M
    inside = _inside_outline(rng, points[:, 0], points[:, 1], radius)
    cells = Voronoi(points)
    pairs = cells.ridge_points[inside[cells.ridge_points].all(axis=1)]
    kept = np.flatnonzero(inside)
    renumber = np.full(len(points), -1)
    renumber[kept] = np.arange(len(kept))
    pairs = renumber[pairs]
    x, y = points[kept].T
    seat_x, seat_y = _seats(radius)
    seats = (seat_x, seat_y)
    nearest = _nearest(rng, (x, y), seats, pull=[t.pull for t in TOWNS], warp_m=700.0)
    town = connect(nearest, pairs)
    community, community_town = _communities(rng, x, y, town, pairs)
    polygons = _cell_polygons(cells, kept, x0, y0)
    return Ground(
        x=x + x0,
        y=y + y0,
        town=town,
        community=community,
        town_polygons=_dissolve(polygons, town),
        community_polygons=_dissolve(polygons, community),
        community_town=community_town,
        seat_x=seat_x + x0,
        seat_y=seat_y + y0,
    )


def _seats(radius: float) -> tuple[Floats, Floats]:
    scale = radius * 1.12
    return np.array([t.u * scale for t in TOWNS]), np.array([t.v * scale for t in TOWNS])


def _nearest(
    rng: np.random.Generator,
    xy: tuple[Floats, Floats],
    seats: tuple[Floats, Floats],
    *,
    pull: float | list[float],
    warp_m: float,
) -> Ints:
    x, y = xy
    wx = x + warp_m * smooth_noise(rng, x, y, 5000.0) + warp_m / 3 * smooth_noise(rng, x, y, 1500.0)
    wy = y + warp_m * smooth_noise(rng, x, y, 5000.0) + warp_m / 3 * smooth_noise(rng, x, y, 1500.0)
    d2 = (wx[:, None] - seats[0]) ** 2 + (wy[:, None] - seats[1]) ** 2
    return np.asarray(np.argmin(d2 - np.asarray(pull, float), axis=1), dtype=np.int64)


def _communities(
    rng: np.random.Generator, x: Floats, y: Floats, town: Ints, pairs: Ints
) -> tuple[Ints, Ints]:
    community = np.zeros(len(x), np.int64)
    owners: list[int] = []
    for i, profile in enumerate(TOWNS):
        mine = np.flatnonzero(town == i)
        chosen = _far_apart(rng, x[mine], y[mine], profile.communities)
        seats = (x[mine][chosen], y[mine][chosen])
        label = _nearest(rng, (x[mine], y[mine]), seats, pull=0.0, warp_m=250.0)
        community[mine] = label + len(owners)
        owners += [i] * profile.communities
    within = pairs[town[pairs[:, 0]] == town[pairs[:, 1]]]
    return connect(community, within), np.array(owners)


def _far_apart(rng: np.random.Generator, x: Floats, y: Floats, n: int) -> Ints:
    chosen = [int(rng.integers(len(x)))]
    d2 = np.full(len(x), np.inf)
    while len(chosen) < n:
        d2 = np.minimum(d2, (x - x[chosen[-1]]) ** 2 + (y - y[chosen[-1]]) ** 2)
        chosen.append(int(np.argmax(d2 * rng.uniform(0.5, 1.0, len(x)))))
    return np.array(chosen)


def _cell_polygons(cells: Voronoi, kept: Ints, x0: float, y0: float) -> NDArray[np.object_]:
    corners = np.round(cells.vertices + np.array([x0, y0]), 2)
    rings = [corners[cells.regions[cells.point_region[i]]] for i in kept]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def _dissolve(polygons: NDArray[np.object_], label: Ints) -> NDArray[np.object_]:
    parts = [shapely.coverage_union_all(polygons[label == i]) for i in range(label.max() + 1)]
    return np.asarray(shapely.normalize(np.array(parts, dtype=object)))
