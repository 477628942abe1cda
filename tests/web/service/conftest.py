"""A district of 3 × 3 towns of 0.02° with real files, real records and two computed days.

Everything a reader meets in practice is in it: columns with persons, names that are markup, an
unknown population, a unit without substances, and 230 enterprises (three pages).
"""

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import box, mapping

from riskmap.daily.computing import compute_day, store_day
from riskmap.imports import ReadOptions, import_layer
from riskmap.records.importing import record_files, warning_files
from riskmap.workspace import init_workspace, open_workspace
from web.app import create_app

ZONE = ZoneInfo("Asia/Shanghai")
WEST, SOUTH, STEP = 121.0, 28.6, 0.02
NAMES = (
    "甲一街道",
    "甲二街道",
    "甲三镇",
    "乙一街道",
    "乙二镇",
    "乙三镇",
    "丙一乡",
    "丙二乡",
    "丙三乡",
)
CODES = tuple(f"3399010{number:02}" for number in range(1, 10))
DAY = date(2026, 6, 30)
SCRIPT = "<script>alert(1)</script>"
SECRETS = ("王小明", "13812345678", "0576-88123456")
PERSONS = "负责人,联系电话"
SECRET_CELLS = "王小明,13812345678"


def towns_file(folder: Path) -> Path:
    """Towns row by row from the south-west; the ninth has no population."""
    features = []
    for place, (code, name) in enumerate(zip(CODES, NAMES, strict=True)):
        x, y = WEST + place % 3 * STEP, SOUTH + place // 3 * STEP
        properties = {"code": code, "name": name, "population": None if place == 8 else 1000}
        shape = mapping(box(x, y, x + STEP, y + STEP))
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    path = folder / "towns.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def point(place: int, east: float = 0.5, north: float = 0.5) -> str:
    """Return lon,lat of a place within a town, in shares of its width."""
    return f"{WEST + (place % 3 + east) * STEP:.6f},{SOUTH + (place // 3 + north) * STEP:.6f}"


def layer_files(folder: Path) -> dict[str, Path]:
    """Write the layers as csv with Chinese headers, persons' columns included."""
    sectors = ("工贸", "危化", "九小场所")
    rows = {
        "enterprises": [
            f"企业编号,企业名称,所属镇街,行业领域,风险等级,{PERSONS},经度,纬度",
            *(
                f"E{i:03},{SCRIPT if i == 0 else f'企业{i}'},{NAMES[i % 9]},{sectors[i % 3]},"
                f"{'红橙黄蓝'[i % 4]},{SECRET_CELLS},{point(i % 9, 0.1 + i / 400, 0.3)}"
                for i in range(230)
            ),
        ],
        "hazard_sources": [
            f"危险源编号,单元名称,企业编号,单元类型,500米内常住人口,{PERSONS},经度,纬度",
            f"H1,一号库,E001,储存单元,102,{SECRET_CELLS},{point(0)}",
            f"H/2 乙,{SCRIPT},E004,生产单元,,{SECRET_CELLS},{point(1)}",
            f"H3,三号库,,储存单元,,{SECRET_CELLS},{point(4)}",
        ],
        "substances": [
            "危险源编号,物质名称,CAS号,设计最大量",
            "H1,硫化氢,7783-06-4,2",
            "H1,磷化氢,7803-51-2,2",
            "H1,氯,7782-50-5,1",
            "H/2 乙,氨,7664-41-7,30",
        ],
        "shelters": [
            f"场所编号,场所名称,所属镇街,场所等级,有效面积,容纳人数,是否可用,{PERSONS},经度,纬度",
            f"S1,一小操场,甲一街道,紧急,2000,800,是,{SECRET_CELLS},{point(0)}",
            f"S2,二小操场,甲二街道,固定短期,500,200,是,{SECRET_CELLS},{point(1)}",
            f"S3,{SCRIPT},甲三镇,紧急,1000,,否,{SECRET_CELLS},{point(2)}",
            f"S4,四小操场,乙一街道,中心,30000,9000,是,{SECRET_CELLS},{point(3)}",
        ],
        "targets": [
            f"编号,名称,类别,所属镇街,{PERSONS},经度,纬度",
            *(
                f"T{i},{i}号小学,学校,{NAMES[i]},{SECRET_CELLS},{point(i, 0.6, 0.6)}"
                for i in range(9)
            ),
        ],
        "risk_points": [
            "编号,名称,类别,等级,经度,纬度",
            f"R1,后山滑坡,地质灾害点,重大,{point(4)}",
            f"R2,低洼路口,易涝点,一般,{point(5)}",
            f"R3,一号工地,在建工地,一般,{point(3)}",
            f"R4,东口,事故多发点,一般,{point(6)}",
            f"R5,锅炉房,特种设备,重大,{point(7)}",
        ],
    }
    files = {"towns": towns_file(folder)}
    for layer, lines in rows.items():
        files[layer] = folder / f"{layer}.csv"
        files[layer].write_text("\n".join(lines) + "\n", "utf-8")
    return files


