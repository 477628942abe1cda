"""The grade of accidents by decree 493 as known at a day, and the figure that decides it."""

from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.records.late_deaths import read_late_deaths
from riskmap.standards import accident_grades, late_death_days
from scoring.accident_grade import MEASURES, accident_grade, deciding_measure

NEAR_MISS = 0
"""Grade of an event that was none; the grades of decree 493 follow: 1 一般 … 4 特别重大."""
UNKNOWN = -1
"""No figure is known, so no grade is."""
GRADE_ZH = ("险情", "一般事故", "较大事故", "重大事故", "特别重大事故")

_HUNDRED_MILLION, _TEN_THOUSAND = 100_000_000, 10_000


@dataclass(frozen=True)
class Graded:
    """Grades of accidents, shape (k,): deaths with the late ones that count, of these late, ….

    `grade` is a place in `GRADE_ZH` or UNKNOWN, `measure` one in `MEASURES` or −1.
    """

    deaths: NDArray[np.float64]
    late: NDArray[np.float64]
    grade: NDArray[np.int64]
    measure: NDArray[np.int64]


def graded(rows: pd.DataFrame, zone: tzinfo, today: date) -> Graded:
    """Return the grades by the end of a day: people who died later count within 30 (7) days.

    Parameters
    ----------
    rows
        Accidents as `riskmap.records.reading.read_records` gives them.
    """
    first = rows["deaths"].to_numpy(np.float64)
    late = read_late_deaths(rows, zone, late_death_days())
    deaths = late.counted(first, np.datetime64(today))
    hurt = rows["serious_injuries"].to_numpy(np.float64)
    loss = rows["loss_cny"].to_numpy(np.float64)
    near = (rows["kind"] == "near_miss").to_numpy(bool)
    grade = accident_grade(deaths, hurt, loss, accident_grades()) + 1
    unknown = np.isnan(np.array([deaths, hurt, loss])).all(axis=0)
    grade = np.where(unknown, UNKNOWN, grade)
    measure = deciding_measure(deaths, hurt, loss, accident_grades())
    more = np.nan_to_num(deaths) - np.nan_to_num(first)
    return Graded(deaths, more, np.where(near, NEAR_MISS, grade), np.where(near, -1, measure))


def harm_zh(measure: int, deaths: float, serious_injuries: float, loss_cny: float) -> str:
    """Return the figure that decides a grade, and the deaths, which are never left unsaid.

    >>> harm_zh(0, 3, 1, float("nan"))
    '死亡 3 人'
    >>> harm_zh(2, 0, 0, 1.2e8), harm_zh(2, 1, 0, 3.5e7)
    ('直接经济损失 1.2 亿元', '直接经济损失 3500 万元，死亡 1 人')
    """
    dead = f"死亡 {np.nan_to_num(deaths):.0f} 人"
    if measure < 1:
        return dead
    hurt = MEASURES[measure] == "serious_injuries"
    text = f"重伤 {serious_injuries:.0f} 人" if hurt else f"直接经济损失 {_money(loss_cny)}"
    return f"{text}，{dead}" if deaths > 0 else text


def _money(cny: float) -> str:
    if cny >= _HUNDRED_MILLION:
        return f"{cny / _HUNDRED_MILLION:.10g} 亿元"
    return f"{cny / _TEN_THOUSAND:.10g} 万元" if cny >= _TEN_THOUSAND else f"{cny:.10g} 元"
