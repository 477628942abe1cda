"""The grades of decree 493: DOMAIN §5 by hand, the limits themselves, one law."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.paths import data_dir, default_scheme_path
from scoring.accident_grade import accident_grade, parse_grades
from scoring.schemes.scheme import load_scheme

TEXT = (data_dir() / "standards" / "accident_grades_493.csv").read_text("utf-8")
GRADES = parse_grades(TEXT)
NAN = float("nan")


def grade(deaths: float, serious: float = 0, loss: float = 0) -> str:
    found = accident_grade(np.array([deaths]), np.array([serious]), np.array([loss]), GRADES)
    return GRADES.names[int(found[0])]


@pytest.mark.parametrize(
    ("deaths", "serious", "loss", "expected"),
    [
        (2, 0, 0, "一般事故"),
        (3, 0, 0, "较大事故"),
        (9, 0, 0, "较大事故"),
        (10, 0, 0, "重大事故"),
        (29, 0, 0, "重大事故"),
        (30, 0, 0, "特别重大事故"),
        (0, 9, 0, "一般事故"),
        (0, 10, 0, "较大事故"),
        (0, 50, 0, "重大事故"),
        (0, 100, 0, "特别重大事故"),
        (0, 0, 9_999_999.99, "一般事故"),
        (0, 0, 10_000_000, "较大事故"),
        (0, 0, 50_000_000, "重大事故"),
        (0, 0, 100_000_000, "特别重大事故"),
        (2, 50, 10_000_000, "重大事故"),
        (NAN, NAN, NAN, "一般事故"),
        (NAN, 10, NAN, "较大事故"),
    ],
)
def test_the_highest_of_three_decides(
    deaths: float, serious: float, loss: float, expected: str
) -> None:
    assert grade(deaths, serious, loss) == expected


def test_the_scheme_calls_grave_what_the_decree_does() -> None:
    limits = load_scheme(default_scheme_path().read_text("utf-8")).accident.grave_from
    assert limits["deaths"] == GRADES.deaths[1]
    assert limits["serious_injuries"] == GRADES.serious_injuries[1]
    assert limits["loss_cny"] == GRADES.loss_cny[1]


def test_limits_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="do not rise"):
        parse_grades(TEXT.replace("较大事故,3,3", "较大事故,3,0"))


figures = st.tuples(st.integers(0, 40), st.integers(0, 120), st.integers(0, 200_000_000))


@given(figures, figures)
def test_more_harm_never_lowers_the_grade(one: tuple[int, ...], more: tuple[int, ...]) -> None:
    sums = [a + b for a, b in zip(one, more, strict=True)]
    pair = [np.array(column, dtype=float) for column in zip(one, sums, strict=True)]
    light, heavy = accident_grade(*pair, GRADES)
    assert light <= heavy
