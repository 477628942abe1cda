"""The calculation as shown: every number of the exam item, and which people were counted."""

import json

import numpy as np
import pytest

from riskmap.standards import gb18218_tables
from scoring.gb18218_calculation import Assessment, assess, calculation


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return assess(
        gb18218_tables(),
        [0, 0, 0, 1, 2],
        names=["硫化氢", "磷化氢", "液氯", "液氨", "甲淳"],
        cas=["7783-06-4", None, "71-43-2", None, None],
        categories=[None] * 5,
        quantity_t=[2, 2, 1, 30, 5],
        counted=[40.2, np.nan, 12.0],
        surveyed=[102, np.nan, np.nan],
    )


def test_every_line_of_the_exam_item(assessed: Assessment) -> None:
    doc = calculation(assessed, 0)
    lines = doc["lines"]
    assert isinstance(lines, list)
    shown = [[line[k] for k in ("quantity_t", "q_crit_t", "beta")] for line in lines]
    assert shown == [[2, 5, 5], [2, 1, 20], [1, 5, 4]]
    assert [line["beta_ratio"] for line in lines] == pytest.approx([2, 40, 0.8])
    assert (doc["S"], doc["R"]) == (pytest.approx(2.6), pytest.approx(85.6))
    assert (doc["alpha"], doc["persons_used"]) == (2.0, "surveyed")
    assert (doc["persons_counted"], doc["persons_surveyed"]) == (40.2, 102)
    assert (doc["level"], doc["level_zh"]) == (2, "二级")
    assert "序号10 硫化氢" in lines[0]["q_source"]
    assert "属于苯" in lines[2]["faults"][0]["expected"]
    steps = doc["steps"]
    assert isinstance(steps, list)
    assert "R = α·Σ β·q/Q = 2 × 42.8 = 85.6（公式 2）" in steps
    json.dumps(doc, allow_nan=False)


def test_the_counted_number_would_give_another_level(assessed: Assessment) -> None:
    # 40.2 people → 41 → α 1.2 → R 51.36, still 二级; kept beside the surveyed 102
    again = assess(
        gb18218_tables(),
        [0, 0, 0],
        names=["硫化氢", "磷化氢", "液氯"],
        cas=[None] * 3,
        categories=[None] * 3,
        quantity_t=[2, 2, 1],
        counted=[40.2],
        surveyed=[np.nan],
    )
    assert again.r[0] == pytest.approx(51.36)
    assert calculation(again, 0)["persons_used"] == "counted"


def test_unknown_people_give_no_level_but_s(assessed: Assessment) -> None:
    doc = calculation(assessed, 1)
    assert doc["S"] == 3.0
    assert (doc["alpha"], doc["R"], doc["level"], doc["level_zh"]) == (None, None, None, "未知")
    assert doc["persons_used"] == "unknown"
    json.dumps(doc, allow_nan=False)


def test_an_unknown_substance_is_shown_as_unknown(assessed: Assessment) -> None:
    doc = calculation(assessed, 2)
    assert (doc["S"], doc["sum_beta_ratio"], doc["level"]) == (None, None, None)
    lines = doc["lines"]
    assert isinstance(lines, list)
    assert "甲醇" in lines[0]["faults"][0]["expected"]
