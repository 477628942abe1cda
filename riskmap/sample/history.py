"""The sample's records as they became known: what was new or had changed by a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

INDICATORS = ("indicators.csv", "indicators_departments.csv", "indicators_stand_in.csv")
WEEK, INDICATOR = "周", "指标"
LATE = frozenset({"A3.2"})
"""Indicators of the last week that come only after its cut-off."""


@dataclass(frozen=True)
class Dated:
    """A file of records: when a row came to be, and what was said of it later.

    `later` names each column with a later moment, and what other columns said before it. Of what
    is `regular` a file comes also when nothing is new.
    """

    kind: str
    file: str
    encoding: str
    began: str
    later: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    regular: bool = True


DATED = (
    Dated(
        "hidden_dangers",
        "hidden_dangers.csv",
        "gb18030",
        "发现时间",
        {"销号时间": {"状态": "整改中"}, "挂牌时间": {"挂牌期限": ""}},
    ),
    Dated("accidents", "accidents.csv", "utf-8-sig", "发生时间"),
    Dated(
        "inspections", "inspections.csv", "gb18030", "检查时间", {"立案时间": {}, "公示时间": {}}
    ),
    Dated("commitments", "commitments.csv", "utf-8-sig", "承诺时间"),
    Dated(
        "alarms", "alarms.csv", "utf-8", "报警时间",
        {"确认时间": {}, "消警时间": {}, "处置时间": {}}, regular=False,
    ),
)  # fmt: skip


def news(folder: Path, since: datetime | None, until: datetime) -> dict[str, pd.DataFrame]:
    """Return by kind the rows that came or changed after `since`, as known at `until`.

    Moments are the district's own, without zone; `since` None: all that is known. Rows whose
    beginning cannot be read are left out. A regular kind of which something was known before and
    nothing is new has an empty table: that nothing happened is said, too.
    """
    found = {}
    for one in DATED:
        table = pd.read_csv(folder / one.file, encoding=one.encoding, dtype=str).fillna("")
        rows = as_known(table, one, until)
        begun = one.regular and not rows.empty
        if since is not None:
            before = as_known(table, one, since).reindex(rows.index)
            rows = rows[(rows != before).any(axis=1)]
        if begun or not rows.empty:
            found[one.kind] = rows
    return found


def as_known(table: pd.DataFrame, one: Dated, until: datetime) -> pd.DataFrame:
    """Return the rows that had begun by a moment, without what was said of them later."""
    rows = table[_moments(table[one.began]) <= until].copy()
    for column, before in one.later.items():
        unsaid = _moments(rows[column]) > until
        rows.loc[unsaid, column] = ""
        for other, said in before.items():
            rows.loc[unsaid, other] = said
    return rows


def _moments(texts: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    return pd.to_datetime(texts, format="%Y-%m-%d %H:%M", errors="coerce")


def reported(folder: Path, after: str | None, last: str) -> pd.DataFrame:
    """Return the rows of the weekly indicators of the weeks after one (None: any) up to `last`."""
    files = [pd.read_csv(folder / name, dtype=str).fillna("") for name in INDICATORS]
    table = pd.concat(files, ignore_index=True)
    wanted = table[WEEK] <= last
    if after is not None:
        wanted &= table[WEEK] > after
    return table[wanted]


def last_reported(folder: Path) -> str:
    """Return the last week of which departments reported anything."""
    return str(pd.read_csv(folder / INDICATORS[1], dtype=str)[WEEK].max())
