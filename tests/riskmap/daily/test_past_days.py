"""The fast way to the inputs of many days gives exactly what a single day computes with."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import command_line
from riskmap.daily.computing import district_code, engine_inputs, places_of
from riskmap.daily.facts import Records, gather_facts, load_periods, load_records, usable_kinds
from riskmap.daily.inventory import take_inventory
from riskmap.daily.past_days import inputs_of, ready
from riskmap.devices.tables import device_messages
from riskmap.district import load_district, snapshots_in_use
from riskmap.imports import ReadOptions, import_layer
from riskmap.ledger.workdays import calendar_of
from riskmap.moment import Moment
from riskmap.paths import data_dir
from riskmap.records.duties import device_rates, rates_from_records
from riskmap.records.entries import enter, latest
from riskmap.records.entry_history import newest
from riskmap.records.importing import record_files, warning_files
from riskmap.records.reading import read_records
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace, init_workspace, open_workspace
from scoring.daily.inputs import DailyInputs
from scoring.levels import RULES

NOW = datetime.fromisoformat("2026-07-01T09:00:00+08:00")
RAW = data_dir() / "sample" / "raw"
TABLES = {
    "hidden_dangers": "csv", "accidents": "csv", "alarms": "csv", "responses": "xlsx",
    "special_periods": "xlsx", "overrides": "xlsx", "indicators": "csv", "commitments": "csv",
    "inspections": "csv", "devices": "xlsx",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Return the towns, hazard sources and all records of the sample."""
    root = tmp_path_factory.mktemp("past") / "ws"
    init_workspace(root, name="云溪区", code="339901")
    with open_workspace(root) as ws:
        for layer, file in (("towns", "towns.zip"), ("hazard_sources", "hazard_sources.geojson")):
            import_layer(ws, layer, [RAW / file], ReadOptions(), now=NOW)
        for kind, suffix in TABLES.items():
            record_files(ws, kind, [RAW / f"{kind}.{suffix}"], now=NOW)
        warning_files(ws, [RAW / "warnings.json"], now=NOW)
        later_versions(ws)
        messages(ws)
        yield ws


def messages(ws: Workspace) -> None:
    """Let some devices of the register send on some mornings, a part of them silent since long."""
    morning = NOW.replace(hour=8, minute=20)
    rows = [
        {"device_id": device, "message_id": f"{back}", "kind": "value", "at": at,
         "received_at": at, "value": 1.0, "payload": "{}"}
        for i, device in enumerate(read_records(ws, "devices")["id"].head(40))
        for back in range(0, 395, 43)
        if i % 3 or back
        for at in [morning - timedelta(days=back + i % 2)]
    ]  # fmt: skip
    with ws.write() as connection:
        connection.execute(sa.insert(device_messages), rows)


def later_versions(ws: Workspace) -> None:
    """Give some dangers a later deadline, close some and open them again, and add late deaths."""
    table = record_tables["hidden_dangers"]
    dangers = read_records(ws, "hidden_dangers").sort_values("found_at").iloc[::25]
    with ws.write() as connection:
        for i, key in enumerate(dangers["key"]):
            row = dict(newest(connection, "hidden_dangers", key).fields)
            base = {"key": key, "delivery_id": 1, "learnt_at": NOW, "source": "ledger"}
            found = row["found_at"]
            for days, change in (
                (3, {"deadline": found.date() + timedelta(days=60)}),
                (9, {"closed_at": found + timedelta(days=9)}),
                (20 + i, {"closed_at": None, "grade": "major"}),
            ):
                row = row | change | {"held_from": found + timedelta(days=days)}
                connection.execute(sa.insert(table).values(**base, **row))
    for number in ("AC0005", "AC0040", "AC0076"):
        accident = latest(ws, "accidents", number)
        day = accident.fields["occurred_at"].date() + timedelta(days=3)
        later = day + timedelta(days=9)
        fields = {"deaths": 2, "kind": "accident", "late_deaths": f"{day}:1;{later}:1"}
        enter(ws, command_line("test"), "accidents", fields, expect=accident.row_id, now=NOW)


