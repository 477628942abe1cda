"""What held at a moment, as known at another: by hand, then one way against the other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.records.reading import read_periods, read_records
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace, init_workspace, open_workspace

TABLE = record_tables["hidden_dangers"]
DAY0 = datetime(2026, 6, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """Return the moment `number` days after the first of June."""
    return DAY0 + timedelta(days=number)


@pytest.fixture
def workspace(tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    init_workspace(tmp_path / "w", "我的区", "330001", database_url)
    with open_workspace(tmp_path / "w", database_url) as opened:
        yield opened


def put(
    workspace: Workspace,
    key: str,
    learnt: float,
    held: float | None,
    state: str,
    *,
    withdrawn: bool = False,
) -> None:
    with workspace.write() as connection:
        made = connection.execute(
            sa.insert(deliveries).values(
                kind="hidden_dangers",
                file="f",
                sha256=key,
                delivered_at=day(learnt),
                accepted=1,
                changed=1,
                rejected=0,
            )
        )
        number = made.inserted_primary_key
        assert number is not None
        connection.execute(
            sa.insert(TABLE).values(
                key=key,
                delivery_id=number[0],
                learnt_at=day(learnt),
                source="f:1",
                state=state,
                held_from=None if held is None else day(held),
                withdrawn_at=day(learnt) if withdrawn else None,
            )
        )


def states(workspace: Workspace, at: float, known: float) -> list[str]:
    return read_records(workspace, "hidden_dangers", day(known), at=day(at))["state"].tolist()


def test_a_reopened_danger_is_on_a_past_day_what_it_was(workspace: Workspace) -> None:
    put(workspace, "D", 1, 1, "found")
    put(workspace, "D", 5, 5, "closed")
    put(workspace, "D", 9, 9, "reopened")
    put(workspace, "D", 12, 7, "closed later")  # a back-dated correction
    assert states(workspace, 0.5, 20) == []
    assert [states(workspace, at, 10)[0] for at in (2, 6, 8, 9)] == [
        "found", "closed", "closed", "reopened",
    ]  # fmt: skip
    assert [states(workspace, at, 20)[0] for at in (2, 6, 8, 9)] == [
        "found", "closed", "closed later", "closed later",
    ]  # fmt: skip
    assert read_records(workspace, "hidden_dangers")["state"].tolist() == ["closed later"]


def test_a_version_without_a_start_always_held(workspace: Workspace) -> None:
    put(workspace, "D", 3, None, "from a file")
    put(workspace, "D", 5, 5, "closed")
    assert states(workspace, 0, 4) == states(workspace, 0, 9) == ["from a file"]
    assert states(workspace, 6, 9) == ["closed"]


def test_withdrawn_is_withdrawn_at_every_moment_from_when_that_was_known(
    workspace: Workspace,
) -> None:
    put(workspace, "D", 1, 1, "found")
    put(workspace, "D", 5, 5, "found", withdrawn=True)
    assert states(workspace, 2, 4) == ["found"]
    assert states(workspace, 2, 6) == []
    assert read_periods(workspace, "hidden_dangers").empty


def test_periods_say_at_every_moment_what_reading_at_it_says(workspace: Workspace) -> None:
    rng = np.random.default_rng(7)
    for number in range(60):
        held = None if rng.random() < 0.2 else float(rng.integers(0, 12))
        gone = bool(rng.random() < 0.05)
        put(
            workspace,
            f"D{rng.integers(0, 6)}",
            float(rng.integers(0, 12)),
            held,
            f"s{number}",
            withdrawn=gone,
        )
    for known in (3, 7, 12):
        periods = read_periods(workspace, "hidden_dangers", day(known))
        assert periods.columns[-1] == "held_until"
        for at in np.arange(-0.5, 13, 0.5):
            now = pd.Timestamp(day(float(at)))
            holds = ~(periods["held_from"] > now) & ~(periods["held_until"] <= now)
            found = dict(zip(periods.loc[holds, "key"], periods.loc[holds, "state"], strict=True))
            rows = read_records(workspace, "hidden_dangers", day(known), at=day(float(at)))
            assert found == dict(zip(rows["key"], rows["state"], strict=True)), (known, at)
