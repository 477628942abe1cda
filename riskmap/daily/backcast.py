"""Back-cast: what the scheme would have shown on every day that the records hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.daily.computing import district_code, places_of
from riskmap.daily.facts import Records, load_periods
from riskmap.daily.inventory import Inventory, take_inventory
from riskmap.daily.later import BEGINS
from riskmap.daily.past_days import inputs_of, ready
from riskmap.district import District, load_district, snapshots_in_use
from riskmap.errors import RiskmapError
from riskmap.ledger.workdays import calendar_of
from riskmap.moment import Moment, reference_moment
from riskmap.records.duties import device_rates
from riskmap.workspace import Workspace
from scoring.daily.inputs import DailyInputs
from scoring.daily.score import score_day
from scoring.schemes.scheme import Scheme

MOST_DAYS = 365


@dataclass(frozen=True)
class Ground:
    """What does not change from day to day: layers, their inventory, all records as known."""

    district: District
    inventory: Inventory
    records: Records
    dates: tuple[date, ...]
    inputs: tuple[DailyInputs, ...]


@dataclass(frozen=True)
class Backcast:
    """Scores and levels (days, n) of a scheme; −1 no_data, 0 green … 4 red."""

    scores: NDArray[np.float64]
    levels: NDArray[np.int8]


def prepare(ws: Workspace, scheme: Scheme, now: datetime) -> Ground:
    """Count the inventory once and derive the facts of every day of the past year.

    Layers are those in use; records count with everything known at `now`. The days run from the
    first fact of the last 365 days to today.

    Raises
    ------
    RiskmapError
        There are no towns, or no record at all.
    """
    zone = ws.settings.zone
    district = load_district(ws, snapshots_in_use(ws, None)[0])
    inventory = take_inventory(district, scheme)
    today = now.astimezone(zone).date()
    moment = _moment(ws, today, now)
    records = load_periods(ws, moment)
    dates = days_with_facts(records, today, moment)
    places = places_of(district, scheme)
    days = ready(
        records,
        places,
        scheme,
        inventory,
        zone=zone,
        district_code=district_code(ws, district),
        calendar=calendar_of(ws),
        devices=lambda moment: device_rates(ws, places, moment),
    )
    inputs = tuple(inputs_of(days, _moment(ws, day, now)) for day in dates)
    return Ground(district, inventory, records, dates, inputs)


def days_with_facts(records: Records, today: date, moment: Moment) -> tuple[date, ...]:
    """Return the days from the first fact (at most a year ago) to the last, today at most.

    Raises
    ------
    RiskmapError
        No record says when it began.
    """
    starts = [records.tables[kind][column].dropna() for kind, (column, _) in BEGINS.items()]
    known = pd.concat([part for part in starts if len(part)]) if any(map(len, starts)) else None
    if known is None:
        raise RiskmapError("没有任何记录可供回算", "", "先用 riskmap record 导入隐患、事故等记录")
    local = known.dt.tz_convert(moment.zone)
    first = max(local.min().date(), today - timedelta(days=MOST_DAYS - 1))
    last = min(local.max().date(), today)
    count = (last - first).days + 1
    if count < 1:
        raise RiskmapError("最近一年没有任何记录可供回算", last.isoformat(), "导入较新的记录")
    return tuple(first + timedelta(days=i) for i in range(count))


def backcast(ground: Ground, scheme: Scheme) -> Backcast:
    """Score every day, each with the level of the day before (E8)."""
    scores, levels = [], []
    previous = np.full(ground.district.n, -1, np.int8)
    for inputs in ground.inputs:
        found = score_day(_after(inputs, previous), scheme)
        scores.append(found.partial_score)
        levels.append(found.level)
        previous = found.level
    return Backcast(np.array(scores), np.array(levels, dtype=np.int8))


def typical_day(result: Backcast, inputs: Sequence[DailyInputs]) -> DailyInputs:
    """Return the inputs of the day whose mean score is the median of all days."""
    mean = np.nanmean(np.where(np.isnan(result.scores), 0.0, result.scores), axis=1)
    return inputs[int(np.argsort(mean, kind="stable")[len(mean) // 2])]


def _after(inputs: DailyInputs, previous: NDArray[np.int8]) -> DailyInputs:
    return replace(inputs, previous_level=previous)


def _moment(ws: Workspace, day: date, now: datetime) -> Moment:
    at = reference_moment(day, ws.settings.district.cutoff, ws.settings.zone, None)
    return Moment(day, pd.Timestamp(at), pd.Timestamp(now.astimezone(ws.settings.zone)))
