"""Alarms, government responses, special periods and decisions of people."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskmap.moment import Moment
from riskmap.places import Places
from scoring.daily.records import alarm_floor, response_floor
from scoring.levels import LEVELS
from scoring.schemes.scheme import Scheme

ROMAN = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}


def alarm_triggers(
    rows: pd.DataFrame,
    places: Places,
    moment: Moment,
    sources: Mapping[str, tuple[int, int]],
    scheme: Scheme,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return E2: an alarm of a first or second level source not dealt with for 15 minutes.

    The second table has those that find no town. A source whose level is not known (−1, or not
    in the layer) counts as if it were of the first level: what is unknown must not reassure. The
    town is that of the source, else the one that the alarm declares. `sources` is level and town
    index by id.
    """
    at, rules = moment.at, scheme.rules
    raised = rows[rows["raised_at"] <= at]
    done = (raised["handled_at"] <= at) | (raised["cleared_at"] <= at)
    known = [sources.get(name, (-1, -1)) for name in raised["hazard_source_id"].astype("str")]
    level, located = np.array(known, dtype=np.int64).reshape(-1, 2).T
    town = np.where(located >= 0, located, places.town_of(raised["town"]))
    floor = alarm_floor(
        np.where(level < 0, min(rules.alarm_source_levels), level),
        (at - raised["raised_at"]).dt.total_seconds().to_numpy(np.float64) / 60,
        done.to_numpy(bool),
        scheme,
    )
    chosen = raised[floor > 0]
    when = chosen["raised_at"].dt.tz_convert(moment.zone).dt.strftime("%m-%d %H:%M")
    text = [
        f"重大危险源 {name} {kind}报警（{time}）超过 {rules.alarm_minutes:g} 分钟未处置"
        for name, kind, time in zip(
            chosen["hazard_source_id"], chosen["kind"].fillna(""), when, strict=True
        )
    ]
    found = trigger_rows(
        town[floor > 0],
        rule="E2",
        level=floor[floor > 0],
        record="alarms:" + chosen["id"],
        source=chosen["source"],
        text=text,
    ).assign(hazard_source_id=chosen["hazard_source_id"].to_numpy())
    return found[found["town"] >= 0], found[found["town"] < 0]


def in_force(rows: pd.DataFrame, at: pd.Timestamp, start: str, end: str) -> pd.DataFrame:
    """Return the rows that have begun at a moment and not ended: start <= at < end, or no end."""
    return rows[(rows[start] <= at) & (rows[end].isna() | (rows[end] > at))]


def response_triggers(
    rows: pd.DataFrame, places: Places, moment: Moment, scheme: Scheme
) -> pd.DataFrame:
    """Return E6: responses Ⅳ, Ⅲ, Ⅱ, Ⅰ in force hold blue, yellow, orange, red in their towns."""
    active = in_force(rows, moment.at, "started_at", "ended_at")
    parts = []
    for row in active.to_dict("records"):
        towns = np.flatnonzero(places.towns_in(row["towns"])[0])
        grade = int(row["level"])
        parts.append(
            trigger_rows(
                towns,
                rule="E6",
                level=int(response_floor(np.array([grade]), scheme)[0]),
                record=f"responses:{row['id']}",
                source=str(row["source"]),
                text=f"{row['name']}应急响应 {ROMAN[grade]} 级",
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else no_triggers()


def override_effects(
    rows: pd.DataFrame, places: Places, moment: Moment
) -> tuple[pd.DataFrame, NDArray[np.int8], pd.DataFrame]:
    """Return E7 upwards as triggers, (n,) 1 where two persons lowered, and the rows used.

    A row without a reason, or a lowering without a second person, has no effect.
    """
    today = rows[(rows["date"] == pd.Timestamp(moment.day)) & _filled(rows["reason"])].copy()
    today["town_idx"] = places.town_of(today["town"])
    today = today[today["town_idx"] >= 0]
    up = today[(today["direction"] == "up") & today["level"].isin(LEVELS[1:])]
    two = _filled(today["second_person"]) & _filled(today["decided_by"])
    two &= today["second_person"].str.strip() != today["decided_by"].str.strip()
    down = today[(today["direction"] == "down") & two]
    lowered = np.zeros(places.shape[0], np.int8)
    lowered[down["town_idx"].to_numpy(np.int64)] = 1
    text = [f"人工上调：{reason}" for reason in up["reason"]]  # who: the record, by role
    level = up["level"].map({name: i for i, name in enumerate(LEVELS)})
    raised = trigger_rows(
        up["town_idx"],
        rule="E7",
        level=level,
        record="overrides:" + up["id"],
        source=up["source"],
        text=text,
    )
    return raised, lowered, down


def special_severity(
    rows: pd.DataFrame, places: Places, moment: Moment
) -> tuple[NDArray[np.float64], dict[tuple[int, int], str]]:
    """Return the severity of special periods in force (n, m), and their name by cell.

    Where several hold the most severe counts (P is a lookup 0, 0.3, 0.6, 1; DOMAIN §11.1).
    """
    active = in_force(rows, moment.at, "starts_at", "ends_at")
    severity = np.zeros(places.shape)
    which = np.full(places.shape, -1)
    for i, row in enumerate(active.to_dict("records")):
        cells = np.outer(places.towns_in(row["towns"])[0], places.sectors_in(row["sectors"])[0])
        worse = cells & (row["severity"] > severity)
        severity[worse], which[worse] = float(row["severity"]), i
    names = active["name"].tolist()
    return severity, {(int(t), int(s)): names[which[t, s]] for t, s in np.argwhere(which >= 0)}


def no_triggers() -> pd.DataFrame:
    """Return an empty table of triggers."""
    return trigger_rows([], rule="", level=0, record="", source="", text="")


def _filled(values: pd.Series) -> pd.Series:
    return values.notna() & (values.astype("str").str.strip() != "")


def trigger_rows(
    town: ArrayLike,
    *,
    rule: ArrayLike,
    level: ArrayLike,
    record: ArrayLike,
    source: ArrayLike,
    text: ArrayLike,
) -> pd.DataFrame:
    """Return a table of triggers; single values hold for every town."""
    towns = np.asarray(town, dtype=np.int64)

    def column(values: ArrayLike, dtype: type) -> NDArray[Any]:
        return np.broadcast_to(np.asarray(values, dtype=dtype), towns.shape)

    return pd.DataFrame(
        {
            "rule": column(rule, object),
            "town": towns,
            "level": column(level, np.int64),
            "record": column(record, object),
            "source": column(source, object),
            "text": column(text, object),
            "sector": np.full(towns.shape, -1),
            "column": np.full(towns.shape, -1),
        }
    )
