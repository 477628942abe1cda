"""A stored week as a file: the revision that is shown, or a named one; whole or not at all."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from riskmap.cli.main import app
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.weekly.export import export_week, stored_week_xlsx

WEEK = "2026-W24"


def ranking(content: bytes) -> list[tuple[Any, ...]]:
    """Return rank, town, level, index and the format of the index as the first sheet shows them."""
    sheet = load_workbook(io.BytesIO(content))["排名"]
    return [
        (row[0].value, row[1].value, row[2].value, row[3].value, row[3].number_format)
        for row in sheet.iter_rows(min_row=4)
    ]


def test_the_ranking_of_a_week_worked_by_hand(usual: Any) -> None:
    """All 25 indicators at 0.97, 0.88 and 0.70 of the way: 97, 88 and 70 points."""
    usual.compute()
    shown = ranking(stored_week_xlsx(usual.ws, WEEK))
    assert [row[:3] for row in shown] == [(1, "甲镇", "绿"), (2, "乙镇", "黄"), (3, "丙街道", "橙")]
    assert [row[3] for row in shown] == pytest.approx([97, 88, 70])
    assert {row[4] for row in shown} == {"0.0"}


def test_an_index_just_below_an_edge_keeps_its_second_decimal(district: Any) -> None:
    scores = {"339901001": 0.9499, "339901002": 0.9001, "339901003": 0.7999}
    district.deliver(WEEK, scores, learnt=district.hour_before(WEEK))
    district.compute()
    shown = ranking(stored_week_xlsx(district.ws, WEEK))
    assert [row[2] for row in shown] == ["蓝", "蓝", "橙"]
    assert {row[4] for row in shown} == {"0.00"}


def test_both_revisions_of_a_corrected_week_can_be_exported(usual: Any) -> None:
    usual.compute()
    usual.publish()
    first = stored_week_xlsx(usual.ws, WEEK)
    later = usual.hour_before("2026-W25")
    usual.deliver(WEEK, {"339901003": 0.9}, learnt=later)
    corrected = usual.compute(now=later + timedelta(hours=1), reason="丙街道补报")
    still = stored_week_xlsx(usual.ws, WEEK)
    assert ranking(still) == ranking(first), "a published one goes before a draft"
    late = [row[7].value for row in load_workbook(io.BytesIO(still))["部门"].iter_rows(min_row=2)]
    assert "有，本版未计入" in late
    usual.publish(now=later + timedelta(hours=2))
    new = stored_week_xlsx(usual.ws, WEEK)
    assert dict(zip("甲乙丙", (row[3] for row in ranking(first)), strict=True)) == pytest.approx(
        {"甲": 97, "乙": 88, "丙": 70}
    )
    assert [row[1] for row in ranking(new)] == ["甲镇", "丙街道", "乙镇"]
    assert ranking(stored_week_xlsx(usual.ws, WEEK, 1)) == ranking(first)
    said = {
        (row[1].value, row[2].value, row[3].value)
        for row in load_workbook(io.BytesIO(new))["来源"].iter_rows()
    }
    assert ("更正", "第 1 版", "丙街道补报") in said
    assert corrected["corrects"] == {"revision": 1, "reason": "丙街道补报"}


def test_the_same_on_both_databases(either: Any, tmp_path: Path) -> None:
    scores = dict.fromkeys(("339901001", "339901002", "339901003"), 0.9)
    either.deliver(WEEK, scores, learnt=either.hour_before(WEEK))
    either.compute()
    path = export_week(either.ws, WEEK, tmp_path)
    assert path.name == "riskmap-2026-W24.xlsx"
    shown = ranking(path.read_bytes())
    assert [(row[0], row[2]) for row in shown] == [(1, "黄")] * 3, "90.0 is yellow"
    assert path.read_bytes() == stored_week_xlsx(either.ws, WEEK)


def test_what_cannot_be_exported_says_why_and_leaves_no_file(usual: Any, tmp_path: Path) -> None:
    usual.compute()
    with pytest.raises(NotFoundError, match="没有这一周的成果"):
        export_week(usual.ws, "2026-W20", tmp_path / "a.xlsx")
    with pytest.raises(NotFoundError, match="没有这一稿"):
        export_week(usual.ws, WEEK, tmp_path / "a.xlsx", revision=7)
    (tmp_path / "file").write_text("x")
    with pytest.raises(RiskmapError, match="写不出文件"):
        export_week(usual.ws, WEEK, tmp_path / "file" / "a.xlsx")
    assert sorted(tmp_path.glob("*.xlsx")) == []
    assert (tmp_path / "file").read_text() == "x"


def run(usual: Any, *words: str) -> Result:
    return CliRunner().invoke(app, ["-w", str(usual.ws.root), "weekly", "export", *words])


def test_the_command_writes_where_it_is_told(
    usual: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)
    usual.compute()
    told = run(usual, "--output", str(tmp_path / "out.xlsx"), "--json")
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout) == {
        "file": str(tmp_path / "out.xlsx"),
        "week": WEEK,
        "bytes": (tmp_path / "out.xlsx").stat().st_size,
    }
    plain = run(usual)
    assert plain.exit_code == 0 and "已导出" in plain.stdout
    assert (usual.ws.products_dir / "riskmap-2026-W24.xlsx").is_file()
    for words, said in (
        (("--week", "2026-W20"), "没有这一周的成果"),
        (("--week", "24"), "没有这一周"),
        (("--revision", "9"), "没有这一稿"),
    ):
        wrong = run(usual, *words)
        assert wrong.exit_code == 2 and said in wrong.stderr
        assert len(wrong.stderr.strip().splitlines()) == 1
