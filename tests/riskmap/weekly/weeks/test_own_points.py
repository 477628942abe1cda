"""Best and median in a town's own points, by hand: A3.1 and A3.2 have 5 points each of A3's 10."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from riskmap.weekly.export import export_week
from riskmap.weekly.replaying import replay_week
from riskmap.weekly.weeks import read_town_week, read_town_weeks, read_week
from tests.riskmap.weekly.weeks.conftest import CODES, CUTOFF, MONDAY, WEEK, WeekDistrict

LACKING = "A3.2"


@pytest.fixture
def gap(either: WeekDistrict) -> WeekDistrict:
    """甲 has everything at 0.9; 乙 lacks one indicator of A3 and has 0.5 at another."""
    before = CUTOFF - timedelta(hours=1)
    codes = [one.code for one in either.weekly.indicators]
    either.deliver(WEEK, {CODES[0]: 0.9}, learnt=before)
    either.deliver(
        WEEK, {CODES[1]: 0.9}, learnt=before, only=tuple(c for c in codes if c != LACKING), A3_1=0.5
    )
    either.compute()
    return either


def test_points_subtract(gap: WeekDistrict) -> None:
    parts = {one.code: one.points for one in gap.weekly.indicators}
    of = 10 * parts["A3.1"] / (10 - parts[LACKING])
    assert of > parts["A3.1"]
    town = read_town_week(gap.ws, WEEK, CODES[1])
    rows = {one["code"]: one for one in town["indicators"]}
    one = rows["A3.1"]
    assert (one["points"], one["of"]) == (pytest.approx(0.5 * of), pytest.approx(of))
    assert one["best"]["points"] == pytest.approx(0.9 * of)
    assert one["median"] == pytest.approx(0.7 * of)  # of 0.9 and 0.5
    assert one["lost"] == pytest.approx(one["best"]["points"] - one["points"])
    lacking = rows[LACKING]  # nothing of its own: the scheme's points
    assert (lacking["of"], lacking["best"]["points"]) == (
        None, pytest.approx(0.9 * parts[LACKING])
    )  # fmt: skip
    whole = read_town_week(gap.ws, WEEK, CODES[0])["indicators"]
    assert whole[gap.weekly.codes.index("A3.1")]["best"]["points"] == pytest.approx(
        0.9 * parts["A3.1"]
    )
    for detail in read_town_weeks(gap.ws, WEEK):
        for one in detail["indicators"]:
            if one["lost"] is not None:
                assert one["best"]["points"] - one["points"] == pytest.approx(one["lost"], abs=1e-6)
                assert one["median"] <= one["of"] + 1e-9


def test_row_page_and_file_say_the_same(gap: WeekDistrict, tmp_path: Path) -> None:
    rows = {row["code"]: row for row in read_week(gap.ws, WEEK)["towns"]}
    detail = read_town_week(gap.ws, WEEK, CODES[1])
    assert rows[CODES[1]]["costs"] == detail["costs"]
    [cost] = [one for one in detail["costs"] if one["indicator"] == "A3.1"]
    [one] = [one for one in detail["indicators"] if one["code"] == "A3.1"]
    assert cost["best"] == one["best"]

    written: dict[str, Any] = {}
    book = openpyxl.load_workbook(export_week(gap.ws, WEEK, tmp_path / "w.xlsx"))
    sheet = book["指标"].iter_rows(values_only=True)
    table = [row for row in sheet if any(row)]
    head = next(row for row in table if "最好得分" in row)
    for row in table:
        cells = dict(zip(head, row, strict=True))
        if "A3.1" in row and "乙镇" in row:
            written = cells
    assert written["最好得分"] == pytest.approx(one["best"]["points"])
    assert written["最好得分"] - written["得分"] == pytest.approx(written["较最好镇街失分"])
    assert written["全区中位得分"] == pytest.approx(one["median"])


def test_stored_weeks_keep_their_bytes(gap: WeekDistrict) -> None:
    assert replay_week(gap.ws, WEEK).equal
    assert gap.compute(now=MONDAY)["revision"] == 1
