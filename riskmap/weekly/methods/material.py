"""What the methods of a week work on: records as known, as they held at the week's moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import pandas as pd

from riskmap.devices.online import most_report
from riskmap.errors import RiskmapError
from riskmap.layer_store import Snapshot
from riskmap.ledger.states import State
from riskmap.ledger.versions import state_of
from riskmap.ledger.workdays import Calendar, calendar_of
from riskmap.places import Places
from riskmap.records.dangers import due_dates, not_void
from riskmap.records.late_deaths import LateDeaths, read_late_deaths
from riskmap.records.reading import read_deliveries, read_records
from riskmap.records.statements import complete_deliveries
from riskmap.schemes import scheme_in_use
from riskmap.standards import late_death_days
from riskmap.weekly.ground import snapshots_as_known
from riskmap.weekly.measures import WeekMoment
from riskmap.workspace import Workspace
from scoring.schemes.parts import FromRecords
from scoring.schemes.scheme import Scheme
from scoring.weekly.parts import Weekly, WeeklyIndicator

KINDS = ("hidden_dangers", "accidents", "inspections", "commitments", "alarms", "indicators")
"""Kinds of records that indicators are measured on; devices have tables of their own."""

SILENT_IS_NONE = KINDS[:-1]
"""Kinds of which a missing row reads as "none", as long as they are complete."""

SENT_BACK = frozenset(map(str, (State.ASSIGNED, State.RETURNED, State.TRANSFERRED, State.VOID)))
"""States in which an earlier rectification does not stand any more."""


@dataclass(frozen=True)
class Material:
    """Everything that the indicators of a week are measured on.

    Parameters
    ----------
    judged
        The moment at which facts are judged: the cut-off, or what is known until, when that is
        earlier (a preliminary draft cannot tell what has not happened yet).
    tables
        By kind: the records known, with `town_idx` (-1 not of the district); dangers also have
        `due`, `closed_on`, `done_on`, `late`; accidents are without near misses, delivered
        indicators those of the week.
    delivered
        By kind: when it was last delivered; a kind that is not there is unknown, not empty.
    completed
        By kind: when a delivery last said how it stood as a whole (`riskmap.records.statements`).
    complete
        Kinds of which that was within the scheme's limit before `judged` (`[freshness]`); of any
        other a missing row says nothing. Alarms are also complete while devices report.
    late_deaths
        Late deaths that count, by row of `tables["accidents"]`.
    snapshots
        The layers that count, by name; one that is not there was never imported.
    """

    ws: Workspace
    weekly: Weekly
    moment: WeekMoment
    places: Places
    scheme: Scheme
    calendar: Calendar
    judged: pd.Timestamp
    tables: Mapping[str, pd.DataFrame]
    delivered: Mapping[str, pd.Timestamp]
    completed: Mapping[str, pd.Timestamp]
    complete: frozenset[str]
    late_deaths: LateDeaths
    snapshots: Mapping[str, Snapshot]

    @property
    def n(self) -> int:
        """Number of towns."""
        return len(self.places.codes)

    @property
    def zone(self) -> tzinfo:
        """Return the district's time zone."""
        return self.ws.settings.zone

    @property
    def today(self) -> pd.Timestamp:
        """Return the day of `judged`, midnight without zone; a day is over when it is earlier."""
        return pd.Timestamp(self.judged.date())

    @property
    def stale(self) -> tuple[str, ...]:
        """Return the kinds that were delivered, but not as a whole within their limit."""
        return tuple(
            kind for kind in SILENT_IS_NONE if kind in self.delivered and kind not in self.complete
        )

    @property
    def duties(self) -> FromRecords:
        """Return until which hour and day duties are done in time.

        Raises
        ------
        RiskmapError
            The scheme is older than that table.
        """
        rules = self.scheme.control_from_records
        if rules is None:
            raise RiskmapError(
                "评分方案没有 [control.from_records]",
                self.scheme.version,
                "从新版默认方案抄入这张表，经安委办批准后启用",
            )
        return rules

    def since(self, indicator: WeeklyIndicator) -> pd.Timestamp:
        """Return the moment after which facts count: the last cut-off, or some days before now."""
        if indicator.days is None:
            return pd.Timestamp(self.moment.window.start.astimezone(self.zone))
        return self.judged - timedelta(days=indicator.days)

    def first_day(self, indicator: WeeklyIndicator) -> pd.Timestamp:
        """Return the first of the days that count; they end before `today`."""
        return pd.Timestamp(self.since(indicator).date())

    def local(self, moments: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
        """Return moments in the district's zone, without zone."""
        return moments.dt.tz_convert(self.zone).dt.tz_localize(None)


def gather_material(
    ws: Workspace,
    weekly: Weekly,
    moment: WeekMoment,
    places: Places,
    *,
    scheme: Scheme | None = None,
    snapshots: Mapping[str, Snapshot] | None = None,
) -> Material:
    """Read what was known at a week's moment, under the scheme and layers in use or given ones.

    Raises
    ------
    RiskmapError
        The calendar of the workspace or its scheme cannot be read.
    """
    zone, scheme = ws.settings.zone, scheme or scheme_in_use(ws)
    until = moment.known_until
    judged = pd.Timestamp(min(moment.at, until).astimezone(zone))
    deliveries = read_deliveries(ws, None, until)
    completed = _last(complete_deliveries(deliveries))
    tables = {}
    for kind in KINDS:
        week = moment.week if kind == "indicators" else None
        rows = read_records(ws, kind, until, at=judged.to_pydatetime(), week=week)
        tables[kind] = rows.assign(town_idx=places.town_of(rows["town"]))
    tables["hidden_dangers"] = _dangers(tables["hidden_dangers"], judged, zone, scheme)
    accidents = tables["accidents"]
    happened = accidents[accidents["occurred_at"] <= judged]
    real = happened[happened["kind"] != "near_miss"].reset_index(drop=True)
    tables["accidents"] = real
    return Material(
        ws=ws,
        weekly=weekly,
        moment=moment,
        places=places,
        scheme=scheme,
        calendar=calendar_of(ws),
        judged=judged,
        tables=tables,
        delivered=_last(deliveries),
        completed=completed,
        complete=_complete(ws, scheme, completed, judged, until),
        late_deaths=read_late_deaths(real, zone, late_death_days()),
        snapshots=snapshots_as_known(ws, until) if snapshots is None else snapshots,
    )


def _last(deliveries: pd.DataFrame) -> dict[str, pd.Timestamp]:
    newest = deliveries.groupby("kind")["delivered_at"].max()
    return {str(kind): pd.Timestamp(when) for kind, when in newest.items()}


def _complete(
    ws: Workspace,
    scheme: Scheme,
    completed: Mapping[str, pd.Timestamp],
    judged: pd.Timestamp,
    known_until: datetime,
) -> frozenset[str]:
    """Return the kinds that said how they stood as a whole not longer ago than their limit."""
    limits = scheme.record_limits_hours
    found = {
        kind
        for kind, when in completed.items()
        if kind not in limits or judged - when <= pd.Timedelta(hours=limits[kind])
    }
    reporting = most_report(ws, judged.to_pydatetime(), known_until)
    return frozenset(found | ({"alarms"} if reporting else set()))


def _dangers(
    rows: pd.DataFrame, judged: pd.Timestamp, zone: tzinfo, scheme: Scheme
) -> pd.DataFrame:
    """Return the dangers found by a moment, with what has become of them by then.

    `closed_on` and `rectified_on` are days, NaT when not (yet); a rectification that was sent
    back does not count. `done_on` is the earlier of both: the danger was removed by then, whether
    or not the re-check was over.
    """
    table = not_void(rows)
    table = table[table["found_at"] <= judged]
    words = {word: str(state_of(word)) for word in table["state"].dropna().unique()}
    sent_back = table["state"].map(words).isin(SENT_BACK)
    closed_at = table["closed_at"].where(table["closed_at"] <= judged)
    rectified_at = table["rectified_at"].where(table["rectified_at"] <= judged)
    closed_on = _days(closed_at, zone)
    rectified_on = _days(rectified_at, zone).mask(sent_back & closed_at.isna())
    due = due_dates(table, zone, scheme)
    today = pd.Timestamp(judged.date())
    return table.assign(
        due=due,
        closed_on=closed_on,
        rectified_on=rectified_on,
        done_on=closed_on.where(~(rectified_on < closed_on), rectified_on).fillna(rectified_on),
        late=closed_at.isna() & (due < today),
    ).reset_index(drop=True)


def _days(moments: "pd.Series[pd.Timestamp]", zone: tzinfo) -> "pd.Series[pd.Timestamp]":
    return moments.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
