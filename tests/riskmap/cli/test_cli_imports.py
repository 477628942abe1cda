"""The import commands as a user types them: exit codes, one line of error, nothing lost."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from riskmap.cli.main import app
from riskmap.layer_store import current, history, load_layer
from riskmap.workspace import open_workspace


def towns_geojson(*names: str, code: int = 331003001) -> str:
    """Towns side by side, one degree wide, with codes counting up."""
    features = [
        {
            "type": "Feature",
            "properties": {"代码": str(code + i), "名称": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[121 + i, 28], [122 + i, 28], [122 + i, 29], [121 + i, 29], [121 + i, 28]]
                ],
            },
        }
        for i, name in enumerate(names)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-30T08:00:00+08:00")
    monkeypatch.delenv("RISKMAP_WORKSPACE", raising=False)
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)
    folder = tmp_path / "w"
    assert run("init", str(folder), "--name", "黄岩区", "--code", "331003").exit_code == 0
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(folder))
    (tmp_path / "towns.geojson").write_text(towns_geojson("东城街道", "院桥镇"), encoding="utf-8")
    assert run("import", "towns", str(tmp_path / "towns.geojson")).exit_code == 0
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def refused(*arguments: str) -> str:
    """Run a command that must end with exit code 2 and one line on stderr; return the line."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("错误：")
    return lines[0]


