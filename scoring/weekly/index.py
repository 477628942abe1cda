"""The weekly index: 25 indicators through eight aspects to one number, a colour and a rank a town.

points of an indicator = points · clip((x - zero) / (full - zero)),  rates of few cases drawn
index = Σ points, at most the cap;  DOMAIN §11.3, data/schemes, [weekly]
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.composite.definition import Data, Group, Indicator, indicators
from scoring.composite.index import Index, evaluate
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.ranking import Bands, band_of, places, rounded
from scoring.composite.small_counts import Sampling, Shrink
from scoring.weekly.parts import Weekly, WeeklyIndicator

FloatArray = NDArray[np.float64]

NO_DATA = "no_data"
INDEX = "index"
"""Code of the root of the tree."""

_WHOLE = {Sampling.BINOMIAL: 100.0, Sampling.POISSON: 10_000.0}
"""The rate that stands for 1: rates are per cent, events are per 10,000 heads."""


@dataclass(frozen=True)
class WeekScores:
    """What a week's numbers come to; n towns, 8 aspects and 25 indicators in scheme order.

    Parameters
    ----------
    index, before_caps
        (n,) points, NaN unknown; the second before an accident's cap.
    level
        (n,) "green" … "red" or "no_data", of the index as it is, not rounded.
    rank
        (n,) 1, 2, 2, 4 of the index to one decimal; NaN unknown.
    aspects, aspect_of
        (n, 8) points got, NaN unknown; the most there are.
    points, of
        (n, 25) points got and open. Where an indicator is missing its points go to the others
        of its aspect, and both are NaN; so are those of an unknown aspect.
    drawn, small
        (n, 25) the value that was scored, and whether it rests on few cases.
    score01
        (n, 25) score 0 … 1, NaN missing.
    reach01
        (n, 25) score that a raw value at the full goalpost would get with the cases there are;
        the score itself where the raw value is there already, or only time can raise it.
    """

    index: FloatArray
    before_caps: FloatArray
    level: tuple[str, ...]
    rank: FloatArray
    aspects: FloatArray
    aspect_of: FloatArray
    points: FloatArray
    of: FloatArray
    drawn: FloatArray
    small: NDArray[np.bool_]
    score01: FloatArray
    reach01: FloatArray


def root_of(
    weekly: Weekly, usual: Mapping[str, float] | None = None, *, floor: float = 0.0
) -> Group:
    """Return the tree of the index for the composite engine.

    Parameters
    ----------
    weekly
        Weekly tables of a scheme.
    usual
        Code → usual rate [unit of the indicator] to which few cases are drawn; rates that are
        not in it are not drawn.
    floor
        What scores below count as under a geometric or harmonic mean [-].
    """
    given = usual or {}
    aspects = tuple(
        Group(
            aspect.code,
            aspect.points,
            tuple(_leaf(weekly, one, given.get(one.code)) for one in weekly.of_aspect(aspect.code)),
            most_missing=weekly.most_missing,
            floor=floor,
        )
        for aspect in weekly.aspects
    )
    return Group(INDEX, 1.0, aspects, most_missing=0, floor=floor)


def data_of(
    weekly: Weekly, values: Mapping[str, FloatArray], cases: Mapping[str, FloatArray]
) -> Data:
    """Return the data of the tree; indicators and cases that are not given are unknown.

    A rate of no case at all (nothing fell due) is unknown, whatever its value says.

    Raises
    ------
    ValueError
        If a code is none of the scheme's, or nothing is given.
    """
    strange = sorted((set(values) | set(cases)) - set(weekly.codes))
    if strange or not values:
        raise ValueError(f"no weekly indicators: {strange}, give those of {weekly.codes}")
    n = len(next(iter(values.values())))
    nothing = np.full(n, np.nan)
    known: dict[str, FloatArray] = {}
    bases: dict[str, FloatArray] = {}
    for one in weekly.indicators:
        value = np.asarray(values.get(one.code, nothing), dtype=np.float64)
        count = np.asarray(cases.get(one.code, nothing), dtype=np.float64)
        rate = one.small or one.chance is not None
        known[one.code] = np.where(count <= 0, np.nan, value) if rate else value
        bases[_cases(one.code)] = count
    return Data(known, bases)


def weekly_index(
    weekly: Weekly,
    values: Mapping[str, FloatArray],
    cases: Mapping[str, FloatArray] | None = None,
    usual: Mapping[str, float] | None = None,
    caps: FloatArray | None = None,
) -> WeekScores:
    """Return index, colour, rank and all points of every town.

    Parameters
    ----------
    weekly
        Weekly tables of a scheme.
    values
        Code → (n,) value in the unit of the indicator (per cent 0 … 100), NaN missing; codes
        that are left out are missing everywhere.
    cases
        Code → (n,) cases behind the rate (residents for events per 10,000), NaN unknown.
    usual
        Code → the district's usual rate, see :func:`root_of`.
    caps
        (n,) highest index allowed after a grave accident, NaN none.

    Raises
    ------
    CompositeError
        With every fault of the data (lengths that differ, infinite values, negative cases).
    ValueError
        If a code is none of the scheme's.
    """
    data = data_of(weekly, values, cases or {})
    root = root_of(weekly, usual)
    found = evaluate(root, data, points=weekly.points, caps=caps)
    points, of = _points(weekly, found)
    score01 = _scores(weekly, found)
    aspects = np.stack(
        [aspect.points * found.mixed[aspect.code].score for aspect in weekly.aspects], axis=1
    )
    return WeekScores(
        index=found.score,
        before_caps=found.before_caps,
        level=levels(weekly, found.score),
        rank=places(found.score, weekly.decimals),
        aspects=aspects,
        aspect_of=np.broadcast_to([a.points for a in weekly.aspects], aspects.shape).copy(),
        points=points,
        of=of,
        drawn=np.stack([found.steps[code].shrunk for code in weekly.codes], axis=1),
        small=_small(weekly, data),
        score01=score01,
        reach01=_reach(weekly, root, data, score01),
    )


def levels(weekly: Weekly, index: FloatArray) -> tuple[str, ...]:
    """Return the colour of each index (n,), "no_data" where it is unknown."""
    names = (*(band.level for band in reversed(weekly.bands)), NO_DATA)
    return tuple(names[band] for band in band_of(index, bands_of(weekly)).tolist())


def bands_of(weekly: Weekly) -> Bands:
    """Return the bands for the engine: 0 the worst (red), the last the best (green)."""
    better = tuple(reversed(weekly.bands[:-1]))
    return Bands(tuple(b.min for b in better), tuple(b.inclusive for b in better))


def shown(weekly: Weekly, index: float) -> str:
    """Return an index as readers see it: to 0.1, to 0.01 (…) where 0.1 would cross an edge.

    94.99 is blue; written as 95.0 it would look green.

    Raises
    ------
    ValueError
        If the index is unknown: say "no data" instead.
    """
    if np.isnan(index):
        raise ValueError("an unknown index has no digits, show that there is no data")
    own = levels(weekly, np.array([index]))
    for decimals in range(weekly.decimals, 9):
        value = rounded(np.array([index]), decimals)
        if levels(weekly, value) == own:
            break
    return f"{value[0]:.{decimals}f}"


def _leaf(weekly: Weekly, one: WeeklyIndicator, usual: float | None) -> Indicator:
    rule = weekly.small_counts
    shrink = Shrink(rule.below, rule.prior, usual) if one.small and usual is not None else None
    return Indicator(
        one.code,
        one.points,
        Scale(Norm.GOALPOST, one.zero, one.full),
        higher=one.higher,
        cases=_cases(one.code) if shrink or one.chance else None,
        shrink=shrink,
        sampling=one.chance,
        whole=_WHOLE.get(one.chance, 100.0) if one.chance else 100.0,
    )


def _cases(code: str) -> str:
    return f"cases:{code}"


def _points(weekly: Weekly, found: Index) -> tuple[FloatArray, FloatArray]:
    """Return (n, 25) points got and open, NaN where missing or in an unknown aspect."""
    got: dict[str, FloatArray] = {}
    of: dict[str, FloatArray] = {}
    for aspect in weekly.aspects:
        mixed = found.mixed[aspect.code]
        for code, share, used in zip(mixed.codes, mixed.shares, mixed.used, strict=True):
            of[code] = np.where(share > 0, aspect.points * share, np.nan)
            got[code] = of[code] * used
    codes = [leaf.code for leaf in indicators(found.root)]
    return (
        np.stack([got[code] for code in codes], axis=1),
        np.stack([of[code] for code in codes], axis=1),
    )


def _scores(weekly: Weekly, found: Index) -> FloatArray:
    return np.stack([found.steps[code].score for code in weekly.codes], axis=1)


def _reach(weekly: Weekly, root: Group, data: Data, score01: FloatArray) -> FloatArray:
    """Return the scores (n, 25) with every raw value at its full goalpost, its cases as they are.

    Few cases are drawn to the usual rate there too. What is full already, or comes back only
    with time, keeps its score.
    """
    full, stays = dict[str, FloatArray](), []
    for one in weekly.indicators:
        value = data.values[one.code]
        full[one.code] = np.where(np.isnan(value), np.nan, one.full)
        there = value >= one.full if one.higher else value <= one.full
        stays.append(there | one.lapses)
    best = _scores(weekly, evaluate(root, Data(full, data.bases), points=weekly.points))
    return np.where(np.stack(stays, axis=1), score01, best)


def _small(weekly: Weekly, data: Data) -> NDArray[np.bool_]:
    below = weekly.small_counts.below
    rows = [
        (data.bases[_cases(one.code)] < below) & ~np.isnan(data.values[one.code])
        if one.small
        else np.zeros(len(data.values[one.code]), dtype=bool)
        for one in weekly.indicators
    ]
    return np.stack(rows, axis=1)
