"""Polygons taken apart into arrays of straight edges, for the compiled kernels."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """Edges of n polygons: edge e of polygon i stands in ``start[i] <= e < start[i + 1]``.

    `ends` has shape (e, 4): x1, y1, x2, y2, in the order of the ring.
    """

    ends: Floats
    start: Ints


def polygon_edges(polygons: NDArray[np.object_]) -> Edges:
    """Return all edges of polygons and multipolygons, outer rings and holes.

    Outer rings run counter-clockwise and holes clockwise, so that signed areas add up. A missing
    or empty geometry has no edges; points and lines inside a collection are left out.

    Parameters
    ----------
    polygons
        Geometries, shape (n,).
    """
    polygons = np.asarray(polygons, dtype=object)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    areal = shapely.get_type_id(parts) == int(shapely.GeometryType.POLYGON)
    parts, owner = shapely.orient_polygons(parts[areal]), owner[areal]
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[:-1] == ring[1:]
    first = np.flatnonzero(joined)
    ends = np.empty((len(first), 4))
    ends[:, :2], ends[:, 2:] = xy[first], xy[first + 1]
    owners = owner[part[ring[first]]] if len(ring) else np.empty(0, dtype=np.int64)
    start = np.searchsorted(owners, np.arange(len(polygons) + 1)).astype(np.int64)
    return Edges(ends, start)
