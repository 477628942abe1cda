"""Names and phones of persons are left out, counts of persons are not."""

from datetime import UTC

import pandas as pd
import pytest

from riskmap.access.actors import Actor, Role, anonymous
from web.errors import ParameterError
from web.privacy import is_personal, masked, sees_persons, without_persons
from web.rows.row_tables import Reader, csv_text, sorted_rows, table_view


@pytest.mark.parametrize(
    "column",
    ["负责人", "企业负责人姓名", "联系电话", "联系人", "手机号码", "法定代表人", "身份证号",
     "contact", "contact_phone", "ContactPhone", "TEL", "mobile", "second_person", "decided_by",
     "安全员", " 电话 ", "LXDH", "e-mail", "reported_by", "extension_asked_by", "committed_by",
     "inspector", "responsible_person", "承诺人"],
)  # fmt: skip
def test_columns_of_persons(column: str) -> None:
    assert is_personal(column)


@pytest.mark.parametrize(
    "column",
    ["id", "name", "persons", "capacity_persons", "surveyed_population_500m", "town", "station",
     "责任单位", "responsible_unit", "inspected_at", "主管部门", "population",
     "telescope", "title", "address", "人数", "description"],
)  # fmt: skip
def test_columns_of_things(column: str) -> None:
    assert not is_personal(column)


def test_a_table_loses_only_the_columns_of_persons() -> None:
    table = pd.DataFrame(
        {"id": ["E1"], "负责人": ["王某"], "persons": [3], "手机": ["13812345678"]}
    )
    assert list(without_persons(table).columns) == ["id", "persons"]


def test_numbers_inside_text_are_masked_and_codes_are_not() -> None:
    assert masked("王某13812345678，李某 159-0000-1111") == "王某138****5678，李某 159****1111"
    assert masked("330106199001011234") == "330106**********34"
    assert masked("91330106MA13812345678X") == "91330106MA13812345678X"
    assert masked("2026063012345678") == "2026063012345678"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+8613812345678", "+86138****5678"),
        ("+86 138 1234 5678", "+86 138****5678"),
        ("(+86)13812345678", "(+86)138****5678"),
        ("008613812345678", "0086138****5678"),
        ("86-138-1234-5678", "86-138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("１３８－１２３４－５６７８", "138****5678"),
        ("138 12 34 56 78", "138****5678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "138****5678"),
        ("1381 234 5678", "138****5678"),
        ("1381234 5678", "138****5678"),
        ("1381234-5678", "138****5678"),
        ("138.1234.5678", "138****5678"),
        ("微信wx13812345678", "微信wx138****5678"),
        ("V13812345678", "V138****5678"),
        ("Tel13812345678", "Tel138****5678"),
        ("138–1234–5678", "138****5678"),
        ("138\u30001234\u30005678", "138****5678"),
        ("0571-88887777", "0571-****7777"),
        ("057188887777", "0571****7777"),
        ("(0571)8888 7777", "(0571)****7777"),
        ("０５７１－８８８８７７７７", "０５７１－****7777"),
        ("010-6666 7777转801", "010-****7777转801"),
        ("+86 571 88887777", "+86 571 ****7777"),
        ("0578-2223333", "0578-****3333"),
        ("330106 19900101 123X", "330106**********3X"),
        ("QQ13812345678", "QQ138****5678"),
        ("wechat13812345678", "wechat138****5678"),
        ("微信abc13812345678", "微信abc138****5678"),
        ("Mr13812345678", "Mr138****5678"),
        ("13812345678元", "138****5678元"),
        ("0571-88887777 元", "0571-****7777 元"),
    ],
)  # fmt: skip
def test_phones_are_masked_however_they_are_written(written: str, shown: str) -> None:
    for before, after in (
        ("", ""),
        ("找王某", "，急"),
        ("2026-11-22 ", "。"),
        ("共 3 处:", " 8 时"),
    ):
        assert masked(before + written + after) == before + shown + after


@pytest.mark.parametrize(
    "text",
    ["330106-139-20260610-0001", "No339901-021-20261122-0001", "损失1500000 2026 年",
     "13812345678.50 元", "13812345678.5元", "15000000000元", "A213812345678",
     "损失 15000000000 元", "13812345678.5 亿",
     "330106-021-20261122-0001#3", "3.13812345678900",
     "339901-001-20261101-0001 与 339901-138-12345678-0571",
     "2026-11-01", "2026-11-01T13:45:59.138123+08:00", "2026-11-01 13:45 至 2026-11-30 18:00",
     "20261101-20261130", "91330106MA13812345678X"[:18], "91339901MA1567411X", "913399011381234567",
     "119.13812345678, 30.15712345678", "0.13812345678", "120.138123 30.188887777",
     "GB 18218-2018 第 13 条", "CAS 1333-74-0", "储量 150 200 300 20 吨", "1500-2000-300 立方米",
     "13 800 000 元", "13,812,345,678 元", "13812345.678", "33999941600000_20260630061200",
     "a13812345678f", "hidden_dangers.csv:13812", "2026063012345678", "1381234567", "12812345678",
     "138123456789", "8888777", "热线 12345、12350、119", "1 2 3 4 5 6 7 8 9 10 11",
     "2026-W47", "0571", "3 号楼 1-138-2 室"],
)  # fmt: skip
def test_what_is_no_phone_stays(text: str) -> None:
    assert masked(text) == text


def test_numbers_of_a_list_are_no_decimals() -> None:
    listed = "1.13812345678 2.13912345678；3.张三13712345678.4.李四0571-88887777.5号楼"
    assert masked(listed) == (
        "1.138****5678 2.139****5678；3.张三137****5678.4.李四0571-****7777.5号楼"
    )


OWN, OTHER = "330110001", "330110002"


@pytest.mark.parametrize(
    ("role", "own", "other", "all_towns"),
    [("viewer", 0, 0, 0), ("reporter", 1, 0, 0), ("inspector", 0, 0, 0), ("duty", 1, 1, 1),
     ("administrator", 1, 1, 1), ("enterprise", 0, 0, 0), ("machine", 0, 0, 0)],
)  # fmt: skip
def test_who_sees_persons_in_rows(role: str, own: int, other: int, all_towns: int) -> None:
    actor = Actor("a", "A", Role(role), town=OWN, domains=("消防",), scopes=("read",))
    seen = [sees_persons(actor, town) for town in (OWN, OTHER, None)]
    assert seen == [bool(own), bool(other), bool(all_towns)]
    assert not sees_persons(anonymous(), OWN)
    own_domain = role in ("inspector", "duty", "administrator")
    assert sees_persons(actor, OTHER, "消防") is own_domain
    assert sees_persons(actor, OTHER, "危化") is bool(other)


def test_rows_and_csv_show_persons_to_those_who_may_see_them() -> None:
    table = pd.DataFrame({
        "id": ["E1"], "负责人": ["王某某"], "note": ["找王某某 13812345678"], "source": ["a.csv:2"],
    })  # fmt: skip
    for persons in (False, True):
        reader = Reader("zh", UTC, {}, persons)
        view = table_view(table, 1, "", reader)
        shown = csv_text(table, reader) + str(view)
        assert ("负责人" in shown) is persons
        assert ("13812345678" in shown) is persons
        assert ("138****5678" in shown) is not persons
    assert len(sorted_rows(table, "负责人", persons=True)) == 1
    with pytest.raises(ParameterError):
        sorted_rows(table, "负责人")
