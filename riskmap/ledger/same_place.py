"""How far two dangers lie apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from layers.ellipsoid import Floats, metres_per_degree


def metres_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """Return the distance of two dangers on the ellipsoid [m], None when a point is unknown.

    In the plane of the metres per degree at their mean latitude: exact to centimetres over the
    few hundred metres that matter here.
    """
    points = (one["lon"], one["lat"], other["lon"], other["lat"])
    if any(value is None for value in points):
        return None
    return float(metres_between(*(np.array([value], np.float64) for value in points))[0])


def metres_between(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """Return the distances of points (k,) to others (k,) [m]; NaN where one is unknown."""
    east, north = metres_per_degree((lat + other_lat) / 2)
    return np.hypot((lon - other_lon) * east, (lat - other_lat) * north)
