from pathlib import Path

import pandas as pd
import pytest

from layers.contracts.layers import LAYER_CONTRACTS
from layers.errors import InputError
from layers.readers import text as readers_text
from layers.readers.source import read_table

HEADERS = LAYER_CONTRACTS["enterprises"].header_names()
TEXT = "编号,企业名称,经度,纬度\n1,东城氯碱厂,121.2,28.6\n2,𬭎远机械,121.3,28.7\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    raw = read_table(path, headers=HEADERS)
    assert raw.frame["企业名称"].tolist() == ["东城氯碱厂", "𬭎远机械"]
    assert raw.encoding == ("gb18030" if encoding == "gb18030" else "utf-8-sig")
    assert raw.rows.tolist() == [2, 3]


def test_gbk_is_found_and_a_stated_encoding_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("編號,名稱\n1,臺中區\n".encode("big5"))
    assert read_table(path, encoding="big5").frame["名稱"].tolist() == ["臺中區"]
    path.write_bytes("编号,名称\n1,黄岩区\n".encode("gbk"))
    assert read_table(path).frame["名称"].tolist() == ["黄岩区"]
    with pytest.raises(InputError, match="--encoding"):
        read_table(path, encoding="utf-8")
    with pytest.raises(InputError, match="不认识的编码"):
        read_table(path, encoding="klingon")


def test_line_numbers_survive_quoted_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,名称\n1,"上\n下"\n\n2,乙\n', encoding="utf-8")
    raw = read_table(path)
    assert raw.rows.tolist() == [2, 5]
    assert raw.frame["名称"].tolist() == ["上\n下", "乙"]


def test_titles_above_the_header_are_passed_over_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("黄岩区企业台账,,,\n填报单位：安委办,,,\n" + TEXT, encoding="utf-8")
    raw = read_table(path, headers=HEADERS)
    assert list(raw.frame.columns) == ["编号", "企业名称", "经度", "纬度"]
    assert raw.rows.tolist() == [4, 5]
    assert "第 3 行" in raw.notes[0].expected


def test_a_row_with_too_many_cells_is_marked_not_shifted_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,名称\n1,甲\n1,甲,乙\n2,丙\n3\n", encoding="utf-8")
    raw = read_table(path)
    assert raw.broken == frozenset({1})
    assert raw.frame["名称"].isna().tolist() == [False, False, False, True]


def test_tabs_and_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("编号\t名称\n1\t甲，乙\n", encoding="utf-8")
    assert read_table(path).frame["名称"].tolist() == ["甲，乙"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 字节"),
        (b"\n\n", "空文件"),
        ("编号,名称\n".encode(), "只有表头"),
        (b"PK\x03\x04junk", "xlsx"),
        (b"a,b\n\x00\x01\x02", "二进制"),
        (b"\x81\xff\xff\xfe,b\n", "编码"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_table(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="找不到文件"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="文件夹"):
        read_table(tmp_path)


def test_where_works_on_source_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,名称,人 数\n1,甲,9\n2,乙,10\n3,丙,\n", encoding="utf-8")
    assert read_table(path, where='"人 数" > 9').rows.tolist() == [3]
    assert read_table(path, where="名称 IN ('甲','丙')").frame["编号"].tolist() == ["1", "3"]
    assert read_table(path, where='"人 数" IS NULL').rows.tolist() == [4]
    with pytest.raises(InputError, match=r"筛选条件有误.*现有列：编号、名称、人 数"):
        read_table(path, where="没有 = 1")
    with pytest.raises(InputError, match="没有选中"):
        read_table(path, where="编号 = 99")
    with pytest.raises(InputError, match="筛选条件有误"):
        read_table(path, where="1=1); DROP TABLE source; --")


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "标题,,,\n\n" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT + '3,"带""引号"", 逗号",1,2\n',
        TEXT + '3,"上\n下",1,2\n4,乙,1,2\n',
        TEXT + "\n5,丙,1,2\n",
        TEXT + "6,丁,1,2,9\n7,戊\n",
        TEXT + ",,,\n8,己,NA,null\n",
    ],
)
def test_the_fast_way_gives_what_the_slow_way_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    slow = read_table(path, headers=HEADERS)
    monkeypatch.setattr("layers.readers.text._LARGE_BYTES", 0)
    fast = read_table(path, headers=HEADERS)
    pd.testing.assert_frame_equal(fast.frame, slow.frame)
    assert fast.rows.tolist() == slow.rows.tolist()
    assert (fast.broken, fast.notes) == (slow.broken, slow.notes)


def test_the_fast_way_is_really_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.readers.text._LARGE_BYTES", 0)
    assert readers_text._large(TEXT, 1, ["a", "b", "c", "d"]) is not None
    assert readers_text._large(TEXT + '3,"x\ny",1,2\n', 1, ["a", "b", "c", "d"]) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_text_of_spreadsheets_is_found_by_its_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    mark = "" if encoding == "utf-16" else "\ufeff"
    path.write_bytes((mark + TEXT.replace(",", "\t")).encode(encoding))
    raw = read_table(path, headers=HEADERS)
    assert raw.frame["企业名称"].tolist() == ["东城氯碱厂", "𬭎远机械"]
    assert raw.encoding == "utf-16"


@pytest.mark.parametrize(
    "rows",
    ['2,"乙,1,1\n3,丙,1,1\n', '2,"乙,1,1\n3,丙",1,1\n4,"丁,1,1\n', '2,"乙"厂,1,1\n3,丙,1,1\n'],
    ids=["never closed", "closed rows later, then open", "closed too early"],
)
def test_a_stray_quote_swallows_no_rows(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"编号,企业名称,经度,纬度\n1,甲,1,1\n{rows}", encoding="utf-8")
    with pytest.raises(InputError, match=r"第 [345] 行起引号不成对"):
        read_table(path, headers=HEADERS)


def test_quotes_inside_a_plain_cell_are_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,企业名称\n1,甲"老厂"\n2,"乙""新""厂"\n', encoding="utf-8")
    assert read_table(path).frame["企业名称"].tolist() == ['甲"老厂"', '乙"新"厂']
