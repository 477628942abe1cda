"""A district of three towns, its report form of a week, and a way to type into it and send it."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
import shapely
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.imports import ReadOptions, import_layer
from riskmap.ledger.ground import ground_in_use
from riskmap.schemes import weekly_rules
from riskmap.weekly.deliveries.returned import Returned, read_returned
from riskmap.weekly.deliveries.returned_file import open_returned
from riskmap.weekly.deliveries.template import template_xlsx
from riskmap.workspace import Workspace, init_workspace, open_workspace

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W24"
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)
NOW = datetime(2026, 6, 11, 10, 0, tzinfo=ZONE)
"""Thursday of the week; its cut-off is on Friday 12 June, 17:00."""
TOWNS = (("339901001", "西街道"), ("339901002", "东镇"), ("339901003", "北镇"))
FIRE, OFFICE = "消防救援大队", "应急管理局"

Typing = Callable[[Worksheet], None]


def make_district(root: Path, database_url: str | None = None) -> None:
    """Make a workspace of three towns, each 0.1° × 0.1°."""
    init_workspace(root, "三镇区", "339901", database_url)
    frame = gpd.GeoDataFrame(
        {"code": [code for code, _ in TOWNS], "name": [name for _, name in TOWNS]},
        geometry=[shapely.box(121 + i / 10, 28, 121.1 + i / 10, 28.1) for i in range(len(TOWNS))],
        crs=4490,
    )
    frame.to_file(root / "towns.gpkg")
    with open_workspace(root, database_url) as ws:
        import_layer(ws, "towns", [root / "towns.gpkg"], ReadOptions(), now=NOW)


@pytest.fixture(scope="session")
def three_towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The district with nothing reported; only read from."""
    root = tmp_path_factory.mktemp("delivered") / "district"
    make_district(root)
    with open_workspace(root) as ws:
        yield ws


@pytest.fixture
def reporting_district(tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    """The district with nothing reported, on both databases in turn."""
    make_district(tmp_path / "district", database_url)
    with open_workspace(tmp_path / "district", database_url) as ws:
        yield ws


@pytest.fixture(scope="session")
def form(three_towns: Workspace) -> bytes:
    """The empty form of the week, all departments."""
    return template_xlsx(three_towns, WEEK, now=NOW)


def typed(content: bytes, typing: Typing, sheet: str = FIRE) -> bytes:
    """Open a form, type into one sheet, save it."""
    book: Workbook = load_workbook(io.BytesIO(content))
    typing(book[sheet])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="session")
def typing_into() -> Callable[..., bytes]:
    """How a test types into a form of its own."""
    return typed


@pytest.fixture(scope="session")
def read(three_towns: Workspace, form: bytes) -> Callable[..., Returned]:
    """Type into the form of the week and read it back."""
    weekly, ground = weekly_rules(three_towns), ground_in_use(three_towns)

    def reading(typing: Typing, sheet: str = FIRE, department: str | None = None) -> Returned:
        books = open_returned(typed(form, typing, sheet), "表.xlsx")
        return read_returned(books, weekly, ground, week=WEEK, department=department)

    return reading