def record_lines() -> dict[str, list[str]]:
    """Return records of four kinds; the other kinds were never delivered."""
    return {
        "hidden_dangers": [
            f"隐患编号,发现时间,所属镇街,行业领域,隐患等级,隐患描述,整改期限,{PERSONS}",
            f"D1,2026-06-01 09:00,甲一街道,危化,重大,找王 13812345678,2026-06-20,{SECRET_CELLS}",
            f"D2,2026-06-28 09:00,339901002,工贸,一般,{SCRIPT},2026-07-20,{SECRET_CELLS}",
        ],
        "accidents": [
            "编号,发生时间,所属镇街,行业领域,死亡人数,重伤人数,轻伤人数",
            "A1,2026-06-28 20:00,乙二镇,道路交通,1,0,2",
        ],
        "indicators": [
            "周,镇街,指标,数值",
            *(f"2026-W26,{name},index,84" for name in NAMES),
            *(f"2026-W26,{name},A7.1,0.95" for name in NAMES),
        ],
        "special_periods": [
            "编号,名称,程度,开始时间,结束时间,镇街范围",
            "P1,龙舟赛,0.6,2026-06-29 00:00,2026-07-02 00:00,甲三镇;乙三镇",
        ],
    }


@pytest.fixture(scope="session")
def district_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with layers, records and the days 29 and 30 June 2026."""
    folder = tmp_path_factory.mktemp("district")
    root = folder / "workspace"
    init_workspace(root, "方格区", "339901")
    files = layer_files(folder)
    with open_workspace(root) as workspace:
        imported = datetime(2026, 6, 28, 18, 0, tzinfo=ZONE)
        for layer, path in files.items():
            outcome = import_layer(
                workspace, layer, [path], ReadOptions(crs="EPSG:4490"), now=imported
            )
            assert outcome.rejected == 0, [fault.line() for fault in outcome.faults]
        for kind, lines in record_lines().items():
            path = folder / f"{kind}.csv"
            path.write_text("\n".join(lines) + "\n", "utf-8")
            taken = record_files(
                workspace, kind, [path], now=datetime(2026, 6, 29, 6, 0, tzinfo=ZONE)
            )
            assert taken.rejected == 0, [fault.line() for fault in taken.faults]
        feed = folder / "warnings.json"
        feed.write_text(json.dumps([WARNING], ensure_ascii=False), "utf-8")
        warning_files(workspace, [feed], now=datetime(2026, 6, 30, 7, 0, tzinfo=ZONE))
        for day in (29, 30):
            now = datetime(2026, 6, day, 8, 40, tzinfo=ZONE)
            store_day(workspace, compute_day(workspace, date(2026, 6, day), now=now))
    return root


WARNING = {
    "id": "33990141600000_20260630061200",
    "title": "方格区气象台发布高温橙色预警[Ⅱ级/严重]",
    "effective": "2026/06/30 06:12",
    "description": "方格区气象台6月30日06时12分发布高温橙色预警信号：今天最高气温将升至37℃以上。",
    "sender": "方格区气象台",
    "severity": "ORANGE",
}


@pytest.fixture(scope="session")
def client(district_root: Path) -> TestClient:
    """Return a client of the service over the district."""
    return TestClient(create_app(district_root), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def empty_client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Return a client of the service over a workspace with nothing in it."""
    root = tmp_path_factory.mktemp("empty") / "workspace"
    init_workspace(root, "空区", "339902")
    return TestClient(create_app(root), raise_server_exceptions=False)
