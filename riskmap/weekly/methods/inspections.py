"""Indicators from inspections: dangers found, cases filed, penalties published in time."""

import numpy as np
import pandas as pd

from riskmap.weekly.measures import RECORDS, Measure, unknown
from riskmap.weekly.methods.counting import (
    PER_CENT,
    by_town,
    counts,
    of_what_was_found,
    ratio,
    share,
)
from riskmap.weekly.methods.material import Material
from scoring.weekly.parts import WeeklyIndicator

KIND = "inspections"


def found_rate(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of the window's inspections that found a danger [%].

    An inspection that does not say what it found is unknown and counts on neither side.
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rows = _inspected(material, indicator)
    unsaid = counts(rows[rows["dangers_found"].isna()], material.n)
    rows = rows[rows["dangers_found"].notna()]
    facts = by_town({"unknown_result": unsaid.astype(np.int64)}, unsaid > 0)
    good = rows["dangers_found"] >= 1
    texts = "检查未发现隐患"
    one = share(
        rows,
        good,
        material.n,
        kind=KIND,
        texts=lambda bad: [
            f"{moment:%m-%d}，{domain}{texts}"
            for moment, domain in zip(
                material.local(bad["inspected_at"]), bad["domain"], strict=True
            )
        ],
        facts=facts,
    )
    return _known(material, one)


def enforcement_ratio(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the cases filed per inspection against the district's median town (1 = as many).

    The numerator is what was filed of the window's inspections, the denominator what the median
    town would have filed with as many inspections. Where more than half of the towns filed
    nothing the median says nothing, and the rate of the whole district stands in; where nobody
    filed anything the ratio is unknown.
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rows, n = _inspected(material, indicator), material.n
    filed = counts(rows[rows["filed_at"] <= material.judged], n)
    inspected = counts(rows, n)
    rate = ratio(filed, inspected)
    known = rate[inspected > 0]
    usual = float(np.median(known)) if known.size else float("nan")
    whole = filed.sum() / inspected.sum() if known.size else float("nan")
    usual = usual if usual > 0 else float(whole)
    expected = inspected * usual if known.size else inspected
    facts = {
        "filed": filed.astype(np.int64),
        "inspected": inspected.astype(np.int64),
        "district_rate": np.full(n, usual * PER_CENT),
    }
    one = Measure(
        ratio(filed, expected), filed, expected, (RECORDS,) * n, {}, by_town(facts, inspected > 0)
    )
    return of_what_was_found(one, inspected > 0, complete=KIND in material.complete)


def published_in_time(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of the penalties due in the window that were published by their day [%].

    Due is the scheme's number of working days after the case was filed (安全生产法 第78条: 7).

    Raises
    ------
    RiskmapError
        The scheme does not say how many days there are.
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rules = material.duties
    rows = material.tables[KIND]
    rows = rows[(rows["filed_at"] <= material.judged) & (rows["town_idx"] >= 0)]
    days = material.local(rows["filed_at"]).dt.normalize()
    ends = {
        day: pd.Timestamp(material.calendar.add_workdays(day.date(), rules.publication_workdays))
        for day in days.unique()
    }
    rows = rows.assign(due=pd.to_datetime(days.map(ends)))
    rows = rows[(rows["due"] >= material.first_day(indicator)) & (rows["due"] < material.today)]
    published = rows["published_at"].where(rows["published_at"] <= material.judged)
    rows = rows.assign(shown=material.local(published).dt.normalize())
    good = rows["shown"] <= rows["due"]
    return _known(material, share(rows, good, material.n, kind=KIND, texts=_published_texts))


def _known(material: Material, one: Measure) -> Measure:
    """Return a share of what was found; of the rest only complete records say that it is none."""
    return of_what_was_found(one, one.denominator > 0, complete=KIND in material.complete)


def _inspected(material: Material, indicator: WeeklyIndicator) -> pd.DataFrame:
    rows = material.tables[KIND]
    at = rows["inspected_at"]
    held = (at > material.since(indicator)) & (at <= material.judged)
    return rows[held & (rows["town_idx"] >= 0)]


def _published_texts(rows: pd.DataFrame) -> list[str]:
    return [
        f"应于 {due:%m-%d} 前公示，" + ("未公示" if pd.isna(shown) else f"{shown:%m-%d} 公示")
        for due, shown in zip(rows["due"], rows["shown"], strict=True)
    ]
