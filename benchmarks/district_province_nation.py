"""Time a whole day for a district, a province and a nation, beside a straightforward script.

    python benchmarks/district_province_nation.py district
    python benchmarks/district_province_nation.py province --folder /tmp/province
    python benchmarks/district_province_nation.py nation --parts 40 --measure 3

Every step runs in a process of its own; times exclude starting Python and importing libraries,
peak memory is that of the process. The nation is cut into parts of whole counties which are
computed one after the other; `--measure` says how many of them are really run.
"""

import argparse
import json
import resource
import shlex
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from naive import naive_inputs

from riskmap.daily import choose_basis, compute_day, store_day
from riskmap.district import load_district
from riskmap.facts import load_records
from riskmap.inventory import take_inventory
from riskmap.layer_store import load_layer, load_population
from riskmap.sample.district import make_district
from riskmap.sample.large import make_nation, make_province
from riskmap.workspace import open_workspace

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 6, 30)
RECORDS = ("hidden_dangers", "accidents", "indicators")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scale", choices=["district", "province", "nation", "step"])
    parser.add_argument("--folder", type=Path, default=Path("benchmark-data"))
    parser.add_argument("--towns", type=int)
    parser.add_argument("--enterprises", type=int)
    parser.add_argument("--parts", type=int, default=40)
    parser.add_argument("--measure", type=int, default=2)
    parser.add_argument("--no-naive", action="store_true")
    parser.add_argument("--step", choices=["make", "read", "daily", "naive", "compare"])
    chosen = parser.parse_args()
    if chosen.scale == "step":
        print(json.dumps(run_step(chosen.step, chosen.folder)))
        return
    folders = prepare(chosen)
    results = [measure(folder, naive=not chosen.no_naive) for folder in folders]
    for folder, result in zip(folders, results, strict=True):
        report(folder.name, result)


