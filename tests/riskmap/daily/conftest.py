"""A district of 3 × 3 towns, small enough to work out by hand, imported from files.

Each town is a square of 2 km × 2 km (4 km²) in the Gauss–Krüger zone 120°E. 中央镇 in the middle
is the worked example of DOMAIN §11.1: ΣR 85.6, 18 heavy enterprises, 21 site units, 120 small
places per km², 5 black spots, 12 flood and geological points, 8 others, 6000 persons/km², 14
vulnerable targets; index 84, closure .90, on-line .95, 5 general dangers in every sector.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from riskmap.imports import ReadOptions, import_layer
from riskmap.records.importing import record_files, warning_files
from riskmap.workspace import Workspace, init_workspace, open_workspace

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=ZONE)
EARLY = datetime(2026, 6, 30, 6, 0, tzinfo=ZONE)
EAST, NORTH, SIDE = 500_000.0, 3_100_000.0, 2000.0
NAMES = ("西南镇", "正南镇", "东南镇", "正西镇", "中央镇", "正东镇", "西北镇", "正北镇", "东北镇")
CODES = tuple(f"33999900{i}" for i in range(1, 10))
DOMAINS = ("危化", "工贸", "建设施工", "消防", "道路交通", "防汛", "其他")
Rows = list[dict[str, object]]
_TO_DEGREES = Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True)


def place(town: int, dx: float = 0.0, dy: float = 0.0) -> tuple[float, float]:
    """Return lon, lat of the middle of a town, moved by metres."""
    column, row = town % 3, town // 3
    x, y = EAST + (column + 0.5) * SIDE + dx, NORTH + (row + 0.5) * SIDE + dy
    lon, lat = _TO_DEGREES.transform(x, y)
    return float(lon), float(lat)


def spread(town: int, count: int, first: str, **columns: object) -> list[dict[str, object]]:
    """Return rows of points in a town, 10 m apart around 300 m from its middle."""
    rows = []
    for i in range(count):
        lon, lat = place(town, 300 + 10 * (i % 40), -300 - 10 * (i // 40))
        rows.append(
            {"id": f"{first}{i:03d}", "name": f"{first} {i}", "lon": lon, "lat": lat, **columns}
        )
    return rows


def small_layers(folder: Path) -> dict[str, Path]:
    """Write the layers as files."""
    x = [EAST + (i % 3) * SIDE for i in range(9)]
    y = [NORTH + (i // 3) * SIDE for i in range(9)]
    towns = gpd.GeoDataFrame(
        {"code": list(CODES), "name": list(NAMES)},
        geometry=[shapely.box(a, b, a + SIDE, b + SIDE) for a, b in zip(x, y, strict=True)],
        crs="EPSG:4549",
    )
    paths = {"towns": folder / "towns.gpkg"}
    towns.to_file(paths["towns"])
    lon, lat = place(4)
    tables = {
        "population": [
            {"code": c, "persons": 24000 if i == 4 else 2000} for i, c in enumerate(CODES)
        ][:8],
        "hazard_sources": [
            {
                "id": "HS1",
                "name": "氯碱厂罐区",
                "enterprise_id": "E1",
                "unit_type": "储存单元",
                "surveyed_population_500m": 102,
                "lon": lon,
                "lat": lat,
            }
        ],
        "substances": [
            {"hazard_source_id": "HS1", "name": "硫化氢", "quantity_t": 2},
            {"hazard_source_id": "HS1", "name": "磷化氢", "quantity_t": 2},
            {"hazard_source_id": "HS1", "name": "氯", "quantity_t": 1},
        ],
        "enterprises": [
            {
                "id": "E1",
                "name": "氯碱厂",
                "sector": "危化",
                "risk_grade": "红",
                "lon": lon,
                "lat": lat,
            },
            *spread(4, 4, "dust", sector="工贸", risk_grade="红", flags="粉尘涉爆"),
            *spread(4, 2, "paint", sector="工贸", risk_grade="黄", flags="喷涂"),
            *spread(4, 480, "shop", sector="九小场所", risk_grade="蓝"),
        ],
        "risk_points": [
            *spread(4, 7, "crane", kind="在建工地", severity="危大"),
            *spread(4, 5, "spot", kind="事故多发点"),
            *spread(4, 12, "slope", kind="易涝点"),
            *spread(4, 8, "lift", kind="特种设备"),
            *spread(0, 20, "tower", kind="在建工地", severity="危大"),
        ],
        "targets": spread(4, 14, "school", kind="学校", persons=300)[:14],
    }
    for layer, rows in tables.items():
        paths[layer] = folder / f"{layer}.csv"
        pd.DataFrame(rows).to_csv(paths[layer], index=False)
    return paths


def danger(number: str, town: str, domain: str, found: str, **columns: object) -> dict[str, object]:
    """Return a row of hidden_dangers."""
    return {
        "number": number,
        "found_at": found,
        "town": town,
        "domain": domain,
        "grade": "一般",
        "description": f"隐患 {number}",
        "deadline": "2026-07-20",
        **columns,
    }


def small_records(folder: Path) -> dict[str, Path]:
    """Write the records as files: five general dangers in every sector of 中央镇.

    Ten more were due in the last 30 days, nine of them closed in time and one a day late, so the
    closure rate is 0.90 and none of them is open on 2026-06-30.
    """
    opened = [
        danger(f"D-{domain}-{i}", "中央镇", domain, "2026-06-25T10:00:00+08:00")
        for domain in DOMAINS
        for i in range(5)
    ]
    closed = [
        danger(
            f"C-{i}",
            "中央镇",
            "消防",
            "2026-06-01T10:00:00+08:00",
            deadline="2026-06-20",
            closed_at="2026-06-21T09:00:00+08:00" if i == 0 else "2026-06-20T23:00:00+08:00",
        )
        for i in range(10)
    ]
    indicators = [
        {"week": "2026-W26", "town": name, "indicator": code, "value": value}
        for name in NAMES
        for code, value in (("index", 84), ("A7.1", 95), ("patrol", 100))
    ]
    nothing = "id occurred_at town domain kind deaths"
    no_period = "id name severity starts_at ends_at"
    tables = {
        "hidden_dangers": pd.DataFrame(opened + closed),
        "indicators": pd.DataFrame(indicators),
        "accidents": pd.DataFrame(columns=nothing.split()),
        "special_periods": pd.DataFrame(columns=no_period.split()),
    }
    paths = {}
    for kind, table in tables.items():
        paths[kind] = folder / f"{kind}.csv"
        table.to_csv(paths[kind], index=False)
    return paths


def warning_file(folder: Path, name: str, items: list[dict[str, str]]) -> Path:
    """Write a national feed file."""
    path = folder / name
    path.write_text(pd.Series(items).to_json(orient="values", force_ascii=False), encoding="utf-8")
    return path


def heat_orange(issued: str = "2026-06-30 06:12:00") -> dict[str, str]:
    """Return an orange heat warning of the district's own station."""
    said = datetime.fromisoformat(issued)
    return {
        "alertid": f"33999941600000_{said:%Y%m%d%H%M%S}",
        "issuetime": issued,
        "title": "云溪区气象台发布高温橙色预警信号",
        "text": f"云溪区气象台{said:%Y年%m月%d日%H时%M分}发布高温橙色预警信号：预计今天全区最高气温"
        "将升至37℃以上，请注意防范。",
    }


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with the layers of the 3 × 3 district and no record."""
    root = tmp_path_factory.mktemp("small") / "ws"
    init_workspace(root, name="云溪区", code="339999")
    files = root.parent / "files"
    files.mkdir()
    with open_workspace(root) as ws:
        for layer, path in small_layers(files).items():
            outcome = import_layer(ws, layer, [path], ReadOptions(crs=None), now=EARLY)
            assert outcome.snapshot is not None, (layer, outcome.refusal, outcome.faults)
    return root


@pytest.fixture
def bare(small_template: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Return a fresh copy of the 3 × 3 district without records."""
    shutil.copytree(small_template, tmp_path / "ws")
    with open_workspace(tmp_path / "ws") as ws:
        yield ws


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., None]:
    """Return a function that records rows of a kind, learnt at a moment."""

    def run(
        ws: Workspace, kind: str, rows: list[dict[str, object]], learnt: datetime = EARLY
    ) -> None:
        number = len(list(tmp_path.glob("delivery-*")))
        path = tmp_path / f"delivery-{number}-{kind}.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        outcome = record_files(ws, kind, [path], now=learnt)
        assert outcome.rejected == 0, outcome.faults

    return run


@pytest.fixture(scope="session")
def small_with_records(small_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the 3 × 3 district with its records, learnt at 06:00, and no active warning."""
    folder = tmp_path_factory.mktemp("records")
    shutil.copytree(small_template, folder / "ws")
    with open_workspace(folder / "ws") as ws:
        for kind, path in small_records(folder).items():
            outcome = record_files(ws, kind, [path], now=EARLY)
            assert outcome.rejected == 0, (kind, outcome.faults)
        old = heat_orange("2026-06-01 06:12:00")
        warning_files(ws, [warning_file(folder, "old.json", [old])], now=EARLY)
    return folder / "ws"


@pytest.fixture
def small(small_with_records: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Return a fresh copy of the 3 × 3 district with its records."""
    shutil.copytree(small_with_records, tmp_path / "small")
    with open_workspace(tmp_path / "small") as ws:
        yield ws


@pytest.fixture
def now() -> datetime:
    """Return the moment at which the tests compute: 2026-06-30 09:00."""
    return NOW


@pytest.fixture
def feed(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a feed file with the orange heat warning."""

    def write(name: str, issued: str) -> Path:
        return warning_file(tmp_path, name, [heat_orange(issued)])

    return write
