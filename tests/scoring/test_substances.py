"""Names and CAS numbers: normalised, checked digits, ambiguous and unknown ones."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.gb18218 import Tables, identify, parse_tables
from scoring.substances import cas_is_valid, cas_number, match, name_key

STANDARDS = Path(__file__).parents[2] / "data" / "standards"


@pytest.fixture(scope="module")
def tables() -> Tables:
    names = ["table1", "table2", "beta_table3", "beta_table4", "alpha", "table1_classes"]
    texts = [(STANDARDS / f"gb18218_{n}.csv").read_text(encoding="utf-8") for n in names]
    return parse_tables(*texts[:5], classes_text=texts[5])


@pytest.mark.parametrize(
    ("written", "no"),
    [
        ("氨", 1),
        ("液 氨", 1),
        ("无水氨", 1),
        ("氯化氢（无水）", 11),
        ("氯化氢", 11),
        ("ＴＮＴ", 35),
        ("tnt", 35),
        ("环氧氯丙烷", 21),
        ("1－氯－2，3－环氧丙烷", 21),
        ("天然气", 49),
        ("甲烷", 49),
        ("丙烷", 52),
        ("液化石油气", 52),
        ("液氧", 56),
        ("乙醇汽油", 66),
        ("硝酸铵（含可燃物＞0.2％）", 43),
        ("硝酸铵 含可燃物≤0.2%", 44),
        ("硝酸铵肥料", 45),
        ("硝化棉（含水≥25%）", 41),
        ("硝化纤维素（含乙醇≥25%）", 39),
        ("硝化纤维素[干的或含水（或乙醇）＜25%]", 37),
        ("硝酸（98%）", 81),
        ("甲醛(95%)", 8),
    ],
)
def test_a_register_s_spelling_finds_its_row(tables: Tables, written: str, no: int) -> None:
    assert match(tables.index, written, "").rows == (no,)


def test_every_printed_name_alias_and_cas_of_table_1_finds_its_own_row(tables: Tables) -> None:
    rows = list(
        csv.DictReader((STANDARDS / "gb18218_table1.csv").read_text(encoding="utf-8").splitlines())
    )
    assert len(rows) == 85
    for row in rows:
        found = match(tables.index, row["name_zh"], "")
        assert found.rows == (int(row["no"]),), row["name_zh"]
        for alias in filter(None, row["alias_zh"].split(";")):
            assert int(row["no"]) in match(tables.index, alias, "").rows, alias
        for cas in tables.index.substances[int(row["no"])].cas:
            assert cas_is_valid(cas)
            assert int(row["no"]) in match(tables.index, "", cas).rows


def test_a_bare_ammonium_nitrate_asks_for_the_qualifier_and_takes_the_lowest_q(
    tables: Tables,
) -> None:
    found = identify(tables, ["硝酸铵"], ["6484-52-2"], [None])
    assert found.q_crit_t[0] == 5  # not 50
    assert found.beta[0] == 2  # explosive, not oxidiser
    (fault,) = found.faults
    assert fault.resolved
    assert "含可燃物>0.2%" in fault.expected
    assert "含可燃物≤0.2%" in fault.expected


def test_the_cas_of_nitrocellulose_alone_names_its_six_rows(tables: Tables) -> None:
    found = identify(tables, [None], ["9004-70-0"], [None])
    assert match(tables.index, "", "9004-70-0").rows == (37, 38, 39, 40, 41, 42)
    assert found.q_crit_t[0] == 1
    assert found.faults[0].column == "name"


def test_the_name_wins_over_the_cas_of_another_substance(tables: Tables) -> None:
    found = identify(tables, ["氯"], ["71-43-2"], [None])
    assert (found.q_crit_t[0], found.beta[0], found.table1_no[0]) == (5, 4, 12)
    (fault,) = found.faults
    assert (fault.row, fault.column, fault.value) == (0, "cas", "71-43-2")
    assert "属于苯" in fault.expected
    assert "7782-50-5" in fault.expected


def test_the_name_s_qualifier_wins_over_the_cas_that_rows_share(tables: Tables) -> None:
    found = identify(tables, ["硝酸铵（含可燃物≤0.2%）"], ["6484-52-2"], [None])
    assert (found.table1_no[0], found.q_crit_t[0]) == (44, 50)
    assert found.faults == ()


def test_a_bad_check_digit_names_the_right_number(tables: Tables) -> None:
    (fault,) = identify(tables, ["苯"], ["71-43-3"], [None]).faults
    assert fault.column == "cas"
    assert "71-43-2" in fault.expected


def test_a_bad_check_digit_does_not_identify(tables: Tables) -> None:
    found = identify(tables, ["某溶剂"], ["71-43-3"], [None])
    assert found.q_crit_t[0] != found.q_crit_t[0]  # NaN
    assert "71-43-2" in found.faults[0].expected
    assert not found.faults[-1].resolved


def test_an_unknown_name_without_class_names_the_nearest(tables: Tables) -> None:
    found = identify(tables, ["甲淳"], [""], [""])
    assert found.q_crit_t[0] != found.q_crit_t[0]
    assert "甲醇" in found.faults[0].expected


def test_a_stated_content_below_the_row_s_limit_is_not_that_row(tables: Tables) -> None:
    found = identify(
        tables, ["硝酸(68%)", "甲醛溶液(37%)"], ["7697-37-2", "50-00-0"], ["W9.2", "J5"]
    )
    assert list(found.q_crit_t) == [200, 500]
    assert found.faults == ()


@pytest.mark.parametrize(
    ("cas", "valid"),
    [
        ("7732-18-5", True),  # water, 5·1+8·2... printed by CAS as its own example
        ("107-07-3", True),  # CAS's published example of the check digit
        ("7782-50-5", True),
        ("7782-50-6", False),
        ("7782-05-5", False),
        ("7782505", False),
        ("", False),
        ("1-23-4", False),
    ],
)
def test_check_digit(cas: str, valid: bool) -> None:
    assert cas_is_valid(cas) is valid


def test_cas_is_read_as_bureaus_write_it() -> None:
    assert cas_number("CAS号：７７８２－５０－５") == "7782-50-5"
    assert cas_number("7782505") == "7782-50-5"


@given(
    st.integers(min_value=0, max_value=9),
    st.sampled_from(["7782-50-5", "71-43-2", "9004-70-0"]),
    st.data(),
)
def test_law_one_wrong_digit_is_always_seen_when_its_weight_is_odd_prime_to_ten(
    digit: int, cas: str, data: st.DataObject
) -> None:
    """A changed digit shifts the sum by i·Δ; it is seen unless 10 divides i·Δ."""
    body, last = cas[:-2].replace("-", ""), int(cas[-1])
    i = data.draw(st.integers(min_value=1, max_value=len(body)))
    changed = body[: len(body) - i] + str(digit) + body[len(body) - i + 1 :]
    moved = i * (digit - int(body[len(body) - i]))
    text = f"{changed[:-2]}-{changed[-2:]}-{last}"
    assert cas_is_valid(text) == (moved % 10 == 0)


@given(st.text(alphabet="氯化氢（）() 　,，、-－ＡaA12", max_size=20))
def test_law_keys_are_stable(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
