"""How sure: the same index under other weights, other methods and other luck.

A *point* is a row of numbers 0 … 1, one for each *factor*: the weight of a node, the choice of
norm, of mean, of weighting, the luck behind an indicator. Random points give rank intervals
(here), points of a plan give Sobol indices (:mod:`scoring.composite.sensitivity`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from scoring.composite.aggregation import Mean
from scoring.composite.definition import Data, Group, Indicator, Node, check_definition, indicators
from scoring.composite.faults import CompositeError
from scoring.composite.index import capped, evaluate, leaf_scores, mix, rates_of
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.ranking import Bands, band_of, places
from scoring.composite.small_counts import Luck, draw_rates

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Doubts:
    """What is uncertain.

    Parameters
    ----------
    weight_change
        Each weight is multiplied by a factor uniform in 1 ± this, then the siblings sum to 1.
    norms, means
        Declared alternatives for the norm of all indicators and the mean of all groups; None is
        "as defined". Each is as likely as the others.
    weightings
        Declared alternatives for the weights: a mapping of weights by code for the nodes it
        names, or None for the weights as defined.
    sampling
        Whether chance behind small counts is drawn, for indicators that say how.
    luck
        What is drawn of it.
    pool
        Number of draws of each indicator's luck; points pick from them.
    """

    weight_change: float = 0.2
    norms: tuple[Norm | None, ...] = (None,)
    means: tuple[Mean | None, ...] = (None,)
    weightings: tuple[Mapping[str, float] | None, ...] = (None,)
    sampling: bool = True
    luck: Luck = Luck.TRUE_RATE
    pool: int = 250


@dataclass(frozen=True)
class Study:
    """A tree, its data and its doubts, made ready to be evaluated at many points.

    ``factors`` names the columns of a point. ``luck`` is scores (norms, pool, n) by indicator for
    those with luck; ``plain`` is scores (norms, n) for the others.
    """

    root: Group
    data: Data
    doubts: Doubts
    caps: FloatArray | None
    points: float
    factors: tuple[str, ...]
    plain: Mapping[str, FloatArray]
    luck: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Sureness:
    """Ranks and bands under doubt; all (n,), NaN for towns without a score.

    ``low`` … ``high`` holds the middle ``level`` of the ranks drawn, ``rank`` is the one
    published; ``in_band`` (bands, n) is the probability of each band, ``without`` (n,) that of
    no score at all. ``scores`` (draws, n).
    """

    rank: FloatArray
    low: FloatArray
    median: FloatArray
    high: FloatArray
    in_band: FloatArray
    without: FloatArray
    scores: FloatArray


def prepare(
    root: Group,
    data: Data,
    doubts: Doubts,
    seed: int,
    *,
    caps: FloatArray | None = None,
    points: float = 100.0,
) -> Study:
    """Return a study; the luck of small counts is drawn here, from the seed.

    Raises
    ------
    CompositeError
        With every fault of the tree, the data or the doubts; also of an alternative that the
        tree cannot carry (a z-score under a geometric mean).
    """
    evaluate(root, data, points=points)
    _check_doubts(root, doubts)
    rng = np.random.default_rng(seed)
    leaves = indicators(root)
    lucky = [leaf for leaf in leaves if doubts.sampling and leaf.sampling and leaf.cases]
    chosen = {leaf.code: [_with_norm(leaf, norm) for norm in doubts.norms] for leaf in leaves}
    plain: dict[str, FloatArray] = {}
    luck: dict[str, FloatArray] = {}
    for leaf in leaves:
        rates = rates_of(leaf, data)
        if leaf in lucky and leaf.sampling and leaf.cases:
            cases = data.bases[leaf.cases]
            rates = draw_rates(
                *(rates, cases, leaf.sampling, leaf.whole),
                draws=doubts.pool,
                rng=rng,
                luck=doubts.luck,
            )
        target = luck if leaf in lucky else plain
        target[leaf.code] = np.array([leaf_scores(n, data, rates) for n in chosen[leaf.code]])
    factors = _factors(root, doubts, [leaf.code for leaf in lucky])
    return Study(root, data, doubts, caps, points, factors, plain, luck)


def scores_at(study: Study, at: FloatArray) -> FloatArray:
    """Return scores (m, n) at points (m, factors); 0.5 leaves a weight as it is."""
    column = {name: at[:, i] for i, name in enumerate(study.factors)}
    choice = {
        "norm": _choice(column.get("norm"), len(study.doubts.norms), len(at)),
        "mean": _choice(column.get("mean"), len(study.doubts.means), len(at)),
        "weighting": _choice(column.get("weighting"), len(study.doubts.weightings), len(at)),
    }
    towns = next(iter(study.data.values.values())).shape[0]
    result = np.empty((len(at), towns))
    keys = np.stack([choice["norm"], choice["mean"], choice["weighting"]], axis=1)
    for norm, kind, weighting in np.unique(keys, axis=0):
        rows = np.flatnonzero((keys == (norm, kind, weighting)).all(axis=1))
        root = with_mean(study.root, study.doubts.means[kind])
        scores = {code: array[norm] for code, array in study.plain.items()}
        for code, pool in study.luck.items():
            scores[code] = pool[norm][_choice(column[f"luck:{code}"][rows], len(pool[norm]), 0)]
        given = study.doubts.weightings[weighting] or {}
        weights = _weights(root, given, column, rows, study.doubts.weight_change)
        result[rows] = mix(root, scores, weights, study.data)
    return capped(study.points * result, study.caps)


def how_sure(
    study: Study,
    draws: int,
    seed: int,
    bands: Bands,
    *,
    level: float = 0.9,
    decimals: int = 1,
) -> Sureness:
    """Return rank intervals and the probability of each band from seeded random points.

    Parameters
    ----------
    study
        What :func:`prepare` returned.
    draws
        Number of points, 1,000 or more.
    seed
        The same seed gives the same answer.
    bands
        Bands of colour, judged on scores as they are (not rounded).
    level
        Share of the draws inside the interval.
    decimals
        Ranks are of scores rounded to as many.
    """
    at = np.random.default_rng(seed).random((draws, len(study.factors)))
    scores = scores_at(study, at)
    ranks = places(scores, decimals)
    known = ~np.isnan(scores)
    count = known.sum(axis=0)
    band = band_of(scores, bands)
    base = evaluate(study.root, study.data, points=study.points, caps=study.caps).score
    ordered = np.sort(ranks, axis=0)
    tail = (1.0 - level) / 2.0
    return Sureness(
        rank=places(base, decimals),
        low=_quantile(ordered, count, tail),
        median=_quantile(ordered, count, 0.5),
        high=_quantile(ordered, count, 1.0 - tail),
        in_band=np.array([(band == b).mean(axis=0) for b in range(len(bands.floors) + 1)]),
        without=1.0 - known.mean(axis=0),
        scores=scores,
    )


def with_mean(root: Group, kind: Mean | None) -> Group:
    """Return the tree with one mean for all its groups, or as it is."""
    if kind is None:
        return root
    children = tuple(
        with_mean(child, kind) if isinstance(child, Group) else child for child in root.children
    )
    return replace(root, mean=kind, children=children)


def _check_doubts(root: Group, doubts: Doubts) -> None:
    faults = []
    if not 0 <= doubts.weight_change < 1:
        faults.append(f"weight_change 须在 0 与 1 之间，现为 {doubts.weight_change:g}")
    if not doubts.norms or not doubts.means or not doubts.weightings or doubts.pool < 1:
        faults.append("norms、means、weightings 至少各有一项，pool 至少为 1")
    if faults:
        raise CompositeError(faults)
    for norm in doubts.norms:
        for kind in doubts.means:
            check_definition(_with_norms(with_mean(root, kind), norm))
    for given in doubts.weightings:
        check_definition(_with_weights(root, given or {}))


def _with_norm(leaf: Indicator, norm: Norm | None) -> Indicator:
    if norm is None or norm is leaf.scale.norm:
        return leaf
    return replace(leaf, scale=Scale(norm, leaf.scale.zero, leaf.scale.full))


def _with_norms(root: Group, norm: Norm | None) -> Group:
    children = tuple(
        _with_norms(child, norm) if isinstance(child, Group) else _with_norm(child, norm)
        for child in root.children
    )
    return replace(root, children=children)


def _with_weights(root: Group, given: Mapping[str, float]) -> Group:
    def changed(node: Node) -> Node:
        node = replace(node, weight=given.get(node.code, node.weight))
        return _with_weights(node, given) if isinstance(node, Group) else node

    return replace(root, children=tuple(changed(child) for child in root.children))


def _siblings(root: Group) -> list[Node]:
    """Return the nodes whose weight matters: those that have a sibling."""
    found: list[Node] = []
    for child in root.children:
        found += [child] if len(root.children) > 1 else []
        found += _siblings(child) if isinstance(child, Group) else []
    return found


def _factors(root: Group, doubts: Doubts, lucky: list[str]) -> tuple[str, ...]:
    names = []
    if doubts.weight_change > 0:
        names += [f"weight:{node.code}" for node in _siblings(root)]
    names += ["norm"] * (len(doubts.norms) > 1)
    names += ["mean"] * (len(doubts.means) > 1)
    names += ["weighting"] * (len(doubts.weightings) > 1)
    return (*names, *(f"luck:{code}" for code in lucky))


def _choice(u: FloatArray | None, options: int, rows: int) -> IntArray:
    if u is None:
        return np.zeros(rows, dtype=np.int64)
    return np.minimum((u * options).astype(np.int64), options - 1)


def _weights(
    root: Group,
    given: Mapping[str, float],
    column: Mapping[str, FloatArray],
    rows: IntArray,
    change: float,
) -> dict[str, FloatArray]:
    """Return the weights (rows, 1) by code of the nodes whose weight matters."""
    found = {}
    for node in _siblings(root):
        weight = given.get(node.code, node.weight)
        u = column.get(f"weight:{node.code}")
        factor = np.ones(len(rows)) if u is None else 1.0 + change * (2.0 * u[rows] - 1.0)
        found[node.code] = (weight * factor)[:, None]
    return found


def _quantile(ordered: FloatArray, count: IntArray, q: float) -> FloatArray:
    """Return the smallest drawn rank with at least a share q of the draws at or below it (n,)."""
    position = np.clip(np.ceil(q * count - 1e-9).astype(np.int64) - 1, 0, len(ordered) - 1)
    value: FloatArray = np.take_along_axis(ordered, position[None], axis=0)[0]
    return np.where(count > 0, value, np.nan)
