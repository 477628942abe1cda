"""Which datum a table's points are in, told by the towns they declare."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.datum import gauss_kruger_epsg, metric_epsg, to_lonlat, to_metres
from layers.names import name_key

__all__ = ["declared_towns", "detect_datum", "fitting_datum", "gauss_kruger_epsg"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Report = dict[str, dict[str, float | int | None]]

_SAMPLE = 20_000
_CANDIDATES = ("wgs84", "gcj02", "bd09", "swapped")


def declared_towns(declared: pd.Series, codes: pd.Series, names: pd.Series) -> Ints:
    """Return the position of every declared town (n,) among the towns, −1 where none is clear.

    A declaration is a code, a name, or a longer name that ends with the town's (花蓮縣秀林鄉).
    A name that two towns share decides nothing.
    """
    table: dict[str, int] = {}
    for i, name in enumerate(names):
        key = name_key(str(name))
        table[key] = -1 if key in table else i
    table |= {str(code): i for i, code in enumerate(codes)}
    by_length = sorted((key for key in table if not key.isdigit()), key=len, reverse=True)

    def position(text: str) -> int:
        key = name_key(text)
        if key in table:
            return table[key]
        if key.isdigit() and len(key) == 12:
            return table.get(key[:9], -1)
        return next((table[town] for town in by_length if key.endswith(town)), -1)

    found = {text: position(str(text)) for text in declared.dropna().unique()}
    return declared.map(found).astype("float64").fillna(-1).to_numpy().astype(np.int64)


def _as_lonlat(x: Floats, y: Floats, datum: str) -> tuple[Floats, Floats]:
    return (y, x) if datum == "swapped" else to_lonlat(x, y, datum)


def detect_datum(
    points: tuple[Floats, Floats],
    declared_town_index: Ints,
    town_polygons: NDArray[Any],
) -> Report:
    """Return, for every datum, how well the points fit the towns they declare.

    Parameters
    ----------
    points
        East and north values in degrees as they stand in the source, (n,) each.
    declared_town_index
        Position of the declared town, (n,); −1 points are left out.
    town_polygons
        Polygons of the towns in EPSG:4490 degrees, (m,).

    Returns
    -------
    By datum (``wgs84``, ``gcj02``, ``bd09``, ``swapped``): ``n`` points compared (an evenly
    spaced sample of at most 20,000), ``inside``, ``share_inside`` [-], and ``median_m_outside``:
    the median distance to the declared town of the points outside it, None when none is.
    """
    x, y = points
    usable = np.flatnonzero((declared_town_index >= 0) & np.isfinite(x) & np.isfinite(y))
    if usable.size > _SAMPLE:
        usable = usable[np.linspace(0, usable.size - 1, _SAMPLE).astype(np.int64)]
    if usable.size == 0:
        return {}
    town = declared_town_index[usable]
    shapely.prepare(town_polygons)
    centre = shapely.centroid(town_polygons[town[0]])
    epsg = metric_epsg(centre.x, centre.y)
    metric = shapely.transform(
        town_polygons, lambda lon, lat: to_metres(lon, lat, epsg), interleaved=False
    )
    return {
        datum: _fit(_as_lonlat(x[usable], y[usable], datum), town, town_polygons, metric, epsg)
        for datum in _CANDIDATES
    }


def _fit(
    lonlat: tuple[Floats, Floats],
    town: Ints,
    polygons: NDArray[Any],
    metric: NDArray[Any],
    epsg: int,
) -> dict[str, float | int | None]:
    lon, lat = lonlat
    inside = shapely.intersects_xy(polygons[town], lon, lat)
    outside = np.flatnonzero(~inside & (np.abs(lat) < 89) & (np.abs(lon) <= 180))
    distance = None
    if outside.size:
        east, north = to_metres(lon[outside], lat[outside], epsg)
        spots = shapely.points(east, north)
        apart = shapely.distance(spots, metric[town[outside]])
        distance = round(float(np.nanmedian(apart)), 1) if np.isfinite(apart).any() else None
    count = int(inside.sum())
    return {
        "n": int(town.size),
        "inside": count,
        "share_inside": round(count / town.size, 4),
        "median_m_outside": distance,
    }


def fitting_datum(report: Report, taken: str) -> str | None:
    """Return the datum that fits clearly better than the one taken, or None.

    Clearly: it halves the points outside their declared town, and brings in at least three
    points and 2 % of all.
    """
    if taken not in report:
        return None
    inside = {datum: int(fit["inside"] or 0) for datum, fit in report.items()}
    total = int(report[taken]["n"] or 0)
    best = max(inside, key=lambda datum: inside[datum])
    gain = inside[best] - inside[taken]
    halves = total - inside[best] <= (total - inside[taken]) / 2
    return best if gain >= max(3, 0.02 * total) and halves else None
