"""Snapshots: a layer as imported, written once, named by the SHA-256 of its bytes.

Tables are GeoParquet (Parquet without geometry), grids cloud-optimised GeoTIFF. The same import
gives the same bytes: rows are sorted, no time is stamped. A population that came as a table is a
Parquet file of units whose metadata names the grid derived from it, so one digest proves both.
"""

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import rasterio
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster

from layers.contracts.layers import LAYER_CONTRACTS
from layers.errors import InputError
from layers.population import PopulationGrid

if TYPE_CHECKING:
    from layers.importing.model import LayerImport

_GRID_KEY = b"riskmap_grid"
_TAG = "RISKMAP_METHOD"
_POPULATION = "population"


def write_snapshot(folder: Path, layer: str, imported: "LayerImport") -> str:
    """Write an import as a snapshot and return its digest (SHA-256, hex).

    The file stands complete under ``folder/layer/digest.parquet`` (``.tif`` for a raster) or not
    at all: it is written beside and renamed. One that is there already is never overwritten.

    Raises
    ------
    InputError
        When the import holds neither a table nor a grid.
    OSError
        When the folder cannot be written; what was begun is removed.
    """
    place = Path(folder) / layer
    grid_digest = None
    if imported.grid is not None:
        grid_digest = _store(place, ".tif", grid_bytes(imported.grid))
    if imported.table is None:
        if grid_digest is None:
            raise InputError("导入结果是空的，不能存为快照", layer, "检查源文件")
        return grid_digest
    content = table_bytes(sorted_table(imported.table, layer), grid_digest)
    return _store(place, ".parquet", content)


def sorted_table(
    table: gpd.GeoDataFrame | pd.DataFrame, layer: str
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return rows by key, then by source file and row, so that order in a file means nothing."""
    keys = list(LAYER_CONTRACTS[layer].key_columns) if layer in LAYER_CONTRACTS else []
    if layer == _POPULATION:
        keys = ["code"]
    by = [name for name in (*keys, "source_file", "source_row") if name in table]
    return table.sort_values(by, kind="stable").reset_index(drop=True)


def table_bytes(table: gpd.GeoDataFrame | pd.DataFrame, grid_digest: str | None = None) -> bytes:
    """Return a table as (Geo)Parquet bytes, the same for the same table."""
    sink = io.BytesIO()
    if isinstance(table, gpd.GeoDataFrame):
        table.to_parquet(sink, index=False, compression="zstd", schema_version="1.1.0")
    else:
        table.to_parquet(sink, index=False, compression="zstd")
    if grid_digest is None:
        return sink.getvalue()
    sink.seek(0)
    content = pq.read_table(sink)
    metadata = {**(content.schema.metadata or {}), _GRID_KEY: grid_digest.encode()}
    marked = io.BytesIO()
    pq.write_table(content.replace_schema_metadata(metadata), marked, compression="zstd")
    return marked.getvalue()


def grid_bytes(grid: PopulationGrid) -> bytes:
    """Return a grid as the bytes of a tiled, deflated, cloud-optimised GeoTIFF."""
    rows, columns = grid.persons.shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": grid.persons.dtype.name,
        "crs": grid.crs,
        "transform": rasterio.Affine(*grid.transform),
        "nodata": np.nan,
    }
    options = {"compress": "DEFLATE", "predictor": "FLOATING_POINT", "blocksize": 512}
    with MemoryFile() as plain, MemoryFile(ext=".tif") as cloud:
        with plain.open(**profile) as target:
            target.write(grid.persons, 1)
            target.update_tags(**{_TAG: grid.method})
        with plain.open() as source:
            # Overviews of counts would be averages of persons per cell: none are written.
            copy_raster(source, cloud.name, driver="COG", overviews="NONE", **options)
        return bytes(cloud.read())


def _store(place: Path, suffix: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    target = place / f"{digest}{suffix}"
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == digest:
        return digest
    place.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place, prefix=".writing-", suffix=suffix)
    try:
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def _verified(path: Path, digest: str) -> bytes:
    """Return a snapshot's bytes.

    Raises
    ------
    InputError
        When the file is gone, or its bytes are not those it is named by.
    """
    if not path.exists():
        raise InputError("快照文件不见了", path.name, "从备份恢复，或重新导入这个图层")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(
            "快照文件已损坏（内容与文件名的哈希不符）", path.name, "从备份恢复，或重新导入"
        )
    return content


def read_snapshot(folder: Path, layer: str, digest: str) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return the table of a snapshot, a GeoDataFrame in EPSG:4490 when it has geometry.

    Raises
    ------
    InputError
        When the snapshot is missing or corrupt.
    """
    content = _verified(Path(folder) / layer / f"{digest}.parquet", digest)
    metadata = pq.read_schema(io.BytesIO(content)).metadata or {}
    if b"geo" in metadata:
        return gpd.read_parquet(io.BytesIO(content))
    return pd.read_parquet(io.BytesIO(content))


def grid_digest_of(folder: Path, digest: str) -> str:
    """Return the digest of the grid that belongs to a population snapshot.

    Raises
    ------
    InputError
        When the snapshot is missing, corrupt, or names no grid.
    """
    place = Path(folder) / _POPULATION
    if (place / f"{digest}.tif").exists():
        return digest
    content = _verified(place / f"{digest}.parquet", digest)
    metadata = pq.read_schema(io.BytesIO(content)).metadata or {}
    if _GRID_KEY not in metadata:
        raise InputError("人口快照没有栅格", digest[:12], "重新导入 population")
    return str(metadata[_GRID_KEY].decode())


def read_grid(folder: Path, digest: str) -> PopulationGrid:
    """Return the grid of a population snapshot, whether it came as a raster or as a table.

    Raises
    ------
    InputError
        When the snapshot is missing or corrupt.
    """
    found = grid_digest_of(folder, digest)
    content = _verified(Path(folder) / _POPULATION / f"{found}.tif", found)
    try:
        with MemoryFile(content) as memory, memory.open() as source:
            epsg = source.crs.to_epsg()
            return PopulationGrid(
                source.read(1),
                tuple(source.transform)[:6],
                f"EPSG:{epsg}" if epsg else source.crs.to_wkt(),
                str(source.tags().get(_TAG, "raster")),
            )
    except RasterioError as error:
        raise InputError("人口快照读不出来", found[:12], "重新导入 population") from error
