"""Hidden dangers: what is open at a moment, how much is closed in time, what is listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.canonical import text_or_none
from riskmap.moment import Moment
from riskmap.places import Places
from scoring.daily.inputs import BACKLOG_COLUMNS
from scoring.daily.records import listed_floor
from scoring.schemes.scheme import Scheme

VOID = "void"
"""State of what was reported by mistake or twice (`riskmap.ledger.states`)."""
GRADE_ZH: Mapping[str, str] = {"general": "一般", "major": "重大"}


@dataclass(frozen=True)
class Dangers:
    """The state of hidden dangers.

    `backlog` (n, m, 4) open counts; `closure` (n,) share closed in time, NaN where none was due;
    `opened` a table of every open danger with town, sector, column (of the backlog), listed,
    overdue_days and the record's own columns; `unplaced` the same of those whose town or domain
    is not known (index −1).
    """

    backlog: NDArray[np.float64]
    closure: NDArray[np.float64]
    opened: pd.DataFrame
    unplaced: pd.DataFrame


def read_dangers(rows: pd.DataFrame, places: Places, moment: Moment, scheme: Scheme) -> Dangers:
    """Derive the state of hidden dangers at ``moment.at``.

    A danger is open at t when ``found_at <= t`` and not closed by t; overdue when open and its
    deadline (`due_dates`) is before the date of t. It counts in one of four exclusive columns
    (DOMAIN §11.1 H). One that is void was never there.

    Parameters
    ----------
    rows
        hidden_dangers as known, latest row per key.
    """
    n, m = places.shape
    at = moment.at
    today = pd.Timestamp(moment.at.date())
    rows = not_void(rows)
    table = rows.assign(
        town_idx=places.town_of(rows["town"]),
        sector_idx=places.sector_of(rows["domain"]),
        due=due_dates(rows, moment.zone, scheme),
    )
    found = table["found_at"] <= at
    closed = table["closed_at"].notna() & (table["closed_at"] <= at)
    current = table[found & ~closed].copy()
    late = current["due"] < today
    current["column"] = np.where(current["grade"] == "major", 2, 0) + late.to_numpy()
    current["overdue_days"] = (today - current["due"]).dt.days.where(late, 0).astype(np.int64)
    current["listed"] = current["listed_at"] <= at
    known = (current["town_idx"] >= 0) & (current["sector_idx"] >= 0)
    opened = current[known]
    cells = np.ravel_multi_index(
        (
            opened["town_idx"].to_numpy(np.int64),
            opened["sector_idx"].to_numpy(np.int64),
            opened["column"].to_numpy(np.int64),
        ),
        (n, m, len(BACKLOG_COLUMNS)),
    )
    counted = np.bincount(cells, minlength=n * m * len(BACKLOG_COLUMNS))
    return Dangers(
        counted.reshape(n, m, len(BACKLOG_COLUMNS)).astype(np.float64),
        _closure(table[(table["town_idx"] >= 0) & found], n, moment, _window_days(scheme)),
        opened.reset_index(drop=True),
        current[~known],
    )


def due_dates(rows: pd.DataFrame, zone: tzinfo, scheme: Scheme) -> pd.Series:
    """Return the day until which each danger has to be closed (k,), midnight without zone.

    Its own deadline; without one the end of its listing; without either its term (of a town
    where it says none) from the day it was found: the rule of `riskmap.ledger.deadlines.due_of`.
    """
    found_on = rows["found_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    days = np.where(
        rows["term"] == "district",
        int(scheme.deadlines_days["district_days"]),
        int(scheme.deadlines_days["town_days"]),
    )
    listed_until = pd.to_datetime(rows["listed_until"])
    by_term = found_on + pd.to_timedelta(days, unit="D")
    return rows["deadline"].fillna(listed_until).fillna(by_term)


def not_void(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the dangers that were not taken back as reported by mistake or twice."""
    return rows[rows["state"] != VOID]


