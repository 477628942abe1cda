"""Time a whole day for a district, a province and a nation, beside a straightforward script.

    python benchmarks/district_province_nation.py district
    python benchmarks/district_province_nation.py province --folder /tmp/province
    python benchmarks/district_province_nation.py nation --parts 40 --naive-every 8

Every step runs in a process of its own; times exclude starting Python and importing libraries,
peak memory is that of the process. The nation is cut into parts of whole counties. Every part is
generated, imported, computed and removed before the next begins; nothing is extrapolated except
the naive script, which runs for every `--naive-every`-th part.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

SIZES = {"province": (1_400, 1_000_000), "nation": (40_000, 5_000_000)}
SMALL = {"province": (28, 2_000), "nation": (40, 4_000)}
Figures = dict[str, dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scale", choices=["district", "province", "nation"])
    parser.add_argument("--folder", type=Path, default=Path("benchmark-data"))
    parser.add_argument("--towns", type=int, help="instead of 1,400 or 40,000")
    parser.add_argument("--enterprises", type=int, help="instead of 1 M or 5 M")
    parser.add_argument("--parts", type=int, default=40, help="parts of the nation")
    parser.add_argument("--naive-every", type=int, default=8, help="0: never; province: always")
    parser.add_argument("--small", action="store_true", help="see that it runs, in seconds")
    chosen = parser.parse_args()
    towns, enterprises = (SMALL if chosen.small else SIZES).get(chosen.scale, (0, 0))
    chosen.towns, chosen.enterprises = chosen.towns or towns, chosen.enterprises or enterprises
    chosen.parts = min(chosen.parts, 2) if chosen.small else chosen.parts
    folder = (chosen.folder / chosen.scale).resolve()
    if chosen.scale == "nation":
        nation(folder, chosen)
        return
    steps = {"read": 3, "daily": 3, "naive": 1, "compare": 1}
    if chosen.small:
        steps = dict.fromkeys(steps, 1)
    made = one_step("make", folder, make_words(chosen, 0, 1))
    print_imports(made)
    report(chosen.scale, measure(folder, steps))


def make_words(chosen: argparse.Namespace, k: int, parts: int) -> list[str]:
    """Return the arguments that make part k of a region."""
    towns, enterprises = (
        v * (k + 1) // parts - v * k // parts for v in (chosen.towns, chosen.enterprises)
    )
    cell = "250" if chosen.scale == "nation" else "100"
    return ["--towns", str(towns), "--enterprises", str(enterprises), "--seed", str(k + 1),
            "--cell", cell]  # fmt: skip


def nation(folder: Path, chosen: argparse.Namespace) -> None:
    """Make, compute and remove the parts one after another; report the sums over parts."""
    results: list[Figures] = []
    for k in range(chosen.parts):
        part = folder / f"part{k:03d}"
        shutil.rmtree(part, ignore_errors=True)
        made = one_step("make", part, make_words(chosen, k, chosen.parts))
        shutil.rmtree(part / "raw")
        steps = {"read": 1, "daily": 1}
        if chosen.naive_every and k % chosen.naive_every == 0:
            steps |= {"naive": 1}
        found = measure(part, steps) | {"make": made}
        shutil.rmtree(part)
        results.append(found)
        said = "  ".join(f"{step} {row['seconds']:.2f} s" for step, row in found.items())
        print(f"part {k + 1:2d} of {chosen.parts}: {said}", flush=True)
    report(f"nation: sums over {len(results)} parts, greatest peak", summed(results))
    shared = [found for found in results if "naive" in found]
    if shared:
        report(f"the {len(shared)} parts of them with the naive script", summed(shared))


def summed(results: list[Figures]) -> Figures:
    """Return seconds summed over parts and the greatest peak, of steps that every part ran."""
    steps = [step for step in results[0] if all(step in found for found in results)]
    return {
        step: {
            **{key: sum(found[step][key] for found in results) for key in ("seconds", "cpu")},
            "peak_mb": max(found[step]["peak_mb"] for found in results),
            "towns": sum(found[step].get("towns", 0) for found in results),
        }
        for step in steps
    }


def measure(folder: Path, steps: dict[str, int]) -> Figures:
    """Return the figures of every step, each run in its own process; the best of its runs."""
    found = {}
    for step, times in steps.items():
        runs = [one_step(step, folder) for _ in range(times)]
        found[step] = min(runs, key=lambda run: run.get("cpu", 0.0))
    return found


def one_step(step: str, folder: Path, words: list[str] | None = None) -> dict[str, float]:
    """Run one step of `steps.py` in a process of its own and return its figures."""
    script = str(Path(__file__).with_name("steps.py"))
    command = [sys.executable, script, step, str(folder), *(words or [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def print_imports(made: dict[str, float]) -> None:
    """Print how long each import took, when anything was imported."""
    imports = {name[7:]: s for name, s in made.items() if name.startswith("import ")}
    if imports:
        print("imports: " + ", ".join(f"{name} {s:.1f} s" for name, s in imports.items()))


def report(name: str, result: Figures) -> None:
    """Print one scale as lines of a table; ratios are of processor time."""
    labels = {"make": "make and import", "read": "read the inputs", "daily": "whole daily"}
    labels |= {"naive": "naive script"}
    print(f"\n{name} ({result['daily'].get('towns', 0):,.0f} towns)")
    for step, label in labels.items():
        if step in result:
            row = result[step]
            print(
                f"  {label:16s}{row['seconds']:8.2f} s clock {row['cpu']:8.2f} s processor"
                f"  peak {row['peak_mb']:6.0f} MB"
            )
    print(f"  whole daily / reading: {result['daily']['cpu'] / result['read']['cpu']:.1f}")
    if "naive" in result:
        print(f"  naive / whole daily:   {result['naive']['cpu'] / result['daily']['cpu']:.1f}")
    for key, text in result.get("compare", {}).get("apart", {}).items():  # type: ignore[attr-defined]  # texts, not numbers
        print(f"    towns that differ, {key}: {text}")


if __name__ == "__main__":
    main()
