"""Late deaths: from the day on which people died, within 30 days, 7 on the road and in fires."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from riskmap.moment import Moment
from riskmap.paths import default_scheme_path
from riskmap.places import Places
from riskmap.records.accidents import accident_items, accident_triggers, read_accidents
from riskmap.records.frames import typed_frame
from riskmap.records.late_deaths import late_deaths, late_deaths_text
from riskmap.storage.database import RECORD_COLUMNS
from scoring.schemes.scheme import load_scheme

SCHEME = load_scheme(default_scheme_path().read_text("utf-8"))
PLACES = Places(
    ("339901001",),
    ("甲镇",),
    SCHEME.sector_codes,
    {code: i for i, code in enumerate(SCHEME.sector_codes)} | dict(SCHEME.domains),
)
START = pd.Timestamp("2026-06-01T10:00:00+08:00")


def accident(late: str | None, *, domain: str = "工贸", deaths: float = 2) -> pd.DataFrame:
    names = [*RECORD_COLUMNS["accidents"], "key", "source", "delivery_id", "learnt_at"]
    row: dict[str, object] = dict.fromkeys(names)
    row |= {"id": "A1", "key": "A1", "source": "a.csv:2", "delivery_id": 1, "learnt_at": START}
    row |= {"occurred_at": START, "town": "339901001", "domain": domain, "kind": "accident"}
    row |= {"deaths": deaths, "late_deaths": late}
    return typed_frame("accidents", pd.DataFrame([row], columns=names))


def counted(rows: pd.DataFrame, days: int) -> tuple[float, int, str]:
    """Return deaths, grade and rule on the morning some days after the first of June."""
    at = pd.Timestamp("2026-06-01T23:00:00+08:00").tz_convert("Asia/Shanghai")
    at += timedelta(days=days)
    found = read_accidents(rows, PLACES, Moment(at.date(), at, at), SCHEME)
    held = accident_triggers(found, Moment(at.date(), at, at), SCHEME)
    rule = held["rule"].iloc[0] if len(held) else ""
    return float(found.rows["deaths"].iloc[0]), int(found.rows["grade"].iloc[0]), rule


def test_from_the_day_of_death_on_the_accident_is_graver() -> None:
    rows = accident("2026-06-04:1")
    assert counted(rows, 2) == (2, 1, "E4")
    assert counted(rows, 3) == (3, 2, "E5")
    at = Moment(date(2026, 6, 4), START + timedelta(days=3), START)
    text = accident_triggers(read_accidents(rows, PLACES, at, SCHEME), at, SCHEME)["text"].iloc[0]
    assert text.startswith("较大事故（06-01 10:00，死亡 3 人，其中事后死亡 1 人）")
    named = accident_items(read_accidents(rows, PLACES, at, SCHEME))
    assert named["name"].iloc[0] == "工贸较大事故"


@pytest.mark.parametrize(
    ("domain", "day", "deaths"),
    [
        ("工贸", 30, 3),
        ("工贸", 31, 2),
        ("道路交通", 7, 3),
        ("道路交通", 8, 2),
        ("消防", 7, 3),
        ("消防", 8, 2),
    ],
)
def test_the_last_day_that_counts(domain: str, day: int, deaths: float) -> None:
    late = f"{date(2026, 6, 1) + timedelta(days=day)}:1"
    assert counted(accident(late, domain=domain), 40)[0] == deaths


def test_a_death_before_the_accident_or_an_unknown_first_figure() -> None:
    assert counted(accident("2026-05-31:1"), 40)[0] == 2
    assert counted(accident("2026-06-03:1", deaths=np.nan), 5)[0] == 1
    assert np.isnan(counted(accident(None, deaths=np.nan), 5)[0])


def levels(rows: pd.DataFrame, *moments: str) -> list[int]:
    """Return the level of E4 or E5 at moments, 0 where none holds."""
    found = []
    for text in moments:
        at = pd.Timestamp(f"2026-06-{text}+08:00").tz_convert("Asia/Shanghai")
        moment = Moment(at.date(), at, at)
        told = accident_triggers(read_accidents(rows, PLACES, moment, SCHEME), moment, SCHEME)
        found.append(int(told["level"].max()) if len(told) else 0)
    return found


def test_the_floors_run_anew_from_a_late_death() -> None:
    # the accident on the 1st hurt somebody, who dies on the 10th: 72 h from the end of that day
    rows = accident("2026-06-10:1", deaths=0)
    assert levels(rows, "05T09:00", "09T23:59") == [0, 0]
    assert levels(rows, "10T00:00", "13T23:59", "14T00:00") == [3, 3, 3]
    assert levels(rows, "14T00:01", "17T23:59", "18T00:00") == [2, 2, 0]
    # two died at once: E4 from the 1st to the 8th; the third on the 10th makes it 较大: E5
    graver = accident("2026-06-10:1", deaths=2)
    assert levels(graver, "04T10:00", "04T10:01", "09T12:00") == [3, 2, 0]
    assert levels(graver, "10T09:00", "14T00:00", "14T00:01", "18T00:00") == [4, 4, 3, 0]
    # nobody who died too late to count, and no "0 persons", holds anything
    assert levels(accident("2026-06-10:1", deaths=0, domain="消防"), "10T09:00") == [0]
    assert levels(accident("2026-06-10:0", deaths=2), "10T09:00") == [0]


def test_more_dead_never_hold_a_floor_for_a_shorter_time() -> None:
    mornings = [f"{day:02}T08:30" for day in range(1, 30)]
    fewer = levels(accident("2026-06-06:1", deaths=0), *mornings)
    more = levels(accident("2026-06-06:1", deaths=1), *mornings)
    later = levels(accident("2026-06-06:1;2026-06-12:1", deaths=1), *mornings)
    assert all(b >= a for a, b in zip(fewer, more, strict=True))
    assert all(b >= a for a, b in zip(more, later, strict=True))


def test_how_late_deaths_are_written() -> None:
    assert late_deaths_text("2026-7-3：2人;2026/7/1:1") == "2026-07-01:1;2026-07-03:2"
    assert late_deaths("2026-02-30:1") is None
    assert late_deaths("") == ()
