"""How sure a town's rank and colour are, and which choice moves the ranks most.

Ranks are drawn over weights, chance, norms and means; colours only over weights, chance and
means, since the bands hold for the goalposts as given. Chance is what might as well have been
seen (`Luck.AGAIN`): drawn as the true rate behind it, a town of 95 would hardly ever be drawn at
95, for a rate of 100 % can only be worse in truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.composite.aggregation import Mean
from scoring.composite.normalisation import Norm
from scoring.composite.ranking import rounded
from scoring.composite.sensitivity import Sobol
from scoring.composite.sensitivity import which_choice_moves as moves
from scoring.composite.small_counts import Luck
from scoring.composite.uncertainty import Doubts, Study, how_sure, prepare
from scoring.weekly.index import bands_of, data_of, root_of
from scoring.weekly.parts import Weekly

FloatArray = NDArray[np.float64]

ROWS = 256
"""Rows of the plan behind the Sobol indices, a power of two."""


@dataclass(frozen=True)
class WeekSureness:
    """Ranks and colours under doubt; all arrays by town, NaN where a town has no index.

    Parameters
    ----------
    rank_low, rank_median, rank_high
        (n,) the middle share (`interval` of the scheme) of the ranks drawn.
    in_band
        (n, 5) probability of each colour in the order of the scheme (green first).
    without
        (n,) probability of no index at all.
    draws
        (draws, n) indexes drawn for the colours, after caps.
    levels, decimals, previous
        Colours in the order of the scheme, digits of the index, index (n,) of last week.
    """

    rank_low: FloatArray
    rank_median: FloatArray
    rank_high: FloatArray
    in_band: FloatArray
    without: FloatArray
    draws: FloatArray
    levels: tuple[str, ...]
    decimals: int
    previous: FloatArray

    def at_or_worse(self, level: str) -> FloatArray:
        """Return the probability (n,) of this colour or a worse one, NaN without an index.

        Raises
        ------
        ValueError
            If the scheme has no such colour.
        """
        share = self.in_band[:, self.levels.index(level) :].sum(axis=1)
        return np.where(self._known, np.minimum(share, 1.0), np.nan)

    def last_and_below(self, index: float) -> FloatArray:
        """Return the probability (n,) of being last, alone or with others, and below an index.

        Where only one town has an index nobody is last.
        """
        value = rounded(self.draws, self.decimals)
        known = ~np.isnan(value)
        worst = np.where(known, value, np.inf).min(axis=1, keepdims=True, initial=np.inf)
        several = known.sum(axis=1, keepdims=True) > 1
        held = (value <= worst) & several & (self.draws < index - 1e-9)
        return np.where(self._known, held.mean(axis=0), np.nan)

    def fell(self, points: float) -> FloatArray:
        """Return the probability (n,) of a fall by so much or more against last week.

        NaN where this week or last week is unknown.
        """
        held = self.previous - self.draws >= points - 1e-9
        return np.where(self._known & ~np.isnan(self.previous), held.mean(axis=0), np.nan)

    @property
    def _known(self) -> NDArray[np.bool_]:
        return self.without < 1.0


def how_sure_week(
    weekly: Weekly,
    values: Mapping[str, FloatArray],
    cases: Mapping[str, FloatArray] | None = None,
    usual: Mapping[str, float] | None = None,
    caps: FloatArray | None = None,
    *,
    previous: FloatArray | None = None,
) -> WeekSureness:
    """Return how sure ranks and colours are; the same scheme and data give the same answer.

    Parameters
    ----------
    weekly, values, cases, usual, caps
        As for :func:`scoring.weekly.index.weekly_index`.
    previous
        (n,) published index of last week, NaN unknown; None: there is none.

    Raises
    ------
    CompositeError, ValueError
        As :func:`scoring.weekly.index.weekly_index`.
    """
    doubting, bands = weekly.doubting, bands_of(weekly)
    given = (weekly, values, cases, usual, caps)
    for_ranks = _study(*given, norms=doubting.norms, means=doubting.means)
    for_colours = _study(*given, norms=(None,), means=doubting.colour_means)
    ranks, colours = (
        how_sure(
            study,
            doubting.draws,
            doubting.seed,
            bands,
            level=doubting.interval,
            decimals=weekly.decimals,
        )
        for study in (for_ranks, for_colours)
    )
    n = colours.scores.shape[1]
    return WeekSureness(
        rank_low=ranks.low,
        rank_median=ranks.median,
        rank_high=ranks.high,
        in_band=colours.in_band[::-1].T,
        without=colours.without,
        draws=colours.scores,
        levels=tuple(band.level for band in weekly.bands),
        decimals=weekly.decimals,
        previous=np.full(n, np.nan) if previous is None else np.asarray(previous, np.float64),
    )


def which_choice_moves(
    weekly: Weekly,
    values: Mapping[str, FloatArray],
    cases: Mapping[str, FloatArray] | None = None,
    usual: Mapping[str, float] | None = None,
    caps: FloatArray | None = None,
    *,
    rows: int = ROWS,
) -> Sobol | None:
    """Return how much each kind of choice moves the ranks: "weight", "norm", "mean", "luck".

    None where nothing is in doubt.
    """
    asked = weekly.doubting
    study = _study(weekly, values, cases, usual, caps, norms=asked.norms, means=asked.means)
    if not study.factors:
        return None
    return moves(study, rows, weekly.doubting.seed, decimals=weekly.decimals)


def _study(
    weekly: Weekly,
    values: Mapping[str, FloatArray],
    cases: Mapping[str, FloatArray] | None,
    usual: Mapping[str, float] | None,
    caps: FloatArray | None,
    *,
    norms: tuple[Norm | None, ...],
    means: tuple[Mean | None, ...],
) -> Study:
    doubting = weekly.doubting
    doubts = Doubts(weight_change=doubting.weight_change, norms=norms, means=means, luck=Luck.AGAIN)
    return prepare(
        root_of(weekly, usual, floor=doubting.floor),
        data_of(weekly, values, cases or {}),
        doubts,
        doubting.seed,
        caps=caps,
        points=weekly.points,
    )
