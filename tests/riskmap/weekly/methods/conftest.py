"""Three towns and the week of 12 June 2026, measured on records that a test delivers."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from riskmap.daily.computing import places_of
from riskmap.district import load_district, snapshots_in_use
from riskmap.imports import ReadOptions, import_layer
from riskmap.ledger.gaming import week_window
from riskmap.places import Places
from riskmap.records.importing import record_files
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import snapshots
from riskmap.weekly.measures import Measure, WeekMoment
from riskmap.weekly.measuring import measure_week
from riskmap.workspace import Workspace, init_workspace, open_workspace

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W24"
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)
"""Friday; the window begins at 17:00 on Friday 5 June."""
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=ZONE)
NAMES = ("甲镇", "乙镇", "丙街道")
CODES = ("339901001", "339901002", "339901003")
PEOPLE = (20_000, 50_000, None)

Rows = list[dict[str, object]]


class Measured:
    """A district: what is delivered to it, and what a week of it measures."""

    def __init__(self, ws: Workspace, folder: Path) -> None:
        self.ws, self.folder, self.scheme = ws, folder, scheme_in_use(ws)
        self.count = 0
        found, _ = snapshots_in_use(ws, None)
        self.places = places_of(load_district(ws, {"towns": found["towns"]}), self.scheme)

    def deliver(self, kind: str, *rows: dict[str, object], learnt: datetime = CUTOFF) -> None:
        """Record rows of a kind; no row is a delivery that says there was none."""
        self.count += 1
        path = self.folder / f"{self.count}-{kind}.csv"
        table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=_LEAST[kind].split())
        table.to_csv(path, index=False)
        outcome = record_files(self.ws, kind, [path], now=learnt)
        assert outcome.rejected == 0, outcome.faults

    def measure(
        self,
        code: str,
        *,
        known: datetime = CUTOFF,
        week: str = WEEK,
        places: Places | None = None,
        **changes: Any,
    ) -> Measure:
        """Return one indicator of the shipped scheme (or changed so) in a week."""
        weekly = self.scheme.weekly
        assert weekly is not None
        one = replace(weekly.indicator(code), **changes)
        moment = WeekMoment(week, week_window(self.ws, week), known)
        alone = replace(weekly, indicators=(one,))
        return measure_week(self.ws, alone, moment, places or self.places)[code]


_LEAST = {
    "hidden_dangers": "number found_at town domain grade",
    "accidents": "id occurred_at town domain",
    "inspections": "id inspected_at town domain",
    "commitments": "enterprise_id date town committed_at state",
    "alarms": "id hazard_source_id town raised_at",
}


def make_towns(root: Path, database_url: str | None = None) -> None:
    """Make a workspace of three squares side by side, 0.1° each; nobody counted those of 丙街道."""
    init_workspace(root, "三镇区", "339901", database_url)
    towns = gpd.GeoDataFrame(
        {"code": list(CODES), "name": list(NAMES), "population": list(PEOPLE)},
        geometry=[shapely.box(121 + i / 10, 28, 121.1 + i / 10, 28.1) for i in range(3)],
        crs=4490,
    )
    towns.to_file(root / "towns.gpkg")
    source = {"id": "HS1", "name": "罐区", "enterprise_id": "E1", "unit_type": "储存单元"}
    pd.DataFrame([source | {"lon": 121.15, "lat": 28.05}]).to_csv(root / "hs.csv", index=False)
    shelter = {"town": "甲镇", "lon": 121.05, "lat": 28.05, "area_m2": 100}
    rows = [
        {"id": f"S{i}", "name": f"避难所{i}", "usable": usable, **shelter}
        for i, usable in enumerate(("是", "否", None, "是", "是"))
    ]
    rows.append({**rows[1], "id": "S9", "name": "丙街道避难所", "town": "甲镇", "lon": 121.25})
    pd.DataFrame(rows).to_csv(root / "shelters.csv", index=False)
    files = {"towns": "towns.gpkg", "hazard_sources": "hs.csv", "shelters": "shelters.csv"}
    with open_workspace(root, database_url) as ws:
        for layer, name in files.items():
            done = import_layer(ws, layer, [root / name], ReadOptions(crs="4490"), now=LONG_AGO)
            assert done.snapshot is not None, (layer, done.refusal, done.faults)


@pytest.fixture(scope="session")
def towns_measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district without records, made once; tests copy it."""
    root = tmp_path_factory.mktemp("measured") / "w"
    make_towns(root)
    return root


@pytest.fixture
def measured(towns_measured: Path, tmp_path: Path) -> Iterator[Measured]:
    """The district without records."""
    shutil.copytree(towns_measured, tmp_path / "w")
    with open_workspace(tmp_path / "w") as ws:
        yield Measured(ws, tmp_path)


@pytest.fixture
def measured_twice(
    towns_measured: Path, tmp_path: Path, database_url: str | None
) -> Iterator[Measured]:
    """The district without records, on both databases in turn."""
    shutil.copytree(towns_measured, tmp_path / "w")
    if database_url is not None:
        with open_workspace(towns_measured) as source, source.read() as connection:
            rows = connection.execute(sa.select(snapshots)).mappings().all()
        init_workspace(tmp_path / "w", database_url=database_url)
        with open_workspace(tmp_path / "w", database_url) as ws, ws.write() as connection:
            connection.execute(sa.insert(snapshots), [dict(row) for row in rows])
    with open_workspace(tmp_path / "w", database_url) as ws:
        yield Measured(ws, tmp_path)


@pytest.fixture
def danger() -> Callable[..., dict[str, object]]:
    """Return a function that makes a row of hidden_dangers."""

    def make(number: str, town: str, deadline: str | None, **more: object) -> dict[str, object]:
        row: dict[str, object] = {
            "number": number,
            "found_at": "2026-05-10T10:00:00+08:00",
            "town": town,
            "domain": "消防",
            "grade": "一般",
            "description": f"隐患 {number}",
            "deadline": None if deadline is None else f"2026-{deadline}",
            "closed_at": None,
            "rectified_at": None,
            "exposed_at": None,
            "state": None,
            "lon": None,
            "lat": None,
        }
        return row | {
            name: f"2026-{value}:00+08:00" if name.endswith("_at") else value
            for name, value in more.items()
        }

    return make
