"""What the records say at a moment, as arrays for the engine and as items for the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.daily.control import Control, read_control
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.accidents import accident_items, accident_triggers, read_accidents
from riskmap.records.dangers import Dangers, danger_items, listed_triggers, read_dangers
from riskmap.records.incidents import (
    alarm_triggers,
    override_effects,
    response_triggers,
    special_severity,
)
from riskmap.records.notes import DIVISION_DIGITS, record_notes
from riskmap.records.reading import read_deliveries, read_periods, read_records
from riskmap.records.statements import complete_deliveries
from riskmap.records.warnings import active_warnings, named_towns
from riskmap.storage.database import RECORD_KINDS
from riskmap.weekly.feeding import index_rows, is_published, published_notes, with_published
from riskmap.workspace import Workspace
from scoring.daily.inputs import BACKLOG_COLUMNS, Triggers
from scoring.levels import LEVELS, RULES
from scoring.schemes.scheme import Scheme

HELD_KINDS = ("hidden_dangers",)
"""Kinds whose versions say since when they hold."""

KEPT = frozenset({"hidden_dangers", "accidents", "special_periods"})
"""Kinds whose last values count past their limit, marked: a source that falls silent must not
take risk off the map (DOMAIN §11.2 E9: 动态用最近值并标“数据不全”)."""


@dataclass(frozen=True)
class Source:
    """How fresh a record kind is: `known` if anything of it ever came.

    `last_delivery` and the age at the moment [h] are those of the last delivery that says how the
    whole kind stood (`riskmap.records.statements`); None: none ever did, so it is stale.
    """

    rows: int
    known: bool
    last_delivery: pd.Timestamp | None
    age_h: float | None
    limit_h: float | None
    stale: bool


@dataclass(frozen=True)
class Records:
    """Every record kind as known at a cut-off, and its deliveries up to then.

    `last_complete` leaves out single entries: they confirm nothing of the rest of their kind.
    """

    tables: Mapping[str, pd.DataFrame]
    last_delivery: Mapping[str, pd.Timestamp]
    last_complete: Mapping[str, pd.Timestamp]


@dataclass(frozen=True)
class Facts:
    """The facts of a moment for n towns and m sectors.

    `signals` has a row per active warning (k) with `type_idx`, `level_idx` and `named` towns;
    `triggers` a row per floor with record, source and text; `items` the records behind the
    dynamic factors; `stale` the kinds that are past their limit and count with their last values;
    `notes` what could not be placed or is unknown, by record kind.
    """

    signals: pd.DataFrame
    signal_known: bool
    dangers: Dangers
    backlog: NDArray[np.float64]
    accident: NDArray[np.float64]
    special: NDArray[np.float64]
    special_names: Mapping[tuple[int, int], str]
    control: Control
    closure: NDArray[np.float64]
    triggers: pd.DataFrame
    lowered: NDArray[np.int8]
    lowered_rows: pd.DataFrame
    items: pd.DataFrame
    sources: Mapping[str, Source]
    stale: frozenset[str]
    notes: Mapping[str, tuple[str, ...]]

    def engine_triggers(self) -> Triggers:
        """Return the triggers as the engine wants them; ``ref`` is the row in `triggers`."""
        rows = self.triggers
        return Triggers(
            rule=np.array([RULES.index(rule) for rule in rows["rule"]], dtype=np.int64),
            town=rows["town"].to_numpy(np.int64),
            level=rows["level"].to_numpy(np.int64),
            ref=np.arange(len(rows)),
            sector=rows["sector"].to_numpy(np.int64),
            column=rows["column"].to_numpy(np.int64),
        )


def load_records(ws: Workspace, moment: Moment) -> Records:
    """Read every record kind as known at ``moment.known_until`` and as held at ``moment.at``."""
    delivered = read_deliveries(ws, None, moment.known_until)
    until, at = moment.known_until, moment.at
    tables = {kind: read_records(ws, kind, until, at=at) for kind in RECORD_KINDS}
    tables["indicators"] = with_published(tables["indicators"], index_rows(ws, until))
    return Records(tables, _last(delivered), _last(complete_deliveries(delivered)))


def load_periods(ws: Workspace, moment: Moment) -> Records:
    """Read every record kind as known, with all periods of those that say since when they hold.

    For many days at once (`riskmap.daily.past_days`): a day takes the rows that hold on it.
    """
    records = load_records(ws, moment)
    periods = {kind: read_periods(ws, kind, moment.known_until) for kind in HELD_KINDS}
    return replace(records, tables={**records.tables, **periods})


def gather_facts(
    records: Records,
    places: Places,
    moment: Moment,
    scheme: Scheme,
    *,
    sources: Mapping[str, tuple[int, int]],
    district_code: str,
    derived: Mapping[str, NDArray[np.float64]] = MappingProxyType({}),
) -> Facts:
    """Derive the facts of a moment from records as known.

    Parameters
    ----------
    sources
        Level (−1 unknown) and town index of every major hazard source by id.
    district_code
        Six digits; warnings of the district, its city and its province hold. With any other
        code nobody knows which hold, so the signals are unknown, not none.
    derived
        Weekly indicators that records give, by code (`riskmap.records.duties`).
    """
    tables = records.tables
    fresh = {kind: _source(records, kind, moment, scheme) for kind in RECORD_KINDS}
    dangers = read_dangers(tables["hidden_dangers"], places, moment, scheme)
    accidents = read_accidents(tables["accidents"], places, moment, scheme)
    special, special_names = special_severity(tables["special_periods"], places, moment)
    signals, listed = _signals(tables["warnings"], places, moment, scheme, district_code)
    raised, lowered, lowered_rows = override_effects(tables["overrides"], places, moment)
    alarms, lost_alarms = alarm_triggers(tables["alarms"], places, moment, sources, scheme)
    usable = usable_kinds(records, moment, scheme)
    weekly = tables["indicators"]
    weekly = weekly if usable["indicators"] else weekly[is_published(weekly)]
    control = read_control(weekly, places, moment, scheme, derived)
    triggers = pd.concat(
        [
            alarms.drop(columns="hazard_source_id"),
            listed_triggers(dangers, moment, scheme),
            accident_triggers(accidents, moment, scheme),
            response_triggers(tables["responses"], places, moment, scheme),
            raised,
        ],
        ignore_index=True,
    )
    order = triggers.assign(number=[RULES.index(rule) for rule in triggers["rule"]])
    order = order.sort_values(["town", "number", "level", "record"], kind="stable")
    unknown = np.full(places.shape[0], np.nan)
    return Facts(
        signals=signals,
        signal_known=usable["warnings"] and listed and len(district_code) == DIVISION_DIGITS,
        dangers=dangers,
        backlog=_if(usable["hidden_dangers"], dangers.backlog),
        accident=_if(usable["accidents"], accidents.total(places.shape)),
        special=_if(usable["special_periods"], special),
        special_names=special_names,
        control=control,
        closure=dangers.closure if usable["hidden_dangers"] else unknown,
        triggers=order.drop(columns="number").reset_index(drop=True),
        lowered=lowered,
        lowered_rows=lowered_rows,
        items=_items(dangers, accidents, alarms, scheme, moment),
        sources=fresh,
        stale=stale_kinds(records, moment, scheme),
        notes=record_notes(
            tables,
            places,
            moment,
            dangers=dangers,
            accidents=accidents,
            alarms=lost_alarms,
            signals=signals,
            district_code=district_code,
            index=published_notes(weekly, control.index_week, moment.day),
        ),
    )


def _items(
    dangers: Dangers, accidents: Any, alarms: pd.DataFrame, scheme: Scheme, moment: Moment
) -> pd.DataFrame:
    alarm_rows = pd.DataFrame(
        {
            "town": alarms["town"],
            "sector": -1,
            "factor": "alarm",
            "weight": np.nan,
            "kind": "alarm",
            "id": alarms["record"].astype("str").str.removeprefix("alarms:"),
            "name": alarms["hazard_source_id"],
            "why": alarms["text"],
            "why_parts": [{} for _ in range(len(alarms))],
            "layer": "alarms",
            "source": alarms["source"],
            "lon": np.nan,
            "lat": np.nan,
            "community": None,
        }
    )
    parts = [
        danger_items(dangers, scheme.backlog.weights, moment),
        accident_items(accidents),
        alarm_rows,
    ]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _signals(
    rows: pd.DataFrame, places: Places, moment: Moment, scheme: Scheme, district_code: str
) -> tuple[pd.DataFrame, bool]:
    """Return the active warnings, and whether the scheme knows the type of every one."""
    hours = {name: float(value) for name, value in scheme.validity_hours.items() if name != "*"}
    default = float(scheme.validity_hours["*"])
    active = active_warnings(rows, moment.at, district_code, hours, default)
    weather = [scheme.weather_index(str(name)) for name in active["type"]]
    levels = {name: i for i, name in enumerate(LEVELS)}
    active = active.assign(
        type_idx=np.array([-1 if i is None else i for i in weather], dtype=np.int64),
        level_idx=active["level"].map(levels).fillna(0).astype(np.int64),
        listed=np.array([i is not None for i in weather], dtype=bool),
    )
    named = [named_towns(str(text), places.names) for text in active["text"].fillna("")]
    active["named"] = pd.Series(named, index=active.index, dtype=object)
    return active, bool(active["listed"].all())


def usable_kinds(records: Records, moment: Moment, scheme: Scheme) -> dict[str, bool]:
    """Return for every record kind whether it was delivered and is not too old at a moment.

    Of :data:`KEPT` the last values count however old they are; `stale_kinds` marks them.
    """
    found = {kind: _source(records, kind, moment, scheme) for kind in RECORD_KINDS}
    return {
        kind: state.known and (kind in KEPT or not state.stale) for kind, state in found.items()
    }


def stale_kinds(records: Records, moment: Moment, scheme: Scheme) -> frozenset[str]:
    """Return the kinds whose last values count although they are past their limit (E9)."""
    return frozenset(k for k in KEPT if _source(records, k, moment, scheme).stale)


def _source(records: Records, kind: str, moment: Moment, scheme: Scheme) -> Source:
    limit = scheme.record_limits_hours.get(kind)
    rows = len(records.tables[kind])
    if kind not in records.last_delivery:
        return Source(rows, False, None, None, limit, False)
    last = records.last_complete.get(kind)
    if last is None:
        return Source(rows, True, None, None, limit, limit is not None)
    age = max(0.0, (moment.at - last).total_seconds() / 3600)
    return Source(rows, True, last, age, limit, limit is not None and age > limit)


def _last(delivered: pd.DataFrame) -> dict[str, pd.Timestamp]:
    newest = delivered.groupby("kind")["delivered_at"].max()
    return {str(kind): pd.Timestamp(when) for kind, when in newest.items()}


def _if(usable: bool, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values if usable else np.full(values.shape, np.nan)


COLUMNS_ZH = dict(zip(BACKLOG_COLUMNS, ("一般", "超期", "重大", "重大超期"), strict=True))
"""Columns of the backlog as readers call them."""
