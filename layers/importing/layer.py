"""A source in, a layer out: read, checked, on the map, with everything that was found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.checks.findings import as_faults, rejected
from layers.codes import read_codes
from layers.contracts.layers import LAYER_CONTRACTS
from layers.contracts.model import Contract
from layers.datum import parse_crs
from layers.errors import InputError
from layers.faults import Fault
from layers.importing.areas import compare_areas, with_town_code
from layers.importing.merge import in_order, joined, joined_datum, joined_report
from layers.importing.model import LayerImport, Options, Part
from layers.importing.parts import AREAS, read_part, stacked
from layers.importing.population import (
    Spread,
    choose_units,
    covers_towns,
    spread_table,
    without_totals,
)
from layers.importing.sources import sha256_of, source_facts
from layers.names import nearest
from layers.population import PopulationGrid, read_population_raster
from layers.readers.raw import file_note
from layers.readers.source import existing

__all__ = ["LayerImport", "contract_of", "read_layer", "sha256_of"]

_RASTERS = {".tif", ".tiff", ".img", ".vrt", ".asc"}


def contract_of(layer: str) -> Contract:
    """Return the contract of a layer.

    Raises
    ------
    InputError
        When there is no such layer; the nearest names are given.
    """
    if layer not in LAYER_CONTRACTS:
        near = nearest(layer, LAYER_CONTRACTS)
        hint = f"是不是 {'、'.join(near)}？" if near else ""
        raise InputError("没有这个图层", layer, f"{hint}可用：{'、'.join(LAYER_CONTRACTS)}")
    return LAYER_CONTRACTS[layer]


def read_layer(
    layer: str,
    paths: str | Path | Sequence[str | Path],
    *,
    crs: str | int | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    where: str | None = None,
    codes: str | Path | None = None,
    division: str | None = None,
    towns: gpd.GeoDataFrame | None = None,
    units: gpd.GeoDataFrame | None = None,
) -> LayerImport:
    """Read sources into a layer.

    Parameters
    ----------
    layer
        Name of the layer (a key of `LAYER_CONTRACTS`).
    crs
        EPSG code, ``gcj02`` or ``bd09``; wins over what the file says.
    sheet, encoding, where
        See `layers.readers.source.read_table`.
    column_map
        Canonical column -> column of the source.
    codes
        Table of division codes and names, to be joined by name.
    division
        First digits of the codes that may be joined.
    towns
        Towns in use (code, name, geometry in EPSG:4490): points are compared with them.
    units
        Communities in use, on which a population table may be spread.

    Raises
    ------
    InputError
        When a source cannot be used at all. Faulty rows raise nothing: they are listed.
    """
    contract = contract_of(layer)
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise InputError("没有给出文件", layer, "写出要导入的文件")
    options = Options(
        None if crs is None else parse_crs(crs), sheet, encoding, dict(column_map or {}), where,
        None if codes is None else read_codes(codes), division, towns, units,
    )  # fmt: skip
    if layer == "population" and Path(files[0]).suffix.lower() in _RASTERS:
        return _read_raster(files, options)
    parts = [read_part(contract, Path(path), options) for path in files]
    return _combine(contract, parts, options)


def _combine(contract: Contract, parts: list[Part], options: Options) -> LayerImport:
    """Return the parts as one layer, compared with themselves."""
    table, faults, rejects = joined(parts, contract)
    report = joined_report(parts)
    grid = None
    if contract.name == "communities":
        table = with_town_code(table)
    if contract.name in AREAS and len(table):
        found, notes = compare_areas(table, parts[0].raw.file, contract.title_zh)
        report |= found
        faults += notes
    if contract.name == "population" and len(table):
        spread, more, lost = _spread(table, options)
        table, grid = spread.units, spread.grid
        report |= spread.report
        faults += more
        rejects = stacked([rejects, lost])
    if contract.name == "shelters":
        faults += _zero_capacity(table)
    read = sum(int(part.source["rows"]) for part in parts)
    accepted = len(table) if grid is None else int(table["persons"].notna().sum())
    share = len(rejects) / read if read else 1.0
    return LayerImport(
        layer=contract.name,
        table=table,
        grid=grid,
        read=read,
        accepted=accepted,
        rejected=len(rejects),
        faults=in_order(faults, [part.raw.file for part in parts]),
        rejects=rejects,
        sources=[part.source for part in parts],
        datum=joined_datum(parts),
        report=report,
        usable=accepted > 0 and share <= contract.reject_limit,
    )


def _spread(table: pd.DataFrame, options: Options) -> tuple[Spread, list[Fault], pd.DataFrame]:
    """Return persons on their units and a grid, what to say of it, and the rows left over."""
    file = str(table["source_file"].iloc[0])
    table, totals = without_totals(table)
    units, word = choose_units(table, options.units, options.towns)
    result = spread_table(table, units, word)
    faults = as_faults(result.findings, file, None, table["source_row"].to_numpy())
    faults += totals
    faults.append(file_note(file, None, result.grid.method, str(result.report["provenance"])))
    if result.report["units_without_persons"]:
        names = "、".join(result.report["units_without_persons_names"])
        text = f"{result.report['units_without_persons']} 个单元没有人口数，按未知处理（不是 0）"
        faults.append(file_note(file, None, names, text))
    bad = rejected(result.findings, len(table))
    return result, faults, table[bad].assign(reason="没有对应的边界单元，或同一单元重复")


def _zero_capacity(table: pd.DataFrame) -> list[Fault]:
    notes = []
    for column in ("capacity_persons", "area_m2"):
        zero = table[table[column] == 0] if len(table) else table
        if len(zero):
            names = "、".join(zero["name"].head(5))
            text = f"{len(zero)} 处 {column} 为 0，照原样保存，不提供容量"
            notes.append(file_note(str(zero["source_file"].iloc[0]), None, names, text))
    return notes


def _compared(grid: PopulationGrid, name: str, options: Options) -> list[Fault]:
    """Return a note on towns that a raster of persons does not reach.

    Raises
    ------
    InputError
        When another system is stated than the file's own, or the raster reaches no town.
    """
    if options.crs is not None and options.crs != grid.crs:
        raise InputError(
            f"{name} 自带坐标系 {grid.crs}，与 --crs 不同",
            options.crs,
            "栅格以文件自带的坐标系为准：去掉 --crs，或先用 GIS 软件改正文件",
        )
    if options.towns is None or not len(options.towns):
        return []
    without = options.towns["name"][~covers_towns(grid, options.towns)]
    if len(without) == len(options.towns):
        raise InputError(
            f"{name} 的范围不在本区，没有覆盖任何镇街", "", "检查栅格的范围与坐标系，换成本区的栅格"
        )
    if not len(without):
        return []
    text = f"{len(without)} 个镇街不在栅格范围内，人口按未知处理（不是 0）"
    return [file_note(name, None, "、".join(without.head(20).astype(str)), text)]


def _read_raster(files: list[str | Path], options: Options) -> LayerImport:
    if len(files) > 1:
        raise InputError("人口栅格一次只能导入一个", len(files), "先拼接成一个栅格")
    path = existing(files[0])
    grid = read_population_raster(path)
    notes = _compared(grid, path.name, options)
    known = np.isfinite(grid.persons)
    source = {**source_facts(path, None), "rows": int(known.sum()), "crs": grid.crs}
    report = {
        "method": grid.method,
        "persons": float(np.nansum(grid.persons, dtype=np.float64)),
        "cells_known": int(known.sum()),
        "cells_unknown": int((~known).sum()),
        "provenance": f"人口来自栅格 {path.name}，每格人数",
    }
    cells = int(known.sum())
    return LayerImport(
        layer="population",
        table=None,
        grid=grid,
        read=cells,
        accepted=cells,
        rejected=0,
        faults=notes,
        rejects=pd.DataFrame(),
        sources=[source],
        datum={"taken": grid.crs, "origin": "file"},
        report=report,
        usable=cells > 0,
    )
