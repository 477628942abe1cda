"""Cards as they are stored: what one was raised on, and the steps since; nothing is updated."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import Subject
from riskmap.canonical import canonical_text
from riskmap.errors import NotFoundError
from riskmap.weekly.cards.states import (
    AGAIN,
    CARD_STATE_ZH,
    CARD_ZH,
    CORRECTED,
    NEVER_GIVEN,
    STANDING,
    STEP_ZH,
    CardState,
)
from riskmap.weekly.tables import card_steps, cards
from scoring.weekly.parts import CARDS, CardRule


@dataclass(frozen=True)
class CardStep:
    """One action in the history of a card; `document` holds the facts it was checked against."""

    version: int
    action: str
    before: CardState | None
    after: CardState
    held_at: datetime
    learnt_at: datetime
    actor: str
    actor_name: str
    reason: str | None
    document: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """Return the step as plain JSON values."""
        return {
            "version": self.version,
            "action": self.action,
            "action_zh": STEP_ZH.get(self.action, self.action),
            "state_before": None if self.before is None else str(self.before),
            "state_after": str(self.after),
            "held_at": self.held_at.isoformat(),
            "learnt_at": self.learnt_at.isoformat(),
            "actor": self.actor,
            "actor_name": self.actor_name,
            "reason": self.reason,
            "facts": dict(self.document),
        }


@dataclass(frozen=True)
class Card:
    """A card as known at a moment: what it was raised on and its whole history.

    `document` has revision, index, level, rank, triggers, odds, threshold, evidence, named
    (the facts that are not to raise another card) and terms (the rule as it then was).
    """

    number: str
    town: str
    card: str
    week: str
    raised_at: datetime
    rule: str
    document: Mapping[str, Any]
    steps: tuple[CardStep, ...]

    @property
    def version(self) -> int:
        """Return the version of its last step."""
        return self.steps[-1].version

    @property
    def state(self) -> CardState:
        """Return where it stands."""
        return self.steps[-1].after

    @property
    def weight(self) -> int:
        """Return how grave it is: 0 white, 1 yellow, 2 red."""
        return CARDS.index(self.card)

    @property
    def standing(self) -> bool:
        """Say whether it stands against the town."""
        return self.state in STANDING

    @property
    def counts(self) -> bool:
        """Say whether it counts as given, whatever became of it."""
        given = any(step.after is CardState.GIVEN for step in self.steps)
        return given and self.state not in NEVER_GIVEN

    @property
    def decided(self) -> bool:
        """Say whether somebody or a rule decided on it: not a proposal that lapsed or waits."""
        if self.state is CardState.PROPOSED:
            return False
        return self.state is not CardState.LAPSED or self.counts

    @property
    def terms(self) -> CardRule:
        """Return the rule of the scheme under which it was raised."""
        return CardRule(**self.document["terms"])

    @property
    def subject(self) -> Subject:
        """Return where it lies, for `riskmap.access.policy`."""
        return Subject(self.town)

    @property
    def answer_due(self) -> date | None:
        """Return until when an answer is due; None when none is awaited."""
        if self.state is not CardState.GIVEN:
            return None
        told = [step.document.get("answer_due") for step in self.steps]
        newest = next((day for day in reversed(told) if day is not None), None)
        return None if newest is None else date.fromisoformat(newest)

    @property
    def correction(self) -> CardStep | None:
        """Return the step that says that its week, corrected, would not raise it; None: it would.

        Only while the card is open: afterwards nothing is left to decide.
        """
        told = [step for step in self.steps if step.action == CORRECTED]
        newest = told[-1] if told else None
        return newest if newest is not None and not newest.document["fires"] else None

    def events(self) -> tuple[tuple[str, str], ...]:
        """Return (mark, week) of each time that its kind was raised; () when it does not count."""
        if not self.counts:
            return ()
        again = [
            step.document["week"]
            for step in self.steps
            if step.action == AGAIN and step.document["card"] == self.card
        ]
        return tuple((f"{self.number}@{week}", week) for week in (self.week, *again))

    def last(self, *actions: str) -> CardStep | None:
        """Return the newest step of any of these actions."""
        return next((step for step in reversed(self.steps) if step.action in actions), None)

    def summary(self) -> dict[str, Any]:
        """Return what a week shows of it: number, card, state, answer_due."""
        due = self.answer_due
        return {
            "number": self.number,
            "card": self.card,
            "name": CARD_ZH[self.card],
            "state": str(self.state),
            "state_zh": CARD_STATE_ZH[self.state],
            "answer_due": None if due is None else due.isoformat(),
        }

    def plain(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            **self.document,
            **self.summary(),
            "town": self.town,
            "week": self.week,
            "raised_at": self.raised_at.isoformat(),
            "rule": self.rule,
            "version": self.version,
            "standing": self.standing,
            "steps": [step.plain() for step in self.steps],
        }


def load_cards(
    connection: sa.Connection,
    *,
    number: str | None = None,
    town: str | None = None,
    known_until: datetime | None = None,
) -> list[Card]:
    """Return cards with their steps, by week, town and number, as known at a moment (None: now)."""
    if "\0" in f"{number}{town}":  # PostgreSQL takes no such text, not even to look for it
        return []
    chosen = sa.select(cards)
    steps = sa.select(card_steps)
    if known_until is not None:
        chosen = chosen.where(cards.c.raised_at <= known_until)
        steps = steps.where(card_steps.c.learnt_at <= known_until)
    if number is not None:
        chosen, steps = (
            chosen.where(cards.c.number == number),
            steps.where(card_steps.c.number == number),
        )
    if town is not None:
        chosen = chosen.where(cards.c.town == town)
    histories: dict[str, list[CardStep]] = {}
    for row in connection.execute(steps.order_by(card_steps.c.version)).mappings():
        histories.setdefault(row["number"], []).append(_step(dict(row)))
    ordered = chosen.order_by(cards.c.week, cards.c.town, cards.c.number)
    return [
        Card(
            row["number"],
            row["town"],
            row["card"],
            row["week"],
            row["raised_at"],
            row["rule"],
            json.loads(row["document"]),
            tuple(histories[row["number"]]),
        )
        for row in connection.execute(ordered).mappings()
    ]


def load_card(connection: sa.Connection, number: str) -> Card:
    """Return one card.

    Raises
    ------
    NotFoundError
        There is none of this number.
    """
    found = load_cards(connection, number=number)
    if not found:
        raise NotFoundError("没有这张牌", number, "核对编号，或看 riskmap card list")
    return found[0]


@dataclass(frozen=True)
class NewStep:
    """What is to be appended: the action, where it leads, why, and the facts behind it."""

    action: str
    after: CardState
    reason: str | None = None
    document: Mapping[str, Any] | None = None


def insert_card(connection: sa.Connection, actor: Actor, card: Card, step: NewStep) -> Card:
    """Store a new card with its first step and its audit row; return it with the step."""
    connection.execute(
        sa.insert(cards).values(
            number=card.number,
            town=card.town,
            card=card.card,
            week=card.week,
            raised_at=card.raised_at,
            rule=card.rule,
            document=canonical_text(card.document),
        )
    )
    return append_step(connection, actor, card, step, now=card.raised_at)


def append_step(
    connection: sa.Connection, actor: Actor, card: Card, step: NewStep, *, now: datetime
) -> Card:
    """Append the next step and its audit row inside the caller's transaction; return the card.

    A step never becomes known before the one it follows, whatever the clocks say.
    """
    last = card.steps[-1] if card.steps else None
    moment = now if last is None else max(now, last.learnt_at)
    stored = CardStep(
        1 if last is None else last.version + 1,
        step.action,
        None if last is None else last.after,
        step.after,
        moment,
        moment,
        actor.login,
        actor.name,
        step.reason,
        dict(step.document or {}),
    )
    connection.execute(
        sa.insert(card_steps).values(
            number=card.number,
            version=stored.version,
            action=stored.action,
            state_before=None if stored.before is None else str(stored.before),
            state_after=str(stored.after),
            held_at=stored.held_at,
            learnt_at=stored.learnt_at,
            actor=stored.actor,
            actor_name=stored.actor_name,
            reason=stored.reason,
            document=canonical_text(stored.document),
        )
    )
    before = {"state": stored.before and str(stored.before), "version": stored.version - 1}
    after = {
        "card": card.card,
        "town": card.town,
        "state": str(stored.after),
        "version": stored.version,
        "reason": stored.reason,
        "facts": stored.document,
    }
    subject = f"card:{card.number}"
    audit.append(
        connection, actor, f"card.{step.action}", subject, now=now, before=before, after=after
    )
    return _with_step(card, stored)


def free_number(connection: sa.Connection, week: str, town: str, card: str) -> str:
    """Return the number of a new card, like 2026-W26-330106001-white; a second one ends in -2."""
    stem = f"{week}-{town}-{card}"
    query = sa.select(cards.c.number).where(cards.c.week == week, cards.c.town == town)
    taken = set(connection.execute(query).scalars())
    number, count = stem, 1
    while number in taken:
        count += 1
        number = f"{stem}-{count}"
    return number


def due_after(moment: datetime, rule: CardRule) -> date:
    """Return the last day for an answer: calendar days from the day, in the district's zone."""
    return moment.date() + timedelta(days=rule.answer_days)


def gravest(found: Sequence[Card]) -> Card | None:
    """Return the gravest card, of equals the newest; None of none."""
    return max(found, key=lambda card: (card.weight, card.week), default=None)


def _with_step(card: Card, step: CardStep) -> Card:
    return Card(
        card.number,
        card.town,
        card.card,
        card.week,
        card.raised_at,
        card.rule,
        card.document,
        (*card.steps, step),
    )


def _step(row: Mapping[str, Any]) -> CardStep:
    before = row["state_before"]
    return CardStep(
        row["version"],
        row["action"],
        None if before is None else CardState(before),
        CardState(row["state_after"]),
        row["held_at"],
        row["learnt_at"],
        row["actor"],
        row["actor_name"],
        row["reason"],
        json.loads(row["document"]),
    )
