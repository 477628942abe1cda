"""Reference systems: CGCS2000/WGS84, GCJ-02, BD-09, and the district's Gauss–Krüger zone.

GCJ-02 ("Mars coordinates") and BD-09 (Baidu) move points of China by 300 to 700 m; the public
formulae are used here (constants: DOMAIN §7). Their box (72.004–137.8347° E, 0.8293–55.8271° N)
is larger than China: it holds Taiwan and neighbours, where map services do not shift. There the
formula is applied all the same when a user *states* ``gcj02``; data of Taiwan should state an
EPSG code.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from layers.errors import InputError

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

SEMI_MAJOR_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BD09_ANGLE = math.pi * 3000.0 / 180.0
OFFSET_BOX = (72.004, 0.8293, 137.8347, 55.8271)
STORED = "EPSG:4490"
_ROUNDS = 12


def _floats(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _offset(lon: Floats, lat: Floats) -> Pair:
    """Return the GCJ-02 offset in degrees, 0 outside the formula's box.

    With x = lon − 105, y = lat − 35 the published polynomials and sine waves give metres-like
    numbers that the ellipsoid (a, ee above) turns into degrees.
    """
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * math.pi) + 20.0 * np.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * math.pi) + 40.0 * np.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * math.pi) + 320.0 * np.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * math.pi) + 40.0 * np.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * math.pi) + 300.0 * np.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = SEMI_MAJOR_M / np.sqrt(magic) * np.cos(phi)
    west, south, east_end, north_end = OFFSET_BOX
    inside = (lon >= west) & (lon <= east_end) & (lat >= south) & (lat <= north_end)
    d_lon = np.where(inside, np.degrees(east / parallel), 0.0)
    d_lat = np.where(inside, np.degrees(north / meridian), 0.0)
    return d_lon, d_lat


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return GCJ-02 longitude and latitude of WGS84 points (n,), in degrees.

    >>> lon, lat = wgs84_to_gcj02(116.39089, 39.90734)
    >>> round(float(lon), 6), round(float(lat), 6)
    (116.397131, 39.908741)
    """
    east, north = _floats(lon, lat)
    d_lon, d_lat = _offset(east, north)
    return east + d_lon, north + d_lat


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return WGS84 longitude and latitude of GCJ-02 points (n,), in degrees.

    Solves w + offset(w) = g by w ← g − offset(w). The offset changes by less than 1 % of a
    step, so every round gains two digits; `_ROUNDS` rounds close to under 1e-6 m.
    """
    east, north = _floats(lon, lat)
    x, y = east, north
    for _ in range(_ROUNDS):
        d_lon, d_lat = _offset(x, y)
        x, y = east - d_lon, north - d_lat
    return x, y


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return BD-09 longitude and latitude of GCJ-02 points (n,), in degrees."""
    x, y = _floats(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BD09_ANGLE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BD09_ANGLE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return GCJ-02 longitude and latitude of BD-09 points (n,), by the same iteration."""
    east, north = _floats(lon, lat)
    x, y = east - 0.0065, north - 0.006
    for _ in range(_ROUNDS):
        forward_x, forward_y = gcj02_to_bd09(x, y)
        x, y = x + (east - forward_x), y + (north - forward_y)
    return x, y


def gauss_kruger_epsg(lon: float) -> int:
    """Return the EPSG code of the CGCS2000 3-degree Gauss–Krüger zone (CM series 4534–4554).

    >>> gauss_kruger_epsg(121.26)
    4549

    Raises
    ------
    InputError
        When the longitude lies outside China's zones (73.5–136.5° E).
    """
    if not 73.5 <= lon <= 136.5:
        raise InputError("经度不在 CGCS2000 三度带（73.5–136.5° E）内", f"{lon:g}", "检查坐标系")
    return 4534 + round((min(max(lon, 75.0), 135.0) - 75.0) / 3.0)


def metric_epsg(lon: float, lat: float) -> int:
    """Return the EPSG code for metres near a point: Gauss–Krüger in China, else WGS84 UTM."""
    if 73.5 <= lon <= 136.5 and lat > 0:
        return gauss_kruger_epsg(lon)
    return (32600 if lat >= 0 else 32700) + min(int((lon + 180.0) // 6.0) + 1, 60)


def parse_crs(crs: str | int) -> str:
    """Return a stated reference system in one spelling: ``gcj02``, ``bd09``, ``EPSG:n``, WKT.

    Raises
    ------
    InputError
        When the text names no reference system.
    """
    text = str(crs).strip()
    plain = text.casefold().replace("-", "").replace("_", "")
    if plain in ("gcj02", "bd09"):
        return plain
    if plain in ("wgs84", "cgcs2000"):
        return "EPSG:4326" if plain == "wgs84" else STORED
    try:
        known = CRS.from_user_input(int(text) if text.isdigit() else text)
    except CRSError as error:
        raise InputError(
            "不认识的坐标系", text, "写 EPSG 代码（如 4490、4549）、gcj02 或 bd09"
        ) from error
    epsg = known.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(known.to_wkt())


def is_geographic(crs: str) -> bool:
    """Tell whether coordinates of a system (as `parse_crs` gives it) are degrees."""
    return crs in ("gcj02", "bd09") or bool(CRS.from_user_input(crs).is_geographic)


def to_lonlat(x: ArrayLike, y: ArrayLike, crs: str | int) -> Pair:
    """Return EPSG:4490 longitude and latitude of points (n,) in any stated system.

    WGS84 and CGCS2000 differ by less than a metre and are taken as equal (DOMAIN §7). Order is
    always east, north, whatever the registry says.
    """
    east, north = _floats(x, y)
    system = parse_crs(crs)
    if system == "bd09":
        return gcj02_to_wgs84(*bd09_to_gcj02(east, north))
    if system == "gcj02":
        return gcj02_to_wgs84(east, north)
    if system in ("EPSG:4326", STORED):
        return east, north
    move = Transformer.from_crs(system, STORED, always_xy=True)
    lon, lat = move.transform(east, north)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def to_metres(lon: ArrayLike, lat: ArrayLike, epsg: int) -> Pair:
    """Return east and north in metres of EPSG:4490 points (n,)."""
    move = Transformer.from_crs(STORED, f"EPSG:{epsg}", always_xy=True)
    x, y = move.transform(*_floats(lon, lat))
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
