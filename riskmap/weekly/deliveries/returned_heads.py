"""The headers of a returned form: each where the template put it, no more and no less."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from layers.names import header_key, nearest
from riskmap.weekly.deliveries.delivery_form import (
    FILLED,
    FIRST_ROW,
    HEAD_ROW,
    ColumnRole,
    FormColumn,
)
from scoring.weekly.parts import WeeklyIndicator


class Faults(Protocol):
    """What gathers faults."""

    def fault(self, sheet: str, cell: str, value: object, mend: str) -> None:
        """Add a fault."""


def head_faults(
    found: Faults, sheet: Worksheet, columns: Sequence[FormColumn]
) -> dict[WeeklyIndicator, dict[ColumnRole, int]]:
    """Check the headers; return where the cells of each indicator stand (column numbers).

    Columns that are there are found by their header also when others are wrong, so that all
    faults of the cells are told at once.
    """
    title = str(sheet.title)
    expected = {header_key(column.header): column for column in columns}
    actual = _actual(found, sheet, expected)
    missing = [key for key in expected if key not in actual]
    for key in missing:
        position = list(expected).index(key) + 1
        value = sheet.cell(HEAD_ROW, position).value
        cell, header = f"{get_column_letter(position)}{HEAD_ROW}", expected[key].header
        if value is not None and header_key(str(value)) not in expected:
            found.fault(title, cell, value, f"表头被改了，改回“{header}”")
        else:
            found.fault(title, cell, value, f"缺少列“{header}”，请用下载的表格")
    _moved(found, title, [key for key in expected if key in actual], actual, expected)
    places: dict[WeeklyIndicator, dict[ColumnRole, int]] = {}
    for key, position in actual.items():
        column = expected[key]
        if column.indicator is not None and column.role in FILLED:
            places.setdefault(column.indicator, {})[column.role] = position
    return places


def _actual(found: Faults, sheet: Worksheet, expected: Mapping[str, FormColumn]) -> dict[str, int]:
    """Return the position of every known header; note those that are twice or unknown."""
    title, actual = str(sheet.title), dict[str, int]()
    renamed = {
        position
        for position, key in enumerate(expected, start=1)
        if key not in {_key(sheet, at) for at in range(1, sheet.max_column + 1)}
    }
    for position in range(1, sheet.max_column + 1):
        key, cell = _key(sheet, position), f"{get_column_letter(position)}{HEAD_ROW}"
        value = sheet.cell(HEAD_ROW, position).value
        if key in actual:
            earlier = f"{get_column_letter(actual[key])}{HEAD_ROW}"
            found.fault(title, cell, value, f"这一列与 {earlier} 重复，删去一列")
        elif key in expected:
            actual[key] = position
        elif key and position not in renamed:
            near = nearest(str(value), [column.header for column in expected.values()], 1)
            hint = f"；相近的是“{near[0]}”" if near else ""
            found.fault(title, cell, value, f"多出的列，删去{hint}")
        elif not key and position > len(expected) and _typed_below(sheet, position):
            found.fault(title, cell, None, "这一列没有表头却有内容，删去")
    return actual


def _key(sheet: Worksheet, position: int) -> str:
    value = sheet.cell(HEAD_ROW, position).value
    return "" if value is None else header_key(str(value))


def _typed_below(sheet: Worksheet, position: int) -> bool:
    return any(
        sheet.cell(row, position).value is not None for row in range(FIRST_ROW, sheet.max_row + 1)
    )


def _moved(
    found: Faults,
    title: str,
    known: Sequence[str],
    actual: Mapping[str, int],
    expected: Mapping[str, FormColumn],
) -> None:
    """Refuse known columns that stand in another order than the template's."""
    standing = sorted(known, key=lambda key: actual[key])
    for key, there in zip(known, standing, strict=True):
        if key != there:
            cell = f"{get_column_letter(actual[there])}{HEAD_ROW}"
            header = expected[there].header
            found.fault(title, cell, header, f"列被移动了，这里应为“{expected[key].header}”")
