"""The engine's inputs of many days, from records that are placed and parsed only once.

`riskmap.daily.facts.gather_facts` tells one day with texts, items and sources. A back-cast needs
only the numbers of hundreds of days: columns become arrays once, a day is a few comparisons of
whole arrays, and what changes seldom (weekly control, special periods) is read again only when
another set of records holds. A test keeps both ways equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.daily.control import Control, read_control, week_end
from riskmap.daily.facts import Records, stale_kinds, usable_kinds
from riskmap.daily.inventory import Inventory
from riskmap.daily.past_times import Times, dates, midnights, no_times, times, utc
from riskmap.ledger.workdays import Calendar
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.dangers import due_dates, not_void
from riskmap.records.duties import COMMITTED, ONLINE, PUBLISHED, rates_from_records
from riskmap.records.incidents import (
    alarm_triggers,
    in_force,
    override_effects,
    response_triggers,
    special_severity,
)
from riskmap.records.late_deaths import LateDeaths, read_late_deaths
from riskmap.records.notes import DIVISION_DIGITS
from riskmap.records.warnings import warning_spells
from riskmap.standards import late_death_days
from riskmap.weekly.feeding import is_published
from scoring.daily.inputs import BACKLOG_COLUMNS, DailyInputs, Triggers
from scoring.daily.records import accident_decay, accident_floors, accident_severity, listed_floor
from scoring.levels import LEVELS, RULES
from scoring.schemes.scheme import Scheme

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
T = TypeVar("T")
Devices = Callable[[Moment], Mapping[str, Floats]]


@dataclass(frozen=True)
class Floor:
    """Floors of one rule (its index): town, level, sector and column of the backlog, each (t,)."""

    rule: int
    town: Ints
    level: Ints
    sector: Ints
    column: Ints


Floors = list[Floor]


@dataclass(frozen=True)
class PastDays:
    """Records of a district made ready for `inputs_of` any day. Make it with `ready`."""

    records: Records
    places: Places
    scheme: Scheme
    inventory: Inventory
    district_code: str
    zone: tzinfo
    dangers: Mapping[str, NDArray[Any]]
    accidents: Mapping[str, NDArray[Any]]
    late_deaths: LateDeaths
    signals: Mapping[str, NDArray[Any]]
    week_ends: Times
    alarms: Mapping[str, NDArray[Any]]
    override_days: Times
    calendar: Calendar | None = None
    devices: Devices | None = None
    kept: dict[tuple[str, bytes], Any] = field(default_factory=dict)

    def once(self, kind: str, holding: NDArray[Any], read: Callable[[], T]) -> T:
        """Return what `read` makes of a kind, read once for each set of rows that holds."""
        key = (kind, holding.tobytes())
        if key not in self.kept:
            self.kept[key] = read()
        found: T = self.kept[key]
        return found


def ready(
    records: Records,
    places: Places,
    scheme: Scheme,
    inventory: Inventory,
    *,
    zone: tzinfo,
    district_code: str,
    calendar: Calendar | None = None,
    devices: Devices | None = None,
) -> PastDays:
    """Place and parse records once, for days in a zone.

    With a calendar the indicators that records give stand in for missing weeks, as on a single
    day; with `devices` (the indicators of a moment, `riskmap.records.duties.device_rates`)
    what they said then, too.
    """
    return PastDays(
        records,
        places,
        scheme,
        inventory,
        district_code,
        zone,
        _danger_columns(not_void(records.tables["hidden_dangers"]), places, zone, scheme),
        _accident_columns(records.tables["accidents"], places, zone),
        read_late_deaths(records.tables["accidents"], zone, late_death_days()),
        _signal_columns(records.tables["warnings"], scheme, district_code),
        _week_ends(records.tables["indicators"]),
        _alarm_columns(records.tables["alarms"]),
        records.tables["overrides"]["date"].to_numpy("datetime64[us]"),
        calendar,
        devices,
    )


def inputs_of(days: PastDays, moment: Moment) -> DailyInputs:
    """Return the engine's inputs at a moment; nothing is known of the day before."""
    n = days.places.shape[0]
    usable = usable_kinds(days.records, moment, days.scheme)
    at, today = utc(moment.at), np.datetime64(moment.at.date(), "us")
    backlog, closure, listed = _dangers_at(days, at, today)
    accident, fatal = _accidents_at(days, at, today)
    control = _control_at(days, moment, today, usable)
    raised, lowered = _overrides_at(days, moment)
    kind, level, signal_known = _signals_at(days, at)
    floors = [*_alarms_at(days, moment), *listed, *fatal, *_responses_at(days, moment), *raised]

    def known(name: str, values: Floats) -> Floats:
        return values if usable[name] else np.full(values.shape, np.nan)

    return DailyInputs(
        hazard=days.inventory.hazard,
        density=days.inventory.density,
        vulnerable=days.inventory.vulnerable,
        signal_type=kind,
        signal_level=level,
        signal_covers=np.ones((n, len(kind)), dtype=bool),
        signal_known=usable["warnings"] and signal_known,
        backlog=known("hidden_dangers", backlog),
        accident=known("accidents", accident),
        special=known("special_periods", _special_at(days, moment)),
        index=control.index,
        closure=known("hidden_dangers", closure),
        online=control.online,
        triggers=_triggers(floors),
        lowered=lowered,
        previous_level=np.full(n, -1, np.int8),
        stale=stale_kinds(days.records, moment, days.scheme),
    )


