"""Counts by town as measures: how many of how many, points lost, and the records behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.weekly.measures import MISSING, RECORDS, Evidence, Floats, Measure

MOST_EVIDENCE = 50
PER_CENT = 100.0

Texts = Callable[[pd.DataFrame], Sequence[str]]
"""Says in words what each row of a table is."""


def counts(rows: pd.DataFrame, n: int, weights: "pd.Series[Any] | None" = None) -> Floats:
    """Return how many rows (or the sum of their weights) each town has (n,)."""
    town = rows["town_idx"].to_numpy(np.int64)
    weight = None if weights is None else weights.to_numpy(np.float64)
    return np.bincount(town, weights=weight, minlength=n).astype(np.float64)


def ratio(numerator: Floats, denominator: Floats, whole: float = 1.0) -> Floats:
    """Return whole · numerator ÷ denominator; NaN where the denominator is not above 0."""
    some = denominator > 0
    return np.where(some, whole * numerator / np.where(some, denominator, 1.0), np.nan)


def share(
    rows: pd.DataFrame,
    good: "pd.Series[bool]",
    n: int,
    *,
    kind: str,
    texts: Texts,
    facts: Mapping[int, Mapping[str, Any]] | None = None,
) -> Measure:
    """Return the share of good rows by town [%], with the bad ones as evidence.

    A town without a row has no rate: its counts are 0 of 0, its value is unknown, and it is still
    from records, for these say that there was nothing to count.

    Parameters
    ----------
    rows
        The rows that count (k,), with `town_idx` and `key`.
    good
        (k,) which of them went well.
    """
    rows = rows[rows["town_idx"] >= 0]
    good = good.loc[rows.index]
    numerator, denominator = counts(rows[good], n), counts(rows, n)
    bad = rows[~good]
    return Measure(
        ratio(numerator, denominator, PER_CENT),
        numerator,
        denominator,
        (RECORDS,) * n,
        evidence_of(bad, kind, texts, good=False),
        facts or {},
    )


def of_what_was_found(
    one: Measure, found: NDArray[np.bool_], *, complete: bool | NDArray[np.bool_]
) -> Measure:
    """Return a measure that says nothing of towns where nothing was found (n,), unless complete.

    What is entered one by one, or delivered too long ago, says nothing of the rest.
    """
    known = found | complete
    value, numerator, denominator = (
        np.where(known, part, np.nan) for part in (one.value, one.numerator, one.denominator)
    )
    origin = tuple(said if here else MISSING for said, here in zip(one.origin, known, strict=True))
    return replace(one, value=value, numerator=numerator, denominator=denominator, origin=origin)


def evidence_of(
    rows: pd.DataFrame, kind: str, texts: Texts, *, good: bool | None
) -> dict[int, tuple[Evidence, ...]]:
    """Return the first 50 rows of each town, in their order, as evidence."""
    rows = rows[rows["town_idx"] >= 0]
    shown = rows.groupby("town_idx", sort=False).head(MOST_EVIDENCE)
    found: dict[int, list[Evidence]] = {}
    if shown.empty:
        return {}
    for town, key, text in zip(shown["town_idx"], shown["key"], texts(shown), strict=True):
        found.setdefault(int(town), []).append(Evidence(kind, str(key), good, text))
    return {town: tuple(many) for town, many in sorted(found.items())}


def by_town(
    columns: Mapping[str, NDArray[Any]], where: NDArray[np.bool_]
) -> dict[int, dict[str, Any]]:
    """Return the numbers of the towns that are marked, as plain values by index of the town."""
    return {
        int(town): {name: values[town].item() for name, values in columns.items()}
        for town in np.flatnonzero(where)
    }
