"""Shelters and exports from a whole workspace: sample files in, figures and files out."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmap.cli.main import app
from riskmap.daily.computing import compute_day, store_day
from riskmap.daily.days import read_day
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.imports import ReadOptions, import_layer
from riskmap.paths import data_dir
from riskmap.products.export import FORMATS, export_day
from riskmap.shelters import coverage_document
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 0, 35, tzinfo=UTC)
DAY = date(2026, 6, 30)
RAW = data_dir() / "sample" / "raw"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("district")
    init_workspace(folder, "云溪区", "339901")
    with open_workspace(folder) as ws:
        import_layer(ws, "towns", [RAW / "towns.zip"], ReadOptions(), now=NOW)
        import_layer(ws, "population", [RAW / "population_100m.tif"], ReadOptions(), now=NOW)
        store_day(ws, compute_day(ws, DAY, now=NOW))
        with pytest.raises(RiskmapError, match="还没有避难场所图层"):
            coverage_document(ws)
        import_layer(ws, "shelters", [RAW / "shelters.xlsx"], ReadOptions(crs="4490"), now=NOW)
    return folder


@pytest.fixture
def ws(root: Path) -> Iterator[Workspace]:
    with open_workspace(root) as workspace:
        yield workspace


def test_coverage_adds_up_and_says_what_it_divides_by(ws: Workspace) -> None:
    document = coverage_document(ws)
    json.dumps(document, allow_nan=False)
    towns, total = document["towns"], document["district"]
    assert len(towns) == 11
    for name in ("shelters", "usable", "area_m2", "capacity_persons", "population"):
        assert sum(row[name] for row in towns) == pytest.approx(total[name], rel=1e-12), name
    assert total["area_per_head"] == pytest.approx(total["area_m2"] / total["population"])
    short = [row for row in towns if row["status"] == "short"]
    assert total["towns_short"] == len(short)
    assert total["towns_shortfall_m2"] == pytest.approx(
        sum(1.5 * row["population"] - row["area_m2"] for row in short)
    )
    assert document["target_m2_per_person"] == 1.5
    assert document["denominator"].startswith("常住人口：人口栅格")
    assert document["as_of"] == "2026-06-30T08:35:00+08:00"
    assert set(document["layers"]) == {"towns", "shelters", "population"}
    assert any("没有有效面积" in fault for fault in document["faults"])


def test_every_format_says_what_the_day_says(ws: Workspace, tmp_path: Path) -> None:
    day = read_day(ws, DAY)
    expected = {
        row["code"]: (row["level"], np.nan if row["score"] is None else row["score"])
        for row in day["towns"]
    }
    paths = {form: export_day(ws, DAY, form, tmp_path) for form in FORMATS}
    assert {path.name for path in paths.values()} == {f"riskmap-2026-06-30.{f}" for f in FORMATS}
    tables = {
        "csv": pd.read_csv(paths["csv"], dtype={"code": str}),
        "geojson": gpd.read_file(paths["geojson"]),
        "gpkg": gpd.read_file(paths["gpkg"], layer="towns"),
    }
    for form, table in tables.items():
        assert dict(zip(table["code"], table["level"], strict=True)) == {
            code: level for code, (level, _) in expected.items()
        }, form
        scores = table["score"].astype(float).tolist()
        assert scores == pytest.approx([expected[c][1] for c in table["code"]], nan_ok=True), form
    book = openpyxl.load_workbook(paths["xlsx"])
    assert [row[0].value for row in book["五色"].iter_rows(min_row=2)] == list(expected)
    cells = {row[2] for row in book["来源"].iter_rows(values_only=True)}
    assert {day["provenance"]["digest"], day["provenance"]["scheme"]["digest"]} <= cells
    again = {form: export_day(ws, DAY, form, tmp_path / f"again.{form}") for form in FORMATS}
    for form, path in again.items():
        assert path.read_bytes() == paths[form].read_bytes(), form


def test_bad_requests_leave_nothing_behind(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(RiskmapError, match="没有这种导出格式：docx"):
        export_day(ws, DAY, "docx", tmp_path)
    with pytest.raises(NotFoundError, match="2026-06-29"):
        export_day(ws, "2026-06-29", "csv", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RiskmapError, match="写不出文件"):
        export_day(ws, DAY, "csv", tmp_path / "file" / "day.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_commands(root: Path, tmp_path: Path) -> None:
    run = CliRunner()
    shown = run.invoke(app, ["-w", str(root), "shelters", "coverage"])
    assert shown.exit_code == 0
    assert "全区合计" in shown.stdout
    assert "目标 1.5 ㎡/人" in shown.stdout
    told = run.invoke(app, ["-w", str(root), "shelters", "coverage", "--json"])
    assert json.loads(told.stdout)["district"]["name"] == "云溪区"
    out = tmp_path / "day.geojson"
    made = run.invoke(
        app, ["-w", str(root), "export", "2026-06-30", "-f", "geojson", "-o", str(out), "--json"]
    )
    assert json.loads(made.stdout) == {
        "file": str(out),
        "format": "geojson",
        "bytes": out.stat().st_size,
    }
    bad = run.invoke(app, ["-w", str(root), "export", "2026-06-30", "-f", "docx"])
    assert bad.exit_code == 2


def test_an_export_replaces_files_only(ws: Workspace, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(RiskmapError, match="不是普通文件"):
        export_day(ws, DAY, "csv", pipe)
    assert pipe.is_fifo()
