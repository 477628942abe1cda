"""What the pages of cards say: one card, its evidence and history, as words in one language.

Names of persons and phone numbers are shown to those whom the policy lets see them; the words of
a rule are those that it was raised with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from riskmap.weekly.cards.states import (
    BY_CARD_ACTION,
    GIVEN_BY_HAND,
    HELD_BACK,
    CardAction,
    CardCondition,
    CardState,
)
from riskmap.weekly.cards.versions import Card, CardStep
from riskmap.weekly.cards.words import OFFICE, Mark, evidence_text, trigger_text
from riskmap.weekly.shown import chance_text
from web.formatting import full_date, percent, short_date
from web.privacy import masked
from web.texts.lookup import Texts
from web.weekly.stored_words import card_name, linked, readable
from web.weekly.week_view import week_name

TEXT_OF = {"answer": "answer", "apply": "apply", "release": "recheck", "refuse": "recheck"}
"""What the text of an action is called; of the others it is the reason."""
MAIN = {True: ("answer", "apply"), False: ("release", "give")}
"""Which action stands open on the page, the first that is allowed: for the town, for the office."""
WRITTEN = frozenset({*BY_CARD_ACTION, GIVEN_BY_HAND, HELD_BACK})
"""Actions whose reason a person wrote: shown word for word."""
Document = Mapping[str, Any]


@dataclass(frozen=True)
class CardWords:
    """How values are written: language, zone, names of towns, whether persons are shown."""

    t: Texts
    zone: ZoneInfo
    towns: Mapping[str, str]
    persons: bool

    def text(self, value: str) -> str:
        """Return a free text, numbers of persons masked for those who may not see them."""
        return value if self.persons else masked(value)

    def person(self, name: str) -> str:
        """Return a name, its first character for those who may not see it."""
        return name if self.persons or not name else name[:1] + "**"

    def day(self, day: date) -> str:
        """Return a date with its year."""
        return full_date(day, self.t.language)

    def moment(self, moment: datetime) -> str:
        """Return day and time in the district's zone."""
        local = moment.astimezone(self.zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def town(self, code: str) -> str:
        """Return a town's name."""
        return self.towns.get(code, code)


def address_of(number: str) -> str:
    """Return the address of a card's page."""
    return f"/cards/{quote(number, safe='')}"


def card_row(card: Card, today: date, words: CardWords) -> dict[str, Any]:
    """Return a card as a line of the list."""
    due = card.answer_due
    return {
        "href": address_of(card.number),
        "number": card.number,
        "card": card.card,
        "name": words.t(f"card_{card.card}"),
        "town": words.town(card.town),
        "week": card.week,
        "week_name": week_name(card.week, words.t),
        "state": str(card.state),
        "state_name": words.t(f"card_state_{card.state}"),
        "open": card.state in (CardState.PROPOSED, CardState.HELD),
        "why": "；".join(reasons(card, words)),
        "due": short_date(due, words.t.language) if due else "",
        "left": left_text(due, today, words.t) if due else "",
        "late": due is not None and due < today,
    }


def left_text(due: date, today: date, t: Texts) -> str:
    """Return how long an answer still has."""
    days = (due - today).days
    if days == 0:
        return t("card_due_today")
    return t("card_due_days", days=days) if days > 0 else t("card_due_late", days=-days)


def card_view(card: Card, unmet: Sequence[str], today: date, words: CardWords) -> dict[str, Any]:
    """Return a card as its page shows it.

    Parameters
    ----------
    unmet
        What is still lacking for its release, in words; () when nothing is.
    """
    t, document, terms = words.t, card.document, card.terms
    by_hand = card.rule == OFFICE
    correction = card.correction
    return {
        **card_row(card, today, words),
        "town_code": card.town,
        "version": card.version,
        "title": t("card_title", town=words.town(card.town), card=t(f"card_{card.card}")),
        "raised": words.moment(card.raised_at),
        "origin": t("card_by_hand" if by_hand else "card_by_rule"),
        "reasons": [_linked_trigger(row, words) for row in document["triggers"]],
        "sureness": "" if by_hand else _sureness(document, t),
        "correction": t("card_correction") if correction else "",
        "correction_facts": words.text(readable(correction.reason or "")) if correction else "",
        "consequence": terms.consequence,
        "answer": _answer(card, words),
        "release": terms.release,
        "unmet": [words.text(readable(one)) for one in unmet],
        "releasable": card.standing and not unmet,
        "evidence": [_evidence(row, words) for row in document["evidence"]],
        "week_href": f"/weekly/{card.week}/towns/{card.town}",
        "steps": [step_view(step, words) for step in reversed(card.steps)],
    }


def reasons(card: Card, words: CardWords) -> list[str]:
    """Return why a card was raised: its triggers, or the words of who gave it by hand."""
    return [_trigger(row, words) for row in card.document["triggers"]]


def _trigger(row: Document, words: CardWords) -> str:
    t = words.t
    if row["trigger"] == OFFICE:
        return words.text(str(row["text"]))
    if t.language == "zh":
        return words.text(readable(trigger_text(row)))
    said = t(f"card_trigger_{row['trigger']}", **_FIGURES[row["trigger"]](row["facts"], t))
    odds = row["odds"]
    if odds is None or odds == 1:
        return said
    return f"{said}, {t('card_odds', odds=chance_text(odds))}"


def _linked_trigger(row: Document, words: CardWords) -> str:
    """Return a trigger whose earlier cards lead to their pages."""
    if row["trigger"] == OFFICE or words.t.language != "zh":
        return _trigger(row, words)
    return linked(trigger_text(row), address_of, words.text)


_FIGURES: Mapping[str, Callable[[Document, Texts], dict[str, object]]] = {
    "level": lambda facts, t: {
        "weeks": len(facts["weeks"]),
        "level": t(f"level_{facts['level']}").lower(),
        "index": f"{facts['index']:.2f}",
    },
    "last_below": lambda facts, t: {
        "rank": facts["rank"],
        "index": f"{facts['index']:.2f}",
        "below": f"{facts['below']:g}",
    },
    "fall": lambda facts, t: {
        "fell": f"{facts['fell']:.2f}",
        "week": week_name(facts["previous"]["week"], t),
        "index": f"{facts['previous']['index']:.2f}",
    },
    "lesser": lambda facts, t: {
        "weeks": facts["weeks"],
        "needed": facts["needed"],
        "before": _before([Mark.of(one) for one in facts["cards"]], t),
    },
    "overdue_major": lambda facts, t: {
        "count": len(facts["dangers"]),
        "numbers": ", ".join(facts["dangers"]),
    },
    "accident": lambda facts, t: {"numbers": ", ".join(facts["accidents"])},
}
"""What the English words of a trigger are made of."""


def _before(marks: Sequence[Mark], t: Texts) -> str:
    """Return which earlier cards counted, each with the week that counted; empty for none."""
    told = [
        t(
            "card_mark_again" if one.again else "card_mark",
            week=week_name(one.week, t),
            card=card_name(one.number, t),
        )
        for one in marks
    ]
    return t("card_before", items=t("list_comma").join(told)) if told else ""


def _sureness(document: Document, t: Texts) -> str:
    odds, threshold = document["odds"], document["threshold"]
    if odds is None or threshold is None:
        return t("card_odds_unknown")
    key = "card_sure_enough" if odds >= threshold - 1e-9 else "card_not_sure"
    return t(key, odds=chance_text(odds), threshold=percent(threshold))


def _answer(card: Card, words: CardWords) -> str:
    due, days = card.answer_due, card.terms.answer_days
    if due is None:
        return words.t("card_answer_days", days=days)
    return words.t("card_answer_until", day=words.day(due), days=days)


def _evidence(row: Document, words: CardWords) -> dict[str, str]:
    """Return a line of the evidence with the address of the record behind it."""
    kind, key = str(row["kind"]), str(row["key"])
    week, _, revision = key.partition("#")
    links = {
        "weeks": f"/weekly/{week}?{urlencode({'revision': revision})}",
        "cards": address_of(key),
        "hidden_dangers": f"/dangers/{quote(key, safe='')}",
        "accidents": f"/records/accidents/item?{urlencode({'key': key})}",
    }
    shown = {"cards": card_name(key, words.t)}
    if kind == "weeks":
        name = week_name(week, words.t)
        shown["weeks"] = words.t("card_week_revision", week=name, revision=revision)
    return {
        "kind": words.t(f"card_kind_{kind}"),
        "key": shown.get(kind, key),
        "href": links[kind],
        "text": words.text(readable(evidence_text(row))),
    }


def step_view(step: CardStep, words: CardWords) -> dict[str, Any]:
    """Return one step of the history."""
    due = step.document.get("answer_due")
    reason = step.reason or ""
    by_hand = step.action in WRITTEN
    return {
        "name": step_name(step.action, words.t),
        "state": words.t(f"card_state_{step.after}"),
        "when": words.moment(step.learnt_at),
        "who": words.person(step.actor_name),
        "reason": words.text(reason) if by_hand else linked(reason, address_of, words.text),
        "due": words.t("card_due", day=words.day(date.fromisoformat(due))) if due else "",
    }


def step_name(action: str, t: Texts) -> str:
    """Return the name of an action of a person or of a rule."""
    return t(f"card_act_{action}" if action in BY_CARD_ACTION else f"card_step_{action}")


def action_forms(
    card: Card, allowed: Sequence[CardAction], t: Texts, *, town: bool
) -> list[dict[str, Any]]:
    """Return the forms of the allowed actions, the main one first; `town`: for town staff."""
    names = [one.action for one in allowed]
    main = next((name for name in MAIN[town] if name in names), None)
    forms = [
        {
            "name": name,
            "title": t(f"card_act_{name}"),
            "href": f"{address_of(card.number)}/{name}",
            "label": t(f"card_text_{TEXT_OF.get(name, 'reason')}"),
            "main": name == main,
        }
        for name in names
    ]
    return sorted(forms, key=lambda one: not one["main"])


def prevented_texts(
    card: Card, mine: Sequence[CardAction], allowed: Sequence[CardAction], login: str, t: Texts
) -> list[str]:
    """Return why actions that this person has the right to do cannot be done now."""
    lacking = [one for one in mine if one not in allowed]
    conditions = {condition for one in lacking for condition in one.conditions}
    answered = card.last("answer", "apply")
    own = answered is not None and answered.actor == login
    told = {
        CardCondition.ANOTHER_PERSON: "card_not_own" if own else "",
        CardCondition.RELEASABLE: "" if own else "card_not_yet",
        CardCondition.NOTHING_GRAVER: "card_not_graver",
    }
    return [t(key) for condition, key in told.items() if key and condition in conditions]


def in_groups(found: Sequence[Card]) -> tuple[list[Card], list[Card], list[Card]]:
    """Return cards to decide on, cards that stand (gravest first), and past ones (newest first)."""
    waiting = [card for card in found if card.state in (CardState.PROPOSED, CardState.HELD)]
    standing = [card for card in found if card.standing]
    past = [card for card in found if card not in waiting and not card.standing]
    newest = sorted(past, key=lambda card: (card.week, card.number), reverse=True)
    return (
        sorted(waiting, key=lambda card: (-card.weight, card.week, card.number)),
        sorted(standing, key=lambda card: (-card.weight, card.week, card.number)),
        newest,
    )
