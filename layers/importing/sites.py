"""Put the rows of a table on the map: coordinates, datum, and points that cannot be right."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.checks.findings import Finding, Mask, find, shown
from layers.contracts.model import Contract
from layers.datum import STORED, is_geographic, parse_crs, to_lonlat
from layers.datum_detection import Report, declared_towns, detect_datum, fitting_datum
from layers.errors import InputError
from layers.faults import Fault
from layers.location import TownLocator
from layers.polygons import repair_polygons, repair_report
from layers.readers.raw import RawTable, file_note

Floats = NDArray[np.float64]
Geometries = NDArray[Any]

_SHORT = 20
TOLERANCE_M = 2000.0
"""A point farther than this from every town of the district is rejected."""


@dataclass(frozen=True)
class Placed:
    """Rows on the map, shape (n,): EPSG:4490 geometries (None for rows that a finding rejects).

    `datum` says which system was taken and how the points fit their towns, `report` what else
    is worth keeping, `notes` what the clerk should read.
    """

    geometry: Geometries
    findings: list[Finding]
    datum: dict[str, Any]
    report: dict[str, Any]
    notes: list[Fault]


def source_crs(raw: RawTable, stated: str | None, x: Floats, y: Floats) -> tuple[str, str]:
    """Return the reference system of a table's coordinates, and where it is known from.

    Raises
    ------
    InputError
        When it is not stated and the numbers are no degrees, or when most numbers cannot be of
        the system that is stated: degrees in a projected one, metres in a geographic one.
    """
    if stated is not None:
        system, origin, said = parse_crs(stated), "stated", f"--crs 写明 {stated}"
    elif raw.crs is not None:
        system, origin = parse_crs(raw.crs), "file"
        said = f"文件写明 {system}" if len(system) < _SHORT else "文件写明投影坐标"
    else:
        system, origin, said = STORED, "assumed", "坐标系未知"
    known = np.isfinite(x) & np.isfinite(y)
    degrees = (np.abs(x[known]) <= 360) & (np.abs(y[known]) <= 360)
    if not known.any():
        return system, origin
    sample = f"{x[known][0]:.6g}, {y[known][0]:.6g}"
    if is_geographic(system) and degrees.mean() < 0.5:
        raise InputError(
            f"{raw.file}（{said}）的坐标不是经纬度", sample, "用 --crs 写明坐标系，如 --crs 4549"
        )
    if not is_geographic(system) and degrees.mean() > 0.5 and np.abs(x[known]).max() > 1:
        raise InputError(
            f"{raw.file}（{said}，单位米）的坐标却像经纬度", sample, "用 --crs 4490 写明是经纬度"
        )
    return system, origin


def crs_notes(raw: RawTable, origin: str) -> list[Fault]:
    """Return a note when geometries came without a reference system (a lost .prj)."""
    if origin != "assumed" or raw.geometry is None:
        return []
    text = "文件没有说明坐标系（缺 .prj），按 CGCS2000/WGS84 经纬度读入；不是的话请用 --crs 写明"
    return [file_note(raw.file, raw.sheet, STORED, text)]


def _coordinates(table: pd.DataFrame, raw: RawTable) -> tuple[Geometries | None, Floats, Floats]:
    """Return the source's geometries (None without), and x, y of one point for each row.

    Raises
    ------
    InputError
        When the source has neither geometries nor both coordinate columns.
    """
    lon, lat = (table[name].to_numpy(dtype=np.float64, copy=True) for name in ("lon", "lat"))
    if "geometry" in table:
        geometry = shapely.force_2d(table["geometry"].to_numpy(dtype=object))
        has = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
        spot = shapely.point_on_surface(np.where(has, geometry, None))
        return (
            geometry,
            np.where(has, shapely.get_x(spot), lon),
            np.where(has, shapely.get_y(spot), lat),
        )
    if np.isnan(lon).all() or np.isnan(lat).all():
        listed = "、".join(map(str, raw.frame.columns))
        raise InputError(
            f"{raw.file} 没有几何，也没有可用的经纬度列",
            "",
            f"现有列：{listed}。用 --map lon=列名 --map lat=列名 指明",
        )
    return None, lon, lat


def _wrong(bad: Mask, x: Floats, y: Floats, expected: str) -> list[Finding]:
    """Return the finding of points (n,) that are wrong where `bad` is true."""
    rows = np.flatnonzero(bad)
    if rows.size == 0:
        return []
    pairs = zip(x[rows], y[rows], strict=True)
    shown_pairs = [f"{a:.6f}, {b:.6f}" if np.isfinite(a + b) else "" for a, b in pairs]
    found = np.array(shown_pairs, dtype=object)
    return [Finding(rows, "经纬度", found, expected)]


def _implausible(x: Floats, y: Floats, geographic: bool) -> tuple[Mask, list[Finding]]:
    """Return rows (n,) whose coordinates cannot be right on their face, and why."""
    absent = ~(np.isfinite(x) & np.isfinite(y))
    zero = ~absent & (np.abs(x) < 0.01) & (np.abs(y) < 0.01)
    findings = _wrong(absent, x, y, "缺少坐标")
    findings += _wrong(zero, x, y, "坐标为 0, 0，应为真实位置")
    bad = absent | zero
    if geographic:
        in_china_swapped = (x >= 3) & (x <= 54) & (y >= 73) & (y <= 136)
        swapped = ~bad & (in_china_swapped | ((np.abs(y) > 90) & (np.abs(x) <= 90)))
        beyond = ~bad & ~swapped & ((np.abs(y) > 90) | (np.abs(x) > 180))
        findings += _wrong(swapped, x, y, "经度与纬度颠倒")
        findings += _wrong(beyond, x, y, "经度应在 ±180、纬度应在 ±90 之内")
        bad = bad | swapped | beyond
    return bad, findings


def _outside(lon: Floats, lat: Floats, town: NDArray[Any], locator: TownLocator) -> list[Finding]:
    """Return findings for points (k,) that lie off the district (`town` −1)."""
    off = town < 0
    if not off.any():
        return []
    turned, _ = locator.locate_near(lat[off], lon[off], TOLERANCE_M)
    swapped = off.copy()
    swapped[off] = turned >= 0
    away = f"在区外：离各镇街都超过 {TOLERANCE_M / 1000:g} km"
    return [
        *_wrong(swapped, lon, lat, "经度与纬度颠倒"),
        *_wrong(off & ~swapped, lon, lat, away),
    ]


def _elsewhere(
    declared: NDArray[np.int64], town: NDArray[Any], texts: pd.Series, towns: gpd.GeoDataFrame
) -> list[Finding]:
    """Return notes on points (k,) that lie in another town than the one they declare."""
    other = np.flatnonzero((declared >= 0) & (town >= 0) & (declared != town))
    if other.size == 0:
        return []
    names = towns["name"].to_numpy(dtype=object)
    expected = np.array(
        [f"坐标在{names[town[i]]}，与申报不符；按坐标计算" for i in other], dtype=object
    )
    return [Finding(other, "town", shown(texts.to_numpy()[other]), expected, "note")]


def _typed(
    geometry: Geometries, contract: Contract, rows: NDArray[np.int64]
) -> tuple[Geometries, list[Finding]]:
    """Return geometries (k,) with one-part multipoints as points, and those of a wrong type."""
    kinds = np.array([g.geom_type for g in geometry], dtype=object)
    single = (kinds == "MultiPoint") & (shapely.get_num_geometries(geometry) == 1)
    out = geometry.copy()
    out[single] = shapely.get_geometry(geometry[single], 0)
    kinds[single] = "Point"
    wrong = ~np.isin(kinds, sorted(contract.geometry))
    wanted = "、".join(sorted(contract.geometry))
    return out, [
        Finding(rows[f.rows], f.column, f.found, f.expected)
        for f in find(wrong, "geometry", kinds, f"几何类型应为 {wanted}")
    ]


def place(
    table: pd.DataFrame,
    raw: RawTable,
    contract: Contract,
    *,
    crs: str | None,
    towns: gpd.GeoDataFrame | None,
) -> Placed:
    """Return the rows (n,) of a checked table on the map.

    Points are taken in the stated system, else the file's, else WGS84/CGCS2000; they are never
    shifted because another datum fits better: that becomes a note with the option to use.

    Raises
    ------
    InputError
        When there are no coordinates at all, or their system is unknown.
    """
    geometry, x, y = _coordinates(table, raw)
    system, origin = source_crs(raw, crs, x, y)
    geographic = is_geographic(system)
    bad, findings = _implausible(x, y, geographic)
    rows = np.flatnonzero(~bad)
    lon, lat = to_lonlat(x[rows], y[rows], system)
    out = np.full(len(table), None, dtype=object)
    out[rows] = shapely.points(lon, lat)
    report: dict[str, Any] = {}
    if geometry is not None:
        has = rows[~(shapely.is_missing(geometry[rows]) | shapely.is_empty(geometry[rows]))]
        shapes, wrong = _typed(geometry[has], contract, has)
        findings += wrong
        moved = shapely.transform(shapes, lambda e, n: to_lonlat(e, n, system), interleaved=False)
        repair = repair_polygons(moved)
        out[has] = repair.geometry
        if repair.changed.any():
            report["repairs"] = repair_report(repair, table.iloc[has])
    datum: dict[str, Any] = {"taken": system, "origin": origin}
    placed = Placed(out, findings, datum, report, crs_notes(raw, origin))
    if towns is None or len(towns) == 0:
        return placed
    declared = None
    if "town" in table:
        declared = declared_towns(table["town"], towns["code"], towns["name"])
    _compare(placed, table, rows, (lon, lat), towns, declared=declared)
    if geographic and declared is not None:
        fit = detect_datum((x, y), declared, np.asarray(towns.geometry.array, dtype=object))
        placed.datum["fit"] = fit
        placed.notes.extend(datum_notes(raw, system, fit))
    return placed


def _compare(
    placed: Placed,
    table: pd.DataFrame,
    rows: NDArray[np.int64],
    points: tuple[Floats, Floats],
    towns: gpd.GeoDataFrame,
    *,
    declared: NDArray[np.int64] | None,
) -> None:
    """Add to `placed` what comparing points (k,) at `rows` with the towns finds.

    `declared` is the position of the town that each row (n,) declares, −1 unclear.
    """
    lon, lat = points
    locator = TownLocator.from_polygons(np.asarray(towns.geometry.array, dtype=object))
    town, near = locator.locate_near(lon, lat, TOLERANCE_M)
    found = _outside(lon, lat, town, locator)
    placed.report["points_inside"] = int(((town >= 0) & ~near).sum())
    placed.report["points_near"] = int(near.sum())
    placed.report["points_outside"] = int((town < 0).sum())
    if declared is not None:
        elsewhere = _elsewhere(declared[rows], town, table["town"].iloc[rows], towns)
        placed.report["points_in_other_town"] = sum(len(one.rows) for one in elsewhere)
        found += elsewhere
    placed.findings.extend(replace(one, rows=rows[one.rows]) for one in found)


def _metres(fit: Mapping[str, float | int | None]) -> str:
    """Return the median distance of the points outside their town in words."""
    away = fit["median_m_outside"]
    return "无镇外点" if away is None else f"{away} 米"


def datum_notes(raw: RawTable, system: str, fit: Report) -> list[Fault]:
    """Return a note when another datum than the one taken fits the declared towns better."""
    taken = system if system in ("gcj02", "bd09") else "wgs84"
    better = fitting_datum(fit, taken)
    if better is None:
        return []
    now, then = fit[taken], fit[better]
    option = {"wgs84": "--crs 4490", "swapped": "--map lon=… --map lat=… 互换两列"}
    text = (
        f"点位按 {taken} 读入，未作偏移；与申报镇街比较，{better} 更吻合：落在申报镇街内 "
        f"{now['inside']}→{then['inside']}（共 {now['n']} 点），"
        f"镇外点距申报镇街中位 {_metres(now)}→{_metres(then)}。"
        f"如确属该坐标，请用 {option.get(better, f'--crs {better}')} 重新导入"
    )
    return [file_note(raw.file, raw.sheet, taken, text)]
