"""Persons taken in: a raster as it is, or a table by town or community spread by area."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.checks.findings import Finding
from layers.datum import metric_epsg
from layers.errors import InputError
from layers.faults import Fault
from layers.names import name_key, or_nearest
from layers.population import PopulationGrid, spread_by_area

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Spread:
    """A table of persons on its units: units with ``persons``, the grid, and what was found."""

    units: gpd.GeoDataFrame
    grid: PopulationGrid
    findings: list[Finding]
    report: dict[str, Any]


def _plain_code(code: Any) -> str:
    text = "" if pd.isna(code) else str(code).replace("-", "").removesuffix(".0")
    return text[:9] if len(text) == 12 and text.endswith("000") else text


def match_units(table: pd.DataFrame, units: gpd.GeoDataFrame) -> Ints:
    """Return the position of every row's unit (n,), −1 where none is clear.

    By code where one is given; else by name, and where names repeat by name below the town; at
    last by a name that ends with the unit's (花蓮縣花蓮市).
    """
    codes = {str(code): i for i, code in enumerate(units["code"])}
    names: dict[str, list[int]] = {}
    for i, name in enumerate(units["name"]):
        names.setdefault(name_key(str(name)), []).append(i)
    town_code = units["town_code"] if "town_code" in units else units["code"]
    towns: dict[str, set[str]] = {}
    for code, town in zip(town_code, units.get("TOWNNAME", town_code), strict=True):
        towns.setdefault(str(code), set()).update({str(code), name_key(str(town))})

    def place(code: Any, name: Any, town: Any) -> int:
        plain = _plain_code(code)
        if plain in codes:
            return codes[plain]
        if pd.isna(name):
            return -1
        key = name_key(str(name))
        found = names.get(key) or next((at for n, at in names.items() if key.endswith(n)), [])
        if len(found) > 1 and not pd.isna(town):
            within = name_key(str(town))
            found = [
                i
                for i in found
                if any(within.endswith(word) for word in towns[str(town_code.iloc[i])])
            ]
        return found[0] if len(found) == 1 else -1

    rows = zip(table["code"], table["name"], table["town"], strict=True)
    return np.array([place(*row) for row in rows], dtype=np.int64)


_TOTALS = frozenset({"合计", "总计", "小计", "共计", "累计", "total", "sum"})


def without_totals(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a table without the rows that only sum up others, and a note on each."""
    words = table["name"].fillna(table["code"]).fillna("").astype("str").map(name_key)
    total = words.isin(_TOTALS).to_numpy(dtype=bool)
    if not total.any() or total.all():
        return table, []
    notes = [
        Fault(file, None, int(row), "name", str(word), "合计行，不作为单元读入", "note")
        for file, row, word in zip(
            table["source_file"][total], table["source_row"][total], words[total], strict=True
        )
    ]
    return table[~total].reset_index(drop=True), notes


def covers_towns(grid: PopulationGrid, towns: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which towns (n,) the rectangle of a raster meets."""
    rows, columns = grid.persons.shape
    width, _, west, _, height, north = grid.transform
    whole = shapely.box(west, north + rows * height, west + columns * width, north)
    edge = shapely.segmentize(whole, 10 * max(abs(width), abs(height)))
    box = gpd.GeoSeries([edge], crs=grid.crs).to_crs(towns.crs)
    return np.asarray(shapely.intersects(towns.geometry.array, box.iloc[0]), dtype=bool)


def _districts(table: pd.DataFrame, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return units made of whole districts where every row has a 6-digit code of towns here."""
    codes = [_plain_code(code) for code in table["code"]]
    if not codes or not all(len(code) == 6 for code in codes):
        return None
    prefix = towns["code"].astype("str").str[:6]
    if not set(codes) <= set(prefix):
        return None
    shapes = [shapely.union_all(towns.geometry[prefix == code].array) for code in codes]
    names = table["name"].fillna(table["code"]).to_list()
    return gpd.GeoDataFrame({"code": codes, "name": names}, geometry=shapes, crs=towns.crs)


def choose_units(
    table: pd.DataFrame, units: gpd.GeoDataFrame | None, towns: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, str]:
    """Return the units (communities, towns or districts) that most rows of a table name.

    Raises
    ------
    InputError
        When there are no units, or no row names any of them.
    """
    choices = [
        (found, word) for found, word in ((units, "units"), (towns, "towns")) if found is not None
    ]
    if towns is not None:
        whole = _districts(table, towns)
        if whole is not None:
            choices.append((whole, "districts"))
    if not choices:
        raise InputError(
            "人口表要按镇街或村社边界落图", "", "先导入 towns 或 communities，再导入人口表"
        )
    hits = [int((match_units(table, found) >= 0).sum()) for found, _ in choices]
    best = int(np.argmax(hits))
    if hits[best] == 0:
        sample = table["name"].fillna(table["code"]).head(3)
        raise InputError(
            "人口表的代码和名称与已导入的镇街、村社都对不上",
            "、".join(map(str, sample)),
            "检查代码列、名称列，或先导入相应的 towns、communities",
        )
    return choices[best]


def spread_table(
    table: pd.DataFrame, units: gpd.GeoDataFrame, word: str, cell_m: float = 100.0
) -> Spread:
    """Return persons of a checked table (n rows) on the units and on a grid.

    Rows without a unit are rejected; units without a row stay unknown, never 0.
    """
    position = match_units(table, units)
    findings = _unmatched(table, position, units)
    repeated = pd.Series(position).duplicated(keep="first").to_numpy() & (position >= 0)
    findings += [
        Finding(
            np.array([i]), "name", np.array([str(table["name"].iloc[i])], dtype=object),
            "同一单元有两行人口，取先出现的一行",
        )
        for i in np.flatnonzero(repeated)
    ]  # fmt: skip
    good = (position >= 0) & ~repeated
    persons = np.full(len(units), np.nan)
    persons[position[good]] = table["persons"].to_numpy(dtype=np.float64)[good]
    bounds = shapely.total_bounds(np.asarray(units.geometry.array, dtype=object))
    epsg = metric_epsg((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    grid = spread_by_area(units, persons, epsg, cell_m, unit_word=word)
    kept = units[["code", "name", "geometry"]].assign(persons=persons)
    source = np.full(len(units), -1, dtype=np.int64)
    source[position[good]] = table["source_row"].to_numpy()[good]
    file = str(table["source_file"].iloc[0])
    missing = units["name"][np.isnan(persons)]
    report = {
        "method": grid.method,
        "cell_m": cell_m,
        "persons": float(np.nansum(persons)),
        "units_without_persons": len(missing),
        "units_without_persons_names": [str(name) for name in missing.head(20)],
        "provenance": f"人口由 {file} 按面积均匀分摊到 {int(good.sum())} 个单元，不是实测分布",
    }
    return Spread(
        kept.assign(source_file=file, source_row=source).reset_index(drop=True),
        grid,
        findings,
        report,
    )


def _unmatched(table: pd.DataFrame, position: Ints, units: gpd.GeoDataFrame) -> list[Finding]:
    known = [str(name) for name in units["name"]]
    findings = []
    for i in np.flatnonzero(position < 0):
        name, code = table["name"].iloc[i], table["code"].iloc[i]
        value = str(code if pd.isna(name) else name)
        text = f"已导入的边界中没有这个单元；{or_nearest(value, known)}"
        findings.append(Finding(np.array([i]), "name", np.array([value], dtype=object), text))
    return findings
