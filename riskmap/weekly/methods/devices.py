"""Indicators from devices: on line at the hour of the cut-off of each day, alarms dealt with."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.devices.online import is_online, last_messages
from riskmap.devices.register import Device, read_devices
from riskmap.devices.tables import device_messages
from riskmap.errors import RiskmapError
from riskmap.weekly.ground import source_towns
from riskmap.weekly.measures import Measure, unknown
from riskmap.weekly.methods.counting import of_what_was_found, share
from riskmap.weekly.methods.material import Material
from scoring.weekly.parts import WeeklyIndicator

ALARMS, DEVICES = "alarms", "devices"
Frame = pd.DataFrame


def online(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of devices in service that are on line, over the days of the window [%].

    On line is judged as `riskmap.devices.online` judges it, every day at the hour of the cut-off.
    As long as no device has ever sent a message the line to riskmap is not in use: unknown.
    """
    until = material.moment.known_until
    first = _first_message(material)
    hours = [one for one in _hours(material, indicator) if first is not None and one >= first]
    with material.ws.read() as connection:
        devices = list(read_devices(connection, known_until=until).values())
        if not hours or not devices:
            return unknown(material.n)
        seen = [last_messages(connection, at, until) for at in hours]
    town = _towns(
        material,
        pd.Series([device.town for device in devices], dtype="object"),
        pd.Series([device.hazard_source_id for device in devices], dtype="object"),
        located_first=False,
    )
    days = [_on_a_day(devices, town, last, at) for last, at in zip(seen, hours, strict=True)]
    table = pd.concat(days, ignore_index=True)
    return share(table, table["good"], material.n, kind=DEVICES, texts=_online_texts)


def alarms_in_time(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of alarms that were dealt with within the indicator's hours [%].

    An alarm counts in the week in which that is decided: when it was dealt with in time, or when
    its hours were over. One that is open and younger does not count yet, and none counts twice.
    That the value fell back by itself is not dealing with it. The town is that of the hazard
    source, else the one that the alarm names.

    Raises
    ------
    RiskmapError
        The scheme allows no hours.
    """
    rows = material.tables[ALARMS]
    rows = rows[rows["raised_at"] <= material.judged].reset_index(drop=True)
    limit = rows["raised_at"] + timedelta(hours=_hours_allowed(indicator))
    handled = rows["handled_at"].where(rows["handled_at"] <= material.judged)
    good = handled <= limit
    decided = handled.where(good, limit)
    counts = (decided > material.since(indicator)) & (decided <= material.judged)
    town = _towns(material, rows["town"], rows["hazard_source_id"], located_first=True)
    rows = rows.assign(
        town_idx=town, raised=material.local(rows["raised_at"]), handled=material.local(handled)
    )[counts]

    one = share(rows, good.loc[rows.index], material.n, kind=ALARMS, texts=_alarm_texts)
    return of_what_was_found(one, one.denominator > 0, complete=ALARMS in material.complete)


def _hours_allowed(indicator: WeeklyIndicator) -> float:
    if indicator.hours is None:
        raise RiskmapError(
            f"指标 {indicator.code} 没有写明时限",
            "hours",
            "在评分方案 [weekly] 的该指标下补写 hours",
        )
    return indicator.hours


def _hours(material: Material, indicator: WeeklyIndicator) -> list[datetime]:
    """Return the moments of the window at the hour of the cut-off, one a day."""
    since, until = material.since(indicator), material.judged
    cut = material.moment.at.astimezone(material.zone).time()
    days = pd.date_range(since.date(), until.date(), freq="D")
    moments = [datetime.combine(day.date(), cut, material.zone) for day in days]
    return [one for one in moments if since < one <= until]


def _first_message(material: Material) -> datetime | None:
    """Return the moment of the first message known, None without any."""
    table = device_messages
    query = sa.select(sa.func.min(table.c.at)).where(
        table.c.received_at <= material.moment.known_until
    )
    with material.ws.read() as connection:
        found: datetime | None = connection.execute(query).scalar()
    return found


def _on_a_day(
    devices: list[Device],
    town: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    last: Mapping[str, sa.RowMapping],
    at: datetime,
) -> Frame:
    """Return the devices in service at a moment and whether each is on line."""
    serving = np.array([device.in_service(at.date()) for device in devices], dtype=np.bool_)
    good = np.array(
        [is_online(device, last.get(device.id), at) for device in devices], dtype=np.bool_
    )
    frame = pd.DataFrame({"key": [device.id for device in devices], "town_idx": town, "good": good})
    return frame[serving].assign(day=pd.Timestamp(at.date()))


def _towns(
    material: Material, town: "pd.Series[str]", source: "pd.Series[str]", *, located_first: bool
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the town of each row (k,): declared, or that of its hazard source; -1 unknown."""
    declared = material.places.town_of(town)
    by_id = source_towns(material.ws, material.places, material.snapshots)
    located = source.astype("str").map(by_id).fillna(-1).to_numpy(np.float64).astype(np.int64)
    first, second = (located, declared) if located_first else (declared, located)
    return np.where(first >= 0, first, second)


def _online_texts(rows: Frame) -> list[str]:
    return [f"{day:%m-%d} 不在线" for day in rows["day"]]


def _alarm_texts(rows: Frame) -> list[str]:
    texts = []
    kinds = rows["kind"].fillna("报警")
    for raised, kind, handled in zip(rows["raised"], kinds, rows["handled"], strict=True):
        done = "未处置"
        if not pd.isna(handled):
            done = f"{(handled - raised).total_seconds() / 3600:.1f} 小时后处置"
        texts.append(f"{raised:%m-%d %H:%M} {kind}，{done}")
    return texts
