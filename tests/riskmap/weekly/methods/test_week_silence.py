"""A source that fell silent, or was typed in one by one, earns no town anything."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.testing import assert_allclose, assert_array_equal

from riskmap.access.actors import LOCAL
from riskmap.devices.tables import device_messages
from riskmap.ledger.gaming import week_window
from riskmap.records.entries import enter
from riskmap.weekly.measures import MISSING, RECORDS, WeekMoment
from riskmap.weekly.methods.material import gather_material

NAN = np.nan
WEEK = "2026-W24"
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LIMITS = {"accidents": 96, "hidden_dangers": 96, "inspections": 336, "alarms": 24}
"""Hours of the shipped scheme; commitments are judged day by day."""
INDICATORS = {
    "hidden_dangers": ("A1.2", "A5.1", "A5.2", "A5.3"),
    "accidents": ("A1.3", "A4.1"),
    "inspections": ("A2.2", "A2.3", "A2.4"),
    "alarms": ("A7.2",),
}


def stale(measured: Any) -> tuple[str, ...]:
    weekly, moment = (
        measured.scheme.weekly,
        WeekMoment(WEEK, week_window(measured.ws, WEEK), CUTOFF),
    )
    return gather_material(measured.ws, weekly, moment, measured.places).stale


@pytest.mark.parametrize("kind", LIMITS)
def test_past_its_limit_a_silent_source_is_as_never_delivered(measured: Any, kind: str) -> None:
    limit = timedelta(hours=LIMITS[kind])
    measured.deliver(kind, learnt=CUTOFF - limit - timedelta(days=1))
    assert stale(measured) == (kind,)
    for code in INDICATORS[kind]:
        one = measured.measure(code)
        assert one.origin == (MISSING,) * 3, code
        assert np.isnan(one.value).all() and np.isnan(one.denominator).all(), code
    measured.deliver(kind, learnt=CUTOFF - limit)
    assert stale(measured) == ()
    for code in set(INDICATORS[kind]) - {"A5.2"}:  # nothing was ever exposed
        assert measured.measure(code).origin == (RECORDS,) * 3, code


def test_bad_facts_of_a_silent_source_keep_costing(measured: Any, danger: Any) -> None:
    long_ago = CUTOFF - timedelta(days=20)
    death = {"id": "A1", "occurred_at": "2026-05-20T08:00:00+08:00", "town": "甲镇",
             "domain": "消防", "deaths": 1}  # fmt: skip
    measured.deliver("accidents", death, learnt=long_ago)
    measured.deliver("hidden_dangers", danger("D1", "乙镇", "06-01"), learnt=long_ago)
    assert_allclose(measured.measure("A4.1").value, [6, NAN, NAN])
    assert_allclose(measured.measure("A1.3").numerator, [1, NAN, NAN])
    assert_allclose(measured.measure("A5.3").value, [NAN, 1, NAN])


def test_what_was_learnt_after_the_cut_off_is_fresh(measured: Any) -> None:
    """A correction: the file of Monday says how things stood on Friday."""
    monday = CUTOFF + timedelta(days=3)
    measured.deliver("accidents", learnt=CUTOFF - timedelta(days=30))
    measured.deliver("accidents", learnt=monday)
    assert measured.measure("A4.1").origin == (MISSING,) * 3
    assert_array_equal(measured.measure("A4.1", known=monday).value, [0, 0, 0])


def test_one_entry_says_nothing_of_the_other_towns(measured: Any) -> None:
    """An inspection, an alarm and a commitment typed in for 甲镇 are all that there is."""
    hour = timedelta(hours=1)
    enter(measured.ws, LOCAL, "inspections",
          {"id": "I1", "inspected_at": CUTOFF - 24 * hour, "town": "甲镇", "domain": "工贸",
           "dangers_found": 1, "filed_at": CUTOFF - 20 * hour}, now=CUTOFF - hour)  # fmt: skip
    enter(measured.ws, LOCAL, "alarms",
          {"id": "L1", "hazard_source_id": None, "town": "甲镇", "raised_at": CUTOFF - 5 * hour},
          now=CUTOFF - hour)  # fmt: skip
    assert stale(measured) == ("inspections", "alarms")
    for code in ("A2.2", "A2.3", "A7.2"):
        assert measured.measure(code).origin == (RECORDS, MISSING, MISSING), code
    assert measured.measure("A2.4").origin == (MISSING,) * 3
    assert measured.measure("A7.2").value[0] == 0
    measured.deliver("inspections")
    measured.deliver("alarms")
    for code in ("A2.2", "A2.3", "A2.4", "A7.2"):
        assert measured.measure(code).origin == (RECORDS,) * 3, code


@pytest.mark.parametrize("others", [1, 2])
def test_while_devices_report_no_alarm_is_none(measured: Any, others: int) -> None:
    """Half of the devices on line: no alarm came. One of three: nobody would have told."""
    names = ["D0", *(f"X{i}" for i in range(others))]
    row = {"town": "甲镇", "hazard_source_id": None, "silent_after_min": 30}
    devices = [{"id": name, "name": name, **row} for name in names]
    measured.deliver("devices", *devices, learnt=CUTOFF - timedelta(days=9))
    at = CUTOFF - timedelta(minutes=10)
    message = {"device_id": "D0", "message_id": "m", "kind": "value", "state": None, "value": 1.0,
               "at": at, "received_at": at, "payload": "{}"}  # fmt: skip
    with measured.ws.write() as connection:
        connection.execute(sa.insert(device_messages), [message])
    said = RECORDS if others == 1 else MISSING
    assert measured.measure("A7.2").origin == (said,) * 3
