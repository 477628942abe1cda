"""The five colours as numbers, the bands of the score, and the names of the rules."""

import numpy as np
from numpy.typing import NDArray

LEVELS = ("green", "blue", "yellow", "orange", "red")
"""Level codes by number; -1 is no_data."""
NO_DATA = -1
RULES = ("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9")
"""Escalation rules of DOMAIN §11.2 by number."""


def level_name(level: int) -> str:
    """Return the code of a level number.

    Examples
    --------
    >>> level_name(4), level_name(-1)
    ('red', 'no_data')
    """
    return "no_data" if level == NO_DATA else LEVELS[level]


def level_of_score(score: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the band in which each score lies; NaN gives -1.

    A score on an edge belongs to the higher band (DOMAIN §11.1: ≥ 80 red … < 35 green); scores
    are compared to 1e-9, so that the last bit of a machine's arithmetic decides no colour.

    Parameters
    ----------
    score
        (n,) 0 … 100.
    edges
        (4,) lower edges of blue, yellow, orange, red.

    Returns
    -------
    (n,) 0 green … 4 red, -1 unknown.

    Examples
    --------
    >>> level_of_score(np.array([34.999, 35.0, 80.0, np.nan]), np.array([35.0, 50, 65, 80]))
    array([ 0,  1,  4, -1], dtype=int8)
    """
    band = np.searchsorted(edges, np.round(score, 9), side="right").astype(np.int8)
    return np.where(np.isnan(score), np.int8(NO_DATA), band)


def distance_to_bands(
    score: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points to the next worse and to the next better band.

    Parameters
    ----------
    score
        (n,) 0 … 100 or NaN.
    edges
        (4,) lower edges of blue, yellow, orange, red.

    Returns
    -------
    to_worse
        (n,) points up to the next edge; NaN for red and unknown.
    to_better
        (n,) points down to the lower edge of the band; the score has to fall by more than
        this. NaN for green and unknown.
    """
    band = level_of_score(score, edges)
    bounds = np.concatenate([[np.nan], edges, [np.nan]])
    safe = np.maximum(band, 0)
    return bounds[safe + 1] - score, score - bounds[safe]
