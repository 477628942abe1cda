"""Which devices are on line, and the rate of each town."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from riskmap.devices.online import last_messages, rates, states
from riskmap.devices.tables import device_messages

START = datetime(2026, 6, 30, tzinfo=UTC)
EAST, WEST = "331003001", "331003002"


def at(minutes: float):
    return START + timedelta(minutes=minutes)


def online(site: Any, minutes: float, known: float = 9999) -> dict[str, bool]:
    return {one.device.id: one.online for one in states(site.ws, at(minutes), at(known))}


def test_a_device_is_on_line_until_its_limit_after_its_last_message(site: Any) -> None:
    site.add("d1", silent_after_min=10.0)
    site.add("d2")
    assert online(site, 0) == {"d1": False, "d2": False}
    site.send(site.message("1", "d1", 0, 5.0), site.message("1", "d2", 0, 5.0))
    assert online(site, 10) == {"d1": True, "d2": True}
    assert online(site, 10.1) == {"d1": False, "d2": True}
    assert online(site, 30) == {"d1": False, "d2": True}
    assert online(site, 30.1) == {"d1": False, "d2": False}


def test_a_device_that_says_off_is_off_until_it_speaks_again(site: Any) -> None:
    site.add("d1")
    site.send(site.message("1", "d1", 0, 5.0), site.message("2", "d1", 5, "off"))
    assert online(site, 4) == {"d1": True}
    assert online(site, 6) == {"d1": False}
    site.send(site.message("3", "d1", 7, "on"))
    assert online(site, 8) == {"d1": True}
    site.send(site.message("late", "d1", 6, "off"))
    assert online(site, 8) == {"d1": True}


def test_a_late_message_counts_only_for_those_who_know_it(site: Any) -> None:
    site.add("d1")
    site.send(site.message("1", "d1", 0, 5.0), after=120)
    assert online(site, 10, known=119) == {"d1": False}
    assert online(site, 10, known=120) == {"d1": True}


def test_rates_count_devices_in_service_by_town_and_leave_out_what_is_unknown(
    site: Any,
) -> None:
    assert rates(site.ws, at(0), at(0)) == {}
    site.add("a")
    site.add("b")
    site.add("retired", in_service_until=date(2026, 6, 29))
    site.add("planned", in_service_from=date(2026, 7, 1))
    site.add("west", town=WEST)
    site.add("nowhere", town=None)
    site.send(*(site.message("1", id_, 0, 5.0) for id_ in ("a", "retired", "planned", "nowhere")))
    assert rates(site.ws, at(5), at(9999)) == {EAST: (1, 2), WEST: (0, 1)}
    site.add("by source", town=None, hazard_source_id="H1")
    assert rates(site.ws, at(5), at(9999), {"H1": WEST}) == {EAST: (1, 2), WEST: (0, 2)}
    assert rates(site.ws, at(-1), at(9999)) == {EAST: (0, 2), WEST: (0, 1)}
    assert rates(site.ws, at(5), at(-1)) == {}


def test_the_last_value_is_kept_beside_the_last_message(site: Any) -> None:
    site.add("d1")
    site.send(site.message("1", "d1", 0, 5.0), site.message("2", "d1", 3, "on"))
    [state] = states(site.ws, at(4), at(9999))
    assert (state.last_value, state.value_at) == (5.0, at(0))
    assert (state.last_at, state.last_kind, state.last_state) == (at(3), "state", "on")


def test_the_last_message_of_each_device_is_that_of_the_plain_loop(site: Any) -> None:
    """Times that are equal, messages that came late, devices that nobody registered."""
    rng = np.random.default_rng(5)
    ids = [f"d{i:02}" for i in range(12)]
    for id_ in ids:
        site.add(id_)
    site.add("d00", learnt_at=at(1))  # registered twice
    site.add("silent")
    rows = [
        {
            "device_id": (*ids, "unknown")[rng.integers(13)],
            "message_id": f"m{i}",
            "kind": ("value", "state")[rng.integers(2)],
            "at": at(int(rng.integers(60))),
            "received_at": at(int(rng.integers(120))),
            "payload": "{}",
        }
        for i in range(600)
    ]
    with site.ws.write() as connection:
        connection.execute(sa.insert(device_messages), rows)
    for minutes, known, values_only in ((59, 60, False), (20, 90, False), (40, 45, True)):
        expected = {}
        for row in sorted(rows, key=lambda row: (row["at"], row["message_id"])):
            counts = row["at"] <= at(minutes) and row["received_at"] <= at(known)
            if counts and (row["kind"] == "value" or not values_only):
                expected[row["device_id"]] = (row["at"], row["kind"])
        del expected["unknown"]
        with site.ws.read() as connection:
            found = last_messages(connection, at(minutes), at(known), values_only=values_only)
        assert {id_: (one["at"], one["kind"]) for id_, one in found.items()} == expected
        assert len(expected) > 8
