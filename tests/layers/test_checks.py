from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from layers.checks.findings import LISTED
from layers.checks.table import check_table
from layers.contracts.model import Column, Contract
from layers.errors import InputError
from layers.readers.raw import RawTable

CONTRACT = Contract(
    "things",
    "物品",
    (
        Column("id", "str", required=True, title_zh="编号"),
        Column("amount_t", "float", unit="t", minimum=0, maximum=1e4, title_zh="数量"),
        Column("count", "int", title_zh="个数"),
        Column("usable", "bool", title_zh="可用"),
        Column("day", "date", title_zh="日期"),
        Column("at", "datetime", title_zh="时间"),
        Column("town_code", "town_code", title_zh="镇街代码"),
        Column("village", "community_code", title_zh="村代码"),
        Column("grade", "str", allowed={"red": ("红", "D"), "blue": ("蓝",)}, title_zh="等级"),
        Column("flags", "str", allowed={"喷涂": ("喷漆",), "冶炼": ()}, many=True, title_zh="标签"),
    ),
    key="id",
)


def raw(columns: dict[str, list[str | None]]) -> RawTable:
    frame = pd.DataFrame(columns, dtype="str")
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    return RawTable(frame, None, None, "a.csv", None, rows)


def column(header: str, *values: str | None) -> RawTable:
    return raw({"编号": [str(i) for i in range(len(values))], header: list(values)})


def test_numbers_as_people_write_them() -> None:
    checked = check_table(
        column("数量", "12", "１２３", "1,234", "12.5吨", " 3 t ", "1e3", "-", "未知", None),
        CONTRACT,
    )
    found = checked.table["amount_t"].tolist()
    assert found[:6] == [12.0, 123.0, 1234.0, 12.5, 3.0, 1000.0]
    assert np.isnan(found[6:]).all()
    assert checked.rejected.empty
    [note] = checked.faults
    assert note.severity == "note"
    assert note.value == "１２３"
    assert "4 个数字" in note.expected


@pytest.mark.parametrize("text", ["很多", "1,23", "12.5人", "1万", "inf", "0x10", "--5", "无"])
def test_texts_that_are_no_number(text: str) -> None:
    checked = check_table(column("数量", text, "5"), CONTRACT)
    [fault] = checked.faults
    assert (fault.row, fault.column, fault.value) == (2, "数量", text)
    assert "数字" in fault.expected
    assert checked.table["amount_t"].tolist() == [5.0]
    assert checked.rejected["reason"].tolist() == ["数量：应为数字（吨）"]


def test_bounds_are_told_with_their_unit() -> None:
    checked = check_table(column("数量", "-1", "10001", "0", "10000"), CONTRACT)
    assert [fault.row for fault in checked.faults] == [2, 3]
    assert "不小于 0 吨" in checked.faults[0].expected
    assert "不大于 10000 吨" in checked.faults[1].expected


def test_a_unit_in_the_header_is_turned_and_told() -> None:
    checked = check_table(column("数量（kg）", "1500", "20"), CONTRACT)
    assert checked.table["amount_t"].tolist() == [1.5, 0.02]
    assert "0.001" in checked.faults[0].expected


def test_bounds_hold_for_the_unit_stored() -> None:
    checked = check_table(column("数量（kg）", "9000000", "20000000"), CONTRACT)
    assert checked.table["amount_t"].tolist() == [9000.0]
    assert "不大于 10000 吨" in checked.faults[0].expected


def test_whole_numbers() -> None:
    checked = check_table(column("个数", "3", "3.0", "３", "3.5"), CONTRACT)
    assert checked.table["count"].tolist() == [3, 3, 3]
    assert checked.rejected["source_row"].tolist() == [5]


def test_yes_and_no() -> None:
    checked = check_table(
        column("可用", "是", "无", "1", "FALSE", "√", "否", None, "大概"), CONTRACT
    )
    assert checked.table["usable"].tolist() == [True, False, True, False, True, False, pd.NA]
    assert checked.faults[0].value == "大概"


