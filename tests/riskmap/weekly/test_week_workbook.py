"""The workbook of a week: what opens in a spreadsheet is what the document says."""

import io
import xml.dom.minidom
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook

from riskmap.colours import COLOURS
from riskmap.weekly.shown import index_text
from riskmap.weekly.telling import stale_zh
from riskmap.weekly.workbook import week_xlsx

SHEETS = ["排名", "排名明细", "方面", "指标", "部门", "两月和年度", "部门两月和年度", "选择的影响",
          "来源"]  # fmt: skip
CODES = ("339901001", "339901002", "339901003")
CHANCES = {"yellow": 0.1, "blue": 0.85, "green": 0.05}


def town(code: str, name: str, **values: Any) -> dict[str, Any]:
    """Return a town's row with quiet values for what a test does not name."""
    row = {
        "code": code, "name": name, "index": 94.99, "before_cap": 94.99, "cap": None,
        "level": "blue", "rank": 1, "change": 1.25,
        "previous": {"week": "2026-W25", "revision": 2, "index": 93.74, "rank": 2},
        "rank_interval": [1, 2], "rank_median": 1.0, "in_band": CHANCES,
        "weakest_aspect": "A2",
        "aspects": [
            {"code": "A1", "points": 14.5, "of": 15.0, "share": 14.5 / 15, "missing": []},
            {"code": "A2", "points": 13.9, "of": 15.0, "share": 13.9 / 15, "missing": ["A2.1"]},
        ],
        "costs": [{"indicator": "A1.2", "lost": 0.5, "best": best()}],
        "signs": 0, "card": None,
    }  # fmt: skip
    return row | values


def best() -> dict[str, Any]:
    """Return who got most points in an indicator."""
    return {"code": CODES[1], "name": "=东镇", "points": 6.0}


def week() -> dict[str, Any]:
    """Return the week: 94.99 blue, capped 59 red with a card, and a town without data."""
    nothing = dict.fromkeys(
        ("index", "before_cap", "rank", "change", "previous", "rank_interval", "rank_median",
         "in_band", "weakest_aspect"))  # fmt: skip
    return {
        "week": "2026-W26", "status": "published", "revision": 3,
        "computed_at": "2026-06-26T17:20:00+08:00",
        "published_at": "2026-06-26T17:40:00+08:00", "published_by": "周值班",
        "window": {"start": "2026-06-18T17:00:00+08:00", "end": "2026-06-26T17:00:00+08:00"},
        "at": "2026-06-26T17:00:00+08:00", "known_until": "2026-06-26T17:00:00+08:00",
        "preliminary": False, "corrects": {"revision": 2, "reason": "检查数补报"},
        "scheme": {"version": "default-2026.3", "digest": "ab" * 32},
        "district": {"index": 76.995, "change": -3.0, "towns": 3, "known": 2,
                     "levels": {"red": 1, "blue": 1, "no_data": 1}},
        "bands": [
            {"level": "green", "name": "绿", "min": 95.0, "inclusive": True, "measure": "表扬"},
            {"level": "blue", "name": "蓝", "min": 90.0, "inclusive": False, "measure": "常态"},
            {"level": "yellow", "name": "黄", "min": 80.0, "inclusive": True, "measure": "分级"},
            {"level": "orange", "name": "橙", "min": 60.0, "inclusive": True, "measure": "专项"},
            {"level": "red", "name": "红", "min": 0.0, "inclusive": True, "measure": "履职"},
        ],
        "aspects": [{"code": "A1", "name": "消防安全", "points": 15.0},
                    {"code": "A2", "name": "监管执法", "points": 15.0}],
        "indicators": [indicator("A1.2", "A1", "火灾隐患整改率", "records"),
                       indicator("A2.1", "A2", "检查计划完成率", "department")],
        "towns": [
            town(CODES[0], "西街道"),
            town(CODES[1], "=东镇", index=59.0, before_cap=88.125, level="red", rank=2,
                 change=-29.0, signs=2,
                 cap={"score": 59.0, "reason": "较大事故 AC-3", "until_week": "2026-W29"},
                 card={"number": f"2026-W26-{CODES[1]}-red", "card": "red", "state": "given",
                       "answer_due": "2026-07-26"}),
            town(CODES[2], "南乡", **nothing, level="no_data", costs=[],
                 aspects=[{"code": "A1", "points": None, "of": 15.0, "share": None,
                           "missing": ["A1.2"]},
                          {"code": "A2", "points": 12.0, "of": 15.0, "share": 0.8,
                           "missing": []}]),
        ],
        "departments": [
            {"name": "消防", "indicators": ["A1.2"], "delivered_at": "2026-06-26T09:30:00+08:00",
             "late": False, "missing": [{"indicator": "A1.2", "towns": [CODES[2]]}],
             "share": 0.9, "towns": [{"code": code, "share": 0.9} for code in CODES[:2]]
             + [{"code": CODES[2], "share": None}]},
            {"name": "应急", "indicators": ["A2.1"], "delivered_at": None, "late": True,
             "missing": [{"indicator": "A2.1", "towns": list(CODES)}], "share": None,
             "towns": [{"code": code, "share": None} for code in CODES]},
        ],
        "sensitivity": [
            {"choice": "weight", "first": 0.2, "first_spread": 0.05, "total": 0.4,
             "total_spread": 0.1},
            {"choice": "norm", "first": 0.5, "first_spread": 0.05, "total": 0.7,
             "total_spread": 0.1},
        ],
        "bases": {name: basis() for name in ("two_months", "year")},
        "late_reason": None, "pooled": {},
        "provenance": {
            "seed": 20260601, "draws": 1000, "code_version": "0.2.0", "digest": "ef" * 32,
            "previous_week": "2026-W25", "small_count_weeks": ["2026-W24", "2026-W25"],
            "layers": {"towns": {"digest": "cd" * 32, "rows": 3, "late": True,
                                 "imported_at": "2026-06-27T18:00:00+08:00"}},
            "records": {"accidents": {"rows": 2, "last_delivery": "2026-06-26T08:00:00+08:00"},
                        "inspections": {"rows": 5, "last_delivery": "2026-05-26T08:00:00+08:00",
                                        "stale": True},
                        "alarms": {"rows": 0, "last_delivery": None}},
        },
    }  # fmt: skip


