"""`/cards` and `/cards/{number}`: white, yellow and red cards, and what this person can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.actors import Role
from riskmap.access.policy import NOWHERE, Subject, authorise, may
from riskmap.errors import (
    ConflictError,
    FieldsError,
    ForbiddenError,
    RiskmapError,
    TransitionError,
)
from riskmap.weekly.cards import deciding as cards
from riskmap.weekly.cards.reminders import doubtful_cards
from riskmap.weekly.cards.states import BY_CARD_ACTION, CARD_ZH, steps_from
from riskmap.weekly.cards.versions import Card
from web.access import actor_of, moment_of, sign_in_address
from web.errors import status_of
from web.forms import go, render_form, seen_version, typed
from web.ledger.danger_pages import Form, ground_of, local_now
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts
from web.weekly.card_view import (
    CardWords,
    action_forms,
    address_of,
    card_row,
    card_view,
    in_groups,
    prevented_texts,
    step_name,
)
from web.weekly.stored_words import readable

router = APIRouter(include_in_schema=False)

MOST_PAST = 200
"""Settled cards on the list; older ones are found by their town."""


@dataclass(frozen=True)
class Sent:
    """A form that could not be taken: which, what was typed, what is wrong."""

    form: str = ""
    values: Mapping[str, str] | None = None
    faults: Mapping[str, str] | None = None


@router.get("/cards", response_class=HTMLResponse)
def cards_page(request: Request, town: Annotated[str, Query(max_length=12)] = "") -> Response:
    """List the cards to decide on, the standing and the past ones."""
    authorise(actor_of(request), "read")
    return _list(request, town, Sent())


@router.post("/cards", response_class=HTMLResponse)
def give(request: Request, form: Form) -> Response:
    """Give a card by hand."""
    values = typed(form)
    given = [values.get(name, "") for name in ("town", "card", "reason")]
    try:
        card = cards.give(workspace_of(request), actor_of(request), *given, now=moment_of(request))
    except FieldsError as error:
        return _list(request, "", Sent("give", values, error.faults), 422)
    except TransitionError as error:
        return _list(request, "", Sent("give", values, {"": str(error)}), status_of(error))
    return go(f"{address_of(card.number)}?done=give_by_hand")


@router.get("/cards/{number}", response_class=HTMLResponse)
def card_page(request: Request, number: str, done: str = "") -> Response:
    """Show one card."""
    authorise(actor_of(request), "read")
    return _page(request, cards.read_card(workspace_of(request), number), Sent(), done=done)


@router.post("/cards/{number}/{action}", response_class=HTMLResponse)
def act(request: Request, number: str, action: str, form: Form) -> Response:
    """Do one action; what was typed is kept when it cannot be taken."""
    workspace, actor, values = workspace_of(request), actor_of(request), typed(form)
    reason, version = values.get("reason", ""), seen_version(values)
    try:
        cards.act(workspace, actor, number, action, reason, version=version, now=moment_of(request))
    except FieldsError as error:
        card = cards.read_card(workspace, number)
        return _page(request, card, Sent(action, values, error.faults), status=422)
    except (ConflictError, TransitionError, ForbiddenError) as error:
        return _not_now(request, number, action, values, error)
    return go(f"{address_of(number)}?done={action}")


def _list(request: Request, town: str, sent: Sent, status: int = 200) -> Response:
    words, today = words_of(request, NOWHERE), local_now(request).date()
    found = cards.list_cards(workspace_of(request), town=town or None)
    waiting, standing, past = in_groups(found)
    rows = [card_row(card, today, words) for card in standing]
    late = sum(row["late"] for row in rows)
    decides = may(actor_of(request), "card.decide")
    context: dict[str, Any] = {
        "page": "cards",
        "sentence": _sentence(len(waiting), standing, late, words.t),
        "doubtful": _doubtful(request, town, today, words) if decides else [],
        "waiting": [card_row(card, today, words) for card in waiting],
        "standing": rows,
        "past": [card_row(card, today, words) for card in past[:MOST_PAST]],
        "more": len(past) > MOST_PAST,
        "town": town,
        "towns": list(words.towns.items()),
        "kinds": [(card, words.t(f"card_{card}")) for card in CARD_ZH],
        "may_give": decides,
        "labels": {name: words.t(f"card_field_{name}") for name in ("town", "card", "reason")},
        "longest": cards.LONGEST,
    }
    return render_form(
        request, "cards.html", context, sent.faults, sent.values, status, form=sent.form
    )


def _doubtful(request: Request, town: str, today: date, words: CardWords) -> list[dict[str, Any]]:
    """Return the open cards whose week, corrected, would not raise them; with what was noted."""
    return [
        {**card_row(card, today, words), "note": words.text(readable(card.correction.reason or ""))}
        for card in doubtful_cards(workspace_of(request))
        if card.correction and (not town or card.town == town)
    ]


def _sentence(waiting: int, standing: Sequence[Card], late: int, t: Texts) -> str:
    """Return how many cards stand, by kind, how many wait for the office, how many are late."""
    parts = [t("cards_sum", count=len(standing))] if standing else [t("cards_sum_none")]
    for kind in reversed(tuple(CARD_ZH)):
        count = sum(card.card == kind for card in standing)
        if count:
            parts.append(t("cards_sum_kind", card=t(f"card_{kind}"), count=count))
    if late:
        parts.append(t("cards_sum_late", count=late))
    if waiting:
        parts.append(t("cards_sum_waiting", count=waiting))
    return " · ".join(parts)


def _page(
    request: Request,
    card: Card,
    sent: Sent,
    *,
    done: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    workspace, actor, now = workspace_of(request), actor_of(request), moment_of(request)
    words = words_of(request, card.subject)
    allowed = cards.allowed(workspace, card, actor, now)
    steps = steps_from(card.state)
    mine = [one for one in steps if may(actor, one.permission, card.subject)]
    unmet = cards.may_release(workspace, card, now).missing if card.standing else ()
    context: dict[str, Any] = {
        "page": "card",
        "card": card_view(card, unmet, local_now(request).date(), words),
        "forms": action_forms(card, allowed, words.t, town=actor.role is Role.REPORTER),
        "why_not": prevented_texts(card, mine, allowed, actor.login, words.t),
        "over": not steps,
        "nobody": actor.role is Role.ANONYMOUS,
        "sign_in": sign_in_address(address_of(card.number)),
        "done": words.t("card_done", step=step_name(done, words.t)) if _is_step(done) else "",
        "refused": refused,
        "typed": (sent.values or {}).get("reason", "") if refused and not sent.form else "",
        "longest": cards.LONGEST,
    }
    return render_form(
        request, "card.html", context, sent.faults, sent.values, status, form=sent.form
    )


def _not_now(
    request: Request, number: str, action: str, values: Mapping[str, str], error: RiskmapError
) -> Response:
    """Show the card as it is now with why it could not be done, and what was typed."""
    workspace, actor = workspace_of(request), actor_of(request)
    card = cards.read_card(workspace, number)
    t = Texts(language_of(request))
    said = str(error)
    if isinstance(error, ConflictError):
        said = t("card_conflict", step=step_name(card.steps[-1].action, t))
    still = {one.action for one in cards.allowed(workspace, card, actor, moment_of(request))}
    sent = Sent(action if action in still else "", values)
    return _page(request, card, sent, refused=said, status=status_of(error))


def words_of(request: Request, subject: Subject) -> CardWords:
    """Return how cards are written for this reader."""
    ground = ground_of(request)
    towns = dict(zip(ground.codes, ground.names, strict=True)) if ground else {}
    return CardWords(
        Texts(language_of(request)),
        workspace_of(request).settings.zone,
        towns,
        may(actor_of(request), "read.persons", subject),
    )


def _is_step(done: str) -> bool:
    return done in BY_CARD_ACTION or done == "give_by_hand"
