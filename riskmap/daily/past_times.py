"""Moments and days of records as arrays in UTC, for `riskmap.daily.past_days`."""

from datetime import tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Times = NDArray[np.datetime64]


def utc(moment: pd.Timestamp) -> np.datetime64:
    """Return a moment as UTC without zone."""
    return moment.tz_convert("UTC").tz_localize(None).to_datetime64()


def times(column: pd.Series) -> Times:
    """Return times with zone as UTC (k,); missing stays missing and compares false."""
    found: Times = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
    return found


def midnights(days: NDArray[np.datetime64], zone: tzinfo) -> Times:
    """Return when days (k,) begin in a zone, as UTC; missing stays missing."""
    return times(pd.Series(pd.to_datetime(days)).dt.tz_localize(zone))


def no_times(count: int) -> Times:
    """Return missing times (count,)."""
    return np.full(count, np.datetime64("NaT"), "datetime64[us]")


def dates(column: pd.Series, zone: tzinfo) -> Times:
    """Return the days of moments in a zone (k,), as midnights without zone."""
    local = column.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    found: Times = local.to_numpy("datetime64[us]")
    return found
