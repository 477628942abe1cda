"""What an import is given and what it makes, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.codes import CodeTable
from layers.faults import Fault
from layers.population import PopulationGrid
from layers.readers.raw import RawTable


@dataclass(frozen=True)
class LayerImport:
    """What an import made of its sources; nothing is stored yet.

    Parameters
    ----------
    table
        Accepted rows; a GeoDataFrame in EPSG:4490 for layers with geometry, None for a raster.
    grid
        Persons per cell, for population only.
    read, accepted, rejected
        Rows (cells with a known number, for a raster). Exact repeats are in neither of the last
        two.
    rejects
        Rejected rows as read, with file, sheet, row and reason.
    sources
        ``file``, ``sha256``, ``rows`` and further facts of every source.
    datum
        The system that was taken, by which right, and how the points fit their declared towns.
    report
        Repairs, overlaps, slivers, points outside, provenance.
    usable
        Whether enough was accepted for the layer to replace the one in use.
    """

    layer: str
    table: gpd.GeoDataFrame | pd.DataFrame | None
    grid: PopulationGrid | None
    read: int
    accepted: int
    rejected: int
    faults: list[Fault]
    rejects: pd.DataFrame
    sources: list[dict[str, Any]]
    datum: dict[str, Any]
    report: dict[str, Any]
    usable: bool


@dataclass(frozen=True)
class Options:
    """How sources are to be read; see `read_layer`."""

    crs: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    codes: CodeTable | None = None
    division: str | None = None
    towns: gpd.GeoDataFrame | None = None
    units: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class Part:
    """One source after reading and checking."""

    raw: RawTable
    table: pd.DataFrame
    rejects: pd.DataFrame
    faults: list[Fault]
    datum: dict[str, Any]
    report: dict[str, Any]
    source: dict[str, Any]
