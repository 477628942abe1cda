"""`riskmap weekly template|import|deliveries` as typed."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from riskmap.cli.main import app
from riskmap.records.reading import read_records
from riskmap.workspace import Workspace, open_workspace

FIRE = "消防救援大队"


@pytest.fixture
def root(three_towns: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(three_towns.root, tmp_path / "district")
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-11T10:00:00+08:00")
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(tmp_path / "district"))
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["weekly", *words])


def fill(file: Path, **cells: Any) -> None:
    book = load_workbook(file)
    for cell, value in cells.items():
        book[FIRE][cell] = value
    book.save(file)


def test_a_form_goes_out_and_comes_back(root: Path) -> None:
    made = run("template", "--department", FIRE)
    file = root / f"周指标报送表-2026-W24-{FIRE}.xlsx"
    assert (made.exit_code, made.stdout) == (0, f"已写出 {file.name}\n")
    fill(file, C5=3, D5=4, E6=0.85, E7="约九成")
    refused = run("import", str(file))
    assert refused.exit_code == 2
    assert f"{FIRE}!E6：“0.85” —— " in refused.stderr
    assert f"{FIRE}!E7：“约九成” —— " in refused.stderr
    assert "2 处错误，一个数也没有登记" in refused.stderr
    fill(file, E6="85%", E7=None)
    taken = run("import", str(file))
    assert taken.exit_code == 0, taken.stderr
    assert f"2026-W24：{FIRE}；2 个数，2 个新的" in taken.stdout
    assert "1 个镇街没有填（北镇）：先前报过的照旧" in taken.stderr
    with open_workspace(root / "district") as ws:
        assert read_records(ws, "indicators")["value"].tolist() == [0.75, 0.85]
    listed = run("deliveries").stdout
    assert f"{FIRE} 06-11 10:00 缺 A1.1 北镇\n" in listed
    assert "安委办 未报送 缺 A3.1 全部镇街；A3.2 全部镇街；A3.3 全部镇街\n" in listed
    assert listed.endswith("0 / 4 个部门已齐\n")


def test_late_wrong_week_and_json(
    root: Path, form: bytes, typing_into: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def typing(sheet: Any) -> None:
        for row in (5, 6, 7):
            sheet[f"E{row}"] = 90

    (root / "a.xlsx").write_bytes(typing_into(form, typing))
    wrong = run("import", "--week", "2026-W25", "a.xlsx", "--json")
    assert wrong.exit_code == 2
    assert {fault["cell"] for fault in json.loads(wrong.stdout)["faults"]} == {"", "B2"}
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-12T17:00:01+08:00")
    late = run("import", "--week", "2026-W24", "a.xlsx")
    assert late.exit_code == 0
    assert "本周已于 2026-06-12 17:00 截止：已收下，但这一周不计入" in late.stderr
    listed = run("deliveries", "--week", "2026-W24").stdout
    assert f"{FIRE} 06-12 17:00（截止后送来） 按时缺 A1.1 全部镇街（截止后已到）\n" in listed
    assert "安委办 未报送 缺 A3.1 全部镇街；" in listed
    assert listed.endswith("0 / 4 个部门按时报齐，1 个截止后补齐\n")
    fire = json.loads(run("deliveries", "--week", "2026-W24", "--json").stdout)[0]
    assert (fire["name"], fire["late"], fire["missing"]) == (FIRE, True, [])
    assert fire["delivered_at"] == "2026-06-12T17:00:01+08:00"
    assert fire["after_cutoff"][0]["towns"] == ["339901001", "339901002", "339901003"]


def test_what_cannot_be_done_is_one_line(root: Path) -> None:
    for words in (
        ("template", "--department", "气象局"),
        ("template", "--week", "2026-W54"),
        ("import", "没有.xlsx"),
        ("import", "--department", "气象局", "district/riskmap.toml"),
        ("import", "district/riskmap.toml"),
    ):
        result = run(*words)
        assert result.exit_code == 2, words
        assert result.stderr.startswith("错误："), result.stderr
        assert result.stderr.count("\n") == 1


def test_the_output_goes_where_it_is_told(root: Path) -> None:
    assert run("template", "--week", "2026w26", "-o", "表.xlsx").exit_code == 0
    book = load_workbook(io.BytesIO((root / "表.xlsx").read_bytes()))
    assert book[FIRE]["B2"].value == "2026-W26"


def test_a_folder_takes_the_form_and_what_is_no_place_is_said(root: Path) -> None:
    (root / "out").mkdir()
    assert run("template", "--output", "out").exit_code == 0
    assert (root / "out" / "周指标报送表-2026-W24.xlsx").is_file()
    (root / "plain").write_text("", "utf-8")
    for place in ("/dev/null", "plain/form.xlsx"):
        done = run("template", "--output", place)
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
        assert f"写不出文件：{place}" in done.stderr
