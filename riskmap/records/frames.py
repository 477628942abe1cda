"""Records as frames with one dtype for each column, and back as the plain rows a database takes."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.storage.database import RECORD_COLUMNS, UtcDateTime

MOMENT: Any = pd.DatetimeTZDtype("us", "UTC")
_DATE: Any = np.dtype("datetime64[us]")


def typed_frame(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give every column its one dtype, also when there are no rows."""
    for name, column in RECORD_COLUMNS[kind].items():
        frame[name] = _typed(frame[name], column)
    frame["learnt_at"] = pd.to_datetime(frame["learnt_at"], utc=True).astype(MOMENT)
    for name in ("key", "source"):
        frame[name] = frame[name].astype("str")
    frame["delivery_id"] = frame["delivery_id"].astype("int64")
    return frame


def _typed(values: pd.Series[Any], column: Any) -> pd.Series[Any]:
    typed: pd.Series[Any]
    if column is UtcDateTime:
        typed = pd.to_datetime(values, utc=True).astype(MOMENT)
    elif column is sa.Date:
        typed = pd.to_datetime(values).astype(_DATE)
    elif column in (sa.Float, sa.Integer):
        # by way of the nullable type: None and NA in an object column become NaN
        typed = values.astype("Float64").astype("float64")
    else:
        typed = values.astype("object").where(values.notna(), None).astype("str")
    return typed


def plain_rows(kind: str, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts of Python values (moments in UTC, dates, floats); unknown is None.

    `table` has columns of the kind, "key" and "source"; what else it has is left out.
    """
    names = [name for name in (*RECORD_COLUMNS[kind], "key", "source") if name in table]
    columns = [_plain(table[name], RECORD_COLUMNS[kind].get(name)) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(values: pd.Series[Any], column: Any) -> list[Any]:
    """Return Python values for the database driver; unknown is None."""
    pairs = zip(values.tolist(), values.isna(), strict=True)
    return [None if unknown else _value(value, column) for value, unknown in pairs]


def _value(value: Any, column: Any) -> Any:
    if column is UtcDateTime:
        return pd.Timestamp(value).to_pydatetime().astimezone(UTC)
    if column is sa.Date:
        return value if type(value) is date else pd.Timestamp(value).date()
    if column is sa.Integer:
        return int(value)
    return float(value) if column is sa.Float else str(value)
