"""What moved since yesterday: differences that add up to the change of the score."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def change(today: FloatArray, yesterday: FloatArray) -> FloatArray:
    """Return today's contributions minus yesterday's; they sum to the change of the score.

    Parameters
    ----------
    today, yesterday
        (n, m, f) contributions of the same towns, sectors and factors; NaN where a town had
        no score.

    Returns
    -------
    (n, m, f) points; NaN for towns that lack one of the two scores.

    Raises
    ------
    ValueError
        When the arrays are not of the same shape.

    Examples
    --------
    >>> change(np.array([[[12.0, 5.0]]]), np.array([[[12.0, 2.0]]]))
    array([[[0., 3.]]])
    """
    if today.shape != yesterday.shape:
        raise ValueError(f"contributions of shapes {today.shape} and {yesterday.shape}")
    difference: FloatArray = today - yesterday
    known = np.asarray(~np.isnan(difference).any(axis=(1, 2)))
    return np.where(known[:, None, None], difference, np.nan)


def change_level(today: NDArray[np.int8], yesterday: NDArray[np.int8]) -> FloatArray:
    """Return the steps that each level moved, NaN where one of the days has none.

    Parameters
    ----------
    today, yesterday
        (n,) -1 no_data, 0 green … 4 red.
    """
    both = (today >= 0) & (yesterday >= 0)
    return np.where(both, today.astype(np.float64) - yesterday, np.nan)
