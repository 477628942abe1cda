"""The xlsx in which departments report a week's indicators: pre-filled, ready to type into."""

from datetime import datetime
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.ledger.gaming import week_window
from riskmap.ledger.ground import Ground, ground_in_use
from riskmap.records.reading import read_records
from riskmap.schemes import weekly_rules
from riskmap.sheets import across, first_sheet, put, settled
from riskmap.weekly.deliveries.delivery_form import (
    FILLED,
    FIRST_ROW,
    HEAD_ROW,
    META_ROW,
    NAME_ROW,
    NOTES_SHEET,
    TITLE_ROW,
    ColumnRole,
    FormColumn,
    chosen_departments,
    columns_of,
    in_per_cent,
    largest,
    reported,
    reporting,
    sheet_names,
)
from riskmap.weekly.moments import parse_week, week_before
from riskmap.workspace import Workspace
from scoring.weekly.parts import Weekly, WeeklyIndicator

KIND = "indicators"
_HEAD = PatternFill("solid", fgColor="E7EAEE")
_FREE = PatternFill("solid", fgColor="FFFFFF")
_LOCKED = PatternFill("solid", fgColor="F4F5F7")
_SIDE = Side(style="thin", color="C9CED6")
_LINE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_GREY = "8A9099"
_FORMS = {ColumnRole.NUMERATOR: "0", ColumnRole.DENOMINATOR: "0"}
_WIDTHS = {ColumnRole.CODE: 13, ColumnRole.NAME: 14}
_HOW = (
    "每个镇街一行，只填白色格；灰色格不用填，“上周”供对照。",
    "率：填完成数和应完成数；没有件数的，只填完成率，写 85 或 85%（不要写 0.85）。",
    "应完成数为 0（本周没有任务）：完成数和应完成数都填 0。",
    "没有数据的格留空：空格是“不知道”，不是 0。整张表不填，就是没有报送。",
    "不要增删、移动、改名行和列，不要合并、隐藏。公式可以用，但要算出数值后再保存。",
    "截止前可以多次报送，以最后一次为准，每次都留存；截止后送来的照收，但本周不计入。",
)


def template_xlsx(
    ws: Workspace, week: str, department: str | None = None, *, now: datetime
) -> bytes:
    """Return the form of a week, for one department or for all, filled with what is known.

    Raises
    ------
    NotFoundError
        There is no such department, or no towns layer.
    RiskmapError
        There is no such week, or the scheme has no weekly tables.
    """
    weekly, week = weekly_rules(ws), parse_week(week)
    window = week_window(ws, week)
    ground, zone = ground_in_use(ws), ws.settings.zone
    rows = read_records(ws, KIND, now)
    filled, before = _by_cell(rows, week), _by_cell(rows, week_before(week))
    cutoff = window.end.astimezone(zone)
    book = Workbook()
    notes = first_sheet(book, NOTES_SHEET)
    names = sheet_names(reporting(weekly))
    for name in chosen_departments(weekly, department):
        sheet = book.create_sheet(names[name])
        columns = columns_of(weekly, name)
        _heads(sheet, columns, name, week, cutoff)
        _towns(sheet, columns, ground, filled, before)
        _dress(sheet, columns, len(ground.codes))
    _notes(notes, weekly, chosen_departments(weekly, department), week, cutoff)
    return settled(book, now)


def template_name(week: str, department: str | None = None) -> str:
    """Return the file name of a form.

    >>> template_name("2026-W24", "应急/安监")
    '周指标报送表-2026-W24-应急 安监.xlsx'
    """
    names = ("周指标报送表", week, *([sheet_names([department])[department]] if department else []))
    return "-".join(names) + ".xlsx"


