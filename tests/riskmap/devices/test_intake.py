"""Messages into the store: duplicates, order, lateness, refusals; alarms as versions."""

import itertools
import json
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmap.access.actors import Actor, Role, anonymous, command_line
from riskmap.access.tables import audit
from riskmap.devices.hysteresis import value_alarms
from riskmap.devices.intake import take_messages
from riskmap.devices.messages import Incoming
from riskmap.devices.tables import device_messages, device_refusals
from riskmap.errors import ForbiddenError, SignInError
from riskmap.records.reading import read_records
from riskmap.storage.database import deliveries, record_tables

START = datetime(2026, 6, 30, tzinfo=UTC)
ACTOR, EAST = command_line("tester"), "331003001"

NUMBERS = itertools.count()


def results(outcomes: list) -> list[str]:
    return [one.result for one in outcomes]


def test_an_alarm_is_raised_held_and_cleared_as_versions_of_one_record(site: Any) -> None:
    site.add("gas-1", kind="可燃气体", hazard_source_id="H1")
    for number, value in enumerate([10, 60, 65, 45, 39]):
        site.send(site.message(str(number), "gas-1", number, value), after=number)
    assert site.spans() == [("gas-1-20260630080200", 2, 4)]
    alarm = read_records(site.ws, "alarms").iloc[0]
    assert (alarm["town"], alarm["hazard_source_id"], alarm["kind"]) == (
        EAST,
        "H1",
        "可燃气体超限报警",
    )
    assert alarm["value"] == 65
    with site.ws.read() as connection:
        table = record_tables["alarms"]
        query = sa.select(table.c.cleared_at, table.c.learnt_at).order_by(table.c.row_id)
        versions = connection.execute(query).all()
        assert [row.cleared_at for row in versions] == [None, START + timedelta(minutes=4)]
        assert [row.learnt_at for row in versions] == [
            START + timedelta(minutes=2),
            START + timedelta(minutes=4),
        ]
        said = connection.execute(sa.select(audit.c.action, audit.c.subject)).all()
    assert [tuple(row) for row in said] == [
        ("alarm.raise", "alarms:gas-1-20260630080200"),
        ("alarm.change", "alarms:gas-1-20260630080200"),
    ]
    as_known = read_records(site.ws, "alarms", START + timedelta(minutes=3))
    assert as_known["cleared_at"].isna().all()


def test_a_duplicate_changes_nothing_and_a_reused_number_is_refused(site: Any) -> None:
    site.add("d1")
    site.add("d2")
    first = site.message("1", "d1", 0, 10.0)
    assert results(site.send(first, first, site.message("1", "d2", 0, 10.0))) == [
        "taken",
        "duplicate",
        "taken",
    ]
    assert results(site.send(first)) == ["duplicate"]
    [outcome] = site.send(site.message("1", "d1", 0, 11.0))
    assert (outcome.result, outcome.reason) == ("refused", "消息编号 1 已用过，而内容不同")
    with site.ws.read() as connection:
        count = sa.select(sa.func.count()).select_from(device_messages)
        assert connection.execute(count).scalar() == 2
        assert connection.execute(sa.select(device_refusals.c.reason)).scalars().all() == [
            "消息编号 1 已用过，而内容不同"
        ]


def test_an_unknown_device_and_a_malformed_message_are_kept_with_the_reason(site: Any) -> None:
    site.add("d1")
    bad = Incoming("mqtt riskmap/d1/value", "d1", "value", b"\x00{")
    outcomes = site.send(site.message("1", "nobody", 0, 1.0), bad, site.message("2", "d1", 0, 1.0))
    assert results(outcomes) == ["refused", "refused", "taken"]
    with site.ws.read() as connection:
        rows = connection.execute(sa.select(device_refusals).order_by(device_refusals.c.id)).all()
    assert [row.reason for row in rows] == ["没有登记这个设备：nobody", "消息不是 UTF-8 的 JSON"]
    assert rows[1].payload == "\\x00{"
    assert json.loads(rows[0].payload)["id"] == "1"


