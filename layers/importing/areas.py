"""Areas taken in: towns and communities with their codes, repaired and compared."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.checks.columns import match_columns, merged
from layers.checks.findings import Finding, find
from layers.checks.values import known_texts
from layers.codes import CodeTable, match_codes
from layers.contracts.model import Contract
from layers.datum import to_lonlat
from layers.errors import InputError
from layers.faults import Fault
from layers.importing.sites import Placed, crs_notes, source_crs
from layers.polygons import Repair, holes, overlaps, repair_polygons, repair_report
from layers.readers.raw import RawTable, file_note

Geometries = NDArray[Any]


def with_codes(
    raw: RawTable,
    contract: Contract,
    column_map: Mapping[str, str] | None,
    codes: CodeTable,
    division: str | None,
) -> tuple[RawTable, list[Finding]]:
    """Return a table with codes joined by name where it has none, and what was found."""
    by_name = {m.column.name: m for m in match_columns(raw, contract, column_map)}
    own = known_texts(merged(raw, by_name["code"]))
    names = known_texts(merged(raw, by_name["name"]))
    joined, findings = match_codes(names.where(own.isna()), codes, division)
    label = by_name["name"].label
    findings = [replace(finding, column=label) for finding in findings]
    frame = raw.frame.drop(columns=list(by_name["code"].sources))
    return replace(raw, frame=frame.assign(code=own.where(own.notna(), joined))), findings


def place_areas(
    table: pd.DataFrame, raw: RawTable, contract: Contract, *, crs: str | None
) -> Placed:
    """Return the rows (n,) of a checked table of areas on the map, invalid ones repaired.

    Raises
    ------
    InputError
        When the source has no geometries, or their system is unknown.
    """
    if "geometry" not in table:
        raise InputError(
            f"{raw.file} 没有几何", contract.title_zh, "请给出带边界面的文件（shp、gpkg、geojson）"
        )
    geometry = shapely.force_2d(table["geometry"].to_numpy(dtype=object))
    absent = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    findings = find(absent, "geometry", np.full(len(table), ""), "缺少边界面")
    kinds = np.array(["" if g is None else g.geom_type for g in geometry], dtype=object)
    wrong = ~absent & ~np.isin(kinds, sorted(contract.geometry))
    findings += find(wrong, "geometry", kinds, "边界应为面（Polygon 或 MultiPolygon）")
    rows = np.flatnonzero(~absent & ~wrong)
    if rows.size == 0:
        raise InputError(f"{raw.file} 没有一个边界面", "", "请给出面状图层")
    bounds = shapely.bounds(geometry[rows])
    system, origin = source_crs(raw, crs, bounds[:, 0], bounds[:, 1])
    moved = shapely.transform(
        geometry[rows], lambda e, n: to_lonlat(e, n, system), interleaved=False
    )
    repair = repair_polygons(moved)
    out = np.full(len(table), None, dtype=object)
    out[rows] = repair.geometry
    nothing = np.zeros(len(table), dtype=bool)
    nothing[rows] = shapely.is_empty(repair.geometry)
    findings += find(nothing, "geometry", kinds, "边界面修复后没有面积")
    findings += _repair_notes(repair, rows)
    entries = repair_report(repair, table.iloc[rows])
    datum: dict[str, Any] = {"taken": system, "origin": origin}
    return Placed(out, findings, datum, {"repairs": entries}, crs_notes(raw, origin))


def _repair_notes(repair: Repair, rows: NDArray[np.int64]) -> list[Finding]:
    at = np.flatnonzero(repair.changed)
    if at.size == 0:
        return []
    before, after = repair.before_m2[at], repair.after_m2[at]
    texts = [
        f"多边形无效，已修复；面积 {a / 1e6:.6f} → {b / 1e6:.6f} km²（变化 {b - a:+.1f} m²）"
        for a, b in zip(before, after, strict=True)
    ]
    expected = np.array(texts, dtype=object)
    return [Finding(rows[at], "geometry", repair.reason[at], expected, "note")]


def compare_areas(
    table: gpd.GeoDataFrame, file: str, title: str
) -> tuple[dict[str, Any], list[Fault]]:
    """Return how areas overlap and what they leave open, and notes that say so in km²."""
    polygons = np.asarray(table.geometry.array, dtype=object)
    found = overlaps(polygons, table["name"].to_numpy(dtype=object)) | holes(polygons)
    notes = []
    if found["overlap_pairs"]:
        text = (
            f"{title}之间有 {found['overlap_pairs']} 处重叠，共 {found['overlap_km2']:.3f} km²；"
            "重叠处的点归代码在前者"
        )
        notes.append(file_note(file, None, f"{found['overlap_km2']:.3f} km²", text))
    if found["hole_count"]:
        text = (
            f"{title}之间有 {found['hole_count']} 个空洞，共 {found['hole_km2']:.3f} km²，"
            f"其中窄缝 {found['sliver_count']} 个 {found['sliver_km2']:.3f} km²；"
            "缝中的点归最近的镇街并计数"
        )
        notes.append(file_note(file, None, f"{found['hole_km2']:.3f} km²", text))
    return found, notes


def with_town_code(table: pd.DataFrame) -> pd.DataFrame:
    """Return communities with the town's code taken from their own where it is missing.

    The first 9 of 12 digits; in Taiwan the first 8 of 11.
    """
    return table.assign(town_code=table["town_code"].fillna(table["code"].str[:-3]))