def _danger_columns(
    rows: pd.DataFrame, places: Places, zone: tzinfo, scheme: Scheme
) -> dict[str, NDArray[Any]]:
    return {
        "town": places.town_of(rows["town"]),
        "sector": places.sector_of(rows["domain"]),
        "found": times(rows["found_at"]),
        "closed": times(rows["closed_at"]),
        "closed_on": dates(rows["closed_at"], zone),
        "due": due_dates(rows, zone, scheme).to_numpy("datetime64[us]"),
        "major": (rows["grade"] == "major").to_numpy(bool),
        "listed": times(rows["listed_at"]),
        "until": pd.to_datetime(rows["listed_until"]).to_numpy("datetime64[us]"),
        "since": times(rows["held_from"]),
        "replaced": times(rows["held_until"]) if "held_until" in rows else no_times(len(rows)),
    }


def _dangers_at(
    days: PastDays, at: np.datetime64, today: np.datetime64
) -> tuple[Floats, Floats, Floors]:
    """Return backlog (n, m, 4), closure (n,) and E3, as `riskmap.records.dangers` derives them."""
    n, m = days.places.shape
    table = days.dangers
    holds = ~(table["since"] > at) & ~(table["replaced"] <= at)
    found = holds & (table["found"] <= at)
    opened = np.flatnonzero(found & ~(table["closed"] <= at) & (table["town"] >= 0))
    town, sector, due = (table[name][opened] for name in ("town", "sector", "due"))
    late = due < today
    column = np.where(table["major"][opened], 2, 0) + late
    placed = sector >= 0
    size = (n, m, len(BACKLOG_COLUMNS))
    cells = np.ravel_multi_index((town[placed], sector[placed], column[placed]), size)
    backlog = np.bincount(cells, minlength=n * m * size[2]).reshape(size).astype(np.float64)
    past = (late & (today - due >= np.timedelta64(1, "D"))) | (table["until"][opened] < today)
    held = table["major"][opened] & (table["listed"][opened] <= at)
    level = listed_floor(np.ones(int(held.sum()), bool), past[held], days.scheme)
    column = np.where(placed, column, -1)
    listed = [Floor(RULES.index("E3"), town[held], level, sector[held], column[held])]
    return backlog, _closure_at(days, found, today), listed


def _closure_at(days: PastDays, found: NDArray[np.bool_], today: np.datetime64) -> Floats:
    n, table = days.places.shape[0], days.dangers
    window = next(p.window_days for p in days.scheme.control_parts if not p.indicators)
    due = found & (table["town"] >= 0) & (table["due"] < today)
    due &= table["due"] >= today - np.timedelta64(window, "D")
    town = table["town"][due]
    in_time = (table["closed_on"][due] <= table["due"][due]).astype(np.float64)
    total = np.bincount(town, minlength=n).astype(np.float64)
    good = np.bincount(town, weights=in_time, minlength=n)
    share: Floats = np.divide(good, total, out=np.full(n, np.nan), where=total > 0)
    return share


