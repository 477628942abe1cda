"""Major hazard sources of the district by GB 18218-2018, with the people around them."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.exposure import people_within_boundaries
from layers.location import TownLocator
from layers.population import PopulationGrid
from riskmap.daily.days import read_day
from riskmap.district import SLIVER_M, representative_points
from riskmap.errors import NotFoundError
from riskmap.layer_store import current, load_layer, load_population
from riskmap.standards import gb18218_tables
from riskmap.workspace import Workspace
from scoring.gb18218_calculation import Assessment, assess, calculation

EXPOSURE_M = 500.0
"""People within this distance of the boundary are exposed (GB 18218-2018, 4.3.3) [m]."""

UNLISTED_ZH = "该单元没有登记任何物质，S、R 未知"


def assess_sources(
    table: pd.DataFrame,
    geometry: NDArray[np.object_],
    substances: pd.DataFrame | None,
    grid: PopulationGrid | None,
) -> Assessment:
    """Return S, R, α and level of every hazard source (u), in the order of the table.

    A unit without any substance row is unknown, not empty: it was registered for a reason.
    Substances of units that the table does not hold are left out.

    Parameters
    ----------
    table
        The layer hazard_sources, (u,) rows.
    geometry
        Its geometries, points or boundaries in longitude and latitude (u,).
    substances
        The layer substances; None when it was never imported (all unknown).
    grid
        Persons per cell; None when no population was ever imported.
    """
    ids = pd.Index(table["id"].astype("str"))
    counted = (
        np.full(len(table), np.nan)
        if grid is None
        else people_within_boundaries(grid, geometry, EXPOSURE_M)
    )
    surveyed = (
        table["surveyed_population_500m"].to_numpy(np.float64)
        if "surveyed_population_500m" in table
        else np.full(len(table), np.nan)
    )
    columns = ["hazard_source_id", "name", "cas", "category", "quantity_t"]
    rows = pd.DataFrame(columns=columns) if substances is None else substances
    unit = ids.get_indexer(pd.Index(rows["hazard_source_id"].astype("str")))
    rows, unit = rows[unit >= 0], unit[unit >= 0]
    missing = np.setdiff1d(np.arange(len(table)), unit)
    return assess(
        gb18218_tables(),
        np.concatenate([unit, missing]),
        names=[*_cells(rows, "name"), *[""] * len(missing)],
        cas=[*_cells(rows, "cas"), *[""] * len(missing)],
        categories=[*_cells(rows, "category"), *[""] * len(missing)],
        quantity_t=np.concatenate(
            [rows["quantity_t"].to_numpy(np.float64), np.full(len(missing), np.nan)]
        ),
        counted=np.asarray(counted, np.float64),
        surveyed=surveyed,
    )


def hazard_source_document(
    ws: Workspace, source_id: str, day: date | None = None
) -> dict[str, Any]:
    """Return one source with its whole calculation, from the layers in use or those of a day.

    Raises
    ------
    NotFoundError
        If there is no such source (or no such day).
    """
    digests = _digests(ws, day)
    if digests.get("hazard_sources") is None:
        raise NotFoundError(
            "还没有重大危险源图层", source_id, "先运行 riskmap import hazard_sources"
        )
    layer = load_layer(ws, "hazard_sources", digests["hazard_sources"])
    chosen = layer[layer["id"].astype("str") == source_id].reset_index(drop=True)
    if chosen.empty:
        raise NotFoundError("没有这个重大危险源", source_id, "请核对编号")
    substances = (
        load_layer(ws, "substances", digests["substances"]) if digests.get("substances") else None
    )
    grid = load_population(ws, digests["population"])[0] if digests.get("population") else None
    geometry = chosen.geometry.to_numpy()
    assessment = assess_sources(chosen, geometry, substances, grid)
    return _document(chosen.iloc[0], assessment, _town_name(ws, digests.get("towns"), geometry))


def _document(row: "pd.Series[Any]", assessment: Assessment, town: str | None) -> dict[str, Any]:
    worked: dict[str, Any] = calculation(assessment, 0)
    lines = [line for line in worked["lines"] if line["name"] or line["quantity_t"] is not None]
    faults = [fault for line in lines for fault in line["faults"]]
    if not lines:
        faults.append({"column": "substances", "value": "", "expected": UNLISTED_ZH})
    return {
        "id": str(row["id"]),
        "name": str(row["name"]),
        "enterprise_id": _cell(row, "enterprise_id"),
        "unit_type": _cell(row, "unit_type"),
        "town": town,
        "substances": lines,
        "S": worked["S"],
        "sum_beta_ratio": worked["sum_beta_ratio"],
        "alpha": worked["alpha"],
        "exposed_population_500m": worked["persons_counted"],
        "surveyed_population_500m": worked["persons_surveyed"],
        "population_used": worked["persons_used"],
        "R": worked["R"],
        "level": worked["level"],
        "level_zh": worked["level_zh"],
        "steps": worked["steps"],
        "faults": faults,
        "source": source_of(row),
        "standard": worked["standard"],
    }


def source_of(row: "pd.Series[Any]") -> str | None:
    """Return "file:row" of a layer's row, with the sheet where there is one."""
    file, sheet, line = (_cell(row, f"source_{part}") for part in ("file", "sheet", "row"))
    if file is None:
        return None
    place = f"{file}#{sheet}" if sheet else file
    return f"{place}:{int(float(line))}" if line is not None else place


def _digests(ws: Workspace, day: date | str | None) -> dict[str, str]:
    names = ("towns", "hazard_sources", "substances", "population")
    if day is not None:
        layers = read_day(ws, day)["provenance"]["layers"]
        return {name: layers[name]["digest"] for name in names if name in layers}
    found = {name: current(ws, name) for name in names}
    return {name: snapshot.digest for name, snapshot in found.items() if snapshot is not None}


def _town_name(ws: Workspace, digest: str | None, geometry: NDArray[np.object_]) -> str | None:
    if digest is None:
        return None
    towns = load_layer(ws, "towns", digest).sort_values("code", kind="stable")
    lon, lat = representative_points(geometry)
    locator = TownLocator.from_polygons(towns.geometry.to_numpy())
    town = int(locator.locate_near(lon, lat, SLIVER_M)[0][0])
    return str(towns["name"].iloc[town]) if town >= 0 else None


def _cells(table: pd.DataFrame, column: str) -> list[Any]:
    return table[column].tolist() if column in table else [""] * len(table)


def _cell(row: "pd.Series[Any]", column: str) -> str | None:
    value = row.get(column)
    return None if value is None or pd.isna(value) else str(value)
