"""A process that writes is killed 50 times in the middle: what it was told is stored, is stored."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from riskmap.access.audit import verify
from riskmap.access.tables import audit
from riskmap.ledger.tables import danger_steps
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace, open_workspace

WRITER = Path(__file__).with_name("killed_writer.py")
ROUNDS = 50


def test_every_acknowledged_fact_survives(ledger: Workspace, database_url: str | None) -> None:
    ledger.engine.dispose()
    command = [
        sys.executable,
        str(WRITER),
        str(ledger.root),
        *([database_url] * bool(database_url)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    said = [line.split() for line in done.stdout.splitlines()]
    versions = {line[1]: int(line[2]) for line in said if line[0] == "danger"}
    keys = {line[1] for line in said if line[0] == "record"}
    assert len(versions) > ROUNDS
    with open_workspace(ledger.root, database_url) as ws, ws.read() as connection:
        if database_url is None:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        check_dangers(connection, versions)
        check_records(connection, keys)
        found = verify(connection)
        steps = connection.execute(sa.select(sa.func.count()).select_from(danger_steps)).scalar()
        told = sa.select(sa.func.count()).select_from(audit).where(audit.c.action.like("danger.%"))
        assert found.faults == ()
        assert connection.execute(told).scalar() == steps
        layers = sa.select(sa.func.count()).where(audit.c.action == "layer.import")
        given = sa.select(sa.func.count()).select_from(deliveries)
        # one row of the audit for each delivery, whether of a file or of a step, and each layer
        assert found.rows == connection.scalar(given) + connection.scalar(layers)


def check_dangers(connection: sa.Connection, versions: dict[str, int]) -> None:
    """Every acknowledged version is there; a version is whole: its row and its step; no gap."""
    table = record_tables["hidden_dangers"]
    stored = {tuple(r) for r in connection.execute(sa.select(table.c.number, table.c.version))}
    steps = connection.execute(sa.select(danger_steps.c.number, danger_steps.c.version)).all()
    assert stored == {tuple(row) for row in steps}
    assert len(steps) == len(stored)
    assert set(versions.items()) <= stored
    serials = sorted(int(number[-4:]) for number, version in stored if version == 1)
    assert serials == list(range(1, len(serials) + 1))


def check_records(connection: sa.Connection, keys: set[str]) -> None:
    """Every acknowledged delivery is there, and each delivery has all its rows or is not there."""
    table = record_tables["indicators"]
    rows = connection.execute(sa.select(table.c.key, table.c.delivery_id)).all()
    assert keys <= {row.key for row in rows}
    counted = Counter(row.delivery_id for row in rows)
    said = connection.execute(
        sa.select(deliveries.c.id, deliveries.c.changed).where(deliveries.c.kind == "indicators")
    )
    assert {row.id: row.changed for row in said} == dict(counted)
