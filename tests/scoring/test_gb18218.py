"""GB 18218-2018: worked examples, boundaries, classes, laws."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.gb18218 import Tables, alpha, identify, level, parse_tables, s_and_r

STANDARDS = Path(__file__).parents[2] / "data" / "standards"


def _tables(classes: bool = True) -> Tables:
    names = ["table1", "table2", "beta_table3", "beta_table4", "alpha", "table1_classes"]
    texts = [(STANDARDS / f"gb18218_{n}.csv").read_text(encoding="utf-8") for n in names]
    return parse_tables(*texts[:5], classes_text=texts[5] if classes else "")


TABLES = _tables()


def test_exam_item_by_hand() -> None:
    # 2/5 + 2/1 + 1/5 = 2.6; 2·(5·0.4 + 20·2 + 4·0.2) = 85.6 → 二级
    a = alpha(TABLES, [102])
    s, r = s_and_r([0, 0, 0], [2, 2, 1], [5, 1, 5], [5, 20, 4], a)
    assert a[0] == 2.0
    assert s[0] == pytest.approx(2.6, abs=1e-12)
    assert r[0] == pytest.approx(85.6, abs=1e-12)
    assert level(s, r)[0] == 2


def test_exam_item_from_names() -> None:
    # H2S 2 t (5, β 5), PH3 2 t (1, β 20), Cl2 1 t (5, β 4): the substances behind 85.6
    found = identify(TABLES, ["硫化氢", "磷化氢", "液氯"], ["", "", ""], ["", "", ""])
    s, r = s_and_r([0, 0, 0], [2, 2, 1], found.q_crit_t, found.beta, alpha(TABLES, [102]))
    assert (s[0], r[0]) == (pytest.approx(2.6), pytest.approx(85.6))


def test_petrol_station_is_none() -> None:
    found = identify(TABLES, ["汽油", "柴油"], ["86290-81-5", None], [None, "W5.4"])
    assert list(found.q_crit_t) == [200, 5000]
    s, r = s_and_r([0, 0], [26.64, 22.95], found.q_crit_t, found.beta, alpha(TABLES, [50]))
    assert s[0] == pytest.approx(0.13779, abs=5e-6)
    assert level(s, r)[0] == 0


@pytest.mark.parametrize(
    ("name", "q", "persons", "r", "grade"), [("液氯", 10, 100, 16, 3), ("氨", 30, 0, 3, 4)]
)
def test_own_boundary_examples(name: str, q: float, persons: float, r: float, grade: int) -> None:
    found = identify(TABLES, [name], [None], [None])
    s, got = s_and_r([0], [q], found.q_crit_t, found.beta, alpha(TABLES, [persons]))
    assert got[0] == pytest.approx(r)
    assert level(s, got)[0] == grade


def test_all_printed_worked_examples() -> None:
    path = STANDARDS / "gb18218_worked_examples.csv"
    grades = {"二级重大危险源": 2, "不构成(S<1)": 0, "四级": 4, "三级": 3}
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 4
    for row in rows:
        items = [i.split("/") for i in row["items_q/Q/beta"].split(";") if i.strip()]
        q, q_crit = ([float(i[n]) for i in items] for n in (0, 1))
        beta = [float(i[2]) if i[2].strip() != "-" else 1.0 for i in items]
        a = alpha(TABLES, [float(row["persons_500m"] or "nan")])
        if row["alpha"]:
            assert a[0] == float(row["alpha"])
        s, r = s_and_r([0] * len(q), q, q_crit, beta, a)
        assert s[0] == pytest.approx(float(row["S"]), abs=5e-5)
        if row["R"]:
            assert r[0] == pytest.approx(float(row["R"]))
        assert level(s, r)[0] == grades[row["result"]]


def test_r_of_exactly_10_50_100_is_the_higher_level() -> None:
    r = [9.999, 10, 49.999, 50, 99.999, 100, 0.0]
    assert list(level(np.full(7, 2.0), r)) == [4, 3, 3, 2, 2, 1, 4]
    # ten times 0.1 add up to 0.9999999999999999 in binary: still a whole unit, and R a whole 10
    s, r = s_and_r([0] * 10, [0.1] * 10, [1] * 10, [20] * 10, [0.5])
    assert s[0] < 1
    assert level(s, r)[0] == 3


def test_s_below_1_is_none_whatever_r() -> None:
    s, r = s_and_r([0], [0.299], [0.3], [20], [2.0])  # phosgene just below: R 39.9
    assert r[0] > 39
    assert level(s, r)[0] == 0
    assert level([1.0], [0.3])[0] == 4


def test_alpha_at_each_boundary_of_table_5() -> None:
    people = [0, 1, 29, 30, 49, 50, 99, 100, 1e6]
    assert list(alpha(TABLES, people)) == [0.5, 1, 1, 1.2, 1.2, 1.5, 1.5, 2, 2]


def test_alpha_of_counted_people_is_rounded_up() -> None:
    assert list(alpha(TABLES, [0.3, 29.0, 29.6, 49.2, 99.01, 1e-9])) == [1, 1, 1.2, 1.5, 2, 0.5]


def test_unknown_people_never_become_zero_people() -> None:
    a = alpha(TABLES, [np.nan])
    assert math.isnan(a[0])
    s, r = s_and_r([0], [10], [5], [4], a)
    assert math.isnan(r[0])
    assert level(s, r)[0] == -1
    assert level([0.4], [np.nan])[0] == 0  # not a source whatever α


def test_an_unknown_substance_makes_the_unit_unknown_not_smaller() -> None:
    s, r = s_and_r([0, 0, 1], [10, 1, 1], [5, np.nan, 5], [4, np.nan, 4], [1, 1])
    assert np.isnan(s[0]) and np.isnan(r[0])
    assert list(level(s, r)) == [-1, 0]


def test_negative_people_are_refused() -> None:
    with pytest.raises(ValueError, match="-3"):
        alpha(TABLES, [5, -3])


@pytest.mark.parametrize(
    ("category", "q", "beta"),
    [
        ("J1", 5, 4),
        ("W1.2", 10, 2),
        ("w2", 10, 1.5),
        ("易燃气体", 10, 1.5),
        ("Ｗ5．3", 1000, 1),
        ("W5.3;J5", 500, 1),
        ("W5.4；W5.1", 10, 1.5),
        ("W11、J3", 50, 2),
    ],
)
def test_outside_table_1_the_class_decides(category: str, q: float, beta: float) -> None:
    found = identify(TABLES, ["某物质"], [None], [category])
    assert (found.q_crit_t[0], found.beta[0]) == (q, beta)
    assert found.table1_no[0] == 0
    assert found.faults == ()


@pytest.mark.parametrize(
    "cell", ["W5.3 易燃液体", "易燃液体W5.3", "易燃液体（Ｗ５.３）", "w5.3/易燃液体", "W5.3"]
)
def test_a_symbol_beside_the_name_of_its_class(cell: str) -> None:
    found = identify(TABLES, ["某油漆"], [None], [cell])
    assert (found.q_crit_t.tolist(), found.beta.tolist()) == ([1000.0], [1.0])
    assert found.faults == ()
    both = identify(TABLES, ["某油漆"], [None], [cell + ";急性毒性J5"])
    assert both.q_crit_t.tolist() == [500.0]


@pytest.mark.parametrize("symbol", sorted(TABLES.categories))
def test_every_class_is_reached_by_its_symbol(symbol: str) -> None:
    category = TABLES.categories[symbol]
    for cell in (symbol, symbol.lower(), f" {symbol} "):
        found = identify(TABLES, ["某混合物"], [None], [cell])
        assert (found.q_crit_t[0], found.beta[0]) == (category.q_crit_t, category.beta)
        assert found.faults == ()


def test_a_class_without_its_number_takes_the_lowest_q_and_is_asked_for() -> None:
    found = identify(TABLES, ["某油漆"], [None], ["易燃液体"])
    assert (found.q_crit_t[0], found.beta[0]) == (10, 1.5)
    assert "W5.1、W5.2、W5.3、W5.4" in found.faults[0].expected


def test_an_unknown_class_is_a_fault() -> None:
    found = identify(TABLES, ["某油漆"], [None], ["W5.9"])
    assert math.isnan(found.q_crit_t[0])
    assert found.faults[0].column == "category"
    assert "W5.4" in found.faults[0].expected


def test_every_class_of_table_2() -> None:
    rows = list(
        csv.DictReader((STANDARDS / "gb18218_table2.csv").read_text(encoding="utf-8").splitlines())
    )
    assert len(rows) == 24
    found = identify(TABLES, [""] * 24, [""] * 24, [row["symbol"] for row in rows])
    assert list(found.q_crit_t) == [float(row["q_crit_t"]) for row in rows]
    assert list(found.beta) == [float(row["beta_table4"]) for row in rows]


def test_every_row_of_table_1_and_table_3() -> None:
    rows = list(
        csv.DictReader((STANDARDS / "gb18218_table1.csv").read_text(encoding="utf-8").splitlines())
    )
    found = identify(TABLES, [r["name_zh"] for r in rows], [""] * 85, [""] * 85)
    assert list(found.q_crit_t) == [float(row["q_crit_t"]) for row in rows]
    for row, beta in zip(rows, found.beta, strict=True):
        if row["beta_table3"]:
            assert beta == float(row["beta_table3"]), row["name_zh"]


def test_beta_outside_table_3_follows_the_class() -> None:
    found = identify(
        TABLES,
        ["液化石油气", "汽油", "汽油", "乙醚", "硝酸铵(含可燃物≤0.2%)", "氨", "一氧化碳"],
        [None] * 7,
        [None, None, "W5.1", None, None, "J1", None],
    )
    # gas 1.5; petrol 1; petrol above its boiling point 1.5; ether class 1 → 1.5; oxidiser 1;
    # ammonia is in table 3, its class does not matter; CO is gas of row 13 and in table 3
    assert list(found.beta) == [1.5, 1, 1.5, 1.5, 1, 2, 2]
    assert found.faults == ()


def test_without_a_class_beta_is_1_and_says_so() -> None:
    found = identify(_tables(classes=False), ["液化石油气"], [None], [None])
    assert (found.q_crit_t[0], found.beta[0]) == (50, 1)
    assert found.faults[0].column == "category"
    assert "β" in found.faults[0].expected


def test_a_class_without_beta_is_refused() -> None:
    table2 = "symbol,class_zh,q_crit_t\nJ1,急性毒性,5\nW2,易燃气体,10\n"
    with pytest.raises(ValueError, match="W2"):
        parse_tables("no,name_zh,alias_zh,cas,q_crit_t\n", table2, "name_zh,beta\n",
                     "symbol,beta\nJ1,4\n", "persons_min,alpha\n0,0.5\n")  # fmt: skip


Substances = st.lists(
    st.tuples(
        st.floats(0, 1e4),
        st.sampled_from([0.3, 1, 5, 10, 50, 200, 1000]),
        st.sampled_from([1, 1.5, 2, 4, 20]),
    ),
    min_size=1,
    max_size=8,
)


@given(Substances, st.floats(0, 500), st.floats(0, 500), st.floats(0, 100))
def test_law_more_quantity_or_people_never_lowers(
    rows: list[tuple[float, float, float]], persons: float, more_persons: float, more_t: float
) -> None:
    q, q_crit, beta = (np.array(column) for column in zip(*rows, strict=True))
    unit = np.zeros(len(q), dtype=int)
    a, b = alpha(TABLES, [persons]), alpha(TABLES, [persons + more_persons])
    s1, r1 = s_and_r(unit, q, q_crit, beta, a)
    s2, r2 = s_and_r(unit, q + more_t, q_crit, beta, b)
    assert b[0] >= a[0]
    assert s2[0] >= s1[0]
    assert r2[0] >= r1[0] - 1e-9
    first, second = level(s1, r1)[0], level(s2, r2)[0]
    if first:
        assert 1 <= second <= first  # 1 is the gravest


@given(Substances, st.randoms(use_true_random=False))
def test_law_order_of_substances_and_units_does_not_matter(
    rows: list[tuple[float, float, float]], random: object
) -> None:
    q, q_crit, beta = (np.array(column) for column in zip(*rows, strict=True))
    unit = np.arange(len(q)) % 3
    order = np.random.default_rng(len(q)).permutation(len(q))
    a = np.array([0.5, 1.2, 2.0])
    s1, r1 = s_and_r(unit, q, q_crit, beta, a)
    s2, r2 = s_and_r(unit[order], q[order], q_crit[order], beta[order], a)
    np.testing.assert_allclose(s1, s2, rtol=1e-12)
    np.testing.assert_allclose(r1, r2, rtol=1e-12)
    # S of the whole is the sum over the parts
    whole, _ = s_and_r(np.zeros(len(q), dtype=int), q, q_crit, beta, [1.0])
    assert whole[0] == pytest.approx(s1.sum(), rel=1e-12, abs=1e-300)


@given(st.floats(0, 1000), st.floats(0, 1e5))
def test_law_every_known_pair_has_exactly_one_level(s: float, r: float) -> None:
    grade = int(level([s], [r])[0])
    assert (grade == 0) == (s < 1 - 1e-9)
    if grade:
        bounds = {1: (100, math.inf), 2: (50, 100), 3: (10, 50), 4: (-1, 10)}
        low, high = bounds[grade]
        assert low - 1e-9 <= r < high