def _closure(table: pd.DataFrame, n: int, moment: Moment, window_days: int) -> NDArray[np.float64]:
    """Return closed in time / due, of deadlines in the days before today (n,); NaN if none."""
    today = pd.Timestamp(moment.at.date())
    due = table[(table["due"] < today) & (table["due"] >= today - timedelta(days=window_days))]
    town = due["town_idx"].to_numpy(np.int64)
    closed_on = due["closed_at"].dt.tz_convert(moment.zone).dt.tz_localize(None).dt.normalize()
    in_time = (closed_on <= due["due"]).to_numpy(np.float64)
    total = np.bincount(town, minlength=n).astype(np.float64)
    good = np.bincount(town, weights=in_time, minlength=n)
    share: NDArray[np.float64] = np.divide(good, total, out=np.full(n, np.nan), where=total > 0)
    return share


def _window_days(scheme: Scheme) -> int:
    """Return over how many days the part of control without weekly indicators looks back."""
    return next(part.window_days for part in scheme.control_parts if not part.indicators)


def listed_triggers(dangers: Dangers, moment: Moment, scheme: Scheme) -> pd.DataFrame:
    """Return E3: a listed major danger not closed holds yellow, overdue orange.

    A danger whose domain the scheme does not know holds the floor of its town all the same.
    Overdue is past the danger's own deadline or past the end of its listing.

    Returns
    -------
    Columns rule, town, level, record, source, text, sector, column.
    """
    today = pd.Timestamp(moment.at.date())
    rows = pd.concat([dangers.opened, dangers.unplaced])
    rows = rows[(rows["town_idx"] >= 0) & (rows["grade"] == "major") & rows["listed"]]
    past = (rows["overdue_days"] > 0) | (pd.to_datetime(rows["listed_until"]) < today)
    number = rows["number"].fillna(rows["key"]).astype("str")
    state = np.where(past, "已超期", "未销号")
    return pd.DataFrame(
        {
            "rule": "E3",
            "town": rows["town_idx"],
            "level": listed_floor(np.ones(len(rows), bool), past.to_numpy(bool), scheme),
            "record": "hidden_dangers:" + number,
            "source": rows["source"],
            "text": ["挂牌重大隐患 " + a + str(b) for a, b in zip(number, state, strict=True)],
            "sector": rows["sector_idx"],
            "column": rows["column"].where(rows["sector_idx"] >= 0, -1),
        }
    ).reset_index(drop=True)


def danger_items(dangers: Dangers, weights: NDArray[np.float64], moment: Moment) -> pd.DataFrame:
    """Return every open danger as an item of the factor backlog.

    Parameters
    ----------
    weights
        (4,) weight of a danger in each column of the backlog (scheme).
    """
    rows = dangers.opened
    number = rows["number"].fillna(rows["key"]).astype("str")
    found = rows["found_at"].dt.tz_convert(moment.zone).dt.strftime("%Y-%m-%d")
    why = [
        f"{GRADE_ZH.get(grade, grade)}隐患，{day} 发现"
        + (f"，超期 {late} 天" if late else "，未销号")
        for grade, day, late in zip(rows["grade"], found, rows["overdue_days"], strict=True)
    ]
    return pd.DataFrame(
        {
            "town": rows["town_idx"],
            "sector": rows["sector_idx"],
            "factor": "backlog",
            "weight": weights[rows["column"].to_numpy(np.int64)],
            "kind": "hidden_danger",
            "id": number,
            "name": rows["description"].fillna(number),
            "why": why,
            "why_parts": [
                {"grade": text_or_none(grade), "found": day, "overdue_days": int(late)}
                for grade, day, late in zip(rows["grade"], found, rows["overdue_days"], strict=True)
            ],
            "layer": "hidden_dangers",
            "source": rows["source"],
            "lon": rows["lon"],
            "lat": rows["lat"],
            "community": rows["community"],
        }
    ).reset_index(drop=True)
