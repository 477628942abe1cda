"""How well a town is controlled: the weekly index, closed hidden dangers, devices on line."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def control_factor(
    parts: FloatArray,
    weights: FloatArray,
    base: float,
    span: float,
    neutral: float,
) -> FloatArray:
    """Return C = 0.75 + 0.5 · (0.6 index/100 + 0.2 closure + 0.2 online) (DOMAIN §11.1).

    The weights are re-scaled over the known parts; where none is known C is neutral.

    Parameters
    ----------
    parts
        (n, 3) index / 100, closure and on-line rate, 0 … 1 or NaN; clipped.
    weights
        (3,) weights of the parts; they sum to 1.
    base, span
        C of no control at all, and what full control adds.
    neutral
        C where nothing is known.

    Returns
    -------
    (n,) 0.75 … 1.25 by default [-]; the sector risk is divided by it.

    Examples
    --------
    >>> parts = np.array([[0.84, 0.90, 0.95], [np.nan] * 3, [0.8, np.nan, np.nan]])
    >>> control_factor(parts, np.array([0.6, 0.2, 0.2]), 0.75, 0.5, 1.0)
    array([1.187, 1.   , 1.15 ])
    """
    known = ~np.isnan(parts)
    total = (known * weights).sum(axis=1)
    value = (np.clip(np.nan_to_num(parts, nan=0.0), 0.0, 1.0) * weights).sum(axis=1)
    share = value / np.where(total > 0, total, 1.0)
    return np.where(total > 0, base + span * share, neutral)
