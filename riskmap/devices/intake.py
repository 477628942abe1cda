"""The door for device messages, whichever way they came: all of a batch in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit import append
from riskmap.access.policy import Subject, authorise, may
from riskmap.devices.alarms import AlarmChange, append_changes, derive_changes, stored_alarms
from riskmap.devices.messages import (
    Incoming,
    Message,
    MessageError,
    parse_message,
    shown_payload,
    storable,
)
from riskmap.devices.register import Device, read_devices
from riskmap.devices.tables import device_messages, device_refusals
from riskmap.records.storing import queue_writers
from riskmap.workspace import Workspace

MAX_BATCH = 1000
"""Messages in one call; more are sent in several."""


@dataclass(frozen=True)
class Outcome:
    """What became of one message; `reason` (Chinese) says why it was refused."""

    result: Literal["taken", "duplicate", "refused"]
    reason: str = ""


TAKEN, DUPLICATE = Outcome("taken"), Outcome("duplicate")


def take_messages(
    ws: Workspace, actor: Actor, incoming: Sequence[Incoming], *, now: datetime
) -> list[Outcome]:
    """Store messages and the alarms that they change; return what became of each, in order.

    When the function returns, everything is on the disk: only then may a sender be told so. A
    message that was taken before is a duplicate and changes nothing, so a sender that is not sure
    sends again. What is refused is kept with the reason in `device_refusals`.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not send for devices.
    WorkspaceError
        The database cannot be reached; nothing was stored.
    """
    authorise(actor, "device.send", Subject(actor.town))
    read = [_parsed(one, now) for one in incoming]
    with ws.write() as connection:
        messages = [one for one in read if isinstance(one, Message)]
        ids = {message.device_id for message in messages}
        queue_writers(connection)
        devices = read_devices(connection, ids)
        said = _said_before(connection, messages)
        outcomes = []
        fresh: list[Message] = []
        for one in read:
            outcome = _decided(one, devices, said, actor)
            if outcome is TAKEN and isinstance(one, Message):
                fresh.append(one)
                said[one.device_id, one.message_id] = one.said
            outcomes.append(outcome)
        _store(connection, fresh, _refusals(incoming, outcomes), now)
        changes: list[AlarmChange] = []
        earliest = _earliest(fresh)
        stored = stored_alarms(connection, sorted(earliest)) if earliest else {}
        for id_, first in sorted(earliest.items()):
            changes += derive_changes(
                connection, devices[id_], stored[id_], earliest=first, zone=ws.settings.zone
            )
        if changes:
            append_changes(connection, changes, file="devices", now=now)
        for change in changes:
            _audited(connection, actor, change, now)
    return outcomes


def _parsed(incoming: Incoming, now: datetime) -> Message | str:
    try:
        return parse_message(incoming, now)
    except MessageError as error:
        return str(error)


def _decided(
    one: Message | str,
    devices: Mapping[str, Device],
    said: Mapping[tuple[str, str], object],
    actor: Actor,
) -> Outcome:
    if isinstance(one, str):
        return Outcome("refused", one)
    if one.device_id not in devices:
        return Outcome("refused", f"没有登记这个设备：{one.device_id}")
    if not may(actor, "device.send", Subject(devices[one.device_id].town)):
        return Outcome("refused", f"令牌只用于另一镇街，不能替这个设备发：{one.device_id}")
    before = said.get((one.device_id, one.message_id))
    if before is None:
        return TAKEN
    if before == one.said:
        return DUPLICATE
    return Outcome("refused", f"消息编号 {one.message_id} 已用过，而内容不同")


def _said_before(
    connection: sa.Connection, messages: Sequence[Message]
) -> dict[tuple[str, str], tuple[str, datetime, float | None, str | None]]:
    """Return what stored messages with the same devices and numbers said."""
    table = device_messages
    query = sa.select(
        table.c.device_id, table.c.message_id, table.c.kind, table.c.at, table.c.value,
        table.c.state,
    ).where(
        table.c.device_id.in_(sorted({message.device_id for message in messages})),
        table.c.message_id.in_(sorted({message.message_id for message in messages})),
    )  # fmt: skip
    return {
        (row.device_id, row.message_id): (row.kind, row.at, row.value, row.state)
        for row in connection.execute(query)
    }


def _refusals(incoming: Sequence[Incoming], outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    return [
        {
            "origin": storable(f"{one.origin} {one.device_id}".strip()),
            "payload": shown_payload(one.payload),
            "reason": outcome.reason,
        }
        for one, outcome in zip(incoming, outcomes, strict=True)
        if outcome.result == "refused"
    ]


def _store(
    connection: sa.Connection,
    fresh: Sequence[Message],
    refusals: Sequence[Mapping[str, str]],
    now: datetime,
) -> None:
    if fresh:
        connection.execute(
            sa.insert(device_messages),
            [{**vars(message), "received_at": now} for message in fresh],
        )
    if refusals:
        rows = [{**refusal, "received_at": now} for refusal in refusals]
        connection.execute(sa.insert(device_refusals), rows)


def _earliest(messages: Sequence[Message]) -> dict[str, datetime]:
    """Return the earliest moment of each device among messages that can change an alarm."""
    first: dict[str, datetime] = {}
    for message in messages:
        if message.kind != "state":
            first[message.device_id] = min(first.get(message.device_id, message.at), message.at)
    return first


def _audited(connection: sa.Connection, actor: Actor, change: AlarmChange, now: datetime) -> None:
    action = "alarm.change" if change.before else "alarm.raise"
    append(
        connection,
        actor,
        action,
        f"alarms:{change.row['id']}",
        now=now,
        before=_plain(change.before),
        after=_plain(change.row),
    )


def _plain(row: Mapping[str, object] | None) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in (row or {}).items()
    }
