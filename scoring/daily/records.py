"""Floors and severities that single records give: alarms, listed dangers, accidents, responses.

Times are differences that the caller has computed; nothing here asks the clock. Each function
takes arrays of records (k,) and returns levels (k,), 0 where the rule does not hold.
"""

import numpy as np
from numpy.typing import NDArray

from scoring.schemes.scheme import Scheme

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def alarm_floor(
    source_level: NDArray[np.integer], minutes: FloatArray, handled: BoolArray, scheme: Scheme
) -> IntArray:
    """Return the floor of E2: a level 1–2 major hazard alarm unhandled for 15 minutes.

    Parameters
    ----------
    source_level
        (k,) level of the hazard source, 1 一级 … 4 四级, 0 none.
    minutes
        (k,) since the alarm was raised; exactly 15 counts.
    handled
        (k,) whether it was handled or cleared.
    """
    rules = scheme.rules
    watched = np.isin(source_level, rules.alarm_source_levels)
    holds = watched & ~handled & (minutes >= rules.alarm_minutes)
    return np.where(holds, rules.alarm_level, 0)


def listed_floor(listed: BoolArray, overdue: BoolArray, scheme: Scheme) -> IntArray:
    """Return the floor of E3: a listed major hidden danger not closed, overdue or not.

    Parameters
    ----------
    listed
        (k,) open, major and listed (挂牌督办).
    overdue
        (k,) past the end of its listing or its deadline.
    """
    rules = scheme.rules
    level = np.where(overdue, rules.listed_overdue_level, rules.listed_level)
    return np.where(listed, level, 0)


def accident_severity(
    near_miss: BoolArray,
    deaths: FloatArray,
    serious_injuries: FloatArray,
    loss_cny: FloatArray,
    scheme: Scheme,
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return s, whether people died, and whether the accident is grave (较大及以上).

    国务院令 493 第 3 条: ≥ 3 dead or ≥ 10 seriously injured or ≥ ¥10 million (DOMAIN §5); the
    highest of the three decides. An unknown figure does not reach a limit.

    Parameters
    ----------
    near_miss
        (k,) 险情.
    deaths, serious_injuries
        (k,) persons, NaN unknown.
    loss_cny
        (k,) direct loss [CNY], NaN unknown.

    Returns
    -------
    severity
        (k,) 1.0 grave, 0.5 general, 0.2 near miss by default.
    fatal, grave
        (k,) bool; a near miss is neither.
    """
    limits = scheme.accident.grave_from
    grave = ~near_miss & (
        (deaths >= limits["deaths"])
        | (serious_injuries >= limits["serious_injuries"])
        | (loss_cny >= limits["loss_cny"])
    )
    accident = scheme.accident
    severity = np.where(grave, accident.grave, accident.general)
    return np.where(near_miss, accident.near_miss, severity), ~near_miss & (deaths >= 1), grave


def accident_decay(severity: FloatArray, days: FloatArray, scheme: Scheme) -> FloatArray:
    """Return s·2^(-d/7), one term of the sum A (DOMAIN §11.1).

    Parameters
    ----------
    severity
        (k,) s from :func:`accident_severity`.
    days
        (k,) since the accident [d], not negative.

    Examples
    --------
    A fatal accident a week ago counts half: s 0.5 → 0.25.
    """
    decay: FloatArray = severity * 2.0 ** (-days / scheme.accident.half_life_days)
    return decay


def accident_floors(
    fatal: BoolArray,
    grave: BoolArray,
    hours: FloatArray,
    days: NDArray[np.integer],
    scheme: Scheme,
) -> tuple[IntArray, IntArray]:
    """Return the floors of E4 (fatal, not grave) and E5 (grave).

    Up to and including 72 h the first level, then the second up to and including the 7th day
    after the day of the accident.

    Parameters
    ----------
    fatal, grave
        (k,) from :func:`accident_severity`.
    hours
        (k,) since the accident [h].
    days
        (k,) calendar days between the day of the accident and today.

    Returns
    -------
    e4, e5
        (k,) levels, 0 where the rule does not hold.
    """
    rules = scheme.rules
    e4 = _fading(hours, days, rules.fatal_hours, rules.fatal_days, rules.fatal_levels)
    e5 = _fading(hours, days, rules.grave_hours, rules.grave_days, rules.grave_levels)
    return np.where(fatal & ~grave, e4, 0), np.where(grave, e5, 0)


def response_floor(response_level: NDArray[np.integer], scheme: Scheme) -> IntArray:
    """Return the floor of E6: response Ⅰ red, Ⅱ orange, Ⅲ yellow, Ⅳ blue.

    Parameters
    ----------
    response_level
        (k,) 1 … 4.
    """
    levels = np.array([0, *scheme.rules.response_levels], dtype=np.int64)
    return levels[np.asarray(response_level)]


def _fading(
    hours: FloatArray,
    days: NDArray[np.integer],
    first_hours: float,
    last_day: int,
    levels: tuple[int, int],
) -> IntArray:
    running = (hours >= 0) & ((hours <= first_hours) | (days <= last_day))
    return np.where(running, np.where(hours <= first_hours, levels[0], levels[1]), 0)
