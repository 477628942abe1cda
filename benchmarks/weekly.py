"""Time a week of a large district: reading what was known, computing, storing, publishing.

    python benchmarks/weekly.py --folder /tmp/weekly
    python benchmarks/weekly.py --folder /tmp/weekly --small

A made-up district of 200 towns with 20,000 dangers, 20,000 alarms and 50 weeks of delivered
indicators. Processor time only, in one process, the kernels loaded before. Signs of gaming are also
sought the obvious way, every danger against every closing; the answers must be the same.
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from workspaces import riskmap

from riskmap.cli.state import operator
from riskmap.clock import NOW_VARIABLE
from riskmap.ledger.closings import closings
from riskmap.ledger.gaming import KIND, SignKind, Window, rules_in_use, signs, week_window
from riskmap.ledger.same_place import metres_apart
from riskmap.records.dangers import not_void
from riskmap.records.frames import plain_rows
from riskmap.records.reading import read_records
from riskmap.sample.large import make_region
from riskmap.schemes import scheme_in_use, weekly_of
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.methods.material import KINDS
from riskmap.weekly.moments import previous_week, week_moment
from riskmap.weekly.publishing import publish_week
from riskmap.weekly.weeks import read_week
from riskmap.workspace import Workspace, open_workspace

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W25"
NOW = datetime(2026, 6, 18, 18, 0, tzinfo=ZONE)
"""An hour after the cut-off (Friday the 19th is a holiday)."""
KNOWN = NOW - timedelta(hours=2)
DAYS = 350
SIGNS, PLAIN = "signs of gaming", "found again, plain loop"
T = TypeVar("T")
DOMAINS = ("消防", "危化", "工贸", "建设施工", "道路交通")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("benchmark-data"))
    parser.add_argument("--towns", type=int, default=200)
    parser.add_argument("--rows", type=int, default=20_000, help="dangers, and alarms")
    parser.add_argument("--weeks", type=int, default=50, help="of delivered indicators")
    parser.add_argument("--published", type=int, default=4, help="weeks published before")
    parser.add_argument("--small", action="store_true", help="see that it runs, in seconds")
    chosen = parser.parse_args()
    if chosen.small:
        chosen.towns, chosen.rows, chosen.weeks, chosen.published = 12, 600, 6, 2
    root = chosen.folder.resolve() / f"weekly-{chosen.towns}-{chosen.rows}-{chosen.weeks}"
    if not (root / "workspace" / "riskmap.toml").exists():
        make(root, chosen)
    with open_workspace(root / "workspace") as ws:
        publish_before(ws, chosen.published)
    with TemporaryDirectory(dir=root) as scratch:
        copy = shutil.copytree(root / "workspace", Path(scratch) / "workspace")
        with open_workspace(copy) as ws:
            measure(ws)


def make(root: Path, chosen: argparse.Namespace) -> None:
    """Make a workspace of generated files by the ordinary commands, at a stated time."""
    raw, there = root / "raw", ("--workspace", str(root / "workspace"))
    make_region(raw, seed=1, towns=chosen.towns, enterprises=chosen.towns * 20, cell_m=250.0)
    os.environ[NOW_VARIABLE] = KNOWN.isoformat()
    riskmap("init", str(root / "workspace"), "--name", "测试市", "--code", "330101")
    riskmap(*there, "import", "towns", str(raw / "towns.gpkg"))
    riskmap(*there, "import", "population", str(raw / "population.tif"))
    codes = np.unique(pd.read_csv(raw / "hidden_dangers.csv", dtype=str)["town"].to_numpy(str))
    rng = np.random.default_rng(2)
    with open_workspace(root / "workspace") as ws:
        delivered = [
            one.code for one in weekly_of(scheme_in_use(ws)).indicators if one.origin != "records"
        ]
        weeks = [WEEK]
        while len(weeks) < chosen.weeks:
            weeks.append(previous_week(ws, weeks[-1]))
    tables = {
        "hidden_dangers": dangers(rng, codes, chosen.rows),
        "alarms": alarms(rng, codes, chosen.rows),
        "indicators": indicators(rng, codes, weeks, delivered),
    }
    for kind, table in tables.items():
        table.to_csv(raw / f"{kind}.csv", index=False)
        riskmap(*there, "record", kind, str(raw / f"{kind}.csv"))
    del os.environ[NOW_VARIABLE]


def dangers(rng: np.random.Generator, codes: NDArray[np.str_], n: int) -> pd.DataFrame:
    """Return dangers of a year, nine of ten closed, found at places that come up again."""
    place = rng.integers(0, max(1, n // 4), n)
    lon, lat = (low + rng.uniform(0, 1, n)[place] for low in (120.0, 28.0))
    found = before_now(rng, n)
    closed = found + rng.integers(600, 40 * 24 * 60, n).astype("timedelta64[m]")
    done = (closed < np.datetime64(KNOWN.replace(tzinfo=None))) & (rng.uniform(size=n) < 0.9)
    firm = np.char.add("E", place.astype(str))
    return pd.DataFrame(
        {
            "number": [f"D{i:06d}" for i in range(n)],
            "found_at": written(found),
            "town": codes[place % len(codes)],
            "domain": rng.choice(DOMAINS, n),
            "grade": rng.choice(["一般", "重大"], n, p=[0.98, 0.02]),
            "enterprise_id": np.where(rng.uniform(size=n) < 0.3, firm, ""),
            "deadline": (found + np.timedelta64(15, "D")).astype("datetime64[D]").astype(str),
            "closed_at": np.where(done, written(closed), ""),
            "lon": np.round(lon, 6),
            "lat": np.round(lat + rng.uniform(-4e-4, 4e-4, n), 6),
        }
    )


def alarms(rng: np.random.Generator, codes: NDArray[np.str_], n: int) -> pd.DataFrame:
    """Return alarms of a year, nearly all dealt with within hours."""
    raised = before_now(rng, n)
    handled = raised + rng.integers(5, 150, n).astype("timedelta64[m]")
    done = handled < np.datetime64(KNOWN.replace(tzinfo=None))
    return pd.DataFrame(
        {
            "id": [f"AL{i:06d}" for i in range(n)],
            "town": rng.choice(codes, n),
            "kind": "温度高",
            "raised_at": written(raised),
            "handled_at": np.where(done, written(handled), ""),
        }
    )


def indicators(
    rng: np.random.Generator, codes: NDArray[np.str_], weeks: list[str], delivered: list[str]
) -> pd.DataFrame:
    """Return what departments delivered: counts of every town, indicator and week."""
    table = pd.MultiIndex.from_product(
        [weeks, codes, delivered], names=["week", "town", "indicator"]
    ).to_frame(index=False)
    cases = rng.integers(3, 60, len(table))
    return table.assign(numerator=rng.binomial(cases, 0.93), denominator=cases)


def before_now(rng: np.random.Generator, n: int) -> "NDArray[np.datetime64]":
    """Return moments of the year before (n,), in the district's time."""
    minutes = rng.integers(0, DAYS * 24 * 60, n)
    return np.datetime64(KNOWN.replace(tzinfo=None), "m") - minutes.astype("timedelta64[m]")