def moments(records: Records) -> list[Moment]:
    """Return mornings of thirteen months, and moments at which some record just begins."""
    end = pd.Timestamp(NOW).normalize() + timedelta(hours=8, minutes=30)
    chosen = [end - timedelta(days=back) for back in range(0, 395, 43)]
    alarms = records.tables["alarms"]
    slow = ~(alarms["handled_at"] - alarms["raised_at"] <= timedelta(minutes=20))
    waiting = alarms.loc[slow, "raised_at"].dt.tz_convert(end.tz).iloc[:3]
    chosen += [when + timedelta(minutes=16) for when in waiting]
    starts = {"accidents": "occurred_at", "warnings": "issued_at"}
    for kind, column in starts.items():
        found = records.tables[kind][column].dropna().dt.tz_convert(end.tz)
        chosen += [when + timedelta(minutes=16) for when in found.iloc[::40]]
    dead = records.tables["accidents"].dropna(subset=["late_deaths"])["occurred_at"]
    chosen += [when + timedelta(days=d) for when in dead.dt.tz_convert(end.tz) for d in (12.2, 16)]
    overrides = records.tables["overrides"]["date"].dropna()
    chosen += [day.tz_localize(end.tz) + timedelta(hours=9) for day in overrides]
    return [Moment(at.date(), at, pd.Timestamp(NOW)) for at in chosen]


def same(one: Any, other: Any) -> bool:
    """Tell whether two arrays or values are the same to the last bit."""
    a, b = np.asarray(one), np.asarray(other)
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def apart(one: DailyInputs, other: DailyInputs) -> list[str]:
    """Return the names of what differs."""
    found = [
        name
        for name in (part.name for part in fields(DailyInputs))
        if name != "triggers" and not same(getattr(one, name), getattr(other, name))
    ]
    columns = ("rule", "town", "level", "sector", "column")
    return found + [
        name
        for name in columns
        if not same(getattr(one.triggers, name), getattr(other.triggers, name))
    ]


def test_every_day_as_the_day_itself_computes_it(sample: Workspace) -> None:
    scheme = scheme_in_use(sample)
    district = load_district(sample, snapshots_in_use(sample, None)[0])
    inventory = take_inventory(district, scheme)
    end = pd.Timestamp(NOW)
    records = load_periods(sample, Moment(end.date(), end, end))
    places, code = places_of(district, scheme), district_code(sample, district)
    zone = sample.settings.zone
    calendar = calendar_of(sample)
    days = ready(
        records,
        places,
        scheme,
        inventory,
        zone=zone,
        district_code=code,
        calendar=calendar,
        devices=lambda moment: device_rates(sample, places, moment),
    )
    unknown = np.full(district.n, -1, np.int8)
    rules: set[str] = set()
    derived, online, seen = 0, 0, set()
    for moment in moments(records):
        held = load_records(sample, moment)
        usable = usable_kinds(held, moment, scheme)
        rates = rates_from_records(
            held.tables, usable, places, moment, scheme, calendar=calendar, firms=inventory.firms
        )
        told_by_devices = device_rates(sample, places, moment)
        online += sum(int(np.isfinite(rate).sum()) for rate in told_by_devices.values())
        rates |= told_by_devices
        facts = gather_facts(
            held,
            places,
            moment,
            scheme,
            sources=inventory.sources,
            district_code=code,
            derived=rates,
        )
        derived += sum(int(np.isfinite(rate).sum()) for rate in rates.values())
        seen |= {int(facts.dangers.backlog.sum())}
        told = engine_inputs(inventory, facts, unknown)
        assert apart(told, inputs_of(days, moment)) == [], moment.at
        rules |= {RULES[i] for i in told.triggers.rule}
    assert derived > 0
    assert online > 0
    assert len(seen) > 3
    assert {"E2", "E3", "E4", "E6", "E7"} <= rules  # the sample has something to tell apart
