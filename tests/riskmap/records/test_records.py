"""Records as facts: append-only, known at a moment, the latest version of each key."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmap.errors import NotFoundError
from riskmap.records.reading import latest_learnt_at, read_deliveries, read_records
from riskmap.records.storing import Stored, store_records
from riskmap.storage.database import (
    RECORD_COLUMNS,
    RECORD_KINDS,
    UtcDateTime,
    deliveries,
    record_tables,
    snapshots,
)
from riskmap.workspace import Workspace, init_workspace, open_workspace

DAY1 = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)
DAY2, DAY3 = DAY1 + timedelta(days=1), DAY1 + timedelta(days=2)


@pytest.fixture
def workspace(tmp_path: Path):
    init_workspace(tmp_path / "w")
    with open_workspace(tmp_path / "w") as opened:
        yield opened


def accidents(**deaths: float | None) -> pd.DataFrame:
    """One accident per key, all else equal."""
    rows = [{"id": key, "key": key, "deaths": count} for key, count in deaths.items()]
    table = pd.DataFrame(rows, columns=["id", "key", "deaths"])
    table["occurred_at"] = pd.Timestamp("2026-05-31T10:00+08:00")
    fixed = {"town": "331003001", "domain": "消防", "source": "a.csv:2"}
    for name in [*RECORD_COLUMNS["accidents"], "source"]:
        if name not in table:
            table[name] = fixed.get(name)
    return table


def store(workspace: Workspace, table: pd.DataFrame, at: datetime, sha256: str = "a") -> Stored:
    return store_records(
        workspace, "accidents", table, file="a.csv", sha256=sha256, rejected=0, learnt_at=at
    )


def test_every_kind_reads_typed_also_when_empty(workspace: Workspace) -> None:
    for kind in RECORD_KINDS:
        frame = read_records(workspace, kind)
        assert list(frame.columns[: len(RECORD_COLUMNS[kind])]) == list(RECORD_COLUMNS[kind])
        assert frame.empty
        for name in frame.columns:
            if RECORD_COLUMNS[kind].get(name) is UtcDateTime or name == "learnt_at":
                assert str(frame[name].dtype) == "datetime64[us, UTC]", name
    assert str(read_records(workspace, "hidden_dangers")["deadline"].dtype) == "datetime64[us]"


def test_unknown_kind_is_named(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="hidden_dangers"):
        read_records(workspace, "dangers")


def test_a_later_row_supersedes_for_those_who_know_it(workspace: Workspace) -> None:
    assert store(workspace, accidents(A=0, B=None), DAY1) == Stored(2, 2, True)
    assert store(workspace, accidents(A=2, B=None), DAY2, "b") == Stored(2, 1, True)
    now = read_records(workspace, "accidents").set_index("key")
    assert now["deaths"]["A"] == 2
    assert pd.isna(now["deaths"]["B"])
    then = read_records(workspace, "accidents", DAY1).set_index("key")
    assert then["deaths"]["A"] == 0
    assert read_records(workspace, "accidents", DAY1 - timedelta(seconds=1)).empty
    with workspace.read() as connection:
        table = record_tables["accidents"]
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 3


def test_what_waited_for_another_writer_is_not_overtaken_by_it(workspace: Workspace) -> None:
    """A file's moment is that of its start: others may be stored while it waits its turn."""
    store(workspace, accidents(A=1), DAY2)
    store(workspace, accidents(A=3), DAY1, "b")
    found = read_records(workspace, "accidents")
    assert found["deaths"].tolist() == [3]
    assert found["learnt_at"].tolist() == [pd.Timestamp(DAY2)]


def test_moments_keep_their_meaning(workspace: Workspace) -> None:
    store(workspace, accidents(A=0), datetime(2026, 6, 1, 8, tzinfo=UTC))
    row = read_records(workspace.engine, "accidents").iloc[0]
    assert row["occurred_at"] == pd.Timestamp("2026-05-31T02:00Z")
    assert row["learnt_at"] == pd.Timestamp("2026-06-01T08:00Z")
    assert row["source"] == "a.csv:2"


