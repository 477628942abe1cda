"""Write the sample's files so that the same content is always the same bytes."""

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import rasterio
from affine import Affine
from numpy.typing import NDArray

_STAMP = datetime(2026, 1, 1)
_ZIP_STAMP = (2026, 1, 1, 0, 0, 0)


def write_csv(path: Path, table: pd.DataFrame, encoding: str) -> None:
    """Write a csv as a spreadsheet program of a bureau would: given encoding, CRLF."""
    text = table.to_csv(index=False, lineterminator="\r\n", na_rep="")
    path.write_bytes(text.encode(encoding))


def write_xlsx(path: Path, table: pd.DataFrame, *, sheet: str, title: str = "") -> None:
    """Write one sheet, with a merged title row above the header where a title is given."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    page = book.create_sheet(sheet)
    if title:
        page.append([title])
        page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(table.columns))
    page.append(list(table.columns))
    for row in table.astype(object).where(table.notna(), None).itertuples(index=False):
        page.append(list(row))
    book.properties.creator = "riskmap sample"
    book.properties.created = book.properties.modified = _STAMP
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(_repacked(raw.getvalue()))


def _repacked(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    core = "docProps/core.xml"
    if core in parts:
        start, mark, rest = parts[core].partition(b"<dcterms:modified")
        if mark:
            inside, _, tail = rest.partition(b"</dcterms:modified>")
            kept = inside.partition(b">")[0] + b">2026-01-01T00:00:00Z"
            parts[core] = start + mark + kept + b"</dcterms:modified>" + tail
    return zipped(parts)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip of the parts with a fixed time stamp."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, compresslevel=9)
    return out.getvalue()


def write_shapefile_zip(path: Path, table: gpd.GeoDataFrame, *, stem: str, day: date) -> None:
    """Write a zipped Shapefile as GIS staff pass it on: GBK attributes, no .cpg, no language id."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pyogrio.write_dataframe(
            table, folder / f"{stem}.shp", driver="ESRI Shapefile", encoding="GBK"
        )
        kept = [folder / f"{stem}.{suffix}" for suffix in ("dbf", "prj", "shp", "shx")]
        parts = {file.name: file.read_bytes() for file in kept}
    dbf = bytearray(parts[f"{stem}.dbf"])
    dbf[1:4] = bytes([day.year - 1900, day.month, day.day])
    dbf[29] = 0
    parts[f"{stem}.dbf"] = bytes(dbf)
    path.write_bytes(zipped(parts))


def write_geojson(
    path: Path,
    geometries: Sequence[Mapping[str, Any]],
    properties: Sequence[Mapping[Any, Any]],
    *,
    name: str,
    crs: str | None = None,
) -> None:
    """Write a FeatureCollection, one feature per line."""
    features = [
        json.dumps(
            {"type": "Feature", "properties": dict(row), "geometry": dict(geometry)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for geometry, row in zip(geometries, properties, strict=True)
    ]
    head: dict[str, Any] = {"type": "FeatureCollection", "name": name}
    if crs:
        head["crs"] = {"type": "name", "properties": {"name": crs}}
    start = json.dumps(head, ensure_ascii=False)[:-1]
    path.write_text(f'{start}, "features": [\n' + ",\n".join(features) + "\n]}\n", encoding="utf-8")


def write_raster(
    path: Path, values: NDArray[np.float32], *, west: float, north: float, cell_m: float, epsg: int
) -> None:
    """Write persons per cell (rows, columns) as a deflated GeoTIFF; −9999 is no data."""
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "nodata": -9999.0, "tiled": True}
    profile |= {"width": values.shape[1], "height": values.shape[0], "crs": f"EPSG:{epsg}"}
    profile |= {"compress": "deflate", "predictor": 3}
    profile |= {"transform": Affine(cell_m, 0.0, west, 0.0, -cell_m, north)}
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(np.where(np.isnan(values), np.float32(-9999), values), 1)
