"""The how-to of 黄岩 does what it says: its commands run as they stand, on the real files."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from riskmap.days import read_day
from riskmap.layer_store import current, load_layer, load_population
from riskmap.records import read_records
from riskmap.workspace import open_workspace

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "huangyan.md"


@pytest.mark.real
def test_every_command_of_the_guide_runs(real_data: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    script = 'riskmap() { "$PYTHON" -m riskmap "$@"; }\n' + "\n".join(blocks)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("RISKMAP_")
    }
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env=environment | {"DATA": str(real_data), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "重叠，共 0.253 km²" in done.stdout
    assert "241 个" in done.stdout
    with open_workspace(tmp_path / "huangyan") as workspace:
        assert load_layer(workspace, "towns")["code"].str[:6].eq("331003").sum() == 19
        stations = current(workspace, "enterprises")
        assert stations is not None
        assert stations.rows == 33
        targets = load_layer(workspace, "targets")
        assert targets["kind"].value_counts().to_dict() == {
            "school": 17,
            "hospital": 3,
            "government": 2,
        }
        grid, table = load_population(workspace)
        assert table is not None
        assert float(table["persons"].sum()) == 707_453
        assert float(grid.persons[grid.persons > 0].sum()) == pytest.approx(707_453, abs=1e-3)
        assert len(read_records(workspace, "warnings")) == 8
        day = read_day(workspace, "2022-04-27")
    assert [signal["level"] for signal in day["signals"]] == ["orange"]
    named = set(day["signals"][0]["towns"])
    assert named == {"上郑乡", "富山乡", "屿头乡", "宁溪镇"}
    assert {town["level"] for town in day["towns"]} == {"no_data"}