def basis() -> dict[str, Any]:
    """Return a longer basis of three weeks."""
    return {
        "from": "2026-05-01", "to": "2026-06-26", "weeks": ["2026-W24", "2026-W25", "2026-W26"],
        "towns": [
            {"code": CODES[0], "index": 90.0, "level": "yellow", "rank": 1, "weeks": 3},
            {"code": CODES[1], "index": 70.5, "level": "orange", "rank": 2, "weeks": 3},
            {"code": CODES[2], "index": None, "level": "no_data", "rank": None, "weeks": 1},
        ],
    }  # fmt: skip


def indicator(code: str, aspect: str, name: str, origin: str) -> dict[str, Any]:
    """Return an indicator of the scheme."""
    return {"code": code, "aspect": aspect, "name": name, "unit": "%", "points": 6.0,
            "zero": 70.0, "full": 100.0, "higher": True, "origin": origin,
            "department": "消防"}  # fmt: skip


def details() -> list[dict[str, Any]]:
    """Return the town documents: one known indicator of few cases, one missing."""
    known = {
        "code": "A1.2", "value": 66.666666, "numerator": 2.0, "denominator": 3.0, "small": True,
        "drawn": 85.4, "score": 0.513, "points": 3.08, "of": 6.0, "lost": 2.92, "gain": 2.92,
        "best": best(), "median": 4.5, "origin": "records",
        "evidence": [{"kind": "hidden_dangers", "key": "330110-1", "good": False,
                      "text": "超期未改"}], "facts": {},
    }  # fmt: skip
    lacking = dict.fromkeys(
        ("value", "numerator", "denominator", "drawn", "score", "points", "of", "lost", "gain",
         "best", "median"))  # fmt: skip
    missing = {**known, **lacking, "code": "A2.1", "small": False, "origin": "missing",
               "evidence": []}  # fmt: skip
    return [
        {**one, "indicators": [known, missing], "gains": ["A1.2"], "trend": []}
        for one in week()["towns"]
    ]


@pytest.fixture(scope="module")
def content() -> bytes:
    return week_xlsx(week(), details(), "两镇区")


@pytest.fixture(scope="module")
def book(content: bytes) -> Iterator[Workbook]:
    yield load_workbook(io.BytesIO(content))


