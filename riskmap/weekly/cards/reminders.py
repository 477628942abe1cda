"""Reminders of cards: whose answer is due in seven or three days, today, or late.

The stages are those of hidden dangers (`riskmap.ledger.reminders`): the term runs in calendar
days, a reminder whose day is a rest day comes on the last working day before it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from riskmap.ledger.deadlines import overdue_days
from riskmap.ledger.reminders import Stage, is_fresh, stage_on
from riskmap.ledger.workdays import Calendar, calendar_of
from riskmap.weekly.cards.deciding import list_cards
from riskmap.weekly.cards.versions import Card
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class CardReminder:
    """A card whose answer is due soon or late; the fields are those of a danger's reminder."""

    number: str
    town: str
    card: str
    due: date
    days_left: int
    stage: Stage
    fresh: bool
    rest_day: str
    known: bool


def cards_due(ws: Workspace, now: datetime) -> list[CardReminder]:
    """Return the cards whose answer is due within seven days or late, the most overdue first."""
    today, calendar = now.astimezone(ws.settings.zone).date(), calendar_of(ws)
    found = []
    for card in list_cards(ws, state="given"):
        due = card.answer_due
        stage = None if due is None else stage_on(due, today, calendar)
        if due is not None and stage is not None:
            found.append(_reminder(card, due, today, stage, calendar))
    return sorted(found, key=lambda one: (one.due, one.number))


def doubtful_cards(ws: Workspace) -> list[Card]:
    """Return open cards whose week, corrected, would not raise them: the office has to decide."""
    return [card for card in list_cards(ws, state="open") if card.correction is not None]


def _reminder(card: Card, due: date, today: date, stage: Stage, calendar: Calendar) -> CardReminder:
    late = overdue_days(due, today)
    rest = "" if calendar.is_workday(due) else calendar.name(due) or "周末"
    return CardReminder(
        number=card.number,
        town=card.town,
        card=card.card,
        due=due,
        days_left=-late if late else (due - today).days,
        stage=stage,
        fresh=is_fresh(due, today, calendar),
        rest_day=rest,
        known=calendar.known(due),
    )
