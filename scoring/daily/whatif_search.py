"""Exact search for the fewest hidden dangers to close, compiled for :mod:`scoring.daily.whatif`.

Why it is exact. Within a sector the best k to close are the k heaviest, so a town is a choice
of k_s per sector, and r_s falls with k_s in three stretches: first not at all (the backlog or r
itself is cut at 1), then one partial step, then steps that never grow (weights in falling
order). The score is a·max r + Σ b_s r_s. Whatever the largest r of the best answer is, every
sector must be brought down to it; those forced numbers form one chain of states, walked from
the top. In each state the rest of the sum is lowered by the fewest closings: for every choice
of sectors whose flat stretch is paid for, the remaining steps never grow, so the largest step
first is optimal. The smallest total over all states and choices is the answer.
"""

from typing import NamedTuple

import numba
import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NOISE = 1e-13


class Town(NamedTuple):
    """A town, its score being a·max r + Σ b_s r_s.

    r of each sector after k closings (m, K + 1), closings available (m,), b_s (m,) with 0 for
    an unknown sector, and a.
    """

    curves: FloatArray
    sizes: IntArray
    shares: FloatArray
    max_share: float


class Towns(NamedTuple):
    """All towns (t).

    What can be closed (t, m, 4), heaviest column first; weights (4,) of the columns, falling;
    weighted backlog (t, m); r before the cut, as constant and slope of min(1, backlog / scale)
    (t, m, 2); b_s (t, m); a; largest value allowed (t,); whether the smallest set is wanted
    (t,), or only whether closing all is enough.
    """

    counts: IntArray
    weights: FloatArray
    totals: FloatArray
    lines: FloatArray
    scale: float
    shares: FloatArray
    max_share: float
    limits: FloatArray
    wanted: NDArray[np.bool_]


@register_jitable
def town_curves(towns: Towns, i: int) -> tuple[FloatArray, IntArray]:
    """Return r of each sector of town i after closing its k heaviest dangers, and their number.

    Returns
    -------
    curves
        (m, K + 1) for k = 0 … K; beyond the number of its dangers a row is not used.
    sizes
        (m,) dangers that can be closed.
    """
    m, columns = towns.counts.shape[1], towns.counts.shape[2]
    sizes = np.zeros(m, dtype=np.int64)
    for s in range(m):
        for column in range(columns):
            sizes[s] += towns.counts[i, s, column]
    curves = np.zeros((m, sizes.max() + 1))
    for s in range(m):
        left, k = towns.totals[i, s], 0
        curves[s, 0] = _cut_r(towns, i, s, left)
        for column in range(columns):
            for _ in range(towns.counts[i, s, column]):
                left = max(0.0, left - towns.weights[column])
                k += 1
                curves[s, k] = _cut_r(towns, i, s, left)
    return curves, sizes


@register_jitable
def _cut_r(towns: Towns, i: int, s: int, left: float) -> float:
    line: float = min(1.0, left / towns.scale) * towns.lines[i, s, 1] + towns.lines[i, s, 0]
    return min(1.0, line)


@register_jitable
def _entry(curve: FloatArray, start: int, end: int) -> int:
    """Return the closings that cannot be split: flat stretch and a partial step, else 0."""
    k = start
    while k < end and curve[k] - curve[k + 1] <= _NOISE:
        k += 1
    if k == end:
        return -1 if k > start else 0
    step = curve[k] - curve[k + 1]
    partial = k + 1 < end and curve[k + 1] - curve[k + 2] > step + _NOISE
    if k == start and not partial:
        return 0
    return k + 1 - start


@register_jitable
def _largest_step(town: Town, k: IntArray, open_shares: FloatArray) -> tuple[int, float]:
    best, step = -1, _NOISE
    for s in range(town.sizes.size):
        if open_shares[s] > 0.0 and k[s] < town.sizes[s]:
            own = open_shares[s] * (town.curves[s, k[s]] - town.curves[s, k[s] + 1])
            if own > step:
                best, step = s, own
    return best, step


@register_jitable
def _greedy(
    town: Town, k: IntArray, open_shares: FloatArray, left: float, limit: int
) -> tuple[int, float]:
    """Close one by one, largest step first, in place; return how many and what is left."""
    used = 0
    while left > 0.0 and used < limit:
        s, step = _largest_step(town, k, open_shares)
        if s < 0:
            break
        k[s] += 1
        used += 1
        left -= step
    return used, left


