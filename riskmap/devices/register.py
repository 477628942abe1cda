"""The register of devices: what is known of each device, by the latest version of its record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from riskmap.storage.database import record_tables

SILENT_AFTER_MIN = 30.0
"""A device without a limit of its own is off line after so many minutes without a message."""


@dataclass(frozen=True)
class Device:
    """One device; thresholds are in its own `unit`, None is unknown (no alarm is derived)."""

    id: str
    name: str | None = None
    town: str | None = None
    hazard_source_id: str | None = None
    kind: str | None = None
    unit: str | None = None
    raise_at: float | None = None
    clear_at: float | None = None
    hold_s: float | None = None
    silent_after_min: float | None = None
    in_service_from: date | None = None
    in_service_until: date | None = None

    @property
    def silent_after(self) -> timedelta:
        """Return how long after its last message the device still counts as on line."""
        minutes = SILENT_AFTER_MIN if self.silent_after_min is None else self.silent_after_min
        return timedelta(minutes=minutes)

    def in_service(self, day: date) -> bool:
        """Say whether the device is in service on a day; an end that is not known is none."""
        begun = self.in_service_from is None or self.in_service_from <= day
        return begun and (self.in_service_until is None or day <= self.in_service_until)


def read_devices(
    connection: sa.Connection,
    ids: Collection[str] | None = None,
    known_until: datetime | None = None,
) -> dict[str, Device]:
    """Return the devices of the register by id, as known at a moment, ordered by id.

    Parameters
    ----------
    connection
        A connection, also one inside a writing transaction.
    ids
        Only these (None: all).
    known_until
        Only versions learnt up to this moment count (None: all).
    """
    table = record_tables["devices"]
    newest = sa.func.row_number().over(
        partition_by=table.c.key, order_by=(table.c.learnt_at.desc(), table.c.row_id.desc())
    )
    inner = sa.select(table, newest.label("newest"))
    if ids is not None:
        inner = inner.where(table.c.key.in_(sorted(ids)))
    if known_until is not None:
        inner = inner.where(table.c.learnt_at <= known_until)
    latest = inner.subquery()
    query = sa.select(latest).where(latest.c.newest == 1).order_by(latest.c.key)
    names = Device.__dataclass_fields__
    return {
        str(row["key"]): Device(**{name: row[name] for name in names})
        for row in connection.execute(query).mappings()
        if row.get("withdrawn_at") is None
    }
