"""A small store with something in every kind of table, on either database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, command_line
from riskmap.access.audit import append
from riskmap.access.tables import sessions, users
from riskmap.ledger.tables import danger_steps, photos
from riskmap.storage.database import deliveries, record_tables, snapshots
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
OPERATOR = command_line("root")
VIEWER = Actor("li", "李", Role.VIEWER)
PHOTO, LAYER = "ab" + "1" * 62, "cd" + "2" * 62


def fill(ws: Workspace) -> None:
    """Store records, a layer's registration, a photo, a user with a session, audit rows."""
    for place in (f"photos/ab/{PHOTO}.jpg", f"layers/towns/{LAYER}.parquet", "products/a/图.txt"):
        file = ws.root / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(place.encode() * 50)
    (ws.root / "layers" / "towns" / ".writing-x.parquet").write_bytes(b"half")
    with ws.write() as connection:
        _rows(connection)
        for i in range(5):
            append(connection, OPERATOR, "user.add", f"甲{i}", now=NOW, after={"n": i, "x": "红"})


def _rows(connection: sa.Connection) -> None:
    delivery = {
        "id": 3, "kind": "indicators", "file": "指标.csv", "sha256": "f" * 64, "delivered_at": NOW,
        "accepted": 20, "changed": 20, "rejected": 0,
    }  # fmt: skip
    connection.execute(sa.insert(deliveries).values(**delivery))
    rows = [
        {"key": f"k{week}", "delivery_id": 3, "learnt_at": NOW, "source": "指标.csv:2",
         "week": f"2026-W{week}", "town": "331003001", "indicator": "镇", "value": week + 0.1}
        for week in range(10, 30)
    ]  # fmt: skip
    connection.execute(sa.insert(record_tables["indicators"]), rows)
    step = {
        "number": "331003-001-20260630-0001", "version": 1, "action": "report",
        "state_before": None, "state_after": "found", "held_at": NOW, "learnt_at": NOW,
        "actor": "a", "actor_name": "甲", "comment": None, "changes": {"grade": [None, "major"]},
    }  # fmt: skip
    connection.execute(sa.insert(danger_steps).values(**step))
    photo = {
        "digest": PHOTO, "likeness": "0" * 16, "width": 1, "height": 1, "bytes": 9, "lon": 121.25,
        "lat": None, "taken_at": None, "stored_at": NOW, "stored_by": "a",
    }  # fmt: skip
    connection.execute(sa.insert(photos).values(**photo))
    layer = {
        "layer": "towns", "digest": LAYER, "imported_at": NOW, "rows": 1, "rejected": 0,
        "datum": {"a": 1.5}, "sources": [], "report": {},
    }  # fmt: skip
    connection.execute(sa.insert(snapshots).values(**layer))
    user = {
        "id": 7, "login": "wang", "name": "王", "role": "duty", "domains": ["消防"],
        "must_change_password": True, "failures": 0, "created_at": NOW, "created_by": "a",
    }  # fmt: skip
    connection.execute(sa.insert(users).values(**user))
    session = {
        "digest": "e" * 64, "user_id": 7, "csrf": "c", "created_at": NOW, "seen_at": NOW,
        "address": "", "agent": "",
    }  # fmt: skip
    connection.execute(sa.insert(sessions).values(**session))


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    """A filled workspace on each database in turn."""
    root = tmp_path / "w"
    init_workspace(root, "我的区", "331003", database_url)
    with open_workspace(root, database_url) as ws:
        fill(ws)
        yield ws
