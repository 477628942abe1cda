"""Which choice moves the ranks: Sobol first-order and total indices of groups of factors.

Saltelli's plan on a scrambled Sobol sequence; first order by Saltelli et al. (2010), total by
Jansen (1999), as in SALib: f_A, f_B at the rows of two matrices, f_AB,i at A with the columns of
group i from B.

    S_i = mean(f_B (f_AB,i - f_A)) / V        T_i = mean((f_A - f_AB,i)²) / (2 V)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from scoring.composite.faults import CompositeError
from scoring.composite.index import evaluate
from scoring.composite.ranking import places
from scoring.composite.uncertainty import Study, scores_at

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Sobol:
    """Indices by group: ``first`` alone, ``total`` with all its interactions [-]; the variance.

    ``first_spread`` and ``total_spread`` are half-widths of the 95 % intervals by resampling.
    With a variance of 0 nothing moves the ranks and every index is 0.
    """

    names: tuple[str, ...]
    first: FloatArray
    first_spread: FloatArray
    total: FloatArray
    total_spread: FloatArray
    variance: float


def plan(groups: Sequence[Sequence[int]], columns: int, n: int, seed: int) -> FloatArray:
    """Return the points ((g + 2)·n, columns): A, then A with each group's columns from B, then B.

    Parameters
    ----------
    groups
        Columns of each of the g groups.
    columns
        Number of columns of a point.
    n
        Rows of A and B; a power of two.
    seed
        Scrambles the sequence.
    """
    if n < 2 or n & (n - 1):
        raise CompositeError([f"Sobol 抽样的 n 须为 2 的幂，现为 {n}"])
    both = qmc.Sobol(2 * columns, scramble=True, rng=np.random.default_rng(seed)).random(n)
    a, b = both[:, :columns], both[:, columns:]
    mixed = []
    for group in groups:
        changed = a.copy()
        changed[:, list(group)] = b[:, list(group)]
        mixed.append(changed)
    return np.concatenate([a, *mixed, b])


def indices(values: FloatArray, names: Sequence[str], seed: int, resamples: int = 200) -> Sobol:
    """Return the Sobol indices from values ((g + 2)·n,) at the points of :func:`plan`."""
    blocks = values.reshape(len(names) + 2, -1)
    variance = float(np.var(blocks[[0, -1]]))
    if variance <= 1e-24:
        none = np.zeros(len(names))
        return Sobol(tuple(names), none, none, none, none, 0.0)
    blocks = blocks - blocks.mean()
    first, total = _estimates(blocks)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, blocks.shape[1], (resamples, blocks.shape[1]))
    again = [_estimates(blocks[:, pick]) for pick in picks]
    first_sd = np.std([f for f, _ in again], axis=0, ddof=1)
    total_sd = np.std([t for _, t in again], axis=0, ddof=1)
    return Sobol(tuple(names), first, 1.96 * first_sd, total, 1.96 * total_sd, variance)


def rank_shift(study: Study, decimals: int = 1) -> Callable[[FloatArray], FloatArray]:
    """Return the function from points (m, factors) to the mean distance from the published ranks.

    Towns without a score at a point are left out of its mean.
    """
    base = evaluate(study.root, study.data, points=study.points, caps=study.caps).score
    rank = places(base, decimals)

    def shift(at: FloatArray) -> FloatArray:
        moved = np.abs(places(scores_at(study, at), decimals) - rank)
        known = ~np.isnan(moved)
        total = np.where(known, moved, 0.0).sum(axis=1)
        mean: FloatArray = total / np.maximum(known.sum(axis=1), 1)
        return mean

    return shift


def which_choice_moves(
    study: Study,
    n: int,
    seed: int,
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    decimals: int = 1,
) -> Sobol:
    """Return the Sobol indices of the mean rank shift.

    Parameters
    ----------
    study
        What :func:`scoring.composite.uncertainty.prepare` returned.
    n
        Rows of the plan, a power of two; (groups + 2)·n evaluations.
    seed
        The same seed gives the same answer.
    groups
        Factors of each group by name; by default "weight", "norm", "mean", "weighting" and
        "luck", as far as they are in doubt.

    Raises
    ------
    CompositeError
        If nothing is in doubt, a factor is unknown, or n is not a power of two.
    """
    named = dict(groups) if groups is not None else _kinds(study)
    unknown = [name for names in named.values() for name in names if name not in study.factors]
    faults = [f"没有因素 {name}，现有：{'、'.join(study.factors)}" for name in unknown]
    if not named:
        faults.append("没有可变的因素")
    if faults:
        raise CompositeError(faults)
    columns = [[study.factors.index(name) for name in names] for names in named.values()]
    at = plan(columns, len(study.factors), n, seed)
    return indices(rank_shift(study, decimals)(at), tuple(named), seed)


def _kinds(study: Study) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in study.factors:
        found.setdefault(name.partition(":")[0], []).append(name)
    return found


def _estimates(blocks: FloatArray) -> tuple[FloatArray, FloatArray]:
    a, b, mixed = blocks[0], blocks[-1], blocks[1:-1]
    variance = max(float(np.var(np.concatenate([a, b]))), 1e-300)
    first: FloatArray = (b * (mixed - a)).mean(axis=1) / variance
    total: FloatArray = 0.5 * ((a - mixed) ** 2).mean(axis=1) / variance
    return first, total
