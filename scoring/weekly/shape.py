"""The shape of the weekly tables of a scheme file: which keys, types and ranges."""

from scoring.composite.aggregation import Mean
from scoring.composite.normalisation import Norm
from scoring.composite.small_counts import Sampling
from scoring.levels import LEVELS
from scoring.schemes.keys import (
    flag,
    many,
    number,
    optional,
    rows,
    sourced,
    text,
)
from scoring.weekly.parts import CARDS, DEPARTMENT, RECORDS

GIVEN = "given"
"""The alternative "as the scheme has it" among norms and means."""

GRADES = ("一般", "较大", "重大", "特别重大")
"""Grades of accidents from light to grave (国务院令 493 第 3 条)."""

_POINTS = number(0, 1000)
_COUNT = number(0, 1e6)
_WEEKS = number(1, 520, whole=True)
_SHARE = number(0, 1)
_NORMS = (GIVEN, Norm.MIN_MAX, Norm.RANK, Norm.PERCENTILE)
_LEVEL = text(*LEVELS)

_INDICATORS = rows(
    sourced(
        code=text(),
        aspect=text(),
        name=text(),
        unit=text(),
        zero=number(-1e9, 1e9),
        full=number(-1e9, 1e9),
        points=_POINTS,
        origin=text(RECORDS, DEPARTMENT),
        method=optional(text()),
        department=text(),
        days=optional(number(1, 366, whole=True)),
        hours=optional(number(0.01, 8784)),
        chance=optional(text(*Sampling)),
        small=optional(flag()),
        lapses=optional(flag()),
    )
)

_CARDS = rows(
    sourced(
        card=text(*CARDS),
        name=text(),
        consequence=text(),
        answer_days=number(1, 366, whole=True),
        release=text(),
        level=optional(_LEVEL),
        level_weeks=optional(_WEEKS),
        last_below=optional(_POINTS),
        fall=optional(_POINTS),
        lesser=optional(number(1, 100, whole=True)),
        lesser_weeks=optional(_WEEKS),
        overdue_major=optional(number(1, 1000, whole=True)),
        grade=optional(text(*GRADES)),
        release_index=optional(_POINTS),
        release_weeks=optional(_WEEKS),
        release_overdue=optional(text("major", "all", empty=False)),
        release_application=optional(flag()),
        lapse_weeks=optional(_WEEKS),
    )
)

WEEKLY = sourced(
    name=text(),
    points=number(1, 1000),
    decimals=number(0, 3, whole=True),
    most_missing=number(0, 100, whole=True),
    proposal_weeks=_WEEKS,
    trend_weeks=_WEEKS,
    least_weeks_share=_SHARE,
    aspects=rows(sourced(code=text(), name=text(), points=_POINTS)),
    indicators=_INDICATORS,
    bands=rows(sourced(level=_LEVEL, name=text(), min=_POINTS, inclusive=flag(), measure=text())),
    deductions=sourced(
        death=_COUNT,
        serious_injury=_COUNT,
        minor_injury=_COUNT,
        deaths_all=number(1, 1000, whole=True),
        overdue_general=_COUNT,
        overdue_major=_COUNT,
        gaming_sign=_COUNT,
    ),
    cap=sourced(grade=text(*GRADES), score=_POINTS, weeks=_WEEKS),
    small_counts=sourced(below=_COUNT, prior=_COUNT, weeks=_WEEKS),
    doubts=sourced(
        draws=number(100, 100000, whole=True),
        seed=number(0, 2**62, whole=True),
        weight_change=number(0, 0.99),
        norms=many(text(*_NORMS)),
        means=many(text(GIVEN, *Mean)),
        colour_means=many(text(GIVEN, *Mean)),
        floor=_SHARE,
        interval=number(0.5, 0.999),
        card_probability=_SHARE,
    ),
    cards=_CARDS,
)
