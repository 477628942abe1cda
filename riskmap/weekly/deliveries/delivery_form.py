"""The form in which departments report indicators: its sheets, its columns, where they stand.

One sheet per department, one row per town; the template writes it and the way back reads it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from riskmap.errors import NotFoundError
from riskmap.records.checks import RATES
from scoring.weekly.parts import DEPARTMENT, Weekly, WeeklyIndicator

NOTES_SHEET = "说明"
TITLE_ROW, META_ROW, NAME_ROW, HEAD_ROW, FIRST_ROW = 1, 2, 3, 4, 5
WEEK_CELL, DEPARTMENT_CELL = "B2", "D2"
"""Cells of every sheet that say which week and whose it is."""
_SHEET_NAME_LENGTH = 31
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")


LARGEST_SHARE = 3.0
"""Stored values of a percentage that is no rate (progress): up to this a share, else per cent."""


MOST_COUNT = 1e6
"""The most cases that a town can have in a week: more is a slip of the keyboard."""
MOST_GOALPOSTS = 100.0
"""A plain number is at most so many times the larger goalpost of its indicator."""


class ColumnRole(StrEnum):
    """What stands in a column."""

    CODE = "镇街代码"
    NAME = "镇街"
    NUMERATOR = "完成数"
    DENOMINATOR = "应完成数"
    PERCENT = "完成率"
    VALUE = "数值"
    BEFORE = "上周"


FILLED = (ColumnRole.NUMERATOR, ColumnRole.DENOMINATOR, ColumnRole.PERCENT, ColumnRole.VALUE)
"""What a department fills in."""


@dataclass(frozen=True)
class FormColumn:
    """A column of a department's sheet: its header, and what stands below it of which indicator."""

    header: str
    role: ColumnRole
    indicator: WeeklyIndicator | None = None


def is_rate(indicator: WeeklyIndicator) -> bool:
    """Tell whether an indicator is a share of cases, at most 100 % (stored as 0–1)."""
    return indicator.code in RATES


def largest(role: ColumnRole, indicator: WeeklyIndicator) -> float:
    """Return the largest number that a column takes: the form asks for it, the reader holds to it.

    Cases at most `MOST_COUNT`, a rate 100 %, a percentage that is no rate (progress) 300 %, any
    other number a hundred times the larger goalpost of the scheme.
    """
    if role in (ColumnRole.NUMERATOR, ColumnRole.DENOMINATOR):
        return MOST_COUNT
    if indicator.unit == "%":
        return 100.0 if is_rate(indicator) else 100 * LARGEST_SHARE
    return MOST_GOALPOSTS * max(abs(indicator.zero), abs(indicator.full))


def in_per_cent(indicator: WeeklyIndicator, stored: float) -> float:
    """Return a stored value in the unit of its indicator: shares as per cent."""
    if indicator.unit != "%" or (stored > LARGEST_SHARE and not is_rate(indicator)):
        return stored
    return 100 * stored


def reported(weekly: Weekly, department: str) -> tuple[WeeklyIndicator, ...]:
    """Return the indicators that only this department can give."""
    return tuple(
        one
        for one in weekly.indicators
        if one.origin == DEPARTMENT and one.department == department
    )


def reporting(weekly: Weekly) -> tuple[str, ...]:
    """Return the departments that have something to report, in the scheme's order."""
    return tuple(name for name in weekly.departments if reported(weekly, name))


def columns_of(weekly: Weekly, department: str) -> tuple[FormColumn, ...]:
    """Return the columns of a department's sheet, from column A on."""
    columns = [
        FormColumn(str(ColumnRole.CODE), ColumnRole.CODE),
        FormColumn(str(ColumnRole.NAME), ColumnRole.NAME),
    ]
    for one in reported(weekly, department):
        if is_rate(one):
            columns += [
                FormColumn(f"{one.code} {ColumnRole.NUMERATOR}", ColumnRole.NUMERATOR, one),
                FormColumn(f"{one.code} {ColumnRole.DENOMINATOR}", ColumnRole.DENOMINATOR, one),
                FormColumn(f"{one.code} {ColumnRole.PERCENT}（%）", ColumnRole.PERCENT, one),
            ]
        else:
            columns.append(
                FormColumn(f"{one.code} {ColumnRole.VALUE}（{one.unit}）", ColumnRole.VALUE, one)
            )
        columns.append(
            FormColumn(f"{one.code} {ColumnRole.BEFORE}（{one.unit}）", ColumnRole.BEFORE, one)
        )
    return tuple(columns)


def sheet_names(departments: Sequence[str]) -> dict[str, str]:
    """Return the name of each department's sheet, as spreadsheets allow it and all different.

    >>> sheet_names(["应急/安监", "应急:安监"])
    {'应急/安监': '应急 安监', '应急:安监': '应急 安监 2'}
    """
    names: dict[str, str] = {}
    taken = {NOTES_SHEET.casefold()}
    for department in departments:
        plain = _NOT_IN_SHEET_NAMES.sub(" ", department).strip().strip("'") or "部门"
        name, number = plain[:_SHEET_NAME_LENGTH], 1
        while name.casefold() in taken:
            number += 1
            end = f" {number}"
            name = plain[: _SHEET_NAME_LENGTH - len(end)] + end
        taken.add(name.casefold())
        names[department] = name
    return names


def chosen_departments(weekly: Weekly, department: str | None) -> tuple[str, ...]:
    """Return the department that is asked for, all that report when none is.

    Raises
    ------
    NotFoundError
        No such department reports anything.
    """
    every = reporting(weekly)
    if department is None:
        return every
    if department not in every:
        raise NotFoundError("没有这个报送部门", department[:60], "可用：" + "、".join(every))
    return (department,)
