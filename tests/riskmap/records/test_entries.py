"""Records by hand: the checks of a file, two people at once, nothing changed, nothing lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from layers.importing.model import LayerImport
from riskmap.access.actors import Actor, Role, command_line
from riskmap.access.tables import audit
from riskmap.errors import (
    ConflictError,
    FieldsError,
    ForbiddenError,
    NotFoundError,
    RiskmapError,
    SignInError,
)
from riskmap.layer_store import store_layer
from riskmap.records.entries import enter, history, latest, withdraw
from riskmap.records.importing import record_files
from riskmap.records.reading import read_deliveries, read_records
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
OFFICE = command_line("office")
REPORTER = Actor("zhang", "张三", Role.REPORTER, town="331003001")
TOWNS = [("331003001", "东城街道"), ("331003107", "院桥镇")]
ACCIDENT = {"occurred_at": "2026-06-29 10:00", "town": "东城街道", "domain": "消防", "deaths": "1"}


def layer(name: str, table: gpd.GeoDataFrame) -> LayerImport:
    count = len(table)
    return LayerImport(
        name, table, None, count, count, 0, [], pd.DataFrame(), [{"file": "f"}], {}, {}, True
    )


@pytest.fixture
def workspace(tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    init_workspace(tmp_path / "w", "黄岩区", "331003", database_url)
    towns = gpd.GeoDataFrame(
        {
            "code": [code for code, _ in TOWNS],
            "name": [name for _, name in TOWNS],
            "source_file": "t",
            "source_row": [1, 2],
        },
        geometry=[shapely.box(121 + i, 28, 122 + i, 29) for i in range(2)],
        crs="EPSG:4490",
    )
    with open_workspace(tmp_path / "w", database_url) as opened:
        store_layer(opened, "towns", layer("towns", towns), datetime(2026, 6, 1, tzinfo=UTC))
        yield opened


def count(workspace: Workspace, kind: str) -> int:
    with workspace.read() as connection:
        query = sa.select(sa.func.count()).select_from(record_tables[kind])
        return int(connection.execute(query).scalar_one())


def test_a_record_is_entered_corrected_and_told(workspace: Workspace) -> None:
    first = enter(workspace, OFFICE, "accidents", ACCIDENT, now=NOW)
    assert first.changed
    assert first.version.key.startswith("SG-20260630-")
    assert first.version.fields["town"] == "331003001"
    assert first.version.fields["occurred_at"] == datetime(2026, 6, 29, 2, tzinfo=UTC)
    assert first.version.fields["kind"] == "accident"
    key = first.version.key
    second = enter(
        workspace,
        OFFICE,
        "accidents",
        {"deaths": 3, "late_deaths": "2026/6/30：2"},
        expect=first.version.row_id,
        now=LATER,
    )
    assert second.version.fields["deaths"] == 3
    assert second.version.fields["late_deaths"] == "2026-06-30:2"
    assert second.version.fields["occurred_at"] == first.version.fields["occurred_at"]
    then = read_records(workspace, "accidents", NOW)
    assert then["deaths"].tolist() == [1]
    assert read_records(workspace, "accidents")["deaths"].tolist() == [3]
    told = history(workspace, "accidents", key)
    assert [one.learnt_at for one in told] == [NOW, LATER]
    assert told[1].changes == {"deaths": (1, 3), "late_deaths": (None, "2026-06-30:2")}
    assert [one.actor for one in told] == ["command-line:office"] * 2
    assert told[1].held_from == told[0].fields["occurred_at"]
    assert len(read_deliveries(workspace, "accidents")) == 2
    with workspace.read() as connection:
        rows = connection.execute(sa.select(audit).order_by(audit.c.number)).mappings().all()
    mine = [row for row in rows if row["subject"] == f"accidents:{key}"]
    assert [row["action"] for row in mine] == ["record.accidents"] * 2
    assert '"deaths":1' in mine[1]["before"] and '"deaths":3' in mine[1]["after"]


def test_every_fault_stands_beside_its_field(workspace: Workspace) -> None:
    fields = ACCIDENT | {"town": "东成街道", "deaths": "-1", "occurred_at": "2026-07-09"}
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "accidents", fields, now=NOW)
    assert set(caught.value.faults) == {"town", "deaths", "occurred_at"}
    fields = ACCIDENT | {"town": "东成街道", "occurred_at": "昨天", "late_deaths": "一人"}
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "accidents", fields, now=NOW)
    assert set(caught.value.faults) == {"town", "occurred_at", "late_deaths"}
    assert "东城街道" in caught.value.faults["town"]
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "accidents", {"town": "东城街道"}, now=NOW)
    assert set(caught.value.faults) == {"occurred_at", "domain"}
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "accidents", ACCIDENT | {"colour": "red"}, now=NOW)
    assert set(caught.value.faults) == {"colour"}
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "alarms", {"raised_at": "2026-06-29 10:00"}, now=NOW)
    assert set(caught.value.faults) == {"hazard_source_id"}
    assert count(workspace, "accidents") == 0
    assert read_deliveries(workspace).empty


def test_a_stale_edit_gets_both_versions(workspace: Workspace) -> None:
    first = enter(workspace, OFFICE, "accidents", ACCIDENT, now=NOW).version
    enter(workspace, OFFICE, "accidents", {"deaths": 2}, expect=first.row_id, now=LATER)
    with pytest.raises(ConflictError) as caught:
        enter(workspace, OFFICE, "accidents", {"deaths": 4}, expect=first.row_id, now=LATER)
    assert caught.value.yours["deaths"] == 4
    assert caught.value.theirs["deaths"] == 2
    again = {"id": first.key, **ACCIDENT}
    with pytest.raises(ConflictError, match="已经有"):
        enter(workspace, OFFICE, "accidents", again, now=LATER)
    assert count(workspace, "accidents") == 2


def test_the_same_again_is_no_new_version(workspace: Workspace) -> None:
    first = enter(workspace, OFFICE, "accidents", ACCIDENT, now=NOW).version
    again = enter(workspace, OFFICE, "accidents", ACCIDENT, expect=first.row_id, now=LATER)
    assert not again.changed
    assert again.version.row_id == first.row_id
    assert count(workspace, "accidents") == 1


def test_of_many_at_once_one_wins(workspace: Workspace) -> None:
    first = enter(workspace, OFFICE, "accidents", ACCIDENT, now=NOW).version

    def change(deaths: int) -> Any:
        try:
            return enter(
                workspace,
                OFFICE,
                "accidents",
                {"deaths": deaths},
                expect=first.row_id,
                now=LATER,
            ).version.fields["deaths"]
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(change, range(2, 12)))
    won = [one for one in answers if isinstance(one, int)]
    assert len(won) == 1
    assert read_records(workspace, "accidents")["deaths"].tolist() == won
    assert all(one.theirs["deaths"] == won[0] for one in answers if not isinstance(one, int))


def test_who_may_is_asked_of_what_is_stored_too(workspace: Workspace) -> None:
    mine = enter(workspace, REPORTER, "accidents", ACCIDENT, now=NOW).version
    other = ACCIDENT | {"town": "院桥镇"}
    with pytest.raises(ForbiddenError):
        enter(workspace, REPORTER, "accidents", other, now=NOW)
    theirs = enter(workspace, OFFICE, "accidents", other, now=NOW).version
    with pytest.raises(ForbiddenError):
        enter(workspace, REPORTER, "accidents", {"town": "东城街道"}, expect=theirs.row_id, now=NOW)
    with pytest.raises(ForbiddenError):
        enter(workspace, REPORTER, "accidents", {"town": "院桥镇"}, expect=mine.row_id, now=NOW)
    with pytest.raises(ForbiddenError):
        withdraw(workspace, REPORTER, "accidents", theirs.key, "错了", now=NOW)
    with pytest.raises(SignInError):
        enter(workspace, replace(REPORTER, role=Role.ANONYMOUS), "accidents", ACCIDENT, now=NOW)
    with pytest.raises(RiskmapError, match="闭环"):
        enter(workspace, OFFICE, "hidden_dangers", {}, now=NOW)


def test_a_number_that_is_in_use_elsewhere_tells_nothing_and_takes_nothing_over(
    workspace: Workspace,
) -> None:
    """Neither a conflict (it would show the record) nor, once withdrawn, the record itself."""
    other = ACCIDENT | {"id": "X1", "town": "院桥镇", "note": "王某 13812345678"}
    enter(workspace, OFFICE, "accidents", other, now=NOW)
    mine = ACCIDENT | {"id": "X1"}
    with pytest.raises(ForbiddenError) as caught:
        enter(workspace, REPORTER, "accidents", mine, now=LATER)
    assert "13812345678" not in str(caught.value)
    withdraw(workspace, OFFICE, "accidents", "X1", "误报", now=LATER)
    with pytest.raises(ForbiddenError):
        enter(workspace, REPORTER, "accidents", mine, now=LATER)
    assert read_records(workspace, "accidents").empty
    assert count(workspace, "accidents") == 2
    inspector = Actor("wang", "王五", Role.INSPECTOR, domains=("消防",))
    visit = {"id": "J1", "inspected_at": "2026-06-29 10:00", "town": "院桥镇", "domain": "危化"}
    enter(workspace, OFFICE, "inspections", visit, now=NOW)
    with pytest.raises(ForbiddenError):
        enter(workspace, inspector, "inspections", visit | {"domain": "消防"}, now=LATER)


def test_what_moved_to_another_town_since_is_not_shown(workspace: Workspace) -> None:
    mine = enter(workspace, REPORTER, "accidents", ACCIDENT, now=NOW).version
    moved = {"town": "院桥镇", "note": "王某 13812345678"}
    enter(workspace, OFFICE, "accidents", moved, expect=mine.row_id, now=LATER)
    with pytest.raises(ForbiddenError):
        enter(workspace, REPORTER, "accidents", {"deaths": 2}, expect=mine.row_id, now=LATER)


def test_withdrawn_counts_no_more_from_then_on(workspace: Workspace) -> None:
    first = enter(workspace, OFFICE, "accidents", ACCIDENT, now=NOW).version
    with pytest.raises(FieldsError):
        withdraw(workspace, OFFICE, "accidents", first.key, "  ", now=LATER)
    with pytest.raises(ConflictError):
        withdraw(
            workspace, OFFICE, "accidents", first.key, "重复", expect=first.row_id + 7, now=NOW
        )
    gone = withdraw(workspace, OFFICE, "accidents", first.key, "重复登记", now=LATER)
    assert (gone.withdrawn_at, gone.withdrawn_reason) == (LATER, "重复登记")
    assert read_records(workspace, "accidents").empty
    assert len(read_records(workspace, "accidents", NOW)) == 1
    with pytest.raises(NotFoundError):
        withdraw(workspace, OFFICE, "accidents", first.key, "再撤", now=LATER)
    with pytest.raises(NotFoundError):
        latest(workspace, "accidents", first.key)
    assert len(history(workspace, "accidents", first.key)) == 2
    again = {"id": first.key, **ACCIDENT}
    assert enter(workspace, OFFICE, "accidents", again, now=LATER + timedelta(hours=1)).changed
    assert len(read_records(workspace, "accidents")) == 1


def test_a_file_that_repeats_what_was_withdrawn_does_not_bring_it_back(
    workspace: Workspace,
) -> None:
    path = workspace.root.parent / "a.csv"
    path.write_text("编号,发生时间,镇街,领域\nX1,2026-06-29,院桥镇,消防\n", encoding="utf-8")
    record_files(workspace, "accidents", [path], now=NOW)
    withdraw(workspace, OFFICE, "accidents", "X1", "误报", now=LATER)
    assert read_records(workspace, "accidents").empty
    record_files(workspace, "accidents", [path], now=LATER + timedelta(days=1))
    assert read_records(workspace, "accidents").empty
    path.write_text("编号,发生时间,镇街,领域\nX1,2026-06-28,院桥镇,消防\n", encoding="utf-8")
    record_files(workspace, "accidents", [path], now=LATER + timedelta(days=2))
    assert read_records(workspace, "accidents")["key"].tolist() == ["X1"]


def test_who_brings_a_file_is_asked_and_told(workspace: Workspace) -> None:
    path = workspace.root.parent / "a.csv"
    head = "编号,发生时间,镇街,领域\nX1,2026-06-29,东城街道,消防\n"
    path.write_text(head + "X2,2026-06-29,院桥镇,消防\n", encoding="utf-8")
    with pytest.raises(ForbiddenError):
        record_files(workspace, "accidents", [path], now=NOW, actor=REPORTER)
    assert read_records(workspace, "accidents").empty
    path.write_text(head, encoding="utf-8")
    record_files(workspace, "accidents", [path], now=NOW, actor=REPORTER)
    with workspace.read() as connection:
        mine = sa.select(audit).where(audit.c.action == "record.accidents.file")
        row = connection.execute(mine).mappings().one()
    assert (row["actor"], row["result"]) == ("zhang", "done")
    assert (row["subject"], '"accepted":1' in row["after"]) == ("accidents:a.csv", True)
    lines = "编号,日期,镇街,颜色,方向,理由,决定人,复核人\nO1,2026-06-30,院桥镇,蓝,下调,a,b,c\n"
    path.write_text(lines, encoding="utf-8")
    duty = Actor("li", "李四", Role.DUTY)
    with pytest.raises(ForbiddenError, match="管理员"):
        record_files(workspace, "overrides", [path], now=NOW, actor=duty)


def test_every_kind_can_be_entered(workspace: Workspace) -> None:
    town = {"town": "东城街道"}
    cases: dict[str, dict[str, Any]] = {
        "inspections": town | {"inspected_at": "2026-06-29 10:00", "domain": "消防"},
        "devices": town | {"name": "液位计", "raise_at": 9.5, "clear_at": 9.2},
        "responses": {"name": "防汛", "level": "Ⅳ", "started_at": "2026-06-29 10:00"},
        "special_periods": {
            "name": "节日",
            "severity": 0.3,
            "starts_at": "2026-06-29",
            "ends_at": "2026-07-02",
        },
        "alarms": town | {"raised_at": "2026-06-29 10:00", "value": 12.5},
        "indicators": town | {"week": "2026-W26", "indicator": "index", "value": "91.5"},
        "commitments": town | {"enterprise_id": "E1", "state": "正常生产", "risk_level": "低"},
    }
    for kind, fields in cases.items():
        made = enter(workspace, OFFICE, kind, fields, now=NOW).version
        assert len(read_records(workspace, kind)) == 1, kind
        same = enter(workspace, OFFICE, kind, {}, expect=made.row_id, now=LATER)
        assert not same.changed, kind
    ends = read_records(workspace, "special_periods")["ends_at"]
    assert ends.tolist() == [pd.Timestamp("2026-07-02T15:59:59Z")]
    commitment = read_records(workspace, "commitments").iloc[0]
    assert commitment["key"] == "E1|2026-06-30"
    assert commitment["risk_level"] == "blue"
    assert commitment["committed_at"] == pd.Timestamp(NOW)


def test_the_key_stays(workspace: Workspace) -> None:
    first = enter(workspace, OFFICE, "accidents", ACCIDENT, now=NOW).version
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "accidents", {"id": "other"}, expect=first.row_id, now=NOW)
    assert set(caught.value.faults) == {"id"}


def registered(workspace: Workspace) -> Actor:
    """Import the one firm of the register, in 院桥镇; return who signs in for it."""
    firms = gpd.GeoDataFrame(
        {"id": ["E1"], "name": ["甲厂"], "town": ["院桥镇"], "source_file": "e", "source_row": [1]},
        geometry=[shapely.Point(121.5, 28.5)],
        crs="EPSG:4490",
    )
    store_layer(workspace, "enterprises", layer("enterprises", firms), NOW)
    return Actor("jia", "甲厂", Role.ENTERPRISE, enterprise_id="E1")


def test_a_commitment_takes_the_town_of_its_firm(workspace: Workspace) -> None:
    firm = registered(workspace)
    fields = {"enterprise_id": "E1", "state": "normal"}
    given = {"town": "东城街道", "committed_at": "2026-06-30T07:00"}
    made = enter(workspace, firm, "commitments", fields | given, now=NOW).version
    assert made.fields["town"] == "331003107"
    assert (made.fields["date"], made.fields["committed_at"]) == (date(2026, 6, 30), NOW)
    assert enter(workspace, OFFICE, "commitments", fields | given | {"date": "2026-06-29"}, now=NOW)
    with pytest.raises(ForbiddenError):
        enter(workspace, firm, "commitments", fields | {"enterprise_id": "E2"}, now=NOW)
    with pytest.raises(FieldsError) as caught:
        enter(workspace, OFFICE, "commitments", fields | {"enterprise_id": "E2"}, now=NOW)
    assert set(caught.value.faults) == {"enterprise_id"}


def test_an_enterprise_commits_for_today_only(workspace: Workspace) -> None:
    """Whatever time it names, it commits when it does: what comes after the hour is late."""
    firm = registered(workspace)
    fields = {"enterprise_id": "E1", "state": "normal"}
    with pytest.raises(FieldsError, match="只能作今日的承诺"):
        enter(workspace, firm, "commitments", fields | {"date": "2026-06-29"}, now=NOW)
    given = {"committed_at": "2026-06-30T07:00", "date": "2026-06-30"}
    today = enter(workspace, firm, "commitments", fields | given, now=NOW).version
    row = read_records(workspace, "commitments").iloc[0]
    assert row["committed_at"] == row["learnt_at"] == pd.Timestamp(NOW)  # the hour is judged by it
    tomorrow = NOW + timedelta(days=1)
    for change in (
        lambda who: enter(
            workspace, who, "commitments", {"state": "stopped"}, expect=today.row_id, now=tomorrow
        ),
        lambda who: withdraw(workspace, who, "commitments", today.key, "错", now=tomorrow),
    ):
        with pytest.raises(ForbiddenError, match="今日的承诺"):
            change(firm)
    late = enter(
        workspace, firm, "commitments", {"state": "stopped"}, expect=today.row_id, now=LATER
    )
    assert late.version.fields["committed_at"] == LATER
    told = {"committed_at": "2026-06-30T08:00"}
    enter(workspace, OFFICE, "commitments", told, expect=late.version.row_id, now=tomorrow)
    row = read_records(workspace, "commitments").iloc[0]
    assert row["committed_at"] == pd.Timestamp("2026-06-30T00:00Z")  # the office says what it knows


def test_an_enterprise_of_no_known_town_does_not_choose_one(workspace: Workspace) -> None:
    firm = Actor("jia", "甲厂", Role.ENTERPRISE, enterprise_id="E1")
    fields = {"enterprise_id": "E1", "state": "normal", "town": "院桥镇"}
    with pytest.raises(FieldsError) as caught:
        enter(workspace, firm, "commitments", fields, now=NOW)
    assert set(caught.value.faults) == {"town"}
