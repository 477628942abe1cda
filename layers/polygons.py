"""Polygons as they should be: repaired, flat, and how they lie beside each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.datum import metric_epsg, to_metres

Geometries = NDArray[Any]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

SLIVER_WIDTH_M = 200.0
"""A hole is a sliver when its mean width (twice its area by its perimeter) is below this."""


@dataclass(frozen=True)
class Repair:
    """Polygons after repair, shape (n,).

    `changed` marks those that were invalid; `before_m2` and `after_m2` are their areas in the
    district's Gauss–Krüger zone; `reason` says what was wrong, "" where nothing was.
    """

    geometry: Geometries
    changed: Mask
    before_m2: Floats
    after_m2: Floats
    reason: NDArray[np.object_]


def project(geometry: Geometries, epsg: int | None = None) -> tuple[Geometries, int]:
    """Return EPSG:4490 geometries (n,) in metres, and the EPSG code used (by their middle)."""
    if epsg is None:
        west, south, east, north = shapely.total_bounds(geometry)
        epsg = metric_epsg((west + east) / 2, (south + north) / 2)
    code = epsg
    metric = shapely.transform(
        geometry, lambda lon, lat: to_metres(lon, lat, code), interleaved=False
    )
    return metric, epsg


def _polygonal(geometry: Any) -> Any:
    """Return the polygonal part of one geometry."""
    kind = geometry.geom_type
    if kind in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon",)]
    return shapely.multipolygons(parts) if parts else shapely.Polygon()


def repair_polygons(geometry: Geometries) -> Repair:
    """Return valid polygons in place of invalid ones (n,), with their areas before and after.

    GEOS make_valid by structure: rings are made valid first, then holes cut out of shells; lines
    and points that are left over are dropped. Other geometries are passed on untouched.
    """
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6))
    changed = np.asarray(polygonal & ~shapely.is_valid(geometry), dtype=bool)
    at = np.flatnonzero(changed)
    out = geometry.copy()
    reason = np.full(len(geometry), "", dtype=object)
    before, after = np.full(len(geometry), np.nan), np.full(len(geometry), np.nan)
    if at.size:
        reason[at] = shapely.is_valid_reason(geometry[at])
        fixed = shapely.make_valid(geometry[at], method="structure", keep_collapsed=False)
        out[at] = [_polygonal(one) for one in fixed]
        metric, epsg = project(geometry[at])
        before[at] = shapely.area(metric)
        after[at] = shapely.area(project(out[at], epsg)[0])
    return Repair(out, changed, before, after, reason)


def overlaps(polygons: Geometries, names: NDArray[np.object_]) -> dict[str, Any]:
    """Return where polygons (n,) cover the same ground.

    Returns
    -------
    ``overlap_km2`` (sum over pairs), ``overlap_pairs`` (number), and ``overlap_largest``: up to
    ten pairs with their names and area in km².
    """
    metric, _ = project(polygons)
    first, second = shapely.STRtree(metric).query(metric, predicate="intersects")
    keep = first < second
    first, second = first[keep], second[keep]
    area = shapely.area(shapely.intersection(metric[first], metric[second])) / 1e6
    real = area > 1e-8  # a hundredth of a square metre: rounding of the projection
    first, second, area = first[real], second[real], area[real]
    order = np.argsort(-area, kind="stable")[:10]
    largest = [
        {"a": str(names[first[i]]), "b": str(names[second[i]]), "km2": round(float(area[i]), 6)}
        for i in order
    ]
    return {
        "overlap_km2": round(float(area.sum()), 6),
        "overlap_pairs": int(area.size),
        "overlap_largest": largest,
    }


def holes(polygons: Geometries) -> dict[str, Any]:
    """Return the holes that polygons (n,) leave open between them.

    A hole in one polygon that no other fills counts too. Slivers are holes narrower than
    `SLIVER_WIDTH_M` on the mean; a wider one is an enclave that the source leaves out.

    Returns
    -------
    ``hole_count``, ``hole_km2``, ``sliver_count``, ``sliver_km2``.
    """
    metric, _ = project(polygons)
    whole = shapely.get_parts(shapely.union_all(metric))
    rings = [ring for part in whole for ring in part.interiors]
    if not rings:
        return {"hole_count": 0, "hole_km2": 0.0, "sliver_count": 0, "sliver_km2": 0.0}
    area = shapely.area(shapely.polygons(rings))
    thin = 2 * area / shapely.length(np.array(rings, dtype=object)) < SLIVER_WIDTH_M
    return {
        "hole_count": len(rings),
        "hole_km2": round(float(area.sum()) / 1e6, 6),
        "sliver_count": int(thin.sum()),
        "sliver_km2": round(float(area[thin].sum()) / 1e6, 6),
    }


def repair_report(repair: Repair, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry for every repaired polygon, with its area change in m²."""
    label = "name" if "name" in table else table.columns[0]
    return [
        {
            "row": int(table["source_row"].iloc[i]),
            "name": str(table[label].iloc[i]),
            "reason": str(repair.reason[i]),
            "before_m2": round(float(repair.before_m2[i]), 1),
            "after_m2": round(float(repair.after_m2[i]), 1),
            "change_m2": round(float(repair.after_m2[i] - repair.before_m2[i]), 1),
        }
        for i in np.flatnonzero(repair.changed)
    ]
