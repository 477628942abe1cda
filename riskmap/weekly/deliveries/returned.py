"""A returned form, read whole: every number of it, or every fault with its sheet and cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from layers.names import clean, or_nearest
from riskmap.ledger.ground import Ground
from riskmap.weekly.deliveries.delivery_form import (
    DEPARTMENT_CELL,
    FILLED,
    FIRST_ROW,
    HEAD_ROW,
    MOST_COUNT,
    NOTES_SHEET,
    WEEK_CELL,
    ColumnRole,
    FormColumn,
    columns_of,
    is_rate,
    largest,
    reporting,
    sheet_names,
)
from riskmap.weekly.deliveries.returned_cells import (
    CellError,
    count_in,
    number_in,
    percent_in,
    shown_text,
)
from riskmap.weekly.deliveries.returned_file import Books
from riskmap.weekly.deliveries.returned_heads import head_faults
from riskmap.weekly.deliveries.returned_towns import NOWHERE, towns_by_row
from scoring.weekly.parts import Weekly, WeeklyIndicator

MOST_CELLS = 200_000
_ROUNDED = 0.5
"""A rate beside its counts may be rounded to whole per cent [percentage points]."""
_SHARE_DIGITS = 12


@dataclass(frozen=True)
class CellFault:
    """What is wrong in one cell (or range, or sheet) of a file, and how to mend it."""

    file: str
    sheet: str
    cell: str
    value: str
    mend: str

    def line(self) -> str:
        """Return the fault as one line of Chinese text."""
        where = "!".join(part for part in (self.sheet, self.cell) if part)
        place = " · ".join(part for part in (self.file, where) if part)
        value = f"“{self.value}” —— " if self.value else ""
        return f"{place}：{value}{self.mend}"


@dataclass(frozen=True)
class Reported:
    """One number of a form: whose, of which town, as stored (rates 0–1), and where it stood."""

    week: str
    department: str
    town: str
    indicator: str
    value: float | None
    numerator: float | None
    denominator: float | None
    cell: str


@dataclass(frozen=True)
class Returned:
    """What a file says: its numbers, its faults, what is worth knowing; gathered on reading."""

    file: str
    rows: list[Reported] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    notes: list[CellFault] = field(default_factory=list)

    def fault(self, sheet: str, cell: str, value: object, mend: str) -> None:
        """Add a fault."""
        self.faults.append(CellFault(self.file, sheet, cell, shown_text(value), mend))

    def note(self, sheet: str, cell: str, value: object, mend: str) -> None:
        """Add something worth knowing that is no fault."""
        self.notes.append(CellFault(self.file, sheet, cell, shown_text(value), mend))


@dataclass(frozen=True)
class Sheet:
    """A department's sheet, twice: with formulas, and with the values that they last showed."""

    department: str
    week: str
    written: Worksheet
    shown: Worksheet

    @property
    def title(self) -> str:
        """Return the name of the sheet."""
        return str(self.written.title)

    def pair(self, row: int, column: int) -> tuple[Cell, Cell]:
        """Return a cell with its formula, and the same with its value; never None."""
        return self.written.cell(row, column), self.shown.cell(row, column)  # type: ignore[return-value]  # merged cells read as empty ones


def read_returned(
    books: Books, weekly: Weekly, ground: Ground, *, week: str, department: str | None = None
) -> Returned:
    """Read every sheet of a form.

    Parameters
    ----------
    week
        The week that is being reported; a sheet of another one is a fault.
    department
        Whose form is expected (None: of any department).
    """
    found = Returned(books.file)
    names = {title.casefold(): name for name, title in sheet_names(reporting(weekly)).items()}
    for written in books.written.worksheets:
        title = str(written.title)
        owner = names.get(clean(title).casefold())
        if written.max_row * written.max_column > MOST_CELLS:
            mend = f"工作表有 {written.max_row} 行 {written.max_column} 列，请用下载的表格重新填"
            found.fault(title, "", written.dimensions, mend)
        elif owner is None:
            _strange_sheet(found, written, list(names.values()))
            owner = _renamed_from(books, written, list(names.values()))
            if owner is not None and department in (None, owner):
                _read_sheet(found, Sheet(owner, week, written, books.shown[title]), weekly, ground)
        elif department is not None and owner != department:
            if _has_input(written, columns_of(weekly, owner)):
                mend = f"这是“{owner}”的表，这里只收“{department}”的"
                found.fault(title, "", owner, mend)
        else:
            shown = books.shown[title]
            _read_sheet(found, Sheet(owner, week, written, shown), weekly, ground)
    if not found.rows and not found.faults and not found.notes:
        found.fault("", "", books.file, "没有任何部门的报送表，请用下载的表格填写")
    return found


