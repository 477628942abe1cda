"""The indicator from daily commitments: firms that committed in time, over the days of a week."""

from datetime import timedelta

import pandas as pd

from riskmap.weekly.measures import Measure, unknown
from riskmap.weekly.methods.counting import share
from riskmap.weekly.methods.material import Material
from scoring.schemes.parts import FromRecords
from scoring.weekly.parts import WeeklyIndicator

KIND = "commitments"


def committed(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of commitments that came in time, firms × days of the window [%].

    The days are those that ended in the window; one whose hour had not come when commitments were
    last delivered is unknown and left out, and the week is unknown when none is left. On each of
    them a firm is expected that committed on it or on one of the days before, within the scheme's
    `commitment_days`: the daily map's rule.

    Raises
    ------
    RiskmapError
        The scheme does not say until which hour.
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rules = material.duties
    last = material.delivered[KIND].tz_convert(material.zone).tz_localize(None)
    first, end = material.first_day(indicator), material.today - timedelta(days=1)
    days = [
        day
        for day in pd.date_range(first, end, freq="D")
        if day + timedelta(hours=rules.commitment_by_hour) <= last
    ]
    if not days:
        return unknown(material.n)
    rows = material.tables[KIND]
    rows = rows[rows["committed_at"] <= material.judged]
    rows = rows.assign(local=material.local(rows["committed_at"]))
    table = pd.concat([_expected(rows, day, rules) for day in days], ignore_index=True)
    return share(table, table["good"], material.n, kind=KIND, texts=_texts)


def _expected(rows: pd.DataFrame, day: pd.Timestamp, rules: FromRecords) -> pd.DataFrame:
    """Return the firms expected on a day, each with its latest commitment, and whether it came."""
    first = day - timedelta(days=rules.commitment_days - 1)
    table = rows[(rows["date"] >= first) & (rows["date"] <= day) & (rows["town_idx"] >= 0)]
    table = table.sort_values(["date", "key"], kind="stable")
    firms = table.drop_duplicates("enterprise_id", keep="last")
    today = firms["date"] == day
    by = day + timedelta(hours=rules.commitment_by_hour)
    return firms.assign(
        key=firms["enterprise_id"],
        day=day,
        good=today & (firms["local"] <= by),
        given=firms["local"].where(today),
    )[["key", "town_idx", "day", "good", "given"]]


def _texts(rows: pd.DataFrame) -> list[str]:
    return [
        f"{day:%m-%d} " + ("未承诺" if pd.isna(given) else f"{given:%H:%M} 才承诺")
        for day, given in zip(rows["day"], rows["given"], strict=True)
    ]
