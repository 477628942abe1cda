"""黄岩 by its how-to: the commands of the page as they stand, and the day they lead to.

The layers of the second part are made up (the page says so); the towns, stations, targets, the
census total and the warning are real.
"""

import importlib.util
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from layers.exposure import people_within_points
from riskmap.daily.days import read_day, read_revision, read_town_day
from riskmap.hazard import hazard_source_document
from riskmap.layer_store import load_layer, load_population
from riskmap.records.reading import read_records
from riskmap.workspace import Workspace, open_workspace

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "how-to" / "huangyan.md"
NAMED = {"上郑乡", "富山乡", "屿头乡", "宁溪镇"}
CENSUS = 707_453


@pytest.fixture(scope="module")
def guide(shell_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The shell after every command block of the how-to has run."""
    shell = shell_in(tmp_path_factory.mktemp("guide"), "")
    text = GUIDE.read_text("utf-8")
    for block in re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        shell.script(block)
    return shell


@pytest.fixture(scope="module")
def workspace(guide: Any) -> Any:
    with open_workspace(guide.folder / "huangyan") as opened:
        yield opened


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    """The independent reference model; it leaves its CSVs open."""
    path = ROOT / "tests" / "oracle" / "reference_model.py"
    spec = importlib.util.spec_from_file_location("reference_model", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        spec.loader.exec_module(module)
    return module


def by_name(day: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {town["name"]: town for town in day["towns"]}


def revisions(workspace: Workspace, day: str) -> list[dict[str, Any]]:
    last = read_day(workspace, day)["revision"]
    return [read_revision(workspace, day, number) for number in range(1, last + 1)]


def test_what_the_guide_brought_in(guide: Any, workspace: Workspace) -> None:
    towns = next(text for line, text in guide.said if line.startswith("riskmap import towns"))
    assert "重叠，共 0.253 km²" in towns
    assert "241 个" in towns and "0.275 km²" in towns
    assert "UTF-8" in towns
    codes = load_layer(workspace, "towns")["code"]
    assert codes.str[:6].eq("331003").sum() == len(codes) == 19
    enterprises = load_layer(workspace, "enterprises")
    assert enterprises["sector"].value_counts().to_dict() == {
        "九小场所": 48,
        "危化": 33,
        "工贸": 32,
    }
    kinds = load_layer(workspace, "targets")["kind"].value_counts().to_dict()
    assert kinds == {"school": 17, "hospital": 3, "government": 2}
    grid, table = load_population(workspace)
    assert table is not None
    assert float(table["persons"].sum()) == CENSUS
    assert float(np.nansum(grid.persons)) == pytest.approx(CENSUS, abs=1e-3)
    assert len(read_records(workspace, "warnings")) == 8


def test_the_console_script_sees_the_same_workspace(guide: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "riskmap", "-w", "huangyan", "layers", "--json"],
        cwd=guide.folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = {row["layer"]: row for row in json.loads(done.stdout)}
    assert rows["towns"]["rows"] == 19
    assert {name for name, row in rows.items() if not row["loaded"]} == {"communities", "shelters"}


def test_without_the_missing_layers_no_town_has_a_colour(workspace: Workspace) -> None:
    first = revisions(workspace, "2022-04-26")[0]
    assert {town["level"] for town in first["towns"]} == {"no_data"}
    [signal] = first["signals"]
    assert (signal["type"], signal["level"], signal["issued_at"][:16]) == (
        "暴雨", "orange", "2022-04-26T19:10",
    )  # fmt: skip
    assert set(signal["towns"]) == NAMED
    [reason] = {floor["text"] for town in first["towns"] for floor in town["floors"]}
    assert reason.startswith("已知权重 0%，不足 70%")
    assert "危化点位、工贸点位" in reason and "脆弱目标" in reason


def test_two_real_stations_are_no_major_hazard_source(workspace: Workspace) -> None:
    for source in ("HY-35", "HY-37"):
        document = hazard_source_document(workspace, source)
        assert document["S"] == pytest.approx(26.64 / 200 + 22.95 / 5000, abs=1e-12)
        assert document["S"] == pytest.approx(0.1378, abs=5e-5)
        assert document["level"] == 0
        assert document["faults"] == []


def test_the_rainstorm_raises_the_four_towns(workspace: Workspace) -> None:
    _, morning, evening = revisions(workspace, "2022-04-26")
    assert (morning["at"][11:16], evening["at"][11:16]) == ("08:30", "20:00")
    assert morning["signals"] == []
    before, after = by_name(morning), by_name(evening)
    assert {town["level"] for town in before.values()} == {"green"}
    assert {name for name, town in after.items() if town["level"] == "blue"} == NAMED
    assert {town["level"] for name, town in after.items() if name not in NAMED} == {"green"}
    for name, town in after.items():
        assert (town["score"] > before[name]["score"]) == (before[name]["score"] > 0), name
        assert "E1" not in {floor["rule"] for floor in town["floors"]}


def test_contributions_of_the_rain_by_the_matrix(workspace: Workspace) -> None:
    _, morning, evening = revisions(workspace, "2022-04-26")
    code = by_name(evening)["宁溪镇"]["code"]
    detail = read_town_day(workspace, "2022-04-26", code)
    effect_3 = {"道路水上", "内涝地灾"}
    for row in detail["inputs"]["sectors"]:
        assert row["W"] == (0.75 if row["sector"] in effect_3 else 0.45)
    rain = [c for c in detail["contributions"] if c["factor"] == "weather"]
    assert len(rain) == 7
    assert all("暴雨橙色预警 × 影响" in row["label"] for row in rain)
    assert sum(c["value"] for c in detail["contributions"]) == pytest.approx(detail["score"])
    # the only thing that differs from the morning is the rain and how it meets the control
    control = sum(c["value"] for c in detail["contributions"] if c["factor"] == "control")
    plain = sum(
        c["value"] for c in detail["contributions"] if c["factor"] not in ("weather", "control")
    )
    factor = 1 + control / (plain + sum(row["value"] for row in rain))
    assert plain * factor == pytest.approx(by_name(morning)["宁溪镇"]["score"], abs=1e-9)


def test_one_town_by_the_reference_model(workspace: Workspace, oracle: ModuleType) -> None:
    evening = read_day(workspace, "2022-04-26")
    code = by_name(evening)["宁溪镇"]["code"]
    detail = read_town_day(workspace, "2022-04-26", code)
    towns = load_layer(workspace, "towns").set_index("code")
    to_plane = Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True)
    plane = shapely.transform(
        towns.geometry.to_numpy(),
        to_plane.transform,
        interleaved=False,
    )
    km2 = dict(zip(towns.index, shapely.area(plane) / 1e6, strict=True))
    persons = CENSUS * km2[code] / (shapely.area(shapely.union_all(plane)) / 1e6)
    town = towns.geometry[code]
    points = load_layer(workspace, "risk_points")
    points = points[shapely.within(points.geometry.to_numpy(), town)]
    firms = load_layer(workspace, "enterprises")
    firms = firms[shapely.within(firms.geometry.to_numpy(), town)]["sector"].value_counts()
    kinds = points["kind"].value_counts()
    hazard = {
        "危化": oracle.log1p_norm(float(firms["危化"]), 200),  # α·Σβq/Q unknown: 1 each
        "工贸": oracle.lin(float(firms["工贸"]), 0, 60),
        "在建工地": oracle.lin(float(kinds["construction_site"]), 0, 60),
        "消防": oracle.log1p_norm(firms["九小场所"] / km2[code], 400),
        "道路水上": oracle.lin(float(kinds["accident_black_spot"]), 0, 20),
        "内涝地灾": oracle.lin(float(kinds["geological_hazard"]), 0, 40),
        "其他": oracle.lin(float(kinds["forest_fire"]), 0, 40),
    }
    e = oracle.log_norm(persons / km2[code], 500, 30000)
    v = oracle.lin(detail["inputs"]["vulnerable"], 0, 40)
    rain = {"暴雨": "orange"}
    dynamic = {
        sector: oracle.dyn(
            oracle.weather(rain, oracle.EFFECT[sector]),
            oracle.backlog(1 if sector == "消防" else 0, 0, 0, 0),
            oracle.accident([]),
            0,
        )
        for sector in hazard
    }
    control = 0.75 + 0.5 * 40 / 100  # only the index is known: the parts scaled over the known
    inherent = {sector: oracle.inherent(h, e, v) for sector, h in hazard.items()}
    score, x, dominant = oracle.town(inherent, dynamic, control)
    assert detail["dominant_sector"] == dominant == "内涝地灾"
    for row in detail["inputs"]["sectors"]:
        assert row["x"] == pytest.approx(x[row["sector"]], rel=1e-3), row["sector"]
    assert detail["score"] == pytest.approx(score, abs=0.02)
    assert oracle.colour(score) == detail["level"] == "blue"


def test_the_next_morning_and_the_evening_seen_again(guide: Any, workspace: Workspace) -> None:
    next_day = by_name(read_day(workspace, "2022-04-27"))
    evening = by_name(read_day(workspace, "2022-04-26"))
    assert {name for name, town in next_day.items() if town["level"] == "blue"} == NAMED
    for name, town in next_day.items():
        assert town["score"] == pytest.approx(evening[name]["score"], abs=1e-9)
        assert town["change"]["score"] == pytest.approx(0, abs=1e-9)
    [again] = guide.output_of("riskmap daily --date 2022-04-26 --as-of 2022-04-26T20:00")
    assert "未变" in again or "相同" in again, again
    assert len(revisions(workspace, "2022-04-26")) == 3


def test_after_24_hours_the_rain_is_over(guide: Any, workspace: Workspace) -> None:
    known = guide.environment["RISKMAP_NOW"]
    guide.environment["RISKMAP_NOW"] = "2022-04-27T19:30:00+08:00"
    later = guide.json("riskmap daily --as-of 19:30")
    guide.environment["RISKMAP_NOW"] = known
    assert later["signals"] == []
    _, morning, _ = revisions(workspace, "2022-04-26")
    for name, town in by_name(later).items():
        assert town["score"] == pytest.approx(by_name(morning)[name]["score"], abs=1e-9)
        assert town["level"] == "green"  # blue yesterday: one level down is allowed


def test_before_the_delivery_no_record_was_known(guide: Any) -> None:
    day = guide.json("riskmap daily --date 2022-04-26 --as-of 2022-04-26T19:00")
    assert {town["level"] for town in day["towns"]} == {"no_data"}
    assert day["signals"] == []
    assert not any(record["known"] for record in day["provenance"]["records"].values())
    # layers are not facts of the day: the first snapshot stands in, and the day says so
    assert "截止时刻之后才导入" in day["provenance"]["layers"]["towns"]["note"]
    [warnings_later] = [one for one in day["not_counted"] if one["kind"] == "warnings"]
    assert warnings_later["count"] == 1  # the other seven texts are for other districts


def test_people_around_the_33_stations(workspace: Workspace, real_data: Path) -> None:
    grid, _ = load_population(workspace)
    poi = pd.read_csv(real_data / "huangyan" / "huangyan_poi.csv")
    stations = poi[poi["kind"] == "加油站"]
    counted = people_within_points(
        grid, stations["lng"].to_numpy(float), stations["lat"].to_numpy(float), 500.0
    )
    to_plane = Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True)
    towns = load_layer(workspace, "towns").geometry.to_numpy()
    district = shapely.union_all(shapely.transform(towns, to_plane.transform, interleaved=False))
    x, y = to_plane.transform(stations["lng"].to_numpy(), stations["lat"].to_numpy())
    circles = shapely.buffer(shapely.points(x, y), 500.0, quad_segs=128)
    reached = shapely.area(shapely.intersection(circles, district))
    expected = CENSUS * reached / shapely.area(district)
    assert len(counted) == 33
    np.testing.assert_allclose(counted, expected, rtol=0.005)
    assert (reached < 0.99 * np.pi * 500**2).any()  # some circle is cut by the district's border
