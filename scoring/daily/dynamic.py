"""What is going on today: weather W, backlog H, accidents A, special periods P."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def strongest_signals(
    signal_type: NDArray[np.integer],
    signal_level: NDArray[np.integer],
    covers: NDArray[np.bool_],
    n_weathers: int,
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return the highest level of each weather in each town, and which signal gives it.

    Parameters
    ----------
    signal_type
        (k,) index of the weather, -1 without effects.
    signal_level
        (k,) 1 blue … 4 red.
    covers
        (n, k) whether the signal holds in the town.
    n_weathers
        Number of weathers w of the scheme.

    Returns
    -------
    level
        (n, w) 0 none … 4 red.
    signal
        (n, w) index of the signal, the first of equals; -1 none.
    """
    n = covers.shape[0]
    level = np.zeros((n, n_weathers), dtype=np.int8)
    signal = np.full((n, n_weathers), -1, dtype=np.int64)
    for weather in np.unique(signal_type[signal_type >= 0]):
        own = np.flatnonzero(signal_type == weather)
        levels = np.where(covers[:, own], signal_level[own], 0)
        best = levels.argmax(axis=1)
        top = levels[np.arange(n), best]
        level[:, weather] = top
        signal[:, weather] = np.where(top > 0, own[best], -1)
    return level, signal


def weather_term(
    level: NDArray[np.int8],
    signal: NDArray[np.int64],
    effects: NDArray[np.int8],
    matrix: FloatArray,
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return W, the largest matrix(effect, level) over the active weathers (DOMAIN §11.1).

    Parameters
    ----------
    level, signal
        (n, w) from :func:`strongest_signals`.
    effects
        (w, m) effect 0 … 3 of each weather on each sector.
    matrix
        (4, 5) value by effect and level (column 0: no signal).

    Returns
    -------
    term
        (n, m) 0 … 1.
    by
        (n, m) index of the signal that gives it, -1 none.

    Examples
    --------
    >>> matrix = np.array([[0.0] * 5, [0, 0.1, 0.2, 0.3, 0.4], [0.0] * 5, [0.0] * 5])
    >>> weather_term(np.array([[3]]), np.array([[7]]), np.array([[1, 0]]), matrix)
    (array([[0.3, 0. ]]), array([[ 7, -1]]))
    """
    n, m = level.shape[0], effects.shape[1]
    term = np.zeros((n, m))
    by = np.full((n, m), -1, dtype=np.int64)
    for weather in np.flatnonzero(level.any(axis=0)):
        value = matrix[effects[weather][None, :], level[:, weather][:, None]]
        larger = value > term
        term = np.where(larger, value, term)
        by = np.where(larger, signal[:, weather][:, None], by)
    return term, by


def backlog_term(backlog: FloatArray, weights: FloatArray, scale: float) -> FloatArray:
    """Return H = clip((general + 3 overdue + 10 major + 20 major overdue) / 50) (DOMAIN §11.1).

    Unknown columns count as 0; that they are unknown is marked elsewhere, never hidden.

    Parameters
    ----------
    backlog
        (n, m, 4) open hidden dangers; each is in one column only.
    weights
        (4,) weights of the columns.
    scale
        Sum that counts as 1.

    Examples
    --------
    >>> backlog_term(np.array([[[10.0, 4, 1, 0]]]), np.array([1.0, 3, 10, 20]), 50)
    array([[0.64]])
    """
    total = np.nan_to_num(backlog, nan=0.0) @ weights
    return np.clip(total / scale, 0.0, 1.0)


def bounded_term(value: FloatArray) -> FloatArray:
    """Return A or P: 0 … 1, unknown as 0 (marked elsewhere)."""
    return np.clip(np.nan_to_num(value, nan=0.0), 0.0, 1.0)


def dynamic_factor(terms: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Return D = 1 + 0.8 W + 0.4 H + 0.3 A + 0.3 P, 1 … 2.8 by default (DOMAIN §11.1).

    Parameters
    ----------
    terms
        (n, m, 4) W, H, A, P, 0 … 1.
    coefficients
        (4,) of the terms.

    Returns
    -------
    (n, m) at least 1 [-].
    """
    factor: FloatArray = 1.0 + terms @ coefficients
    return factor
