"""Read a table from any source a bureau sends: vector, delimited text, spreadsheet, zip."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from layers.errors import InputError
from layers.readers.raw import RawTable
from layers.readers.sheets import read_sheet
from layers.readers.text import read_text
from layers.readers.vector import read_vector
from layers.readers.where import select
from layers.readers.zip import unpack

__all__ = ["RawTable", "existing", "read_table"]

_TEXT = {".csv", ".tsv", ".txt"}
_SHEETS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"}


def existing(path: str | Path) -> Path:
    """Return the path of a source that exists and is not empty.

    Raises
    ------
    InputError
        When there is nothing at the path, it is a folder (other than .gdb), cannot be read, or
        is empty.
    """
    place = Path(path)
    try:
        if not place.exists():
            raise InputError("找不到文件", path, "检查路径和文件名")
        if place.is_dir():
            if place.suffix.lower() == ".gdb":
                return place
            raise InputError("这是文件夹，不是文件", path, "写出文件夹里的具体文件")
        with place.open("rb") as source:
            if not source.read(1):
                raise InputError("文件是空的（0 字节）", path, "检查导出是否成功")
    except PermissionError as error:
        raise InputError("没有读取权限", path, "检查文件的访问权限") from error
    return place


def read_table(
    path: str | Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    where: str | None = None,
    headers: Collection[str] | None = None,
    allow_empty: bool = False,
) -> RawTable:
    """Read one table of a source, every value as text.

    Parameters
    ----------
    path
        csv, tsv, txt; xlsx, xls, xlsm, xlsb, ods; zip; or any vector source of pyogrio.
    sheet
        Worksheet, vector layer, or file inside a zip, where there are several.
    encoding
        Encoding of the text; without it, it is detected strictly (UTF-8, then GB18030).
    where
        SQL condition on the columns of the source.
    headers
        Keys of known headers (`Contract.header_names`), by which the header row is found in
        text and spreadsheets that have titles above it or merged header cells.

    allow_empty
        Take a table of headers without rows: records use it to say "none".

    Raises
    ------
    InputError
        When the source is missing, empty, of a wrong format or encoding, or has no such sheet,
        layer or column.
    """
    raw = _read(existing(path), Path(path).name, sheet, encoding, headers)
    if len(raw.frame) == 0:
        if allow_empty:
            return raw
        raise InputError(f"{raw.file} 只有表头，没有数据", "", "检查导出是否成功")
    return raw if where is None else select(raw, where)


def _read(
    path: Path,
    file: str,
    sheet: str | None,
    encoding: str | None,
    headers: Collection[str] | None,
) -> RawTable:
    kind = path.suffix.lower()
    if kind in _TEXT:
        return read_text(path.read_bytes(), file, encoding=encoding, headers=headers)
    if kind in _SHEETS:
        return read_sheet(path.read_bytes(), file, sheet=sheet, headers=headers)
    if kind == ".zip":
        with tempfile.TemporaryDirectory() as folder:
            member, sheet = _member(unpack(path, Path(folder)), file, sheet)
            return _read(member, f"{file}/{member.name}", sheet, encoding, headers)
    return read_vector(path, file, sheet=sheet, encoding=encoding)


def _member(members: list[Path], file: str, sheet: str | None) -> tuple[Path, str | None]:
    """Return the source inside an archive, and the sheet to read within it.

    Raises
    ------
    InputError
        When there is none, or there are several and none is named.
    """
    if not members:
        raise InputError(f"{file} 里没有可读的数据", "", "检查压缩包的内容")
    named = [member for member in members if sheet in (member.name, member.stem)]
    if sheet is not None and len(named) == 1:
        return named[0], None
    data = [member for member in members if member.suffix.lower() != ".txt"] or members
    if len(data) == 1 and not named:
        return data[0], sheet
    listed = "、".join(member.name for member in members)
    if sheet is not None:
        raise InputError(f"{file} 里没有", sheet, f"现有：{listed}")
    raise InputError(f"{file} 里有多个数据文件", listed, "用 --sheet 写明要读哪一个")
