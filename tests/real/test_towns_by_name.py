"""余杭 and 仁寿: towns that come with names only, from their file to the exported map."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

pytestmark = pytest.mark.real

DAY = "2026-06-30"


def area_km2(towns: gpd.GeoDataFrame) -> float:
    """Ellipsoidal area of the towns one by one: nothing of riskmap in it."""
    geod = towns.crs.get_geod()
    return sum(abs(geod.geometry_area_perimeter(shape)[0]) for shape in towns.geometry) / 1e6


def exported(shell: Any, root: str) -> gpd.GeoDataFrame:
    shell.run(f"riskmap -w {root} daily")
    shell.run(f"riskmap -w {root} export {DAY} --format geojson --out {root}.geojson")
    return gpd.read_file(shell.folder / f"{root}.geojson")


@pytest.fixture
def shell(shell_in: Callable[..., Any], tmp_path: Path) -> Any:
    return shell_in(tmp_path)


def test_without_codes_the_message_tells_the_way_out(shell: Any) -> None:
    shell.run("riskmap init yuhang --name 余杭区 --code 330110")
    said = shell.run('riskmap -w yuhang import towns "$DATA/yuhang/yuhang_towns.geojson"', code=2)
    assert "缺少镇街的必填列：code" in said
    assert "--codes 代码表.csv" in said and "code,name" in said and "自己写一个" in said
    assert len(said.strip().splitlines()) == 1


def test_yuhang_from_names_to_the_exported_map(shell: Any, real_data: Path) -> None:
    shell.run("riskmap init yuhang --name 余杭区 --code 330110")
    found = shell.json(
        'riskmap -w yuhang import towns "$DATA/yuhang/yuhang_towns.geojson" '
        '--codes "$DATA/counties/town_codes.csv"'
    )
    assert (found["accepted"], found["rejected"], found["faults"]) == (12, 0, [])
    assert found["report"]["overlap_pairs"] == found["report"]["sliver_count"] == 0
    map_ = exported(shell, "yuhang")
    assert set(map_["code"].str[:6]) == {"330110"} and map_["code"].is_unique
    raw = gpd.read_file(real_data / "yuhang" / "yuhang_towns.geojson")
    assert set(map_["name"]) == set(raw["name"])
    assert area_km2(map_) == pytest.approx(area_km2(raw), rel=1e-3)
    assert set(map_["level"]) == {"no_data"}


def test_renshou_has_no_code_table_so_the_user_writes_one(shell: Any, real_data: Path) -> None:
    source = real_data / "renshou" / "renshou_towns.geojson"
    features = json.loads(source.read_text("utf-8"))["features"]
    names = [
        feature["properties"].get("name") or feature["properties"]["na me"] for feature in features
    ]
    assert len(set(names)) == 60
    shell.run("riskmap init renshou --name 仁寿县 --code 511421")
    line = 'riskmap -w renshou import towns "$DATA/renshou/renshou_towns.geojson" --codes '
    refused = shell.run(line + '"$DATA/counties/town_codes.csv"', code=2)
    assert "未导入，现用图层不变" in refused
    assert "列 name：“大化镇”" in refused
    # the user's own table; the last three digits are made up for this test
    rows = "".join(f"511421{100 + i},{name}\n" for i, name in enumerate(names))
    (shell.folder / "codes.csv").write_text("code,name\n" + rows, "utf-8")
    found = shell.json(line + "codes.csv")
    assert (found["accepted"], found["rejected"]) == (60, 0)
    assert any("na me" in str(fault["value"]) for fault in found["faults"])
    said = shell.run(line + "codes.csv --dry-run")
    report = found["report"]
    if report["overlap_pairs"]:
        assert f"{report['overlap_pairs']} 处重叠，共 {report['overlap_km2']:.3f} km²" in said
    if report["hole_count"]:
        assert re.search(rf"{report['hole_count']} 个空洞，共 {report['hole_km2']:.3f} km²", said)
    map_ = exported(shell, "renshou")
    assert dict(zip(map_["name"], map_["code"], strict=True)) == {
        name: f"511421{100 + i}" for i, name in enumerate(names)
    }
    assert area_km2(map_) == pytest.approx(area_km2(gpd.read_file(source)), rel=1e-3)
