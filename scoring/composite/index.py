"""The index itself: raw values through every step to one score a town, nothing thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.composite import aggregation, treatment
from scoring.composite.aggregation import Mean, Missing
from scoring.composite.definition import (
    Data,
    Group,
    Indicator,
    Node,
    check_data,
    check_definition,
    groups,
    indicators,
)
from scoring.composite.faults import CompositeError
from scoring.composite.normalisation import normalise
from scoring.composite.small_counts import per, shrunk

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """One indicator on its way, all (n,): raw, per base, drawn to the mean, treated, score."""

    raw: FloatArray
    per: FloatArray
    shrunk: FloatArray
    treated: FloatArray
    score: FloatArray


@dataclass(frozen=True)
class Mixed:
    """One group: what went in (k, n), with what share of the weight (k, n), what came out (n,).

    ``used`` has stand-ins for unknown children where the group asks for them; ``known`` tells
    which were there. A share is 0 where a child is left out and NaN where the group is unknown.
    """

    codes: tuple[str, ...]
    used: FloatArray
    known: NDArray[np.bool_]
    shares: FloatArray
    score: FloatArray


@dataclass(frozen=True)
class Index:
    """Scores (n,) on 0 … ``points``, and all that led to them.

    ``before_caps`` is the score before a cap; ``steps`` and ``mixed`` are by code.
    """

    score: FloatArray
    before_caps: FloatArray
    steps: Mapping[str, Steps]
    mixed: Mapping[str, Mixed]
    root: Group
    points: float


def evaluate(
    root: Group, data: Data, *, points: float = 100.0, caps: FloatArray | None = None
) -> Index:
    """Return the index of every town.

    Parameters
    ----------
    root
        The tree.
    data
        Raw arrays (n,), NaN unknown.
    points
        What a town with every indicator at its best gets.
    caps
        (n,) highest score allowed (after a grave accident, say), NaN = none.

    Returns
    -------
    Scores, NaN where the missing-data rules leave a town without one, and every step.

    Raises
    ------
    CompositeError
        With every fault of the tree or of the data.
    """
    check_definition(root)
    check_data(root, data)
    steps = {leaf.code: _steps(leaf, data) for leaf in indicators(root)}
    mixed: dict[str, Mixed] = {}
    score = points * _mix(root, {code: step.score for code, step in steps.items()}, data, mixed)
    return Index(capped(score, caps), score, steps, mixed, root, points)


def capped(score: FloatArray, caps: FloatArray | None) -> FloatArray:
    """Return scores no higher than their caps; NaN in ``caps`` is no cap, unknown stays unknown.

    Examples
    --------
    >>> capped(np.array([80.0, 50.0, 90.0]), np.array([59.0, 59.0, np.nan]))
    array([59., 50., 90.])
    """
    if caps is None:
        return score
    return np.minimum(score, np.where(np.isnan(caps), np.inf, caps))


def points_got(index: Index) -> dict[str, FloatArray]:
    """Return what each indicator adds to the score before caps (n,).

    The sum over indicators is the score, unless a stand-in counts for a whole group. Indicators
    that are left out have NaN.

    Raises
    ------
    CompositeError
        If a mean of the tree is not arithmetic: then points cannot be told apart; use ``gains``.
    """
    shares = points_open(index)
    return {code: shares[code] * used for code, used in _leaves_used(index).items()}


def points_open(index: Index) -> dict[str, FloatArray]:
    """Return how many points each indicator can bring a town (n,), NaN where it is left out.

    Raises
    ------
    CompositeError
        If a mean of the tree is not arithmetic.
    """
    curved = [group.code for group in groups(index.root) if group.mean is not Mean.ARITHMETIC]
    if curved:
        raise CompositeError([f"{code} 不是算术平均，得分不能逐项相加" for code in curved])
    reached: dict[str, FloatArray] = {index.root.code: np.full(index.score.shape, index.points)}
    for group in groups(index.root):
        mixed = index.mixed[group.code]
        for code, share in zip(mixed.codes, mixed.shares, strict=True):
            reached[code] = reached[group.code] * np.where(share > 0, share, np.nan)
    return {leaf.code: reached[leaf.code] for leaf in indicators(index.root)}


def gains(index: Index, data: Data) -> dict[str, FloatArray]:
    """Return how much the score before caps would rise if an indicator were at its best (n,).

    One at a time, the others as they are, for any mean. NaN where the indicator or the score is
    unknown. Only for scales that end at 1 (all but the z-score).
    """
    base = {code: step.score for code, step in index.steps.items()}
    found = {}
    for code, score in base.items():
        best = base | {code: np.where(np.isnan(score), np.nan, np.maximum(score, 1.0))}
        found[code] = index.points * _mix(index.root, best, data, {}) - index.before_caps
        found[code] = np.where(np.isnan(score), np.nan, found[code])
    return found


def leaf_scores(leaf: Indicator, data: Data, rates: FloatArray) -> FloatArray:
    """Return scores (..., n) of an indicator whose rates are other than those seen (draws of them).

    Outlier limits and powers are those of the rates seen.
    """
    seen = rates_of(leaf, data)
    fitted = treatment.fit(_after_small_counts(leaf, data, seen), leaf.treatment)
    treated = treatment.apply(_after_small_counts(leaf, data, rates), fitted)
    return normalise(treated, leaf.scale, higher=leaf.higher)


def mix(
    root: Node,
    scores: Mapping[str, FloatArray],
    weights: Mapping[str, FloatArray],
    data: Data,
) -> FloatArray:
    """Return the score 0 … 1 of a node from scores (..., n) of its leaves.

    Parameters
    ----------
    weights
        Weights by code in place of the declared ones, (draws, 1); none for those not in it.
        Whether enough is known is judged by the declared ones.
    """
    if isinstance(root, Indicator):
        return scores[root.code]
    children = [mix(child, scores, weights, data) for child in root.children]
    used = _stand_ins(root, children, data)
    drawn = [weights.get(child.code, child.weight) for child in root.children]
    score = aggregation.mean(used, drawn, root.mean, root.floor)
    return np.where(_enough(root, children), score, np.nan)


def _steps(leaf: Indicator, data: Data) -> Steps:
    raw = np.asarray(data.values[leaf.code], dtype=np.float64)
    rates = rates_of(leaf, data)
    drawn = _after_small_counts(leaf, data, rates)
    try:
        treated = treatment.apply(drawn, treatment.fit(drawn, leaf.treatment))
    except CompositeError as error:
        raise CompositeError([f"{leaf.code}：{fault}" for fault in error.faults]) from error
    return Steps(raw, rates, drawn, treated, normalise(treated, leaf.scale, higher=leaf.higher))


def rates_of(leaf: Indicator, data: Data) -> FloatArray:
    """Return the rates (n,) of an indicator, per its base, before any small-count rule."""
    raw = np.asarray(data.values[leaf.code], dtype=np.float64)
    return raw if leaf.per is None else per(raw, data.bases[leaf.per], leaf.units)


def _after_small_counts(leaf: Indicator, data: Data, rates: FloatArray) -> FloatArray:
    if leaf.shrink is None or leaf.cases is None:
        return rates
    return shrunk(rates, data.bases[leaf.cases], leaf.shrink)


def _mix(
    root: Node, scores: Mapping[str, FloatArray], data: Data, mixed: dict[str, Mixed]
) -> FloatArray:
    """Return the score (n,) of a node and note down every group on the way."""
    if isinstance(root, Indicator):
        return scores[root.code]
    children = [_mix(child, scores, data, mixed) for child in root.children]
    used = _stand_ins(root, children, data)
    weights = [child.weight for child in root.children]
    score = aggregation.mean(used, weights, root.mean, root.floor)
    score = np.where(_enough(root, children), score, np.nan)
    counts = np.array(weights)[:, None] * ~np.isnan(np.array(used))
    shares = np.where(np.isnan(score), np.nan, counts / np.maximum(counts.sum(axis=0), 1e-300))
    codes = tuple(child.code for child in root.children)
    mixed[root.code] = Mixed(codes, np.array(used), ~np.isnan(np.array(children)), shares, score)
    return score


def _stand_ins(group: Group, children: list[FloatArray], data: Data) -> list[FloatArray]:
    if group.missing is not Missing.MEAN:
        return children
    return [aggregation.filled(child, data.peers) for child in children]


def _enough(group: Group, children: list[FloatArray]) -> NDArray[np.bool_]:
    if group.missing is Missing.REFUSE:
        unknown = np.array([np.isnan(child) for child in np.broadcast_arrays(*children)])
        return np.logical_not(unknown.any(axis=0))
    weights = [child.weight for child in group.children]
    return aggregation.enough(children, weights, group.least_share, group.most_missing)


def _leaves_used(index: Index) -> dict[str, FloatArray]:
    leaves = {leaf.code for leaf in indicators(index.root)}
    return {
        code: used
        for mixed in index.mixed.values()
        for code, used in zip(mixed.codes, mixed.used, strict=True)
        if code in leaves
    }
