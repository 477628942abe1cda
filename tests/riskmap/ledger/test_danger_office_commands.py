"""The office's commands: what is due, the signs, the table out and in again."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from riskmap.cli.main import app
from riskmap.errors import ConflictError
from riskmap.ledger.dangers import report
from riskmap.workspace import open_workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW, copy_district

ENV = {"RISKMAP_NOW": "2026-06-15T09:00:00+08:00"}


@pytest.fixture
def root(district: Path, tmp_path: Path) -> Path:
    copy_district(district, tmp_path / "w", None)
    with open_workspace(tmp_path / "w") as ws:
        for deadline in ("2026-06-11", "2026-06-18"):
            report(ws, DUTY, {**FIELDS, "deadline": deadline}, now=NOW)
    return tmp_path / "w"


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["-w", str(root), *words], env=ENV)


def test_due(root: Path) -> None:
    done = run(root, "danger", "due")
    assert done.exit_code == 0, done.output
    assert "已超期 2026-06-11" in done.output
    assert "3 天内到期 2026-06-18" in done.output
    fresh = json.loads(run(root, "danger", "due", "--fresh", "--json").output)
    assert [row["due"] for row in fresh] == ["2026-06-18"]


def test_signs(root: Path) -> None:
    done = run(root, "danger", "signs", "--week", "2026-W24")
    assert (done.exit_code, done.output) == (0, "共 0 条线索\n")
    assert json.loads(run(root, "danger", "signs", "--json").output) == {"towns": {}, "signs": []}
    assert run(root, "danger", "signs", "--week", "24").exit_code == 2


def test_export_record_and_publish(root: Path, tmp_path: Path) -> None:
    done = run(root, "danger", "export", str(tmp_path / "out.xlsx"))
    assert done.exit_code == 0, done.output
    again = run(root, "record", "hidden_dangers", str(tmp_path / "out.xlsx"))
    assert again.exit_code == 0, again.output
    assert "登记 0 行，2 行与已有记录相同" in again.output
    published = run(root, "publish", "exposure", "--date", "2026-06-10")
    assert published.exit_code == 0, published.output
    assert "每日曝光第 1 期已发布：当日 2 条，前期未整改 0 条" in published.output
    assert "不足两个领域" in published.output
    document = json.loads(run(root, "publish", "exposure", "--date", "2026-06-10", "--json").output)
    assert (document["issue"], document["already"]) == (1, True)


def test_publishing_names_what_went_on_in_the_meantime(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faster(*_: object, **__: object) -> None:
        raise ConflictError("已有新的版本")

    monkeypatch.setattr("riskmap.ledger.exposures.act", faster)
    published = run(root, "publish", "exposure", "--date", "2026-06-10")
    assert published.exit_code == 0, published.output
    assert "2 条发布时已另有进展，没有改记“已曝光”：" in published.output
