"""What people enter one by one does not say that a kind is complete, so it earns no green."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role
from riskmap.access.tables import audit
from riskmap.daily.computing import DayResult, compute_day
from riskmap.errors import ForbiddenError, RiskmapError
from riskmap.ledger.dangers import report
from riskmap.ledger.exposures import publish_exposure
from riskmap.records.entries import enter
from riskmap.records.importing import record_files
from riskmap.records.reading import read_deliveries
from riskmap.records.statements import (
    complete_deliveries,
    last_statement,
    leaves_open,
    state_complete,
)
from riskmap.workspace import Workspace
from tests.riskmap.daily.conftest import CODES, NOW

DUTY = Actor("zhou", "周值班", Role.DUTY)
REPORTER = Actor("li", "李填报", Role.REPORTER, town=CODES[4])
LATE = NOW + timedelta(days=9)
DAY = date(2026, 7, 9)
KINDS = {"hidden_dangers", "accidents"}


@pytest.fixture
def entered(small: Workspace, feed: Callable[..., object]) -> Workspace:
    """Return the district nine days on, one danger and one near miss entered in 东北镇."""
    found = {"town": CODES[8], "domain": "消防", "grade": "general", "description": "堆放纸箱"}
    report(small, DUTY, found, now=LATE - timedelta(hours=1))
    miss = {"id": "N1", "occurred_at": LATE - timedelta(hours=2), "town": CODES[8],
            "domain": "消防", "kind": "near_miss"}  # fmt: skip
    enter(small, DUTY, "accidents", miss, now=LATE - timedelta(hours=1))
    return small


def first(result: DayResult) -> dict[str, object]:
    return next(row for row in result.towns if row["name"] == "西南镇")


def stale(ws: Workspace) -> set[str]:
    return set(first(compute_day(ws, DAY, as_of=LATE, now=LATE))["freshness"]["stale"]) & KINDS  # type: ignore[index]  # a JSON document


def test_entries_in_one_town_do_not_freshen_a_source(entered: Workspace) -> None:
    result = compute_day(entered, DAY, as_of=LATE, now=LATE)
    assert first(result)["level"] == "no_data"
    assert stale(entered) == KINDS
    known = result.document["provenance"]["records"]
    assert known["accidents"]["age_h"] > 200  # of the last file, not of the entry
    assert known["accidents"]["rows"] == 1  # and what was entered counts


def test_a_statement_does_and_so_does_todays_exposure(entered: Workspace) -> None:
    state_complete(entered, DUTY, "accidents", now=LATE)
    assert stale(entered) == {"hidden_dangers"}
    publish_exposure(entered, DUTY, LATE.date(), now=LATE)
    assert stale(entered) == set()
    last = last_statement(entered, "hidden_dangers")
    assert last is not None
    assert (last.by, last.at) == ("zhou", LATE)
    with entered.read() as connection:
        rows = connection.execute(
            sa.select(audit.c.subject).where(audit.c.action == "record.complete")
        ).scalars()
        assert sorted(rows) == ["records:accidents", "records:hidden_dangers"]
    made = read_deliveries(entered, "accidents").iloc[-1]
    assert (made["file"], made["accepted"], made["changed"]) == ("statement", 0, 0)


def test_the_exposure_of_another_day_states_nothing(entered: Workspace) -> None:
    publish_exposure(entered, DUTY, LATE.date() - timedelta(days=2), now=LATE)
    assert "hidden_dangers" in stale(entered)


def test_only_entries_are_known_and_never_complete(bare: Workspace) -> None:
    found = {"town": CODES[8], "domain": "消防", "grade": "general", "description": "堆放纸箱"}
    report(bare, DUTY, found, now=NOW)
    result = compute_day(bare, NOW.date(), as_of=NOW, now=NOW)
    source = result.document["provenance"]["records"]["hidden_dangers"]
    assert (source["known"], source["stale"], source["age_h"]) == (True, True, None)
    state_complete(bare, DUTY, "accidents", now=NOW)  # nothing happened: a known zero
    result = compute_day(bare, NOW.date(), as_of=NOW, now=NOW)
    source = result.document["provenance"]["records"]["accidents"]
    assert (source["known"], source["stale"], source["rows"]) == (True, False, 0)


def test_nor_do_entries_complete_inspections_alarms_and_commitments(bare: Workspace) -> None:
    """They are no statement of the office; files complete them, and devices their alarms."""
    hour = timedelta(hours=1)
    shown = {"inspected_at": NOW - 3 * hour, "filed_at": NOW - 2 * hour}
    enter(bare, DUTY, "inspections",
          {"id": "I1", "town": CODES[8], "domain": "消防", **shown}, now=NOW)  # fmt: skip
    raised = {"id": "L1", "hazard_source_id": None, "town": CODES[8], "raised_at": NOW - hour}
    enter(bare, DUTY, "alarms", raised, now=NOW)
    known = compute_day(bare, NOW.date(), as_of=NOW, now=NOW).document["provenance"]["records"]
    for kind in ("inspections", "alarms"):
        assert (known[kind]["known"], known[kind]["stale"], known[kind]["rows"]) == (True, True, 1)
    table = pd.DataFrame(
        [
            (kind, file, NOW, 0)
            for kind in ("alarms", "commitments", "inspections", "overrides")
            for file in ("entry", "devices", "a.csv")
        ],
        columns=["kind", "file", "delivered_at", "rejected"],
    )
    said = complete_deliveries(table)
    assert set(said.loc[said["kind"] != "overrides", "file"]) == {"devices", "a.csv"}
    assert "entry" in set(said.loc[said["kind"] == "overrides", "file"])


def test_who_may_state_what(small: Workspace) -> None:
    before = len(read_deliveries(small))
    with pytest.raises(ForbiddenError):
        state_complete(small, REPORTER, "accidents", now=LATE)
    for kind in ("alarms", "warnings", "nothing"):
        with pytest.raises(RiskmapError, match="不用声明"):
            state_complete(small, DUTY, kind, now=LATE)
    assert len(read_deliveries(small)) == before
    assert last_statement(small, "accidents") is None


def test_a_file_with_rejected_rows_completes_nothing_until_they_are_mended(
    small: Workspace, tmp_path: Path
) -> None:
    head = "id,occurred_at,town,domain,kind\n"
    good, bad = (
        f"N1,2026-07-08T08:00,{CODES[8]},消防,near_miss\n",
        "N2,昨天,东北镇,消防,near_miss\n",
    )
    file = tmp_path / "accidents.csv"
    file.write_text(head + good + bad, "utf-8")
    outcome = record_files(small, "accidents", [file], now=LATE - timedelta(hours=1))
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    assert "accidents" in stale(small)
    file.write_text(head + bad.replace("昨天", "2026-07-08T09:00"), "utf-8")
    assert record_files(small, "accidents", [file], now=LATE).rejected == 0
    assert "accidents" not in stale(small)


def test_only_where_a_missing_row_reads_as_none() -> None:
    assert leaves_open("accidents", 1)
    assert not leaves_open("accidents", 0)
    assert not leaves_open("inspections", 1)  # there a missing row is a gap already
