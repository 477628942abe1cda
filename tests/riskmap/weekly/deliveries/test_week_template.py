"""The report form: what stands in it, what can be typed into, what it is filled with."""

import io
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from riskmap.access.actors import command_line
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.weekly.deliveries.delivering import Sent, deliver
from riskmap.weekly.deliveries.template import template_xlsx
from riskmap.workspace import Workspace

ZONE = ZoneInfo("Asia/Shanghai")
WEEK, NOW = "2026-W24", datetime(2026, 6, 11, 10, 0, tzinfo=ZONE)
FIRE, OFFICE = "消防救援大队", "应急管理局"


def test_a_sheet_per_department_and_a_row_per_town(form: bytes) -> None:
    book = load_workbook(io.BytesIO(form))
    assert book.sheetnames == ["说明", FIRE, OFFICE, "安委办", "防汛办"]
    sheet = book[FIRE]
    assert sheet["A1"].value == f"{FIRE} · 2026-W24 周指标报送表（06月12日 17:00 截止）"
    assert [sheet["B2"].value, sheet["D2"].value] == [WEEK, FIRE]
    assert [cell.value for cell in sheet[4]] == [
        "镇街代码", "镇街", "A1.1 完成数", "A1.1 应完成数", "A1.1 完成率（%）", "A1.1 上周（%）",
    ]  # fmt: skip
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)] == [
        ["339901001", "西街道", None, None, None, None],
        ["339901002", "东镇", None, None, None, None],
        ["339901003", "北镇", None, None, None, None],
    ]


def test_only_what_a_department_fills_in_is_unlocked_and_checked(form: bytes) -> None:
    sheet = load_workbook(io.BytesIO(form))[OFFICE]
    assert sheet.freeze_panes == "C5"
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    free = {cell.coordinate for row in sheet.iter_rows() for cell in row
            if not cell.protection.locked}  # fmt: skip
    heads = {get_column_letter(i): str(cell.value) for i, cell in enumerate(sheet[4], start=1)}
    filled = [letter for letter, head in heads.items()
              if any(word in head for word in ("完成数", "完成率", "数值"))]  # fmt: skip
    assert free == {f"{letter}{row}" for letter in filled for row in (5, 6, 7)}
    checks = {str(check.sqref): (check.type, check.formula1, check.formula2)
              for check in sheet.data_validations.dataValidation}  # fmt: skip
    assert set(checks) == {f"{letter}5:{letter}7" for letter in filled}
    assert checks["C5:C7"] == ("whole", "0", "1000000")
    assert checks["E5:E7"] == ("decimal", "0", "100")


def test_the_notes_list_every_indicator_with_its_goalposts(form: bytes) -> None:
    sheet = load_workbook(io.BytesIO(form))["说明"]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert (FIRE, "A1.1", "%", 6, 60, 100) in [(*row[:2], *row[3:]) for row in rows]
    assert ("防汛办", "A8.3", "%", 3, 60, 100) in [(*row[:2], *row[3:]) for row in rows]
    assert any("空格是“不知道”，不是 0" in str(row[0]) for row in rows)


def test_one_department_alone_and_none_that_does_not_exist(three_towns: Workspace) -> None:
    book = load_workbook(io.BytesIO(template_xlsx(three_towns, WEEK, FIRE, now=NOW)))
    assert book.sheetnames == ["说明", FIRE]
    with pytest.raises(NotFoundError, match="可用：消防救援大队、应急管理局"):
        template_xlsx(three_towns, WEEK, "气象局", now=NOW)
    with pytest.raises(RiskmapError, match="没有这一周"):
        template_xlsx(three_towns, "2026-W54", now=NOW)


def test_the_same_content_gives_the_same_bytes(three_towns: Workspace, form: bytes) -> None:
    assert template_xlsx(three_towns, WEEK, now=NOW) == form


def test_the_form_is_filled_with_this_week_and_shows_the_last(
    reporting_district: Workspace, typing_into: Callable[..., bytes]
) -> None:
    """W23: 3 of 4 and 62.5 %; W24: 2 of 3, and 85.7 % alone."""
    ws, root = reporting_district, command_line("root")
    weeks: dict[str, Mapping[str, Any]] = {
        "2026-W23": {"C5": 3, "D5": 4, "E6": 62.5},
        WEEK: {"C5": 2, "D5": 3, "E6": "85.7%"},
    }
    for (week, cells), moment in zip(weeks.items(), (NOW - timedelta(days=7), NOW), strict=True):

        def typing(sheet: Any, cells: Mapping[str, Any] = cells) -> None:
            for cell, value in cells.items():
                sheet[cell] = value

        empty = template_xlsx(ws, week, now=moment)
        sent = Sent("表.xlsx", typing_into(empty, typing))
        assert deliver(ws, root, [sent], week=week, now=moment).faults == ()
    content = template_xlsx(ws, WEEK, now=NOW + timedelta(hours=1))
    sheet = load_workbook(io.BytesIO(content))[FIRE]
    assert [[cell.value for cell in row[2:]] for row in sheet.iter_rows(min_row=5)] == [
        [2, 3, None, 75], [None, None, 85.7, 62.5], [None, None, None, None],
    ]  # fmt: skip
    again = deliver(ws, root, [Sent("回.xlsx", content)], week=WEEK, now=NOW + timedelta(hours=2))
    assert (again.faults, again.numbers, again.changed) == ((), 2, 0)