def test_the_same_file_again_changes_nothing_that_day(workspace: Workspace) -> None:
    store(workspace, accidents(A=0), DAY1)
    assert store(workspace, accidents(A=0), DAY1 + timedelta(hours=1)) == Stored(1, 0, False)
    assert len(read_deliveries(workspace, "accidents")) == 1


def test_the_same_file_on_a_later_day_is_a_delivery_of_no_change(workspace: Workspace) -> None:
    """A register that did not change is still fresh when the bureau sent it again."""
    store(workspace, accidents(A=0), DAY1)
    assert store(workspace, accidents(A=0), DAY2) == Stored(1, 0, True)
    assert len(read_records(workspace, "accidents")) == 1
    assert read_deliveries(workspace, "accidents", DAY1)["delivered_at"].max() == DAY1
    assert read_deliveries(workspace, "accidents")["delivered_at"].max() == DAY2


def test_an_older_file_given_again_later_counts_again(workspace: Workspace) -> None:
    store(workspace, accidents(A=0), DAY1, "old")
    store(workspace, accidents(A=1), DAY2, "new")
    assert store(workspace, accidents(A=0), DAY3, "old") == Stored(1, 1, True)
    assert read_records(workspace, "accidents")["deaths"].tolist() == [0]


def test_an_empty_delivery_is_a_known_zero(workspace: Workspace) -> None:
    assert read_deliveries(workspace, "accidents").empty
    assert store(workspace, accidents(), DAY1) == Stored(0, 0, True)
    assert read_deliveries(workspace, "accidents")["accepted"].tolist() == [0]


def test_a_delivery_is_stored_whole_or_not_at_all(workspace: Workspace) -> None:
    broken = accidents(A=0, B=0)
    broken["source"] = ["a.csv:2", None]
    with pytest.raises(sa.exc.IntegrityError):
        store(workspace, broken, DAY1)
    assert read_records(workspace, "accidents").empty
    assert read_deliveries(workspace).empty


def test_newest_known_fact(workspace: Workspace) -> None:
    assert latest_learnt_at(workspace, DAY3) is None
    store(workspace, accidents(A=0), DAY1)
    with workspace.write() as connection:
        row = {"layer": "towns", "digest": "d", "imported_at": DAY2, "rows": 1, "rejected": 0}
        row |= {"datum": {}, "sources": [], "report": {}}
        connection.execute(sa.insert(snapshots), [row])
    assert latest_learnt_at(workspace, DAY3) == DAY2
    assert latest_learnt_at(workspace, DAY2 - timedelta(hours=1)) == DAY1


def test_dates_and_texts_survive(workspace: Workspace) -> None:
    table = pd.DataFrame([dict.fromkeys(RECORD_COLUMNS["overrides"])])
    table = table.assign(id="O1", key="O1", source="o.csv:2", date=pd.Timestamp("2026-06-30"))
    table["reason"] = "因为“雨”; DROP TABLE days;"
    for _ in range(2):
        store_records(
            workspace, "overrides", table, file="o.csv", sha256="o", rejected=0, learnt_at=DAY1
        )
    with workspace.read() as connection:
        stored = connection.execute(sa.select(record_tables["overrides"].c.date)).scalars().all()
    assert stored == [date(2026, 6, 30)]
    assert read_records(workspace, "overrides")["reason"][0] == table["reason"][0]


VERSIONS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 3), st.integers(0, 50)), max_size=8
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(VERSIONS, st.integers(0, 60))
def test_what_is_known_is_the_last_value_given_by_then(
    workspace: Workspace, versions: list[tuple[str, int, int]], until: int
) -> None:
    """Oracle: a dictionary filled in the order of learning."""
    with workspace.write() as connection:
        connection.execute(sa.delete(record_tables["accidents"]))
        connection.execute(sa.delete(deliveries))
    versions = sorted(versions, key=lambda version: version[2])
    expected: dict[str, float] = {}
    for number, (key, count, hour) in enumerate(versions):
        store(workspace, accidents(**{key: count}), DAY1 + timedelta(hours=hour), f"s{number}")
        if hour <= until:
            expected[key] = count
    known = read_records(workspace, "accidents", DAY1 + timedelta(hours=until))
    assert dict(zip(known["key"], known["deaths"], strict=True)) == expected
