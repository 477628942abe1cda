"""Which department has reported what of a week, when, and what is still missing."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from riskmap.ledger.gaming import week_window
from riskmap.ledger.ground import ground_in_use
from riskmap.records.reading import read_records
from riskmap.schemes import weekly_rules
from riskmap.weekly.deliveries.delivery_form import reported, reporting
from riskmap.weekly.moments import parse_week
from riskmap.workspace import Workspace
from scoring.weekly.parts import Weekly

KIND = "indicators"


@dataclass(frozen=True)
class TownsOf:
    """An indicator and some towns, by code in the district's order."""

    indicator: str
    towns: tuple[str, ...]


@dataclass(frozen=True)
class DepartmentDelivery:
    """What a department has reported of a week.

    Parameters
    ----------
    name, indicators
        The department, and the indicators that only it can give.
    delivered_at
        When the last of its numbers was learnt, None when nothing has come.
    late
        Whether a number came (or was corrected) after the cut-off: the week counts it as it
        was known at the cut-off.
    missing
        What is not known: by indicator the towns without a number.
    missing_in_time
        What was not known at the cut-off (before it: now): the week counts it as missing,
        whatever came later.
    after_cutoff
        What came or was corrected after the cut-off.
    """

    name: str
    indicators: tuple[str, ...]
    delivered_at: datetime | None
    late: bool
    missing: tuple[TownsOf, ...]
    missing_in_time: tuple[TownsOf, ...]
    after_cutoff: tuple[TownsOf, ...]

    @property
    def complete(self) -> bool:
        """Tell whether every indicator of every town is known."""
        return not self.missing

    @property
    def in_time(self) -> bool:
        """Tell whether every indicator of every town was known at the cut-off."""
        return not self.missing_in_time


@dataclass(frozen=True)
class StandIn:
    """A department all of whose indicators are measured on records; it need not report.

    What it delivers all the same stands in for towns whose records know nothing.
    """

    name: str
    indicators: tuple[str, ...]
    delivered_at: datetime | None


def stand_ins(ws: Workspace, week: str, at: datetime, weekly: Weekly) -> tuple[StandIn, ...]:
    """Return the departments that have nothing to report, and when their last stand-in came."""
    rows = read_records(ws, KIND, at, week=parse_week(week))[["indicator", "learnt_at"]]
    asked = reporting(weekly)
    found = []
    for name in (one for one in weekly.departments if one not in asked):
        own = tuple(one.code for one in weekly.indicators if one.department == name)
        came = rows.loc[rows["indicator"].isin(own), "learnt_at"].max()
        found.append(StandIn(name, own, _local(came, ws)))
    return tuple(found)


def _local(moment: pd.Timestamp, ws: Workspace) -> datetime | None:
    if pd.isna(moment):
        return None
    return moment.to_pydatetime().astimezone(ws.settings.zone)


def deliveries(
    ws: Workspace, week: str, at: datetime, weekly: Weekly | None = None
) -> tuple[DepartmentDelivery, ...]:
    """Return the deliveries of a week as they are known at a moment, by department.

    Only departments that have something to report are listed, in the scheme's order. Seen from
    the cut-off itself nothing is late: what has not come is missing.

    Raises
    ------
    RiskmapError, NotFoundError
        There is no such week; the scheme has no weekly tables; there is no towns layer.
    """
    rules, week = weekly or weekly_rules(ws), parse_week(week)
    cutoff = week_window(ws, week).end
    rows = read_records(ws, KIND, at, week=week)[["town", "indicator", "learnt_at"]]
    in_time = rows if at <= cutoff else read_records(ws, KIND, cutoff, week=week)
    late = rows[rows["learnt_at"] > pd.Timestamp(cutoff)]
    codes = ground_in_use(ws).codes
    found = []
    for department in reporting(rules):
        own = tuple(one.code for one in reported(rules, department))
        came = rows.loc[rows["indicator"].isin(own), "learnt_at"].max()
        after = _towns_of(late, own, codes, known=True)
        found.append(
            DepartmentDelivery(
                department,
                own,
                _local(came, ws),
                bool(after),
                _towns_of(rows, own, codes, known=False),
                _towns_of(in_time, own, codes, known=False),
                after,
            )
        )
    return tuple(found)


def _towns_of(
    rows: pd.DataFrame, indicators: tuple[str, ...], codes: tuple[str, ...], *, known: bool
) -> tuple[TownsOf, ...]:
    """Return by indicator the towns that have a row, or that have none; empty ones left out."""
    there = {code: frozenset(group["town"]) for code, group in rows.groupby("indicator")}
    found = (
        TownsOf(one, tuple(code for code in codes if (code in there.get(one, ())) is known))
        for one in indicators
    )
    return tuple(one for one in found if one.towns)