def _by_cell(rows: pd.DataFrame, week: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is known of a week by (town, indicator)."""
    chosen = rows.loc[rows["week"] == week, ["town", "indicator", "value", "numerator",
                                             "denominator"]]  # fmt: skip
    rows_of = chosen.to_dict("records")
    return {
        (str(row["town"]), str(row["indicator"])): {str(name): value for name, value in row.items()}
        for row in rows_of
    }


def _heads(
    sheet: Worksheet, columns: tuple[FormColumn, ...], name: str, week: str, cutoff: datetime
) -> None:
    title = sheet.cell(TITLE_ROW, 1)
    put(title, f"{name} · {week} 周指标报送表（{cutoff:%m月%d日 %H:%M} 截止）")
    title.font = Font(bold=True, size=14)
    for place, text in enumerate(("周", week, "部门", name), start=1):
        put(sheet.cell(META_ROW, place), text)
        sheet.cell(META_ROW, place).font = Font(color=_GREY if place % 2 else None)
    last = None
    for position, column in enumerate(columns, start=1):
        if column.indicator is not None and column.indicator != last:
            put(sheet.cell(NAME_ROW, position), column.indicator.name)
            sheet.cell(NAME_ROW, position).font = Font(bold=True)
        last = column.indicator
        cell = sheet.cell(HEAD_ROW, position)
        put(cell, column.header)
        cell.fill, cell.border = _HEAD, _LINE
        cell.font = Font(bold=column.role is not ColumnRole.BEFORE)
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def _towns(
    sheet: Worksheet,
    columns: tuple[FormColumn, ...],
    ground: Ground,
    filled: dict[tuple[str, str], dict[str, Any]],
    before: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for row, (code, name) in enumerate(zip(ground.codes, ground.names, strict=True), FIRST_ROW):
        for position, column in enumerate(columns, start=1):
            cell = sheet.cell(row, position)
            if not isinstance(cell, Cell):
                raise TypeError("the template merges no cells")
            _fill_cell(cell, column, code, name, filled, before)


def _fill_cell(  # noqa: PLR0917  (one cell: what it is, of whom, and the two weeks)
    cell: Cell,
    column: FormColumn,
    code: str,
    name: str,
    filled: dict[tuple[str, str], dict[str, Any]],
    before: dict[tuple[str, str], dict[str, Any]],
) -> None:
    free = column.role in FILLED
    cell.border, cell.fill = _LINE, _FREE if free else _LOCKED
    cell.protection = Protection(locked=not free)
    cell.number_format = _FORMS.get(column.role, "General")
    if column.indicator is None:
        put(cell, code if column.role is ColumnRole.CODE else name)
        cell.number_format = "@"
        return
    week = before if column.role is ColumnRole.BEFORE else filled
    known = week.get((code, column.indicator.code))
    if known is not None:
        put(cell, shown_value(column.role, column.indicator, known))
    if column.role is ColumnRole.BEFORE:
        cell.font = Font(color=_GREY)


def shown_value(
    role: ColumnRole, indicator: WeeklyIndicator, known: dict[str, Any]
) -> float | int | None:
    """Return what a stored row says in a column of the form; None where it says nothing."""
    counted = pd.notna(known["numerator"]) and pd.notna(known["denominator"])
    if role in (ColumnRole.NUMERATOR, ColumnRole.DENOMINATOR):
        count = known["numerator" if role is ColumnRole.NUMERATOR else "denominator"]
        return _plain(float(count)) if counted else None
    if pd.isna(known["value"]) or (role is ColumnRole.PERCENT and counted):
        return None
    value = in_per_cent(indicator, float(known["value"]))
    return _plain(round(value, 1 if role is ColumnRole.BEFORE else 10))


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _dress(sheet: Worksheet, columns: tuple[FormColumn, ...], towns: int) -> None:
    """Freeze, lock and check: only what a department fills in can be typed into."""
    last = FIRST_ROW + towns - 1
    for position, column in enumerate(columns, start=1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column.role, 11)
        if column.role in FILLED:
            check = _validation(column)
            check.add(f"{letter}{FIRST_ROW}:{letter}{last}")
            sheet.add_data_validation(check)
    sheet.row_dimensions[HEAD_ROW].height = 32
    sheet.freeze_panes = f"C{FIRST_ROW}"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    across(sheet)


def _validation(column: FormColumn) -> DataValidation:
    whole = column.role in (ColumnRole.NUMERATOR, ColumnRole.DENOMINATOR)
    if column.indicator is None:
        raise TypeError("only columns of indicators are filled in")
    most = largest(column.role, column.indicator)
    rate = column.role is ColumnRole.PERCENT
    said = (
        f"填 0 到 {most:.0f} 的整数"
        if whole
        else f"填 0–{most:g} 的数" + ("，例如 85 或 85%" if rate else "")
    )
    check = DataValidation(
        type="whole" if whole else "decimal",
        operator="between",
        formula1="0",
        formula2=f"{most:.15g}",
        allow_blank=True,
        showErrorMessage=True,
        showInputMessage=True,
    )
    check.errorTitle, check.error = "不能这样填", said
    check.promptTitle, check.prompt = column.header[:32], said
    return check


def _notes(
    sheet: Worksheet, weekly: Weekly, departments: tuple[str, ...], week: str, cutoff: datetime
) -> None:
    put(sheet.cell(1, 1), f"{week} 周指标报送表")
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    put(sheet.cell(2, 1), f"截止：{cutoff:%Y年%m月%d日 %H:%M}")
    row = 4
    for number, text in enumerate(_HOW, start=1):
        put(sheet.cell(row, 1), f"{number}．{text}")
        row += 1
    heads = ("部门", "指标", "名称", "单位", "满分", "得 0 分", "得满分")
    row += 1
    for position, head in enumerate(heads, start=1):
        put(sheet.cell(row, position), head)
        sheet.cell(row, position).font = Font(bold=True)
    for department in departments:
        for one in reported(weekly, department):
            row += 1
            told = (department, one.code, one.name, one.unit, one.points, one.zero, one.full)
            for position, value in enumerate(told, start=1):
                put(sheet.cell(row, position), value)
    for letter, width in zip("ABCDEFG", (24, 8, 40, 10, 8, 10, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    across(sheet)
    sheet.protection.sheet = True
