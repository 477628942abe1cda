"""Files and people at once: nothing is lost, no number given twice, nobody waits for ever."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from riskmap.ledger.dangers import act, read_danger, report
from riskmap.ledger.exchange import read_danger_files
from riskmap.ledger.tables import danger_identities, danger_steps
from riskmap.ledger.versions import append_version
from riskmap.records.reading import read_records
from riskmap.records.storing import queue_writers
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW

HEAD = "隐患编号,发现时间,所属镇街,行业领域,隐患等级,隐患描述,状态\n"


def csv(ws: Workspace, name: str, rows: list[str]) -> Path:
    path = ws.root / name
    path.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    return path


def row(i: int, number: str = "", text: str = "问题") -> str:
    return f"{number},2026-06-08 09:{i % 60:02d},西湖街道,消防,一般,{text} {i},整改中"


def test_files_reports_and_comments_at_once(ledger: Workspace) -> None:
    files = [csv(ledger, "one.csv", [row(i) for i in range(20)])]
    files.append(csv(ledger, "two.csv", [row(i) for i in range(10, 30)]))
    first = report(ledger, DUTY, {**FIELDS, "found_at": "2026-06-08T08:00"}, now=NOW)
    files.append(csv(ledger, "three.csv", [row(99, first.number), row(5)]))
    errors: list[BaseException] = []

    def run(action: Any) -> None:
        try:
            action()
        except BaseException as error:
            errors.append(error)

    def comment() -> None:
        for _ in range(5):
            act(ledger, DUTY, first.number, "comment", {"comment": "看过"}, version=None, now=NOW)

    def reports() -> None:
        for i in range(5):
            fields = {**FIELDS, "found_at": "2026-06-08T08:00", "description": f"现场 {i}"}
            report(ledger, DUTY, fields, now=NOW)

    jobs = [lambda p=path: read_danger_files(ledger, DUTY, [p], now=NOW) for path in files * 2]
    threads = [threading.Thread(target=run, args=(job,)) for job in [*jobs, comment, reports]]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert errors == []
    assert time.perf_counter() - start < 240
    numbers = read_records(ledger, "hidden_dangers")["number"].tolist()
    assert len(numbers) == 1 + 5 + 30
    serials = sorted(int(number[-4:]) for number in numbers)
    assert serials == list(range(1, 37))
    assert read_danger(ledger, first.number).version == 6
    with ledger.read() as connection:
        steps = connection.execute(sa.select(danger_steps.c.number, danger_steps.c.version)).all()
        identities = connection.execute(sa.select(danger_identities.c.number)).scalars().all()
    assert len(steps) == len(set(steps)) == 30 + 5 + 1 + 5
    assert len(identities) == len(set(identities)) == 30


def test_a_file_that_breaks_half_way_leaves_nothing(
    ledger: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv(ledger, "one.csv", [row(i) for i in range(5)])

    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("riskmap.ledger.exchange.append_file", broken)
        with pytest.raises(RuntimeError, match="power cut"):
            read_danger_files(ledger, DUTY, [path], now=NOW)
    with ledger.read() as connection:
        for table in (record_tables["hidden_dangers"], danger_steps, danger_identities):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    assert read_danger_files(ledger, DUTY, [path], now=NOW + timedelta(hours=1)).changed == 5
    numbers = read_records(ledger, "hidden_dangers")["number"]
    assert sorted(number[-4:] for number in numbers) == ["0001", "0002", "0003", "0004", "0005"]


def test_a_file_waits_for_the_action_that_is_being_stored(
    ledger: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = csv(ledger, "one.csv", [row(1, "局-1")])
    read_danger_files(ledger, DUTY, [first], now=NOW)
    begun, reached = threading.Event(), threading.Event()

    def slow(*arguments: Any, **options: Any) -> Any:
        done = append_version(*arguments, **options)
        begun.set()
        reached.wait(3)
        return done

    def queued(connection: sa.Connection) -> None:
        queue_writers(connection)
        reached.set()

    monkeypatch.setattr("riskmap.ledger.dangers.append_version", slow)
    monkeypatch.setattr("riskmap.ledger.exchange.queue_writers", queued)
    fields = {"comment": "补充", "place": "二楼"}
    action = threading.Thread(
        target=act, args=(ledger, DUTY, "局-1", "edit", fields), kwargs={"version": 1, "now": NOW}
    )
    action.start()
    assert begun.wait(10)
    second = csv(ledger, "two.csv", [row(1, "局-1", "新问题")])
    assert read_danger_files(ledger, DUTY, [second], now=NOW).changed == 1
    action.join(10)
    danger = read_danger(ledger, "局-1")
    assert [(step.version, step.action) for step in danger.steps] == [
        (1, "import"),
        (2, "edit"),
        (3, "import"),
    ]
    assert (danger.record["place"], danger.record["description"]) == ("二楼", "新问题 1")
