"""What a card does to the others of its town: the lighter ones go up into it, old ones lapse."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.weekly.cards.facts import still_open, weeks_apart
from riskmap.weekly.cards.states import CARD_ZH, LAPSED, SUPERSEDED, CardState
from riskmap.weekly.cards.versions import Card, NewStep, append_step
from scoring.weekly.cards import lapses


def supersede(
    connection: sa.Connection, actor: Actor, new: Card, others: Iterable[Card], now: datetime
) -> list[Card]:
    """Let a card that was just given take the place of the lighter ones that stand.

    Proposals of its own kind or of a lighter one lapse: what they proposed was done.
    """
    told = f"由 {new.number}（{CARD_ZH[new.card]}）取代"
    facts = {"by": new.number}
    changed = []
    for card in others:
        if card.town != new.town or card.number == new.number:
            continue
        if card.standing and card.weight < new.weight:
            step = NewStep(SUPERSEDED, CardState.SUPERSEDED, told, facts)
        elif card.state is CardState.PROPOSED and card.weight <= new.weight:
            step = NewStep(LAPSED, CardState.LAPSED, told, facts)
        else:
            continue
        changed.append(append_step(connection, actor, card, step, now=now))
    return changed


def lapse_old(
    connection: sa.Connection,
    actor: Actor,
    found: Iterable[Card],
    week: str,
    proposal_weeks: int,
    *,
    at: datetime,
    now: datetime,
) -> dict[str, Card]:
    """Let go what is over by a week: proposals nobody decided on, answered cards past their weeks.

    A card whose dangers are not all closed does not lapse: it would be raised again at once.
    Returns the cards that lapsed, by number.
    """
    lapsed: dict[str, Card] = {}
    for card, why in _lapsing(connection, found, week, proposal_weeks, at):
        step = NewStep(LAPSED, CardState.LAPSED, why, {"week": week})
        lapsed[card.number] = append_step(connection, actor, card, step, now=now)
    return lapsed


def without_old(
    connection: sa.Connection,
    found: Iterable[Card],
    week: str,
    proposal_weeks: int,
    *,
    at: datetime,
) -> list[Card]:
    """Return cards as `lapse_old` would leave them; nothing is stored."""
    known = list(found)
    gone = {card.number for card, _ in _lapsing(connection, known, week, proposal_weeks, at)}
    return [_lapsed(card) if card.number in gone else card for card in known]


def _lapsed(card: Card) -> Card:
    last = card.steps[-1]
    step = replace(
        last, version=last.version + 1, action=LAPSED, before=last.after, after=CardState.LAPSED
    )
    return replace(card, steps=(*card.steps, step))


def _lapsing(
    connection: sa.Connection,
    found: Iterable[Card],
    week: str,
    proposal_weeks: int,
    at: datetime,
) -> list[tuple[Card, str]]:
    """Return the cards that are over by a week, with why."""
    lapsing = []
    for card in found:
        since = weeks_apart(card.week, week)
        if card.state is CardState.PROPOSED and since >= proposal_weeks:
            lapsing.append((card, f"提出后 {since} 周未决定"))
        elif _over(connection, card, since, at):
            lapsing.append((card, f"已答复，满 {since} 周"))
    return lapsing


def _over(connection: sa.Connection, card: Card, since: int, at: datetime) -> bool:
    if card.state is not CardState.ANSWERED or not lapses(card.terms, since):
        return False
    return not still_open(connection, card.document["named"]["dangers"], at)
