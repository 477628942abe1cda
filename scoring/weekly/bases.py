"""The same index over many weeks: two months, the year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.composite.ranking import places
from scoring.weekly.index import levels
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
