"""The headers of a returned form: each where the template put it, no more and no less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Standing:
    """Where the columns of a form stand (column numbers): of the towns, and of each indicator."""

    code: int
    name: int
    filled: Mapping[WeeklyIndicator, Mapping[ColumnRole, int]]


def head_faults(found: Faults, sheet: Worksheet, columns: Sequence[FormColumn]) -> Standing:
    """Check the headers; return where the columns stand.

    Where headers are wrong the columns are found all the same (by their header, by their place
    between the others), so that all faults of the cells are told at once.
    """
    title = str(sheet.title)
    expected = {header_key(column.header): column for column in columns}
    keys = {at: _key(sheet, at) for at in range(1, sheet.max_column + 1)}
    actual = _by_header(keys, list(expected))
    renamed = _by_place(keys, actual, list(expected))
    _missing(found, sheet, actual, renamed, expected)
    _surplus(found, sheet, keys, {**actual, **renamed}, expected)
    _moved(found, title, [key for key in expected if key in actual], actual, expected)
    filled: dict[WeeklyIndicator, dict[ColumnRole, int]] = {}
    places = {expected[key]: at for key, at in sorted({**actual, **renamed}.items(), key=_at)}
    for column, position in places.items():
        if column.indicator is not None and column.role in FILLED:
            filled.setdefault(column.indicator, {})[column.role] = position
    town = {column.role: at for column, at in places.items() if column.indicator is None}
    return Standing(town.get(ColumnRole.CODE, 1), town.get(ColumnRole.NAME, 2), filled)


def _at(item: tuple[str, int]) -> int:
    return item[1]


def _key(sheet: Worksheet, position: int) -> str:
    value = sheet.cell(HEAD_ROW, position).value
    return "" if value is None else header_key(str(value))


def _cell(position: int) -> str:
    return f"{get_column_letter(position)}{HEAD_ROW}"


def _by_header(keys: Mapping[int, str], expected: Sequence[str]) -> dict[str, int]:
    """Return the position of every known header; one that is twice counts where it belongs."""
    own = {key: at for at, key in enumerate(expected, start=1)}
    actual: dict[str, int] = {}
    for at, key in keys.items():
        if key in own and (key not in actual or at == own[key]):
            actual[key] = at
    return actual


def _by_place(
    keys: Mapping[int, str], actual: Mapping[str, int], expected: Sequence[str]
) -> dict[str, int]:
    """Return where columns whose header is not there stand: next to the one before them."""
    taken, found, last = set(actual.values()), dict[str, int](), 0
    for key in expected:
        if key not in actual and last + 1 in keys and last + 1 not in taken:
            found[key] = last + 1
        last = actual.get(key, found.get(key, last))
    return found


def _missing(
    found: Faults,
    sheet: Worksheet,
    actual: Mapping[str, int],
    renamed: Mapping[str, int],
    expected: Mapping[str, FormColumn],
) -> None:
    """Name the headers that are not there: written otherwise, or lacking."""
    for position, (key, column) in enumerate(expected.items(), start=1):
        if key in actual:
            continue
        at = renamed.get(key, position)
        value = sheet.cell(HEAD_ROW, at).value
        if value is not None and key in renamed:
            mend = f"表头被改了，改回“{column.header}”"
        else:
            mend = f"缺少列“{column.header}”，请用下载的表格"
        found.fault(str(sheet.title), _cell(at), value, mend)


def _surplus(
    found: Faults,
    sheet: Worksheet,
    keys: Mapping[int, str],
    placed: Mapping[str, int],
    expected: Mapping[str, FormColumn],
) -> None:
    """Name the columns that are no column of the form: twice there, unknown, or without a header.

    An empty one between the others moves all that follow: whose numbers they are is not guessed.
    """
    title, last = str(sheet.title), max(placed.values(), default=0)
    for at in sorted(set(keys) - set(placed.values())):
        key, value = keys[at], sheet.cell(HEAD_ROW, at).value
        if key in placed:
            mend = f"这一列与 {_cell(placed[key])} 重复，删去一列"
        elif key:
            near = nearest(str(value), [column.header for column in expected.values()], 1)
            mend = "多出的列，删去" + (f"；相近的是“{near[0]}”" if near else "")
        elif at < last:
            mend = "插入了一列，后面的列都移了位，删去这一列"
        elif _typed_below(sheet, at):
            mend = "这一列没有表头却有内容，删去"
        else:
            continue
        found.fault(title, _cell(at), value, mend)


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
            header = expected[there].header
            mend = f"列被移动了，这里应为“{expected[key].header}”"
            found.fault(title, _cell(actual[there]), header, mend)