def written(moments: "NDArray[np.datetime64]") -> NDArray[np.str_]:
    return np.char.replace(moments.astype("datetime64[m]").astype(str), "T", " ")


def publish_before(ws: Workspace, count: int) -> None:
    """Compute and publish the weeks before, late, unless that was done; newest last."""
    weeks = [WEEK]
    for _ in range(count):
        weeks.append(previous_week(ws, weeks[-1]))
    for week in reversed(weeks[1:]):
        try:
            read_week(ws, week)
        except LookupError:
            worked = compute_week(ws, week, now=NOW, as_of=NOW, reason="补算")
            store_week(ws, operator(), worked, now=NOW)
            publish_week(ws, operator(), week, by="安委办", now=NOW)


def measure(ws: Workspace) -> None:
    """Print the processor time of each step and their ratios."""
    window, until = week_window(ws, WEEK), week_moment(ws, WEEK, NOW).known_until
    compute_week(ws, WEEK, now=NOW)  # loads the kernels
    took: dict[str, float] = {}

    def timed(name: str, step: Callable[[], T]) -> T:
        start = time.process_time()
        result = step()
        took[name] = time.process_time() - start
        return result

    tables = timed("read the records", lambda: [read_records(ws, kind, until) for kind in KINDS])
    worked = timed("compute_week", lambda: compute_week(ws, WEEK, now=NOW))
    timed("store_week", lambda: store_week(ws, operator(), worked, now=NOW))
    published = timed(
        "publish_week", lambda: publish_week(ws, operator(), WEEK, by="安委办", now=NOW)
    )
    seen = timed(SIGNS, lambda: signs(ws, window, until))
    plain = timed(PLAIN, lambda: found_again(ws, window, until))
    again = {one.numbers for one in seen if one.kind is SignKind.FOUND_AGAIN}
    if again != plain:
        raise SystemExit(f"the answers differ: {len(again)} and {len(plain)} signs")
    counted = ", ".join(f"{len(rows):,} {kind}" for kind, rows in zip(KINDS, tables, strict=True))
    print(f"{len(worked.towns)} towns, {counted}; {len(published.cards)} cards, {len(again)} signs")
    for name, seconds in took.items():
        print(f"  {name:26s}{seconds:8.2f} s of processor time")
    whole = took["compute_week"] + took["store_week"] + took["publish_week"]
    print(f"  the whole week            {whole:8.2f} s")
    print(f"  whole week / reading      {whole / took['read the records']:8.1f}")
    print(f"  plain loop / all signs    {took[PLAIN] / took[SIGNS]:8.1f}")


def found_again(ws: Workspace, window: Window, until: datetime) -> set[tuple[str, str]]:
    """Return (closed, found again) by comparing every danger of the window with every closing."""
    rules = rules_in_use(ws)[1]
    table = not_void(read_records(ws, KIND, until))
    rows = {row["key"]: row for row in plain_rows(KIND, table)}
    closed, pairs = closings(ws, rows, until), set()
    for key, row in rows.items():
        if not window.holds(row["found_at"]):
            continue
        for closing in closed:
            before, gap = rows[closing.key], row["found_at"] - closing.closed_at
            if closing.key == key or before["domain"] != row["domain"]:
                continue
            if timedelta(0) < gap <= timedelta(days=rules.again_days):
                metres = metres_apart(before, row)
                same = row["enterprise_id"] and row["enterprise_id"] == before["enterprise_id"]
                if same or (metres is not None and metres <= rules.again_m):
                    pairs.add((closing.key, key))
    return pairs


if __name__ == "__main__":
    main()