def test_a_late_message_moves_takes_back_and_splits_what_was_raised(site: Any) -> None:
    site.add("d1")
    site.send(
        site.message("a", "d1", 0, 10.0),
        site.message("b", "d1", 10, 60.0),
        site.message("c", "d1", 20, 60.0),
    )
    assert site.spans() == [("d1-20260630081100", 11, None)]
    site.send(site.message("late-1", "d1", 5, 60.0))
    assert site.spans() == [("d1-20260630081100", 6, None)]
    site.send(site.message("late-2", "d1", 15, 30.0))
    assert site.spans() == [("d1-20260630081100", 6, 15)]
    site.send(site.message("d", "d1", 22, 60.0))
    assert site.spans()[1:] == [("d1-20260630082100", 21, None)]
    late = [(7, 60.0), (8, 30.0), (12, 60.0), (21, 45.0)]
    site.send(*(site.message(f"late at {m}", "d1", m, value) for m, value in late))
    assert site.spans() == [("d1-20260630081100", 6, 8), ("d1-20260630081100-2", 11, 15)]


def test_an_alarm_that_turns_out_false_is_taken_back_and_stands_in_the_past(site: Any) -> None:
    site.add("d1")
    site.send(site.message("b", "d1", 10, 60.0), site.message("c", "d1", 20, 60.0), after=20)
    site.send(site.message("late", "d1", 15, 45.0), after=30)
    assert site.spans() == []
    assert len(read_records(site.ws, "alarms", START + timedelta(minutes=25))) == 1
    site.send(site.message("d", "d1", 21, 60.0), after=40)
    assert site.spans() == [("d1-20260630082100", 21, None)]


def test_what_a_person_did_to_an_alarm_survives_the_messages_after_it(site: Any) -> None:
    site.add("d1", hold_s=None)
    site.send(site.message("a", "d1", 0, 60.0), after=0)
    _person(site, acknowledged_at=START + timedelta(minutes=1))
    site.send(site.message("b", "d1", 2, 10.0), after=2)
    alarm = read_records(site.ws, "alarms").iloc[0]
    assert alarm["acknowledged_at"] == START + timedelta(minutes=1)
    assert alarm["cleared_at"] == START + timedelta(minutes=2)


def test_what_a_person_took_back_is_not_raised_again_by_the_same_messages(site: Any) -> None:
    site.add("d1", hold_s=None)
    site.send(site.message("a", "d1", 0, 60.0), after=0)
    _person(site, withdrawn_at=START + timedelta(minutes=1), withdrawn_reason="误报")
    site.send(site.message("b", "d1", 2, 61.0), after=2)
    assert site.spans() == []


def test_alarms_of_a_file_with_the_same_device_are_left_alone(site: Any) -> None:
    site.add("d1", hold_s=None)
    site.send(site.message("a", "d1", 0, 60.0), after=0)
    _person(site, id="B-1", key="B-1")
    site.send(site.message("b", "d1", 2, 10.0), after=2)
    spans = {id_: end for id_, _, end in site.spans()}
    assert spans == {"B-1": None, "d1-20260630080000": 2}


def _person(site: Any, **changes: object) -> None:
    """Append a version of the only alarm, as a person's entry does."""
    table = record_tables["alarms"]
    with site.ws.write() as connection:
        row = dict(connection.execute(sa.select(table)).mappings().one())
        del row["row_id"]
        row["learnt_at"] = START + timedelta(minutes=1)
        connection.execute(sa.insert(table).values(row | changes))


def test_a_device_may_state_its_alarm_itself_beside_its_values(site: Any) -> None:
    site.add("d1", raise_at=None, clear_at=None)
    site.send(site.message("1", "d1", 0, "raised"), site.message("2", "d1", 1, 99.0))
    site.send(site.message("3", "d1", 3, "cleared", "alarm"))
    assert site.spans() == [("d1-20260630080000-S", 0, 3)]


def test_new_thresholds_close_an_alarm_that_began_under_the_old_ones(site: Any) -> None:
    site.add("d1", hold_s=0, clear_at=10.0)
    site.send(site.message("1", "d1", 0, 60.0), site.message("2", "d1", 5, 30.0))
    assert site.spans() == [("d1-20260630080000", 0, None)]
    site.add("d1", hold_s=0, clear_at=40.0, learnt_at=START + timedelta(minutes=6))
    site.send(site.message("3", "d1", 7, 30.0))
    assert site.spans() == [("d1-20260630080000", 0, 5)]


