"""Twelve weeks of three towns, written out: what each week raises and where each card then stands.

Figures are indexes ("?" unknown, "72/.6" sure to 60 %). Between two weeks people act:
"answer", "release", "give", "decline", "hold", "withdraw", "apply" on the newest open card.
"""

from datetime import timedelta

import pytest

from riskmap.ledger.gaming import week_window
from riskmap.weekly.cards.deciding import act, list_cards
from riskmap.weekly.cards.versions import Card
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, DUTY_2
from tests.riskmap.weekly.cards.conftest import A, B, C, publish, week_no

SEQUENCES: dict[str, list[tuple[str, str, str]]] = {
    # index of the week, what happened before it, cards of the town after its publication
    "orange once, answered, released": [
        ("92", "", ""),
        ("75", "", "white given"),
        ("85", "answer", "white answered"),
        ("92", "release", "white released"),
        ("92", "", "white released"),
        ("92", "", "white released"),
        ("92", "", "white released"),
        ("79.99", "", "white released; white given"),
        ("80", "answer", "white released; white answered"),
        ("92", "release", "white released; white released"),
        ("92", "", "white released; white released"),
        ("92", "", "white released; white released"),
    ],
    "two white cards within four weeks are a yellow one; then it stays at one": [
        ("92", "", ""),
        ("75", "", "white given"),
        ("85", "", "white given"),
        ("92", "", "white given"),
        ("75", "", "white superseded; yellow given"),
        ("75", "", "white superseded; yellow given"),
        ("75", "answer", "white superseded; yellow answered"),
        ("75", "", "white superseded; yellow answered"),
        ("82", "", "white superseded; yellow answered"),
        ("79", "", "white superseded; yellow answered"),
        ("80", "", "white superseded; yellow answered"),
        ("80", "", "white superseded; yellow answered"),
    ],
    "the first white card is five weeks old: no yellow one": [
        ("92", "", ""),
        ("75", "", "white given"),
        ("85", "answer", "white answered"),
        ("92", "release", "white released"),
        ("92", "", "white released"),
        ("75", "", "white released; white given"),
        ("92", "", "white released; white given"),
        ("92", "", "white released; white given"),
        ("92", "", "white released; white given"),
        ("92", "", "white released; white given"),
        ("92", "", "white released; white given"),
        ("92", "", "white released; white given"),
    ],
    "red once is yellow, twice running is red; red goes by application": [
        ("92", "", ""),
        ("59.9", "", "yellow given"),
        ("59.9", "", "yellow superseded; red given"),
        ("59.9", "answer", "yellow superseded; red answered"),
        ("92", "apply", "yellow superseded; red applied"),
        ("92", "release", "yellow superseded; red released"),
        ("92", "", "yellow superseded; red released"),
        ("92", "", "yellow superseded; red released"),
        ("92", "", "yellow superseded; red released"),
        ("92", "", "yellow superseded; red released"),
        ("59", "", "yellow superseded; red released; yellow given"),
        ("92", "", "yellow superseded; red released; yellow given"),
    ],
    "a yellow one released and red again within twelve weeks: the second yellow is a red card": [
        ("59", "", "yellow given"),
        ("81", "answer", "yellow answered"),
        ("80", "", "yellow answered"),
        ("85", "release", "yellow released"),
        ("92", "", "yellow released"),
        ("92", "", "yellow released"),
        ("92", "", "yellow released"),
        ("92", "", "yellow released"),
        ("92", "", "yellow released"),
        ("92", "", "yellow released"),
        ("92", "", "yellow released"),
        ("59", "", "yellow released; red given"),
    ],
    "a fall of ten points, to the digit; not against a week before the last": [
        ("95", "", ""),
        ("85", "", "white given"),
        ("75.1", "answer", "white superseded; yellow given"),
        ("?", "", "white superseded; yellow given"),
        ("85", "", "white superseded; yellow given"),
        ("95", "answer", "white superseded; yellow answered"),
        ("95", "release", "white superseded; yellow released"),
        ("85.1", "", "white superseded; yellow released"),
        ("?", "", "white superseded; yellow released"),
        ("90.1", "", "white superseded; yellow released"),
        ("90.1", "", "white superseded; yellow released"),
        ("80.09", "", "white superseded; yellow released; white given"),
    ],
    "not sure enough: proposed; nobody decides: it lapses; given by the office; declined": [
        ("75/.79", "", "white proposed"),
        ("92", "", "white proposed"),
        ("92", "", "white lapsed"),
        ("75/.8", "", "white lapsed; white given"),
        ("92", "answer", "white lapsed; white answered"),
        ("92", "release", "white lapsed; white released"),
        ("92", "", "white lapsed; white released"),
        ("92", "", "white lapsed; white released"),
        ("75/.5", "", "white lapsed; white released; white proposed"),
        ("92", "give", "white lapsed; white released; white given"),
        ("75/.5", "", "white lapsed; white released; white given; yellow proposed"),
        ("92", "decline", "white lapsed; white released; white given; yellow declined"),
    ],
    "red is doubtful, orange is not: white given, yellow proposed beside it": [
        ("59/.5|1", "", "white given; yellow proposed"),
        ("92", "give", "white superseded; yellow given"),
        ("92", "", "white superseded; yellow given"),
        ("92", "answer", "white superseded; yellow answered"),
        ("92", "hold", "white superseded; yellow held"),
        ("92", "withdraw", "white superseded; yellow withdrawn"),
        ("75", "", "white superseded; yellow withdrawn; white given"),
        ("92", "answer", "white superseded; yellow withdrawn; white answered"),
        ("92", "", "white superseded; yellow withdrawn; white answered"),
        ("92", "", "white superseded; yellow withdrawn; white answered"),
        ("92", "", "white superseded; yellow withdrawn; white lapsed"),
        ("92", "", "white superseded; yellow withdrawn; white lapsed"),
    ],
}


