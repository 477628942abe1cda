"""What the office does with a week on its page: compute it, see what publishing would raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from riskmap.access.actors import Actor
from riskmap.access.policy import may
from riskmap.ledger.gaming import week_of, week_window
from riskmap.weekly.cards.deciding import LONGEST
from riskmap.weekly.moments import current_week
from riskmap.weekly.publishing import Draft, waiting_draft
from riskmap.weekly.shown import chance_text
from riskmap.workspace import Workspace
from web.texts.lookup import Texts
from web.weekly.week_view import Document, week_address, week_name

HOLD = "hold-"
"""Field of the form: with the code of a town, the reason to hold its card back."""
DONE = ("published", "already", "computed", "same")


@dataclass(frozen=True)
class Sent:
    """A form that could not be taken: which, what was typed, what is wrong; or what was done."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    done: str = ""


NOTHING = Sent()


@dataclass(frozen=True)
class Asked:
    """Who looks at which week, when, and in which words."""

    workspace: Workspace
    actor: Actor
    week: str
    now: datetime
    t: Texts


def is_office(actor: Actor) -> bool:
    """Say whether this person has something to do with a week."""
    return may(actor, "week.publish") or may(actor, "week.compute")


def office_view(
    asked: Asked,
    listed: Sequence[Document],
    revisions: Sequence[Document],
    document: Document | None,
    sent: Sent = NOTHING,
) -> dict[str, Any] | None:
    """Return what the office can do with a week; None for everybody else.

    Parameters
    ----------
    listed, revisions
        All weeks that were computed, and the revisions of this one, newest first.
    document
        The revision that is shown; None where the week was never computed.
    sent
        A form that came back.
    """
    if not is_office(asked.actor):
        return None
    draft = None
    if revisions and may(asked.actor, "week.publish"):
        draft = waiting_draft(asked.workspace, asked.week, asked.now)
    seen = draft is not None and document is not None and document["revision"] == draft.revision
    cards = _cards(draft, document, asked.t) if draft and document and seen else []
    published = next((one for one in revisions if one["status"] == "published"), None)
    fields = {one["field"] for one in cards}
    return {
        "draft": draft,
        "seen": seen,
        "href": week_address(asked.week, draft.revision) if draft else "",
        "cards": cards,
        "labels": {one["field"]: one["label"] for one in cards},
        "sum": _sum(cards, asked.t),
        "published": published,
        "compute": _compute(asked, bool(revisions), published is not None),
        "other": _other(asked, listed),
        "refused": sent.refused,
        "kept": [
            text for name, text in sent.values.items() if name.startswith(HOLD) and
            name not in fields and text
        ],
        "done": sent.done if sent.done in DONE else "",
        "longest": LONGEST,
    }  # fmt: skip


def _cards(draft: Draft, document: Document, t: Texts) -> list[dict[str, Any]]:
    """Return a line per card that publishing raises, those to be given first, gravest first."""
    names = {town["code"]: town["name"] for town in document["towns"]}
    kinds = ("white", "yellow", "red")
    found = [
        {
            "field": f"{HOLD}{code}",
            "town": names[code],
            "href": f"{week_address(draft.week)}/towns/{code}?revision={draft.revision}",
            "how": how,
            "card": one["card"],
            "name": t(f"card_{one['card']}"),
            "chance": _chance(one["odds"], t),
            "label": t("office_hold", town=names[code], card=t(f"card_{one['card']}")),
        }
        for code, cards in draft.cards.items()
        for how, one in cards.items()
    ]
    return sorted(
        found, key=lambda one: (one["how"] != "given", -kinds.index(one["card"]), one["field"])
    )


def _chance(odds: float | None, t: Texts) -> str:
    """Return how sure a card is."""
    if odds is None:
        return t("office_odds_unknown")
    return t("card_odds", odds=chance_text(odds))


def _sum(cards: Sequence[Document], t: Texts) -> str:
    """Return how many cards publishing would give and propose."""
    counts = {how: sum(one["how"] == how for one in cards) for how in ("given", "proposed")}
    parts = [t(f"office_sum_{how}", count=count) for how, count in counts.items() if count]
    return t("comma").join(parts) or t("office_sum_none")


def _compute(asked: Asked, computed: bool, published: bool) -> dict[str, Any] | None:
    """Return the form that computes this week, None where it may not be or has not begun."""
    window = week_window(asked.workspace, asked.week)
    if not may(asked.actor, "week.compute") or window.start >= min(window.end, asked.now):
        return None
    over = asked.now >= window.end
    late = "over" if computed else "first"
    return {
        "again": computed,
        "early": not over,
        "reason": over,
        "required": published,
        "note": asked.t(f"office_compute_{'correct' if published else late if over else 'early'}"),
    }


def _other(asked: Asked, listed: Sequence[Document]) -> dict[str, Any] | None:
    """Return the week that waits to be computed: the last that is over, else the running one."""
    if not may(asked.actor, "week.compute"):
        return None
    known = {one["week"] for one in listed} | {asked.week}
    due = current_week(asked.workspace, asked.now)
    running = week_of(asked.workspace, asked.now)
    week = next((one for one in (due, running) if one not in known), None)
    if week is None:
        return None
    return {"week": week, "name": week_name(week, asked.t), "over": week == due}
