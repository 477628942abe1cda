"""Indicators from hidden dangers: closed in term, rectified in time, overdue.

Days are counted as the daily map and the ledger count them: a danger is late from the day after
its own deadline (`riskmap.records.dangers.due_dates`), a day is over when it lies before that of
the cut-off, so that every due day is counted in one week. What is void never counts.
"""

import numpy as np
import pandas as pd

from riskmap.ledger.gaming import counts_by_town, signs
from riskmap.records.dangers import GRADE_ZH
from riskmap.weekly.measures import RECORDS, Floats, Measure, unknown
from riskmap.weekly.methods.counting import (
    by_town,
    counts,
    evidence_of,
    of_what_was_found,
    share,
)
from riskmap.weekly.methods.material import Material
from scoring.weekly.parts import WeeklyIndicator

KIND = "hidden_dangers"
FIRE = "消防"


def closed_in_term(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of the dangers due in the window that were closed by their day [%]."""
    rows = _due(material, indicator)
    if rows is None:
        return unknown(material.n)
    good = rows["closed_on"] <= rows["due"]
    return _share(material, rows, good)


def fire_rectified(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of the fire dangers due in the window that were removed by their day [%].

    Rectified counts as removed unless the re-check sent it back.
    """
    rows = _due(material, indicator)
    if rows is None:
        return unknown(material.n)
    rows = rows[rows["domain"].astype("str").str.strip() == FIRE]
    good = rows["done_on"] <= rows["due"]
    return _share(material, rows, good)


def exposed_in_time(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of the exposed dangers due in the window that were removed by their day [%].

    Exposed is what stood on a daily list (每日曝光) by the cut-off. As long as none ever did the
    lists are not kept here: unknown.
    """
    rows = _due(material, indicator)
    if rows is None or not (material.tables[KIND]["exposed_at"] <= material.judged).any():
        return unknown(material.n)
    rows = rows[rows["exposed_at"] <= material.judged]
    good = rows["done_on"] <= rows["due"]
    return _share(material, rows, good)


def overdue_points(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the points lost by overdue dangers and signs of gaming: at most all of the indicator.

    Overdue is a danger that is not closed at the cut-off and whose day was over before. A sign
    counts in the week it was seen in; which dangers it was seen on is for the office to read.
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rules, n = material.weekly.deductions, material.n
    rows = material.tables[KIND]
    rows = rows[rows["late"] & (rows["town_idx"] >= 0)]
    major = rows["grade"] == "major"
    late_major, late_general = counts(rows[major], n), counts(rows[~major], n)
    seen = _signs(material)
    lost = (
        rules.overdue_general * late_general
        + rules.overdue_major * late_major
        + rules.gaming_sign * seen
    )
    rows = rows.assign(
        lost=np.where(major, rules.overdue_major, rules.overdue_general),
        days=(material.today - rows["due"]).dt.days,
    ).sort_values(["lost", "days", "key"], ascending=[False, False, True], kind="stable")
    facts = {
        "overdue_general": late_general.astype(np.int64),
        "overdue_major": late_major.astype(np.int64),
        "signs": seen.astype(np.int64),
        "sign_points": rules.gaming_sign * seen,
        "points": lost,
    }
    one = Measure(
        np.minimum(lost, indicator.zero),
        np.full(n, np.nan),
        np.full(n, np.nan),
        (RECORDS,) * n,
        evidence_of(rows, KIND, _overdue_texts, good=False),
        by_town(facts, lost > 0),
    )
    return of_what_was_found(one, lost > 0, complete=KIND in material.complete)


def _signs(material: Material) -> Floats:
    """Return the signs of gaming of the window by town (n,).

    The window is the whole week, also of a draft: the hour before the cut-off is not the hour
    before the draft.
    """
    moment = material.moment
    seen = signs(material.ws, moment.window, moment.known_until, material.scheme)
    found = counts_by_town(seen)
    town = material.places.town_of(pd.Series(list(found), dtype="str"))
    total = np.array([sum(kinds.values()) for kinds in found.values()], dtype=np.float64)
    placed = town >= 0
    return np.bincount(town[placed], weights=total[placed], minlength=material.n).astype(np.float64)


def _share(material: Material, rows: pd.DataFrame, good: "pd.Series[bool]") -> Measure:
    one = share(rows, good, material.n, kind=KIND, texts=_due_texts)
    return of_what_was_found(one, one.denominator > 0, complete=KIND in material.complete)


def _due(material: Material, indicator: WeeklyIndicator) -> pd.DataFrame | None:
    """Return the dangers whose day ended in the window; None when dangers are unknown."""
    if KIND not in material.delivered:
        return None
    rows = material.tables[KIND]
    return rows[(rows["due"] >= material.first_day(indicator)) & (rows["due"] < material.today)]


def _due_texts(rows: pd.DataFrame) -> list[str]:
    """Say until when each danger was due and what became of it."""
    done = ("整改", "销号")
    texts = []
    for grade, due, rectified, closed in zip(
        rows["grade"], rows["due"], rows["rectified_on"], rows["closed_on"], strict=True
    ):
        steps = [
            f"{day:%m-%d} {word}"
            for word, day in zip(done, (rectified, closed), strict=True)
            if not pd.isna(day)
        ]
        became = "、".join(steps) or "未整改"
        texts.append(f"{GRADE_ZH.get(grade, grade)}隐患，期限 {due:%m-%d}，{became}")
    return texts


def _overdue_texts(rows: pd.DataFrame) -> list[str]:
    return [
        f"{GRADE_ZH.get(grade, grade)}隐患，超期 {days} 天，扣 {lost:g} 分"
        for grade, days, lost in zip(rows["grade"], rows["days"], rows["lost"], strict=True)
    ]
