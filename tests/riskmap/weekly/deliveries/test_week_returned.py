"""A form that comes back: every fault with its sheet and cell, and what numbers mean."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.errors import FieldsError
from riskmap.ledger.ground import ground_in_use
from riskmap.schemes import weekly_rules
from riskmap.weekly.deliveries.delivery_form import sheet_names
from riskmap.weekly.deliveries.returned import Returned, read_returned
from riskmap.weekly.deliveries.returned_file import MAX_UNPACKED, open_returned
from riskmap.workspace import Workspace

Read = Callable[..., Returned]
WEEK, FIRE, OFFICE = "2026-W24", "消防救援大队", "应急管理局"
WEST, EAST = "339901001", "339901002"


def put(**cells: Any) -> Callable[[Worksheet], None]:
    """Return what types values into cells."""

    def typing(sheet: Worksheet) -> None:
        for cell, value in cells.items():
            sheet[cell] = value

    return typing


def as_percent(cell: str, value: float, form: str = "0.0%") -> Callable[[Worksheet], None]:
    """Return what types a number into a cell that the spreadsheet shows in per cent."""

    def typing(sheet: Worksheet) -> None:
        sheet[cell] = value
        sheet[cell].number_format = form

    return typing


def told(read: Returned) -> list[tuple[str, str, str]]:
    return [(fault.sheet, fault.cell, fault.value) for fault in read.faults]


def test_counts_of_a_town_by_hand(read: Read) -> None:
    """3 of 4 done is 0.75, stored with its counts; an untouched town is unknown, and said."""
    found = read(put(C5=3, D5=4, E6=85))
    assert found.faults == []
    assert [(row.town, row.indicator, row.value, row.numerator, row.denominator, row.cell)
            for row in found.rows] == [
        (WEST, "A1.1", 0.75, 3.0, 4.0, f"{FIRE}!C5"),
        (EAST, "A1.1", 0.85, None, None, f"{FIRE}!E6"),
    ]  # fmt: skip
    [note] = [note for note in found.notes if note.sheet == FIRE]
    assert "北镇" in note.mend
    assert "1 个镇街没有填" in note.mend


@pytest.mark.parametrize(
    ("typing", "expected"),
    [
        (put(E5=85), 0.85),
        (put(E5="85"), 0.85),
        (put(E5="85%"), 0.85),
        (put(E5="８５％"), 0.85),
        (put(E5="85 %"), 0.85),
        (put(E5="85.5%"), 0.855),
        (as_percent("E5", 0.85), 0.85),
        (as_percent("E5", 0.857), 0.857),
        (as_percent("E5", 1), 1.0),
        (as_percent("E5", 0.005), 0.005),
        (as_percent("E5", 90, '0"%"'), 0.9),
        (as_percent("E5", 90, "0\\%"), 0.9),
        (as_percent("E5", 0.9, '0%" 完成"'), 0.9),
        (put(C5=0, D5=1_000_000), 0.0),
        (put(E5="0.5%"), 0.005),
        (put(E5=0), 0.0),
        (put(E5="0%"), 0.0),
        (put(E5=100), 1.0),
        (put(E5=1.5), 0.015),
        (put(C5=2, D5=3), 2 / 3),
        (put(C5="2", D5="3"), 2 / 3),
        (put(C5=2, D5=3, E5=67), 2 / 3),
        (put(C5=2, D5=3, E5="66.7%"), 2 / 3),
        (put(C5=0, D5=5), 0.0),
    ],
)
def test_a_percentage_is_read_as_it_is_meant(
    read: Read, typing: Callable[[Worksheet], None], expected: float
) -> None:
    found = read(typing)
    assert told(found) == []
    assert [row.value for row in found.rows] == [expected]


@pytest.mark.parametrize(
    ("cells", "cell", "words"),
    [
        ({"E5": 0.85}, "E5", "85% 写成 85 或 85%"),
        ({"E5": "0.85"}, "E5", "85% 写成 85 或 85%"),
        ({"E5": 1}, "E5", "85% 写成 85 或 85%"),
        ({"E5": 101}, "E5", "0 到 100"),
        ({"E5": "120%"}, "E5", "0 到 100"),
        ({"E5": -5}, "E5", "0 到 100"),
        ({"E5": "约85"}, "E5", "应填数字"),
        ({"E5": "八十五"}, "E5", "应填数字"),
        ({"E5": "85分"}, "E5", "应填数字"),
        ({"E5": "—"}, "E5", "没有数据就留空"),
        ({"E5": True}, "E5", "是/否"),
        ({"E5": date(2026, 3, 4)}, "E5", "日期"),
        ({"E5": "#DIV/0!"}, "E5", "公式出错"),
        ({"E5": "=1+1"}, "E5", "没有算出的数值"),
        ({"C5": 5, "D5": 4}, "C5", "不能大于应完成数（4）"),
        ({"C5": 5}, "D5", "应完成数也要填"),
        ({"D5": 5}, "C5", "完成数也要填"),
        ({"C5": 2.5, "D5": 4}, "C5", "正整数"),
        ({"C5": -1, "D5": 4}, "C5", "正整数"),
        ({"C5": 9, "D5": 1_000_000_000_000}, "D5", "0 到 1000000 "),
        ({"C5": 9, "D5": 1_000_001}, "D5", "0 到 1000000 "),
        ({"C5": "80%", "D5": 4}, "C5", "完成率"),
        ({"C5": 2, "D5": 4, "E5": 80}, "E5", "50.0%"),
        ({"C5": 0, "D5": 0, "E5": 80}, "E5", "没有任务"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_named(
    read: Read, cells: dict[str, Any], cell: str, words: str
) -> None:
    found = read(put(**cells))
    assert [(fault.sheet, fault.cell) for fault in found.faults] == [(FIRE, cell)]
    assert words in found.faults[0].mend
    assert found.rows == []


def test_nothing_due_is_known_and_has_no_rate(read: Read) -> None:
    found = read(put(C5=0, D5=0))
    assert found.faults == []
    assert [(row.value, row.numerator, row.denominator) for row in found.rows] == [(None, 0.0, 0.0)]


def test_progress_may_exceed_a_hundred_per_cent(read: Read) -> None:
    """A4.3 (column K of the office's sheet) is no share of cases, but stored as one: 120 % is 1.2.

    Beyond 300 % a stored number would be read as per cent: it is refused.
    """
    found = read(put(K5=120, K6="0.5%", K7=301), OFFICE)
    assert [(row.indicator, row.value, row.numerator) for row in found.rows] == [
        ("A4.3", 1.2, None), ("A4.3", 0.005, None),
    ]  # fmt: skip
    assert told(found) == [(OFFICE, "K7", "301")]
    assert "0 到 300" in found.faults[0].mend


def test_a_formula_with_its_value_is_taken(
    three_towns: Workspace, form: bytes, typing_into: Callable[..., bytes]
) -> None:
    content = typing_into(form, put(E5="=80+5"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"<f>80+5</f><v></v>", b"<f>80+5</f><v>85</v>")
                         .replace(b"<f>80+5</f><v />", b"<f>80+5</f><v>85</v>"))  # fmt: skip
    books = open_returned(out.getvalue(), "a.xlsx")
    found = read_returned(books, weekly_rules(three_towns), ground_in_use(three_towns), week=WEEK)
    assert [row.value for row in found.rows] == [0.85]


def test_every_fault_at_once(read: Read) -> None:
    found = read(put(C5="三", D5=4, E6=0.85, E7=130))
    assert told(found) == [(FIRE, "C5", "三"), (FIRE, "E6", "0.85"), (FIRE, "E7", "130")]
    assert found.faults[1].line().startswith(f"表.xlsx · {FIRE}!E6：“0.85” —— ")


def every_kind(sheet: Worksheet) -> None:
    """Plant one fault of every kind into one sheet of three towns, some where others hide them."""
    sheet["B2"] = "2026-W23"
    sheet["C4"] = "做完了几个"  # the cells below a renamed header are read all the same
    sheet["C5"], sheet["D5"] = "三", "四"  # both of one indicator of one town
    sheet["C6"], sheet["D6"] = 9, 1_000_000_000_000
    sheet["B7"] = "北真"  # a town that cannot be told, and its cells
    sheet["C7"] = "#N/A"
    sheet["E7"] = 0.85
    sheet["A8"], sheet["B8"], sheet["E8"] = EAST, "东镇", 130  # twice, and its cells
    sheet["C9"] = 9  # whose?
    sheet["A10"] = "110101001"
    sheet["G4"] = "备注"
    sheet["I5"] = "附言"
    sheet.column_dimensions["D"].hidden = True
    sheet.merge_cells("C12:D12")


def test_every_kind_of_fault_in_one_form_is_listed_at_once(read: Read) -> None:
    found = read(every_kind)
    assert sorted(fault.cell for fault in found.faults) == sorted([
        "B2", "C4", "C5", "D5", "D6", "B7", "C7", "E7", "A8", "E8", "A9", "A10", "G4", "I4", "D4",
        "C12:D12", "A5:A12",
    ])  # fmt: skip
    assert found.rows == []


def test_the_second_row_of_a_town_is_checked_and_not_taken(read: Read) -> None:
    found = read(put(E6=80, A8=EAST, B8="东镇", C8=99, D8=12))
    assert [fault.cell for fault in found.faults] == ["A8", "C8"]
    assert [(row.town, row.value) for row in found.rows] == [(EAST, 0.8)]


def test_a_renamed_sheet_is_read_all_the_same(read: Read) -> None:
    def rename(sheet: Worksheet) -> None:
        sheet.title, sheet["E5"] = "消防救援大", 130

    assert [fault.cell for fault in read(rename).faults] == ["", "E5"]


def test_a_copy_beside_the_sheet_of_a_department_is_not_read_twice(read: Read) -> None:
    def copied(sheet: Worksheet) -> None:
        sheet["E5"] = 80
        assert sheet.parent is not None
        sheet.parent.copy_worksheet(sheet)

    found = read(copied)
    assert [fault.cell for fault in found.faults] == [""]
    assert [(row.town, row.value) for row in found.rows] == [(WEST, 0.8)]


def insert(at: int) -> Callable[[Worksheet], None]:
    """Return what inserts an empty column and types below it one that cannot be taken."""

    def typing(sheet: Worksheet) -> None:
        sheet.insert_cols(at)
        sheet.cell(5, 6 if at <= 5 else 5, 130)

    return typing


@pytest.mark.parametrize(("at", "cell"), [(1, "A4"), (3, "C4"), (5, "E4"), (6, "F4")])
def test_an_inserted_column_is_named_and_the_cells_are_checked(
    read: Read, at: int, cell: str
) -> None:
    found = read(insert(at))
    inserted, checked = found.faults[-2:]  # before them: week and department are moved, too
    assert (inserted.cell, checked.cell) == (cell, "F5" if at <= 5 else "E5")
    assert "插入了一列" in inserted.mend
    assert {fault.cell for fault in found.faults[:-2]} <= {"B2", "D2"}


def swap(sheet: Worksheet) -> None:
    sheet["C4"], sheet["D4"] = "A1.1 应完成数", "A1.1 完成数"


def drop_last(sheet: Worksheet) -> None:
    sheet.delete_cols(5)


@pytest.mark.parametrize(
    ("typing", "expected"),
    [
        (put(C4="做完了几个"), [("C4", "改回“A1.1 完成数”")]),
        (put(C4=None), [("C4", "缺少列“A1.1 完成数”")]),
        (swap, [("C4", "列被移动了"), ("D4", "列被移动了")]),
        (put(G4="备注"), [("G4", "多出的列")]),
        (put(G4="A1.1 完成数"), [("G4", "与 C4 重复")]),
        (put(H6="附言"), [("H4", "没有表头却有内容")]),
        (drop_last, [("E4", "缺少列“A1.1 完成率（%）”")]),
    ],
)
def test_columns_stay_as_the_template_made_them(
    read: Read, typing: Callable[[Worksheet], None], expected: list[tuple[str, str]]
) -> None:
    found = read(typing)
    assert [fault.cell for fault in found.faults] == [cell for cell, _ in expected]
    for fault, (_, words) in zip(found.faults, expected, strict=True):
        assert words in fault.mend


def test_faults_of_cells_are_told_also_when_a_header_is_wrong(read: Read) -> None:
    found = read(put(C4="做完了几个", E6="约85"))
    assert [fault.cell for fault in found.faults] == ["C4", "E6"]


@pytest.mark.parametrize(
    ("typing", "expected"),
    [
        (lambda sheet: sheet.delete_rows(6), [("A5:A6", "缺少镇街“东镇”")]),
        (put(A8=EAST, B8="东镇"), [("A8", "第 6 行已有")]),
        (put(A8="339901999", B8="新镇"), [("A8", "没有这个镇街代码")]),
        (put(A8="110101001"), [("A8", "不是本区的镇街")]),
        (put(A8="合计", C8=9), [("A8", "没有这个镇街代码")]),
        (put(C8=9), [("A8", "没有镇街")]),
        (put(B6="西街道"), [("B6", "这个代码是“东镇”"), ("A5:A7", "缺少镇街“东镇”")]),
        (put(B6="东震"), [("B6", "相近的有：东镇"), ("A5:A7", "缺少镇街“东镇”")]),
        (put(A6=None), []),
        (put(A6=339901002), []),
        (put(A6="339901002000"), []),
        (put(B6=None), []),
    ],
)
def test_every_town_once_and_no_other(
    read: Read, typing: Callable[[Worksheet], None], expected: list[tuple[str, str]]
) -> None:
    found = read(typing)
    assert [fault.cell for fault in found.faults] == [cell for cell, _ in expected]
    for fault, (_, words) in zip(found.faults, expected, strict=True):
        assert words in fault.mend


def hide_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[6].hidden = True


def hide_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["D"].hidden = True


def hide_sheet(sheet: Worksheet) -> None:
    sheet.sheet_state = "hidden"


@pytest.mark.parametrize(
    ("typing", "cell"),
    [
        (hide_row, "A6"),
        (hide_column, "D4"),
        (hide_sheet, ""),
        (lambda sheet: sheet.merge_cells("C5:D5"), "C5:D5"),
    ],
)
def test_nothing_may_be_hidden_or_merged(
    read: Read, typing: Callable[[Worksheet], None], cell: str
) -> None:
    found = read(typing)
    assert [(fault.sheet, fault.cell) for fault in found.faults] == [(FIRE, cell)]


def test_a_form_of_another_week_or_department_is_refused(read: Read) -> None:
    assert told(read(put(B2="2026-W23"))) == [(FIRE, "B2", "2026-W23")]
    assert told(read(put(D2=OFFICE))) == [(FIRE, "D2", OFFICE)]
    found = read(put(C5=3, D5=4), department=OFFICE)
    assert told(found) == [(FIRE, "", FIRE)]
    assert read(put(K5=120), OFFICE, OFFICE).faults == []


def test_a_renamed_sheet_is_named_with_the_nearest(read: Read) -> None:
    def rename(sheet: Worksheet) -> None:
        sheet.title = "消防救援大"

    found = read(rename)
    assert told(found) == [("消防救援大", "", "消防救援大")]
    assert FIRE in found.faults[0].mend


def test_an_empty_form_is_not_delivered_and_says_so(read: Read) -> None:
    found = read(put())
    assert (found.rows, found.faults) == ([], [])
    assert {note.sheet for note in found.notes} == {FIRE, OFFICE, "安委办", "防汛办"}
    assert all("按没有报送计" in note.mend for note in found.notes)


def test_a_sheet_of_a_million_rows_is_refused_before_it_is_read(read: Read) -> None:
    found = read(put(A1048576="x"))
    assert [(fault.sheet, fault.cell) for fault in found.faults] == [(FIRE, "")]
    assert "1048576 行" in found.faults[0].mend


def bomb() -> bytes:
    """Return a small zip that unpacks to more than any form."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (MAX_UNPACKED + 1))
    return out.getvalue()


def with_part(form: bytes, name: str, data: bytes) -> bytes:
    """Return a form with one of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, data if part == name else old.read(part))
    return out.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa">]><sst>&a;</sst>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 xlsx"),
        ("周,镇街\n".encode(), "不是 xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "旧版 xls，或者加了密码"),
        (b"PK\x03\x04" + b"\0" * 600, "已损坏"),
        (b"PK" + b"\0" * 50_000_000, "超过 5 MB"),
        (bomb(), "解开后超过 30 MB"),
    ],
    ids=["empty", "csv", "xls", "broken", "50 MB", "bomb"],
)
def test_what_is_no_form_is_refused_at_the_door(content: bytes, words: str) -> None:
    with pytest.raises(FieldsError, match="file") as refused:
        open_returned(content, "表.xlsx")
    assert words in refused.value.faults["file"]
    assert "表.xlsx" in refused.value.faults["file"]


def test_a_damaged_or_hostile_xlsx_is_refused_at_the_door(form: bytes) -> None:
    sheet = "xl/worksheets/sheet2.xml"
    for content, words in (
        (form[: len(form) // 2], "已损坏"),
        (with_part(form, sheet, b"<worksheet><sheetData><row"), "打不开"),
        (with_part(form, sheet, ENTITIES), "DOCTYPE"),
        (with_part(form, sheet, ENTITIES.decode().encode("utf-16")), "DOCTYPE"),
    ):
        with pytest.raises(FieldsError) as refused:
            open_returned(content, "表.xlsx")
        assert words in refused.value.faults["file"]


def test_a_workbook_without_any_form_is_no_delivery(three_towns: Workspace, form: bytes) -> None:
    book = load_workbook(io.BytesIO(form))
    for name in book.sheetnames[1:]:
        del book[name]
    out = io.BytesIO()
    book.save(out)
    books = open_returned(out.getvalue(), "a.xlsx")
    found = read_returned(books, weekly_rules(three_towns), ground_in_use(three_towns), week=WEEK)
    assert ["没有任何部门的报送表" in fault.mend for fault in found.faults] == [True]


def test_sheet_names_are_short_and_all_different() -> None:
    long = "某某区安全生产委员会办公室暨应急管理局综合行政执法大队第一中队"
    names = sheet_names(["说明", long + "甲" * 9, long + "乙" * 9, "a/b", "A:B"])
    assert len({name.casefold() for name in names.values()} | {"说明"}) == 6
    assert max(map(len, names.values())) <= 31