@pytest.mark.parametrize(
    "text",
    ["2026-06-30", "2026/6/30", "2026.06.30", "2026年6月30日", "20260630", "２０２６-06-30"],
)
def test_days(text: str) -> None:
    assert check_table(column("日期", text), CONTRACT).table["day"][0] == pd.Timestamp("2026-06-30")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-06-30 08:30", "2026-06-30 00:30"),
        ("2026/6/30 8:30:15", "2026-06-30 00:30:15"),
        ("2026年6月30日8时30分", "2026-06-30 00:30"),
        ("2026年6月30日8时", "2026-06-30 00:00"),
        ("2026-06-30T08:30:00+08:00", "2026-06-30 00:30"),
        ("2026-06-30T00:30:00Z", "2026-06-30 00:30"),
        ("2026-06-29T20:30:00-0400", "2026-06-30 00:30"),
        ("2026-06-30", "2026-06-29 16:00"),
        ("20260630083015", "2026-06-30 00:30:15"),
    ],
)
def test_times_carry_their_zone(text: str, utc: str) -> None:
    table = check_table(column("时间", text), CONTRACT).table
    assert table["at"][0] == pd.Timestamp(utc, tz="UTC")
    assert str(table["at"].dtype) == "datetime64[us, Asia/Shanghai]"


@pytest.mark.parametrize("text", ["2026-02-30", "30/06/2026", "昨天", "2026-06-30 25:00", "12345"])
def test_texts_that_are_no_time(text: str) -> None:
    assert check_table(column("时间", text), CONTRACT).rejected["source_row"].tolist() == [2]


def test_division_codes() -> None:
    checked = check_table(
        column(
            "镇街代码", "331003001", "331003001000", "１０015010", "331003001.0", "331003001001"
        ),
        CONTRACT,
    )
    assert checked.table["town_code"].tolist() == [
        "331003001",
        "331003001",
        "10015010",
        "331003001",
    ]
    assert checked.rejected["source_row"].tolist() == [6]
    villages = check_table(column("村代码", "331003001001", "10015010-001", "331003001"), CONTRACT)
    assert villages.table["village"].tolist() == ["331003001001", "10015010001"]


def test_allowed_values_and_lists() -> None:
    grades = check_table(column("等级", "红", "d", "BLUE", "紫"), CONTRACT)
    assert grades.table["grade"].tolist() == ["red", "red", "blue"]
    assert "red（红）" in grades.faults[0].expected
    flags = check_table(column("标签", "喷漆、冶炼", "喷涂;喷漆", "无", "喷漆，焊接"), CONTRACT)
    assert flags.table["flags"].tolist() == ["喷涂;冶炼", "喷涂", ""]
    assert flags.rejected["source_row"].tolist() == [5]


def test_all_faults_of_a_row_and_a_file_at_once() -> None:
    table = raw(
        {
            "编号": ["1", None, "3"],
            "数量": ["多", "-1", "2"],
            "等级": ["紫", "红", "红"],
            "备注": ["a", "b", "c"],
        }
    )
    checked = check_table(table, CONTRACT)
    assert {(f.row, f.column) for f in checked.faults} == {
        (2, "数量"),
        (2, "等级"),
        (3, "编号"),
        (3, "数量"),
    }
    assert checked.table["id"].tolist() == ["3"]
    assert checked.table["备注"].tolist() == ["c"]
    assert checked.rejected["编号"].isna().tolist() == [False, True]
    assert checked.rejected["source_file"].tolist() == ["a.csv", "a.csv"]
    assert "数量：" in checked.rejected["reason"][0]
    assert "等级：" in checked.rejected["reason"][0]


def test_repeats_are_dropped_and_conflicts_rejected() -> None:
    table = raw({"编号": ["1", "1", "2", "1", "2"], "数量": ["5", "5.0", "7", "6", "7"]})
    checked = check_table(table, CONTRACT)
    assert checked.table["amount_t"].tolist() == [5.0, 7.0]
    assert checked.rejected["source_row"].tolist() == [5]
    said = {(f.row, f.severity) for f in checked.faults}
    assert said == {(3, "note"), (6, "note"), (5, "reject")}


def test_a_rejected_first_row_does_not_shadow_the_good_second() -> None:
    table = raw({"编号": ["1", "1"], "数量": ["多", "6"]})
    assert check_table(table, CONTRACT).table["amount_t"].tolist() == [6.0]


def test_repeats_below_a_rejected_row_are_told_with_their_own_row() -> None:
    table = raw({"编号": ["0", "1", "1", "1"], "数量": ["多", "5", "5", "6"]})
    checked = check_table(table, CONTRACT)
    assert {(f.row, f.severity) for f in checked.faults} == {
        (2, "reject"),
        (4, "note"),
        (5, "reject"),
    }
    assert checked.rejected["source_row"].tolist() == [2, 5]
    assert checked.table["source_row"].tolist() == [3]


