"""Shapes in the datum of a base map: only for drawing, never for what is stored or computed.

Towns and layers are kept in CGCS2000 (EPSG:4490; WGS84 for this purpose). Public tiles in China
are shifted to GCJ-02, or to BD-09: what is drawn upon them must be shifted alike, by 300 to 700 m,
or every point stands in the wrong street.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.datum import gcj02_to_bd09, wgs84_to_gcj02


def in_datum(shapes: NDArray[np.object_], datum: str) -> NDArray[np.object_]:
    """Return shapes (n,) of longitude and latitude in degrees, moved to a datum for drawing.

    Parameters
    ----------
    shapes
        Points, lines or polygons in CGCS2000 or WGS84; None stays None.
    datum
        ``wgs84`` (unchanged), ``gcj02`` or ``bd09``.

    Raises
    ------
    KeyError
        There is no such datum.
    """
    move = _MOVES[datum]
    if move is None:
        return shapes
    moved: Any = shapely.transform(shapes, move)
    return np.asarray(moved, dtype=object)


def _to_gcj02(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(wgs84_to_gcj02(points[:, 0], points[:, 1]))


def _to_bd09(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(gcj02_to_bd09(*wgs84_to_gcj02(points[:, 0], points[:, 1])))


_MOVES: Mapping[str, Any] = {"wgs84": None, "gcj02": _to_gcj02, "bd09": _to_bd09}