def _accident_columns(rows: pd.DataFrame, places: Places, zone: tzinfo) -> dict[str, NDArray[Any]]:
    return {
        "town": places.town_of(rows["town"]),
        "sector": places.sector_of(rows["domain"]),
        "occurred": times(rows["occurred_at"]),
        "day": dates(rows["occurred_at"], zone),
        "near": (rows["kind"] == "near_miss").to_numpy(bool),
        "deaths": rows["deaths"].to_numpy(np.float64),
        "serious": rows["serious_injuries"].to_numpy(np.float64),
        "loss": rows["loss_cny"].to_numpy(np.float64),
    }


def _accidents_at(days: PastDays, at: np.datetime64, today: np.datetime64) -> tuple[Floats, Floors]:
    """Return Σ s·2^(−d/7) (n, m), E4 and E5, as `riskmap.records.incidents` derives them."""
    table, shape = days.accidents, days.places.shape
    severity, fatal, grave = accident_severity(
        near_miss=table["near"],
        deaths=days.late_deaths.counted(table["deaths"], today),
        serious_injuries=table["serious"],
        loss_cny=table["loss"],
        scheme=days.scheme,
    )
    rows = np.flatnonzero((table["occurred"] <= at) & (table["town"] >= 0))
    town, sector = table["town"][rows], table["sector"][rows]
    age = (today - table["day"][rows]).astype("timedelta64[D]").astype(np.int64)
    hours = (at - table["occurred"][rows]).astype("timedelta64[us]").astype(np.float64) / 3.6e9
    died = days.late_deaths.latest(len(table["day"]), today.astype("datetime64[D]"))[rows]
    over = midnights(died + np.timedelta64(1, "D"), days.zone)
    since = (at - over).astype("timedelta64[us]").astype(np.float64) / 3.6e9
    floor_hours = np.where(np.isnat(died), hours, np.fmin(hours, np.maximum(since, 0.0)))
    late_age = (today.astype("datetime64[D]") - died).astype(np.int64)
    floor_age = np.where(np.isnat(died), age, np.minimum(age, late_age))
    weight = accident_decay(severity[rows], age.astype(np.float64), days.scheme)
    placed = sector >= 0
    cells = np.ravel_multi_index((town[placed], sector[placed]), shape)
    total = np.bincount(cells, weights=weight[placed], minlength=shape[0] * shape[1])
    levels = accident_floors(fatal[rows], grave[rows], floor_hours, floor_age, days.scheme)
    floors = [
        _floors(rule, town[level > 0], level[level > 0])
        for rule, level in zip(("E4", "E5"), levels, strict=True)
    ]
    return total.astype(np.float64).reshape(shape), floors


def _signal_columns(
    rows: pd.DataFrame, scheme: Scheme, district_code: str
) -> dict[str, NDArray[Any]]:
    hours = {name: float(value) for name, value in scheme.validity_hours.items() if name != "*"}
    spells = warning_spells(rows, district_code, hours, float(scheme.validity_hours["*"]))
    spells = spells[spells["action"] != "cancel"]
    types = [scheme.weather_index(str(name)) for name in spells["type"]]
    levels = {name: i for i, name in enumerate(LEVELS)}
    return {
        "issued": times(spells["issued_at"]),
        "replaced": times(spells["replaced_at"]),
        "expires": times(spells["expires_at"]),
        "type": np.array([-1 if i is None else i for i in types], dtype=np.int64),
        "level": spells["level"].map(levels).fillna(0).to_numpy(np.int64),
    }


def _signals_at(days: PastDays, at: np.datetime64) -> tuple[Ints, Ints, bool]:
    """Return type and level of the warnings in force (k,), and whether all are understood."""
    table = days.signals
    holds = (table["issued"] <= at) & ~(table["replaced"] <= at) & (table["expires"] > at)
    kind = table["type"][holds]
    known = bool((kind >= 0).all()) and len(days.district_code) == DIVISION_DIGITS
    return kind, table["level"][holds], known


