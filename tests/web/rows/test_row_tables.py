"""A page of rows: order, pages, cells as a reader sees them, csv as it was stored."""

import csv
import io
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.errors import ParameterError
from web.rows.row_tables import Reader, csv_text, shown_columns, sorted_rows, table_view

ZONE = ZoneInfo("Asia/Shanghai")
READER = Reader("zh", ZONE, {"339901001": "云门街道"})
ENGLISH = Reader("en", ZONE, {"339901001": "Yunmen"})


def sources_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["H2", "H1", "H3"],
            "name": ["氯库", "<script>alert(1)</script>", "=cmd|' /C calc'!A0"],
            "负责人": ["王某", "李某", "张某"],
            "联系电话": ["13812345678", None, None],
            "unit_type": ["storage", "production", None],
            "surveyed_population_500m": [1234.0, np.nan, 0.0],
            "quantity_t": [2.5, 0.0125, 1200.0],
            "备注": ["找13812345678", "", None],
            "located_town": ["339901001", None, "339901001"],
            "source_file": ["a.csv", "a.csv", "b.xlsx"],
            "source_sheet": [None, None, "表1"],
            "source_row": [2, 3, 9],
        }
    )


def test_cells_are_what_a_reader_sees() -> None:
    view = table_view(sources_table(), 1, "", READER)
    titles = [column.title for column in view.columns]
    assert titles == ["名称", "编号", "所在镇街", "单元类型", "500 m 内调查人数（人）",
                      "设计最大量（t）", "备注"]  # fmt: skip
    assert view.cells[0] == ["氯库", "H2", "云门街道", "储存单元", "1,234", "2.50",
                             "找138****5678"]  # fmt: skip
    assert view.cells[1][2:6] == [None, "生产单元", None, "0.0125"]
    assert view.cells[2][4] == "0"
    assert view.places == ["a.csv:2", "a.csv:3", "b.xlsx#表1:9"]
    assert (view.count, view.first, view.last, view.pages) == (3, 1, 3, 1)


def test_english_titles_and_words() -> None:
    view = table_view(sources_table(), 1, "", ENGLISH)
    assert view.columns[2].title == "Town"
    assert view.cells[0][2:4] == ["Yunmen", "storage"]


def test_persons_never_reach_a_page_or_a_csv() -> None:
    table = sources_table()
    assert not {"负责人", "联系电话"} & set(shown_columns(table))
    text = csv_text(table, READER)
    for secret in ("王某", "李某", "13812345678", "负责人", "联系电话"):
        assert secret not in text
    with pytest.raises(ParameterError):
        sorted_rows(table, "联系电话")


def test_order_up_down_and_unknown_last() -> None:
    table = sources_table()
    assert list(sorted_rows(table, "surveyed_population_500m")["id"]) == ["H3", "H2", "H1"]
    assert list(sorted_rows(table, "-surveyed_population_500m")["id"]) == ["H2", "H3", "H1"]
    assert list(sorted_rows(table, "")["id"]) == ["H2", "H1", "H3"]
    assert list(sorted_rows(table, "-source")["id"]) == ["H3", "H1", "H2"]
    for column in ("nothing", "geometry", "source_row", "--id"):
        with pytest.raises(ParameterError, match="排序"):
            sorted_rows(table, column)


def test_a_csv_has_canonical_names_and_no_formula() -> None:
    text = csv_text(sources_table(), READER)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert [row["id"] for row in rows] == ["H2", "H1", "H3"]
    assert rows[2]["name"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["quantity_t"] == "2.5"
    assert rows[1]["surveyed_population_500m"] == ""
    assert rows[2]["source"] == "b.xlsx#表1:9"


def test_moments_are_shown_in_the_zone_of_the_district() -> None:
    table = pd.DataFrame(
        {
            "found_at": pd.to_datetime(["2026-06-29T16:30:00Z", None]).astype(
                "datetime64[us, UTC]"
            ),
            "deadline": pd.to_datetime(["2026-07-01", None]).astype("datetime64[us]"),
            "level": [2.0, np.nan],
            "source": ["d.csv:2", "d.csv:3"],
        }
    )
    view = table_view(table, 1, "", READER)
    assert view.cells == [
        ["2026-06-30 00:30", "2026-07-01", "Ⅱ级"],
        [None, None, None],
    ]
    assert view.places == ["d.csv:2", "d.csv:3"]
    rows = list(csv.DictReader(io.StringIO(csv_text(table, READER)[1:])))
    assert rows[0]["found_at"] == "2026-06-30T00:30:00+08:00"
    assert rows[0]["deadline"] == "2026-07-01"


def test_columns_empty_on_the_page_are_hidden_and_named() -> None:
    count = 150
    table = pd.DataFrame(
        {
            "id": [f"E{i:03}" for i in range(count)],
            "name": ["甲"] * count,
            "quantity_t": [np.nan] * 100 + [1.0] * 50,
            "备注": [""] * count,
        }
    )
    first, second = table_view(table, 1, "", READER), table_view(table, 2, "", READER)
    assert first.unknown == ["设计最大量（t）", "备注"]
    assert [column.name for column in first.columns] == ["name", "id"]
    assert second.unknown == ["备注"]
    sorted_by = table_view(table, 1, "-备注", READER)
    assert "备注" in [column.name for column in sorted_by.columns]


def test_a_row_without_any_value_still_has_a_cell_for_its_source() -> None:
    table = pd.DataFrame({"name": [None], "备注": [""], "source": ["a.csv:7"]})
    view = table_view(table, 1, "", READER)
    assert (view.cells, view.places) == ([[None]], ["a.csv:7"])


@given(st.integers(0, 450), st.integers(1, 6))
def test_pages_cut_a_table_without_loss_or_repeat(count: int, page: int) -> None:
    table = pd.DataFrame({"id": [f"E{i:04}" for i in range(count)]})
    pages = max(1, -(-count // 100))
    if page > pages:
        with pytest.raises(ParameterError, match="没有这一页"):
            table_view(table, page, "", READER)
        return
    ids = [id for p in range(1, pages + 1) for id in table_view(table, p, "", READER).ids]
    assert ids == list(table["id"])
    assert all(len(table_view(table, p, "", READER).cells) <= 100 for p in range(1, pages + 1))
