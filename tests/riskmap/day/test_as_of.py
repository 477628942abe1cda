"""A back-dated correction of each kind: the next computation has it, as of before it has not."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskmap.access.actors import command_line
from riskmap.daily import DayResult, compute_day
from riskmap.entries import enter, latest, withdraw
from riskmap.storage.migrate import migrate_database
from riskmap.workspace import Workspace, open_workspace

DAY = date(2026, 6, 29)
CENTRE = "339999005"
OFFICE = command_line("office")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(
    request: pytest.FixtureRequest, small: Workspace, tmp_path: Path, now: datetime
) -> Iterator[Workspace]:
    """The small district, on each database."""
    if request.param == "sqlite":
        yield small
        return
    root, url = tmp_path / "moved", request.getfixturevalue("postgres").fresh()
    shutil.copytree(small.root, root)
    migrate_database(str(root), url, OFFICE, now=now)
    (root / "riskmap.db").unlink()
    with open_workspace(root, url) as ws:
        yield ws


def centre(result: DayResult) -> Any:
    return next(town for town in result.towns if town["code"] == CENTRE)


BACKDATED: dict[str, dict[str, Any]] = {
    "accidents": {
        "occurred_at": "2026-06-29 07:00",
        "town": "中央镇",
        "domain": "消防",
        "deaths": 3,
    },
    "alarms": {
        "raised_at": "2026-06-29 07:00",
        "town": "中央镇",
        "hazard_source_id": "HS1",
        "kind": "液位",
    },
    "responses": {
        "name": "防汛",
        "level": "Ⅰ",
        "started_at": "2026-06-29 06:00",
        "towns": "中央镇",
    },
    "special_periods": {
        "name": "活动",
        "severity": 1,
        "starts_at": "2026-06-29",
        "ends_at": "2026-06-29",
        "towns": "中央镇",
    },
    "indicators": {"week": "2026-W26", "town": "中央镇", "indicator": "A6.3", "value": "0.1"},
    "commitments": {
        "enterprise_id": "E1",
        "date": "2026-06-28",
        "town": "中央镇",
        "state": "normal",
        "committed_at": "2026-06-28 11:00",
    },
    "inspections": {
        "inspected_at": "2026-06-15 10:00",
        "town": "中央镇",
        "domain": "消防",
        "enforcement": "fine",
        "filed_at": "2026-06-16 10:00",
    },
}


@pytest.mark.parametrize("kind", BACKDATED)
def test_a_back_dated_entry_changes_the_next_computation_only(
    either: Workspace, now: datetime, kind: str
) -> None:
    before = compute_day(either, DAY, now=now)
    assert before.text == compute_day(either, DAY, now=now).text
    learnt = now + timedelta(hours=1)
    made = enter(either, OFFICE, kind, BACKDATED[kind], now=learnt).version
    later = now + timedelta(hours=2)
    after = compute_day(either, DAY, now=later)
    moved = centre(after)["score"] != centre(before)["score"]
    floored = centre(after)["floors"] != centre(before)["floors"]
    assert moved or floored, kind
    as_of = learnt - timedelta(seconds=1)
    then = compute_day(either, DAY, as_of=as_of, now=later)
    assert centre(then)["score"] == centre(before)["score"]
    assert centre(then)["floors"] == centre(before)["floors"]
    withdraw(either, OFFICE, kind, made.key, "误报", now=later)
    last = compute_day(either, DAY, now=later + timedelta(hours=1))
    if kind not in ("commitments", "inspections", "indicators"):
        assert centre(last)["score"] == centre(before)["score"]
        assert centre(last)["floors"] == centre(before)["floors"]


def test_a_correction_of_an_accident(small: Workspace, now: datetime) -> None:
    made = enter(small, OFFICE, "accidents", BACKDATED["accidents"] | {"deaths": 2}, now=now)
    fields = {"late_deaths": "2026-06-29:1"}
    seen = latest(small, "accidents", made.version.key)
    learnt = now + timedelta(hours=1)
    enter(small, OFFICE, "accidents", fields, expect=seen.row_id, now=learnt)
    rules = [
        {
            floor["rule"]
            for floor in centre(compute_day(small, DAY, as_of=moment, now=learnt))["floors"]
        }
        for moment in (now, learnt)
    ]
    assert "E4" in rules[0] and "E5" not in rules[0]
    assert "E5" in rules[1]
