"""The sample as it became known: by hand, and as a law that nothing is lost on the way."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskmap.paths import data_dir
from riskmap.sample.departments import make_department_indicators, make_stand_in_indicators
from riskmap.sample.district import END, SEED
from riskmap.sample.history import DATED, as_known, last_reported, news, reported
from riskmap.sample.incidents import make_indicators
from riskmap.schemes import read_scheme
from scoring.weekly.parts import DEPARTMENT, Weekly

RAW = Path(__file__).parents[3] / "data" / "sample" / "raw"
DANGERS = next(one for one in DATED if one.kind == "hidden_dangers")


def danger(found: str, closed: str, listed: str) -> dict[str, str]:
    state = "已销号" if closed else "整改中"
    return {
        "发现时间": found,
        "销号时间": closed,
        "挂牌时间": listed,
        "挂牌期限": "d",
        "状态": state,
    }


def test_what_was_not_yet_said_is_not_known() -> None:
    table = pd.DataFrame(
        [
            danger("2026-05-01 09:00", "2026-05-09 10:00", ""),
            danger("2026-05-02 09:00", "", "2026-05-08 10:00"),
            danger("2026-05-08 17:01", "", ""),
            danger("2026-02-30 10:00", "", ""),
        ]
    )
    known = as_known(table, DANGERS, datetime(2026, 5, 8, 17))
    assert known.index.tolist() == [0, 1]
    assert known.loc[0, ["销号时间", "状态"]].tolist() == ["", "整改中"]
    assert known.loc[1, ["挂牌时间", "挂牌期限"]].tolist() == ["2026-05-08 10:00", "d"]
    before = as_known(table, DANGERS, datetime(2026, 5, 8, 9))
    assert before.loc[1, ["挂牌时间", "挂牌期限"]].tolist() == ["", ""]
    later = as_known(table, DANGERS, datetime(2026, 5, 9, 10))
    pd.testing.assert_frame_equal(later, table.iloc[:3])


def test_week_by_week_nothing_is_lost_and_nothing_said_twice() -> None:
    moments = [datetime(2026, 6, day, 17) for day in (5, 12, 19, 26)]
    told = [
        news(RAW, since, until) for since, until in zip([None, *moments], moments, strict=False)
    ]
    for one in DATED:
        table = pd.read_csv(RAW / one.file, encoding=one.encoding, dtype=str).fillna("")
        known: pd.DataFrame = as_known(table, one, moments[-1])
        put_together = pd.concat([week[one.kind] for week in told if one.kind in week])
        newest = put_together[~put_together.index.duplicated(keep="last")].sort_index()
        pd.testing.assert_frame_equal(newest, known)
    assert 0 < len(told[1]["hidden_dangers"]) < 100 < len(told[0]["hidden_dangers"])


def test_a_quiet_week_is_told_of_what_comes_as_a_file() -> None:
    """No accident in an hour: an empty table; alarms come one by one; no inspection was ever."""
    then = datetime.fromisoformat("2026-01-09T17:00")
    found = news(RAW, then - timedelta(minutes=1), then)
    assert found["accidents"].empty
    assert {"alarms", "inspections", "commitments"}.isdisjoint(found)


def test_reports_of_a_week_come_once(tmp_path: Path) -> None:
    for file in RAW.glob("indicators*.csv"):
        shutil.copy(file, tmp_path)
    assert last_reported(tmp_path) == "2026-W26"
    parts = [reported(tmp_path, None, "2026-W24"), reported(tmp_path, "2026-W24", "2026-W26")]
    assert set(parts[1]["周"]) == {"2026-W25", "2026-W26"}
    whole = reported(tmp_path, None, "2026-W26")
    pd.testing.assert_frame_equal(pd.concat(parts).sort_index(), whole)


@pytest.fixture(scope="module")
def weekly() -> Weekly:
    found = read_scheme(data_dir() / "schemes" / "default-2026.toml").weekly
    assert found is not None
    return found


def test_departments_report_what_only_they_can(weekly: Weekly) -> None:
    table = make_department_indicators(SEED, END)
    theirs = {one.code for one in weekly.indicators if one.origin == DEPARTMENT}
    assert set(table["指标"]) == theirs
    assert not set(make_stand_in_indicators(SEED, END)["指标"]) & theirs
    counted = table[table["分母"] != ""]
    done, due = (counted[name].astype(int).to_numpy() for name in ("分子", "分母"))
    assert (done <= due).all() and (done >= 0).all() and (due >= 1).all()
    figures = table.loc[table["分母"] == "", "数值"].astype(float)
    progress = weekly.indicator("A4.3")
    assert figures.between(progress.full, progress.zero).all()


@pytest.mark.parametrize(
    ("end", "last"),
    [("2026-06-30", "2026-W26"), ("2026-07-02", "2026-W26"), ("2026-07-03", "2026-W27")],
)
def test_the_week_itself_is_reported_from_its_friday_on(end: str, last: str) -> None:
    weeks = np.unique(make_department_indicators(SEED, date.fromisoformat(end))["周"].to_numpy())
    assert (len(weeks), weeks[-1]) == (34, last)


@pytest.mark.parametrize("end", ["2026-06-30", "2026-07-02", "2026-07-03", "2026-07-05"])
def test_sensors_on_line_are_said_once_for_every_reported_week(end: str) -> None:
    day = date.fromisoformat(end)
    both = [make_indicators(SEED, day), make_stand_in_indicators(SEED, day)]
    table = pd.concat([one[one["指标"] == "A7.1"] for one in both])
    assert not table.duplicated(["周", "镇街代码"]).any()
    reported = set(make_department_indicators(SEED, day)["周"])
    assert reported <= set(table["周"])
    shares = table["数值"].str.removesuffix("%").astype(float)
    assert table["数值"].str.endswith("%").all() and shares.between(55, 100).all()
