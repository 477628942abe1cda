"""Cards on the records: overdue dangers, accidents, corrections, what is held and given by hand."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from riskmap.access.tables import audit
from riskmap.errors import FieldsError, ForbiddenError, NotFoundError, TransitionError
from riskmap.ledger.gaming import week_window
from riskmap.schemes import keep_scheme, scheme_in_use
from riskmap.weekly.cards.deciding import (
    act,
    cards_beside,
    give,
    list_cards,
    may_release,
    read_card,
)
from riskmap.weekly.cards.raising import foreseen
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, DUTY_2, EASTERNER, REPORTER, VIEWER
from tests.riskmap.weekly.cards.conftest import (
    LONG_AGO,
    TOWNS,
    A,
    B,
    C,
    accident,
    danger,
    document,
    publish,
    week_no,
)

GOOD = {A: 92.0, B: 93.0, C: 96.0}


def cut(ws: Workspace, k: int) -> datetime:
    return week_window(ws, week_no(k)).end


def of(ws: Workspace, town: str) -> list[str]:
    return [f"{card.number} {card.state}" for card in list_cards(ws, town=town)]


def test_one_overdue_major_danger_is_one_yellow_card(office: Workspace) -> None:
    day = cut(office, 2).date()
    danger(office, "D1", "330106001", day - timedelta(days=1))
    danger(office, "D2", "西湖街道", day, learnt_at=cut(office, 1))  # due on the day: in time
    danger(office, "D3", "330106002", day - timedelta(days=9), grade="general",
           learnt_at=cut(office, 1) + timedelta(seconds=1))  # fmt: skip
    assert publish(office, week_no(1), GOOD) == []
    [card] = publish(office, week_no(2), GOOD)
    assert card.number == "2026-W22-330106001-yellow"
    assert card.rule == "overdue_major"
    assert card.document["named"]["dangers"] == ["D1"]
    assert card.document["odds"] == 1.0
    assert [row["key"] for row in card.document["evidence"]] == ["2026-W22#1", "D1"]
    assert card.answer_due == date(2026, 6, 12)  # Friday 29 May and 14 days
    # the same danger raises nothing again; another one, while yellow stands, is the second yellow
    assert [c.number for c in publish(office, week_no(3), GOOD)] == ["2026-W23-330106001-red",
                                                                   card.number]  # fmt: skip
    red = read_card(office, "2026-W23-330106001-red")
    assert red.document["named"] == {
        "dangers": ["D2"], "accidents": [], "cards": ["2026-W22-330106001-yellow@2026-W22"],
    }  # fmt: skip
    assert publish(office, week_no(4), GOOD) == []


def test_what_became_known_after_the_cut_off_waits(desk: Workspace) -> None:
    late = cut(desk, 1) + timedelta(minutes=1)
    danger(desk, "D1", A, date(2026, 5, 1), learnt_at=late)
    danger(desk, "D2", B, date(2026, 5, 1))
    danger(desk, "D2", B, date(2026, 5, 1), closed=late, learnt_at=late)
    assert [c.town for c in publish(desk, week_no(1), GOOD)] == [B]
    assert [c.town for c in publish(desk, week_no(2), GOOD)] == [A]


def test_a_grave_accident_is_a_red_card_once(office: Workspace) -> None:
    at = cut(office, 2) - timedelta(days=2)
    accident(office, "S1", "330106003", at=at, deaths=3, learnt_at=at)
    accident(office, "S2", "330106002", at=at, deaths=2, learnt_at=at)
    publish(office, week_no(1), GOOD)
    [card] = publish(office, week_no(2), GOOD)
    assert (card.town, card.card, card.rule) == (C, "red", "accident")
    assert "较大事故，死亡 3 人" in card.document["triggers"][0]["text"]
    for k in (3, 4, 5):
        assert publish(office, week_no(k), GOOD) == []
    # a death reported later lifts the second one to 较大: a card in the week it is known
    accident(office, "S2", "330106002", at=at, deaths=3, learnt_at=cut(office, 5))
    assert publish(office, week_no(5 + 1), GOOD)[:1] == []  # older than four weeks
    accident(office, "S3", "330106001", at=cut(office, 7), deaths=3, learnt_at=cut(office, 7))
    [late] = publish(office, week_no(7), GOOD)
    assert late.town == A


def test_a_correction_never_takes_back_and_never_gives(office: Workspace) -> None:
    publish(office, week_no(1), GOOD | {A: 75.0})
    [card] = list_cards(office)
    later = cut(office, 1) + timedelta(days=3)
    changed = publish(office, week_no(1), GOOD | {B: 59.0}, revision=2, now=later)
    assert {(c.town, c.card, str(c.state)) for c in changed} == {
        (A, "white", "given"), (B, "yellow", "proposed"),
    }  # fmt: skip
    card = read_card(office, card.number)
    assert card.correction is not None
    assert "不再达到白牌条件" in str(card.correction.reason)
    # corrected once more, it holds again; nothing is proposed twice
    again = publish(
        office, week_no(1), GOOD | {A: 75.0, B: 59.0}, revision=3, now=later + timedelta(hours=1)
    )
    assert [c.number for c in again] == [card.number]
    assert again[0].correction is None
    assert of(office, A) == [f"{card.number} given"]
    assert of(office, B) == [f"{week_no(1)}-{B}-yellow proposed"]


def test_a_proposal_gives_way_once_where_two_cards_come_together(desk: Workspace) -> None:
    publish(desk, week_no(1), GOOD | {A: (75.0, 0.5)})
    told = document(desk, week_no(2), GOOD | {A: (59.0, 0.5)})
    told["towns"][0]["card_odds"]["white"]["level"] = 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.riskmap.weekly.cards.conftest.document", lambda *_: told)
        publish(desk, week_no(2), GOOD)
    assert of(desk, A) == [
        f"{week_no(2)}-{A}-yellow proposed",
        f"{week_no(2)}-{A}-white given",
        f"{week_no(1)}-{A}-white lapsed",
    ]


def test_a_correction_that_notes_and_proposes_at_once(desk: Workspace) -> None:
    """The white proposal would not be raised any more, a yellow one would, by a danger."""
    publish(desk, week_no(1), GOOD | {A: (75.0, 0.5)})
    later = cut(desk, 1) + timedelta(days=1)
    danger(desk, "D1", A, date(2026, 5, 1), learnt_at=later)
    publish(desk, week_no(1), GOOD, revision=2, now=later)
    assert of(desk, A) == [f"{week_no(1)}-{A}-yellow proposed", f"{week_no(1)}-{A}-white lapsed"]
    assert [step.action for step in list_cards(desk, town=A)[1].steps] == [
        "propose", "corrected", "lapse",
    ]  # fmt: skip


def test_what_is_held_back_is_checked(desk: Workspace) -> None:
    with pytest.raises(FieldsError) as faults:
        publish(desk, week_no(1), GOOD | {A: 75.0}, held_back={A: " ", "339901001": "x"})
    assert faults.value.faults == {A: "请写明暂缓的理由", "339901001": "没有这个镇街"}
    with pytest.raises(ForbiddenError):
        publish(desk, week_no(1), GOOD | {A: 75.0}, held_back={A: "x"}, actor=REPORTER)
    assert list_cards(desk) == []


def test_a_week_that_comes_late_only_proposes(desk: Workspace) -> None:
    publish(desk, week_no(3), GOOD)
    [card] = publish(desk, week_no(2), GOOD | {A: 75.0})
    assert str(card.state) == "proposed"
    assert card.steps[0].document == {"late": True}


def test_held_back_at_publication_with_the_reason(office: Workspace) -> None:
    held = publish(office, week_no(1), GOOD | {A: 75.0, B: 74.0}, held_back={A: "数据待核实"})
    assert {(c.town, str(c.state)) for c in held} == {(A, "held"), (B, "given")}
    [card] = list_cards(office, town=A)
    assert card.steps[0].reason == "数据待核实"
    assert not card.counts
    # held, it does not count as the first of two
    assert publish(office, week_no(2), GOOD | {A: 75.0})[0].card == "white"
    with pytest.raises(TransitionError, match="已有白牌"):
        act(office, DUTY, card.number, "give", "已核实", version=1, now=cut(office, 2))


def test_a_lighter_proposal_does_not_hide_a_graver_one_that_waits(office: Workspace) -> None:
    def waiting(k: int, figures: tuple[float, float]) -> list[tuple[str, str]]:
        publish(office, week_no(k), GOOD | {A: figures})
        return sorted((card.card, str(card.state)) for card in list_cards(office, town=A))

    assert waiting(1, (59.0, 0.5)) == [("yellow", "proposed")]
    assert waiting(2, (75.0, 0.5)) == [("yellow", "proposed")]
    assert waiting(3, (75.0, 0.5)) == [("white", "proposed"), ("yellow", "lapsed")]
    graver = [("white", "lapsed"), ("yellow", "lapsed"), ("yellow", "proposed")]
    assert waiting(4, (59.0, 0.5)) == graver


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("\u200b\u3000", "请写明理由"),
        ("a\x00b", "含有不可见的控制字符，请重新输入"),
        ("a\x1b[31m", "含有不可见的控制字符，请重新输入"),
    ],
)
def test_a_reason_is_something_that_can_be_read(desk: Workspace, reason: str, said: str) -> None:
    now = cut(desk, 1) + timedelta(days=1)
    with pytest.raises(FieldsError) as fault:
        give(desk, DUTY, A, "white", reason, now=now)
    assert fault.value.faults == {"reason": said}
    card = give(desk, DUTY, A, "white", "瞒报隐患\r\n两处", now=now)
    with pytest.raises(FieldsError) as fault:
        act(desk, DUTY, card.number, "withdraw", reason, version=1, now=now)
    assert fault.value.faults == {"reason": said}


def test_a_number_that_no_database_takes_is_no_card(office: Workspace) -> None:
    assert list_cards(office, town="\0") == []
    with pytest.raises(NotFoundError):
        read_card(office, "2026-W20\0")


def test_given_by_hand_and_refused_at_the_door(office: Workspace) -> None:
    publish(office, week_no(1), GOOD)
    now = cut(office, 1) + timedelta(days=1)
    for actor in (REPORTER, VIEWER):
        with pytest.raises(ForbiddenError):
            give(office, actor, A, "white", "瞒报隐患", now=now)
    with pytest.raises(FieldsError) as faults:
        give(office, DUTY, "330106999", "blue", " ", now=now)
    assert set(faults.value.faults) == {"town", "card", "reason"}
    card = give(office, DUTY, A, "yellow", "瞒报隐患", now=now)
    assert (card.number, card.rule) == (f"{week_no(1)}-{A}-yellow", "office")
    assert card.answer_due == date(2026, 6, 6)  # Saturday 23 May and 14 days
    with pytest.raises(TransitionError, match="已有黄牌"):
        give(office, DUTY, A, "white", "瞒报隐患", now=now)
    red = give(office, DUTY, A, "red", "再次瞒报", now=now)
    assert of(office, A) == [f"{red.number} given", f"{card.number} superseded"]
    with office.read() as connection:
        told = connection.execute(sa.select(audit.c.action, audit.c.result)).all()
    actions = [tuple(row) for row in told if row.action.startswith("card.")]
    assert actions == [("card.give_by_hand", "refused")] * 2 + [
        ("card.give_by_hand", "done"), ("card.give_by_hand", "done"), ("card.supersede", "done"),
    ]  # fmt: skip


def test_a_correction_says_nothing_of_what_the_office_gave(desk: Workspace) -> None:
    """No rule raised it, so none can fail to raise it still."""
    publish(desk, week_no(1), GOOD | {B: 75.0})
    [raised] = list_cards(desk)
    now = cut(desk, 1) + timedelta(days=1)
    given = give(desk, DUTY, A, "white", "瞒报隐患", now=now)
    assert given.week == raised.week
    later = now + timedelta(days=1)
    changed = publish(desk, week_no(1), GOOD, revision=2, now=later)
    assert [card.number for card in changed] == [raised.number]
    assert read_card(desk, given.number).correction is None


def test_release_is_checked_against_weeks_and_dangers(office: Workspace) -> None:
    first = cut(office, 1)
    danger(office, "D1", A, first.date() - timedelta(days=1))
    danger(office, "G1", A, first.date() + timedelta(days=15), grade="general",
           learnt_at=first - timedelta(days=3))  # fmt: skip
    [card] = publish(office, week_no(1), GOOD)
    act(office, REPORTER, card.number, "answer", "正在整改", version=1, now=first)

    def missing(now: datetime) -> list[str]:
        report = may_release(office, read_card(office, card.number), now)
        return [text[:6] for text in report.missing]

    assert missing(first) == ["须发牌后连续", "还有超期隐患", "牌上所列隐患"]
    with pytest.raises(TransitionError, match="D1"):
        act(office, DUTY, card.number, "release", "同意", version=2, now=first)
    publish(office, week_no(2), GOOD | {A: 79.99})
    publish(office, week_no(3), GOOD | {A: 80.0})
    third = cut(office, 3)
    danger(office, "D1", A, first.date(), closed=third, learnt_at=third)
    assert missing(third + timedelta(hours=1)) == ["须发牌后连续"]
    publish(office, week_no(4), GOOD | {A: 80.0})
    assert missing(cut(office, 4)) == ["还有超期隐患"]  # the general one is late by now
    danger(office, "G1", A, first.date(), grade="general", closed=third,
           learnt_at=cut(office, 4) - timedelta(hours=1))  # fmt: skip
    assert missing(cut(office, 4)) == []
    version = read_card(office, card.number).version
    with pytest.raises(ForbiddenError):  # whoever answered does not release
        act(office, REPORTER, card.number, "release", "同意", version=version, now=cut(office, 4))
    done = act(office, DUTY, card.number, "release", "现场复核", version=version,
               now=cut(office, 4))  # fmt: skip
    assert str(done.state) == "released"
    assert done.steps[-1].document["weeks"] == {
        week_no(2): 79.99, week_no(3): 80.0, week_no(4): 80.0,
    }  # fmt: skip


def test_only_the_own_town_answers(office: Workspace) -> None:
    [card] = publish(office, week_no(1), GOOD | {A: 75.0})
    now = cut(office, 1) + timedelta(days=1)
    with pytest.raises(ForbiddenError, match="本镇街"):
        act(office, EASTERNER, card.number, "answer", "已整改", version=1, now=now)
    with pytest.raises(FieldsError, match="整改情况"):
        act(office, REPORTER, card.number, "answer", "  ", version=1, now=now)
    done = act(office, REPORTER, card.number, "answer", "已整改", version=1, now=now)
    assert (str(done.state), done.answer_due) == ("answered", None)
    back = act(office, DUTY_2, card.number, "send_back", "没有照片", version=2, now=now)
    assert back.answer_due == now.date() + timedelta(days=7)


def test_what_a_reader_of_a_week_sees(desk: Workspace) -> None:
    publish(desk, week_no(1), GOOD | {A: 75.0})
    publish(desk, week_no(2), GOOD | {A: 59.0})
    [yellow, white] = list_cards(desk, town=A)

    def beside(k: int) -> str:
        with desk.read() as connection:
            return cards_beside(connection, week_no(k), cut(desk, k))[A].number

    assert (beside(1), beside(2)) == (white.number, yellow.number)
    act(desk, DUTY, yellow.number, "withdraw", "数据有误", version=1, now=cut(desk, 2))
    with desk.read() as connection:
        assert cards_beside(connection, week_no(3), cut(desk, 3)) == {}


def test_foreseen_stores_nothing_and_says_what_publishing_would_do(desk: Workspace) -> None:
    told = document(desk, week_no(1), GOOD | {A: 75.0, B: (74.0, 0.6)})
    with desk.write() as connection:
        keep_scheme(connection, scheme_in_use(desk), LONG_AGO)
        found = foreseen(connection, desk, told)
    assert found == {
        A: {"given": {"card": "white", "odds": 1.0}},
        B: {"proposed": {"card": "white", "odds": 0.6}},
    }
    assert list_cards(desk) == []
    assert set(TOWNS) == {A, B, C}
