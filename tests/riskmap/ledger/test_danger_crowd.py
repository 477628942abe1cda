"""Fifty people at once: no number twice, no gap, no lost update, on both databases."""

import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.access.tables import audit
from riskmap.errors import ConflictError, TransitionError
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.ledger.tables import danger_serials, danger_steps
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW

PEOPLE = 50


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Run work(0) … work(count − 1) in threads that start together; a failure is a failure."""
    gate, failures = threading.Barrier(count), []

    def run(i: int) -> None:
        try:
            gate.wait(timeout=60)
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert not failures, failures[:3]


def steps_of(ws: Workspace) -> dict[str, list[int]]:
    """Return the versions of every danger in the order they were stored."""
    query = sa.select(danger_steps.c.number, danger_steps.c.version).order_by(danger_steps.c.id)
    found: dict[str, list[int]] = {}
    with ws.read() as connection:
        for number, version in connection.execute(query):
            found.setdefault(number, []).append(version)
    return found


def check_store(ws: Workspace, numbers: list[str]) -> None:
    """Check that every number was given once, without a gap, and every version follows its last."""
    assert len(set(numbers)) == len(numbers)
    by_head: dict[str, list[int]] = {}
    for number in numbers:
        head, serial = number.rsplit("-", 1)
        by_head.setdefault(head, []).append(int(serial))
    for serials in by_head.values():
        assert sorted(serials) == list(range(1, len(serials) + 1))
    with ws.read() as connection:
        counters = dict(
            connection.execute(sa.select(danger_serials.c.prefix, danger_serials.c.last)).all()
        )
        rows = connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()
        last = connection.execute(sa.select(sa.func.max(audit.c.number))).scalar_one()
        stored = connection.execute(
            sa.select(record_tables["hidden_dangers"].c.key).distinct()
        ).scalars()
        assert set(stored) == set(numbers)
    assert counters == {head: len(serials) for head, serials in by_head.items()}
    assert rows == last, "the audit has no gap"
    for number, versions in steps_of(ws).items():
        assert versions == list(range(1, len(versions) + 1)), number


def test_fifty_report_at_once(ledger: Workspace) -> None:
    numbers: list[str] = []
    towns = ("西湖街道", "东山街道")

    def work(i: int) -> None:
        for k in range(3):
            fields = FIELDS | {"town": towns[(i + k) % 2], "description": f"第 {i} 人第 {k} 条"}
            numbers.append(report(ledger, DUTY, fields, now=NOW).number)

    at_once(PEOPLE, work)
    assert len(numbers) == 3 * PEOPLE
    check_store(ledger, numbers)


def test_fifty_change_the_same_danger_at_once(ledger: Workspace) -> None:
    """Each adds its own mark to the text it saw: every mark that was acknowledged is there."""
    number = report(ledger, DUTY, FIELDS | {"place": "。"}, now=NOW).number
    refused: list[int] = []

    def work(i: int) -> None:
        while True:
            danger = read_danger(ledger, number)
            place = f"{danger.record['place']}{i:02d}。"
            try:
                act(
                    ledger, DUTY, number, "edit", {"place": place, "comment": f"{i}"},
                    version=danger.version, now=NOW,
                )  # fmt: skip
            except ConflictError as error:
                assert error.theirs["version"] > danger.version
                refused.append(i)
            else:
                return

    at_once(PEOPLE, work)
    danger = read_danger(ledger, number)
    marks = re.findall(r"\d\d", str(danger.record["place"]))
    assert Counter(marks) == Counter(f"{i:02d}" for i in range(PEOPLE))
    assert danger.version == PEOPLE + 1
    assert refused, "nobody met anybody: the test proves nothing"
    check_store(ledger, [number])


def test_only_one_of_fifty_presses_the_button_first(ledger: Workspace) -> None:
    number = report(ledger, DUTY, FIELDS, now=NOW).number
    outcomes: list[str] = []

    def work(i: int) -> None:
        try:
            act(
                ledger,
                DUTY,
                number,
                "assign",
                {"responsible_unit": f"单位 {i}"},
                version=1,
                now=NOW,
            )
        except (ConflictError, TransitionError) as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("done")

    at_once(PEOPLE, work)
    assert Counter(outcomes) == {"done": 1, "ConflictError": PEOPLE - 1}
    assert read_danger(ledger, number).version == 2


WRITER = """
import sys
from pathlib import Path
from riskmap import workspace
from riskmap.errors import ConflictError
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.workspace import open_workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW
workspace.BUSY_TIMEOUT_MS = 120_000
root, url, shared, name = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3], sys.argv[4]
with open_workspace(root, url) as ws:
    for k in range(5):
        print("number", report(ws, DUTY, FIELDS, now=NOW).number, flush=True)
        while True:
            danger = read_danger(ws, shared)
            try:
                act(ws, DUTY, shared, "edit", {"place": f"{name}{k}", "comment": "x"},
                    version=danger.version, now=NOW)
                print("mark", f"{name}{k}", flush=True)
                break
            except ConflictError:
                pass
"""


@pytest.mark.parametrize("processes", [4])
def test_processes_too(ledger: Workspace, database_url: str | None, processes: int) -> None:
    shared = report(ledger, DUTY, FIELDS, now=NOW).number
    root = Path(__file__).resolve().parents[3]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(ledger.root), database_url or "", shared, f"p{i}-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for i in range(processes)
    ]
    said = []
    for process in started:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        said += out.splitlines()
    numbers = [line.split()[1] for line in said if line.startswith("number")]
    marks = [line.split()[1] for line in said if line.startswith("mark")]
    assert len(numbers) == len(marks) == 5 * processes
    danger = read_danger(ledger, shared)
    kept = [step.changes["place"][1] for step in danger.steps if step.action == "edit"]
    assert Counter(kept) == Counter(marks)
    check_store(ledger, [shared, *numbers])
