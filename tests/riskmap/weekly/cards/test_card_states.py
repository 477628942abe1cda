"""Every action from every state by every role; the expectation is written out here by hand."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmap.access.policy import RULES
from riskmap.errors import (
    ConflictError,
    FieldsError,
    ForbiddenError,
    NotFoundError,
    TransitionError,
)
from riskmap.ledger.gaming import week_window
from riskmap.weekly.cards.conditions import CHECKS
from riskmap.weekly.cards.deciding import act, allowed, list_cards, read_card
from riskmap.weekly.cards.states import (
    CARD_STATE_ZH,
    STANDING,
    STEPS,
    CardCondition,
    CardState,
    steps_from,
)
from riskmap.weekly.cards.versions import Card, NewStep, append_step, load_card
from riskmap.weekly.tables import card_steps
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import (
    ADMIN,
    DUTY,
    DUTY_2,
    EASTERNER,
    INSPECTOR,
    REPORTER,
    VIEWER,
)
from tests.riskmap.weekly.cards.conftest import A, B, C, publish, week_no

LEADS_TO = {
    "give": {"proposed": "given", "held": "given"},
    "decline": {"proposed": "declined"},
    "hold": {"proposed": "held", "given": "held", "answered": "held"},
    "answer": {"given": "answered"},
    "send_back": {"answered": "given"},
    "apply": {"answered": "applied"},
    "refuse": {"applied": "answered"},
    "release": {"answered": "released", "applied": "released"},
    "withdraw": {
        "given": "withdrawn", "answered": "withdrawn", "applied": "withdrawn", "held": "withdrawn",
    },
}  # fmt: skip
OFFICE_ONLY = {"give", "decline", "hold", "send_back", "refuse", "release", "withdraw"}
MAY = {
    "office": (DUTY_2, set(LEADS_TO)),
    "administrator": (ADMIN, set(LEADS_TO)),
    "own town": (REPORTER, {"answer", "apply"}),
    "other town": (EASTERNER, set()),
    "inspector": (INSPECTOR, set()),
    "viewer": (VIEWER, set()),
}


def put(ws: Workspace, number: str, state: str) -> Card:
    """Bring a card into a state, as another person would have."""
    with ws.write() as connection:
        card = load_card(connection, number)
        step = NewStep("test", CardState(state), "x")
        return append_step(connection, DUTY, card, step, now=card.raised_at)


def put_back(ws: Workspace, done: Card, state: CardState) -> Card:
    """Return the card as it is stored after an action, and bring it back into the state before."""
    stored = read_card(ws, done.number)
    put(ws, done.number, str(state))
    return stored


def test_the_table_is_what_the_loop_says() -> None:
    table = {one.action: {str(before): str(one.after) for before in one.before} for one in STEPS}
    assert table == LEADS_TO
    assert {one.permission for one in STEPS} <= set(RULES)
    assert set(CHECKS) == set(CardCondition)
    assert set(CARD_STATE_ZH) == set(CardState)
    ended = {str(state) for state in CardState if not steps_from(state)}
    assert ended == {"released", "declined", "lapsed", "superseded", "withdrawn"}
    assert {str(state) for state in STANDING} == {"given", "answered", "applied"}


def test_every_action_from_every_state_by_everybody(desk: Workspace) -> None:
    """A red card all whose conditions hold, so that states and roles alone decide."""
    publish(desk, week_no(1), {A: 59.0, B: 93.0, C: 96.0})
    publish(desk, week_no(2), {A: 59.0, B: 93.0, C: 96.0})
    [red, yellow] = list_cards(desk, town=A)
    assert (red.card, yellow.card) == ("red", "yellow")
    now = week_window(desk, week_no(2)).end + timedelta(days=1)
    for state in CardState:
        card = put(desk, red.number, str(state))
        leads = {action: told[str(state)] for action, told in LEADS_TO.items() if state in told}
        if state is CardState.ANSWERED:
            del leads["release"]  # a red one goes by application only
        for who, (actor, can) in MAY.items():
            known = {one.action for one in allowed(desk, card, actor, now)}
            assert known == can & set(leads), (state, who)
        for action in LEADS_TO:
            card = read_card(desk, red.number)
            if action not in leads:
                with pytest.raises(TransitionError):
                    act(desk, DUTY_2, red.number, action, "x", version=card.version, now=now)
                assert read_card(desk, red.number) == card
                continue
            for actor, can in MAY.values():
                if action not in can:
                    with pytest.raises(ForbiddenError):
                        act(desk, actor, red.number, action, "x", version=card.version, now=now)
            person = REPORTER if action in {"answer", "apply"} else DUTY_2
            done = act(desk, person, red.number, action, "x", version=card.version, now=now)
            assert str(done.state) == leads[action]
            assert done == put_back(desk, done, state)


def test_what_is_refused_names_what_is_possible(desk: Workspace) -> None:
    publish(desk, week_no(1), {A: 75.0, B: 93.0, C: 96.0})
    [card] = list_cards(desk)
    now = week_window(desk, week_no(1)).end + timedelta(days=1)
    with pytest.raises(TransitionError) as refused:
        act(desk, DUTY, card.number, "release", "x", version=1, now=now)
    assert refused.value.allowed == ("hold", "answer", "withdraw")
    with pytest.raises(NotFoundError, match="没有这种操作"):
        act(desk, DUTY, card.number, "burn", "x", version=1, now=now)
    with pytest.raises(NotFoundError, match="没有这张牌"):
        act(desk, DUTY, "2026-W99", "hold", "x", version=1, now=now)
    with pytest.raises(FieldsError, match="版本号"):
        act(desk, DUTY, card.number, "hold", "x", version=None, now=now)
    with pytest.raises(FieldsError, match="2000"):
        act(desk, DUTY, card.number, "hold", "长" * 2001, version=1, now=now)
    act(desk, REPORTER, card.number, "answer", "x", version=1, now=now)
    with pytest.raises(TransitionError, match="不需要申请"):
        act(desk, REPORTER, card.number, "apply", "x", version=2, now=now)
    with pytest.raises(ConflictError) as conflict:
        act(desk, DUTY, card.number, "hold", "x", version=1, now=now)
    assert conflict.value.theirs["state"] == "answered"
    assert conflict.value.yours == {"action": "hold", "version": 1, "reason": "x"}


def test_nobody_checks_the_own_answer(desk: Workspace) -> None:
    publish(desk, week_no(1), {A: 59.0, B: 93.0, C: 96.0})
    publish(desk, week_no(2), {A: 59.0, B: 93.0, C: 96.0})
    number = list_cards(desk, town=A)[0].number
    now = week_window(desk, week_no(2)).end + timedelta(days=1)
    act(desk, DUTY, number, "answer", "镇街书面答复", version=1, now=now)
    with pytest.raises(ForbiddenError, match="周值班"):
        act(desk, DUTY, number, "send_back", "x", version=2, now=now)
    with pytest.raises(TransitionError, match="书面申请"):
        act(desk, DUTY_2, number, "release", "x", version=2, now=now)
    act(desk, DUTY, number, "apply", "申请", version=2, now=now)
    for action in ("release", "refuse"):
        with pytest.raises(ForbiddenError, match="周值班"):
            act(desk, DUTY, number, action, "x", version=3, now=now)
    assert str(act(desk, DUTY_2, number, "release", "x", version=3, now=now).state) == "released"


def test_two_people_at_once(office: Workspace) -> None:
    """One decision is stored, the other one is a conflict that shows it, on both databases."""
    publish(office, week_no(1), {A: 75.0, B: 93.0, C: 96.0})
    [card] = list_cards(office)
    now = week_window(office, week_no(1)).end + timedelta(days=1)
    gate, ended = threading.Barrier(6), []

    def decide(action: str, actor) -> None:
        gate.wait(timeout=60)
        try:
            act(office, actor, card.number, action, "x", version=1, now=now)
            ended.append(action)
        except ConflictError as error:
            ended.append(str(error.theirs["version"]))

    people = [("hold", DUTY), ("withdraw", DUTY_2), ("answer", REPORTER)] * 2
    threads = [threading.Thread(target=decide, args=one) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(ended) == 6
    assert sorted(ended)[:5] == ["2"] * 5
    with office.read() as connection:
        versions = connection.execute(
            sa.select(card_steps.c.version).order_by(card_steps.c.id)
        ).scalars()
        assert list(versions) == [1, 2]


ACTIONS = st.tuples(
    st.sampled_from([*LEADS_TO, "publish"]),
    st.sampled_from([DUTY, DUTY_2, REPORTER]),
    st.sampled_from([59.0, 75.0, 85.0, 92.0]),
    st.sampled_from([0.5, 1.0]),
    st.integers(0, 3),
)


@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(ACTIONS, min_size=4, max_size=14))
def test_whatever_anybody_does(card_district, tmp_path_factory, tried) -> None:
    """No town has two cards standing; histories join; what is over stays over; all is told."""
    from riskmap.workspace import open_workspace  # noqa: PLC0415  (a workspace of each example)
    from tests.riskmap.ledger.conftest import copy_district  # noqa: PLC0415  (as above)

    root = tmp_path_factory.mktemp("model") / "w"
    copy_district(card_district, root, None)
    week = 1
    with open_workspace(root) as ws:
        publish(ws, week_no(week), {A: 92.0, B: 93.0, C: 96.0})
        for action, actor, index, sure, which in tried:
            now = week_window(ws, week_no(week)).end + timedelta(days=1)
            before = {card.number: card for card in list_cards(ws)}
            if action == "publish":
                week += 1
                publish(ws, week_no(week), {A: (index, sure), B: 93.0, C: 96.0})
            elif before:
                card = sorted(before.values(), key=lambda one: one.number)[which % len(before)]
                possible = {one.action for one in allowed(ws, card, actor, now)}
                try:
                    act(ws, actor, card.number, action, "x", version=card.version, now=now)
                except (TransitionError, ForbiddenError):
                    assert action not in possible
                else:
                    assert action in possible
            check(ws, before)


def check(ws: Workspace, before: dict[str, Card]) -> None:
    cards = list_cards(ws)
    assert len([card for card in cards if card.town == A and card.standing]) <= 1
    assert len([card for card in cards if card.state is CardState.PROPOSED]) <= 1
    for card in cards:
        assert [step.version for step in card.steps] == list(range(1, len(card.steps) + 1))
        states = [step.after for step in card.steps]
        assert [step.before for step in card.steps] == [None, *states[:-1]]
        assert all(step.reason and step.actor for step in card.steps)
        assert (card.answer_due is not None) == (card.state is CardState.GIVEN)
        known = before.get(card.number)
        if known is not None:
            assert card.steps[: known.version] == known.steps
            assert steps_from(known.state) or card == known
    assert set(before) <= {card.number for card in cards}
