"""On line over the days of a week, as the devices' own module sees each; alarms within 2 h."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.testing import assert_allclose, assert_array_equal

from riskmap.devices.online import rates
from riskmap.devices.tables import device_messages
from riskmap.errors import RiskmapError
from riskmap.weekly.measures import MISSING

NAN = np.nan
ZONE = ZoneInfo("Asia/Shanghai")
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)


def device(id_: str, town: str | None, **more: object) -> dict[str, object]:
    row = {"id": id_, "name": id_, "town": town, "hazard_source_id": None}
    return {**row, "silent_after_min": 30, "in_service_from": None, **more}


def send(measured: Any, *messages: tuple[str, datetime, str]) -> None:
    """Store messages: device, moment, "on", "off" or "value"; received at once."""
    rows = [
        {
            "device_id": id_,
            "message_id": f"m{i}",
            "kind": "value" if said == "value" else "state",
            "state": None if said == "value" else said,
            "value": 1.0 if said == "value" else None,
            "at": at,
            "received_at": at,
            "payload": "{}",
        }
        for i, (id_, at, said) in enumerate(messages)
    ]
    with measured.ws.write() as connection:
        connection.execute(sa.insert(device_messages), rows)


def day(number: int, hour: int = 17, minute: int = 0) -> datetime:
    return datetime(2026, 6, number, hour, minute, tzinfo=ZONE)


def test_on_line_by_hand(measured_twice: Any) -> None:
    """Seven days, 6 to 12 June, each at 17:00."""
    measured_twice.deliver(
        "devices",
        device("D1", "甲镇"),
        device("D2", "甲镇", in_service_from="2026-06-11"),
        device("D3", None, hazard_source_id="HS1"),  # lies in 乙镇
        learnt=day(1),
    )
    first = [("D1", day(number, 16, 45), "value") for number in range(6, 13)]
    first[2] = ("D1", day(8, 16, 29), "value")  # 31 minutes before
    first[3] = ("D1", day(9, 16, 59), "off")
    send(measured_twice, *first, ("D2", day(11, 17, 1), "value"), ("D2", day(12, 16, 30), "on"))
    rate = measured_twice.measure("A7.1")
    assert_array_equal(rate.denominator, [9, 7, 0])
    assert_array_equal(rate.numerator, [6, 0, 0])  # D1 on 5 of 7 days, D2 on 1 of 2
    assert_allclose(rate.value, [100 * 6 / 9, 0, NAN])
    assert [(one.key, one.text) for one in rate.evidence[0]] == [
        ("D1", "06-08 不在线"),
        ("D1", "06-09 不在线"),
        ("D2", "06-11 不在线"),
    ]


def test_a_line_that_was_never_used_says_nothing(measured: Any) -> None:
    measured.deliver("devices", device("D1", "甲镇"), learnt=day(1))
    assert measured.measure("A7.1").origin == (MISSING,) * 3
    send(measured, ("D1", day(10, 12), "value"))
    rate = measured.measure("A7.1")  # from 10 June on, and silent at 17:00
    assert_array_equal(rate.denominator, [3, 0, 0])
    assert rate.value[0] == 0


def test_every_day_agrees_with_the_devices_own_module(measured_twice: Any) -> None:
    rng = np.random.default_rng(7)
    ids = [f"D{i:02}" for i in range(12)]
    rows = [
        device(id_, ("甲镇", "乙镇")[i % 2], silent_after_min=(5, 30, 600)[i % 3])
        for i, id_ in enumerate(ids)
    ]
    measured_twice.deliver("devices", *rows, learnt=day(1))
    said = rng.choice(["value", "on", "off"], 400, p=[0.7, 0.15, 0.15])
    minutes = rng.integers(0, 8 * 24 * 60, 400)
    send(
        measured_twice,
        *(
            (ids[int(rng.integers(0, 12))], day(4, 17) + timedelta(minutes=int(m)), str(s))
            for m, s in zip(minutes, said, strict=True)
        ),
    )
    rate = measured_twice.measure("A7.1")
    each = [rates(measured_twice.ws, day(number), CUTOFF) for number in range(6, 13)]
    expected = [
        [sum(one[code][i] for one in each) for code in ("339901001", "339901002")] for i in (0, 1)
    ]
    assert_array_equal(rate.numerator[:2], expected[0])
    assert_array_equal(rate.denominator[:2], expected[1])
    assert 0 < rate.numerator.sum() < rate.denominator.sum()


def alarm(id_: str, raised: datetime, handled: datetime | None, **more: object) -> dict[str, Any]:
    row = {"id": id_, "hazard_source_id": None, "town": "甲镇", "kind": "液位高"}
    times = {"raised_at": raised, "handled_at": handled, "cleared_at": raised}
    return {**row, **{k: v.isoformat() if v else None for k, v in times.items()}, **more}


def test_alarms_by_hand(measured: Any) -> None:
    measured.deliver(
        "alarms",
        alarm("L1", day(8, 10), day(8, 12)),  # two hours, just in time
        alarm("L2", day(8, 10), day(8, 12, 1)),
        alarm("L3", day(8, 10), None),  # fell back by itself, nobody dealt with it
        alarm("L4", day(12, 15, 1), None),  # younger than two hours at the cut-off
        alarm("L5", day(12, 16), day(12, 16, 30)),
        alarm("L6", day(8, 10), day(8, 11), town=None, hazard_source_id="HS1"),
        alarm("L7", day(5, 14), None),  # decided in the week before
        alarm("L8", day(5, 16), day(5, 17, 30)),  # decided in this one
    )
    rate = measured.measure("A7.2")
    assert_array_equal(rate.numerator, [3, 1, 0])
    assert_array_equal(rate.denominator, [5, 1, 0])
    assert_array_equal(rate.value, [60, 100, NAN])
    assert [(one.key, one.text) for one in rate.evidence[0]] == [
        ("L2", "06-08 10:00 液位高，2.0 小时后处置"),
        ("L3", "06-08 10:00 液位高，未处置"),
    ]


def test_a_scheme_without_hours_for_alarms_is_told(measured: Any) -> None:
    measured.deliver("alarms", alarm("L1", day(8, 10), day(8, 12)))
    with pytest.raises(RiskmapError, match="没有写明时限"):
        measured.measure("A7.2", hours=None)


def test_every_alarm_counts_once(measured: Any) -> None:
    rng = np.random.default_rng(11)
    rows = []
    for i in range(150):
        raised = day(6, 17) + timedelta(minutes=int(rng.integers(0, 12 * 24 * 60)))
        handled = raised + timedelta(minutes=int(rng.integers(1, 400)))
        rows.append(alarm(f"L{i:03}", raised, None if i % 5 == 0 else handled))
    later = datetime(2026, 7, 20, 9, 0, tzinfo=ZONE)
    measured.deliver("alarms", *rows, learnt=later)
    weeks = [f"2026-W{number}" for number in (24, 25, 26, 27)]
    found = [measured.measure("A7.2", week=week, known=later) for week in weeks]
    assert sum(one.denominator[0] for one in found) == 150
    assert [one.denominator[0] > 0 for one in found] == [True, True, True, False]
