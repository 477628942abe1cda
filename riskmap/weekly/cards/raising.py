"""Cards of a week that is being published: raised by rule, in the publication's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.errors import FieldsError
from riskmap.schemes import stored_scheme, weekly_of
from riskmap.weekly.cards.effects import lapse_old, supersede, without_old
from riskmap.weekly.cards.facts import newest_published
from riskmap.weekly.cards.gathering import Judged, judge
from riskmap.weekly.cards.states import (
    AGAIN,
    CARD_ZH,
    CORRECTED,
    GIVEN_BY_RULE,
    HELD_BACK,
    OPEN,
    PROPOSED_BY_RULE,
    CardState,
)
from riskmap.weekly.cards.versions import (
    Card,
    NewStep,
    append_step,
    due_after,
    free_number,
    gravest,
    insert_card,
    load_cards,
)
from riskmap.weekly.cards.words import evidence_rows, sure_text, trigger_rows
from riskmap.weekly.reason_texts import fault_of, says_nothing
from riskmap.weekly.tables import week_publications, weeks
from riskmap.workspace import Workspace
from scoring.weekly.cards import ACCIDENT, LESSER, OVERDUE
from scoring.weekly.parts import CARDS, CardRule, Weekly


@dataclass(frozen=True)
class _Publication:
    """One publication: where, who, of what, when, and what is to be held back."""

    connection: sa.Connection
    actor: Actor
    weekly: Weekly
    judged: Judged
    scheme: Mapping[str, Any]
    revision: int
    local: datetime
    held_back: Mapping[str, str]
    late: bool


def raise_cards(
    connection: sa.Connection,
    ws: Workspace,
    actor: Actor,
    document: Mapping[str, Any],
    *,
    revision: int,
    now: datetime,
    held_back: Mapping[str, str] | None = None,
) -> list[Card]:
    """Raise the cards of a week inside the transaction that publishes it; return what changed.

    The rules are those of the scheme that the week was computed with.

    The caller holds the writers' queue and has stored the publication's row. Cards that are sure
    enough are given, others proposed. What comes late (a correction, or a week before the newest
    published one) is only ever proposed: somebody decides. A card that a corrected week would
    not raise any more is noted, never taken back by itself.

    Parameters
    ----------
    document
        The stored week document; each town's `card_odds` says how sure its triggers are.
    held_back
        Town → reason: a card that would be given to it is held instead.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not hold cards back.
    FieldsError
        What is held back names no town of the week, gives no reason, or no card would have
        been given to the town.
    """
    held_back = held_back or {}
    if held_back:
        authorise(actor, "card.decide")
        _check_held_back(held_back, {str(row["code"]) for row in document["towns"]})
    scheme = stored_scheme(connection, document["scheme"]["digest"])
    weekly = weekly_of(scheme)
    week, at = str(document["week"]), datetime.fromisoformat(document["at"])
    known = load_cards(connection)
    lapsed = lapse_old(connection, actor, known, week, weekly.proposal_weeks, at=at, now=now)
    known = [lapsed.get(card.number, card) for card in known]
    judged = judge(connection, ws, scheme=scheme, weekly=weekly, document=document, known=known)
    corrected = _was_published(connection, week, revision)
    one = _Publication(
        connection=connection,
        actor=actor,
        weekly=weekly,
        judged=judged,
        scheme=document["scheme"],
        revision=revision,
        local=now.astimezone(ws.settings.zone),
        held_back=held_back,
        late=corrected or newest_published(connection) != week,
    )
    changed = list(lapsed.values())
    for i, row in enumerate(document["towns"]):
        own = [card for card in known if card.town == row["code"]]
        if corrected:
            noted = _noted(one, i, own)
            changed += noted
            own = _as_now(own, noted)
        changed += _raised(one, i, own)
    _check_all_held(held_back, changed)
    return changed


def foreseen(
    connection: sa.Connection, ws: Workspace, document: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return what publishing a week would raise: town → given, proposed, each {card, odds}.

    Towns without any are left out; nothing is stored. As `raise_cards` does, it leaves out of
    account what lapses with this week, and only proposes what comes late.
    """
    scheme = stored_scheme(connection, document["scheme"]["digest"])
    weekly = weekly_of(scheme)
    week, at = str(document["week"]), datetime.fromisoformat(document["at"])
    stored = load_cards(connection)
    known = without_old(connection, stored, week, weekly.proposal_weeks, at=at)
    judged = judge(connection, ws, scheme=scheme, weekly=weekly, document=document, known=known)
    late = (newest_published(connection) or "") > week or _was_published(connection, week)
    found: dict[str, dict[str, Any]] = {}
    for i, row in enumerate(document["towns"]):
        own = [card for card in known if card.town == row["code"]]
        given, proposed, _ = _chosen(judged, i, late=late)
        proposed = -1 if _known(own, week, proposed) else proposed
        raised = {
            name: {"card": CARDS[weight], "odds": judged.odds(CARDS[weight], i)}
            for name, weight in (("given", given), ("proposed", proposed))
            if weight >= 0
        }
        if raised:
            found[str(row["code"])] = raised
    return found


