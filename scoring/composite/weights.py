"""Weights of siblings: equal, by entropy, by pairwise comparison (AHP), by principal component."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.composite.faults import CompositeError

FloatArray = NDArray[np.float64]

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random matrices of order 1 … 10 (Saaty 1980)."""

MOST_INCONSISTENT = 0.1
"""Consistency ratio up to which pairwise judgements are accepted (Saaty 1980)."""


@dataclass(frozen=True)
class Judged:
    """Weights (k,) by pairwise comparison, largest eigenvalue, consistency index and ratio."""

    weights: FloatArray
    eigenvalue: float
    index: float
    ratio: float

    @property
    def consistent(self) -> bool:
        """Whether the judgements contradict themselves little enough to be used."""
        return self.ratio <= MOST_INCONSISTENT


@dataclass(frozen=True)
class Component:
    """Weights (k,) from the first principal component, and the share of variance it explains."""

    weights: FloatArray
    loadings: FloatArray
    explained: float


def equal(k: int) -> FloatArray:
    """Return k equal weights that sum to 1."""
    return np.full(k, 1.0 / k)


def entropy(scores: FloatArray) -> FloatArray:
    """Return weights by the spread of each indicator: the more towns differ, the more it counts.

    p = x / Σx, e = -Σ p ln p / ln n, w = (1 - e) / Σ(1 - e) (Shannon; 熵权法). Towns with any
    unknown are left out; where no indicator differs, the weights are equal.

    Parameters
    ----------
    scores
        (n, k) normalised, not below 0, NaN unknown.

    Returns
    -------
    (k,) weights that sum to 1.

    Raises
    ------
    CompositeError
        With fewer than two complete towns, or a score below 0.

    Examples
    --------
    >>> entropy(np.array([[1.0, 0.0], [1.0, 1.0]]))
    array([0., 1.])
    """
    known = _complete(scores)
    if (known < 0).any():
        raise CompositeError(["熵权法不能用负的得分，请改用 0 至 1 的标准化"])
    total = known.sum(axis=0)
    shares = known / np.where(total > 0, total, 1.0)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    evenness = -(shares * logs).sum(axis=0) / np.log(len(known))
    spread = np.where(total > 0, np.maximum(1.0 - evenness, 0.0), 0.0)
    spread = np.where(spread < 1e-12, 0.0, spread)
    return spread / spread.sum() if spread.sum() > 0 else equal(known.shape[1])


def judged(matrix: FloatArray) -> Judged:
    """Return weights by the principal eigenvector of pairwise judgements, with their consistency.

    CI = (λ - k) / (k - 1), CR = CI / RI; RI of Saaty 1980, order 1 … 10.

    Parameters
    ----------
    matrix
        (k, k) a_ij = how many times i matters more than j; positive, a_ji = 1 / a_ij.

    Raises
    ------
    CompositeError
        If the matrix is not square, of order 1 … 10, positive and reciprocal.

    Examples
    --------
    >>> judged(np.array([[1, 3], [1 / 3, 1]])).weights
    array([0.75, 0.25])
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    faults = _judgement_faults(matrix)
    if faults:
        raise CompositeError(faults)
    k = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    eigenvalue = float(values[first].real)
    index = max((eigenvalue - k) / (k - 1), 0.0) if k > 1 else 0.0
    ratio = index / RANDOM_INDEX[k - 1] if k > 2 else 0.0
    return Judged(vector / vector.sum(), eigenvalue, index, ratio)


def principal(scores: FloatArray) -> Component:
    """Return weights proportional to the first component's loadings (correlation matrix).

    An indicator that does not differ between towns gets 0.

    Parameters
    ----------
    scores
        (n, k) higher = better, NaN unknown; towns with any unknown are left out.

    Raises
    ------
    CompositeError
        With fewer than two complete towns, if nothing differs, or if loadings have both signs:
        then the indicators pull against each other and the component is no measure of "better".
    """
    known = _complete(scores)
    spread = known.std(axis=0)
    differs = spread > 1e-14 * np.abs(known).max(axis=0)
    if not differs.any():
        raise CompositeError(["所有乡镇的得分都相同，主成分法定不出权重"])
    standard = (known - known.mean(axis=0))[:, differs] / spread[differs]
    values, vectors = np.linalg.eigh(standard.T @ standard / len(known))
    loadings = np.zeros(known.shape[1])
    loadings[differs] = vectors[:, -1] * np.sign(vectors[:, -1].sum() or 1.0)
    if (loadings < -1e-9).any():
        raise CompositeError(["第一主成分的载荷有正有负，指标互相抵触，不能当权重用"])
    loadings = np.maximum(loadings, 0.0)
    return Component(loadings / loadings.sum(), loadings, float(values[-1] / values.sum()))


def _complete(scores: FloatArray) -> FloatArray:
    known = scores[~np.isnan(scores).any(axis=1)]
    if len(known) < 2:
        raise CompositeError([f"由数据定权重至少要 2 个数据齐全的乡镇，只有 {len(known)} 个"])
    return known


def _judgement_faults(matrix: FloatArray) -> list[str]:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        return [f"判断矩阵须为方阵，现为 {matrix.shape}"]
    if not 1 <= len(matrix) <= len(RANDOM_INDEX):
        return [f"判断矩阵的阶数须为 1 至 {len(RANDOM_INDEX)}，现为 {len(matrix)}"]
    if not (matrix > 0).all():
        return ["判断矩阵的元素须大于 0"]
    wrong = np.argwhere(np.triu(np.abs(matrix * matrix.T - 1.0) > 1e-2))
    return [f"判断矩阵第 {i + 1} 行第 {j + 1} 列与其倒数位置不互为倒数" for i, j in wrong]
