"""The small district on PostgreSQL: what is recorded, computed and replayed is the same bytes."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import command_line
from riskmap.daily.computing import compute_day, store_day
from riskmap.daily.publishing import publish_day
from riskmap.daily.replaying import replay_day
from riskmap.imports import ReadOptions, import_layer
from riskmap.layer_store import current, history, load_layer
from riskmap.records.importing import record_files
from riskmap.records.reading import read_deliveries, read_records
from riskmap.storage.database import RECORD_COLUMNS, day_towns
from riskmap.storage.migrate import migrate_database
from riskmap.workspace import Workspace, open_workspace

DAY = date(2026, 6, 30)


@pytest.fixture
def moved(small: Workspace, tmp_path: Path, now: datetime, postgres) -> Iterator[Workspace]:
    """The small district with its records, carried to PostgreSQL."""
    root, url = tmp_path / "moved", postgres.fresh()
    shutil.copytree(small.root, root)
    migrate_database(str(root), url, command_line("root"), now=now)
    (root / "riskmap.db").unlink()
    with open_workspace(root, url) as ws:
        yield ws


def stored_towns(ws: Workspace) -> list[tuple[object, ...]]:
    query = sa.select(day_towns.c.code, day_towns.c.score, day_towns.c.level, day_towns.c.document)
    with ws.read() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(day_towns.c.code))]


def test_the_day_is_the_same_bytes(small: Workspace, moved: Workspace, now: datetime) -> None:
    here, there = compute_day(small, DAY, now=now), compute_day(moved, DAY, now=now)
    assert len(here.town_texts) == 9
    assert (here.text, here.town_texts, here.digest) == (there.text, there.town_texts, there.digest)
    for ws, result in ((small, here), (moved, there)):
        assert store_day(ws, result).revision == 1
        assert store_day(ws, compute_day(ws, DAY, now=now)).unchanged
        assert publish_day(ws, DAY, now=now, by="值班员").already is False
        assert publish_day(ws, DAY, now=now, by="值班员").already is True
        assert replay_day(ws, DAY, now=now).equal
    assert stored_towns(small) == stored_towns(moved)


def test_a_stored_day_is_carried_and_replays_there(
    small: Workspace, tmp_path: Path, now: datetime, postgres
) -> None:
    store_day(small, compute_day(small, DAY, now=now))
    url = postgres.fresh()
    migrate_database(str(small.root), url, command_line("root"), now=now)
    with open_workspace(small.root, url) as ws:
        assert replay_day(ws, DAY, now=now).equal
        assert stored_towns(ws) == stored_towns(small)


def test_every_kind_of_record_reads_the_same(small: Workspace, moved: Workspace) -> None:
    for kind in RECORD_COLUMNS:
        pd.testing.assert_frame_equal(read_records(small, kind), read_records(moved, kind))
    pd.testing.assert_frame_equal(read_deliveries(small), read_deliveries(moved))


def test_layers_and_records_go_in_on_both(
    small: Workspace, moved: Workspace, tmp_path: Path, now: datetime
) -> None:
    """The same files after the move: same rows changed, same day, a new revision on both."""
    rows = pd.DataFrame(
        {
            "number": ["N-1", "D-消防-0", "坏行"],
            "found_at": ["2026-06-29T10:00:00+08:00", "2026-06-25T10:00:00+08:00", "1999-01-01"],
            "town": ["中央镇", "中央镇", "没有的镇"],
            "domain": ["消防", "消防", "消防"],
            "grade": ["重大", "一般", "一般"],
            "description": ["新隐患", "隐患 D-消防-0", "x"],
            "deadline": ["2026-07-20", "2026-06-28", "2026-07-20"],
        }
    )
    path = tmp_path / "later.csv"
    rows.to_csv(path, index=False)
    texts = []
    for ws in (small, moved):
        store_day(ws, compute_day(ws, DAY, now=now))
        outcome = record_files(ws, "hidden_dangers", [path], now=now)
        assert (outcome.accepted, outcome.changed, outcome.rejected) == (2, 2, 1)
        again = record_files(ws, "hidden_dangers", [path], now=now)
        assert again.changed == 0
        before = current(ws, "towns")
        assert before is not None
        towns = tmp_path / f"towns-{ws.engine.dialect.name}.gpkg"
        load_layer(ws, "towns").to_file(towns)
        taken = import_layer(ws, "towns", [towns], ReadOptions(), now=now)
        assert taken.snapshot is not None
        assert history(ws, "towns")[0].digest == before.digest
        result = compute_day(ws, DAY, as_of=now, now=now)
        assert store_day(ws, result).revision == 2
        texts.append(sorted(read_records(ws, "hidden_dangers")["key"]))
    assert texts[0] == texts[1]
    assert stored_towns(small) != []
