"""Alarms of devices in the store: derived from all messages in order, kept as versions.

A late or out-of-order message makes the alarms of its device be derived again from the last
moment at which nothing was raised; what changed is appended, nothing is overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa

from riskmap.devices.hysteresis import Alarm, stated_alarms, value_alarms
from riskmap.devices.register import Device
from riskmap.devices.tables import device_messages
from riskmap.storage.database import RECORD_COLUMNS, deliveries, record_tables

VOIDED = "设备补报的消息表明没有达到报警条件"
"""Why a derived alarm is taken back; one that a person took back says something else."""
STATED = "-S"
"""Ends the id of an alarm that the device itself stated."""
KINDS_ZH = {"": "超限报警", STATED: "设备报警"}


@dataclass(frozen=True)
class AlarmChange:
    """One version of an alarm to append: the whole row, the version before it, when learnt.

    A version is never learnt before the one it follows, also when the person who wrote that one
    had a clock ahead of the listener's.
    """

    row: Mapping[str, Any]
    before: Mapping[str, Any] | None
    learnt_at: datetime | None = None


def stored_alarms(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[sa.RowMapping]]:
    """Return the latest version of every alarm of some devices, by device, in order of raising."""
    table = record_tables["alarms"]
    newest = sa.func.row_number().over(
        partition_by=table.c.key, order_by=(table.c.learnt_at.desc(), table.c.row_id.desc())
    )
    keys = sa.select(table.c.key).where(table.c.device_id.in_(ids))
    latest = sa.select(table, newest.label("newest")).where(table.c.key.in_(keys)).subquery()
    query = sa.select(latest).where(latest.c.newest == 1, latest.c.device_id.in_(ids))
    found: dict[str, list[sa.RowMapping]] = {id_: [] for id_ in ids}
    for row in connection.execute(query.order_by(latest.c.raised_at, latest.c.key)).mappings():
        found[str(row["device_id"])].append(row)
    return found


def derive_changes(
    connection: sa.Connection,
    device: Device,
    stored: Sequence[sa.RowMapping],
    *,
    earliest: datetime,
    zone: tzinfo,
) -> list[AlarmChange]:
    """Return what the messages of a device now say otherwise than its stored alarms.

    Parameters
    ----------
    connection
        The writing transaction in which the new messages already stand.
    device
        The device with its thresholds.
    stored
        Latest versions of its alarms (`stored_alarms`).
    earliest
        The earliest moment of a new message.
    zone
        Zone in which the moment in an alarm's id is written.
    """
    changes = []
    for suffix in KINDS_ZH:
        anchor = _anchor(connection, device, earliest, suffix)
        derived = _derived(connection, device, anchor, suffix)
        kept = [row for row in stored if _stands(row, device, suffix, anchor)]
        changes += _compared(device, derived, kept, (suffix, anchor, zone))
    return changes


def append_changes(
    connection: sa.Connection, changes: Sequence[AlarmChange], *, file: str, now: datetime
) -> None:
    """Append versions of alarms as one delivery."""
    delivery = connection.execute(
        sa.insert(deliveries)
        .values(
            kind="alarms",
            file=file,
            sha256="",
            delivered_at=now,
            accepted=len(changes),
            changed=len(changes),
            rejected=0,
        )
        .returning(deliveries.c.id)
    ).scalar_one()
    rows = []
    for change in changes:
        learnt_at = now if change.learnt_at is None else max(now, change.learnt_at)
        row = {**change.row, "key": change.row["id"], "delivery_id": delivery, "source": file}
        row["withdrawn_at"] = learnt_at if row["withdrawn_reason"] is not None else None
        rows.append(row | {"learnt_at": learnt_at})
    connection.execute(sa.insert(record_tables["alarms"]), rows)


def _anchor(
    connection: sa.Connection, device: Device, earliest: datetime, suffix: str
) -> datetime | None:
    """Return the last moment before `earliest` at which nothing can have been raised."""
    table = device_messages
    if suffix == STATED:
        calm = (table.c.kind == "alarm") & (table.c.state == "cleared")
    elif device.raise_at is None:
        return None
    else:
        calm = (table.c.kind == "value") & (table.c.value <= _clear_at(device))
        calm &= table.c.value < device.raise_at
    query = sa.select(table.c.at).where(table.c.device_id == device.id, table.c.at < earliest, calm)
    found: datetime | None = connection.execute(
        query.order_by(table.c.at.desc()).limit(1)
    ).scalar_one_or_none()
    return found


def _derived(
    connection: sa.Connection, device: Device, anchor: datetime | None, suffix: str
) -> list[Alarm]:
    """Return the alarms from the anchor on; equal moments go by the number of the message."""
    if suffix != STATED and device.raise_at is None:
        return []
    table = device_messages
    said = table.c.state if suffix == STATED else table.c.value
    query = sa.select(table.c.at, said).where(
        table.c.device_id == device.id,
        table.c.kind == ("alarm" if suffix == STATED else "value"),
    )
    if anchor is not None:
        query = query.where(table.c.at >= anchor)
    rows = connection.execute(query.order_by(table.c.at, table.c.message_id)).all()
    if suffix == STATED:
        return stated_alarms([(row[0], row[1]) for row in rows])
    raise_at = device.raise_at if device.raise_at is not None else float("inf")
    readings = [(row[0], float(row[1])) for row in rows]
    return value_alarms(readings, raise_at, _clear_at(device), device.hold_s or 0.0)


def _clear_at(device: Device) -> float:
    """Return where an alarm ends; never above where it begins."""
    raise_at = device.raise_at if device.raise_at is not None else float("inf")
    return raise_at if device.clear_at is None else min(device.clear_at, raise_at)


def _stands(row: sa.RowMapping, device: Device, suffix: str, anchor: datetime | None) -> bool:
    """Say whether a stored alarm was derived from this stream and not settled by the anchor."""
    stem = re.escape(device.id) + r"-\d{14}(-\d+)?"
    if re.fullmatch(stem + suffix, str(row["key"])) is None:
        return False
    if suffix != STATED and device.raise_at is None:
        return False
    return anchor is None or row["cleared_at"] is None or row["raised_at"] >= anchor


def _compared(
    device: Device,
    derived: Sequence[Alarm],
    stored: Sequence[sa.RowMapping],
    frame: tuple[str, datetime | None, tzinfo],
) -> list[AlarmChange]:
    """Match derived with stored alarms: by moment first, else by overlap; return what differs."""
    suffix, anchor, zone = frame
    left = list(stored)
    changes: list[AlarmChange] = []
    exact = {row["raised_at"]: row for row in stored}
    for alarm in derived:
        row = exact.get(alarm.raised_at) or next((r for r in left if _overlap(r, alarm)), None)
        if row is None or row not in left:
            taken = {str(one["key"]) for one in stored} | {c.row["id"] for c in changes}
            changes.append(_raised(device, alarm, suffix, zone, taken))
            continue
        left.remove(row)
        if _says_otherwise(row, alarm):
            new = {"raised_at": alarm.raised_at, "cleared_at": alarm.cleared_at}
            changes.append(_version(row, {**new, "value": alarm.value}))
    for row in left:
        if row["withdrawn_at"] is not None:
            continue
        if anchor is not None and row["raised_at"] < anchor:
            changes.append(_version(row, {"cleared_at": anchor}))
        else:
            changes.append(_version(row, {"withdrawn_reason": VOIDED}))
    return changes


def _overlap(row: sa.RowMapping, alarm: Alarm) -> bool:
    """Say whether a stored alarm that still stands and a derived one have a moment in common."""
    if row["withdrawn_at"] is not None:
        return False
    begins_before_end = alarm.cleared_at is None or row["raised_at"] < alarm.cleared_at
    return begins_before_end and (row["cleared_at"] is None or alarm.raised_at < row["cleared_at"])


def _says_otherwise(row: sa.RowMapping, alarm: Alarm) -> bool:
    """Compare a stored alarm with its derived one; what a person took back stays taken back."""
    if row["withdrawn_at"] is not None:
        return bool(row["withdrawn_reason"] == VOIDED)
    return bool(row["raised_at"] != alarm.raised_at or row["cleared_at"] != alarm.cleared_at)


def _raised(
    device: Device, alarm: Alarm, suffix: str, zone: tzinfo, taken: set[str]
) -> AlarmChange:
    stem = f"{device.id}-{alarm.raised_at.astimezone(zone):%Y%m%d%H%M%S}"
    number, id_ = 2, stem + suffix
    while id_ in taken:
        number, id_ = number + 1, f"{stem}-{number}{suffix}"
    row = dict.fromkeys(RECORD_COLUMNS["alarms"]) | {
        "id": id_,
        "hazard_source_id": device.hazard_source_id,
        "town": device.town,
        "kind": f"{device.kind or ''}{KINDS_ZH[suffix]}",
        "raised_at": alarm.raised_at,
        "cleared_at": alarm.cleared_at,
        "device_id": device.id,
        "value": alarm.value,
    }
    return AlarmChange({**row, "withdrawn_at": None, "withdrawn_reason": None}, None)


def _version(row: sa.RowMapping, new: Mapping[str, Any]) -> AlarmChange:
    """Return the next version of an alarm; `withdrawn_at` is set where the row is written."""
    names = list(RECORD_COLUMNS["alarms"])
    before = {name: row[name] for name in names}
    after = {**before, "withdrawn_at": None, "withdrawn_reason": None, **new}
    return AlarmChange(after, before, row["learnt_at"])
