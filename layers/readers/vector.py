"""Every vector format that pyogrio opens, attributes as text."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from layers.errors import InputError
from layers.faults import Fault
from layers.readers.dbf import detect_encoding
from layers.readers.raw import RawTable, file_note
from layers.readers.text import text_series

# Feature numbers start at 0 in these drivers' own view; a clerk counts features from 1.
_FIRST_FEATURE = 1


def _layer(path: Path, file: str, sheet: str | None) -> str:
    """Return the layer to read.

    Raises
    ------
    InputError
        When the file cannot be opened, holds no layer, or the choice is not clear.
    """
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except (DataSourceError, OSError) as error:
        raise InputError(
            f"{file} 不是可读的矢量数据",
            path.suffix or "没有扩展名",
            "可用 shp、gpkg、geojson、kml、gml、gdb、zip、csv、xlsx；检查文件是否完整",
        ) from error
    if sheet is not None:
        if sheet not in names:
            raise InputError(f"{file} 没有图层", sheet, f"现有图层：{'、'.join(names)}")
        return sheet
    if not names:
        raise InputError(f"{file} 里没有图层", "", "检查导出是否成功")
    if len(names) > 1:
        raise InputError(f"{file} 有多个图层", "、".join(names), "用 --sheet 写明要读哪一个")
    return names[0]


def _require_companions(path: Path, file: str) -> None:
    """Check that a Shapefile came whole: without .dbf it has no attributes, without .shx no index.

    Raises
    ------
    InputError
        When one of the two is not beside it; the missing ones are named.
    """
    if path.suffix.lower() != ".shp":
        return
    beside = {other.suffix.lower() for other in path.parent.iterdir() if other.stem == path.stem}
    missing = [end for end in (".dbf", ".shx") if end not in beside]
    if missing:
        raise InputError(
            f"{file} 旁边缺少同名文件",
            "、".join(f"{path.stem}{end}" for end in missing),
            "Shapefile 由 .shp、.shx、.dbf（和 .prj）组成，放在同一文件夹或打成一个 zip 后再导入",
        )


def _dbf_encoding(path: Path, file: str) -> tuple[str | None, list[Fault]]:
    """Return the encoding of a Shapefile that states none, and a note that says so."""
    if path.suffix.lower() != ".shp":
        return None, []
    beside = {other.suffix.lower(): other for other in path.parent.glob(f"{path.stem}.*")}
    if ".cpg" in beside or ".dbf" not in beside:
        return None, []
    found = detect_encoding(beside[".dbf"].read_bytes())
    if found is None:
        raise InputError(
            f"{file} 没有 .cpg，属性文字既不是 UTF-8 也不是 GB18030",
            "",
            "用 --encoding 写明编码（例如 big5）",
        )
    text = f"没有 .cpg，按属性文字检测编码为 {found}"
    return found, [file_note(file, None, found, text)]


def _read(path: Path, layer: str, file: str, encoding: str | None) -> gpd.GeoDataFrame:
    try:
        return pyogrio.read_dataframe(path, layer=layer, encoding=encoding, use_arrow=False)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file} 的属性文字不是 {encoding or '所声明的'} 编码",
            "",
            "用 --encoding 写明编码（例如 gb18030）",
        ) from error
    except LookupError as error:
        raise InputError("不认识的编码名称", encoding, "可用 utf-8、gbk、gb18030、big5") from error
    except (DataSourceError, DataLayerError, OSError) as error:
        raise InputError(f"{file} 读不出来", error, "检查文件是否完整") from error


def _as_text(column: pd.Series) -> pd.Series:
    """Return a column as text: whole numbers without point, times as ISO 8601."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        text = column.map(lambda value: value.isoformat(sep=" "), na_action="ignore")
        values = text.astype("str").str.removesuffix(" 00:00:00")
        return values.where(column.notna())
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.map({True: "true", False: "false"}).astype("str")
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = pa.array(column.to_numpy(), from_pandas=True)
        return text_series(pa.chunked_array([numbers.cast(pa.string())]))
    texts = column.map(str, na_action="ignore").astype("str").str.strip()
    return texts.where(texts != "")


def read_vector(
    path: Path, file: str, *, sheet: str | None = None, encoding: str | None = None
) -> RawTable:
    """Return one layer of a vector source; rows are numbered from 1 in the file's order.

    A Shapefile without .cpg is read in the encoding that all its texts fit (UTF-8, then
    GB18030), which a note tells; a stated encoding wins.

    Raises
    ------
    InputError
        When the source cannot be read, has no such layer, or its text has another encoding.
    """
    _require_companions(path, file)
    layer = _layer(path, file, sheet)
    notes: list[Fault] = []
    if encoding is None:
        encoding, notes = _dbf_encoding(path, file)
    data = _read(path, layer, file, encoding)
    geometry = None
    crs = None
    if isinstance(data, gpd.GeoDataFrame):
        geometry = np.asarray(data.geometry.array, dtype=object)
        crs = _crs_text(data)
        data = pd.DataFrame(data.drop(columns=data.geometry.name))
    frame = pd.DataFrame({str(name): _as_text(data[name]) for name in data.columns})
    if len(data) == 0:
        raise InputError(f"{file} 里没有要素", layer, "检查导出是否成功")
    return RawTable(
        frame.set_index(pd.RangeIndex(len(data))),
        geometry,
        crs,
        file,
        None if sheet is None else layer,
        np.arange(_FIRST_FEATURE, len(data) + _FIRST_FEATURE, dtype=np.int64),
        encoding,
        tuple(notes),
    )


def _crs_text(data: gpd.GeoDataFrame) -> str | None:
    if data.crs is None:
        return None
    epsg = data.crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(data.crs.to_wkt())
