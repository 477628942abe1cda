"""The grade of accidents as a column of their list, in Chinese and English."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from web.rows.accident_grades import COLUMN, grade_of, with_grades
from web.rows.row_tables import Reader

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
READER = Reader("zh", ZoneInfo("Asia/Shanghai"), {})
ROWS = pd.DataFrame(
    {
        "occurred_at": pd.Timestamp("2026-06-20T02:00Z"),
        "domain": ["工贸", "工贸", "工贸", "消防"],
        "kind": ["accident", "accident", "near_miss", "accident"],
        "deaths": [2, 0, 0, None],
        "serious_injuries": [0, 0, 0, None],
        "loss_cny": [0, 1.2e8, 2e4, None],
        "late_deaths": ["2026-06-25:1", None, None, None],
    }
)


def test_the_grade_stands_beside_the_domain() -> None:
    table = with_grades(ROWS, READER, NOW)
    assert table.columns.tolist()[1:3] == ["domain", COLUMN]
    assert table[COLUMN].tolist()[:3] == [
        "较大事故（死亡 3 人）", "特别重大事故（直接经济损失 1.2 亿元）", "险情",
    ]  # fmt: skip
    assert table[COLUMN].isna().tolist() == [False, False, False, True]
    english = with_grades(ROWS, replace(READER, language="en"), NOW)[COLUMN]
    assert english[1] == "exceptionally grave accident (loss CNY 120,000,000)"


def test_one_accident_as_it_was_known() -> None:
    fields = ROWS.iloc[0].to_dict()
    assert grade_of(fields, READER, NOW) == "较大事故（死亡 3 人）"
    before = datetime(2026, 6, 24, 4, 0, tzinfo=UTC)
    assert grade_of(fields, READER, before) == "一般事故（死亡 2 人）"
    assert grade_of({**fields, "deaths": None, "serious_injuries": None, "loss_cny": None,
                     "late_deaths": None}, READER, NOW) is None  # fmt: skip