def _check_held_back(held_back: Mapping[str, str], towns: set[str]) -> None:
    faults = {town: "没有这个镇街" for town in held_back if town not in towns}
    for town, reason in held_back.items():
        fault = "请写明暂缓的理由" if says_nothing(reason) else fault_of(reason.strip())
        if fault:
            faults[town] = fault
    if faults:
        raise FieldsError(faults)


def _check_all_held(held_back: Mapping[str, str], changed: Sequence[Card]) -> None:
    """Refuse to publish where nothing was there to hold: the one who asked thinks otherwise."""
    held = {card.town for card in changed if card.state is CardState.HELD}
    faults = {town: "这一稿不会给该镇街发牌，不用暂缓" for town in held_back if town not in held}
    if faults:
        raise FieldsError(faults)


def _was_published(connection: sa.Connection, week: str, revision: int | None = None) -> bool:
    """Say whether an earlier revision of the week (None: any) was published."""
    query = (
        sa.select(sa.func.count())
        .select_from(weeks.join(week_publications))
        .where(weeks.c.week == week)
    )
    if revision is not None:
        query = query.where(weeks.c.revision < revision)
    return bool(connection.execute(query).scalar_one())


def _chosen(judged: Judged, i: int, *, late: bool) -> tuple[int, int, int]:
    """Return which cards a town is given, proposed and again, as index into CARDS, -1 none."""
    raising = judged.raising
    given, proposed, again = (
        int(chosen[i]) for chosen in (raising.given, raising.proposed, raising.repeated)
    )
    return (-1, max(given, proposed), -1) if late else (given, proposed, again)


def _raised(one: _Publication, i: int, own: Sequence[Card]) -> list[Card]:
    """Raise what a week raises for a town; return the cards that are new or changed."""
    given, proposed, again = _chosen(one.judged, i, late=one.late)
    changed: list[Card] = []
    if given >= 0:
        changed += _given(one, i, CARDS[given], own)
        own = _as_now(own, changed)
    if proposed >= 0 and not _known(own, one.judged.week, proposed):
        changed += _proposed(one, i, CARDS[proposed], own)
    if again >= 0:
        changed.append(_again(one, i, CARDS[again], own))
    return changed


def _as_now(own: Sequence[Card], changed: Sequence[Card]) -> list[Card]:
    """Return cards as they are after steps that were appended to some of them."""
    newest = {card.number: card for card in changed}
    return [newest.get(card.number, card) for card in own]


def _known(own: Sequence[Card], week: str, weight: int) -> bool:
    """Say whether a proposal would add nothing.

    A card as grave stands, the week raised one before it was corrected, or a graver proposal
    still waits for the office, which must not be lost behind a lighter one.
    """
    return any(
        card.weight > weight
        if card.state is CardState.PROPOSED and card.week != week
        else (card.standing or card.week == week) and card.weight >= weight
        for card in own
    )


def _given(one: _Publication, i: int, card: str, own: Sequence[Card]) -> list[Card]:
    new, rule = _new_card(one, i, card)
    reason = one.held_back.get(new.town)
    if reason is not None:
        step = NewStep(HELD_BACK, CardState.HELD, reason)
        return [insert_card(one.connection, one.actor, new, step)]
    facts = {"answer_due": due_after(one.local, rule).isoformat()}
    step = NewStep(GIVEN_BY_RULE, CardState.GIVEN, _why(new), facts)
    stored = insert_card(one.connection, one.actor, new, step)
    return [stored, *supersede(one.connection, one.actor, stored, own, one.local)]


def _proposed(one: _Publication, i: int, card: str, own: Sequence[Card]) -> list[Card]:
    """Propose a card; an older proposal of its kind or a lighter one gives way to it."""
    new, _ = _new_card(one, i, card)
    step = NewStep(PROPOSED_BY_RULE, CardState.PROPOSED, _why(new), {"late": one.late})
    stored = insert_card(one.connection, one.actor, new, step)
    waiting = [known for known in own if known.state is CardState.PROPOSED]
    return [stored, *supersede(one.connection, one.actor, stored, waiting, one.local)]


