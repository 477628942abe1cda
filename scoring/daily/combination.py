"""From sector risks to one score, split into contributions that add up to it."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def dominant_sector(x: FloatArray) -> NDArray[np.int64]:
    """Return the sector with the largest x, the first of equals; -1 where nothing is known.

    Parameters
    ----------
    x
        (n, m) sector risk, NaN unknown.
    """
    filled = np.where(np.isnan(x), -np.inf, x)
    best = filled.argmax(axis=1)
    return np.where(np.isnan(x).all(axis=1), -1, best)


def sector_points(
    known: NDArray[np.bool_],
    dominant: NDArray[np.int64],
    weights: FloatArray,
    max_share: float,
    mean_share: float,
) -> FloatArray:
    """Return the points that r = 1 of each sector gives: 100 (0.5 [dominant] + 0.5 w / Σw).

    Parameters
    ----------
    known
        (n, m) whether the sector is known; Σw runs over the known sectors.
    dominant
        (n,) from :func:`dominant_sector`.
    weights
        (m,) weights of the sectors.
    max_share, mean_share
        Shares of the largest sector and of the weighted mean; they sum to 1.

    Returns
    -------
    (n, m) points, 0 for an unknown sector.
    """
    own = np.where(known, weights, 0.0)
    total = own.sum(axis=1, keepdims=True)
    mean = own / np.where(total > 0, total, 1.0)
    largest = np.arange(known.shape[1]) == dominant[:, None]
    points: FloatArray = 100.0 * (max_share * largest + mean_share * mean)
    return points


def split_contributions(
    points: FloatArray,
    inherent: FloatArray,
    terms: FloatArray,
    coefficients: FloatArray,
    control: FloatArray,
) -> FloatArray:
    """Return points by sector and factor; their sum is the score.

    r = min(1, I·D/C) is split as I + 0.8 W·I + 0.4 H·I + 0.3 A·I + 0.3 P·I + I·D·(1/C - 1)
    - what lies above 1, and every part is multiplied by the points of the sector.

    Parameters
    ----------
    points
        (n, m) from :func:`sector_points`.
    inherent
        (n, m) I, NaN unknown (contributes 0).
    terms
        (n, m, 4) W, H, A, P.
    coefficients
        (4,) of the terms.
    control
        (n,) C.

    Returns
    -------
    (n, m, 7) in the order of :data:`scoring.daily.results.FACTORS`.
    """
    base = np.nan_to_num(inherent, nan=0.0)
    dynamic = base[:, :, None] * (terms * coefficients)
    before = base + dynamic.sum(axis=2)
    after = before / control[:, None]
    excess = np.maximum(after - 1.0, 0.0)
    parts = np.concatenate(
        [base[:, :, None], dynamic, (after - before)[:, :, None], -excess[:, :, None]], axis=2
    )
    contributions: FloatArray = points[:, :, None] * parts
    return contributions
