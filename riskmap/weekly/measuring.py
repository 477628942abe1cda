"""Measure a week: every indicator from records, else as a department delivered it, else missing."""

from dataclasses import replace

import numpy as np
import pandas as pd

from riskmap.errors import RiskmapError
from riskmap.places import Places
from riskmap.records.checks import RATES
from riskmap.weekly.measures import (
    DEPARTMENT,
    MISSING,
    Floats,
    Measure,
    WeekMoment,
    unknown,
)
from riskmap.weekly.methods.counting import PER_CENT, evidence_of, ratio
from riskmap.weekly.methods.material import Material, gather_material
from riskmap.weekly.methods.table import METHODS
from riskmap.workspace import Workspace
from scoring.weekly.parts import RECORDS as FROM_RECORDS
from scoring.weekly.parts import Weekly, WeeklyIndicator

LARGEST_SHARE = 3.0
"""Of an indicator in per cent that may exceed 100 % (progress of a control figure) a number up to
this is a share, a larger one per cent."""


def measure_week(
    ws: Workspace, weekly: Weekly, moment: WeekMoment, places: Places
) -> dict[str, Measure]:
    """Return every indicator of a week by its code, in the order of the scheme.

    What the scheme takes from records is computed. Each indicator has one source in the whole
    district: its records where they are complete, else what departments delivered for the week
    (`_completed`). What it takes from departments is as delivered. Only what was learnt until
    `moment.known_until` counts.

    Raises
    ------
    RiskmapError
        The scheme names a method that there is not.
    """
    return measure(gather_material(ws, weekly, moment, places))


def measure(material: Material) -> dict[str, Measure]:
    """Return every indicator of gathered material by its code (see `measure_week`)."""
    found = {}
    for indicator in material.weekly.indicators:
        own = _computed(material, indicator)
        delivered = delivered_measure(material, indicator)
        found[indicator.code] = _completed(own, delivered, costs=not indicator.higher)
    return found


def delivered_measure(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return an indicator as it was delivered for the week.

    Counts go before a value beside them. A rate is stored as a share and given in per cent.
    """
    rows = material.tables["indicators"]
    mine = (rows["indicator"] == indicator.code) & (rows["town_idx"] >= 0)
    rows = rows[mine].sort_values(["learnt_at", "key"], kind="stable")
    rows = rows.drop_duplicates("town_idx", keep="last")
    town = rows["town_idx"].to_numpy(np.int64)
    numerator, denominator = (_spread(rows[name], town, material.n) for name in _COUNTS)
    whole = PER_CENT if indicator.unit == "%" else 1.0
    value = ratio(numerator, denominator, whole)
    said = _in_unit(_spread(rows["value"], town, material.n), indicator)
    value = np.where(np.isnan(value) & ~(denominator == 0), said, value)
    known = ~np.isnan(value) | ((numerator == 0) & (denominator == 0))
    counted = known & ~np.isnan(numerator) & (denominator >= 0)
    return Measure(
        value,
        np.where(counted, numerator, np.nan),
        np.where(counted, denominator, np.nan),
        tuple(DEPARTMENT if one else MISSING for one in known),
        evidence_of(
            rows[known[town]],
            "indicators",
            lambda rows: [
                f"{source}，{learnt:%m-%d %H:%M} 报送"
                for source, learnt in zip(
                    rows["source"], material.local(rows["learnt_at"]), strict=True
                )
            ],
            good=None,
        ),
    )


_COUNTS = ("numerator", "denominator")


def _computed(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return what records say of an indicator; nothing where it is a department's."""
    if indicator.origin != FROM_RECORDS:
        return unknown(material.n)
    if indicator.method not in METHODS:
        raise RiskmapError(
            f"指标 {indicator.code} 的计算方法不存在",
            indicator.method,
            "评分方案 [weekly] 的 method 可用：" + " ".join(METHODS),
        )
    return METHODS[indicator.method](material, indicator)


def _completed(own: Measure, delivered: Measure, *, costs: bool) -> Measure:
    """Return a measure in which delivered values stand in where records do not tell.

    Records tell as long as they say something of every town, be it that there was nothing to
    count; a delivered value then stands in only where they cannot be computed (nobody knows the
    residents). Otherwise what was delivered goes first in all towns, lest two sources be ranked
    against each other. What records found stays where the department had nothing to count, and
    of what costs (points lost, fires) where it is worse.
    """
    told = np.array([said != MISSING for said in own.origin], dtype=bool)
    given = np.array([said != MISSING for said in delivered.origin], dtype=bool)
    if told.all():
        taken = given & np.isnan(own.value) & ~(own.denominator == 0)
    else:
        worse = np.isnan(delivered.value) | (costs & (own.value >= delivered.value))
        taken = given & ~(told & worse)
    if not taken.any():
        return own
    origin = tuple(DEPARTMENT if one else said for one, said in zip(taken, own.origin, strict=True))
    evidence = {
        town: delivered.evidence.get(town, ()) if taken[town] else own.evidence.get(town, ())
        for town in sorted({*own.evidence, *np.flatnonzero(taken).tolist()})
    }
    return replace(
        own,
        value=np.where(taken, delivered.value, own.value),
        numerator=np.where(taken, delivered.numerator, own.numerator),
        denominator=np.where(taken, delivered.denominator, own.denominator),
        origin=origin,
        evidence=evidence,
    )


def _spread(
    values: "pd.Series[float]", town: "np.ndarray[tuple[int], np.dtype[np.int64]]", n: int
) -> Floats:
    spread = np.full(n, np.nan)
    spread[town] = values.to_numpy(np.float64)
    return spread


def _in_unit(value: Floats, indicator: WeeklyIndicator) -> Floats:
    """Return stored values in the unit of the indicator: shares as per cent."""
    if indicator.unit != "%":
        return value
    percent = (value > LARGEST_SHARE) & (indicator.code not in RATES)
    return np.where(percent, value, value * PER_CENT)


def nothing_to_count(one: Measure) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return the towns (n,) of which records or departments say that nothing was to count: 0 of 0.

    Their value is unknown, but nobody failed to deliver it.
    """
    known = np.array([said != MISSING for said in one.origin], dtype=bool)
    nothing: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        known & np.isnan(one.value) & (one.denominator == 0)
    )
    return nothing