def test_only_devices_and_the_administrator_may_send(site: Any) -> None:
    site.add("d1")
    one = site.message("1", "d1", 0, 1.0)
    machine = Actor("token:1", "采集器", Role.MACHINE, scopes=("device.send",))
    other = Actor("token:2", "气象", Role.MACHINE, scopes=("record.warnings",))
    assert results(take_messages(site.ws, machine, [one], now=START)) == ["taken"]
    for actor in (other, Actor("a", "甲", Role.DUTY)):
        with pytest.raises(ForbiddenError):
            take_messages(site.ws, actor, [one], now=START)
    with pytest.raises(SignInError):
        take_messages(site.ws, anonymous(), [one], now=START)


def test_a_token_of_one_town_sends_for_the_devices_of_that_town(site: Any) -> None:
    site.add("here")
    site.add("there", town="331003002")
    site.add("nowhere", town=None)
    sent = [site.message("1", name, 0, 1.0) for name in ("here", "there", "nowhere")]
    token = Actor("token:1", "采集器", Role.MACHINE, scopes=("device.send",), town="331003001")
    assert results(take_messages(site.ws, token, sent, now=START)) == [
        "taken", "refused", "refused",
    ]  # fmt: skip


def test_messages_without_an_alarm_leave_no_delivery(site: Any) -> None:
    site.add("d1")
    site.send(site.message("1", "d1", 0, 1.0), site.message("2", "d1", 1, "on"))
    with site.ws.read() as connection:
        kinds = connection.execute(sa.select(deliveries.c.kind)).scalars().all()
    assert kinds == ["devices"]


MINUTES = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([10.0, 40.0, 45.0, 50.0, 80.0])),
    min_size=1,
    max_size=14,
    unique_by=lambda one: one[0],
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(readings=MINUTES, seed=st.integers(0, 1000), hold=st.sampled_from([0.0, 60.0, 180.0]))
def test_any_order_batches_and_repeats_give_the_alarms_of_the_ordered_messages(
    one_site: Any, readings: list[tuple[int, float]], seed: int, hold: float
) -> None:
    rng = random.Random(seed)
    device = f"d{next(NUMBERS)}x"
    one_site.add(device, hold_s=hold)
    said = [one_site.message(f"m{minute}", device, minute, value) for minute, value in readings]
    said += rng.sample(said, len(said) // 3)
    rng.shuffle(said)
    while said:
        size = rng.randint(1, 5)
        one_site.send(*said[:size])
        said = said[size:]
    ordered = [(START + timedelta(minutes=m), v) for m, v in sorted(readings)]
    expected = [
        ((one.raised_at - START) / timedelta(minutes=1),
         one.cleared_at and (one.cleared_at - START) / timedelta(minutes=1))
        for one in value_alarms(ordered, 50, 40, hold)
    ]  # fmt: skip
    found = [span for span in one_site.spans() if span[0].startswith(device + "-")]
    assert [(raised, cleared) for _, raised, cleared in found] == expected


def test_writers_of_one_device_at_once_lose_no_message_and_no_alarm(site: Any) -> None:
    site.add("d1", hold_s=0)
    errors: list[BaseException] = []

    def work(part: int) -> None:
        try:
            for minute in range(part, 60, 6):
                site.send(
                    site.message(f"m{minute}", "d1", minute, 60.0 if minute % 10 < 5 else 10.0)
                )
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with site.ws.read() as connection:
        count = sa.select(sa.func.count()).select_from(device_messages)
        assert connection.execute(count).scalar() == 60
    spans = [(raised, cleared) for _, raised, cleared in site.spans()]
    assert spans == [(start, start + 5) for start in range(0, 60, 10)]


def test_a_batch_is_stored_whole_or_not_at_all(site: Any, monkeypatch) -> None:
    site.add("d1", hold_s=0)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("riskmap.devices.intake._audited", broken)
    with pytest.raises(RuntimeError):
        site.send(site.message("1", "d1", 0, 90.0))
    monkeypatch.undo()
    assert site.spans() == []
    assert results(
        take_messages(site.ws, ACTOR, [site.message("1", "d1", 0, 90.0)], now=START)
    ) == ["taken"]
