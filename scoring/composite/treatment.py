"""Outliers: how far a value counts. Fitted once on the data, then applied to any draw of them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from scoring.composite.faults import CompositeError

FloatArray = NDArray[np.float64]


class Method(StrEnum):
    """What is done to outliers."""

    PERCENTILES = "percentiles"
    POINTS = "points"
    BOX_COX = "box_cox"
    LOG = "log"


@dataclass(frozen=True)
class Treatment:
    """A method and its parameters.

    ``percentiles`` pulls values outside ``low`` … ``high`` (percentiles) to them. ``points`` pulls
    in single values, at most ``most_points``, while |skewness| > ``skew`` and kurtosis >
    ``kurtosis`` (OECD/JRC handbook, step 4). ``box_cox`` takes ``power`` or, without one, the most
    likely; it and ``log`` add ``offset`` first.
    """

    method: Method
    low: float = 2.5
    high: float = 97.5
    most_points: int = 5
    skew: float = 2.0
    kurtosis: float = 3.5
    power: float | None = None
    offset: float = 0.0


@dataclass(frozen=True)
class Fitted:
    """A treatment with its numbers: limits in the unit of the data, power of Box-Cox or None."""

    low: float = -np.inf
    high: float = np.inf
    power: float | None = None
    offset: float = 0.0


def fit(x: FloatArray, treatment: Treatment | None) -> Fitted:
    """Return the numbers of a treatment for the values of one indicator (n,), NaN unknown.

    Raises
    ------
    CompositeError
        If a value plus the offset is not above 0 where a logarithm or power is asked for.
    """
    known = x[~np.isnan(x)]
    if treatment is None or not len(known):
        return Fitted()
    if treatment.method is Method.PERCENTILES:
        low, high = np.percentile(known, [treatment.low, treatment.high])
        return Fitted(float(low), float(high))
    if treatment.method is Method.POINTS:
        return _limits_by_points(known, treatment)
    shifted = known + treatment.offset
    if (shifted <= 0).any():
        value = float(known.min())
        raise CompositeError([f"取对数或幂的指标有不大于 0 的值 {value:g}，请设更大的 offset"])
    power = 0.0 if treatment.method is Method.LOG else treatment.power
    if power is None:
        power = float(stats.boxcox_normmax(shifted, method="mle")) if np.ptp(shifted) > 0 else 1.0
    return Fitted(power=power, offset=treatment.offset)


def apply(x: FloatArray, fitted: Fitted) -> FloatArray:
    """Return treated values (..., n); the order of towns never changes but for ties at a limit.

    Box-Cox: ((x + offset)^power - 1) / power, the logarithm at power 0.

    Examples
    --------
    >>> apply(np.array([1.0, 50.0]), Fitted(0.0, 9.0))
    array([1., 9.])
    >>> apply(np.array([1.0, np.e]), Fitted(power=0.0))
    array([0., 1.])
    """
    if fitted.power is None:
        return np.clip(x, fitted.low, fitted.high)
    shifted = np.maximum(x + fitted.offset, np.finfo(np.float64).tiny)
    if fitted.power == 0.0:
        return np.log(shifted)
    changed: FloatArray = np.expm1(fitted.power * np.log(shifted)) / fitted.power
    return changed


def _limits_by_points(known: FloatArray, treatment: Treatment) -> Fitted:
    values = np.sort(known)
    low, high = 0, len(values) - 1
    for _ in range(treatment.most_points):
        kept = np.clip(values, values[low], values[high])
        if np.ptp(kept) == 0:
            break
        skew, kurtosis = float(stats.skew(kept)), float(stats.kurtosis(kept))
        if abs(skew) <= treatment.skew or kurtosis <= treatment.kurtosis:
            break
        low, high = (low, high - 1) if skew > 0 else (low + 1, high)
    return Fitted(float(values[low]), float(values[high]))
