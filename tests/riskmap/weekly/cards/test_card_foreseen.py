"""What publishing would raise is what it raises; what is to be held back is held, or refused."""

from datetime import timedelta

import pytest

from riskmap.errors import FieldsError
from riskmap.ledger.gaming import week_window
from riskmap.schemes import keep_scheme, scheme_in_use
from riskmap.weekly.cards.deciding import LONGEST, act, list_cards
from riskmap.weekly.cards.raising import foreseen
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY
from tests.riskmap.weekly.cards.conftest import LONG_AGO, A, B, C, document, publish, week_no

GOOD = {A: 92.0, B: 93.0, C: 96.0}
BAD, UNSURE = 75.0, (74.0, 0.6)
RUN = [
    (1, GOOD | {A: BAD, B: UNSURE}, {(A, "given", "white"), (B, "proposed", "white")}),
    (2, GOOD | {B: UNSURE}, {(B, "proposed", "white")}),  # in place of that of week 1
    (3, GOOD, set()),
    (4, GOOD | {B: BAD, C: 59.0}, {(B, "given", "white"), (C, "given", "yellow")}),
    (5, GOOD | {A: BAD}, {(A, "given", "white")}),  # answered in week 1, it lapses after four
    (6, GOOD | {A: BAD}, {(A, "given", "yellow")}),  # two white ones in four weeks
    (4, GOOD | {A: 59.0, C: 58.0}, set()),  # late: as grave a card stands, or was of this week
    (3, GOOD | {C: 59.0, B: 59.0}, {(B, "proposed", "yellow")}),
]
"""Week, figures, what is raised by rule; every card is answered the day after it was given."""


def seen(ws: Workspace, k: int, figures: dict[str, object]) -> set[tuple[str, str, str]]:
    with ws.read() as connection:
        found = foreseen(connection, ws, document(ws, week_no(k), figures))
    return {(town, how, one["card"]) for town, cards in found.items() for how, one in cards.items()}


def test_what_is_foreseen_is_what_is_raised(desk: Workspace) -> None:
    with desk.write() as connection:
        keep_scheme(connection, scheme_in_use(desk), LONG_AGO)
    revisions: dict[int, int] = {}
    for k, figures, raised in RUN:
        before = {card.number for card in list_cards(desk)}
        told = seen(desk, k, figures)
        assert {card.number for card in list_cards(desk)} == before
        revisions[k] = revisions.get(k, 0) + 1
        newest = week_window(desk, week_no(max(revisions)))
        moment = newest.end + timedelta(hours=len(before))
        publish(desk, week_no(k), figures, revision=revisions[k], now=moment)
        new = [card for card in list_cards(desk) if card.number not in before]
        assert {(card.town, str(card.state), card.card) for card in new} == told, (k, told)
        assert told == raised, k
        for card in new:
            if str(card.state) == "given":
                act(
                    desk, DUTY, card.number, "answer", "已整改",
                    version=card.version, now=moment + timedelta(minutes=5),
                )  # fmt: skip


def test_a_week_after_a_newer_one_was_published_is_foreseen_to_only_propose(
    desk: Workspace,
) -> None:
    figures: dict[str, object] = {**GOOD, A: BAD}
    publish(desk, week_no(1), GOOD)
    assert seen(desk, 2, figures) == {(A, "given", "white")}
    publish(desk, week_no(3), GOOD)
    assert seen(desk, 2, figures) == {(A, "proposed", "white")}
    [card] = publish(desk, week_no(2), figures)
    assert (card.town, str(card.state), card.card) == (A, "proposed", "white")


@pytest.mark.parametrize(
    ("k", "held", "said"),
    [
        (1, {B: "数据待核实"}, {B: "这一稿不会给该镇街发牌，不用暂缓"}),  # only proposed
        (1, {C: "数据待核实"}, {C: "这一稿不会给该镇街发牌，不用暂缓"}),  # nothing at all
        (1, {A: "长" * (LONGEST + 1)}, {A: f"最多 {LONGEST} 字"}),
        (1, {A: "\u200b"}, {A: "请写明暂缓的理由"}),
        (1, {A: "a\x00b"}, {A: "含有不可见的控制字符，请重新输入"}),
    ],
)
def test_what_cannot_be_held_back_publishes_nothing(
    desk: Workspace, k: int, held: dict[str, str], said: dict[str, str]
) -> None:
    with pytest.raises(FieldsError) as error:
        publish(desk, week_no(k), GOOD | {A: BAD, B: UNSURE}, held_back=held)
    assert error.value.faults == said
    assert list_cards(desk) == []
    assert publish(desk, week_no(k), GOOD | {A: BAD}, held_back={A: "长" * LONGEST})
