"""The ledger from the command line: report, list, show, act, and how refusals end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from riskmap.cli.main import app
from tests.riskmap.ledger.conftest import copy_district

Run = Callable[..., Any]


@pytest.fixture
def run(district: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    copy_district(district, tmp_path / "w", None)
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-10T10:00:00+08:00")
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)

    def call(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["danger", *words])
        assert done.exit_code == code, (done.output, done.stderr)
        return json.loads(done.stdout) if "--json" in words else done.output

    return call


def test_report_list_show_and_act(run: Run) -> None:
    given = ("domain=消防", "grade=重大", "description=楼道堵塞", "town=西湖街道")
    made = run("report", *(part for text in given for part in ("--set", text)), "--json")
    number = made["number"]
    assert number == "330106-001-20260610-0001"
    assert "assign" in made["allowed"]
    shown = run(
        "act", number, "assign", "--set", "responsible_unit=物业", "--at", "2026-06-10T10:00"
    )
    assert "已交办  第 2 版" in shown
    assert "交办" in shown
    listed = run("list", "--state", "assigned", "--json")
    assert [(row["number"], row["due"]) for row in listed["rows"]] == [(number, "2026-06-25")]
    assert "共 0 条" in run("list", "--overdue")
    assert "重大" in run("list", "--search", "楼道")
    document = run("show", number, "--json")
    assert [step["action"] for step in document["steps"]] == ["report", "assign"]
    assert document["steps"][0]["actor"].startswith("command-line:")


def test_refusals_are_one_line(run: Run, tmp_path: Path) -> None:
    assert "填写有误" in run("report", code=2)
    assert "写成 字段=值" in run("report", "--set", "domain", code=2)
    assert "没有这条隐患" in run("show", "330106-001-20260610-0001", code=2)
    assert "找不到照片文件" in run("report", "--photo", str(tmp_path / "no.jpg"), code=2)
    made = run(
        "report", "--set", "domain=消防", "--set", "grade=一般", "--set", "description=堵了",
        "--set", "town=330106001", "--json",
    )  # fmt: skip
    assert "现在可以" in run("act", made["number"], "close", code=2)
    run("act", made["number"], "expose")
    stale = run("act", made["number"], "assign", "--version", "1", code=2)
    assert "您看到的是第 1 版" in stale
