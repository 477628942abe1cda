"""A town against the others: what costs it most points, what would gain most, where it is weakest.

    lost = points open · (best score - own score);  gain = points open · (reach - own score)

Both are in the town's own points: where a missing indicator left its points to the others, they
weigh more for this town. The reach is the score of a raw value at the full goalpost with the cases
that the town has: few cases are drawn to the usual rate there too, and what only time brings back
(accidents) is no gain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.weekly.index import WeekScores
from scoring.weekly.parts import Weekly

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NOBODY = -1
"""Index of a town where there is none (nobody has the indicator), of an aspect likewise."""

_SAME = 1e-9


@dataclass(frozen=True)
class Costs:
    """Points lost against the best town; ties for the best go to the better index, then order.

    Parameters
    ----------
    lost
        (n, 25) points, NaN where the indicator or its aspect is unknown; 0 for the best.
    best
        (25,) position of the best town, `NOBODY` where nobody has a score.
    best_points
        (25,) what the best town's value is worth of the scheme's points, NaN for nobody.
    """

    lost: FloatArray
    best: IntArray
    best_points: FloatArray


def costs(weekly: Weekly, scores: WeekScores) -> Costs:
    """Return what every indicator costs every town against the best town of that indicator."""
    top = _largest(scores.score01)
    index = np.where(np.isnan(scores.index), -np.inf, scores.index)[:, None]
    level = np.where(scores.score01 >= top - _SAME, index, np.nan)
    known = ~np.isnan(level)
    best = np.argmax(known & (level >= _largest(level) - _SAME), axis=0)
    best = np.where(known.any(axis=0), best, NOBODY)
    lost = scores.of * np.maximum(top - scores.score01, 0.0)
    return Costs(lost, best, top * _nominal(weekly))


def costliest(found: Costs, k: int = 3) -> IntArray:
    """Return the indicators (n, k) that cost most, the dearest first; `NOBODY` where none does.

    Equal costs keep the order of the scheme.
    """
    return _largest_first(found.lost)[:, :k]


def weakest(scores: WeekScores) -> IntArray:
    """Return the aspect (n,) with the least share of its points, `NOBODY` if none is known.

    Equal shares keep the order of the scheme.
    """
    share = scores.aspects / scores.aspect_of
    share = np.where(np.isnan(share), np.inf, share)
    least = share.min(axis=1, keepdims=True)
    return np.where(np.isinf(least[:, 0]), NOBODY, np.argmax(share <= least + _SAME, axis=1))


def gains(scores: WeekScores, idle: BoolArray | None = None) -> FloatArray:
    """Return the points of the index (n, 25) that a raw value in full would gain, before any cap.

    0 where the raw value is in full already, where nothing was due, and where what was lost comes
    back only with time. NaN where the indicator is missing or the town has no index.

    Parameters
    ----------
    idle
        (n, 25) where nothing was due and the usual rate stands in; None: nowhere.
    """
    gain = scores.of * np.maximum(scores.reach01 - scores.score01, 0.0)
    if idle is not None:
        gain = np.where(idle, 0.0 * gain, gain)
    return np.where(np.isnan(scores.before_caps)[:, None], np.nan, gain)


def most_gaining(scores: WeekScores, idle: BoolArray | None = None) -> IntArray:
    """Return the indicators (n, 25) by gain, largest first; `NOBODY` where nothing is gained."""
    return _largest_first(gains(scores, idle))


def medians(weekly: Weekly, scores: WeekScores) -> FloatArray:
    """Return the median (25,) of the points over the towns that have them, NaN if nobody has.

    In the scheme's points, as if nothing were missing.
    """
    return _median(scores.score01) * _nominal(weekly)


def department_shares(weekly: Weekly, scores: WeekScores) -> FloatArray:
    """Return points got / points open (n, d) of the indicators of each department.

    In the order of `weekly.departments`; NaN where a town has none of them.
    """
    owner = np.array([one.department for one in weekly.indicators])
    own = [owner == name for name in weekly.departments]
    known = ~np.isnan(scores.points)
    got = np.stack([np.where(known, scores.points, 0.0)[:, mine].sum(axis=1) for mine in own], 1)
    of = np.stack([np.where(known, scores.of, 0.0)[:, mine].sum(axis=1) for mine in own], 1)
    return np.where(of > 0, got / np.where(of > 0, of, 1.0), np.nan)


def _largest_first(points: FloatArray) -> IntArray:
    """Return the columns (n, 25) by points, largest first; `NOBODY` where there are none."""
    known = np.round(np.nan_to_num(points), 9)
    order = np.argsort(-known, axis=1, kind="stable")
    return np.where(np.take_along_axis(known, order, axis=1) > 0, order, NOBODY)


def _nominal(weekly: Weekly) -> FloatArray:
    return np.array([one.points for one in weekly.indicators])


def _largest(x: FloatArray) -> FloatArray:
    """Return the largest known value of each column, NaN where none is known."""
    known = ~np.isnan(x)
    largest: FloatArray = np.where(known, x, -np.inf).max(axis=0, initial=-np.inf)
    return np.where(known.any(axis=0), largest, np.nan)


def _median(x: FloatArray) -> FloatArray:
    """Return the median of the known values of each column, NaN where none is known."""
    ordered = np.sort(x, axis=0)
    count = (~np.isnan(x)).sum(axis=0)
    if len(x) == 0:
        return np.full(x.shape[1], np.nan)
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    high = np.minimum(high, len(x) - 1)
    columns = np.arange(x.shape[1])
    middle: FloatArray = (ordered[low, columns] + ordered[high, columns]) / 2.0
    return np.where(count > 0, middle, np.nan)
