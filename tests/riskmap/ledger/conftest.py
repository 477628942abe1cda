"""A district of 2 × 2 towns on both databases, and the people who work in it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, command_line
from riskmap.imports import ReadOptions, import_layer
from riskmap.ledger.tables import photos
from riskmap.storage.database import snapshots
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
"""2026-06-10 10:00 in the district."""
EAST_TOWN, WEST_TOWN = "330106002", "330106001"

REPORTER = Actor("wang", "王镇员", Role.REPORTER, town=WEST_TOWN)
REPORTER_2 = Actor("zhao", "赵镇员", Role.REPORTER, town=WEST_TOWN)
EASTERNER = Actor("qian", "钱镇员", Role.REPORTER, town=EAST_TOWN)
INSPECTOR = Actor("li", "李检查", Role.INSPECTOR, domains=("消防", "危化"))
DUTY = Actor("zhou", "周值班", Role.DUTY)
DUTY_2 = Actor("wu", "吴值班", Role.DUTY)
ADMIN = command_line("root")
VIEWER = Actor("sun", "孙看", Role.VIEWER)
FIELDS = {
    "found_at": "2026-06-10T08:30",
    "town": WEST_TOWN,
    "domain": "消防",
    "grade": "general",
    "description": "楼道堆放电动车，疏散通道不足 0.8 米",
}


def add_photo(ws: Workspace, letter: str) -> str:
    """Register a photo without its file; return its digest."""
    digest = letter * 64
    with ws.write() as connection:
        connection.execute(
            sa.insert(photos).values(
                digest=digest, likeness="0" * 16, width=8, height=8, bytes=100,
                stored_at=NOW, stored_by="test",
            )
        )  # fmt: skip
    return digest


def make_district(root: Path) -> None:
    """Make a workspace: towns of 0.1° × 0.1° from 120°E 30°N on, two enterprises."""
    init_workspace(root, "试验区", "330106")
    towns = gpd.GeoDataFrame(
        {
            "code": [f"33010600{i}" for i in range(1, 5)],
            "name": ["西湖街道", "东山街道", "北苑镇", "南苑镇"],
        },
        geometry=[
            shapely.box(120 + x, 30 + y, 120.1 + x, 30.1 + y) for y in (0, 0.1) for x in (0, 0.1)
        ],
        crs=4490,
    )
    towns.to_file(root / "towns.gpkg")
    pd.DataFrame(
        [
            {"id": "E1", "name": "甲厂", "sector": "危化", "lon": 120.05, "lat": 30.05},
            {"id": "E2", "name": "乙店", "sector": "九小场所", "lon": 120.15, "lat": 30.05},
        ]
    ).to_csv(root / "enterprises.csv", index=False)
    with open_workspace(root) as ws:
        for layer, name in (("towns", "towns.gpkg"), ("enterprises", "enterprises.csv")):
            import_layer(ws, layer, [root / name], ReadOptions(), now=NOW)


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district on SQLite, made once; tests copy it."""
    root = tmp_path_factory.mktemp("ledger") / "w"
    make_district(root)
    return root


def copy_district(district: Path, root: Path, database_url: str | None) -> None:
    """Copy the district; on PostgreSQL the registration of its layers is copied row by row."""
    shutil.copytree(district, root)
    if database_url is None:
        return
    with open_workspace(district) as source, source.read() as connection:
        rows = connection.execute(sa.select(snapshots)).mappings().all()
    init_workspace(root, database_url=database_url)
    with open_workspace(root, database_url) as ws, ws.write() as connection:
        connection.execute(sa.insert(snapshots), [dict(row) for row in rows])


@pytest.fixture
def ledger(district: Path, tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    """The district with an empty ledger, on both databases in turn."""
    copy_district(district, tmp_path / "w", database_url)
    with open_workspace(tmp_path / "w", database_url) as ws:
        yield ws
