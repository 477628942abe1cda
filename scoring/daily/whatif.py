"""What would turn a town's colour: the fewest actions to the next better level, verified."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.daily.combination import sector_points
from scoring.daily.inputs import BACKLOG_COLUMNS, DailyInputs, Triggers
from scoring.daily.results import TERMS, DailyScores
from scoring.daily.score import score_day
from scoring.daily.whatif_search import Towns, search_towns
from scoring.levels import RULES
from scoring.schemes.scheme import Scheme

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

BLOCKERS = (*RULES, "score")
"""Why a better level cannot be reached: a rule, or the score itself (all actions together do
not lower it enough)."""

MARGIN = 1e-9
"""Points by which the new score must lie below the edge of the band."""

_E2, _E3, _E8, _E9 = (RULES.index(rule) for rule in ("E2", "E3", "E8", "E9"))
_SCORE = len(RULES)


@dataclass(frozen=True)
class WhatIf:
    """The smallest set of actions for each town; n towns, m sectors, t triggers.

    Parameters
    ----------
    asked
        (n,) False for green and no_data towns.
    target
        (n,) next better level, -1 where not asked.
    reachable
        (n,) whether the catalogue can reach it.
    score, level
        (n,) after the actions, recomputed by the engine; NaN and -1 where not reachable.
    closed
        (n, m, 4) hidden dangers to close, without those of ``cleared``.
    cleared
        (t,) triggers to clear: alarms to handle (E2), listed dangers to close (E3).
    count
        (n,) number of actions.
    blocked
        (n, 10) by :data:`BLOCKERS`, what stands in the way; all False where reachable.
    """

    asked: BoolArray
    target: NDArray[np.int8]
    reachable: BoolArray
    score: FloatArray
    level: NDArray[np.int8]
    closed: IntArray
    cleared: BoolArray
    count: IntArray
    blocked: BoolArray


@dataclass(frozen=True)
class ActionRows:
    """Actions of all towns, (a,) each: town, index into ``scheme.actions``, sector, count."""

    town: IntArray
    action: IntArray
    sector: IntArray
    count: IntArray


@dataclass(frozen=True)
class _Plan:
    """What must go in any case: triggers, and the backlog cells they stand for."""

    cleared: BoolArray
    single: BoolArray
    forced: IntArray


def what_if(inputs: DailyInputs, scores: DailyScores, scheme: Scheme) -> WhatIf:
    """Return the fewest actions that bring each town to the next better level.

    Next better is one step below today's final level. Alarms and listed dangers whose floor
    lies above it must go; then the fewest hidden dangers are closed that bring the score into
    the band (:mod:`scoring.daily.whatif_search` says why this is the smallest set). E8 is applied
    with today's own yesterday. Every answer is recomputed by the engine; where it would leave
    the town green while green is withheld, the answer is that E9 stands in the way.

    Parameters
    ----------
    inputs, scores
        The day and its scores.
    scheme
        The scheme of the day, with the catalogue of actions.

    Raises
    ------
    RuntimeError
        When a recomputed town is not at its target; this is a fault of the program.
    """
    asked = scores.level > 0
    target = np.where(asked, scores.level - 1, -1)
    allowed = _highest_allowed(inputs, target, scheme)
    plan = _must_go(inputs, allowed, scheme)
    blocked = _blocked_by_rules(inputs, scores, target, allowed, plan.cleared)
    blocked[:, _E8] = asked & (
        np.asarray(inputs.previous_level) - scheme.rules.max_fall_steps > target
    )
    withheld = [TERMS.index(term) for term in scheme.rules.withholds_green]
    blocked[:, _E9] = (target == 0) & scores.unknown[:, withheld].any(axis=1)
    blocked &= asked[:, None]
    wanted = np.asarray(~blocked.any(axis=1))
    closed, enough = _close(
        inputs, scores, plan, allowed, asked=asked, wanted=wanted, scheme=scheme
    )
    blocked[:, _SCORE] = asked & ~enough
    reachable = asked & ~blocked.any(axis=1)
    after = _recompute(inputs, scheme, plan, closed, reachable)
    lost = reachable & (after.level < 0) & scores.unknown[:, withheld].any(axis=1)
    blocked[lost, _E9] = True
    reachable &= ~lost
    _check(after, target, reachable)
    closed[~reachable] = 0
    cleared = plan.cleared & reachable[inputs.triggers.town]
    count = closed.sum(axis=(1, 2))
    np.add.at(count, inputs.triggers.town[cleared & plan.single], 1)
    return WhatIf(
        asked=asked,
        target=target.astype(np.int8),
        reachable=reachable,
        score=np.where(reachable, after.score, np.nan),
        level=np.where(reachable, after.level, -1).astype(np.int8),
        closed=closed,
        cleared=cleared,
        count=count,
        blocked=blocked,
    )


def list_actions(answer: WhatIf, inputs: DailyInputs, scheme: Scheme) -> ActionRows:
    """Return the actions as rows, in the order of towns and of the catalogue.

    Parameters
    ----------
    answer
        From :func:`what_if`.
    inputs
        The day for which it was asked.
    scheme
        For the catalogue; ``sector`` is -1 where an action has none.
    """
    triggers = inputs.triggers
    single = _first_of_each(triggers)
    rows = []
    for number, action in enumerate(scheme.actions):
        if action.acts_on in BACKLOG_COLUMNS:
            cells = answer.closed[:, :, BACKLOG_COLUMNS.index(action.acts_on)]
            town, sector = np.nonzero(cells)
            count = cells[town, sector]
        else:
            rule = RULES.index(action.acts_on)
            own = answer.cleared & single & (triggers.rule == rule)
            pairs = np.stack([triggers.town[own], _sectors(triggers)[own]])
            (town, sector), count = np.unique(pairs, axis=1, return_counts=True)
        rows.append(np.stack([town, np.full(len(town), number), sector, count]))
    found = np.concatenate(rows, axis=1).astype(np.int64)
    town, action, sector, count = found[:, np.lexsort((found[2], found[1], found[0]))]
    return ActionRows(town, action, sector, count)


def _highest_allowed(inputs: DailyInputs, target: IntArray, scheme: Scheme) -> IntArray:
    """Return the highest level before E7 down that still ends at the target (n,)."""
    lowered = np.minimum(np.asarray(inputs.lowered), scheme.rules.max_lower_steps)
    return np.asarray(np.minimum(target + lowered, 4), dtype=np.int64)


def _must_go(inputs: DailyInputs, allowed: IntArray, scheme: Scheme) -> _Plan:
    triggers = inputs.triggers
    offered = [RULES.index(a.acts_on) for a in scheme.actions if a.acts_on in RULES]
    above = np.isin(triggers.rule, offered) & (triggers.level > allowed[triggers.town])
    keys = _keys(triggers)
    cleared = np.isin(triggers.rule, offered) & np.isin(keys, keys[above])
    single = _first_of_each(triggers)
    sector, column = _sectors(triggers), _columns(triggers)
    cell = cleared & single & (triggers.rule == _E3) & (sector >= 0) & (column >= 0)
    forced = np.zeros(inputs.backlog.shape, dtype=np.int64)
    np.add.at(forced, (triggers.town[cell], sector[cell], column[cell]), 1)
    open_counts = np.floor(np.nan_to_num(inputs.backlog, nan=0.0)).astype(np.int64)
    return _Plan(cleared, single, np.minimum(forced, open_counts))


def _blocked_by_rules(
    inputs: DailyInputs,
    scores: DailyScores,
    target: IntArray,
    allowed: IntArray,
    cleared: BoolArray,
) -> BoolArray:
    blocked = np.zeros((inputs.n_towns, len(BLOCKERS)), dtype=bool)
    floors = scores.floors
    signals = floors.rule == RULES.index("E1")
    above = signals & (floors.level > allowed[floors.town])
    blocked[floors.town[above], floors.rule[above]] = True
    triggers = inputs.triggers
    stays = ~cleared & (triggers.level > allowed[triggers.town])
    blocked[triggers.town[stays], triggers.rule[stays]] = True
    return blocked & (target >= 0)[:, None]


def _close(
    inputs: DailyInputs,
    scores: DailyScores,
    plan: _Plan,
    allowed: IntArray,
    *,
    asked: BoolArray,
    wanted: BoolArray,
    scheme: Scheme,
) -> tuple[IntArray, BoolArray]:
    """Return the closings (n, m, 4) beyond the forced ones, and whether they are enough (n,)."""
    towns = np.flatnonzero(asked)
    order = np.argsort(-scheme.backlog.weights, kind="stable")
    offered = [a.acts_on for a in scheme.actions]
    usable = np.array([column in offered for column in BACKLOG_COLUMNS])
    left = np.nan_to_num(inputs.backlog[towns], nan=0.0) - plan.forced[towns]
    counts = (np.floor(left).astype(np.int64) * usable)[:, :, order]
    limits = np.append(scheme.edges, np.inf)[allowed[towns]] - MARGIN
    known = ~np.isnan(scores.x[towns])
    nobody = np.full(len(towns), -1, dtype=np.int64)
    shares = sector_points(known, nobody, scheme.weights, scheme.max_share, scheme.mean_share)
    total, by_sector = search_towns(
        Towns(
            counts=counts,
            weights=scheme.backlog.weights[order],
            totals=left @ scheme.backlog.weights,
            lines=_lines(scores, towns, scheme),
            scale=float(scheme.backlog.scale),
            shares=shares / 100.0,
            max_share=float(scheme.max_share),
            limits=limits / 100.0,
            wanted=wanted[towns],
        )
    )
    before = np.cumsum(counts, axis=2) - counts
    taken = np.clip(by_sector[:, :, None] - before, 0, counts)
    closed = np.zeros(inputs.backlog.shape, dtype=np.int64)
    closed[np.ix_(towns, np.arange(len(scheme.sectors)), order)] = taken
    enough = np.zeros(inputs.n_towns, dtype=bool)
    enough[towns] = total >= 0
    return closed, enough


def _lines(scores: DailyScores, towns: IntArray, scheme: Scheme) -> FloatArray:
    w, h, a, p = scheme.dynamic
    fixed = 1 + w * scores.weather + a * scores.accident + p * scores.special
    base = np.nan_to_num(scores.inherent, nan=0.0) / scores.control[:, None]
    return np.stack([base * fixed, base * h], axis=2)[towns]


def _recompute(
    inputs: DailyInputs, scheme: Scheme, plan: _Plan, closed: IntArray, reachable: BoolArray
) -> DailyScores:
    """Return the day by the engine after the actions of the towns that are thought to get there."""
    away = np.where(reachable[:, None, None], closed + plan.forced, 0)
    triggers = inputs.triggers
    stay = ~(plan.cleared & reachable[triggers.town])
    names = ("rule", "town", "level", "ref", "sector", "column")
    kept = Triggers(**{name: getattr(triggers, name)[stay] for name in names})
    return score_day(replace(inputs, backlog=inputs.backlog - away, triggers=kept), scheme)


def _check(after: DailyScores, target: IntArray, reachable: BoolArray) -> None:
    wrong = np.flatnonzero(reachable & ~((after.level >= 0) & (after.level <= target)))
    if len(wrong):
        raise RuntimeError(f"what_if does not reach its target in towns {wrong[:5].tolist()}")


def _keys(triggers: Triggers) -> IntArray:
    """Return a number per (rule, town, ref); a trigger without ref stands alone."""
    alone = -2 - np.arange(len(triggers.ref))
    ref = np.where(triggers.ref < 0, alone, triggers.ref)
    rows = np.stack([triggers.rule, triggers.town, ref])
    _, number = np.unique(rows, axis=1, return_inverse=True)
    return np.asarray(number, dtype=np.int64).reshape(-1)


def _first_of_each(triggers: Triggers) -> BoolArray:
    keys = _keys(triggers)
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def _sectors(triggers: Triggers) -> IntArray:
    return np.asarray(triggers.sector, dtype=np.int64)


def _columns(triggers: Triggers) -> IntArray:
    return np.asarray(triggers.column, dtype=np.int64)
