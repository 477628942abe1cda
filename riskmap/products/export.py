"""A stored day as a file: GeoPackage, GeoJSON, csv, xlsx, png."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import shapely

from layers.datum import gauss_kruger_epsg
from riskmap.daily import days
from riskmap.daily.day_rows import DayExport
from riskmap.daily.day_scheme import day_scheme
from riskmap.errors import RiskmapError
from riskmap.layer_store import current
from riskmap.products.export_tables import day_csv, day_xlsx
from riskmap.products.export_vector import day_geojson, day_gpkg
from riskmap.products.picture import day_picture
from riskmap.shelters import coverage
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace, write_atomically

FORMATS: Mapping[str, Callable[[DayExport], bytes]] = MappingProxyType(
    {
        "gpkg": day_gpkg,
        "geojson": day_geojson,
        "csv": day_csv,
        "xlsx": day_xlsx,
        "png": day_picture,
    }
)


def export_day(ws: Workspace, day: date | str, form: str, out: Path) -> Path:
    """Write the shown revision of a day to a file, whole or not at all.

    The same stored day gives the same bytes.

    Parameters
    ----------
    ws
        The workspace.
    day
        The date.
    form
        gpkg, geojson, csv, xlsx or png.
    out
        The file, or a folder in which ``riskmap-DATE.FORMAT`` is made.

    Returns
    -------
        The file that was written.

    Raises
    ------
    RiskmapError
        For an unknown format; NotFoundError when the date was never computed.
    """
    write = FORMATS.get(form)
    if write is None:
        raise RiskmapError("没有这种导出格式", form, f"可用的格式：{'、'.join(FORMATS)}")
    gathered = gather_day(ws, day)
    path = out / f"riskmap-{gathered.document['date']}.{form}" if out.is_dir() else out
    if path.exists() and not path.is_file():
        raise RiskmapError("写不出文件", path, "这里不是普通文件，换一个能写的位置")
    content = write(gathered)
    try:
        with clear_storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
    except OSError as error:
        raise RiskmapError("写不出文件", path, f"换一个能写的位置（{error.strerror}）") from error
    return path


def gather_day(ws: Workspace, day: date | str) -> DayExport:
    """Return a day with everything an export may hold."""
    document = days.read_day(ws, day)
    towns = days.day_towns_geometry(ws, day)
    epsg = ws.settings.district.epsg
    if epsg is None:
        west, _, east, _ = shapely.total_bounds(towns.geometry.to_numpy())
        epsg = gauss_kruger_epsg((west + east) / 2)
    return DayExport(
        document=document,
        details=days.read_town_days(ws, day),
        towns=towns,
        bands=day_scheme(ws, document).bands,
        coverage=coverage(ws)[1] if current(ws, "shelters") is not None else None,
        epsg=epsg,
        review_number=ws.settings.map.review_number,
    )
