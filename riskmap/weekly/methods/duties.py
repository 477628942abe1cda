"""The indicator from daily commitments: firms that committed in time, over the days of a week."""

from datetime import timedelta

import pandas as pd

from riskmap.records.duties import STOPPED, last_commitments, still_expected
from riskmap.weekly.ground import firms_listed
from riskmap.weekly.measures import Measure, unknown
from riskmap.weekly.methods.counting import counts, of_what_was_found, share
from riskmap.weekly.methods.material import Material
from scoring.schemes.parts import FromRecords
from scoring.weekly.parts import WeeklyIndicator

KIND = "commitments"


def committed(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the share of commitments that came in time, firms × days of the window [%].

    The days are those that ended in the window; one whose hour had not come when commitments were
    last delivered as a whole is unknown and left out, and the week is unknown when none is left.
    Which firms are expected on each of them is the daily map's rule
    (`riskmap.records.duties.still_expected`). A town of which nobody is expected any more only
    because its firms fell silent long ago is unknown.

    Raises
    ------
    RiskmapError
        The scheme does not say until which hour.
    """
    if KIND not in material.completed:
        return unknown(material.n)
    rules, firms = material.duties, firms_listed(material.ws, material.snapshots)
    last = material.completed[KIND].tz_convert(material.zone).tz_localize(None)
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
    table = pd.concat([_expected(rows, day, rules, firms) for day in days], ignore_index=True)
    one = share(table, table["good"], material.n, kind=KIND, texts=_texts)
    ever = last_commitments(rows, end)
    silent = counts(ever[ever["state"] != STOPPED], material.n) > 0
    return of_what_was_found(
        one, one.denominator > 0, complete=~silent & (KIND in material.complete)
    )


def _expected(
    rows: pd.DataFrame, day: pd.Timestamp, rules: FromRecords, firms: frozenset[str] | None
) -> pd.DataFrame:
    """Return the firms expected on a day, each with its latest commitment, and whether it came."""
    last = last_commitments(rows, day)
    last = last[still_expected(last, day, rules, firms)]
    today = last["date"] == day
    by = day + timedelta(hours=rules.commitment_by_hour)
    return last.assign(
        key=last["enterprise_id"],
        day=day,
        good=today & (last["local"] <= by),
        given=last["local"].where(today),
    )[["key", "town_idx", "day", "good", "given"]]


def _texts(rows: pd.DataFrame) -> list[str]:
    return [
        f"{day:%m-%d} " + ("未承诺" if pd.isna(given) else f"{given:%H:%M} 才承诺")
        for day, given in zip(rows["day"], rows["given"], strict=True)
    ]
