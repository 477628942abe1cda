"""Rates from few cases: per what, drawn towards the mean, and how far chance may carry them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Luck(StrEnum):
    """What is drawn of the chance behind a rate that was seen."""

    TRUE_RATE = "true_rate"
    """The rate that may truly be behind it: 7 of 7 may well be a true 90 %, never more than 100."""
    AGAIN = "again"
    """The rate that might as well have been seen, were the one seen the true one."""


class Sampling(StrEnum):
    """How the cases behind an indicator come about by chance."""

    BINOMIAL = "binomial"
    POISSON = "poisson"


@dataclass(frozen=True)
class Shrink:
    """Rates from fewer than ``below`` cases are drawn to the mean with ``prior`` cases' weight.

    ``mean`` is a mean fixed beforehand (of the last quarter, say); None takes that of the rates
    themselves. Only a fixed mean keeps the law that improving one's own figure never worsens
    one's rank: a moving one lifts the small neighbours, also when one's own score is already full.
    """

    below: float = 5.0
    prior: float = 5.0
    mean: float | None = None


def per(x: FloatArray, base: FloatArray, units: float = 1.0) -> FloatArray:
    """Return x per ``units`` of the base; unknown where the base is unknown or not above 0.

    Examples
    --------
    >>> per(np.array([3.0, 1.0, 0.0]), np.array([60000.0, 0.0, 5000.0]), 10000)
    array([0.5, nan, 0. ])
    """
    return np.where(base > 0, x * units / np.where(base > 0, base, 1.0), np.nan)


def shrunk(x: FloatArray, cases: FloatArray, rule: Shrink) -> FloatArray:
    """Return (n·x + prior·m) / (n + prior) where n < below, else x (DOMAIN §11.3).

    m is the mean of the district, each town with the weight of its cases, or the rule's own. A
    town without a case has no rate and stays unknown; one whose cases nobody knows keeps its rate.

    Parameters
    ----------
    x
        (..., n) rates, NaN unknown.
    cases
        (n,) or (..., n) cases behind each rate, NaN unknown.
    rule
        Below how many cases, and with what weight.

    Returns
    -------
    (..., n) rates.

    Examples
    --------
    >>> shrunk(np.array([100.0, 80.0]), np.array([1.0, 19.0]), Shrink())
    array([84.16666667, 80.        ])
    """
    known = ~np.isnan(x) & ~(cases <= 0)
    weight = np.where(known & (cases > 0), cases, 0.0)
    total = weight.sum(axis=-1, keepdims=True)
    mean = (weight * np.where(known, x, 0.0)).sum(axis=-1, keepdims=True)
    mean = mean / np.where(total > 0, total, 1.0)
    target = mean if rule.mean is None else rule.mean
    drawn = (cases * x + rule.prior * target) / (cases + rule.prior)
    return np.where(known, np.where(cases < rule.below, drawn, x), np.nan)


def draw_rates(
    x: FloatArray,
    cases: FloatArray,
    kind: Sampling,
    whole: float,
    *,
    draws: int,
    rng: np.random.Generator,
    luck: Luck = Luck.TRUE_RATE,
) -> FloatArray:
    """Return rates as they might be, given that chance gave the ones seen.

    True rate, binomial: p ~ Beta(k + ½, n - k + ½) with k = n·x/whole good cases of n. Poisson:
    events k = x·cases/whole, rate ~ Gamma(k + ½)·whole/cases. ½ is Jeffreys' prior: 3 of 3 is
    not proof of 100 %. The draws are therefore not centred on x where the cases are few.

    Again: k ~ Binomial(n, x/whole) or Poisson(k), over n. Centred on x; 3 of 3 stays 3 of 3.

    Parameters
    ----------
    x
        (n,) rates, NaN unknown.
    cases
        (n,) cases (binomial) or exposure (Poisson), NaN unknown.
    kind
        Binomial for shares, Poisson for events per exposure.
    whole
        The rate that stands for 1: 100 for per cent, 10000 for "per 10,000 heads".
    draws
        Number of draws.
    rng
        Source of chance.
    luck
        What is drawn.

    Returns
    -------
    (draws, n) in the unit of x; NaN where x is unknown, x itself where the cases are.
    """
    sure = np.isnan(x) | ~(cases > 0)
    n = np.where(sure, 1.0, cases)
    k = np.where(sure, 0.0, x * n / whole)
    size = (draws, len(x))
    if luck is Luck.AGAIN:
        rates = _again(k, n, kind, size, rng) * whole / n
    elif kind is Sampling.BINOMIAL:
        k = np.clip(k, 0.0, n)
        rates = rng.beta(k + 0.5, n - k + 0.5, size) * whole
    else:
        rates = rng.standard_gamma(np.maximum(k, 0.0) + 0.5, size) * whole / n
    return np.where(sure, x, rates)


def _again(
    k: FloatArray,
    n: FloatArray,
    kind: Sampling,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> FloatArray:
    """Return counts (draws, n) as chance might give them once more; n may be a broken number."""
    if kind is Sampling.POISSON:
        return rng.poisson(np.maximum(k, 0.0), size).astype(np.float64)
    whole = np.maximum(np.round(n), 1.0)
    found = rng.binomial(whole.astype(np.int64), np.clip(k / n, 0.0, 1.0), size)
    return found.astype(np.float64) * n / whole