def test_columns_are_mapped_matched_and_merged() -> None:
    table = raw(
        {"no.": ["1", "2"], "数 量": ["5", None], "数量": [None, "6"], "amount": ["0", "0"]}
    )
    checked = check_table(table, CONTRACT, {"id": "no."})
    assert checked.table["id"].tolist() == ["1", "2"]
    assert checked.table["amount_t"].tolist() == [5.0, 6.0]
    assert any("合并" in fault.expected for fault in checked.faults)
    assert "amount" in checked.table


def test_wrong_maps_and_missing_columns_are_one_clear_error() -> None:
    table = raw({"a": ["1"], "b": ["2"]})
    with pytest.raises(InputError, match=r"没有列.*：c.*现有列：a、b"):
        check_table(table, CONTRACT, {"id": "c"})
    with pytest.raises(InputError, match=r"没有字段：number.*id、amount_t"):
        check_table(table, CONTRACT, {"number": "a"})
    with pytest.raises(InputError, match=r"缺少.*id（表头可为 编号.*现有列：a、b.*--map"):
        check_table(table, CONTRACT)


def test_extra_column_named_like_a_source_column_is_kept_aside() -> None:
    checked = check_table(raw({"编号": ["1"], "source_row": ["9"]}), CONTRACT)
    assert checked.table["source_row"].tolist() == [2]
    assert checked.table["source_row（原）"].tolist() == ["9"]


def test_shifted_rows_are_rejected() -> None:
    table = raw({"编号": ["1", "2"], "数量": ["5", "6"]})
    shifted = RawTable(table.frame, None, None, "a.csv", None, table.rows, broken=frozenset({1}))
    checked = check_table(shifted, CONTRACT)
    assert checked.table["id"].tolist() == ["1"]
    assert "列数比表头多" in checked.rejected["reason"][0]


def test_the_list_of_faults_is_capped_and_counts_the_rest() -> None:
    n = LISTED + 500
    checked = check_table(raw({"编号": [str(i) for i in range(n)], "数量": ["x"] * n}), CONTRACT)
    assert len(checked.faults) == LISTED + 1
    assert "另有 500 条" in checked.faults[-1].expected
    assert len(checked.rejected) == n


def test_one_of_a_group_is_needed(tmp_path: Path) -> None:
    contract = Contract("g", "组", CONTRACT.columns[:3], key="id", one_of=(("amount_t", "count"),))
    checked = check_table(raw({"编号": ["1", "2"], "数量": ["5", None]}), contract)
    assert checked.table["id"].tolist() == ["1"]
    assert "至少填一个" in checked.faults[0].expected
    with pytest.raises(InputError, match="或"):
        check_table(raw({"编号": ["1"]}), contract)


@pytest.mark.parametrize(
    ("text", "utc"),
    # 45000 is 2023-03-15 in every spreadsheet; half a day later is noon, 04:00 UTC.
    [("45000", "2023-03-14 16:00"), ("45000.5", "2023-03-15 04:00")],
)
def test_day_numbers_of_a_spreadsheet_are_turned_and_told(text: str, utc: str) -> None:
    checked = check_table(column("时间", "2026-06-30", text), CONTRACT)
    assert checked.table["at"][1] == pd.Timestamp(utc, tz="UTC")
    [note] = checked.faults
    assert (note.row, note.value, note.severity) == (3, text, "note")
    assert "1 个日期" in note.expected
    assert check_table(column("日期", "45000"), CONTRACT).table["day"][0] == pd.Timestamp(
        "2023-03-15"
    )


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("121.5E", 121.5), ("东经121.5", 121.5), ("e 121.5", 121.5), ("121.5°", 121.5),
        ("121°30′36″", 121.51), ("121°30'36''", 121.51), ("121度30分36秒", 121.51),
        ("121°30.6′", 121.51), ("33.5S", -33.5), ("西经70.25", -70.25), ("-33.5", -33.5),
    ],
)  # fmt: skip
def test_angles_as_people_write_them(text: str, degrees: float) -> None:
    contract = Contract("points", "点", (Column("lon", "float", unit="degrees", title_zh="经度"),))
    found = check_table(raw({"经度": [text]}), contract).table["lon"][0]
    assert found == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["121-30-36", "121°61′", "121°30′75″", "121E5x", "东121.5", "东经120度"]
)
def test_angles_that_are_none(text: str) -> None:
    contract = Contract("points", "点", (Column("lon", "float", unit="degrees", title_zh="经度"),))
    [fault] = check_table(raw({"经度": [text]}), contract).faults
    assert (fault.value, fault.severity) == (text, "reject")
