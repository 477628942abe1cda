"""Three towns whose 25 indicators departments deliver, so that every index is known by hand.

An indicator "at s" has the value zero + s·(full - zero): a town with all of them at s has the
index 100·s.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from riskmap.access.actors import Actor, command_line
from riskmap.imports import ReadOptions, import_layer
from riskmap.ledger.gaming import week_window
from riskmap.records.checks import RATES
from riskmap.records.importing import record_files
from riskmap.schemes import scheme_in_use
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.publishing import PublishedWeek, publish_week
from riskmap.weekly.weeks import read_week
from riskmap.workspace import Workspace, init_workspace, open_workspace
from scoring.weekly.parts import Weekly

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W24"
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)
"""Friday 12 June; the window begins at 17:00 on Friday 5 June."""
MONDAY = datetime(2026, 6, 15, 9, 0, tzinfo=ZONE)
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=ZONE)
NAMES = ("甲镇", "乙镇", "丙街道")
CODES = ("339901001", "339901002", "339901003")
OFFICE = command_line("office")
SECOND = timedelta(seconds=1)


class WeekDistrict:
    """A district: what departments deliver to it, and its weeks."""

    def __init__(self, ws: Workspace, folder: Path) -> None:
        self.ws, self.folder, self.count = ws, folder, 0
        weekly = scheme_in_use(ws).weekly
        assert weekly is not None
        self.weekly: Weekly = weekly

    def deliver(
        self,
        week: str,
        scores: Mapping[str, float],
        *,
        learnt: datetime,
        only: tuple[str, ...] = (),
        **single: float,
    ) -> None:
        """Deliver every indicator of some towns at a score; `A1_1=0.5` changes a single one."""
        changed = {name.replace("_", "."): value for name, value in single.items()}
        rows = [
            {
                "week": week,
                "town": town,
                "indicator": one.code,
                "value": self._stored(one, changed.get(one.code, score)),
            }
            for town, score in scores.items()
            for one in self.weekly.indicators
            if not only or one.code in only
        ]
        self.record("indicators", rows, learnt)

    def record(self, kind: str, rows: list[dict[str, Any]], learnt: datetime) -> None:
        """Record rows of a kind as they are."""
        self.count += 1
        path = self.folder / f"{self.count}-{kind}.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        outcome = record_files(self.ws, kind, [path], now=learnt)
        assert outcome.rejected == 0, outcome.faults

    def _stored(self, one: Any, score: float) -> float:
        value = float(one.zero + score * (one.full - one.zero))
        return value / 100 if one.code in RATES else value

    def hour_before(self, week: str) -> datetime:
        """Return the moment one hour before a week's cut-off."""
        return week_window(self.ws, week).end - timedelta(hours=1)

    def compute(self, week: str = WEEK, now: datetime = MONDAY, **more: Any) -> dict[str, Any]:
        """Compute and store a week; return the document of the revision that says so."""
        worked = compute_week(self.ws, week, now=now, **more)
        revision = store_week(self.ws, OFFICE, worked, now=now)
        return read_week(self.ws, week, revision)

    def publish(
        self, week: str = WEEK, now: datetime = MONDAY, actor: Actor = OFFICE
    ) -> PublishedWeek:
        """Publish the newest revision of a week."""
        return publish_week(self.ws, actor, week, by="安委办", now=now)


def make_three_towns(root: Path, database_url: str | None) -> None:
    """Make a workspace of three squares side by side; nothing else is known of them."""
    init_workspace(root, "三镇区", "339901", database_url)
    towns = gpd.GeoDataFrame(
        {"code": list(CODES), "name": list(NAMES)},
        geometry=[shapely.box(121 + i / 10, 28, 121.1 + i / 10, 28.1) for i in range(3)],
        crs=4490,
    )
    towns.to_file(root / "towns.gpkg")
    with open_workspace(root, database_url) as ws:
        options = ReadOptions(crs="4490")
        done = import_layer(ws, "towns", [root / "towns.gpkg"], options, now=LONG_AGO)
        assert done.snapshot is not None, done.refusal


@pytest.fixture
def district(tmp_path: Path) -> Iterator[WeekDistrict]:
    """The district in SQLite."""
    make_three_towns(tmp_path / "w", None)
    with open_workspace(tmp_path / "w", None) as ws:
        yield WeekDistrict(ws, tmp_path)


@pytest.fixture
def either(tmp_path: Path, database_url: str | None) -> Iterator[WeekDistrict]:
    """The district on both databases in turn."""
    make_three_towns(tmp_path / "w", database_url)
    with open_workspace(tmp_path / "w", database_url) as ws:
        yield WeekDistrict(ws, tmp_path)


@pytest.fixture
def usual(district: WeekDistrict) -> WeekDistrict:
    """The district with a week delivered an hour before the cut-off: 97, 88 and 70 points."""
    usual_week(district)
    return district


def usual_week(district: WeekDistrict, week: str = WEEK, cutoff: datetime = CUTOFF) -> None:
    """Deliver a week: 97, 88 and 70 points."""
    scores = dict(zip(CODES, (0.97, 0.88, 0.70), strict=True))
    district.deliver(week, scores, learnt=cutoff - timedelta(hours=1))


@pytest.fixture
def towns_of() -> Callable[[Mapping[str, Any], str], list[Any]]:
    """How a test reads one column of the towns, in order of code."""
    return lambda document, name: [row[name] for row in document["towns"]]
