"""How well each town is controlled, from the weekly indicators known at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.moment import Moment
from riskmap.places import Places
from scoring.schemes.scheme import Scheme


@dataclass(frozen=True)
class Control:
    """Weekly values by town (n,), NaN unknown.

    `index_week` is the week of `index`, `index_source` where its row comes from.
    """

    index: NDArray[np.float64]
    index_week: tuple[str | None, ...]
    index_source: tuple[str | None, ...]
    index_age_days: NDArray[np.float64]
    online: NDArray[np.float64]


def week_end(week: str) -> date | None:
    """Return the Monday after an ISO week ("2026-W26"), when it is complete; None if no week.

    Examples
    --------
    >>> week_end("2026-W26")
    datetime.date(2026, 6, 29)
    """
    year, _, number = week.strip().upper().partition("-W")
    try:
        return date.fromisocalendar(int(year), int(number), 1) + timedelta(days=7)
    except ValueError:
        return None


def read_control(
    rows: pd.DataFrame,
    places: Places,
    moment: Moment,
    scheme: Scheme,
    derived: Mapping[str, NDArray[np.float64]] = MappingProxyType({}),
) -> Control:
    """Return the latest complete week's index and on-line rate of each town.

    A week counts from the Monday after it, until the scheme's limit of the source. Rates are
    taken as numerator ÷ denominator where both are given, else as the value; a rate of more than
    1 is a percentage. The on-line part is the product of its indicators that are present
    (DOMAIN §11.1 K3). `derived` are rates by town (n,) from records (`riskmap.records.duties`):
    they stand in for an indicator of no week that is still fresh; an older week's value counts
    only where they are unknown.
    """
    table = rows.assign(town_idx=places.town_of(rows["town"]))
    ends = {week: week_end(week) for week in table["week"].dropna().unique()}
    table["end"] = pd.to_datetime(table["week"].map(ends))
    today = pd.Timestamp(moment.at.date())
    table["age"] = (today - table["end"]).dt.days
    oldest = scheme.record_limits_hours["indicators"] / 24
    table = table[(table["town_idx"] >= 0) & table["age"].between(0, oldest)]
    values = _values(table)
    n = places.shape[0]
    parts: dict[str, NDArray[np.float64]] = {}
    weeks: list[str | None] = [None] * n
    sources: list[str | None] = [None] * n
    ages = np.full(n, np.nan)
    for part in scheme.control_parts:
        if not part.indicators:
            continue
        product = np.full(n, np.nan)
        for code in part.indicators:
            rate = part.scale == 1.0
            value, rows_used = _latest(table, values, code, n, rate=rate)
            if code in derived:
                fresh = np.zeros(n, dtype=bool)
                recent = rows_used[rows_used["age"] < _fresh_days(scheme)]
                fresh[recent["town_idx"].to_numpy(np.int64)] = True
                own = derived[code]
                value = np.where(fresh | np.isnan(own), value, own)
            product = np.where(np.isnan(product), value, product * np.nan_to_num(value, nan=1.0))
            if part.code == "index":
                ages[rows_used["town_idx"]] = rows_used["age"]
                own_rows = rows_used[["town_idx", "week", "source"]]
                for town, week, source in own_rows.itertuples(index=False):
                    weeks[int(town)], sources[int(town)] = str(week), str(source)
        parts[part.code] = product
    empty = np.full(n, np.nan)
    return Control(
        index=parts.get("index", empty),
        index_week=tuple(weeks),
        index_source=tuple(sources),
        index_age_days=ages,
        online=parts.get("online", empty),
    )


def _fresh_days(scheme: Scheme) -> int:
    rules = scheme.control_from_records
    return 0 if rules is None else rules.fresh_days


def _values(table: pd.DataFrame) -> NDArray[np.float64]:
    over = table["denominator"].to_numpy(np.float64)
    ratio = np.divide(
        table["numerator"].to_numpy(np.float64),
        over,
        out=np.full(len(table), np.nan),
        where=over > 0,
    )
    return np.where(np.isnan(ratio), table["value"].to_numpy(np.float64), ratio)


def _latest(
    table: pd.DataFrame, values: NDArray[np.float64], code: str, n: int, *, rate: bool
) -> tuple[NDArray[np.float64], pd.DataFrame]:
    """Return the value of the newest week of each town (n,), and the rows it comes from."""
    chosen = table.assign(found=values)[(table["indicator"] == code).to_numpy()]
    chosen = chosen[chosen["found"].notna()]
    chosen = chosen.sort_values(["town_idx", "end"], kind="stable")
    chosen = chosen.drop_duplicates("town_idx", keep="last")
    found = chosen["found"].to_numpy(np.float64)
    out = np.full(n, np.nan)
    out[chosen["town_idx"].to_numpy(np.int64)] = (
        np.clip(np.where(found > 1, found / 100, found), 0, 1) if rate else np.clip(found, 0, 100)
    )
    return out, chosen
