"""A day as GeoPackage and GeoJSON."""

import json
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from riskmap.canonical import number
from riskmap.daily.day_rows import DayExport, town_rows

STAMP_OPTION = "OGR_CURRENT_DATE"


def day_geojson(day: DayExport) -> bytes:
    """Return the towns as GeoJSON (RFC 7946): EPSG:4326 longitude, latitude, seven decimals.

    CGCS2000 and WGS 84 differ by centimetres: the numbers are the same.
    """
    shapes = shapely.set_precision(
        shapely.orient_polygons(day.towns.geometry.to_numpy()), 1e-7, mode="pointwise"
    )
    features = [
        {
            "type": "Feature",
            "id": row["code"],
            "properties": row,
            "geometry": json.loads(text) if text else None,
        }
        for row, text in zip(_records(town_rows(day)), shapely.to_geojson(shapes), strict=True)
    ]
    document = {
        "type": "FeatureCollection",
        "name": f"riskmap-{day.document['date']}",
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def day_gpkg(day: DayExport) -> bytes:
    """Return a GeoPackage (EPSG:4490): layer `towns`, and `shelter_coverage` where known.

    The time that the format stores is that of the computation, so that equal days give equal
    files.
    """
    towns = _layer(town_rows(day), day)
    layers = {"towns": towns}
    if day.coverage is not None:
        layers["shelter_coverage"] = _layer(day.coverage, day)
    before = pyogrio.get_gdal_config_option(STAMP_OPTION)
    stamp = pd.Timestamp(day.document["computed_at"]).tz_convert("UTC")
    pyogrio.set_gdal_config_options({STAMP_OPTION: f"{stamp:%Y-%m-%dT%H:%M:%S}.000Z"})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "day.gpkg"
            for name, table in layers.items():
                pyogrio.write_dataframe(
                    table, path, layer=name, driver="GPKG", append=path.exists(), encoding="UTF-8"
                )
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options({STAMP_OPTION: before})


def _layer(table: pd.DataFrame, day: DayExport) -> gpd.GeoDataFrame:
    """Return rows by town with the towns' geometry, all of one type."""
    shapes = {
        code: shapely.MultiPolygon(shapely.get_parts(shape).tolist())
        for code, shape in zip(day.towns["code"], day.towns.geometry, strict=True)
    }
    geometry = [shapes.get(code) for code in table["code"]]
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=geometry, crs="EPSG:4490")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with NaN as None."""
    floats = set(table.select_dtypes("float").columns)
    return [
        {
            str(k): number(cell) if k in floats else (None if pd.isna(cell) else cell)
            for k, cell in row.items()
        }
        for row in table.to_dict("records")
    ]