def enterprises(tmp_path: Path, *rows: str) -> str:
    path = tmp_path / "e.csv"
    path.write_text("编号,名称,经度,纬度\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def test_init_twice_says_so_and_changes_nothing(root: Path) -> None:
    result = run("init", str(root), "--name", "别的")
    assert result.exit_code == 0
    assert "未作任何改动" in result.stdout
    assert "黄岩区" in result.stdout


def test_all_taken_is_0_some_is_1_none_is_2(root: Path, tmp_path: Path) -> None:
    good = [f"E{i},企业{i},121.{i},28.5" for i in range(1, 10)]
    assert run("import", "enterprises", enterprises(tmp_path, *good)).exit_code == 0
    some = run("import", "enterprises", enterprises(tmp_path, *good, "E10,企业,0,0"))
    assert some.exit_code == 1
    assert "拒收 1 行" in some.stdout
    assert "enterprises-2-rejects.csv" in some.stdout
    none = run("import", "enterprises", enterprises(tmp_path, "E1,a,0,0", "E2,b,0,0"))
    assert none.exit_code == 2
    assert "现用图层不变" in none.stdout
    with open_workspace(root) as workspace:
        snapshot = current(workspace, "enterprises")
        assert snapshot is not None
        assert (snapshot.rows, snapshot.rejected) == (9, 1)
        assert len(history(workspace, "enterprises")) == 2
        assert len(load_layer(workspace, "enterprises")) == 9
    rejects = (root / "products" / "imports" / "enterprises-2-rejects.csv").read_bytes()
    assert rejects.startswith(b"\xef\xbb\xbf")  # Excel opens Chinese csv as UTF-8 only so
    assert b"E10" in rejects


def test_too_many_rejects_replace_nothing(root: Path, tmp_path: Path) -> None:
    good = [f"E{i},企业{i},121.{i},28.5" for i in range(1, 10)]
    run("import", "enterprises", enterprises(tmp_path, *good))
    bad = [f"F{i},企业{i},0,0" for i in range(1, 10)]
    result = run("import", "enterprises", enterprises(tmp_path, *good, *bad))
    assert result.exit_code == 2
    assert "50.0%" in result.stdout
    with open_workspace(root) as workspace:
        assert len(history(workspace, "enterprises")) == 1


def test_json_is_exactly_one_document(root: Path, tmp_path: Path) -> None:
    result = run("import", "enterprises", enterprises(tmp_path, "E1,a,121.5,28.5"), "--json")
    document = json.loads(result.stdout)
    assert {"accepted", "rejected", "faults", "snapshot"} <= set(document)
    assert (document["accepted"], document["rejected"]) == (1, 0)
    with open_workspace(root) as workspace:
        snapshot = current(workspace, "enterprises")
        assert snapshot is not None
        assert snapshot.digest == document["snapshot"]
        assert snapshot.imported_at.isoformat() == "2026-06-30T00:00:00+00:00"
    recorded = tmp_path / "a.csv"
    recorded.write_text("编号,发生时间,镇街,领域\nX1,2026-06-29,院桥,消防\n", encoding="utf-8")
    result = run("record", "accidents", str(recorded), "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert (document["accepted"], document["rejected"], document["snapshot"]) == (0, 1, None)
    assert document["faults"][0]["row"] == 2


def test_dry_run_writes_nothing(root: Path, tmp_path: Path) -> None:
    before = sorted(path for path in root.rglob("*") if "riskmap.db" not in path.name)
    result = run("import", "enterprises", enterprises(tmp_path, "E1,a,121.5,28.5"), "--dry-run")
    assert result.exit_code == 0
    assert "未写入" in result.stdout
    with open_workspace(root) as workspace:
        assert current(workspace, "enterprises") is None
    assert sorted(path for path in root.rglob("*") if "riskmap.db" not in path.name) == before


def test_layers_shows_age_and_staleness(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "enterprises", enterprises(tmp_path, "E1,a,121.5,28.5"))
    monkeypatch.setenv("RISKMAP_NOW", "2026-12-28T08:00:00+08:00")
    rows = {row["layer"]: row for row in json.loads(run("layers", "--json").stdout)}
    assert rows["enterprises"]["age_days"] == 181.0
    assert rows["enterprises"]["stale"] is True  # the default scheme allows 180 days
    assert rows["towns"]["stale"] is False
    assert rows["shelters"] == {"layer": "shelters", "title": "避难避灾场所", "loaded": False}
    shown = run("layers").stdout
    assert "过期" in shown
    assert "未导入" in shown


def test_warnings_command(root: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.json"
    items = [
        {"alertid": "33100341600000_20260630075512", "title": "黄岩区气象台发布暴雨橙色预警信号"},
        {"alertid": "11000041600000_20260630075512", "title": "北京市气象台发布大风蓝色预警信号"},
    ]
    feed.write_text(json.dumps({"data": {"page": {"list": items}}}), encoding="utf-8")
    first, again = run("warnings", str(feed)), run("warnings", str(feed))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "登记 2 行" in first.stdout
    assert "登记 0 行" in again.stdout
    assert "未作任何改动" in again.stdout


def test_bad_input_is_one_line_with_the_mend(root: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    picture = tmp_path / "x.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 64)
    headers = tmp_path / "h.csv"
    headers.write_text("编号,名称,经度,纬度\n", encoding="utf-8")
    plain = tmp_path / "plain.csv"
    plain.write_text("编号,名称\nE1,甲\n", encoding="utf-8")
    good = enterprises(tmp_path, "E1,a,121.5,28.5")
    assert "找不到" in refused("import", "towns", str(tmp_path / "none.shp"))
    assert "空" in refused("import", "enterprises", str(empty))
    refused("import", "enterprises", str(headers))
    refused("import", "towns", str(picture))
    refused("import", "enterprises", str(plain))
    refused("import", "towns", str(plain))
    refused("import", "enterprises", good, "--crs", "EPSG:999999")
    refused("import", "enterprises", good, "--crs", "mars")
    refused("import", "enterprises", good, "--where", "nonsense ((")
    refused("import", "enterprises", good, "--encoding", "klingon")
    refused("import", "enterprises", good, "--map", "id")
    refused("import", "enterprises", good, "--map", "id=没有这列")
    refused("import", "enterprises", good, "--map", "colour=编号")
    refused("import", "towns", good, "--codes", str(tmp_path / "none.csv"))
    assert "enterprises" in refused("import", "enterprise", good)
    assert "hidden_dangers" in refused("record", "dangers", good)
    refused("record", "accidents", str(empty))
    refused("record", "accidents", good)
    refused("warnings", good)
    refused("warnings", str(tmp_path / "none.json"))
    refused("scheme", "check", str(tmp_path / "none.toml"))
    with open_workspace(root) as workspace:
        assert len(history(workspace, "towns")) == 1
        assert current(workspace, "enterprises") is None


def test_a_scheme_with_a_gap_names_every_fault(root: Path, tmp_path: Path) -> None:
    text = (root / "schemes" / "default-2026.toml").read_text(encoding="utf-8")
    assert "min = 50" in text
    gap = tmp_path / "gap.toml"
    gap.write_text(text.replace("min = 50", "min = 52", 1), encoding="utf-8")
    assert "评分方案有误" in refused("scheme", "check", str(gap))
    same = run("scheme", "diff", str(root / "schemes" / "default-2026.toml"))
    assert "0 处不同" in same.stdout
    assert run("scheme", "check").exit_code == 0
    shown = json.loads(run("scheme", "show", "--json").stdout)
    assert sum(shown["sectors"].values()) == pytest.approx(1)
    other = tmp_path / "other.toml"
    other.write_text(text.replace('version = "default-2026.3"', 'version = "x"'), encoding="utf-8")
    rows = json.loads(run("scheme", "diff", str(other), "--json").stdout)
    assert rows == [{"place": "version", "before": "default-2026.3", "after": "x"}]


def test_the_weekly_tables_of_a_scheme_are_shown_and_compared(root: Path, tmp_path: Path) -> None:
    text = (root / "schemes" / "default-2026.toml").read_text(encoding="utf-8")
    shown = json.loads(run("scheme", "show", "--json").stdout)["weekly"]
    assert sum(row["points"] for row in shown["aspects"]) == 100
    assert (len(shown["indicators"]), len(shown["cards"])) == (25, 3)
    said = run("scheme", "show").stdout
    assert "green 不低于 95，blue 高于 90，yellow 不低于 80" in said
    assert "消防救援大队负责：A1.1、A1.2、A1.3" in said
    other = tmp_path / "other.toml"
    other.write_text(text.replace("answer_days = 14", "answer_days = 10"), encoding="utf-8")
    rows = json.loads(run("scheme", "diff", str(other), "--json").stdout)
    assert [(row["before"], row["after"]) for row in rows] == [("14", "10")]
    assert rows[0]["place"].startswith("weekly.cards[yellow")
    start, end = text.index("[weekly]"), text.index("[[actions]]")
    other.write_text(text[:start] + text[end:], encoding="utf-8")
    assert "此方案没有 [weekly]" in run("scheme", "show", str(other)).stdout
    assert run("scheme", "check", str(other)).exit_code == 0


def test_no_workspace_and_bad_settings(root: Path, tmp_path: Path) -> None:
    assert "riskmap init" in refused("-w", str(tmp_path / "nowhere"), "layers")
    (root / "riskmap.toml").write_text("[district]\ncutoff = 'noon'\n", encoding="utf-8")
    assert "district.cutoff" in refused("layers")
    (root / "riskmap.toml").write_bytes("名 = '区'".encode("gbk"))
    assert "UTF-8" in refused("layers")


def test_a_missing_scheme_is_named(root: Path) -> None:
    (root / "schemes" / "default-2026.toml").unlink()
    assert "评分方案" in refused("layers")


def test_markup_in_data_is_shown_as_it_is(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "[red]bad.csv"
    path.write_text("编号,名称,经度,纬度\nE1,[bold]x[/],121.5,28.5\n", encoding="utf-8")
    assert run("import", "enterprises", str(path)).exit_code == 0
    assert "[red]bad" in run("layers").stdout.replace("\n", "")