def _strange_sheet(found: Returned, sheet: Worksheet, departments: list[str]) -> None:
    title = str(sheet.title)
    if title == NOTES_SHEET or not any(
        cell.value is not None for row in sheet.iter_rows() for cell in row
    ):
        return
    mend = f"不认识的工作表，改回部门的名称或删去；{or_nearest(title, departments)}"
    found.fault(title, "", title, mend)


def _renamed_from(books: Books, sheet: Worksheet, departments: list[str]) -> str | None:
    """Return whose sheet one under another name is, by what stands in it; None for nobody's."""
    said = clean(str(books.shown[str(sheet.title)][DEPARTMENT_CELL].value or ""))
    titles = {clean(one) for one in books.written.sheetnames}
    found = (name for name in departments if clean(name) == said)
    return next((name for name in found if sheet_names([name])[name] not in titles), None)


def _has_input(sheet: Worksheet, columns: tuple[FormColumn, ...]) -> bool:
    """Tell whether anything was typed where a department types."""
    places = [i for i, column in enumerate(columns, start=1) if column.role in FILLED]
    return any(
        sheet.cell(row, column).value is not None
        for row in range(FIRST_ROW, sheet.max_row + 1)
        for column in places
    )


def _read_sheet(found: Returned, sheet: Sheet, weekly: Weekly, ground: Ground) -> None:
    columns = columns_of(weekly, sheet.department)
    faults = len(found.faults)
    _meta(found, sheet)
    _layout(found, sheet.written)
    standing = head_faults(found, sheet.written, columns)
    towns = towns_by_row(found, sheet.written, sheet.shown, ground, standing)
    before = len(found.rows)
    empty: dict[str, list[str]] = {}
    first = {town: row for row, town in reversed(towns.items()) if town != NOWHERE}
    for row, town in towns.items():
        for indicator, where in standing.filled.items():
            one = _entry(found, sheet, row, town, indicator, where)
            if first.get(town) != row:
                continue
            if one is None:
                empty.setdefault(indicator.code, []).append(ground.name_of(town) or town)
            else:
                found.rows.append(one)
    if len(found.faults) > faults:
        return
    if len(found.rows) == before:
        found.note(sheet.title, "", "", "整张表没有填，按没有报送计")
        return
    for code, names in empty.items():
        those = f"{len(names)} 个镇街没有填（{'、'.join(names)}）"
        found.note(sheet.title, "", code, f"{those}：先前报过的照旧，没报过的按未知计")


def _meta(found: Returned, sheet: Sheet) -> None:
    """Check that the sheet is of this week and department."""
    for cell, expected, what in (
        (WEEK_CELL, sheet.week, "这张表不是这一周的，请下载这一周的表"),
        (DEPARTMENT_CELL, sheet.department, "部门与工作表的名称不一致，请用下载的表格"),
    ):
        value = sheet.shown[cell].value
        if clean(str(value or "")) != clean(expected):
            found.fault(sheet.title, cell, value, f"{what}（应为 {expected}）")