@register_jitable
def _enter(
    town: Town, chosen: int, entries: IntArray, k: IntArray, open_shares: FloatArray
) -> tuple[int, float]:
    """Pay the flat stretch of the chosen sectors, shut the others; -1 for an idle choice."""
    used, lowered = 0, 0.0
    for s in range(entries.size):
        picked = (chosen >> s) & 1
        if entries[s] <= 0 and picked:
            return -1, 0.0
        if picked:
            before = town.curves[s, k[s]]
            k[s] += entries[s]
            used += entries[s]
            lowered += town.shares[s] * (before - town.curves[s, k[s]])
        elif entries[s] != 0:
            open_shares[s] = 0.0
    return used, lowered


@register_jitable
def _least_extra(
    town: Town, entries: IntArray, forced: IntArray, missing: float, limit: int
) -> int:
    """Return a lower bound of :func:`_lower_sum`: all flat stretches and partial steps free."""
    k, open_shares = forced.copy(), town.shares.copy()
    left = missing
    for s in range(entries.size):
        if entries[s] < 0:
            open_shares[s] = 0.0
        else:
            k[s] += entries[s]
            left -= town.shares[s] * (town.curves[s, forced[s]] - town.curves[s, k[s]])
    used, left = _greedy(town, k, open_shares, left, limit)
    return limit if left > 0.0 else used


@register_jitable
def _lower_sum(town: Town, forced: IntArray, missing: float, limit: int) -> tuple[int, IntArray]:
    """Return the fewest further closings (< limit) that lower Σ b r by ``missing``."""
    best, best_k = limit, forced.copy()
    if missing <= 0.0:
        return 0, best_k
    m = town.sizes.size
    entries = np.empty(m, dtype=np.int64)
    for s in range(m):
        entries[s] = _entry(town.curves[s], forced[s], town.sizes[s])
    if _least_extra(town, entries, forced, missing, limit) >= limit:
        return best, best_k
    for chosen in range(1 << m):
        k, open_shares = forced.copy(), town.shares.copy()
        used, lowered = _enter(town, chosen, entries, k, open_shares)
        if used < 0 or used >= best:
            continue
        more, left = _greedy(town, k, open_shares, missing - lowered, best - used)
        if left <= 0.0 and used + more < best:
            best, best_k = used + more, k
    return best, best_k


@register_jitable
def _step_down(town: Town, forced: IntArray, top: float) -> bool:
    """Force every sector at the largest r below it; False when one of them cannot fall."""
    for s in range(town.sizes.size):
        while town.curves[s, forced[s]] >= top - _NOISE:
            if forced[s] == town.sizes[s]:
                return False
            forced[s] += 1
    return True


@register_jitable
def _all_is_enough(town: Town, limit: float) -> bool:
    top, total = 0.0, 0.0
    for s in range(town.sizes.size):
        last = town.curves[s, town.sizes[s]]
        top = max(top, last)
        total += town.shares[s] * last
    return town.max_share * top + total <= limit


@register_jitable
def fewest_closings(town: Town, limit: float) -> tuple[int, IntArray]:
    """Return the fewest closings that bring a·max r + Σ b_s r_s to ``limit`` or below.

    Returns
    -------
    Total (-1 when even closing all is not enough) and (m,) closings by sector.
    """
    m, every = town.sizes.size, town.sizes.sum()
    forced = np.zeros(m, dtype=np.int64)
    best, best_k = every + 1, np.zeros(m, dtype=np.int64)
    base = 0
    while base < best:
        top, total = 0.0, 0.0
        for s in range(m):
            top = max(top, town.curves[s, forced[s]])
            total += town.shares[s] * town.curves[s, forced[s]]
        missing = total + town.max_share * top - limit
        extra, k = _lower_sum(town, forced, missing, best - base)
        if base + extra < best:
            best, best_k = base + extra, k
        if extra == 0 or not _step_down(town, forced, top):
            break
        base = forced.sum()
    return (-1 if best > every else best), best_k


@numba.njit(cache=True)
def search_towns(towns: Towns) -> tuple[IntArray, IntArray]:
    """Return for each town the fewest closings.

    Returns
    -------
    totals
        (t,) closings, -1 impossible; all of them where the smallest set is not wanted.
    closings
        (t, m) by sector.
    """
    t, m = towns.totals.shape
    found = np.empty(t, dtype=np.int64)
    closings = np.zeros((t, m), dtype=np.int64)
    for i in range(t):
        curves, sizes = town_curves(towns, i)
        town = Town(curves, sizes, towns.shares[i], towns.max_share)
        if not _all_is_enough(town, towns.limits[i]):
            found[i] = -1
        elif towns.wanted[i]:
            found[i], closings[i] = fewest_closings(town, towns.limits[i])
        else:
            found[i], closings[i] = sizes.sum(), sizes
    return found, closings