def _again(one: _Publication, i: int, card: str, own: Sequence[Card]) -> Card:
    """Note on the card that stands that a rule as light, or its own, fired again."""
    stands = gravest([known for known in own if known.standing])
    if stands is None:
        raise RuntimeError(f"no card stands in {one.judged.rows[i]['code']}")
    triggers = _triggers(one, i, card)
    document = {
        "week": one.judged.week,
        "revision": one.revision,
        "card": card,
        "odds": one.judged.odds(card, i),
        "triggers": triggers,
        "named": _named(triggers),
    }
    told = f"{one.judged.week} 又达到{CARD_ZH[card]}条件：" + _joined(triggers)
    step = NewStep(AGAIN, stands.state, told, document)
    return append_step(one.connection, one.actor, stands, step, now=one.local)


def _noted(one: _Publication, i: int, own: Sequence[Card]) -> list[Card]:
    """Note on cards of a corrected week whether it would raise them still, where that changed."""
    changed = []
    for card in own:
        if card.week != one.judged.week or card.state not in OPEN or card.rule == "office":
            continue
        fires = bool(one.judged.triggers(card.card, i))
        if fires == (card.correction is None):
            continue
        said = "仍然" if fires else "不再"
        told = f"{card.week} 第 {one.revision} 版更正后，{said}达到{CARD_ZH[card.card]}条件"
        document = {"week": card.week, "revision": one.revision, "fires": fires}
        step = NewStep(CORRECTED, card.state, told, document)
        changed.append(append_step(one.connection, one.actor, card, step, now=one.local))
    return changed


def _new_card(one: _Publication, i: int, card: str) -> tuple[Card, CardRule]:
    """Return a card with all that it is raised on, not stored yet, and its rule."""
    rule, facts = _rule(one.weekly, card), one.judged.told(i)
    row = one.judged.rows[i]
    triggers = _triggers(one, i, card)
    own = [told for told in triggers if told["card"] == card]
    surest = max(own, key=lambda told: -1.0 if told["odds"] is None else told["odds"])
    document = {
        "town_name": row["name"],
        "revision": one.revision,
        "index": row["index"],
        "level": row["level"],
        "rank": row["rank"],
        "weakest_aspect": row.get("weakest_aspect"),
        "triggers": triggers,
        "odds": one.judged.odds(card, i),
        "threshold": one.weekly.doubting.card_probability,
        "evidence": evidence_rows(triggers, facts, one.revision),
        "named": _named(triggers),
        "terms": asdict(rule),
        "scheme": dict(one.scheme),
    }
    week, town = one.judged.week, str(row["code"])
    number = free_number(one.connection, week, town, card)
    return Card(number, town, card, week, one.local, surest["trigger"], document, ()), rule


def _triggers(one: _Publication, i: int, card: str) -> list[dict[str, Any]]:
    """Return the triggers of a card, then what it takes over from lighter rules of the week.

    That is what made the lighter card that it counts, and facts: no other card is to be raised
    on them again.
    """
    facts = one.judged.told(i)
    rows: list[dict[str, Any]] = []
    counted = True
    for name in CARDS[CARDS.index(card) :: -1]:
        rule = _rule(one.weekly, name)
        told = trigger_rows(one.weekly, rule, one.judged.triggers(name, i), facts)
        taken = [row for row in told if counted or row["trigger"] in (OVERDUE, ACCIDENT)]
        rows += [row | {"card": name} for row in taken]
        counted = counted and any(row["trigger"] == LESSER for row in told)
    return rows


def _rule(weekly: Weekly, card: str) -> CardRule:
    return next(rule for rule in weekly.cards if rule.card == card)


def _named(triggers: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the records and lighter cards that triggers rest on, by kind."""
    kinds = {"dangers": OVERDUE, "accidents": ACCIDENT, "cards": LESSER}
    return {
        kind: [
            record for row in triggers if row["trigger"] == trigger for record in row["facts"][kind]
        ]
        for kind, trigger in kinds.items()
    }


def _why(card: Card) -> str:
    said = _joined(card.document["triggers"])
    return f"{said}（{sure_text(card.document['odds'])}，门槛 {card.document['threshold']:.0%}）"


def _joined(triggers: Sequence[Mapping[str, Any]]) -> str:
    return "；".join(row["text"] for row in triggers)
