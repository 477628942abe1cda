"""The door for a form that comes back: only a small, whole, plain xlsx is opened at all."""

import io
import zipfile
import zlib
from dataclasses import dataclass

from openpyxl import Workbook, load_workbook

from riskmap.errors import FieldsError

MB = 1_000_000
MAX_BYTES = 5 * MB
MAX_UNPACKED = 30 * MB
MAX_PARTS = 2_000
_OLD = b"\xd0\xcf\x11\xe0"
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)
_UNREADABLE = (*_BROKEN, LookupError, ValueError, TypeError, SyntaxError, AttributeError,
               ArithmeticError)  # fmt: skip
"""What a broken or hostile file makes the parser raise; every one is told to the sender."""


@dataclass(frozen=True)
class Books:
    """A file opened twice: as it was written (formulas), and with the values it last showed."""

    file: str
    written: Workbook
    shown: Workbook


def open_returned(content: bytes, file: str) -> Books:
    """Open a form that came back.

    Raises
    ------
    FieldsError
        The file is no xlsx, is locked, damaged or far larger than any form; of the field "file".
    """
    fault = _at_the_door(content)
    if fault:
        raise FieldsError({"file": f"“{file}”{fault}"})
    try:
        books = [
            load_workbook(io.BytesIO(content), data_only=shown, keep_links=False)
            for shown in (False, True)
        ]
    except _UNREADABLE as error:
        said = f"“{file}”打不开（{type(error).__name__}），请用表格软件打开后另存为 xlsx 再报送"
        raise FieldsError({"file": said}) from error
    return Books(file, books[0], books[1])


def _at_the_door(content: bytes) -> str:
    """Return why a file is not opened, "" when it may be."""
    if len(content) > MAX_BYTES:
        return f"超过 {MAX_BYTES // MB} MB，报送表不会这么大，请用下载的表格重新填"
    if content.startswith(_OLD):
        return "是旧版 xls，或者加了密码，请去掉密码、另存为 xlsx 再报送"
    if not content.startswith(b"PK"):
        return "不是 xlsx 文件，请用下载的表格填好后原样报送"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _packed(archive)
    except _BROKEN as error:
        return f"已损坏（{type(error).__name__}），请重新保存后再报送"


def _packed(archive: zipfile.ZipFile) -> str:
    """Return what is wrong with the parts of a file, without unpacking more than is allowed."""
    parts = archive.infolist()
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        return "不是 xlsx 文件，请用下载的表格填好后原样报送"
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
        return f"解开后超过 {MAX_UNPACKED // MB} MB，报送表不会这么大，请用下载的表格重新填"
    for part in parts:
        with archive.open(part) as stream:
            head = stream.read(4096).replace(b"\0", b"")
        if b"<!DOCTYPE" in head:
            return "含有不该有的定义（DOCTYPE），请用下载的表格重新填"
    return ""
