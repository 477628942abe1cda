"""A workspace with two towns' devices, on either database, and short ways to send."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import command_line
from riskmap.devices.intake import Outcome, take_messages
from riskmap.devices.messages import Incoming
from riskmap.records.reading import read_records
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace, init_workspace, open_workspace

START = datetime(2026, 6, 30, 0, 0, tzinfo=UTC)
ACTOR = command_line("tester")
EAST = "331003001"


@dataclass(frozen=True)
class Site:
    """A workspace with devices, and short ways to send."""

    ws: Workspace

    def add(self, id_: str, *, learnt_at: datetime = START, **fields: Any) -> None:
        """Append one version of a device to the register."""
        row = {"town": EAST, "raise_at": 50.0, "clear_at": 40.0, "hold_s": 60.0, **fields}
        with self.ws.write() as connection:
            delivery = connection.execute(
                sa.insert(deliveries)
                .values(
                    kind="devices", file="t", sha256="", delivered_at=learnt_at,
                    accepted=1, changed=1, rejected=0,
                )
                .returning(deliveries.c.id)
            ).scalar_one()  # fmt: skip
            fixed = {"key": id_, "delivery_id": delivery, "learnt_at": learnt_at, "source": "t:1"}
            table = record_tables["devices"]
            connection.execute(sa.insert(table).values(id=id_, name=f"探头 {id_}", **row, **fixed))

    def message(
        self, id_: str, device: str, minutes: float, said: float | str, kind: str | None = None
    ) -> Incoming:
        """A message `minutes` after START."""
        body = {"id": id_, "at": (START + timedelta(minutes=minutes)).isoformat()}
        field = "state" if isinstance(said, str) else "value"
        return Incoming("test", device, kind, json.dumps(body | {field: said}).encode())

    def send(self, *messages: Incoming, after: float = 600) -> list[Outcome]:
        """Take messages; the server's clock stands `after` minutes after START."""
        return take_messages(self.ws, ACTOR, messages, now=START + timedelta(minutes=after))

    def spans(self) -> list[tuple[str, float, float | None]]:
        """The standing alarms: id, minutes of raising and clearing after START."""
        rows = read_records(self.ws, "alarms").sort_values(["raised_at", "id"])

        def minutes(moment: Any) -> Any:
            return None if pd.isna(moment) else (moment - START) / timedelta(minutes=1)

        spans = zip(rows["id"], rows["raised_at"], rows["cleared_at"], strict=True)
        return [(id_, minutes(raised), minutes(cleared)) for id_, raised, cleared in spans]


@pytest.fixture
def site(tmp_path: Path, database_url: str | None) -> Iterator[Site]:
    """An empty workspace on SQLite, then on PostgreSQL."""
    init_workspace(tmp_path / "w", "黄岩区", "331003", database_url)
    with open_workspace(tmp_path / "w", database_url) as opened:
        yield Site(opened)


@pytest.fixture
def one_site(tmp_path: Path) -> Iterator[Site]:
    """An empty workspace on SQLite only."""
    init_workspace(tmp_path / "w", "黄岩区", "331003")
    with open_workspace(tmp_path / "w") as opened:
        yield Site(opened)


@pytest.fixture
def site_of() -> type[Site]:
    """How a test makes a site of a workspace that it opened itself."""
    return Site
