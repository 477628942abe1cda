"""Places 1, 2, 2, 4 on rounded values, and bands of colour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_TINY = 1e-9


@dataclass(frozen=True)
class Bands:
    """Bands from worst to best: band i + 1 begins at ``floors[i]``, itself included or not."""

    floors: tuple[float, ...]
    inclusive: tuple[bool, ...]


def rounded(x: FloatArray, decimals: int = 1) -> FloatArray:
    """Return values rounded half away from zero, as people do by hand: 90.05 → 90.1, -0.25 → -0.3.

    What lies within 1e-9 of the last digit under a half counts as the half, so that 90.05, which
    a computer holds as 90.0499999…, goes up.

    Examples
    --------
    >>> rounded(np.array([90.05, 90.04, 2.25, -0.25, np.nan]))
    array([90.1, 90. ,  2.3, -0.3,  nan])
    """
    unit = 10.0**decimals
    return np.copysign(np.floor(np.abs(x) * unit + 0.5 + _TINY) / unit, x)


def places(score: FloatArray, decimals: int = 1) -> FloatArray:
    """Return competition ranks along the last axis: 1 is best, equals share the better place.

    Parameters
    ----------
    score
        (..., n) higher = better, NaN unknown.
    decimals
        Scores are compared after :func:`rounded` to as many.

    Returns
    -------
    (..., n) 1, 2, 2, 4, …; NaN for towns without a score.

    Examples
    --------
    >>> places(np.array([80.0, 90.04, 89.95, 99.0, np.nan]))
    array([ 4.,  2.,  2.,  1., nan])
    """
    value = rounded(score, decimals)
    order = np.argsort(-value, axis=-1, kind="stable")
    ordered = np.take_along_axis(value, order, axis=-1)
    first = np.ones(value.shape, dtype=bool)
    first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    position = np.where(first, np.arange(1, value.shape[-1] + 1), 1)
    ranks = np.empty(value.shape)
    np.put_along_axis(ranks, order, np.maximum.accumulate(position, axis=-1), axis=-1)
    return np.where(np.isnan(value), np.nan, ranks)


def band_of(score: FloatArray, bands: Bands) -> NDArray[np.int64]:
    """Return the band of each score, 0 the worst, -1 unknown; edges are compared to 1e-9.

    Examples
    --------
    >>> weekly = Bands((60.0, 80.0, 90.0, 95.0), (True, True, False, True))
    >>> band_of(np.array([95, 94.99, 90.01, 90, 80, 79.99, 60, 59.9]), weekly).tolist()
    [4, 3, 3, 2, 2, 1, 1, 0]
    """
    band = np.zeros(np.shape(score), dtype=np.int64)
    for floor, inclusive in zip(bands.floors, bands.inclusive, strict=True):
        band += score >= floor - _TINY if inclusive else score > floor + _TINY
    return np.where(np.isnan(score), -1, band)
