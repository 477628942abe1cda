"""What a card says of the earlier cards that it counts: the week that counted, not the first."""

from typing import Any

import pytest

from riskmap.weekly.cards.words import Mark, evidence_text, trigger_text

FIRST = "2026-W23-339901008-white"


def lesser(*marks: str, text: str = "4 周内 2 次白牌（此前：…）") -> dict[str, Any]:
    """Return a stored trigger "so many lighter cards", with the words it was stored with."""
    facts = {"cards": list(marks), "needed": 2, "weeks": 4}
    return {"trigger": "lesser", "card": "yellow", "text": text, "facts": facts}


def test_a_card_that_stood_for_long_counts_by_the_week_in_which_it_fired_again() -> None:
    """W23 is 19 weeks before W42; what counts is that its rule fired again in W41."""
    assert trigger_text(lesser(f"{FIRST}@2026-W41")) == (
        f"4 周内 2 次白牌，此前 2026年第41周再次触发（在身白牌 {FIRST}）"
    )
    row = {"kind": "cards", "key": FIRST, "text": "2026-W41 周"}
    assert evidence_text(row) == "2026年第41周再次触发（牌在身）"


def test_a_card_that_was_given_then_is_told_by_its_own_week() -> None:
    number = "2026-W40-339901008-white"
    told = trigger_text(lesser(f"{number}@2026-W40"))
    assert told == f"4 周内 2 次白牌，此前 2026年第40周发白牌（{number}）"
    row = {"kind": "cards", "key": number, "text": "2026-W40 周"}
    assert evidence_text(row) == "2026年第40周发牌"
    assert not Mark.of(f"{number}-2@2026-W40").again


def test_without_an_earlier_card_none_is_named() -> None:
    assert trigger_text(lesser()) == "4 周内 2 次白牌"


@pytest.mark.parametrize(
    "row",
    [
        {"trigger": "fall", "card": "white", "text": "环比下降 11.30 分", "facts": {}},
        {"trigger": "lesser", "text": "很早以前的牌", "facts": {}},
    ],
)
def test_other_triggers_keep_their_words(row: dict[str, Any]) -> None:
    assert trigger_text(row) == row["text"]


def test_other_evidence_keeps_its_words() -> None:
    row = {"kind": "weeks", "key": "2026-W26#2", "text": "本周指数 74.20，第 2 名"}
    assert evidence_text(row) == row["text"]
