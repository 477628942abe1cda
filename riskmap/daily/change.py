"""What moved since the day before, as a list of items that sum to the change of the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.canonical import numbers
from riskmap.daily.history import Past
from riskmap.daily.worked import Worked
from scoring.daily.change import change, change_level
from scoring.daily.results import FACTORS
from scoring.schemes.scheme import Scheme

OTHER = "other"
"""Factor of what yesterday's scheme had and today's has not."""


@dataclass(frozen=True)
class Changes:
    """By town (n): the summary of the change and its items."""

    summary: list[dict[str, Any]]
    items: list[list[dict[str, Any]]]


def changes_since(worked: Worked, contributions: Sequence[list[dict[str, Any]]]) -> Changes:
    """Return the difference to the shown revision of the day before; empty where there is none."""
    past, scheme, scores = worked.past, worked.scheme, worked.scores
    codes = worked.district.codes
    since = past.previous.date if past.previous else None
    before, rest, labels = _yesterday(past, codes, scheme)
    moved = change(scores.contributions, before)
    score = numbers(np.where(np.isnan(moved).any(axis=(1, 2)), np.nan, 0.0) + _total(moved) - rest)
    steps = change_level(scores.level, past.previous_level)
    values = np.nan_to_num(moved, nan=0.0)
    items: list[list[dict[str, Any]]] = [[] for _ in codes]
    said = [{(row["sector"], row["factor"]): row for row in rows} for rows in contributions]
    town, sector, factor = np.nonzero(values)
    size = values[town, sector, factor]
    for i in np.lexsort((factor, sector, -np.abs(size), town)).tolist():
        t, place = int(town[i]), (scheme.sector_codes[sector[i]], FACTORS[factor[i]])
        label, parts = _words(said[t].get(place), labels[t].get(place))
        items[t].append(
            {
                "sector": place[0],
                "factor": place[1],
                "label": label,
                "parts": parts,
                "value": float(size[i]),
            }
        )
    for t in np.flatnonzero(~np.isnan(moved).any(axis=(1, 2)) & (rest != 0)).tolist():
        items[t].append(
            {
                "sector": "",
                "factor": OTHER,
                "label": "昨日方案中的其他行业",
                "parts": {},
                "value": float(-rest[t]),
            }
        )
    return Changes([_summary(score[i], steps[i], since, past) for i in range(len(codes))], items)


def _words(
    now: Mapping[str, Any] | None, before: Mapping[str, Any] | None
) -> tuple[str, dict[str, Any] | None]:
    """Return label and parts of today's contribution, else of yesterday's that is gone."""
    if now is not None:
        return now["label"], now["parts"]
    parts = before.get("parts") if before else None
    label = f"较昨日消失：{before['label'] if before else ''}"
    return label, None if parts is None else {**parts, "gone": True}


def _total(moved: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.nan_to_num(moved, nan=0.0).sum(axis=(1, 2)), dtype=np.float64)


def _summary(score: float | None, steps: float, since: date | None, past: Past) -> dict[str, Any]:
    return {
        "score": score,
        "level": None if np.isnan(steps) else int(steps),
        "since": since.isoformat() if past.previous and since else None,
    }


def _yesterday(
    past: Past, codes: Sequence[str], scheme: Scheme
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], list[Mapping[tuple[str, str], Mapping[str, Any]]]
]:
    """Return yesterday's contributions (n, m, f), what fits no place of today (n,), by place."""
    shape = (len(codes), len(scheme.sectors), len(FACTORS))
    values, rest = np.full(shape, np.nan), np.zeros(len(codes))
    sectors = {code: s for s, code in enumerate(scheme.sector_codes)}
    factors = {name: f for f, name in enumerate(FACTORS)}
    labels: list[Mapping[tuple[str, str], Mapping[str, Any]]] = []
    for i, code in enumerate(codes):
        document = past.previous_towns.get(code)
        rows = document["contributions"] if document else []
        labels.append({(row["sector"], row["factor"]): row for row in rows})
        if document is None or document["score"] is None:
            continue
        values[i] = 0.0
        for row in rows:
            if row["sector"] in sectors and row["factor"] in factors:
                values[i, sectors[row["sector"]], factors[row["factor"]]] = row["value"]
            else:
                rest[i] += row["value"]
    return values, rest, labels
