"""Is the scheme any good: shares of colours, goalposts from the inventory, stable orders."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.daily.inputs import DailyInputs
from scoring.daily.score import score_day
from scoring.levels import LEVELS, NO_DATA
from scoring.schemes.scheme import Scheme

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """Spearman rank correlations (draws,) of the order of towns under changed weights."""

    correlations: FloatArray

    @property
    def least(self) -> float:
        """Smallest correlation [-]."""
        return float(np.min(self.correlations))

    @property
    def median(self) -> float:
        """Median correlation [-]."""
        return float(np.median(self.correlations))


def level_shares(levels: NDArray[np.int8]) -> dict[str, float]:
    """Return the share of town-days of each level among those with one, and of no_data in all.

    Parameters
    ----------
    levels
        (days, n) -1 no_data, 0 green … 4 red.

    Returns
    -------
    Level code → 0 … 1; NaN for the levels when no town-day has one.

    Examples
    --------
    >>> level_shares(np.array([[0, 4], [-1, 0]]))["red"].__round__(4)
    0.3333
    """
    coloured = int((levels >= 0).sum())
    shares = {
        name: float((levels == number).sum() / coloured) if coloured else float("nan")
        for number, name in enumerate(LEVELS)
    }
    empty = float((levels == NO_DATA).mean()) if levels.size else float("nan")
    return shares | {"no_data": empty}


def propose_goalpost(values: FloatArray, percentile: float) -> float:
    """Return the percentile of a district's own inventory, rounded up to two digits.

    Linear interpolation between the towns that are known and not 0 (a town without the hazard
    says nothing about how much is much), then up to the next number of two significant digits.

    Parameters
    ----------
    values
        (n,) raw indicator by town, NaN unknown.
    percentile
        Percentile, 95 by default in the scheme.

    Returns
    -------
    Upper goalpost in the unit of the indicator; NaN without a town above 0.

    Examples
    --------
    >>> propose_goalpost(np.array([0.0, 10.0, 20.0, 31.0, np.nan]), 95)
    30.0
    """
    known = values[values > 0]
    if not len(known):
        return float("nan")
    value = float(np.percentile(known, percentile))
    step = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(np.round(np.ceil(np.round(value / step, 9)) * step, 12))


def rank_stability(
    inputs: DailyInputs,
    scheme: Scheme,
    rng: np.random.Generator,
    draws: int,
) -> Stability:
    """Return how stable the order of towns is when the weights change by up to ± 20 %.

    Each draw multiplies the sector weights, the exponents, the coefficients of the dynamic
    terms and the weights of the control parts by independent factors, uniform in
    1 ± ``scheme.calibration.weight_change``; weights and exponents are scaled back to sum 1.

    Parameters
    ----------
    inputs
        A typical day.
    scheme
        The scheme whose weights are changed.
    rng
        Source of the draws.
    draws
        Number of draws.

    Returns
    -------
    Correlations with the order under the scheme itself, over the towns that have a score in
    both; NaN where fewer than two have.
    """
    base = score_day(inputs, scheme).partial_score
    found = [
        spearman(base, score_day(inputs, _changed(scheme, rng)).partial_score) for _ in range(draws)
    ]
    return Stability(np.array(found))


def spearman(a: FloatArray, b: FloatArray) -> float:
    """Return the rank correlation of two scores, ties with their mean rank.

    Parameters
    ----------
    a, b
        (n,) NaN unknown; towns unknown in one are left out.

    Returns
    -------
    -1 … 1; NaN with fewer than two towns or when one order is constant.
    """
    known = ~(np.isnan(a) | np.isnan(b))
    if known.sum() < 2:
        return float("nan")
    first, second = (_ranks(values[known]) for values in (a, b))
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / size) if size > 0 else float("nan")


def _changed(scheme: Scheme, rng: np.random.Generator) -> Scheme:
    change = scheme.calibration.weight_change

    def draw(values: FloatArray) -> FloatArray:
        return values * rng.uniform(1.0 - change, 1.0 + change, len(values))

    weights = draw(scheme.weights)
    exponents = draw(scheme.exponents)
    parts = draw(np.array([part.weight for part in scheme.control_parts]))
    return replace(
        scheme,
        sectors=tuple(
            replace(sector, weight=float(weight))
            for sector, weight in zip(scheme.sectors, weights / weights.sum(), strict=True)
        ),
        exponents=exponents / exponents.sum(),
        dynamic=draw(scheme.dynamic),
        control_parts=tuple(
            replace(part, weight=float(weight))
            for part, weight in zip(scheme.control_parts, parts / parts.sum(), strict=True)
        ),
    )


def _ranks(values: FloatArray) -> FloatArray:
    """Return the rank of each value from 1 (k,); equal ones share their mean rank."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return ranks
