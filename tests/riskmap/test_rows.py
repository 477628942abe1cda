"""The rows behind the numbers: every row with the town that the day counted it in."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from shapely.geometry import box, mapping

from riskmap.district import load_district, snapshots_in_use
from riskmap.imports import ReadOptions, import_layer
from riskmap.records.importing import record_files
from riskmap.rows import TOWN_COLUMN, layer_rows, record_rows, town_names
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, tzinfo=UTC)
EAST_GAP = 0.0005
"""Degrees between the two towns: about 49 m at 28.6° N."""


@pytest.fixture(name="workspace", scope="module")
def workspace_(tmp_path_factory: pytest.TempPathFactory):
    """Two towns with a gap of 49 m between them; one community, points, records."""
    folder = tmp_path_factory.mktemp("rows")
    root = folder / "workspace"
    init_workspace(root, "两镇区", "339901")
    towns = [("339901001", "西镇", 121.0), ("339901002", "东镇", 121.02 + EAST_GAP)]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, "population": 10},
            "geometry": mapping(box(west, 28.6, west + 0.02, 28.62)),
        }
        for code, name, west in towns
    ]
    files: dict[str, str] = {
        "towns.geojson": json.dumps({"type": "FeatureCollection", "features": features}),
        "hazard_sources.csv": (
            "编号,名称,镇街,经度,纬度\n"
            "H1,西库,东镇,121.01,28.61\nH2,东库,东镇,121.03,28.61\n"
            f"H3,缝隙库,东镇,{121.02 + EAST_GAP * 0.2:.6f},28.61\n"
        ),
        "substances.csv": "危险源编号,物质名称,设计最大量\nH2,氯,1\nH3,氨,1\n",
        "accidents.csv": (
            "编号,发生时间,镇街,领域,死亡人数\n"
            "A1,2026-06-01 08:00,西镇,工贸,0\nA2,2026-06-02 08:00,339901002,工贸,0\n"
        ),
        "responses.csv": (
            "编号,名称,级别,启动时间,结束时间,镇街范围\n"
            "R1,防汛,4,2026-06-01 08:00,2026-06-02 08:00,全区\n"
            "R2,防汛,3,2026-06-03 08:00,2026-06-04 08:00,东镇\n"
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    with open_workspace(root) as opened:
        for layer, file in (
            ("towns", "towns.geojson"),
            ("hazard_sources", "hazard_sources.csv"),
            ("substances", "substances.csv"),
        ):
            options = ReadOptions(crs="EPSG:4490")
            outcome = import_layer(opened, layer, [folder / file], options, now=NOW)
            assert outcome.rejected == 0, [fault.line() for fault in outcome.faults]
        for kind in ("accidents", "responses"):
            taken = record_files(opened, kind, [folder / f"{kind}.csv"], now=NOW)
            assert taken.rejected == 0, [fault.line() for fault in taken.faults]
        yield opened


def test_a_row_belongs_to_the_town_it_lies_in_not_the_declared_one(workspace: Workspace) -> None:
    rows = layer_rows(workspace, "hazard_sources")
    assert dict(zip(rows["id"], rows[TOWN_COLUMN], strict=True)) == {
        "H1": "339901001",  # declared for the east, lies in the west
        "H2": "339901002",
        "H3": "339901001",  # in the gap, 10 m from the west and 39 m from the east
    }


def test_the_rows_are_those_that_the_day_counts(workspace: Workspace) -> None:
    snapshots, _ = snapshots_in_use(workspace, None)
    district = load_district(workspace, snapshots)
    counted = district.points["hazard_sources"]
    codes = [district.codes[i] for i in counted.town]
    rows = layer_rows(workspace, "hazard_sources")
    assert list(rows[TOWN_COLUMN]) == codes
    assert list(rows["id"]) == list(counted.table["id"])


def test_substances_follow_their_unit(workspace: Workspace) -> None:
    rows = layer_rows(workspace, "substances")
    assert list(rows[TOWN_COLUMN]) == ["339901002", "339901001"]


def test_records_belong_to_the_town_they_name(workspace: Workspace) -> None:
    assert list(record_rows(workspace, "accidents", town="339901001")["id"]) == ["A1"]
    assert list(record_rows(workspace, "accidents", town="339901002")["id"]) == ["A2"]
    assert list(record_rows(workspace, "responses", town="339901001")["id"]) == ["R1"]
    assert list(record_rows(workspace, "responses", town="339901002")["id"]) == ["R1", "R2"]
    assert len(record_rows(workspace, "responses")) == 2


def test_what_was_not_known_yet_is_not_shown(workspace: Workspace) -> None:
    before = datetime.combine(date(2026, 6, 29), datetime.min.time(), UTC)
    assert record_rows(workspace, "accidents", before).empty


def test_towns_have_names_also_before_the_first_import(
    workspace: Workspace, tmp_path: Path
) -> None:
    assert town_names(workspace) == {"339901001": "西镇", "339901002": "东镇"}
    init_workspace(tmp_path / "empty", "空区", "339902")
    with open_workspace(tmp_path / "empty") as empty:
        assert town_names(empty) == {}
