"""Write dangers and records until killed, ROUNDS times over: `python killed_writer.py ROOT URL`.

Everything is loaded once; each round is a fork that opens the workspace by itself, writes, and
says each thing on a pipe only when it is stored. The parent kills it with SIGKILL in the middle
and prints what was said.
"""

import os
import random
import select
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from riskmap.access.actors import command_line
from riskmap.ledger.dangers import act, report
from riskmap.records.storing import store_records
from riskmap.storage.database import RECORD_COLUMNS
from riskmap.workspace import Workspace, open_workspace

ROUNDS = 50
NOW = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
ADMIN = command_line("root")
FIELDS = {
    "found_at": "2026-06-10T08:30",
    "town": "330106001",
    "domain": "消防",
    "grade": "general",
    "description": "楼道堆放电动车",
}


def write_once(ws: Workspace, label: str, say: int) -> None:
    """Report a danger, expose it, store a delivery of three records; say each when stored."""
    danger = report(ws, ADMIN, FIELDS, now=NOW)
    os.write(say, f"danger {danger.number} {danger.version}\n".encode())
    danger = act(ws, ADMIN, danger.number, "expose", {}, version=danger.version, now=NOW)
    os.write(say, f"danger {danger.number} {danger.version}\n".encode())
    keys = [f"{label}-{part}" for part in "abc"]
    rows = [dict.fromkeys(RECORD_COLUMNS["indicators"]) | {"key": k, "value": 1.5} for k in keys]
    table = pd.DataFrame(rows).assign(source="kill.csv:2", week="2026-W20", indicator="patrol")
    store_records(ws, "indicators", table, file="kill.csv", sha256=label, rejected=0, learnt_at=NOW)
    os.write(say, "".join(f"record {key}\n" for key in keys).encode())


def write_forever(root: Path, url: str | None, number: int, say: int) -> None:
    """Be the process that is killed."""
    with open_workspace(root, url) as ws:
        for i in range(1_000_000):
            write_once(ws, f"{number}.{i}", say)


def one_round(root: Path, url: str | None, number: int, chance: random.Random) -> str:
    """Fork, wait for the first word, kill at a moment after it; return all that was said."""
    heard, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            write_forever(root, url, number, say)
        finally:
            os._exit(1)
    os.close(say)
    assert select.select([heard], [], [], 30)[0], "the writer said nothing"
    time.sleep(chance.uniform(0, 0.08))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(heard, "rb") as pipe:
        said = pipe.read().decode()
    assert os.WTERMSIG(status) == signal.SIGKILL, f"the writer ended by itself: {status}"
    return said


def main(root: Path, url: str | None) -> None:
    """Run every round; print what was acknowledged."""
    with open_workspace(root, url) as ws:
        write_once(ws, "warm", 1)
    chance = random.Random(7)
    for number in range(ROUNDS):
        sys.stdout.write(one_round(root, url, number, chance))
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