def prepare(chosen: argparse.Namespace) -> list[Path]:
    """Return workspaces with everything imported; made when they are not there yet."""
    root: Path = chosen.folder / chosen.scale
    if chosen.scale == "district":
        make_district(root / "raw")
        return [workspace_by_commands(root)]
    sizes = {k: v for k in ("towns", "enterprises") if (v := getattr(chosen, k))}
    if chosen.scale == "province":
        raws = [root / "raw"]
        if not (raws[0] / "towns.gpkg").exists():
            make_province(raws[0], seed=1, **sizes)
    else:
        sizes = {"towns": 40_000, "enterprises": 5_000_000} | sizes
        share = {k: v * chosen.measure // chosen.parts for k, v in sizes.items()}
        raws = make_nation(root / "raw", seed=1, parts=chosen.measure, **share)
    return [workspace_of_large(raw) for raw in raws]


def workspace_by_commands(root: Path) -> Path:
    """Return a workspace filled by the sample's own commands."""
    if (root / "riskmap.toml").exists():
        return root
    riskmap("init", str(root), "--name", "云溪区", "--code", "339901")
    commands = Path(__file__).parents[1] / "data" / "sample" / "commands.txt"
    for line in commands.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            riskmap(*shlex.split(line)[1:], cwd=root)
    return root


def workspace_of_large(raw: Path) -> Path:
    """Return a workspace beside a folder of generated files, all of them imported."""
    root = raw.parent / f"{raw.name}-workspace"
    if (root / "riskmap.toml").exists():
        return root
    riskmap("init", str(root), "--name", "测试省", "--code", "330101")
    files = {"towns": "towns.gpkg", "population": "population.tif"}
    names = ["enterprises", "hazard_sources", "substances", "targets", "risk_points"]
    files |= {name: f"{name}.csv" for name in names}
    for layer, file in files.items():
        crs = [] if layer in ("towns", "population", "substances") else ["--crs", "4490"]
        start = time.perf_counter()
        riskmap("import", layer, str((raw / file).resolve()), *crs, cwd=root)
        print(f"import {layer}: {time.perf_counter() - start:.1f} s", flush=True)
    for kind in RECORDS:
        riskmap("record", kind, str((raw / f"{kind}.csv").resolve()), cwd=root)
    riskmap("warnings", str((raw / "warnings.json").resolve()), cwd=root)
    return root


def riskmap(*words: str, cwd: Path | None = None) -> None:
    """Run one command; rejected rows (exit code 1) are part of the sample."""
    command = [sys.executable, "-c", "from riskmap.cli.main import run; run()", *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{words}: {done.stderr or done.stdout}")


def measure(folder: Path, *, naive: bool) -> dict[str, dict[str, float]]:
    """Return the figures of every step, each run in its own process; the best of three."""
    steps = {"read": 3, "daily": 3} | ({"naive": 1, "compare": 1} if naive else {})
    found = {}
    for step, times in steps.items():
        command = [sys.executable, __file__, "step", "--folder", str(folder), "--step", step]
        runs = [
            json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            for _ in range(times)
        ]
        found[step] = min(runs, key=lambda run: run.get("seconds", 0.0))
    return found


def run_step(step: str, folder: Path) -> dict[str, object]:
    """Run one step in this process and return its figures."""
    steps = {"read": read_step, "daily": daily_step, "naive": naive_step, "compare": compare_step}
    figures = steps[step](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**figures, "peak_mb": round(peak)}


def elapsed(start: float, cpu: float) -> dict[str, object]:
    """Return seconds on the clock and of the processor (which a busy machine does not stretch)."""
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def read_step(folder: Path) -> dict[str, object]:
    """Read every input of the day and nothing else."""
    with open_workspace(folder) as workspace:
        start, cpu = time.perf_counter(), time.process_time()
        basis = choose_basis(workspace, DAY, None, datetime.now(ZONE))
        for layer, snapshot in basis.snapshots.items():
            if layer == "population":
                load_population(workspace, snapshot.digest)
            else:
                load_layer(workspace, layer, snapshot.digest)
        load_records(workspace, basis.moment)
        return elapsed(start, cpu)


def daily_step(folder: Path) -> dict[str, object]:
    """Compute and store the day."""
    with open_workspace(folder) as workspace:
        start, cpu = time.perf_counter(), time.process_time()
        result = compute_day(workspace, DAY, now=datetime.now(ZONE))
        computed = time.perf_counter() - start
        store_day(workspace, result)
        return {**elapsed(start, cpu), "compute": computed}


def naive_step(folder: Path) -> dict[str, object]:
    """Answer the same questions by geopandas and rasterstats."""
    with open_workspace(folder) as workspace:
        start, cpu = time.perf_counter(), time.process_time()
        naive_inputs(workspace, epsg=4549)
        return elapsed(start, cpu)


def compare_step(folder: Path) -> dict[str, object]:
    """Return how far the two answers are apart: towns with another count, median share."""
    with open_workspace(folder) as workspace:
        basis = choose_basis(workspace, DAY, None, datetime.now(ZONE))
        inventory = take_inventory(load_district(workspace, basis.snapshots), basis.scheme)
        other = naive_inputs(workspace, epsg=4549)
    ours = {f"h{k + 1}": inventory.hazard[:, k] for k in range(7)}
    ours |= {"density": inventory.density, "vulnerable": inventory.vulnerable}
    apart = {}
    for name, values in ours.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(np.abs(other[name] - values) / np.abs(values), posinf=1.0)
        apart[name] = f"{int((share > 1e-6).sum())} of {len(values)}, worst {share.max():.2%}"
    return {"apart": apart}


def report(name: str, result: dict[str, dict[str, float]]) -> None:
    """Print one scale as lines of a table; ratios are of processor time."""
    read, daily = result["read"], result["daily"]
    print(f"\n{name}")
    for step, label in (("read", "read the inputs"), ("daily", "whole daily"), ("naive", "naive")):
        if step in result:
            row = result[step]
            print(
                f"  {label:16s}{row['seconds']:8.2f} s clock {row['cpu']:8.2f} s processor"
                f"  peak {row['peak_mb']:6.0f} MB"
            )
    print(f"  whole daily / reading: {daily['cpu'] / read['cpu']:.1f}")
    if "naive" in result:
        print(f"  naive / whole daily:   {result['naive']['cpu'] / daily['cpu']:.1f}")
        for key, text in result["compare"]["apart"].items():  # type: ignore[attr-defined]
            print(f"    towns that differ, {key}: {text}")


if __name__ == "__main__":
    main()
