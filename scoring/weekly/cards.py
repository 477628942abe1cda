"""Which cards a week raises: pure rules on arrays, town by town (DOMAIN §11.4, card_rules.csv).

A rule fires when the published figures of a town meet one of its triggers. How sure it is, is the
share of draws in which the trigger holds; facts of the records are sure. The gravest card that
is sure enough is given; a graver one that is not so sure is proposed beside it. While a card
stands, none of its kind and no lighter one is raised again: it is only noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.weekly.parts import CARDS, CardRule, Weekly

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LEVEL, LAST, FALL = "level", "last_below", "fall"
LESSER, OVERDUE, ACCIDENT = "lesser", "overdue_major", "accident"
"""Triggers of a rule."""

_TINY = 1e-9


class Sureness(Protocol):
    """What the draws of a week say of the triggers that hang on the index; each (n,) a share."""

    def at_or_worse(self, level: str) -> Floats:
        """Return how often each town has this colour or a worse one."""

    def last_and_below(self, x: float) -> Floats:
        """Return how often each town is last of the district and below `x`."""

    def fell(self, x: float) -> Floats:
        """Return how often each town fell by `x` or more against last week."""


@dataclass(frozen=True)
class WeekFacts:
    """What is known of n towns when a week is published.

    Parameters
    ----------
    index, rank, previous
        (n,) published index and place, NaN unknown; the index of the week before.
    severity
        (n, w) colour of this week (last column) and the weeks before it, 0 the best, -1 unknown.
    odds
        By card and trigger (`LEVEL`, `LAST`, `FALL`) how sure it is (n,), NaN not known.
    lesser
        By card: how many of the next lighter one count before this week (n,).
    overdue
        (n,) major dangers overdue that no standing card names.
    accident
        (n,) gravest grade of accidents not yet answered with a card (0 一般 …), -1 none.
    standing
        (n,) gravest card that stands, as index into `CARDS`, -1 none.
    """

    index: Floats
    rank: Floats
    previous: Floats
    severity: Ints
    odds: Mapping[str, Mapping[str, Floats]]
    lesser: Mapping[str, Ints]
    overdue: Ints
    accident: Ints
    standing: Ints


@dataclass(frozen=True)
class Raising:
    """What a week raises.

    Parameters
    ----------
    triggers
        By card, by trigger: how sure (n,), NaN where the trigger does not hold; -1 where it
        holds and nobody knows how surely.
    odds
        By card: that of its surest trigger (n,), NaN where no trigger holds.
    given, proposed, repeated
        (n,) index into `CARDS`, -1 none: to be given; proposed beside it; sure enough but not
        raised since as grave a card stands.
    """

    triggers: Mapping[str, Mapping[str, Floats]]
    odds: Mapping[str, Floats]
    given: Ints
    proposed: Ints
    repeated: Ints


def trigger_odds(weekly: Weekly, sureness: Sureness) -> dict[str, dict[str, Floats]]:
    """Return how sure the triggers that hang on the index are: card → trigger → (n,)."""
    found: dict[str, dict[str, Floats]] = {}
    for rule in weekly.cards:
        odds = found.setdefault(rule.card, {})
        if rule.level is not None:
            odds[LEVEL] = sureness.at_or_worse(rule.level)
        if rule.last_below is not None:
            odds[LAST] = sureness.last_and_below(rule.last_below)
        if rule.fall is not None:
            odds[FALL] = sureness.fell(rule.fall)
    return found


def severity_of(weekly: Weekly, level: str | None) -> int:
    """Return how grave a colour is: 0 the best of the scheme, -1 for one that is none."""
    ordered = [band.level for band in sorted(weekly.bands, key=lambda band: -band.min)]
    return ordered.index(level) if level in ordered else -1


def raise_week(weekly: Weekly, grades: tuple[str, ...], facts: WeekFacts) -> Raising:
    """Return what a week raises for each town.

    Parameters
    ----------
    grades
        Names of the grades of accidents, lightest first (decree 493).

    Examples
    --------
    A town that falls from 95 to 84, of which 900 of 1,000 draws are sure, gets a white card; with
    700 of 1,000 it is proposed (see tests/scoring/weekly/test_card_rules.py).
    """
    n = len(facts.index)
    triggers: dict[str, dict[str, Floats]] = {}
    odds: dict[str, Floats] = {}
    lighter = np.full(n, np.nan)
    for rule in sorted(weekly.cards, key=lambda one: CARDS.index(one.card)):
        held = _held(weekly, grades, rule, facts, lighter)
        triggers[rule.card] = held
        odds[rule.card] = _surest(held, n)
        raised = facts.standing <= CARDS.index(rule.card)
        lighter = np.where(raised, odds[rule.card], np.nan)
    return _chosen(odds, triggers, facts.standing, weekly.doubting.card_probability)


def _chosen(
    odds: Mapping[str, Floats],
    triggers: Mapping[str, Mapping[str, Floats]],
    standing: Ints,
    enough: float,
) -> Raising:
    """Return the gravest sure card and a graver unsure one, where nothing as grave stands."""
    n = len(standing)
    sure, unsure = np.full(n, -1), np.full(n, -1)
    for card, p in odds.items():
        fires, reached = ~np.isnan(p), p >= enough - _TINY
        sure = np.where(reached, np.maximum(sure, CARDS.index(card)), sure)
        unsure = np.where(fires & ~reached, np.maximum(unsure, CARDS.index(card)), unsure)
    return Raising(
        triggers,
        odds,
        given=np.where(sure > standing, sure, -1),
        proposed=np.where((unsure > sure) & (unsure > standing), unsure, -1),
        repeated=np.where(sure <= standing, sure, -1),
    )


def _held(
    weekly: Weekly, grades: tuple[str, ...], rule: CardRule, facts: WeekFacts, lighter: Floats
) -> dict[str, Floats]:
    """Return trigger → how sure (n,) of a rule; NaN where it does not hold."""
    odds = facts.odds.get(rule.card, {})
    held: dict[str, Floats] = {}
    if rule.level is not None:
        weeks = facts.severity[:, -rule.level_weeks :]
        worst = severity_of(weekly, rule.level)
        fires = (weeks >= worst).all(axis=1) & (weeks.shape[1] == rule.level_weeks)
        held[LEVEL] = _share(fires, odds.get(LEVEL))
    if rule.last_below is not None:
        held[LAST] = _share(is_last(facts.rank) & (facts.index < rule.last_below), odds.get(LAST))
    if rule.fall is not None:
        held[FALL] = _share(facts.previous - facts.index >= rule.fall - _TINY, odds.get(FALL))
    if rule.lesser is not None:
        held[LESSER] = _lesser(rule.lesser, facts.lesser[rule.card], lighter)
    if rule.overdue_major is not None:
        held[OVERDUE] = np.where(facts.overdue >= rule.overdue_major, 1.0, np.nan)
    if rule.grade is not None:
        held[ACCIDENT] = np.where(facts.accident >= grades.index(rule.grade), 1.0, np.nan)
    return held


def _lesser(needed: int, before: Ints, now: Floats) -> Floats:
    """Return how sure it is that enough lighter cards came together.

    Cards that were given are facts. One that fires this week, and that no graver one stands
    against, is counted with them, and the whole is then as sure as it is.
    """
    with_this = np.where(before + 1 >= needed, now, np.nan)
    return np.where(before >= needed, 1.0, with_this)


def is_last(rank: Floats) -> Bools:
    """Return which towns are last (n,): the greatest place; nobody where all share the first."""
    known = ~np.isnan(rank)
    if not known.any():
        return np.zeros(len(rank), dtype=bool)
    worst = np.nanmax(rank)
    last: Bools = known & (rank == worst) & (worst > 1)
    return last


def _share(fires: Bools, p: Floats | None) -> Floats:
    """Return how sure a trigger is where it holds: -1 where nobody knows; NaN elsewhere."""
    sure = np.full(len(fires), -1.0) if p is None else np.where(np.isnan(p), -1.0, p)
    return np.where(fires, sure, np.nan)


def _surest(held: Mapping[str, Floats], n: int) -> Floats:
    if not held:
        return np.full(n, np.nan)
    found: Floats = np.fmax.reduce(list(held.values()))
    return found


@dataclass(frozen=True)
class ReleaseFacts:
    """What is known of a town when a card is to be released.

    `later` are the indexes of the published weeks after the card's own, in order, up to the
    newest (None unknown, also a week that nobody published); `overdue` counts by grade
    ("major", "general"); `named_open` how many dangers that the card names are open.
    """

    later: tuple[float | None, ...]
    overdue: Mapping[str, int]
    named_open: int
    applied: bool


INDEX, OVERDUE_LEFT, NAMED_OPEN, APPLICATION = "index", "overdue", "named_open", "application"


def unmet(rule: CardRule, facts: ReleaseFacts) -> tuple[str, ...]:
    """Return which conditions of release do not hold, () when the card may go.

    `INDEX`: the newest `release_weeks` weeks all reach `release_index`; `OVERDUE_LEFT`: nothing
    overdue of the grade the rule names; `NAMED_OPEN`: dangers that the card names are closed;
    `APPLICATION`: a written application lies before the office.
    """
    newest = facts.later[-rule.release_weeks :]
    reached = len(newest) == rule.release_weeks and all(
        value is not None and value >= (rule.release_index or 0.0) - _TINY for value in newest
    )
    left = facts.overdue.get("major", 0)
    if rule.release_overdue == "all":
        left = sum(facts.overdue.values())
    found = {
        INDEX: rule.release_index is not None and not reached,
        OVERDUE_LEFT: bool(rule.release_overdue) and left > 0,
        NAMED_OPEN: facts.named_open > 0,
        APPLICATION: rule.release_application and not facts.applied,
    }
    return tuple(name for name, missing in found.items() if missing)


def lapses(rule: CardRule, weeks_since: int) -> bool:
    """Say whether a card that was answered goes by itself after so many weeks."""
    return rule.lapse_weeks is not None and weeks_since >= rule.lapse_weeks
