"""Accidents: what they weigh at a moment, their grade by decree 493, the floors they hold."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.accident_grades import GRADE_ZH, NEAR_MISS, harm_zh
from riskmap.records.incidents import trigger_rows
from riskmap.records.late_deaths import LateDeaths, read_late_deaths
from riskmap.standards import accident_grades, late_death_days
from scoring.accident_grade import MEASURES, accident_grade, deciding_measure
from scoring.daily.records import accident_decay, accident_floors, accident_severity
from scoring.schemes.scheme import Scheme


@dataclass(frozen=True)
class Accidents:
    """Accidents up to a moment: town_idx, sector_idx, days (whole), hours, grade, weight.

    `unplaced` has the same columns: those whose town or domain is not known (index −1).
    """

    rows: pd.DataFrame
    unplaced: pd.DataFrame

    def total(self, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Return Σ s·2^(−d/7) (n, m) before clipping."""
        cells = np.ravel_multi_index(
            (self.rows["town_idx"].to_numpy(np.int64), self.rows["sector_idx"].to_numpy(np.int64)),
            shape,
        )
        weights = self.rows["weight"].to_numpy(np.float64)
        total = np.bincount(cells, weights=weights, minlength=shape[0] * shape[1])
        return total.astype(np.float64).reshape(shape)


def read_accidents(rows: pd.DataFrame, places: Places, moment: Moment, scheme: Scheme) -> Accidents:
    """Derive what accidents weigh at ``moment.at``.

    `s·2^(−d/7)` with d whole calendar days since the event (DOMAIN §11.1 A); the grade is by
    the highest of deaths, serious injuries and loss (decree 493, DOMAIN §5). Late deaths count
    from the day on which people died.
    """
    table = rows[rows["occurred_at"] <= moment.at].copy()
    table["town_idx"] = places.town_of(table["town"])
    table["sector_idx"] = places.sector_of(table["domain"])
    day = table["occurred_at"].dt.tz_convert(moment.zone).dt.tz_localize(None).dt.normalize()
    table["days"] = (pd.Timestamp(moment.at.date()) - day).dt.days
    table["hours"] = (moment.at - table["occurred_at"]).dt.total_seconds() / 3600
    late = read_late_deaths(table, moment.zone, late_death_days())
    first = table["deaths"].to_numpy(np.float64)
    table["deaths"] = late.counted(first, np.datetime64(moment.at.date()))
    table["late"] = np.nan_to_num(table["deaths"]) - np.nan_to_num(first)
    table["floor_hours"], table["floor_days"] = _since_the_last_death(table, late, moment)
    near = (table["kind"] == "near_miss").to_numpy(bool)
    severity, fatal, grave = accident_severity(
        near_miss=near,
        deaths=table["deaths"].to_numpy(np.float64),
        serious_injuries=table["serious_injuries"].to_numpy(np.float64),
        loss_cny=table["loss_cny"].to_numpy(np.float64),
        scheme=scheme,
    )
    table["fatal"], table["grave"] = fatal, grave
    dead, hurt, loss = (table[name].to_numpy(np.float64) for name in MEASURES)
    grade = accident_grade(dead, hurt, loss, accident_grades())
    table["grade"] = np.where(near, NEAR_MISS, grade + 1)
    table["measure"] = deciding_measure(dead, hurt, loss, accident_grades())
    table["weight"] = accident_decay(severity, table["days"].to_numpy(np.float64), scheme)
    known = (table["town_idx"] >= 0) & (table["sector_idx"] >= 0)
    return Accidents(table[known].reset_index(drop=True), table[~known])


def _since_the_last_death(
    table: pd.DataFrame, late: LateDeaths, moment: Moment
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return hours and whole days since the last death that counts, or since the accident (k,)."""
    today = pd.Timestamp(moment.at.date())
    last = late.latest(len(table), np.datetime64(moment.at.date()))
    died = pd.Series(pd.to_datetime(last), index=table.index)
    over = (died + pd.Timedelta(days=1)).dt.tz_localize(moment.zone)
    late_hours = (moment.at - over).dt.total_seconds() / 3600
    hours = table["hours"].where(died.isna(), np.minimum(table["hours"], late_hours.clip(lower=0)))
    days = table["days"].where(died.isna(), np.minimum(table["days"], (today - died).dt.days))
    return hours.to_numpy(np.float64), days.to_numpy(np.int64)


def accident_triggers(accidents: Accidents, moment: Moment, scheme: Scheme) -> pd.DataFrame:
    """Return E4 (a death) and E5 (grave): a floor for 72 h, a lower one to day 7.

    Hours and days run from the last death that counts: from the accident or, after a late
    death, from the end of the day of that death. More dead never hold a floor for a shorter time.
    An accident whose domain the scheme does not know holds the floor of its town all the same.
    """
    rows = pd.concat([accidents.rows, accidents.unplaced])
    rows = rows[rows["town_idx"] >= 0]
    e4, e5 = accident_floors(
        rows["fatal"].to_numpy(bool),
        rows["grave"].to_numpy(bool),
        rows["floor_hours"].to_numpy(np.float64),
        rows["floor_days"].to_numpy(np.int64),
        scheme,
    )
    level = np.maximum(e4, e5)
    rows, level, grave = rows[level > 0], level[level > 0], (e5 > 0)[level > 0]
    when = rows["occurred_at"].dt.tz_convert(moment.zone).dt.strftime("%m-%d %H:%M")
    harm = [
        harm_zh(*row) for row in zip(*(rows[name] for name in ("measure", *MEASURES)), strict=True)
    ]
    text = [
        f"{GRADE_ZH[grade]}（{time}，{said}{_late(late)}），已 {hours:.0f} 小时"
        for grade, time, said, late, hours in zip(
            rows["grade"], when, harm, rows["late"], rows["hours"], strict=True
        )
    ]
    return trigger_rows(
        rows["town_idx"],
        rule=np.where(grave, "E5", "E4"),
        level=level,
        record="accidents:" + rows["id"],
        source=rows["source"],
        text=text,
    )


def accident_items(accidents: Accidents) -> pd.DataFrame:
    """Return every accident as an item of the factor accident."""
    rows = accidents.rows
    grade = [GRADE_ZH[g] for g in rows["grade"]]
    return pd.DataFrame(
        {
            "town": rows["town_idx"],
            "sector": rows["sector_idx"],
            "factor": "accident",
            "weight": rows["weight"],
            "kind": "accident",
            "id": rows["id"],
            "name": [f"{d}{g}" for d, g in zip(rows["domain"], grade, strict=True)],
            "why": [f"{g}，{d} 天前" for g, d in zip(grade, rows["days"], strict=True)],
            "why_parts": [
                {"grade": int(g), "days": int(d)}
                for g, d in zip(rows["grade"], rows["days"], strict=True)
            ],
            "layer": "accidents",
            "source": rows["source"],
            "lon": np.nan,
            "lat": np.nan,
            "community": None,
        }
    )


def _late(persons: float) -> str:
    return f"，其中事后死亡 {persons:.0f} 人" if persons else ""
