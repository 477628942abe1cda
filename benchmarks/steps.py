"""One step of `district_province_nation.py`, run in a process of its own; prints its figures."""

import argparse
import json
import resource
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from naive import naive_inputs
from workspaces import large_workspace, sample_workspace

from riskmap.daily.computing import choose_basis, compute_day, store_day
from riskmap.daily.facts import load_records
from riskmap.daily.inventory import take_inventory
from riskmap.district import load_district
from riskmap.layer_store import load_layer, load_population
from riskmap.sample.large import make_region
from riskmap.workspace import open_workspace

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 6, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=sorted(STEPS))
    parser.add_argument("folder", type=Path, help="holds raw/ and workspace/")
    parser.add_argument("--towns", type=int, default=0, help="0: the sample district")
    parser.add_argument("--enterprises", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cell", type=float, default=100.0, help="of the population grid [m]")
    chosen = parser.parse_args()
    start, cpu = time.perf_counter(), time.process_time()
    figures = STEPS[chosen.step](chosen)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**elapsed(start, cpu), **figures, "peak_mb": round(peak)}))


def elapsed(start: float, cpu: float) -> dict[str, Any]:
    """Return seconds on the clock and of the processor (which a busy machine does not stretch)."""
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def make(chosen: argparse.Namespace) -> dict[str, Any]:
    """Generate raw files and import them, unless that was done before."""
    raw, root = chosen.folder / "raw", chosen.folder / "workspace"
    if chosen.towns == 0:
        sample_workspace(root)
        return {}
    if not (root / "riskmap.toml").exists():
        make_region(
            raw,
            seed=chosen.seed,
            towns=chosen.towns,
            enterprises=chosen.enterprises,
            cell_m=chosen.cell,
        )
    return {f"import {name}": s for name, s in large_workspace(raw, root).items()}


def read(chosen: argparse.Namespace) -> dict[str, Any]:
    """Read every input of the day and nothing else."""
    with open_workspace(chosen.folder / "workspace") as workspace:
        start, cpu = time.perf_counter(), time.process_time()
        basis = choose_basis(workspace, DAY, None, datetime.now(ZONE))
        for layer, snapshot in basis.snapshots.items():
            if layer == "population":
                load_population(workspace, snapshot.digest)
            else:
                load_layer(workspace, layer, snapshot.digest)
        load_records(workspace, basis.moment)
        return elapsed(start, cpu)


def daily(chosen: argparse.Namespace) -> dict[str, Any]:
    """Compute and store the day."""
    with open_workspace(chosen.folder / "workspace") as workspace:
        start, cpu = time.perf_counter(), time.process_time()
        result = compute_day(workspace, DAY, now=datetime.now(ZONE))
        store_day(workspace, result)
        return {**elapsed(start, cpu), "towns": len(result.towns)}


def naive(chosen: argparse.Namespace) -> dict[str, Any]:
    """Answer the inherent part of the same questions by geopandas and rasterstats."""
    with open_workspace(chosen.folder / "workspace") as workspace:
        start, cpu = time.perf_counter(), time.process_time()
        naive_inputs(workspace, epsg=4549)
        return elapsed(start, cpu)


def compare(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return how far the two answers are apart: towns with another count, the worst share."""
    with open_workspace(chosen.folder / "workspace") as workspace:
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


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "make": make,
    "read": read,
    "daily": daily,
    "naive": naive,
    "compare": compare,
}


if __name__ == "__main__":
    main()
