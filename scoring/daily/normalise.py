"""Raw indicators to 0 … 1 between fixed goalposts; unknown stays unknown."""

import numpy as np
from numpy.typing import NDArray

from scoring.schemes.parts import Goalpost, Hazard

FloatArray = NDArray[np.float64]

_SMALLEST = 1e-9


def linear(x: FloatArray, lo: float, hi: float) -> FloatArray:
    """Return clip((x - lo) / (hi - lo)), 0 … 1 [-] (DOMAIN §11.1).

    Examples
    --------
    >>> linear(np.array([0.0, 18.0, 90.0, np.nan]), 0, 60)
    array([0. , 0.3, 1. , nan])
    """
    return _unit((x - lo) / (hi - lo))


def log1p(x: FloatArray, hi: float) -> FloatArray:
    """Return clip(log(1 + x) / log(1 + hi)), 0 … 1 [-] (DOMAIN §11.1, h1 and h4).

    Examples
    --------
    >>> log1p(np.array([85.6]), 200).round(4)
    array([0.8412])
    """
    ratio = np.log1p(np.maximum(x, 0.0)) / np.log1p(hi)
    return _unit(ratio)


def log(x: FloatArray, lo: float, hi: float) -> FloatArray:
    """Return clip(log(x / lo) / log(hi / lo)), 0 … 1 [-] (DOMAIN §11.1, e).

    Examples
    --------
    >>> log(np.array([6000.0, 500.0, 0.0]), 500, 30000).round(4)
    array([0.6069, 0.    , 0.    ])
    """
    ratio = np.log(np.maximum(x, _SMALLEST) / lo) / np.log(hi / lo)
    return _unit(ratio)


def normalise(x: FloatArray, goalpost: Goalpost | Hazard) -> FloatArray:
    """Return an indicator on the scale of its goalpost.

    Parameters
    ----------
    x
        (n,) in the unit of the goalpost, NaN unknown.
    goalpost
        Norm and goalposts from the scheme.

    Returns
    -------
    (n,) 0 … 1, NaN where unknown.
    """
    if goalpost.norm == "log1p":
        return log1p(x, goalpost.hi)
    if goalpost.norm == "log":
        return log(x, goalpost.lo, goalpost.hi)
    return linear(x, goalpost.lo, goalpost.hi)


def _unit(ratio: FloatArray) -> FloatArray:
    return np.clip(ratio, 0.0, 1.0)
