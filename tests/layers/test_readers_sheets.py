import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from layers.checks.table import check_table
from layers.contracts.layers import LAYER_CONTRACTS
from layers.errors import InputError
from layers.readers.source import read_table

SHELTERS = LAYER_CONTRACTS["shelters"]
HEADERS = SHELTERS.header_names()


def save(path: Path, rows: list[list[object]], merges: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "避灾点"
    for row in rows:
        sheet.append(row)
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def test_two_row_header_with_merged_cells_below_a_title(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx",
        [
            ["某区避灾安置场所一览表"],
            ["编号", "场所名称", "所属镇街", "位置", None, "规模", None],
            [None, None, None, "经度", "纬度", "面积（公顷）", "容纳人数"],
            ["B-1", "第一小学", "东城街道", 121.25, 28.64, 0.2, 300],
            ["B-2", "第二小学", None, 121.26, 28.65, "1,500", "２００人"],
        ],
        ("A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:G2", "C4:C5"),
    )
    raw = read_table(path, headers=HEADERS)
    assert raw.rows.tolist() == [4, 5]
    table = check_table(raw, SHELTERS).table
    assert table["id"].tolist() == ["B-1", "B-2"]
    assert table["town"].tolist() == ["东城街道", "东城街道"]
    assert table["lon"].tolist() == [121.25, 121.26]
    assert table["area_m2"].tolist() == [2000.0, 15_000_000.0]
    assert table["capacity_persons"].tolist() == [300.0, 200.0]
    said = " ".join(note.expected for note in raw.notes)
    assert "表头在第 3 行" in said
    assert "合并单元格" in said


def test_two_row_header_whose_cells_were_never_merged(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["编号", "名称", "位置", None, "面积"],
        [None, None, "经度", "纬度", None],
        ["1", "学校", 121.1, 28.6, 30],
    ]
    raw = read_table(save(tmp_path / "a.xlsx", rows), headers=HEADERS)
    assert list(raw.frame.columns) == ["编号", "名称", "经度", "纬度", "面积"]
    assert raw.rows.tolist() == [3]
    assert "两行" in raw.notes[0].expected


def test_a_plain_header_is_not_taken_for_two_rows(tmp_path: Path) -> None:
    rows = [["编号", "名称", "面积", "镇街"], ["1", "学校", 10, "类型"], ["2", "公园", 20, "西"]]
    raw = read_table(save(tmp_path / "a.xlsx", rows), headers=HEADERS)
    assert raw.rows.tolist() == [2, 3]
    assert raw.notes == ()


def test_values_become_text_without_point_and_dates_iso(tmp_path: Path) -> None:
    rows = [
        ["编号", "名称", "鉴定日期", "是否可用"],
        [331003001000, "甲", dt.datetime(2024, 5, 6), True],
    ]
    raw = read_table(save(tmp_path / "a.xlsx", rows), headers=HEADERS)
    assert raw.frame.iloc[0].tolist() == ["331003001000", "甲", "2024-05-06", "true"]
    assert raw.sheet == "避灾点"


def test_sheets_are_chosen_by_name_or_header(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", [["编号", "名称", "面积"], ["1", "甲", 5]])
    book = openpyxl.load_workbook(path)
    book.create_sheet("说明").append(["填表说明：请如实填写"])
    book.create_sheet("空表")
    book.save(path)
    raw = read_table(path, headers=HEADERS)
    assert raw.sheet == "避灾点"
    assert "其余未读" in raw.notes[0].expected
    with pytest.raises(InputError, match="现有工作表：避灾点、说明、空表"):
        read_table(path, sheet="没有", headers=HEADERS)
    with pytest.raises(InputError, match="--sheet"):
        read_table(path)
    with pytest.raises(InputError, match="是空的"):
        read_table(path, sheet="空表")


def test_no_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"this is no spreadsheet")
    with pytest.raises(InputError, match="不是可读的电子表格"):
        read_table(path)
    with pytest.raises(InputError, match="空表"):
        read_table(save(tmp_path / "b.xlsx", []))


def test_a_table_on_a_hidden_sheet_is_named_not_called_empty(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", [["编号", "名称", "面积"], ["1", "甲", 5]])
    book = openpyxl.load_workbook(path)
    book.create_sheet("封面")
    book["避灾点"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    with pytest.raises(InputError, match=r"工作表 封面 都没有内容；隐藏的工作表 避灾点 没有读"):
        read_table(path, headers=HEADERS)
    assert read_table(path, sheet="避灾点", headers=HEADERS).frame["名称"].tolist() == ["甲"]