def rows(book: Workbook, name: str) -> list[dict[str, Any]]:
    """Return the lines of a sheet below its headers, by header."""
    sheet = book[name]
    top = int(sheet.auto_filter.ref.partition(":")[0].lstrip("A"))
    heads = [cell.value for cell in sheet[top]]
    return [
        dict(zip(heads, [cell.value for cell in row], strict=True))
        for row in sheet.iter_rows(min_row=top + 1)
    ]


def test_the_sheets_and_the_line_on_top(book: Workbook) -> None:
    assert book.sheetnames == SHEETS
    assert book["排名"]["A1"].value == "两镇区 2026-W26 安全生产管控力指数"
    assert book["排名"]["A2"].value == (
        "2026-06-18 17:00 至 2026-06-26 17:00 · 已发布 第 3 版 · 评分方案 default-2026.3 · 内部"
    )


def test_the_ranking_holds_numbers_not_text(book: Workbook) -> None:
    ranking = [
        one | more for one, more in zip(rows(book, "排名"), rows(book, "排名明细"), strict=True)
    ]
    first, second, last = ranking
    assert (first["名次"], first["镇街"], first["指数（0–100）"], first["较上周"]) == (
        1, "西街道", 94.99, 1.25)  # fmt: skip
    assert (first["上周指数"], first["上周名次"], first["为蓝的概率"]) == (93.74, 2, 0.85)
    assert (first["为红的概率"], last["为红的概率"]) == (0, None)
    assert (first["名次九成区间（高）"], first["名次九成区间（低）"]) == (1, 2)
    assert first["与最好镇街相比失分最多的三项（分）"] == "A1.2 火灾隐患整改率 \u22120.5"
    assert (first["最弱方面"], first["缺的指标"], first["牌"]) == ("监管执法", "A2.1", None)
    assert second["封顶"] == "较大事故 AC-3（不高于 59 分，至 2026-W29）"
    assert (second["封顶前指数"], second["核查线索（条）"]) == (88.125, 2)
    assert second["牌"] == "红牌（已发，待答复）"
    assert (last["名次"], last["指数（0–100）"], last["颜色"], last["较上周"]) == (
        None, None, "缺", None)  # fmt: skip


def test_a_name_that_begins_like_a_formula_is_text(book: Workbook) -> None:
    sheet = book["排名"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=东镇")
    assert cell.data_type == "s"


def test_levels_are_filled_and_edges_keep_their_decimals(book: Workbook) -> None:
    sheet = book["排名"]
    fills = [sheet.cell(row, 3).fill for row in (4, 5, 6)]
    assert [fill.fgColor.rgb[2:] for fill in fills] == [
        COLOURS[level].fill[1:] for level in ("blue", "red", "no_data")
    ]
    assert [fill.fill_type for fill in fills] == ["solid", "solid", "lightUp"]
    assert [sheet.cell(row, 4).number_format for row in (4, 5)] == ["0.00", "0.0"]


def test_the_other_sheets(book: Workbook) -> None:
    assert [row["监管执法（满分 15）"] for row in rows(book, "方面")] == [13.9, 13.9, 12]
    known, missing, *rest = rows(book, "指标")
    assert len(rest) == 4
    assert (known["数值"], known["完成数"], known["应完成数"], known["小数量"]) == (
        66.666666, 2, 3, "是")  # fmt: skip
    assert (known["得分"], known["较最好镇街失分"], known["来源"]) == (3.08, 2.92, "系统记录")
    assert (missing["数值"], missing["得分"], missing["来源"]) == (None, None, "缺")
    fire, emergency = rows(book, "部门")
    assert (fire["送达时间"], fire["缺的数据"]) == ("2026-06-26 09:30", "A1.2（南乡）")
    assert (fire["全区得分率"], fire["南乡得分率"]) == (0.9, None)
    assert (emergency["送达时间"], emergency["此后送达"]) == ("未报送", "有，本版未计入")
    assert emergency["缺的数据"] == "A2.1（全部镇街）"
    assert [row["名次"] for row in rows(book, "两月和年度")] == [1, 2, None, 1, 2, None]
    assert [row["选择"] for row in rows(book, "选择的影响")] == ["归一化方法", "权重上下浮动"]


def test_rows_are_as_high_as_their_text_and_stand_alike() -> None:
    """Three costs of 32 characters are three lines; the sheet is one page wide."""
    one = week()
    one["towns"][0]["costs"] = [{"indicator": "A1.2", "lost": 0.5, "best": best()}] * 3
    sheet = load_workbook(io.BytesIO(week_xlsx(one, details(), "两镇区")))["排名"]
    assert sheet.row_dimensions[4].height == 3 * 15 + 6
    assert sheet.row_dimensions[5].height is None
    cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row]
    assert {cell.alignment.vertical for cell in cells} == {"center"}
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


