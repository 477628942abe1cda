"""Names and phones of persons are left out, counts of persons are not."""

import pandas as pd
import pytest

from web.privacy import is_personal, masked, without_persons


@pytest.mark.parametrize(
    "column",
    ["负责人", "企业负责人姓名", "联系电话", "联系人", "手机号码", "法定代表人", "身份证号",
     "contact", "contact_phone", "ContactPhone", "TEL", "mobile", "second_person", "decided_by",
     "安全员", " 电话 ", "LXDH", "e-mail"],
)  # fmt: skip
def test_columns_of_persons(column: str) -> None:
    assert is_personal(column)


@pytest.mark.parametrize(
    "column",
    ["id", "name", "persons", "capacity_persons", "surveyed_population_500m", "town", "station",
     "责任单位", "主管部门", "population", "telescope", "title", "address", "人数", "description"],
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
