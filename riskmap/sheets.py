"""Tables as sheets of an xlsx workbook: headers, formats, colours of levels, settled bytes.

Numbers stay numbers, unknown cells stay empty, text stays text (a name that begins with "=" is no
formula), and the same content gives the same bytes. Text that is wider than its column is wrapped
and its row is as high as it needs, since no program does so for a file that it did not write.
"""

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from unicodedata import east_asian_width

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.colours import COLOURS

Headers = Mapping[str, tuple[str, int, str]]
"""Field → header, width in characters, number format ("" for text)."""

A3, A4, A4_HOLDS = 8, 9, 190
"""Paper by number, and the width of columns [characters] that is still read on A4 across."""
BOLD = 1.1
"""How much wider bold text is."""
LINE = 15.0
"""Height of a line of text [points]."""
HIGHEST = 400.0
"""No row is higher [points]; the format allows 409."""


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
    top, wrapped = len(lines) + 1, Counter[int]()
    for column, (field, (header, width, form)) in enumerate(headers.items(), start=1):
        head = sheet.cell(top, column, header)
        head.font = Font(bold=True)
        head.alignment = _aligned(form, wrap=True)
        wrapped[top] = max(wrapped[top], text_lines(header, width / BOLD))
        sheet.column_dimensions[get_column_letter(column)].width = width
        for row, value in enumerate(table[field].tolist(), start=top + 1):
            cell = sheet.cell(row, column)
            put(cell, value, form)
            needed = text_lines(value, width) if isinstance(value, str) else 1
            cell.alignment = _aligned(form, wrap=needed > 1)
            wrapped[row] = max(wrapped[row], needed)
    for row, needed in wrapped.items():
        if needed > 1:
            sheet.row_dimensions[row].height = min(needed * LINE + 6, HIGHEST)
    sheet.freeze_panes = f"C{top + 1}"
    return top


def _aligned(form: str, *, wrap: bool) -> Alignment:
    """Return how a cell stands: numbers to the right, text a little away from them."""
    if form:
        return Alignment(horizontal="right", wrap_text=wrap or None, vertical="center")
    return Alignment(horizontal="left", indent=1, wrap_text=wrap or None, vertical="center")


def text_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of some width [characters].

    A Chinese character is as wide as two figures; a line holds a little less than its width, for
    the space before it and for words that are not broken.

    Examples
    --------
    >>> text_lines("消防安全", 10), text_lines("消防安全（满分 15）", 13), text_lines("", 9)
    (1, 2, 1)
    """
    room = max(width - 1.5, 1)
    return sum(max(1, math.ceil(_width(part) / room)) for part in text.split("\n"))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WFA" else 1 for one in text)


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
    cell.alignment = Alignment(horizontal="center", vertical="center")


def across(sheet: Worksheet) -> None:
    """Set a sheet up for print: across, one page wide, as many long; A3 where A4 is too small."""
    wide = sum(one.width for one in sheet.column_dimensions.values()) > A4_HOLDS
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A3 if wide else A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


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
