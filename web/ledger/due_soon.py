"""What is due for whoever reads, dangers and cards: the block above the list of dangers."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from riskmap.access.policy import RULES, Subject, may
from riskmap.ledger.due_now import due_now
from riskmap.ledger.reminders import Reminder, Stage
from riskmap.weekly.cards.reminders import CardReminder, cards_due
from web.access import actor_of, moment_of
from web.formatting import short_date
from web.ledger.danger_pages import local_now
from web.ledger.danger_view import Words, address_of, due_text
from web.rendering import workspace_of
from web.weekly.card_view import address_of as card_address

SHOWN = 3
"""Dangers and cards named per stage; the others are counted."""
OWN = "danger.comment"
"""Whoever may write on a danger has to do with it: it is theirs to be reminded of."""
ANSWER = "card.answer"
"""Whoever may answer a card is reminded of it."""
ORDER = (Stage.OVERDUE, Stage.TODAY, Stage.THREE, Stage.SEVEN)
NAMES = {Stage.OVERDUE: "overdue", Stage.TODAY: "T0", Stage.THREE: "T3", Stage.SEVEN: "T7"}


def stages(request: Request, words: Words) -> list[dict[str, Any]] | None:
    """Return the stages with their dangers and the cards to be answered, those first.

    [] when nothing is due, None for mere readers.
    """
    actor = actor_of(request)
    if actor.role not in RULES[OWN]:
        return None
    workspace, now = workspace_of(request), moment_of(request)
    own: list[Reminder | CardReminder] = [
        one for one in cards_due(workspace, now) if may(actor, ANSWER, Subject(one.town))
    ]
    own += [
        one for one in due_now(workspace, now) if may(actor, OWN, Subject(one.town, one.domain))
    ]
    return [
        _stage(stage, [one for one in own if one.stage is stage], request, words)
        for stage in ORDER
        if any(one.stage is stage for one in own)
    ]


def _stage(
    stage: Stage, due: Sequence[Reminder | CardReminder], request: Request, words: Words
) -> dict[str, Any]:
    today = local_now(request).date()
    return {
        "name": NAMES[stage],
        "title": words.t(f"remind_{NAMES[stage]}"),
        "count": len(due),
        "more": max(0, len(due) - SHOWN),
        "rows": [
            {
                **_what(one, words),
                "town_name": words.value("town", one.town),
                "due_text": due_text(one.due, today, words.t) + _rest(one, words),
            }
            for one in due[:SHOWN]
        ],
    }


def _what(one: Reminder | CardReminder, words: Words) -> dict[str, str]:
    """Return what is due and where it is dealt with."""
    if isinstance(one, CardReminder):
        said = words.t("remind_card", card=words.t(f"card_{one.card}"))
        return {"href": card_address(one.number), "description": said}
    return {"href": address_of(one.number), "description": one.description or one.number}


def _rest(one: Reminder | CardReminder, words: Words) -> str:
    """Return a word on a deadline that falls on a rest day, or in a year not known yet."""
    said = ""
    if one.rest_day and one.days_left >= 0:
        day = short_date(one.due, words.t.language)
        rest = one.rest_day if words.t.language == "zh" else words.t("remind_rest")
        said = words.t("remind_rest_day", day=day, rest=rest)
    return said if one.known else said + words.t("remind_unsure")
