"""One way to write a result as bytes, so that equal results are equal byte for byte."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def canonical_text(document: Mapping[str, Any]) -> str:
    """Return JSON with sorted keys, no spaces, Chinese as it is, floats by ``repr``.

    Unknown numbers must be None already: a NaN is refused, because JSON has none.

    Examples
    --------
    >>> canonical_text({"b": 0.1, "a": "红"})
    '{"a":"红","b":0.1}'
    """
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def digest_of(texts: Iterable[str]) -> str:
    """Return the sha256 of texts, each ended by a line feed."""
    state = hashlib.sha256()
    for text in texts:
        state.update(text.encode())
        state.update(b"\n")
    return state.hexdigest()


def numbers(values: NDArray[np.floating[Any]]) -> list[Any]:
    """Return an array as (nested) lists of plain floats, NaN as None, -0.0 as 0.0."""
    array = np.asarray(values, dtype=np.float64) + 0.0
    if not np.isnan(array).any():
        return list(array.tolist())
    boxed = array.astype(object)
    boxed[np.isnan(array)] = None
    return list(boxed.tolist())


def number(value: float) -> float | None:
    """Return a plain float, None for NaN."""
    plain = float(value) + 0.0
    return None if np.isnan(plain) else plain


def text_or_none(value: Any) -> str | None:
    """Return a cell of a table as text; missing values become None."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and np.isnan(value):
        return None
    return str(value)


def iso(moment: datetime | pd.Timestamp | date | None) -> str | None:
    """Return a moment as ISO 8601 with its offset (whole seconds), None for none."""
    if moment is None or pd.isna(moment):
        return None
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="seconds")
    return moment.isoformat()
