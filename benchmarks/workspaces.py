"""Workspaces for the benchmarks: generated files imported by the ordinary commands."""

import contextlib
import io
import shlex
import time
from pathlib import Path

import typer

from riskmap.cli.main import app
from riskmap.sample.district import make_district

RECORDS = ("hidden_dangers", "accidents", "indicators")
FILES = {
    "towns": "towns.gpkg",
    "population": "population.tif",
    "enterprises": "enterprises.csv",
    "hazard_sources": "hazard_sources.csv",
    "substances": "substances.csv",
    "targets": "targets.csv",
    "risk_points": "risk_points.csv",
}
_NO_CRS = ("towns", "population", "substances")


def riskmap(*words: str) -> float:
    """Run one command in this process and return its seconds; rejected rows (exit 1) are usual."""
    start = time.perf_counter()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            code = app(list(words), standalone_mode=False)
        except typer.Exit as stop:
            code = stop.exit_code
    if code not in (None, 0, 1):
        raise RuntimeError(f"riskmap {shlex.join(words)}: {said.getvalue()}")
    return time.perf_counter() - start


def sample_workspace(root: Path) -> Path:
    """Return a workspace of the sample district, filled by the sample's own commands."""
    if (root / "riskmap.toml").exists():
        return root
    make_district(root / "raw")
    riskmap("init", str(root), "--name", "云溪区", "--code", "339901")
    commands = Path(__file__).parents[1] / "data" / "sample" / "commands.txt"
    with contextlib.chdir(root):
        for line in commands.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                riskmap(*shlex.split(line)[1:])
    return root


def large_workspace(raw: Path, root: Path) -> dict[str, float]:
    """Make a workspace of generated files; return the seconds of each import."""
    if (root / "riskmap.toml").exists():
        return {}
    riskmap("init", str(root), "--name", "测试省", "--code", "330101")
    there = ("--workspace", str(root))
    took = {}
    for layer, file in FILES.items():
        crs = [] if layer in _NO_CRS else ["--crs", "4490"]
        took[layer] = riskmap(*there, "import", layer, str(raw / file), *crs)
    start = time.perf_counter()
    for kind in RECORDS:
        riskmap(*there, "record", kind, str(raw / f"{kind}.csv"))
    riskmap(*there, "warnings", str(raw / "warnings.json"))
    return took | {"records": time.perf_counter() - start}
