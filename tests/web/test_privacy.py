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
