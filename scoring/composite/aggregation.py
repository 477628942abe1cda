"""Several scores to one: weighted arithmetic, geometric and harmonic means, missing data declared.

Everything broadcasts: a child is (n,) or (draws, n), its weight a number or (draws, 1).
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TINY = 1e-12


class Mean(StrEnum):
    """How much a strong side may make up for a weak one: fully, less, least."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"


class Missing(StrEnum):
    """What stands in for a child that is unknown."""

    REWEIGHT = "reweight"
    """Nothing: it is left out and the weights of the others grow."""
    MEAN = "mean"
    """The mean of the same child over the towns (of the same peer group) that have it."""
    REFUSE = "refuse"
    """Nothing: the group is unknown."""


def mean(
    children: Sequence[FloatArray],
    weights: Sequence[float | FloatArray],
    kind: Mean,
    floor: float = 0.0,
) -> FloatArray:
    """Return the weighted mean of the known children.

    Arithmetic Σwy/Σw; geometric exp(Σw ln y / Σw); harmonic Σw / Σ(w/y). One 0 makes the last two
    0, unless ``floor`` lifts it.

    Parameters
    ----------
    children
        k arrays (..., n), NaN unknown.
    weights
        k numbers or (draws, 1), not below 0; need not sum to 1.
    kind
        Which mean.
    floor
        Scores below it count as it, for the geometric and harmonic mean.

    Returns
    -------
    (..., n), NaN where no child with a weight is known.

    Examples
    --------
    >>> y = [np.array([0.4, np.nan]), np.array([0.9, 0.9])]
    >>> [mean(y, [1, 1], kind).round(4).tolist() for kind in Mean]
    [[0.65, 0.9], [0.6, 0.9], [0.5538, 0.9]]
    """
    top: float | FloatArray = 0.0
    total: float | FloatArray = 0.0
    for child, weight in zip(children, weights, strict=True):
        known = ~np.isnan(child)
        complete = bool(known.all())
        counts = weight if complete else weight * known
        term = _term(child if complete else np.where(known, child, 1.0), kind, floor)
        top = top + _weighted(counts, term, kind)
        total = total + counts
    middle = np.asarray(top / np.where(total > 0, total, np.nan))
    return _back(middle, kind)


def filled(child: FloatArray, peers: NDArray[np.int64] | None) -> FloatArray:
    """Return a child (..., n) with the mean of its peers where unknown; NaN if none has it."""
    unknown = np.isnan(child)
    if not unknown.any():
        return child
    labels = np.zeros(child.shape[-1], dtype=np.int64) if peers is None else peers
    result = child.copy()
    for label in np.unique(labels):
        mine = labels == label
        known = ~unknown & mine
        count = known.sum(axis=-1, keepdims=True)
        sums = np.where(known, child, 0.0).sum(axis=-1, keepdims=True)
        average = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
        result = np.where(unknown & mine, average, result)
    return result


def enough(
    children: Sequence[FloatArray],
    weights: Sequence[float],
    least_share: float,
    most_missing: int | None,
) -> NDArray[np.bool_]:
    """Return where the known children carry enough weight (..., n)."""
    lost: FloatArray = np.zeros(np.broadcast_shapes(*(child.shape for child in children)))
    missing = np.zeros(lost.shape, dtype=np.int64)
    for child, weight in zip(children, weights, strict=True):
        unknown = np.isnan(child)
        if unknown.any():
            lost += weight * unknown
            missing += unknown
    share = 1.0 - lost / sum(weights)
    most = len(children) if most_missing is None else most_missing
    return (share >= least_share - TINY) & (missing <= most)


def _term(child: FloatArray, kind: Mean, floor: float) -> FloatArray:
    if kind is Mean.ARITHMETIC:
        return child
    lifted = np.maximum(child, floor)
    with np.errstate(divide="ignore"):
        return np.log(lifted) if kind is Mean.GEOMETRIC else 1.0 / lifted


def _back(middle: FloatArray, kind: Mean) -> FloatArray:
    if kind is Mean.ARITHMETIC:
        return middle
    return np.exp(middle) if kind is Mean.GEOMETRIC else 1.0 / middle


def _weighted(counts: float | FloatArray, term: FloatArray, kind: Mean) -> FloatArray:
    """Return counts · term, 0 where nothing counts, also under an infinite term."""
    if kind is Mean.ARITHMETIC:
        return counts * term
    return counts * np.where(np.equal(counts, 0.0), 0.0, term)
