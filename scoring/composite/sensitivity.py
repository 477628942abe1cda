"""Which choice moves the ranks: Sobol first-order and total indices of groups of factors.

Plan and estimates are SALib's (`SALib.sample.sobol`, `SALib.analyze.sobol`): Saltelli's plan on a
scrambled Sobol sequence; first order by Saltelli et al. (2010), total by Jansen (1999). Why a
library here: docs/decisions/0017-composite-engine.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.composite.faults import CompositeError
from scoring.composite.index import evaluate
from scoring.composite.ranking import places
from scoring.composite.uncertainty import Study, scores_at

FloatArray = NDArray[np.float64]

_REST = -1
"""Group of the columns that stay as in A."""

_INTERVAL = 0.95


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
        Columns of each of the g groups; columns in none of them stay as in A.
    columns
        Number of columns of a point.
    n
        Rows of A and B; a power of two.
    seed
        Scrambles the sequence.

    Raises
    ------
    CompositeError
        If n is not a power of two, or a column stands in two groups.
    """
    if n < 2 or n & (n - 1):
        raise CompositeError([f"Sobol 抽样的 n 须为 2 的幂，现为 {n}"])
    owner = [_REST] * columns
    for number, group in enumerate(groups):
        for column in group:
            if owner[column] != _REST:
                raise CompositeError([f"第 {column + 1} 个因素在两组里，请只留一组"])
            owner[column] = number
    from SALib.sample import sobol  # type: ignore[import-untyped]  # noqa: PLC0415  (slow, no stubs)

    problem = _problem(columns, owner)
    points = sobol.sample(problem, n, calc_second_order=False, seed=np.random.default_rng(seed))
    blocks = points.reshape(n, -1, columns).swapaxes(0, 1)
    seen = list(dict.fromkeys(owner))
    mixed = [blocks[1 + seen.index(number)] for number in range(len(groups))]
    return np.concatenate([blocks[0], *mixed, blocks[-1]])


def indices(values: FloatArray, names: Sequence[str], seed: int, resamples: int = 200) -> Sobol:
    """Return the Sobol indices from values ((g + 2)·n,) at the points of :func:`plan`."""
    blocks = values.reshape(len(names) + 2, -1)
    variance = float(np.var(blocks[[0, -1]]))
    if variance <= 1e-24:
        none = np.zeros(len(names))
        return Sobol(tuple(names), none, none, none, none, 0.0)
    from SALib.analyze import sobol  # type: ignore[import-untyped]  # noqa: PLC0415  (slow, no stubs)

    found = sobol.analyze(
        _problem(len(names), range(len(names))),
        blocks.T.ravel(),
        calc_second_order=False,
        num_resamples=resamples,
        conf_level=_INTERVAL,
        seed=seed + 1,  # 0 would leave SALib to draw from the clock
    )
    first, first_spread, total, total_spread = (
        np.asarray(found[key], dtype=np.float64) for key in ("S1", "S1_conf", "ST", "ST_conf")
    )
    return Sobol(tuple(names), first, first_spread, total, total_spread, variance)


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


def _problem(columns: int, owner: Sequence[int]) -> dict[str, Any]:
    """Return SALib's description of columns 0 … 1 and the group of each."""
    return {
        "num_vars": columns,
        "names": [str(column) for column in range(columns)],
        "bounds": [[0.0, 1.0]] * columns,
        "groups": [str(number) for number in owner],
    }