def figure(text: str) -> object:
    if text == "?":
        return None
    index, _, sure = text.partition("/")
    if not sure:
        return float(index)
    return (float(index), *(float(one) for one in sure.split("|")))[:2]


def shown(ws: Workspace, town: str) -> str:
    return "; ".join(f"{card.card} {card.state}" for card in in_order(ws, town))


def in_order(ws: Workspace, town: str) -> list[Card]:
    return sorted(list_cards(ws, town=town), key=lambda card: (card.raised_at, card.weight))


def do(ws: Workspace, town: str, action: str, now) -> None:
    """Do an action on the newest card of a town that can still be acted on."""
    card = [one for one in in_order(ws, town) if one in list_cards(ws, town=town, state="open")][-1]
    person = DUTY if action in {"answer", "apply"} else DUTY_2
    act(ws, person, card.number, action, "理由", version=card.version, now=now)


@pytest.mark.parametrize("name", SEQUENCES)
def test_twelve_weeks(desk: Workspace, name: str) -> None:
    rows = SEQUENCES[name]
    assert len(rows) == 12
    for k, (index, before, expected) in enumerate(rows, 1):
        week = week_no(k)
        if before:
            do(desk, A, before, week_window(desk, week).start + timedelta(hours=20))
        figures = {A: figure(index), B: 88.0 if index == "?" else 60.0 + k / 10, C: 96.0}
        if "|" in index:  # the colour red is doubtful, orange or worse is not
            figures[A] = (59.0, 0.5)
            publish_doubtful_red(desk, week, figures)
        else:
            publish(desk, week, figures)
        assert shown(desk, A) == expected, f"{name}, week {k}"


def publish_doubtful_red(ws: Workspace, week: str, figures: dict[str, object]) -> None:
    """Publish a week in which the draws of A are half red and half orange."""
    import tests.riskmap.weekly.cards.conftest as made  # noqa: PLC0415  (its document is bent)

    whole = made.document

    def bent(*given, **named):
        told = whole(*given, **named)
        told["towns"][0]["card_odds"]["white"]["level"] = 1.0
        return told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "document", bent)
        publish(ws, week, figures)
