"""How far two dangers lie apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from layers.ellipsoid import metres_per_degree


def metres_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """Return the distance of two dangers on the ellipsoid [m], None when a point is unknown.

    In the plane of the metres per degree at their mean latitude: exact to centimetres over the
    few hundred metres that matter here.
    """
    points = (one["lon"], one["lat"], other["lon"], other["lat"])
    if any(value is None for value in points):
        return None
    east, north = metres_per_degree(np.array([(one["lat"] + other["lat"]) / 2]))
    x = (one["lon"] - other["lon"]) * east[0]
    y = (one["lat"] - other["lat"]) * north[0]
    return float(np.hypot(x, y))
