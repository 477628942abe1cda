"""What one cell of a returned form says: a count, a percentage, a number, nothing, or a fault."""

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Any

from openpyxl.cell.cell import Cell

from layers.names import clean

_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(%?)")
_LITERAL = re.compile(r'"[^"]*"|\\.')
"""Parts of a number format that are only shown: with them a per-cent sign does not multiply."""
_LONGEST = 40
_EXACT = 2**53
_DIGITS = 10
"""Digits kept of a percentage: more than anybody types, fewer than binary fractions show."""


class CellError(ValueError):
    """A cell that cannot be taken; the text says what to write instead."""


@dataclass(frozen=True)
class Given:
    """A number as it stands in a cell, and whether it carries a per-cent sign of its own."""

    number: float
    percent: bool


def shown_text(value: object) -> str:
    """Return a cell's value as a reader would see it, short."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    text = clean(str(value))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def given_in(written: Cell, shown: Cell) -> Given | None:
    """Return the number in a cell, None when it is empty.

    Parameters
    ----------
    written, shown
        The cell with its formula, and with the value that the spreadsheet last showed.

    Raises
    ------
    CellError
        It holds no number.
    """
    value: Any = shown.value
    if written.data_type == "f" and value is None:
        raise CellError("公式没有算出的数值：用表格软件打开、算好、保存后再报送，或直接填数")
    if shown.data_type == "e":
        raise CellError("公式出错：改正公式，或直接填数")
    if value is None or (isinstance(value, str) and not clean(value)):
        return None
    if isinstance(value, bool):
        raise CellError("应填数字，不是“是/否”")
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        raise CellError("单元格成了日期：把格式改为“常规”，再填数字")
    if isinstance(value, int | float):
        return _from_number(_finite(float(value)), shown.number_format or "")
    return _from_text(str(value))


def _from_number(number: float, form: str) -> Given:
    """Return a number as its cell shows it: 0.9 under 0% is 90 %, so is 90 under 0"%"."""
    if "%" in _LITERAL.sub("", form):
        return Given(number, True)
    return Given(number / 100, True) if "%" in form else Given(number, False)


def _from_text(text: str) -> Given:
    match = _NUMBER.fullmatch(clean(text))
    if match is None:
        raise CellError("应填数字，不要写文字和单位；没有数据就留空")
    number = _finite(float(match[1]))
    return Given(number / 100 if match[2] else number, bool(match[2]))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise CellError("数字太大")
    return number


def count_in(written: Cell, shown: Cell, most: float) -> float | None:
    """Return a count: a whole number, 0 … `most`.

    Raises
    ------
    CellError
        It is none.
    """
    given = given_in(written, shown)
    if given is None:
        return None
    if given.percent:
        raise CellError("这一列填件数，不是百分数；百分数填在“完成率”列")
    if given.number < 0 or not given.number.is_integer():
        raise CellError("应为 0 或正整数")
    if given.number > most:
        raise CellError(f"应在 0 到 {most:.0f} 之间，核对是否多打了数字")
    return given.number


def percent_in(written: Cell, shown: Cell, most: float) -> float | None:
    """Return a percentage, 0 … `most` [%]: 85, "85%" and a cell of 0.85 shown as 85% are 85.

    A bare 0.85 may mean 0.85 % or 85 %: it is not guessed.

    Raises
    ------
    CellError
        It is none, or it can be read in two ways.
    """
    given = given_in(written, shown)
    if given is None:
        return None
    if given.percent:
        value = round(given.number * 100, _DIGITS)
    elif 0 < given.number <= 1:
        raise CellError("这一列是百分数：85% 写成 85 或 85%；不到 1% 的写成带 % 的，如 0.5%")
    else:
        value = given.number
    if not 0 <= value <= most:
        raise CellError(f"应在 0 到 {most:g} 之间（%）")
    return value


def number_in(written: Cell, shown: Cell, most: float) -> float | None:
    """Return a plain number, 0 … `most`.

    Raises
    ------
    CellError
        It is none.
    """
    given = given_in(written, shown)
    if given is None:
        return None
    if given.percent:
        raise CellError("这一列不是百分数，去掉 %")
    if not 0 <= given.number <= most:
        raise CellError(f"应在 0 到 {most:g} 之间")
    return given.number
