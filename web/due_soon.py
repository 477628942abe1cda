"""What is due for whoever reads: the block of reminders above the list of dangers."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from riskmap.access.policy import RULES, Subject, may
from riskmap.ledger.due_now import due_now
from riskmap.ledger.reminders import Reminder, Stage
from web.access import actor_of, moment_of
from web.danger_pages import local_now
from web.danger_view import Words, address_of, due_text
from web.formatting import short_date
from web.rendering import workspace_of

SHOWN = 3
"""Dangers named per stage; the others are counted."""
OWN = "danger.comment"
"""Whoever may write on a danger has to do with it: it is theirs to be reminded of."""
ORDER = (Stage.OVERDUE, Stage.TODAY, Stage.THREE, Stage.SEVEN)
NAMES = {Stage.OVERDUE: "overdue", Stage.TODAY: "T0", Stage.THREE: "T3", Stage.SEVEN: "T7"}


def stages(request: Request, words: Words) -> list[dict[str, Any]] | None:
    """Return the stages with their dangers, [] when nothing is due, None for mere readers."""
    actor = actor_of(request)
    if actor.role not in RULES[OWN]:
        return None
    found = due_now(workspace_of(request), moment_of(request))
    own = [one for one in found if may(actor, OWN, Subject(one.town, one.domain))]
    return [
        _stage(stage, [one for one in own if one.stage is stage], request, words)
        for stage in ORDER
        if any(one.stage is stage for one in own)
    ]


def _stage(stage: Stage, due: Sequence[Reminder], request: Request, words: Words) -> dict[str, Any]:
    today = local_now(request).date()
    return {
        "name": NAMES[stage],
        "title": words.t(f"remind_{NAMES[stage]}"),
        "count": len(due),
        "more": max(0, len(due) - SHOWN),
        "rows": [
            {
                "href": address_of(one.number),
                "description": one.description or one.number,
                "town_name": words.value("town", one.town),
                "due_text": due_text(one.due, today, words.t) + _rest(one, words),
            }
            for one in due[:SHOWN]
        ],
    }


def _rest(one: Reminder, words: Words) -> str:
    """Return a word on a deadline that falls on a rest day, or in a year not known yet."""
    said = ""
    if one.rest_day and one.days_left >= 0:
        day = short_date(one.due, words.t.language)
        rest = one.rest_day if words.t.language == "zh" else words.t("remind_rest")
        said = words.t("remind_rest_day", day=day, rest=rest)
    return said if one.known else said + words.t("remind_unsure")
