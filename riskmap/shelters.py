"""Shelters by town: effective area and places per resident against the target.

``area per head = Σ effective area of the shelters that count ÷ residents`` [m²/person], the
residents being the 常住人口 named in `denominator` (DOMAIN §3: state the denominator). Target
1.5 m² per person: GB 21734-2008 §5.4 and 国家安全发展示范城市细则.

A shelter counts for the town that its coordinates lie in, unless it is marked not usable. An area
that is not given is unknown, never 0, and is counted as such.
"""

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.location import TownLocator
from layers.names import name_keys
from riskmap.canonical import iso, number
from riskmap.district import SLIVER_M, District, load_district, representative_points
from riskmap.errors import RiskmapError
from riskmap.layer_store import Snapshot, current, load_layer
from riskmap.workspace import Workspace

TARGET_M2 = 1.5
TARGET_SOURCE = "GB 21734-2008 §5.4；国家安全发展示范城市细则"
SUMMED = (
    "shelters",
    "usable",
    "usable_unknown",
    "standardised",
    "area_unknown",
    "capacity_unknown",
    "near",
    "declared_elsewhere",
)


def place_shelters(towns: gpd.GeoDataFrame, shelters: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return, per shelter, the town its coordinates lie in and what is to be said about that.

    Parameters
    ----------
    towns
        code, name, geometry (lon/lat), n rows.
    shelters
        geometry (lon/lat) and, where given, the declared `town` (name or code), k rows.

    Returns
    -------
        `town` (position in `towns`, -1 outside all), `near` (taken from a gap between towns,
        within 200 m), `declared_elsewhere` (declared for another town); k rows.
    """
    lon, lat = representative_points(shelters.geometry.to_numpy())
    town, near = TownLocator.from_polygons(towns.geometry.to_numpy()).locate_near(
        lon, lat, SLIVER_M
    )
    placed = pd.DataFrame({"town": town, "near": near}, index=shelters.index)
    placed["declared_elsewhere"] = False
    if "town" in shelters and len(towns):
        declared = name_keys(shelters["town"]).fillna("").to_numpy(dtype=np.str_)
        names = name_keys(towns["name"]).to_numpy(dtype=np.str_)[town]
        codes = towns["code"].to_numpy(dtype=np.str_)[town]
        # 花莲县秀林乡 names 秀林乡; 331003001000 names 331003001
        same = np.strings.endswith(declared, names) | np.strings.startswith(declared, codes)
        placed["declared_elsewhere"] = (declared != "") & (town >= 0) & ~same
    return placed


def shelter_coverage(
    towns: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    population: pd.Series,
    target_m2: float = TARGET_M2,
) -> pd.DataFrame:
    """Return the shelters of each town and how far they reach for its residents.

    Parameters
    ----------
    towns
        code, name, geometry (lon/lat), n rows.
    shelters
        area_m2, capacity_persons, usable, standardised, town (each where given), geometry.
    population
        Residents by town code, NaN where unknown.
    target_m2
        Effective area wanted per resident [m²].

    Returns
    -------
        One row per town in the order given: code, name, `shelters` (all), `usable` (those that
        count: not marked unusable), `usable_unknown` (count, but nothing says they are usable),
        `standardised`, `area_unknown` and `capacity_unknown` (count, but without the number),
        `near`, `declared_elsewhere`, `area_m2`, `capacity_persons` (sums of the known; NaN when
        shelters count and none has the number; 0 when none counts), `population`,
        `area_per_head` [m²], `places_per_head` [-], `shortfall_m2`, `shortfall_persons`
        (residents beyond the known area at the target; an upper bound where `area_unknown`),
        `status` (enough, short, unknown).
    """
    n = len(towns)
    placed = place_shelters(towns, shelters)
    inside = placed["town"].to_numpy() >= 0
    town = placed["town"].to_numpy()[inside]
    usable = _flag(shelters, "usable")[inside]
    counts = ~(usable == 0)
    standard = _flag(shelters, "standardised")[inside] == 1
    area, capacity = (_number(shelters, name)[inside] for name in ("area_m2", "capacity_persons"))
    marks = {
        "shelters": np.ones(len(town), dtype=bool),
        "usable": counts,
        "usable_unknown": np.isnan(usable),
        "standardised": standard & counts,
        "area_unknown": counts & np.isnan(area),
        "capacity_unknown": counts & np.isnan(capacity),
        "near": placed["near"].to_numpy()[inside],
        "declared_elsewhere": placed["declared_elsewhere"].to_numpy()[inside],
    }
    table = pd.DataFrame({"code": towns["code"].to_numpy(), "name": towns["name"].to_numpy()})
    for name, mark in marks.items():
        table[name] = np.bincount(town[mark], minlength=n)
    table["area_m2"] = _sums(town[counts], area[counts], n)
    table["capacity_persons"] = _sums(town[counts], capacity[counts], n)
    table["population"] = table["code"].map(population).astype("float64")
    return _compare(table, target_m2)


def _compare(table: pd.DataFrame, target_m2: float) -> pd.DataFrame:
    """Return rows with area and places per head, shortfall and status."""
    compared = table.copy()
    people = compared["population"].where(compared["population"] > 0)
    compared["area_per_head"] = compared["area_m2"] / people
    compared["places_per_head"] = compared["capacity_persons"] / people
    missing = target_m2 * compared["population"] - compared["area_m2"]
    compared["shortfall_m2"] = missing.clip(lower=0.0)
    compared["shortfall_persons"] = compared["shortfall_m2"] / target_m2
    compared["status"] = np.select(
        [missing.isna(), missing > 0], ["unknown", "short"], default="enough"
    )
    return compared


def district_totals(table: pd.DataFrame, target_m2: float = TARGET_M2) -> pd.DataFrame:
    """Return one row for the whole district from the rows of its towns.

    Areas and capacities are sums of the known; the residents are unknown when those of any town
    are. The district may have enough in sum while towns are short: `shortfall_m2` here compares
    the sums, the towns' own shortfalls stand in their rows. As in a town, a sum is unknown when
    shelters count and none has the number, even if another town has no shelter at all.
    """
    row: dict[str, Any] = {"code": "", "name": "全区"}
    row |= {name: int(table[name].sum()) for name in SUMMED}
    for name, missing in (("area_m2", "area_unknown"), ("capacity_persons", "capacity_unknown")):
        none = 0 < row["usable"] == row[missing]
        row[name] = float("nan") if none else float(table[name].sum(min_count=1))
    row["population"] = float(table["population"].sum(skipna=False))
    return _compare(pd.DataFrame([row]), target_m2)


def basis_of(table: pd.DataFrame) -> Literal["area", "capacity"]:
    """Return what the rows of the towns can be compared by.

    Capacity when no shelter that counts has an effective area and some have a capacity; else
    area, the measure of the target.
    """
    usable, no_area, no_capacity = (
        int(table[name].sum()) for name in ("usable", "area_unknown", "capacity_unknown")
    )
    return "capacity" if no_capacity < usable == no_area else "area"


def coverage(ws: Workspace) -> tuple[gpd.GeoDataFrame, pd.DataFrame, District]:
    """Return the shelters in use, the rows of the towns, and the district they were made from.

    Raises
    ------
    RiskmapError
        When towns or shelters were never imported.
    """
    if current(ws, "shelters") is None:
        raise RiskmapError("还没有避难场所图层", "shelters", "先运行 riskmap import shelters 文件")
    names = ("towns", "communities", "population")
    found = {name: snapshot for name in names if (snapshot := current(ws, name)) is not None}
    district = load_district(ws, found)
    towns = gpd.GeoDataFrame(
        {"code": district.codes, "name": district.names},
        geometry=district.geometry,
        crs="EPSG:4490",
    )
    shelters = load_layer(ws, "shelters")
    population = pd.Series(district.population, index=list(district.codes))
    target = ws.settings.shelters.target_m2_per_person
    return shelters, shelter_coverage(towns, shelters, population, target), district


def coverage_document(ws: Workspace) -> dict[str, Any]:
    """Return what the page and the API of shelters show.

    `district` holds the sums, and beside them how many towns are short or unknown and the sum of
    the shortfalls of the towns that are short: spare places in one town do not serve another.
    Numbers are null where unknown. `faults` are sentences for the reader: what was counted how,
    and what is missing. `basis` says what towns can be compared by (`basis_of`); where that is
    capacity, `area_remark` is the one of the faults that says why, else null.
    """
    shelters, table, district = coverage(ws)
    target = ws.settings.shelters.target_m2_per_person
    total = _rows(district_totals(table, target))[0]
    total |= {"name": ws.settings.district.name, "code": ws.settings.district.code}
    short = table["status"] == "short"
    total["towns_short"] = int(short.sum())
    total["towns_unknown"] = int((table["status"] == "unknown").sum())
    total["towns_shortfall_m2"] = float(table.loc[short, "shortfall_m2"].sum())
    total["towns_shortfall_persons"] = float(table.loc[short, "shortfall_persons"].sum())
    snapshots = {"shelters": current(ws, "shelters"), **district.snapshots}
    in_use = snapshots["shelters"]
    return {
        "target_m2_per_person": target,
        "target_source": TARGET_SOURCE,
        "basis": basis_of(table),
        "area_remark": _area_remark(table),
        "denominator": f"常住人口：{district.population_source}",
        "as_of": iso(in_use.imported_at.astimezone(ws.settings.zone)) if in_use else None,
        "layers": {name: _source(ws, snapshot) for name, snapshot in snapshots.items() if snapshot},
        "district": total,
        "towns": _rows(table),
        "faults": _remarks(table, len(shelters)),
    }


def _source(ws: Workspace, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "digest": snapshot.digest,
        "imported_at": iso(snapshot.imported_at.astimezone(ws.settings.zone)),
        "rows": snapshot.rows,
        "files": [source.get("file") for source in snapshot.sources],
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain dictionaries, NaN as None."""
    floats = table.select_dtypes("float").columns
    rows = table.to_dict("records")
    return [
        {str(name): number(cell) if name in floats else cell for name, cell in row.items()}
        for row in rows
    ]


def _remarks(table: pd.DataFrame, n_shelters: int) -> list[str]:
    """Return in Chinese what a reader must know about the numbers."""
    total = table[list(SUMMED)].sum()
    outside = n_shelters - int(total["shelters"])
    said = [
        (outside, "处避难场所的坐标在所有镇街之外，未计入"),
        (total["declared_elsewhere"], "处避难场所的坐标与申报镇街不符，按坐标所在镇街计算"),
        (total["near"], f"处避难场所落在镇街缝隙，归 {SLIVER_M:g} 米内最近的镇街"),
        (total["shelters"] - total["usable"], "处避难场所标明不可用，未计入"),
        (total["usable_unknown"], "处避难场所未说明是否可用，按可用计入"),
        (total["area_unknown"], _unknown_area(total)),
        (total["capacity_unknown"], "处计入的避难场所没有容纳人数，容纳人数合计是下限"),
        (table["population"].isna().sum(), "个镇街的常住人口未知，无法判断是否达标"),
    ]
    return [f"{int(count)} {text}" for count, text in said if count]


def _area_remark(table: pd.DataFrame) -> str | None:
    """Return the remark on areas where towns can be compared by capacity only."""
    if basis_of(table) == "area":
        return None
    total = table[list(SUMMED)].sum()
    return f"{int(total['area_unknown'])} {_unknown_area(total)}"


def _unknown_area(total: "pd.Series[int]") -> str:
    if total["area_unknown"] < total["usable"]:
        return "处计入的避难场所没有有效面积，面积合计是下限，缺口是上限"
    return "处计入的避难场所全都没有有效面积：人均面积和缺口无从计算，只能看人均位数"


def _flag(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a yes/no column as 1, 0, NaN (not said), shape (k,)."""
    if name not in table:
        return np.full(len(table), np.nan)
    return np.asarray(
        table[name].astype("boolean").astype("Float64").to_numpy(np.float64, na_value=np.nan)
    )


def _number(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _sums(town: NDArray[np.int32], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return sums by town of the known values; NaN where there are values and none is known."""
    known = np.isfinite(values)
    total = np.bincount(town[known], weights=values[known], minlength=n).astype(np.float64)
    counted = np.bincount(town, minlength=n)
    return np.where((counted > 0) & (np.bincount(town[known], minlength=n) == 0), np.nan, total)
