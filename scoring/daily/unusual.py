"""How unusual today is for a town: its percentile among its own past scores."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def unusual(score: FloatArray, history: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return the share of a town's own past days that lie below today.

    Mid-rank for ties: (days below + half of the days equal) / days known.

    Parameters
    ----------
    score
        (n,) today, NaN unknown.
    history
        (days, n) past scores without today, NaN unknown.

    Returns
    -------
    percentile
        (n,) 0 … 1, NaN where today or the whole past is unknown.
    days
        (n,) past days that are known.

    Examples
    --------
    >>> unusual(np.array([3.0]), np.array([[1.0], [3.0], [2.0], [9.0]]))
    (array([0.625]), array([4]))
    """
    known = ~np.isnan(history)
    days = known.sum(axis=0)
    below = (history < score).sum(axis=0)
    equal = (history == score).sum(axis=0)
    share = (below + 0.5 * equal) / np.maximum(days, 1)
    return np.where((days > 0) & ~np.isnan(score), share, np.nan), days
