"""The four grades of accidents by decree 493 of the State Council, article 3 (DOMAIN §5)."""

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MEASURES = ("deaths", "serious_injuries", "loss_cny")
"""The three criteria of the decree, in the order of its text."""


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
    reached = _reached(deaths, serious_injuries, loss_cny, grades)
    grade: IntArray = np.max(reached, axis=0).astype(np.int64) - 1
    return grade


def deciding_measure(
    deaths: FloatArray, serious_injuries: FloatArray, loss_cny: FloatArray, grades: Grades
) -> IntArray:
    """Return which figure gives each accident its grade (k,): its place in `MEASURES`, −1 none.

    Of figures that reach the same grade the first above zero decides: deaths before injuries
    before loss.

    Examples
    --------
    >>> grades = Grades(("一般", "较大"), *(np.array([0.0, limit]) for limit in (3, 10, 1e7)))
    >>> deciding_measure(np.array([1.0, 3, 0]), np.zeros(3), np.array([2e7, 2e7, 0]), grades)
    array([ 2,  0, -1])
    """
    figures = np.nan_to_num(np.array([deaths, serious_injuries, loss_cny], dtype=np.float64))
    reached = _reached(deaths, serious_injuries, loss_cny, grades)
    decides = (reached == reached.max(axis=0)) & (figures > 0)
    measure: IntArray = np.where(decides.any(axis=0), decides.argmax(axis=0), -1).astype(np.int64)
    return measure


def _reached(
    deaths: FloatArray, serious_injuries: FloatArray, loss_cny: FloatArray, grades: Grades
) -> IntArray:
    """Return how many limits each of `MEASURES` reaches, shape (3, k)."""
    pairs = (
        (deaths, grades.deaths),
        (serious_injuries, grades.serious_injuries),
        (loss_cny, grades.loss_cny),
    )
    known = [
        (np.nan_to_num(np.asarray(value, np.float64), nan=0.0), limit) for value, limit in pairs
    ]
    reached: IntArray = np.array(
        [np.searchsorted(limit, value, side="right") for value, limit in known], dtype=np.int64
    )
    return reached
