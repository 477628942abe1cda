"""Raw values to one scale: goalposts, min-max, z-score, rank, percentile.

All functions work along the last axis (the towns), leave unknown (NaN) unknown and return
higher = better for ``higher=True``. On goalposts a town's score depends on its own value alone;
on the other scales it moves when its neighbours move. OECD/JRC, Handbook on Constructing
Composite Indicators (2008), step 5.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SMALLEST = 1e-300
_SAME = 12
"""Digits, of the largest value, in which towns must differ to count as different."""


class Norm(StrEnum):
    """Ways to bring an indicator to a scale; all but the z-score end in 0 … 1."""

    GOALPOST = "goalpost"
    LOG_GOALPOST = "log_goalpost"
    MIN_MAX = "min_max"
    Z_SCORE = "z_score"
    RANK = "rank"
    PERCENTILE = "percentile"


@dataclass(frozen=True)
class Scale:
    """A norm with its goalposts, in the unit of the indicator; NaN where the norm has none."""

    norm: Norm
    zero: float = float("nan")
    full: float = float("nan")


def goalpost(x: FloatArray, zero: float, full: float) -> FloatArray:
    """Return clip((x - zero) / (full - zero)), 0 … 1; ``zero`` above ``full`` means less is better.

    Examples
    --------
    >>> goalpost(np.array([50.0, 70.0, 120.0, np.nan]), 60, 100)
    array([0.  , 0.25, 1.  ,  nan])
    >>> goalpost(np.array([0.5]), 2, 0)
    array([0.75])
    """
    score: FloatArray = np.clip((x - zero) / (full - zero), 0.0, 1.0)
    return score


def log_goalpost(x: FloatArray, zero: float, full: float) -> FloatArray:
    """Return clip(ln(x / zero) / ln(full / zero)), 0 … 1; both goalposts above 0.

    Examples
    --------
    >>> log_goalpost(np.array([4566.303831, 0.0]), 100, 75000).round(4)
    array([0.5772, 0.    ])
    """
    ratio = np.log(np.maximum(x, _SMALLEST) / zero) / np.log(full / zero)
    score: FloatArray = np.clip(ratio, 0.0, 1.0)
    return score


def min_max(x: FloatArray, *, higher: bool = True) -> FloatArray:
    """Return (x - min) / (max - min), 0 … 1; 0.5 for everybody where all are equal.

    Examples
    --------
    >>> min_max(np.array([2.0, 4.0, 10.0]))
    array([0.  , 0.25, 1.  ])
    """
    low = _least(x)
    width = -_least(-x) - low
    differs = width > _size(x) * 10.0**-_SAME
    score = np.where(differs, (x - low) / np.where(differs, width, 1.0), x * 0.0 + 0.5)
    return score if higher else 1.0 - score


def z_score(x: FloatArray, *, higher: bool = True) -> FloatArray:
    """Return (x - mean) / standard deviation (divisor: towns known); 0 where all are equal.

    Improving one town can move others by more than itself, so that the law "better never lowers
    a rank" does not hold on this scale.

    Examples
    --------
    >>> z_score(np.array([1.0, 3.0, np.nan]))
    array([-1.,  1., nan])
    """
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    away = x - np.where(known, x, 0.0).sum(axis=-1, keepdims=True) / count
    spread = np.sqrt(np.where(known, away**2, 0.0).sum(axis=-1, keepdims=True) / count)
    flat = spread <= _size(x) * 10.0**-_SAME
    score = np.where(flat, x * 0.0, away / np.where(flat, 1.0, spread))
    return score if higher else 0.0 - score


def rank_score(x: FloatArray, *, higher: bool = True) -> FloatArray:
    """Return 0 for the worst, 1 for the best, equal steps between; equal values share their mean.

    Examples
    --------
    >>> rank_score(np.array([5.0, 7.0, 7.0, 90.0, np.nan]))
    array([0. , 0.5, 0.5, 1. , nan])
    """
    ranks, count = _mean_ranks(x if higher else -x)
    return np.where(count > 1, (ranks - 1.0) / np.maximum(count - 1.0, 1.0), x * 0.0 + 0.5)


def percentile_score(x: FloatArray, *, higher: bool = True) -> FloatArray:
    """Return (worse towns + half of the equal ones, itself among them) / towns known.

    Examples
    --------
    >>> percentile_score(np.array([5.0, 7.0, 7.0, 90.0]))
    array([0.125, 0.5  , 0.5  , 0.875])
    """
    ranks, count = _mean_ranks(x if higher else -x)
    return (ranks - 0.5) / count


def normalise(x: FloatArray, scale: Scale, *, higher: bool = True) -> FloatArray:
    """Return an indicator on its scale.

    Parameters
    ----------
    x
        (..., n) in the unit of the indicator, NaN unknown.
    scale
        Norm and goalposts; goalposts carry the direction themselves.
    higher
        Whether more is better, for the norms without goalposts.

    Returns
    -------
    (..., n) [-], NaN where unknown.
    """
    if scale.norm is Norm.GOALPOST:
        return goalpost(x, scale.zero, scale.full)
    if scale.norm is Norm.LOG_GOALPOST:
        return log_goalpost(x, scale.zero, scale.full)
    relative = {
        Norm.MIN_MAX: min_max,
        Norm.Z_SCORE: z_score,
        Norm.RANK: rank_score,
        Norm.PERCENTILE: percentile_score,
    }
    return relative[scale.norm](x, higher=higher)


def _least(x: FloatArray) -> FloatArray:
    """Return the smallest known value (..., 1); infinity where none is known."""
    least: FloatArray = np.where(np.isnan(x), np.inf, x).min(axis=-1, keepdims=True)
    return np.where(np.isinf(least), np.nan, least)


def _size(x: FloatArray) -> FloatArray:
    """Return the largest known absolute value (..., 1), 0 where none is known."""
    size: FloatArray = np.where(np.isnan(x), 0.0, np.abs(x)).max(axis=-1, keepdims=True)
    return size


def _mean_ranks(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean ranks (..., n) from 1 for the smallest, and how many are known (..., 1)."""
    count = (~np.isnan(x)).sum(axis=-1, keepdims=True).astype(np.float64)
    size = _size(x)
    x = np.round(x / np.where(size > 0, size, 1.0), _SAME)
    order = np.argsort(x, axis=-1, kind="stable")
    ordered = np.take_along_axis(x, order, axis=-1)
    position = np.arange(1.0, x.shape[-1] + 1.0)
    differs = ordered[..., 1:] != ordered[..., :-1]
    edge = np.ones((*x.shape[:-1], 1), dtype=bool)
    first = np.where(np.concatenate([edge, differs], axis=-1), position, 0.0)
    last = np.where(np.concatenate([differs, edge], axis=-1), position, np.inf)
    first = np.maximum.accumulate(first, axis=-1)
    last = np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(x.shape)
    np.put_along_axis(ranks, order, (first + last) / 2.0, axis=-1)
    return np.where(np.isnan(x), np.nan, ranks), np.where(count > 0, count, np.nan)
