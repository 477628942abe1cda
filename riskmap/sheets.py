"""Tables as sheets of an xlsx workbook: headers, formats, colours of levels, settled bytes.

Numbers stay numbers, unknown cells stay empty, text stays text (a name that begins with "=" is no
formula), and the same content gives the same bytes.
"""

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.colours import COLOURS

Headers = Mapping[str, tuple[str, int, str]]
"""Field → header, width in characters, number format ("" for text)."""

WIDE = 30
"""Columns wider than this wrap their text [characters]."""


def first_sheet(book: Workbook, title: str) -> Worksheet:
    """Return the sheet that a new workbook has, renamed."""
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a worksheet")
    sheet.title = title
    return sheet


def fill(
    sheet: Worksheet, table: pd.DataFrame, headers: Headers, *, lines: Sequence[str] = ()
) -> int:
    """Write a table below its headers; return the row of the headers.

    Parameters
    ----------
    sheet
        An empty sheet.
    table
        One row per line; only the fields of `headers` are written.
    headers
        The columns in their order.
    lines
        Title lines above the headers, the first one larger.
    """
    for row, line in enumerate(lines, start=1):
        cell = sheet.cell(row, 1)
        put(cell, line)
        cell.font = Font(bold=row == 1, size=14 if row == 1 else 11)
    top = len(lines) + 1
    for column, (field, (header, width, form)) in enumerate(headers.items(), start=1):
        head = sheet.cell(top, column, header)
        head.font = Font(bold=True)
        head.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = width
        for row, value in enumerate(table[field].tolist(), start=top + 1):
            cell = sheet.cell(row, column)
            put(cell, value, form)
            if isinstance(value, str):
                cell.alignment = Alignment(wrap_text=width > WIDE, vertical="top")
    sheet.freeze_panes = f"C{top + 1}"
    return top


def put(cell: Cell | MergedCell, value: Any, form: str = "") -> None:
    """Write one value: nothing for an unknown one, a number with its format, text as text."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        return
    cell.value = value
    if form:
        cell.number_format = form


def colour_levels(sheet: Worksheet, levels: Sequence[str], column: int, *, top: int = 1) -> None:
    """Colour the cells of a column by level, from the row below `top` on."""
    for row, level in enumerate(levels, start=top + 1):
        colour_cell(sheet.cell(row, column), level)


def colour_cell(cell: Cell | MergedCell, level: str) -> None:
    """Give a cell the fill and the ink of a level; the sixth state is hatched."""
    shown = COLOURS[level]
    cell.fill = PatternFill(
        "lightUp" if shown.hatch else "solid", fgColor=shown.fill[1:], bgColor="FFFFFF"
    )
    cell.font = Font(bold=True, color=shown.text[1:])
    cell.alignment = Alignment(horizontal="center", vertical="top")


def settled(book: Workbook, moment: datetime) -> bytes:
    """Return a workbook whose times are those of the computation, not of the writing."""
    stamp = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z".encode()
    written, stream = io.BytesIO(), io.BytesIO()
    book.properties.creator = "riskmap"
    book.save(written)
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, data)
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return stream.getvalue()
