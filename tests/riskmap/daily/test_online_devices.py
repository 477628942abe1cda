"""Devices on line at the moment stand in for A7.1; a line that nobody uses is unknown."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from riskmap.access.actors import command_line
from riskmap.daily.computing import choose_basis, compute_day
from riskmap.devices.tables import device_messages
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.duties import device_rates
from riskmap.records.entries import enter
from riskmap.workspace import Workspace

DAY = date(2026, 6, 30)
PLACES = Places(("339999005", "339999006"), ("中央镇", "正东镇"), (), {})
OFFICE = command_line("office")


def message(ws: Workspace, device: str, at: datetime, received: datetime) -> None:
    with ws.write() as connection:
        connection.execute(
            sa.insert(device_messages).values(
                device_id=device,
                message_id=f"{at}",
                kind="value",
                at=at,
                received_at=received,
                value=1.0,
                payload="{}",
            )
        )


def rate(ws: Workspace, moment: Moment) -> list[str]:
    found = device_rates(ws, PLACES, moment)
    return [f"{value:.2f}" for value in found.get("A7.1", ())]


def test_devices_on_line(small: Workspace, now: datetime) -> None:
    for number in ("V1", "V2"):
        fields = {"id": number, "name": "液位计", "town": "中央镇", "silent_after_min": 15}
        enter(small, OFFICE, "devices", fields, now=now - timedelta(hours=3))
    basis = choose_basis(small, DAY, None, now)
    assert rate(small, basis.moment) == []  # nothing was ever sent
    before = compute_day(small, DAY, now=now)
    at = basis.moment.at.to_pydatetime()
    message(small, "V1", at - timedelta(minutes=5), at - timedelta(minutes=4))
    basis = choose_basis(small, DAY, None, now)
    assert basis.moment.known_until >= at - timedelta(minutes=4)
    assert rate(small, basis.moment) == ["0.50", "nan"]
    message(small, "V2", at + timedelta(minutes=5), at + timedelta(minutes=5))
    again = choose_basis(small, DAY, None, now)
    assert again.moment.known_until == basis.moment.known_until
    assert rate(small, again.moment) == ["0.50", "nan"]
    after = compute_day(small, DAY, now=now)
    assert after.digest == compute_day(small, DAY, now=now).digest
    # the week that just ended has A7.1 in this district: it wins over the devices
    assert [town["score"] for town in after.towns] == [town["score"] for town in before.towns]
