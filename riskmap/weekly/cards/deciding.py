"""Cards as people read and decide on them: the one door of pages, API and command line."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import NOWHERE, Subject, authorise, may
from riskmap.errors import ConflictError, FieldsError, NotFoundError, TransitionError
from riskmap.ledger.gaming import week_of
from riskmap.records.storing import queue_writers
from riskmap.rows import town_names
from riskmap.schemes import scheme_in_use, weekly_rules
from riskmap.weekly import reason_texts
from riskmap.weekly.cards.conditions import CardCase, check_conditions, prevented
from riskmap.weekly.cards.effects import supersede
from riskmap.weekly.cards.facts import newest_published
from riskmap.weekly.cards.release import ReleaseReport, release_report
from riskmap.weekly.cards.states import (
    BY_CARD_ACTION,
    CARD_STATE_ZH,
    CARD_ZH,
    GIVEN_BY_HAND,
    STEPS,
    CardAction,
    CardState,
    steps_from,
)
from riskmap.weekly.cards.versions import (
    Card,
    NewStep,
    append_step,
    due_after,
    free_number,
    insert_card,
    load_card,
    load_cards,
)
from riskmap.weekly.cards.words import OFFICE
from riskmap.workspace import Workspace
from scoring.weekly.parts import CARDS, CardRule

LONGEST = reason_texts.LONGEST
"""Characters of a reason or an answer."""


def list_cards(
    ws: Workspace,
    *,
    town: str | None = None,
    state: str | None = None,
    known_until: datetime | None = None,
) -> list[Card]:
    """Return cards, the newest week first; `state` is a state, "open" or "standing".

    Raises
    ------
    NotFoundError
        There is no such state.
    """
    known = {str(one) for one in CardState} | {"open", "standing"}
    if state is not None and state not in known:
        raise NotFoundError("没有这种状态", state, "可用：" + " ".join(sorted(known)))
    with ws.read() as connection:
        found = load_cards(connection, town=town, known_until=known_until)
    kept = [card for card in found if state is None or _is(card, state)]
    return sorted(kept, key=lambda card: (card.week, card.weight, card.number), reverse=True)


def _is(card: Card, state: str) -> bool:
    if state == "standing":
        return card.standing
    if state == "open":
        return bool(steps_from(card.state))
    return str(card.state) == state


def read_card(ws: Workspace, number: str) -> Card:
    """Return a card with its history.

    Raises
    ------
    NotFoundError
        There is none of this number.
    """
    with ws.read() as connection:
        return load_card(connection, number)


def may_release(ws: Workspace, card: Card, now: datetime) -> ReleaseReport:
    """Return what the records say about letting a card go now: each condition and its figures."""
    with ws.read() as connection:
        return release_report(connection, ws, card, now)


def allowed(ws: Workspace, card: Card, actor: Actor, now: datetime) -> list[CardAction]:
    """Return what this person can do with a card now, in the order of the loop."""
    mine = [one for one in steps_from(card.state) if may(actor, one.permission, card.subject)]
    if not mine:
        return []
    with ws.read() as connection:
        case = _case(connection, ws, card, actor, now)
        return [one for one in mine if prevented(one, case) is None]


def act(
    ws: Workspace,
    actor: Actor,
    number: str,
    action: str,
    reason: str,
    *,
    version: int | None,
    now: datetime,
) -> Card:
    """Do one action of `riskmap.weekly.cards.states.STEPS` on a card; return it as it is then.

    Parameters
    ----------
    reason
        The reason, answer, application or opinion; always needed.
    version
        The version the person saw.

    Raises
    ------
    NotFoundError
        There is no such card, or no such action.
    SignInError, ForbiddenError
        Not by this person.
    FieldsError
        No reason, or no version.
    ConflictError
        Somebody else changed the card since; `theirs` is the card as it is now.
    TransitionError
        Its state or the records do not allow the action.
    """
    step = _action(action)
    with audit.refusals_kept(ws, actor, f"card.{action}", f"card:{number}", now=now):
        authorise(actor, step.permission, Subject(actor.town))
        text = _text(step.text_zh, reason)
        with ws.write() as connection:
            queue_writers(connection)
            card = load_card(connection, number)
            authorise(actor, step.permission, card.subject)
            _check_version(card, action, reason, version)
            _check_state(step, card)
            case = _case(connection, ws, card, actor, now)
            check_conditions(step, case)
            new = NewStep(step.action, step.after, text, _facts(ws, step, case, now))
            done = append_step(connection, actor, card, new, now=now)
            if step.after is CardState.GIVEN:
                supersede(connection, actor, done, case.others, now)
    return done


def give(ws: Workspace, actor: Actor, town: str, card: str, reason: str, *, now: datetime) -> Card:
    """Give a card by hand, for a reason that no rule knows; lighter ones of the town go up in it.

    Raises
    ------
    SignInError, ForbiddenError
        Not by this person.
    FieldsError
        No such town or card, or no reason: all at once.
    TransitionError
        As grave a card stands against the town already.
    """
    with audit.refusals_kept(ws, actor, "card.give_by_hand", f"card:{town}", now=now):
        authorise(actor, "card.decide", Subject(town) if town else NOWHERE)
        rule, name = _checked(ws, town, card, reason)
        with ws.write() as connection:
            queue_writers(connection)
            own = load_cards(connection, town=town)
            standing = [one for one in own if one.standing and one.weight >= CARDS.index(card)]
            if standing:
                raise TransitionError(
                    f"该镇街已有{CARD_ZH[standing[0].card]}", standing[0].number, "先办结这一张"
                )
            local = now.astimezone(ws.settings.zone)
            week = newest_published(connection) or week_of(ws, now)
            document = _by_hand(ws, rule, name, reason.strip())
            number = free_number(connection, week, town, card)
            new = Card(number, town, card, week, local, OFFICE, document, ())
            facts = {"answer_due": due_after(local, rule).isoformat()}
            step = NewStep(GIVEN_BY_HAND, CardState.GIVEN, reason.strip(), facts)
            done = insert_card(connection, actor, new, step)
            supersede(connection, actor, done, own, now)
    return done


def cards_beside(connection: sa.Connection, week: str, at: datetime) -> dict[str, Card]:
    """Return the card that readers of a week see beside a town, as it is now.

    The gravest card of that week or an earlier one that had not come to an end before the
    week's cut-off `at`; a card given goes before a proposal. Declined and withdrawn ones are
    left out.
    """
    found: dict[str, Card] = {}
    for card in load_cards(connection):
        ended = None if steps_from(card.state) else card.steps[-1].learnt_at
        gone = card.state in (CardState.DECLINED, CardState.WITHDRAWN)
        if card.week > week or gone or (ended is not None and ended <= at):
            continue
        known = found.get(card.town)
        if known is None or (card.counts, card.weight) >= (known.counts, known.weight):
            found[card.town] = card
    return found


def _case(
    connection: sa.Connection, ws: Workspace, card: Card, actor: Actor, now: datetime
) -> CardCase:
    others = [one for one in load_cards(connection, town=card.town) if one.number != card.number]
    return CardCase(card, actor, others, lambda: release_report(connection, ws, card, now))


def _action(action: str) -> CardAction:
    if action not in BY_CARD_ACTION:
        raise NotFoundError(
            "没有这种操作", action, "可用：" + " ".join(one.action for one in STEPS)
        )
    return BY_CARD_ACTION[action]


def _text(name: str, reason: str) -> str:
    text = reason.strip()
    fault = f"请写明{name}" if reason_texts.says_nothing(text) else reason_texts.fault_of(text)
    if fault:
        raise FieldsError({"reason": fault})
    return text


def _check_version(card: Card, action: str, reason: str, version: int | None) -> None:
    if version is None:
        raise FieldsError({"version": "请带上看到的版本号"})
    if version != card.version:
        raise ConflictError(
            "这张牌刚被办理过",
            f"{card.number}，现为第 {card.version} 版，您看到的是第 {version} 版",
            "看过现在的内容后再提交，您填的都还在",
            yours={"action": action, "version": version, "reason": reason},
            theirs=card.plain(),
        )


def _check_state(step: CardAction, card: Card) -> None:
    if card.state not in step.before:
        possible = tuple(one.action for one in steps_from(card.state))
        names = "、".join(BY_CARD_ACTION[one].title_zh for one in possible)
        raise TransitionError(
            f"现在不能{step.title_zh}",
            f"{card.number} {CARD_STATE_ZH[card.state]}",
            f"可以：{names}" if names else "这张牌已办结",
            allowed=possible,
        )


def _facts(ws: Workspace, step: CardAction, case: CardCase, now: datetime) -> dict[str, Any]:
    """Return what is kept with a step: the new term, or what the release was checked against."""
    if step.starts_term:
        local = now.astimezone(ws.settings.zone)
        return {"answer_due": due_after(local, case.card.terms).isoformat()}
    return case.report().plain() if step.action == "release" else {}


def _checked(ws: Workspace, town: str, card: str, reason: str) -> tuple[CardRule, str]:
    """Return the rule of a card and the town's name, or all faults at once."""
    weekly = weekly_rules(ws)
    faults: dict[str, str] = {}
    names: Mapping[str, str] = town_names(ws)
    rules: Sequence[CardRule] = [rule for rule in weekly.cards if rule.card == card]
    if town not in names:
        faults["town"] = "没有这个镇街"
    if not rules:
        faults["card"] = "可用：" + " ".join(rule.card for rule in weekly.cards)
    if reason_texts.says_nothing(reason):
        faults["reason"] = "请写明理由"
    elif reason_texts.fault_of(reason.strip()):
        faults["reason"] = reason_texts.fault_of(reason.strip())
    if faults:
        raise FieldsError(faults)
    return rules[0], names[town]


def _by_hand(ws: Workspace, rule: CardRule, name: str, reason: str) -> dict[str, Any]:
    scheme = scheme_in_use(ws)
    return {
        "town_name": name,
        "revision": None,
        "index": None,
        "level": None,
        "rank": None,
        "weakest_aspect": None,
        "triggers": [{"trigger": OFFICE, "text": reason, "odds": None, "facts": {}}],
        "odds": None,
        "threshold": None,
        "evidence": [],
        "named": {"dangers": [], "accidents": [], "cards": []},
        "terms": asdict(rule),
        "scheme": {"version": scheme.version, "digest": scheme.digest},
    }
