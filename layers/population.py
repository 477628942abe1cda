"""Persons on a grid: read from a raster, or spread from a table of units by area."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError

from layers.coverage import spread
from layers.edges import polygon_edges
from layers.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PopulationGrid:
    """Persons per cell, north up.

    `persons` has shape (rows, columns), persons per cell, NaN where unknown; float64, or float32
    where the source raster is float32 (sums are taken in float64 either way). `transform` is
    (a, b, c, d, e, f) of rasterio: x = a·column + c, y = e·row + f, with b = d = 0 and e < 0.
    `crs` is geographic (degrees) or projected in metres. `method` says how the numbers came to be.
    """

    persons: NDArray[np.floating]
    transform: tuple[float, float, float, float, float, float]
    crs: str
    method: str

    def __post_init__(self) -> None:
        a, b, _, d, e, _ = self.transform
        if b or d or not (a > 0 and e < 0):
            raise InputError(
                "人口栅格不是正北向上", self.transform, "请先用 gdalwarp 转成正北向上的栅格"
            )
        system = CRS.from_user_input(self.crs)
        if not system.is_geographic and system.axis_info[0].unit_conversion_factor != 1.0:
            raise InputError("人口栅格的坐标单位不是米", self.crs, "请先转成以米或度为单位的坐标系")

    @property
    def geographic(self) -> bool:
        """Whether cells are measured in degrees."""
        return bool(CRS.from_user_input(self.crs).is_geographic)

    @property
    def total(self) -> float:
        """Return the persons in all known cells; NaN when no cell is known."""
        if bool(np.isnan(self.persons).all()):
            return float("nan")
        return float(np.nansum(self.persons, dtype=np.float64))

    def to_crs(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return points given as longitude and latitude in the grid's own coordinates, (k,)."""
        if self.geographic:
            return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        project = Transformer.from_crs("EPSG:4490", self.crs, always_xy=True)
        x, y = project.transform(lon, lat)
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def to_cells(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return points in the grid's coordinates as fractional (column, row), (k,) each."""
        a, _, c, _, e, f = self.transform
        return (x - c) / a, (y - f) / e


def read_population_raster(path: Path | str) -> PopulationGrid:
    """Read a raster of persons per cell.

    Nodata cells become NaN (unknown). Counts are wanted, not densities: a raster of persons per
    km² must be turned into counts first.

    Raises
    ------
    InputError
        When the file cannot be read as a raster, has several bands, no reference system, a
        rotated grid, or negative persons (an undeclared nodata value).
    """
    name = Path(path).name
    try:
        with rasterio.open(path) as source:
            if source.count != 1:
                raise InputError(
                    "人口栅格应只有一个波段", f"{name}：{source.count} 个", "请另存为单波段"
                )
            if source.crs is None:
                raise InputError(
                    "人口栅格没有坐标系", name, "请用 gdal_edit.py -a_srs EPSG:4326 写入"
                )
            persons = _known(source)
            transform, crs = tuple(source.transform)[:6], source.crs
    except RasterioError as error:
        raise InputError("读不出栅格", name, f"请给出 GeoTIFF 等栅格文件（{error}）") from error
    if np.nanmin(persons, initial=0.0) < 0:
        raise InputError("人口栅格含负值", name, "请用 gdal_edit.py -a_nodata 声明无数据值")
    code = crs.to_epsg()
    return PopulationGrid(
        persons, transform, f"EPSG:{code}" if code else crs.to_wkt(), method="raster"
    )


def _known(source: rasterio.io.DatasetReader) -> NDArray[np.floating]:
    """Return the first band as floats with NaN where the source has no data."""
    dtype = np.float32 if source.dtypes[0] == "float32" else np.float64
    band = source.read(1, out_dtype=dtype)
    valid = source.read_masks(1)
    band[(valid == 0) | ~np.isfinite(band)] = np.nan
    result: NDArray[np.floating] = band
    return result


def spread_by_area(
    units: gpd.GeoDataFrame,
    persons: Floats,
    epsg: int,
    cell_m: float = 100.0,
    unit_word: str = "units",
) -> PopulationGrid:
    """Spread the persons of towns or communities evenly over their area.

    ``persons(cell) = Σ_i P_i · A(cell ∩ unit_i) / A(unit_i)``: dasymetric mapping in its simplest
    form (areal weighting, Goodchild & Lam 1980). Each unit's persons are kept to rounding.

    A unit whose persons are unknown adds nothing, and a cell that no known unit covers is NaN; a
    border cell shared with an unknown unit carries the known part only.

    Parameters
    ----------
    units
        n polygons with a reference system.
    persons
        Persons of each unit, shape (n,), NaN where unknown.
    epsg
        Projected system in metres, the district's Gauss–Krüger zone.
    cell_m
        Cell size in metres.
    unit_word
        What the units are, for the note on the method.

    Raises
    ------
    InputError
        When a count is negative, a unit with persons has no area, or lengths differ.
    """
    totals = np.asarray(persons, dtype=np.float64)
    if units.crs is None:
        raise InputError("人口单元没有坐标系", "", "请先设置坐标系")
    shapes = np.asarray(units.geometry.to_crs(epsg).array, dtype=object)
    edges = polygon_edges(shapes)
    empty = np.diff(edges.start) == 0
    if len(totals) != len(shapes):
        raise InputError("人口数与单元数不同", f"{len(totals)} 与 {len(shapes)}", "请一一对应")
    if (totals < 0).any():
        raise InputError("人口数为负", totals[totals < 0][0], "请更正人口表")
    if (empty & (totals > 0)).any():
        lost = float(totals[empty & (totals > 0)].sum())
        raise InputError("有人口的单元没有边界面", f"{lost:.0f} 人", "请补上边界或改用上一级单元")
    if not np.isfinite(totals).any() or not len(edges.ends):
        raise InputError("没有一个单元既有人口又有边界", "", "请检查人口表的编码或名称")
    corners = edges.ends.reshape(-1, 2)
    west, south = np.floor(corners.min(axis=0) / cell_m) * cell_m
    east, north = np.ceil(corners.max(axis=0) / cell_m) * cell_m
    shape = (max(round((north - south) / cell_m), 1), max(round((east - west) / cell_m), 1))
    cells = (edges.ends - [west, north, west, north]) / [cell_m, -cell_m, cell_m, -cell_m]
    grid = spread(totals, np.ascontiguousarray(cells), edges.start, shape)
    n = int(np.isfinite(totals).sum())
    transform = (cell_m, 0.0, float(west), 0.0, -cell_m, float(north))
    return PopulationGrid(grid, transform, f"EPSG:{epsg}", f"spread by area over {n} {unit_word}")