def _layout(found: Returned, sheet: Worksheet) -> None:
    """Find what hides or joins cells: hidden sheet, rows and columns, merged ranges."""
    title = str(sheet.title)
    if sheet.sheet_state != "visible":
        found.fault(title, "", "隐藏", "工作表是隐藏的：取消隐藏，核对后再报送")
    for number, row in sorted(sheet.row_dimensions.items()):
        if row.hidden and FIRST_ROW <= number <= sheet.max_row:
            found.fault(title, f"A{number}", "隐藏", "这一行是隐藏的：取消隐藏或筛选，核对后再报送")
    for letter, column in sorted(sheet.column_dimensions.items()):
        if column.hidden:
            found.fault(
                title, f"{letter}{HEAD_ROW}", "隐藏", "这一列是隐藏的：取消隐藏，核对后再报送"
            )
    for merged in sheet.merged_cells.ranges:
        if merged.max_row >= HEAD_ROW:
            found.fault(title, str(merged.coord), "合并", "取消合并单元格，每格分别填写")


def _entry(  # noqa: PLR0917  (one place of a form)
    found: Returned,
    sheet: Sheet,
    row: int,
    town: str,
    indicator: WeeklyIndicator,
    where: Mapping[ColumnRole, int],
) -> Reported | None:
    """Read the cells of one indicator of one town; None when they are empty or faulty."""
    given: dict[ColumnRole, float | None] = {}
    for role, column in where.items():
        written, shown = sheet.pair(row, column)
        try:
            given[role] = _number(role, indicator, written, shown)
        except CellError as error:
            at = f"{get_column_letter(column)}{row}"
            value = shown.value if written.data_type != "f" else shown.value or written.value
            found.fault(sheet.title, at, value, str(error))
    faulty = len(given) < len(where)
    if faulty or all(value is None for value in given.values()):
        return None
    numbers: tuple[float | None, float | None, float | None] | None
    if is_rate(indicator):
        numbers = _joined(found, sheet, row, given, where)
    else:
        numbers = _as_stored(indicator, given[ColumnRole.VALUE]), None, None
    if numbers is None:
        return None
    first = min(column for role, column in where.items() if given[role] is not None)
    cell = f"{sheet.title}!{get_column_letter(first)}{row}"
    return Reported(sheet.week, sheet.department, town, indicator.code, *numbers, cell)


def _number(
    role: ColumnRole, indicator: WeeklyIndicator, written: Cell, shown: Cell
) -> float | None:
    if role in (ColumnRole.NUMERATOR, ColumnRole.DENOMINATOR):
        return count_in(written, shown, MOST_COUNT)
    most = largest(role, indicator)
    reading = percent_in if indicator.unit == "%" else number_in
    return reading(written, shown, most)


def _as_stored(indicator: WeeklyIndicator, value: float | None) -> float | None:
    """Return a number as records hold it: per cent as a share."""
    if value is None or indicator.unit != "%":
        return value
    return round(value / 100, _SHARE_DIGITS)


def _joined(
    found: Returned,
    sheet: Sheet,
    row: int,
    given: Mapping[ColumnRole, float | None],
    where: Mapping[ColumnRole, int],
) -> tuple[float | None, float | None, float | None] | None:
    """Return share, done and due of a rate; None (and a fault) when they do not agree.

    Nothing due (0 of 0) is known, and has no share.
    """
    done, due = given.get(ColumnRole.NUMERATOR), given.get(ColumnRole.DENOMINATOR)
    percent = given.get(ColumnRole.PERCENT)

    def refuse(role: ColumnRole, value: Any, mend: str) -> None:
        found.fault(sheet.title, f"{get_column_letter(where[role])}{row}", value, mend)

    if (done is None) != (due is None):
        lacking = ColumnRole.NUMERATOR if done is None else ColumnRole.DENOMINATOR
        if lacking in where:
            refuse(lacking, None, f"填了另一格，{lacking}也要填；没有件数就两格都留空，只填完成率")
        return None
    if done is None or due is None:
        return (None if percent is None else round(percent / 100, _SHARE_DIGITS)), None, None
    if done > due:
        refuse(ColumnRole.NUMERATOR, done, f"完成数不能大于应完成数（{due:g}）")
        return None
    share = done / due if due else None
    if percent is not None and (share is None or abs(100 * share - percent) > _ROUNDED + 1e-9):
        counted = "没有任务" if share is None else f"{100 * share:.1f}%"
        refuse(
            ColumnRole.PERCENT, percent, f"与件数算出的不一致（{counted}）：改正其一，或只留件数"
        )
        return None
    return share, done, due
