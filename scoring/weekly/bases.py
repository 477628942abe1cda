"""The same index over many weeks: two months, the year; by town and by department.

Everything is a mean over the weeks in which it is known. What costs a town points on a basis is
judged on the means, as in one week: mean points open · (best mean score - own mean score).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.composite.ranking import places
from scoring.weekly.comparison import department_shares
from scoring.weekly.index import WeekScores, levels
from scoring.weekly.parts import Weekly

FloatArray = NDArray[np.float64]

_TINY = 1e-9


@dataclass(frozen=True)
class Basis:
    """Means over weeks, by town (n,): index, rank 1, 2, 2, 4, colour, and weeks that count."""

    index: FloatArray
    rank: FloatArray
    level: tuple[str, ...]
    weeks: NDArray[np.int64]


@dataclass(frozen=True)
class WeekPoints:
    """What towns got in some weeks, oldest first; NaN unknown.

    Parameters
    ----------
    score01, points, of
        (w, n, k) score, points got and points open of each indicator.
    share
        (w, n, a) share of the points of each aspect.
    """

    score01: FloatArray
    points: FloatArray
    of: FloatArray
    share: FloatArray

    def of_weeks(self, counted: NDArray[np.bool_]) -> "WeekPoints":
        """Return only the weeks (w,) that count."""
        return WeekPoints(
            self.score01[counted], self.points[counted], self.of[counted], self.share[counted]
        )

    def with_week(self, scores: WeekScores) -> "WeekPoints":
        """Return the weeks and a newer one after them."""
        share = scores.aspects / scores.aspect_of
        return WeekPoints(
            np.concatenate([self.score01, scores.score01[None]]),
            np.concatenate([self.points, scores.points[None]]),
            np.concatenate([self.of, scores.of[None]]),
            np.concatenate([self.share, share[None]]),
        )


def basis(weekly: Weekly, indexes: FloatArray) -> Basis:
    """Return the mean of the published indexes of each town.

    Parameters
    ----------
    weekly
        Weekly tables of a scheme.
    indexes
        (w, n) published index of each week and town, NaN unknown.

    Returns
    -------
    NaN and "no_data" where a town has fewer than `least_weeks_share` of the w weeks. Ranks are
    of means to one decimal; bands are those of the week.
    """
    weeks = (~np.isnan(indexes)).sum(axis=0)
    total = np.where(np.isnan(indexes), 0.0, indexes).sum(axis=0)
    enough = (weeks > 0) & (weeks >= weekly.least_weeks_share * len(indexes) - _TINY)
    mean = np.where(enough, total / np.maximum(weeks, 1), np.nan)
    return Basis(mean, places(mean, weekly.decimals), levels(weekly, mean), weeks)


def mean_scores(
    weekly: Weekly, scores: WeekScores, index: FloatArray, points: WeekPoints
) -> WeekScores:
    """Return the means of some weeks as scores of one, for `costs`, `costliest` and `weakest`.

    Parameters
    ----------
    scores
        Those of any week; only its index, scores, points open and aspects are replaced.
    index
        (n,) mean index (see `basis`), NaN unknown.
    points
        The weeks of the basis.
    """
    nominal = np.array([one.points for one in weekly.aspects])
    share = known_mean(points.share, axis=0)
    return replace(
        scores,
        index=index,
        score01=known_mean(points.score01, axis=0),
        of=known_mean(points.of, axis=0),
        aspects=share * nominal,
        aspect_of=np.broadcast_to(nominal, share.shape),
    )


def department_means(weekly: Weekly, scores: WeekScores, points: WeekPoints) -> FloatArray:
    """Return the share (w, d) of each week's points of each department, mean over the towns."""
    weeks, towns, codes = points.points.shape
    flat = replace(scores, points=points.points.reshape(-1, codes), of=points.of.reshape(-1, codes))
    shares = department_shares(weekly, flat).reshape(weeks, towns, -1)
    return known_mean(shares, axis=1)


def known_mean(x: FloatArray, axis: int) -> FloatArray:
    """Return the mean of the known values along an axis, NaN where none is known."""
    known = ~np.isnan(x)
    count = known.sum(axis=axis)
    total = np.where(known, x, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
