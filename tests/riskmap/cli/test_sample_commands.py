"""The sample's own command lines, typed in as they stand: what is taken and what is refused."""

import contextlib
import json
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskmap.cli.main import app

SAMPLE = Path(__file__).parents[3] / "data" / "sample"

# accepted, rejected: the rejected rows are the defects of riskmap/sample/defects.py
EXPECTED = {
    "towns": (11, 0),
    "communities": (101, 0),
    "enterprises": (1630, 11),
    "hazard_sources": (12, 0),
    "substances": (34, 0),
    "shelters": (116, 4),
    "targets": (288, 3),
    "risk_points": (450, 2),
    "hidden_dangers": (1347, 3),
    "accidents": (78, 0),
    "inspections": (240, 0),
    "commitments": (159, 0),
    "devices": (36, 0),
    "alarms": (46, 0),
    "responses": (4, 0),
    "special_periods": (9, 0),
    "overrides": (5, 0),
    "indicators": (8184, 0),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    root = tmp_path_factory.mktemp("typed") / "work"
    runner = CliRunner()
    started = runner.invoke(app, ["init", str(root), "--name", "云溪区", "--code", "339901"])
    assert started.exit_code == 0, started.output
    shutil.copytree(SAMPLE / "raw", root / "raw")
    found = {}
    with contextlib.chdir(root):
        for line in (SAMPLE / "commands.txt").read_text("utf-8").splitlines():
            if line.startswith("#") or not line.strip():
                continue
            words = shlex.split(line)[1:]
            done = runner.invoke(app, [*words, "--json"])
            assert done.exit_code in (0, 1), f"{line}\n{done.output}"
            name = (
                "stated"
                if "--complete" in words
                else "warnings"
                if words[0] == "warnings"
                else words[1]
            )
            found[name] = json.loads(done.stdout)
    return found


def test_every_line_takes_and_refuses_what_the_sample_says(
    answers: dict[str, dict[str, object]],
) -> None:
    files = {name: answer for name, answer in answers.items() if name != "stated"}
    got = {name: (answer["accepted"], answer["rejected"]) for name, answer in files.items()}
    assert {name: got[name] for name in EXPECTED} == EXPECTED
    assert got["warnings"][1] == 0
    assert got["population"][1] == 0
    assert answers["stated"]["kind"] == "hidden_dangers"  # with refused rows it is not complete


def test_the_wrong_cas_numbers_are_told_with_the_right_ones(
    answers: dict[str, dict[str, object]],
) -> None:
    faults = answers["substances"]["faults"]
    assert isinstance(faults, list)
    told = {fault["value"]: fault["expected"] for fault in faults if "CAS" in fault["column"]}
    assert "属于苯" in told["71-43-2"] and "108-88-3" in told["71-43-2"]
    assert "7726-95-6" in told["7726-95-7"]


def test_each_defect_is_named_with_its_cell(answers: dict[str, dict[str, object]]) -> None:
    faults = answers["enterprises"]["faults"]
    assert isinstance(faults, list)
    said = " ".join(f"{fault['value']}→{fault['expected']}" for fault in faults)
    for word in ("紫", "东经120度", "0, 0", "颠倒", "重复", "必填", "缺少坐标"):
        assert word in said, word
