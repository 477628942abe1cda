"""Spreadsheets (xlsx, xls, xlsm, xlsb, ods) as people lay them out."""

import datetime as dt
import io
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    load_workbook,
)

from layers.errors import InputError
from layers.faults import Fault
from layers.names import header_key, header_parts
from layers.readers.raw import RawTable, file_note, find_header, header_notes, unique_headers
from layers.readers.text import text_series


@dataclass(frozen=True)
class _Grid:
    """The cells of one worksheet as texts; `filled` cells got the text of their merged range."""

    cells: list[list[str]]
    filled: int


def cell_text(value: object) -> str:
    """Return a cell's value as text: whole numbers without point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()


def _grid(sheet: CalamineSheet) -> _Grid:
    cells = [[cell_text(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
    filled = 0
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top >= len(cells) or left >= len(cells[top]) or not cells[top][left]:
            continue
        for row in cells[top : bottom + 1]:
            for j in range(left, min(right + 1, len(row))):
                if not row[j]:
                    row[j] = cells[top][left]
                    filled += 1
    return _Grid(cells, filled)


def _known(grid: _Grid, headers: Collection[str] | None) -> int:
    if not headers:
        return 0
    texts = find_header(grid.cells, headers)[2]
    keys = {header_key(text) for text in texts} | {header_parts(text)[0] for text in texts}
    return len(keys & set(headers))


def _choose(
    book: CalamineWorkbook, file: str, sheet: str | None, headers: Collection[str] | None
) -> tuple[str, _Grid, list[Fault]]:
    """Return the sheet to read: the named one, the only filled one, or the best by its header.

    Raises
    ------
    InputError
        When the named sheet does not exist, or the choice is not clear; the sheets are named.
    """
    names = book.sheet_names
    if sheet is not None:
        if sheet not in names:
            raise InputError(f"{file} 没有工作表", sheet, f"现有工作表：{'、'.join(names)}")
        return sheet, _grid(book.get_sheet_by_name(sheet)), []
    visible = [m.name for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
    grids = {name: _grid(book.get_sheet_by_name(name)) for name in visible}
    filled = {name: grid for name, grid in grids.items() if any(map(any, grid.cells))}
    if not filled:
        hidden = [name for name in names if name not in visible]
        way = f"；隐藏的工作表 {'、'.join(hidden)} 没有读，要读就用 --sheet 写明" if hidden else ""
        raise InputError(f"{file} 是空表", "", f"工作表 {'、'.join(visible)} 都没有内容{way}")
    if len(filled) == 1:
        name = next(iter(filled))
        return name, filled[name], []
    scores = {name: _known(grid, headers) for name, grid in filled.items()}
    best = max(scores.values())
    winners = [name for name, score in scores.items() if score == best]
    if best < 2 or len(winners) > 1:
        listed = "、".join(filled)
        raise InputError(f"{file} 有多个工作表", listed, "用 --sheet 写明要读哪一个")
    text = f"有 {len(filled)} 个工作表，按表头选读“{winners[0]}”，其余未读"
    return winners[0], filled[winners[0]], [file_note(file, winners[0], winners[0], text)]


def read_sheet(
    content: bytes, file: str, *, sheet: str | None, headers: Collection[str] | None
) -> RawTable:
    """Return one worksheet as a table; rows carry the spreadsheet's own numbers.

    Cells of a merged range get the range's text, in the header and in the body (a town written
    once for many rows), which a note tells.

    Raises
    ------
    InputError
        When the file is no spreadsheet, is locked by a password, is empty, or has no such
        sheet.
    """
    try:
        book = load_workbook(io.BytesIO(content))
    except PasswordError as error:
        raise InputError(f"{file} 有密码", "", "去掉密码后另存再导入") from error
    except CalamineError as error:
        raise InputError(
            f"{file} 不是可读的电子表格", error, "用表格软件打开后另存为 xlsx"
        ) from error
    with book:
        name, grid, notes = _choose(book, file, sheet, headers)
    return _table(grid, file, name, notes, headers)


def _table(
    grid: _Grid, file: str, name: str, notes: list[Fault], headers: Collection[str] | None
) -> RawTable:
    lead = next((i for i, row in enumerate(grid.cells) if any(row)), None)
    if lead is None:
        raise InputError(f"{file} 的工作表“{name}”是空的", "", "检查导出是否成功")
    cells = grid.cells[lead:]
    first, height, texts = find_header(cells, headers)
    start = first + height
    kept = [(lead + start + i + 1, row) for i, row in enumerate(cells[start:]) if any(row)]
    used = [j for j, text in enumerate(texts) if text or any(row[j] for _, row in kept)]
    labels = unique_headers([texts[j] for j in used])
    columns = {
        label: text_series(pa.chunked_array([[row[j] for _, row in kept]], pa.string()))
        for label, j in zip(labels, used, strict=True)
    }
    if grid.filled:
        text = f"{grid.filled} 个合并单元格已按其左上角的内容填充"
        notes = [*notes, file_note(file, name, grid.filled, text)]
    return RawTable(
        pd.DataFrame(columns, index=range(len(kept))),
        None,
        None,
        file,
        name,
        np.array([number for number, _ in kept], dtype=np.int64),
        None,
        (*notes, *header_notes(file, name, first, height, lead + first + 1)),
    )
