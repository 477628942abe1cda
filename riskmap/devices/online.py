"""Which devices are on line: a recent message, and the last one does not say "off"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.devices.register import Device, read_devices
from riskmap.devices.tables import device_messages
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class DeviceState:
    """A device at a moment; `last_at` None means that it never sent anything."""

    device: Device
    last_at: datetime | None
    last_kind: str | None
    last_state: str | None
    last_value: float | None
    value_at: datetime | None
    in_service: bool
    online: bool


def states(ws: Workspace, at: datetime, known_until: datetime) -> list[DeviceState]:
    """Return every device of the register with its last message up to `at`, ordered by id.

    Parameters
    ----------
    ws
        An open workspace.
    at
        The moment that is asked about; messages of a later time do not count.
    known_until
        Only messages received and devices registered up to this moment count.
    """
    with ws.read() as connection:
        devices = read_devices(connection, known_until=known_until)
        last = last_messages(connection, at, known_until)
        value = last_messages(connection, at, known_until, values_only=True)
    day = at.astimezone(ws.settings.zone).date()
    return [
        _state(device, last.get(id_), value.get(id_), at, device.in_service(day))
        for id_, device in devices.items()
    ]


def most_report(ws: Workspace, at: datetime, known_until: datetime) -> bool:
    """Say whether at least half of the devices in service are on line, of one or more.

    Then no alarm says that there was none; a single living device would not say it of the rest.
    """
    serving = [state.online for state in states(ws, at, known_until) if state.in_service]
    return bool(serving) and 2 * sum(serving) >= len(serving)


def rates(
    ws: Workspace,
    at: datetime,
    known_until: datetime,
    source_towns: Mapping[str, str] | None = None,
) -> dict[str, tuple[int, int]]:
    """Return by town how many of its devices in service are on line, and how many there are.

    A town without a device in service is not in the answer: its rate is unknown, neither 0 nor 1.
    So is every town when the register was never filled.

    Parameters
    ----------
    ws
        An open workspace.
    at
        The moment that is asked about.
    known_until
        Only what was received and registered up to this moment counts.
    source_towns
        Hazard source → town code, for devices whose own record names no town.

    Returns
    -------
    dict
        Town code → (devices on line, devices in service); devices without a town are left out.
    """
    counts: dict[str, tuple[int, int]] = {}
    for state in states(ws, at, known_until):
        town = state.device.town or (source_towns or {}).get(state.device.hazard_source_id or "")
        if town is None or not state.in_service:
            continue
        on, total = counts.get(town, (0, 0))
        counts[town] = (on + state.online, total + 1)
    return dict(sorted(counts.items()))


def last_messages(
    connection: sa.Connection,
    at: datetime,
    known_until: datetime,
    *,
    values_only: bool = False,
) -> dict[str, sa.RowMapping]:
    """Return the last message of each registered device by its own time: at, kind, state, value.

    Equal times go by message id. One query that seeks the newest message of each device in the
    index: numbering all messages by device would read every one that was ever sent.
    """
    table, register = device_messages, record_tables["devices"]
    keys = sa.select(register.c.key).distinct().subquery()
    newest = (
        sa.select(table.c.id)
        .where(table.c.device_id == keys.c.key, table.c.at <= at)
        .where(table.c.received_at <= known_until)
        .order_by(table.c.at.desc(), table.c.message_id.desc())
        .limit(1)
    )
    if values_only:
        newest = newest.where(table.c.kind == "value")
    columns = (table.c.device_id, table.c.at, table.c.kind, table.c.state, table.c.value)
    query = sa.select(*columns).join_from(
        keys, table, table.c.id == newest.correlate(keys).scalar_subquery()
    )
    return {str(row["device_id"]): row for row in connection.execute(query).mappings()}


def is_online(device: Device, last: sa.RowMapping | None, at: datetime) -> bool:
    """Say whether a device is on line at a moment, by its last message up to then."""
    if last is None or at - last["at"] > device.silent_after:
        return False
    return not (last["kind"] == "state" and last["state"] == "off")


def _state(
    device: Device,
    last: sa.RowMapping | None,
    value: sa.RowMapping | None,
    at: datetime,
    in_service: bool,
) -> DeviceState:
    seen = last if last is not None else _NEVER
    measured = value if value is not None else _NEVER
    return DeviceState(
        device=device,
        last_at=seen["at"],
        last_kind=seen["kind"],
        last_state=seen["state"],
        last_value=measured["value"],
        value_at=measured["at"],
        in_service=in_service,
        online=is_online(device, last, at),
    )


_NEVER: Mapping[str, Any] = {"at": None, "kind": None, "state": None, "value": None}
