"""One source read, checked and put on the map."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.checks.columns import match_columns
from layers.checks.findings import Finding, as_faults, rejected
from layers.checks.table import check_table, reject_rows
from layers.contracts.model import Contract
from layers.datum import STORED
from layers.faults import Fault
from layers.importing.areas import place_areas, with_codes
from layers.importing.model import Options, Part
from layers.importing.sites import Placed, place
from layers.importing.sources import source_facts
from layers.names import header_key
from layers.readers.raw import RawTable, take
from layers.readers.source import read_table

AREAS = ("towns", "communities")
_WKT = ("wkt", "geometry", "geom", "几何")


def read_part(contract: Contract, path: Path, options: Options) -> Part:
    """Return one source after reading, checking and placing, with all that was found.

    Raises
    ------
    InputError
        When the source cannot be used at all.
    """
    mapped = {header_key(name) for name in options.column_map.values()}
    raw = read_table(
        path,
        sheet=options.sheet,
        encoding=options.encoding,
        where=options.where,
        headers=contract.header_names() | mapped,
    )
    source = source_facts(path, raw)
    raw = _with_wkt(raw, contract)
    coded, lost, faults = _coded(raw, contract, options)
    checked = check_table(coded, contract, options.column_map)
    rejects = [lost, checked.rejected]
    faults += checked.faults
    table, datum, report = checked.table, {}, {}
    if contract.geometry and len(table):
        placed = _place(table, coded, contract, options)
        back = np.searchsorted(coded.rows, table["source_row"].to_numpy())
        labels = _labels(coded, contract, options)
        found = [_at(finding, back, labels) for finding in placed.findings]
        faults += [*as_faults(found, coded.file, coded.sheet, coded.rows), *placed.notes]
        rejects.append(reject_rows(coded, found))
        table, datum, report = _on_map(table, placed), placed.datum, placed.report
    return Part(raw, table, stacked(rejects), faults, datum, report, source)


def stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return tables below each other; empty ones add no columns."""
    return pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)


def _coded(
    raw: RawTable, contract: Contract, options: Options
) -> tuple[RawTable, pd.DataFrame, list[Fault]]:
    """Return a table with codes joined by name, the rows without one, and what to say."""
    if options.codes is None or contract.name not in AREAS:
        return raw, pd.DataFrame(), []
    joined, found = with_codes(raw, contract, options.column_map, options.codes, options.division)
    faults = as_faults(found, raw.file, raw.sheet, raw.rows)
    keep = ~rejected(found, len(raw.frame))
    return take(joined, keep), reject_rows(raw, found), faults


def _labels(raw: RawTable, contract: Contract, options: Options) -> dict[str, str]:
    """Return the header that the clerk sees for each column of the contract."""
    return {m.column.name: m.label for m in match_columns(raw, contract, options.column_map)}


def _at(finding: Finding, back: NDArray[Any], labels: dict[str, str]) -> Finding:
    """Return a finding with positions in the source's rows and the source's own header."""
    column = labels.get(finding.column or "", finding.column)
    return replace(finding, rows=back[finding.rows], column=column)


def _with_wkt(raw: RawTable, contract: Contract) -> RawTable:
    """Return a table whose WKT column, if it has one, is its geometry."""
    if raw.geometry is not None or not contract.geometry:
        return raw
    names = {header_key(str(name)): str(name) for name in raw.frame.columns}
    column = next((names[key] for key in _WKT if key in names), None)
    if column is None:
        return raw
    texts = raw.frame[column].astype(object).where(raw.frame[column].notna(), None)
    shapes = shapely.from_wkt(texts.to_numpy(dtype=object), on_invalid="ignore")
    return replace(raw, frame=raw.frame.drop(columns=column), geometry=shapes)


def _place(table: pd.DataFrame, raw: RawTable, contract: Contract, options: Options) -> Placed:
    if contract.name in AREAS:
        return place_areas(table, raw, contract, crs=options.crs)
    return place(table, raw, contract, crs=options.crs, towns=options.towns)


def _on_map(table: pd.DataFrame, placed: Placed) -> gpd.GeoDataFrame:
    """Return the accepted rows with geometry, lon and lat in EPSG:4490, and their source system."""
    keep = ~rejected(placed.findings, len(table))
    kept = table.drop(columns="geometry", errors="ignore")[keep].reset_index(drop=True)
    shapes = placed.geometry[keep]
    if "lon" in kept:
        spots = shapely.point_on_surface(shapes)
        kept = kept.assign(lon=shapely.get_x(spots), lat=shapely.get_y(spots))
    kept = kept.assign(source_crs=str(placed.datum["taken"]))
    return gpd.GeoDataFrame(kept, geometry=shapes, crs=STORED)