def test_departments_and_longer_bases_stand_with_what_changed() -> None:
    one = week()
    previous = {"week": "2026-W25", "share": 0.8, "rank": 2}
    stand = {"share": 0.9, "rank": 1, "change": 0.1, "previous": previous}
    one["departments"][0] |= stand
    year = one["bases"]["year"] = basis()
    year["departments"] = [{"name": "应急", "share": None, "rank": None, "change": None,
                            "previous": previous}, {"name": "消防", **stand}]  # fmt: skip
    year["towns"][0] |= {"change": -1.5, "previous": {"week": "2026-W25", "index": 91.5, "rank": 2},
                         "weakest_aspect": "A2", "costs": one["towns"][0]["costs"]}  # fmt: skip
    book = load_workbook(io.BytesIO(week_xlsx(one, details(), "两镇区")))
    fire, emergency = rows(book, "部门")
    assert (fire["名次"], fire["较上周（百分点）"], fire["上周名次"]) == (1, 10, 2)
    assert (emergency["名次"], emergency["较上周（百分点）"]) == (None, None)
    town = rows(book, "两月和年度")[3]
    assert (town["较算到上一周"], town["算到上一周的名次"], town["最弱方面"]) == (
        -1.5, 2, "监管执法")  # fmt: skip
    assert [(row["部门"], row["名次"]) for row in rows(book, "部门两月和年度")] == [
        ("消防", 1), ("应急", None)]  # fmt: skip


def test_the_sources_say_what_it_was_computed_from(book: Workbook) -> None:
    said = {(row["类别"], row["名称"]): (row["内容"], row["说明"]) for row in rows(book, "来源")}
    assert said["成果", "更正"] == ("第 2 版", "检查数补报")
    assert said["成果", "发布时间"] == ("2026-06-26 17:40", None)
    assert said["成果", "发布人"] == ("周值班", None)
    assert said["方案", "default-2026.3"] == ("ab" * 32, "sha256")
    assert said["把握", "抽样次数"] == (1000, None)
    assert said["图层", "镇街"] == ("3 行，2026-06-27 18:00 入库，晚于截止", "cd" * 32)
    assert said["记录", "事故"] == ("2 行", "最近送达 2026-06-26 08:00")
    assert said["记录", "报警"] == ("0 行", None)
    old = "最近送达 2026-05-26 08:00；已过期，没有送来的不当作没有"
    assert said["记录", "检查执法"] == ("5 行", old)
    assert stale_zh(week()) == "检查执法"


def test_a_week_that_is_not_over_says_so() -> None:
    draft = week() | {"status": "draft", "preliminary": True, "published_at": None,
                      "published_by": None, "corrects": None, "sensitivity": None}  # fmt: skip
    book = load_workbook(io.BytesIO(week_xlsx(draft, details(), "两镇区")))
    assert "草稿 第 3 版（初算：本周未到截止时刻，数据未齐）" in book["排名"]["A2"].value
    assert {"发布时间", "发布人", "更正"}.isdisjoint(row["名称"] for row in rows(book, "来源"))


def test_the_same_week_gives_the_same_bytes_that_another_reader_opens(content: bytes) -> None:
    assert week_xlsx(week(), details(), "两镇区") == content
    read = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert read.sheet_names == SHEETS
    assert read.get_sheet_by_name("排名").to_python()[3][:4] == [1, "西街道", "蓝", 94.99]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert parts.read("docProps/core.xml").count(b"2026-06-26T09:20:00Z") == 2
        for name in parts.namelist():
            xml.dom.minidom.parseString(parts.read(name))


@pytest.mark.parametrize(
    ("index", "shown"),
    [(95.0, "95.0"), (94.99, "94.99"), (94.996, "94.996"), (94.94, "94.9"), (90.0, "90.0"),
     (90.01, "90.01"), (89.96, "90.0"), (80.0, "80.0"), (79.99, "79.99"), (59.95, "59.95"),
     (59.9, "59.9"), (100.0, "100.0"), (0.0, "0.0")],
)  # fmt: skip
def test_rounding_never_shows_an_index_across_an_edge(index: float, shown: str) -> None:
    assert index_text(index, week()["bands"]) == shown
