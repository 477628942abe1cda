"""`daily --date D --as-of T`: the ledger, devices and overrides as they were known then."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, command_line
from riskmap.daily.computing import DayResult, choose_basis, compute_day
from riskmap.devices.tables import device_messages
from riskmap.ledger.dangers import act, report
from riskmap.places import Places
from riskmap.records.duties import device_rates
from riskmap.records.entries import enter
from riskmap.records.overrides import confirm, propose
from riskmap.workspace import Workspace

DAY = date(2026, 6, 30)
CENTRE = "339999005"
OFFICE, SECOND = command_line("office"), Actor("wu", "吴值班", Role.DUTY)
PLACES = Places((CENTRE,), ("中央镇",), (), {})
HOUR = timedelta(hours=1)


def centre(result: DayResult) -> dict[str, Any]:
    return next(town for town in result.towns if town["code"] == CENTRE)


def score(result: DayResult) -> float:
    """Return the score of 中央镇."""
    return float(centre(result)["score"])


def test_a_danger_found_closed_and_opened_again(small: Workspace, now: datetime) -> None:
    base = score(compute_day(small, DAY, now=now))
    fields = {
        "found_at": "2026-06-29T09:00", "town": "中央镇", "domain": "危化", "grade": "major",
        "description": "罐区围堰破损",
    }  # fmt: skip
    danger = report(small, OFFICE, fields, now=now + HOUR)
    open_ = score(compute_day(small, DAY, now=now + 2 * HOUR))
    assert open_ > base  # found on the 29th, learnt on the 30th: counts on both days
    assert score(compute_day(small, DAY, as_of=now, now=now + 2 * HOUR)) == base
    void = act(
        small, OFFICE, danger.number, "void", {"comment": "误报"}, version=1, now=now + 30 * HOUR
    )
    later = now + 31 * HOUR
    assert score(compute_day(small, DAY, now=later)) == base
    assert score(compute_day(small, DAY, as_of=now + 2 * HOUR, now=later)) == open_
    again = {"comment": "属实", "responsible_unit": "甲厂"}
    act(small, OFFICE, danger.number, "reopen", again, version=void.version, now=now + 32 * HOUR)
    later = now + 33 * HOUR
    assert score(compute_day(small, DAY, now=later)) == open_
    assert score(compute_day(small, DAY, as_of=now + 31 * HOUR, now=later)) == base


def test_an_override_counts_from_when_the_second_person_confirmed_it(
    small: Workspace, now: datetime
) -> None:
    told = {"town": "中央镇", "day": DAY, "reason": "现场已封控"}
    low = propose(small, OFFICE, level="green", direction="down", now=now + HOUR, **told)
    confirm(small, SECOND, low.version.key, now=now + 2 * HOUR)
    propose(small, OFFICE, level="red", direction="up", now=now + 4 * HOUR, **told)
    later = now + 5 * HOUR

    def level(hours: float) -> str:
        as_of = now + timedelta(hours=hours)
        return str(centre(compute_day(small, DAY, as_of=as_of, now=later))["level"])

    order = ["green", "blue", "yellow", "orange", "red"]
    before, proposed, confirmed, raised = (order.index(level(h)) for h in (0.5, 1.5, 2.5, 4.5))
    assert proposed == before > 0
    assert confirmed == before - 1
    assert raised == order.index("red") - 1  # raised by one, lowered a step by two


def test_devices_as_known_then(small: Workspace, now: datetime) -> None:
    at = choose_basis(small, DAY, None, now).moment.at.to_pydatetime()
    fields = {"id": "V1", "name": "液位计", "town": "中央镇", "silent_after_min": 15}
    enter(small, OFFICE, "devices", fields, now=at - 3 * HOUR)
    received = now + HOUR
    with small.write() as connection:  # measured before the moment, received late
        connection.execute(
            sa.insert(device_messages).values(
                device_id="V1", message_id="1", kind="value", at=at - HOUR / 12,
                received_at=received, value=1.0, payload="{}",
            )
        )  # fmt: skip
    moment = choose_basis(small, DAY, None, received + HOUR).moment
    assert device_rates(small, PLACES, moment)["A7.1"].tolist() == [1.0]
    before = choose_basis(small, DAY, received - HOUR / 2, received + HOUR).moment
    assert before.known_until.to_pydatetime() < received
    assert device_rates(small, PLACES, before) == {}
