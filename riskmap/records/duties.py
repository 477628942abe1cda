"""Weekly indicators derived from records: devices on line, commitments kept, penalties published.

They stand in for the indicators A7.1, A6.3 and A2.4 where no fresh week has them (scheme table
`[control.from_records]`). A town of which nothing is known has NaN, never 0.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from riskmap.devices.online import states
from riskmap.devices.tables import device_messages
from riskmap.ledger.workdays import Calendar
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.workspace import Workspace
from scoring.schemes.parts import FromRecords
from scoring.schemes.scheme import Scheme

ONLINE, COMMITTED, PUBLISHED = "A7.1", "A6.3", "A2.4"
STOPPED = "stopped"
"""State of a commitment: the firm does not produce, and commits to nothing until it does again."""
Floats = NDArray[np.float64]


def rates_from_records(
    tables: Mapping[str, pd.DataFrame],
    usable: Mapping[str, bool],
    places: Places,
    moment: Moment,
    scheme: Scheme,
    *,
    calendar: Calendar,
    firms: frozenset[str] | None,
) -> dict[str, Floats]:
    """Return the indicators that records give at a moment: code -> rate by town (n,).

    Empty when the scheme derives nothing; a kind that is not usable gives no indicator. `firms`
    are the ids of the enterprises layer, None without it.
    """
    rules = scheme.control_from_records
    if rules is None:
        return {}
    found = {}
    if usable["commitments"]:
        found[COMMITTED] = commitment_rates(tables["commitments"], places, moment, rules, firms)
    if usable["inspections"]:
        rows = tables["inspections"]
        found[PUBLISHED] = publication_rates(rows, places, moment, rules, calendar)
    return found


def commitment_rates(
    rows: pd.DataFrame,
    places: Places,
    moment: Moment,
    rules: FromRecords,
    firms: frozenset[str] | None,
) -> Floats:
    """Return the share of firms whose commitment of yesterday came in time, by town (n,).

    Yesterday is the last day that is over at any hour of the computation; which firms are
    expected says `still_expected`.
    """
    yesterday = pd.Timestamp(moment.at.date()) - timedelta(days=1)
    known = rows[rows["committed_at"] <= moment.at]
    table = last_commitments(known.assign(town_idx=places.town_of(known["town"])), yesterday)
    table = table[still_expected(table, yesterday, rules, firms)]
    local = table["committed_at"].dt.tz_convert(moment.zone).dt.tz_localize(None)
    by = table["date"] + pd.Timedelta(hours=rules.commitment_by_hour)
    good = (table["date"] == yesterday) & (local <= by)
    return _share(table["town_idx"], good, places.shape[0])


def last_commitments(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the last commitment of every firm up to a day; rows without a town do not count."""
    table = rows[(rows["date"] <= day) & (rows["town_idx"] >= 0)]
    table = table.sort_values(["date", "key"], kind="stable")
    return table.drop_duplicates("enterprise_id", keep="last")


def still_expected(
    last: pd.DataFrame, day: pd.Timestamp, rules: FromRecords, firms: frozenset[str] | None
) -> NDArray[np.bool_]:
    """Return which firms had to commit on a day (k,), by their last commitment up to it.

    Who once committed has to every day, for a town must not gain by its firms falling silent:
    until its last commitment says that it stopped (停产). A firm that the enterprises layer does
    not have (or any, without the layer) is expected for ``commitment_days`` only: it may be gone.
    """
    listed = last["enterprise_id"].astype("str").isin(firms or frozenset())
    first = day - timedelta(days=rules.commitment_days - 1)
    expected = (listed | (last["date"] >= first)) & ~last["state"].eq(STOPPED)
    given = (last["date"] == day) | expected
    return given.to_numpy(np.bool_)


def publication_rates(
    rows: pd.DataFrame, places: Places, moment: Moment, rules: FromRecords, calendar: Calendar
) -> Floats:
    """Return the share of penalties due that were published in time, by town (n,)."""
    today = moment.at.date()
    table = rows.assign(town_idx=places.town_of(rows["town"]))
    table = table[(table["filed_at"] <= moment.at) & (table["town_idx"] >= 0)]
    filed = _local_days(table["filed_at"], moment)
    due = [calendar.add_workdays(day, rules.publication_workdays) for day in filed]
    oldest = today - timedelta(days=rules.publication_days)
    counts = np.array([oldest <= day < today for day in due], dtype=bool)
    last = pd.to_datetime(pd.Series(due, index=table.index, dtype="object"))
    shown = table["published_at"].dt.tz_convert(moment.zone).dt.tz_localize(None).dt.normalize()
    known = table["published_at"] <= moment.at
    good = known & (shown <= last)
    return _share(table["town_idx"][counts], good[counts], places.shape[0])


def device_rates(ws: Workspace, places: Places, moment: Moment) -> dict[str, Floats]:
    """Return the share of devices in service that are on line, by town (n,).

    Empty when no device of the district has ever sent a message: then the line to riskmap is
    not in use, and nothing is known.
    """
    found = states(ws, moment.at.to_pydatetime(), moment.known_until.to_pydatetime())
    if not any(state.last_at for state in found):
        return {}
    serving = [state for state in found if state.in_service and state.device.town is not None]
    town = places.town_of(pd.Series([state.device.town for state in serving], dtype="str"))
    online = np.array([state.online for state in serving], dtype=bool)
    return {
        ONLINE: _share(pd.Series(town[town >= 0]), pd.Series(online[town >= 0]), len(places.codes))
    }


def last_received(ws: Workspace, at: datetime, now: datetime) -> datetime | None:
    """Return when the newest message about the day up to `at` came in; None without any.

    Messages about later moments do not move what is known of this one.
    """
    table = device_messages
    query = sa.select(sa.func.max(table.c.received_at)).where(
        table.c.at <= at, table.c.at > at - timedelta(days=1), table.c.received_at <= now
    )
    with ws.read() as connection:
        found: datetime | None = connection.execute(query).scalar()
    return found


def _local_days(moments: "pd.Series[pd.Timestamp]", moment: Moment) -> list[date]:
    return list(moments.dt.tz_convert(moment.zone).dt.date)


def _share(town: "pd.Series[int]", good: "pd.Series[bool]", n: int) -> Floats:
    where = town.to_numpy(np.int64)
    total = np.bincount(where, minlength=n).astype(np.float64)
    kept = np.bincount(where, weights=good.to_numpy(np.float64), minlength=n)
    share: Floats = np.divide(kept, total, out=np.full(n, np.nan), where=total > 0)
    return share
