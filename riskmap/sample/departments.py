"""What departments report of each town and week: 34 weeks of the weekly index's indicators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.sample.profiles import TOWNS, TownProfile

WEEKS = 34
COLUMNS = ["周", "镇街代码", "指标", "数值", "分子", "分母"]
_FRIDAY = 4


@dataclass(frozen=True)
class _Reported:
    """An indicator as its department reports it.

    `zero` and `full` are the goalposts of the default scheme in the indicator's unit; `hard`
    moves all towns down by a share of the way. About `cases` things are to be done in a week,
    and `per` more for each place of the profile's column `of`, planned or `as_it_comes`; with
    neither it is a figure alone.
    """

    code: str
    zero: float
    full: float
    hard: float = 0.0
    cases: float = 0.0
    per: float = 0.0
    of: str = "communities"
    as_it_comes: bool = False


_BY_DEPARTMENTS = (
    _Reported("A1.1", 60, 100, 0.01, 4, 0.12, "fire"),
    _Reported("A2.1", 60, 100, 0.0, 6, 0.1, "industry"),
    _Reported("A3.1", 60, 100, 0.0, 9, 0.3),
    _Reported("A3.2", 70, 100, 0.02, 4, 1.0),
    _Reported("A3.3", 60, 100, 0.0, 8),
    _Reported("A4.2", 70, 100, 0.0, 0, 0.3, as_it_comes=True),
    _Reported("A4.3", 150, 75),
    _Reported("A6.1", 70, 100, 0.02, 8, 1.2, "industry"),
    _Reported("A6.2", 60, 100, 0.0, 12, 2.0),
    _Reported("A7.3", 70, 100, 0.01, 10, 0.9, "fire"),
    _Reported("A8.2", 70, 100, 0.0, 2, 1.0, as_it_comes=True),
    _Reported("A8.3", 60, 100, 0.0, 5, 0.5, "water_and_slopes"),
)
"""Indicators that only a department can give."""

_STAND_INS = (
    _Reported("A2.2", 20, 80, -0.05, 4, 0.08, "industry", as_it_comes=True),
    _Reported("A2.3", 0, 1, 0.02),
    _Reported("A5.1", 60, 100, 0.0, 3, 0.5, as_it_comes=True),
    _Reported("A5.2", 60, 100, 0.0, 2, 0.2, as_it_comes=True),
    _Reported("A7.2", 70, 100, -0.05, 2, 1.0, "chemical", as_it_comes=True),
)
"""Indicators that riskmap's own records give, reported where and when there are none.

A2.4 and A6.3 are not among them: the daily map would take them in place of the records.
"""

_ONLINE = _Reported("A7.1", 80, 98)
"""Sensors on line in the week of the last day, which `incidents.make_indicators` does not reach."""

_BEFORE = (
    (3, 29, 3, -0.20),
    (6, 23, 3, -0.20),
    (4, 17, 2, -0.16),
    (6, 11, 2, -0.46),
    (6, 9, 2, -0.20),
    (7, 6, 2, -0.18),
    (2, 4, 1, -0.14),
    (3, 2, 3, -0.16),
)
"""Bad spells: town (place in TOWNS), first of its weeks (before the last), how many, how bad."""

_GOOD = (0.98, 0.97, 0.95, 0.86, 0.93, 0.94, 0.84, 0.92, 0.96, 0.98, 1.0)
"""How well a town usually does, as the share of the way between the goalposts."""

_NOT_REPORTED = frozenset({("A3.2", 9), ("A7.3", 9)})
"""Indicator and week (before the last) that no town has: a department did not report."""


def make_department_indicators(seed: int, end: date) -> pd.DataFrame:
    """Return what departments alone can give, by week, indicator and town; Chinese headers.

    The weeks are the `WEEKS` before that of `end`, and this one too from its Friday on.
    """
    return _reported(seed, 15, end, _BY_DEPARTMENTS)


def make_stand_in_indicators(seed: int, end: date) -> pd.DataFrame:
    """Return what stands in where a town has no records of its own, as above.

    The rate of sensors on line is among it for the week of `end` only, from its Friday on.
    """
    table = _reported(seed, 16, end, _STAND_INS)
    if end.weekday() < _FRIDAY:
        return table
    online = _reported(seed, 18, end, (_ONLINE,))
    online = online[online["周"] == _weeks(end)[-1]]
    return pd.concat([table, online.assign(**{"数值": online["数值"] + "%"})])


def _reported(seed: int, stream: int, end: date, indicators: tuple[_Reported, ...]) -> pd.DataFrame:
    weeks = _weeks(end)
    good = _how_good(seed, end)
    rng = np.random.default_rng([seed, stream])
    tables = [_of_indicator(one, good, rng).assign(**{"指标": one.code}) for one in indicators]
    table = pd.concat(tables, ignore_index=True)
    back = table.pop("back").to_numpy()
    table["周"] = np.asarray(weeks)[len(weeks) - 1 - back]
    absent = [(c, int(b)) in _NOT_REPORTED for c, b in zip(table["指标"], back, strict=True)]
    kept = table[~np.asarray(absent)]
    return kept.sort_values(["周", "指标", "镇街代码"], kind="stable")[COLUMNS]


def _weeks(end: date) -> list[str]:
    monday = end - timedelta(days=end.weekday())
    last = 0 if end.weekday() >= _FRIDAY else 1
    mondays = [monday - timedelta(weeks=k) for k in range(WEEKS + last - 1, last - 1, -1)]
    return [f"{year}-W{week:02d}" for year, week, _ in (one.isocalendar() for one in mondays)]


def _how_good(seed: int, end: date) -> NDArray[np.float64]:
    """Return (weeks, towns) shares of the way: usual, slowly drifting, with its bad spells."""
    rng = np.random.default_rng([seed, 17])
    good = np.tile(_GOOD, (WEEKS, 1))
    drift = np.zeros(len(TOWNS))
    for week in range(WEEKS):
        drift = 0.75 * drift + rng.normal(0, 0.012, len(TOWNS))
        good[week] += drift
    for town, back, long, change in _BEFORE:
        good[WEEKS - 1 - back : WEEKS - 1 - back + long, town] += change
    return good


def _of_indicator(
    one: _Reported, good: NDArray[np.float64], rng: np.random.Generator
) -> pd.DataFrame:
    weeks, towns = good.shape
    habit = rng.normal(0, 0.03, towns)
    share = np.clip(good - one.hard + habit + rng.normal(0, 0.025, good.shape), 0, 1)
    value = one.zero + share * (one.full - one.zero)
    table = pd.DataFrame({"back": np.repeat(np.arange(weeks - 1, -1, -1), towns)})
    table["镇街代码"] = np.tile([town.code for town in TOWNS], weeks)
    if not (one.cases or one.per):
        decimals = 2 if abs(one.full - one.zero) <= 1 else 1
        text = [f"{v:.{decimals}f}" for v in value.ravel()]
        return table.assign(**{"数值": text, "分子": "", "分母": ""})
    usual = np.array([one.cases + one.per * _places(town, one.of) for town in TOWNS])
    if one.as_it_comes:
        due = 1 + rng.poisson(np.maximum(usual - 1, 0), good.shape)
        done = rng.binomial(due, value / 100)
    else:
        due = np.tile(np.round(usual).astype(int), (weeks, 1))
        done = np.round(due * value / 100).astype(int)
    table["数值"] = ""
    table["分子"] = done.ravel()
    table["分母"] = due.ravel()
    return table


def _places(town: TownProfile, column: str) -> float:
    counts: Mapping[str, float] = vars(town)
    return float(counts[column])