def _control_at(
    days: PastDays, moment: Moment, today: np.datetime64, usable: Mapping[str, bool]
) -> Control:
    rows = days.records.tables["indicators"]
    derived: Mapping[str, Floats] = {}
    if days.calendar is not None:
        derived = rates_from_records(
            days.records.tables,
            usable,
            days.places,
            moment,
            days.scheme,
            calendar=days.calendar,
            firms=days.inventory.firms,
        )
    if days.devices is not None and days.scheme.control_from_records is not None:
        derived = {**derived, **days.devices(moment)}
    age = (today - days.week_ends) / np.timedelta64(1, "D")
    holds = (age >= 0) & (age <= days.scheme.record_limits_hours["indicators"] / 24)
    holds &= usable["indicators"] | is_published(rows)
    given = [float(code in derived) for code in (ONLINE, COMMITTED, PUBLISHED)]
    key = np.concatenate([holds.astype(np.float64), given, *derived.values()])
    return days.once(
        "indicators",
        key,
        lambda: read_control(rows[holds], days.places, moment, days.scheme, derived),
    )


def _week_ends(rows: pd.DataFrame) -> Times:
    ends = {week: week_end(week) for week in rows["week"].dropna().unique()}
    return pd.to_datetime(rows["week"].map(ends)).to_numpy("datetime64[us]")


def _special_at(days: PastDays, moment: Moment) -> Floats:
    rows = in_force(days.records.tables["special_periods"], moment.at, "starts_at", "ends_at")
    which = rows.index.to_numpy()
    return days.once(
        "special_periods", which, lambda: special_severity(rows, days.places, moment)[0]
    )


def _responses_at(days: PastDays, moment: Moment) -> Floors:
    rows = in_force(days.records.tables["responses"], moment.at, "started_at", "ended_at")
    which = rows.index.to_numpy()
    return days.once(
        "responses",
        which,
        lambda: _told(response_triggers(rows, days.places, moment, days.scheme)),
    )


def _alarms_at(days: PastDays, moment: Moment) -> Floors:
    """Return E2; only alarms not yet dealt with are looked at."""
    at, table = utc(moment.at), days.alarms
    waiting = table["raised"] <= at
    waiting &= ~((table["handled"] <= at) | (table["cleared"] <= at))
    if not waiting.any():
        return []
    rows = days.records.tables["alarms"][waiting]
    sources = days.inventory.sources
    return _told(alarm_triggers(rows, days.places, moment, sources, days.scheme)[0])


def _alarm_columns(rows: pd.DataFrame) -> dict[str, NDArray[Any]]:
    return {name: times(rows[f"{name}_at"]) for name in ("raised", "handled", "cleared")}


def _overrides_at(days: PastDays, moment: Moment) -> tuple[Floors, NDArray[np.int8]]:
    today = days.override_days == np.datetime64(moment.day)
    if not today.any():
        return [], np.zeros(days.places.shape[0], np.int8)
    rows = days.records.tables["overrides"][today]
    raised, lowered, _ = override_effects(rows, days.places, moment)
    return _told(raised), lowered


def _told(table: pd.DataFrame) -> Floors:
    """Return a table of floors as arrays."""
    rules = table["rule"].to_numpy(object)
    columns = [table[name].to_numpy(np.int64) for name in ("town", "level", "sector", "column")]
    return [
        Floor(RULES.index(rule), *(column[rules == rule] for column in columns))
        for rule in dict.fromkeys(rules)
    ]


def _floors(rule: str, town: Ints, level: Ints) -> Floor:
    none = np.full(len(town), -1)
    return Floor(RULES.index(rule), town, level, none, none)


def _triggers(floors: Floors) -> Triggers:
    """Return the floors in the engine's order: by town, rule, level."""
    rule = np.concatenate([np.full(len(one.town), one.rule) for one in floors])
    town, level, sector, column = (
        np.concatenate([getattr(one, name) for one in floors]).astype(np.int64)
        for name in ("town", "level", "sector", "column")
    )
    order = np.lexsort((level, rule, town))
    return Triggers(
        rule=rule[order],
        town=town[order],
        level=level[order],
        ref=np.arange(len(order)),
        sector=sector[order],
        column=column[order],
    )
