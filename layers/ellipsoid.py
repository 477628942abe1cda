"""Metres per degree on the ellipsoid of CGCS2000, for work in a small neighbourhood.

CGCS2000 (GB 22021-2008): a = 6 378 137 m, f = 1/298.257222101. WGS 84 differs by 0.1 mm.
"""

import numpy as np
from numpy.typing import NDArray

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1.0 / 298.257222101
ECCENTRICITY_2 = FLATTENING * (2.0 - FLATTENING)

Floats = NDArray[np.float64]


def metres_per_degree(lat: Floats) -> tuple[Floats, Floats]:
    """Return the metres that one degree spans eastward and northward at a latitude.

    ``east = π/180 · N cos φ`` with ``N = a / √(1 − e² sin² φ)`` (radius in the prime vertical),
    ``north = π/180 · M`` with ``M = a (1 − e²) / (1 − e² sin² φ)^1.5`` (radius in the meridian);
    Snyder, Map Projections: A Working Manual, USGS PP 1395 (1987), eqs. 4-18 to 4-20.

    Over 500 m at 45° the eastward scale changes by 8e-5 of itself.

    Parameters
    ----------
    lat
        Latitude in degrees, shape (k,).

    Returns
    -------
        East and north scale in metres per degree, each of shape (k,).

    Examples
    --------
    >>> east, north = metres_per_degree(np.array([0.0]))
    >>> round(float(east[0])), round(float(north[0]))
    (111319, 110574)
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    root = 1.0 - ECCENTRICITY_2 * np.sin(phi) ** 2
    prime_vertical = SEMI_MAJOR_M / np.sqrt(root)
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / root**1.5
    degree = np.pi / 180.0
    return degree * prime_vertical * np.cos(phi), degree * meridian


def earth_centred(lon: Floats, lat: Floats) -> Floats:
    """Return points on the ellipsoid as earth-centred coordinates in metres, shape (k, 3).

    The straight distance between two such points is shorter than the one along the ground by
    d³/24R²: 0.1 µm at 500 m, 1 mm at 10 km.
    """
    lam, phi = np.radians(lon), np.radians(lat)
    prime_vertical = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY_2 * np.sin(phi) ** 2)
    return np.column_stack(
        [
            prime_vertical * np.cos(phi) * np.cos(lam),
            prime_vertical * np.cos(phi) * np.sin(lam),
            prime_vertical * (1.0 - ECCENTRICITY_2) * np.sin(phi),
        ]
    )
