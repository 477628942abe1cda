"""The four grades of accidents by decree 493 of the State Council, article 3 (DOMAIN §5)."""

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Grades:
    """Limits of the grades, lightest first: 0 一般, 1 较大, 2 重大, 3 特别重大.

    `deaths`, `serious_injuries` [persons] and `loss_cny` [CNY] are the least figures of each
    grade, shape (4,): 以上 includes the figure itself.
    """

    names: tuple[str, ...]
    deaths: FloatArray
    serious_injuries: FloatArray
    loss_cny: FloatArray


def parse_grades(text: str) -> Grades:
    """Return the grades of `data/standards/accident_grades_493.csv`.

    Raises
    ------
    ValueError
        The limits do not rise from grade to grade.
    """
    rows = sorted(csv.DictReader(io.StringIO(text)), key=lambda row: -int(row["order"]))
    columns = ("deaths_min", "serious_injury_min", "direct_loss_yuan_min")
    limits = [np.array([float(row[name]) for row in rows]) for name in columns]
    if any((np.diff(limit) <= 0).any() for limit in limits):
        raise ValueError("accident grades: the limits do not rise from grade to grade")
    return Grades(tuple(row["grade_zh"] for row in rows), *limits)


def accident_grade(
    deaths: FloatArray, serious_injuries: FloatArray, loss_cny: FloatArray, grades: Grades
) -> IntArray:
    """Return the grade of each accident (k,): the highest of the three criteria.

    A figure that is not known (NaN) reaches no limit.

    Examples
    --------
    >>> grades = Grades(("一般", "较大"), *(np.array([0.0, limit]) for limit in (3, 10, 1e7)))
    >>> accident_grade(np.array([2.0, 3.0, np.nan]), np.zeros(3), np.array([0, 0, 1e7]), grades)
    array([0, 1, 1])
    """
    reached = [
        np.searchsorted(limit, np.nan_to_num(np.asarray(value, np.float64), nan=0.0), side="right")
        for value, limit in (
            (deaths, grades.deaths),
            (serious_injuries, grades.serious_injuries),
            (loss_cny, grades.loss_cny),
        )
    ]
    grade: IntArray = np.max(reached, axis=0).astype(np.int64) - 1
    return grade
