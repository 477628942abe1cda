"""The states of a card: one declared table of what may follow what, who may do it, what it takes.

提出 proposed → 已发 given → 已答复 answered → (红牌：已申请 applied) → 已解除 released, or
暂缓 held, 不予发牌 declined, 失效 lapsed, 升级 superseded, 撤回 withdrawn.
What is not in `STEPS` is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scoring.weekly.parts import RED, WHITE, YELLOW


class CardState(StrEnum):
    """Where a card stands."""

    PROPOSED = "proposed"
    GIVEN = "given"
    HELD = "held"
    ANSWERED = "answered"
    APPLIED = "applied"
    RELEASED = "released"
    DECLINED = "declined"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


CARD_ZH: Mapping[str, str] = {WHITE: "白牌", YELLOW: "黄牌", RED: "红牌"}
CARD_STATE_ZH: Mapping[CardState, str] = {
    CardState.PROPOSED: "待定（建议发牌）",
    CardState.GIVEN: "已发，待答复",
    CardState.HELD: "暂缓",
    CardState.ANSWERED: "已答复",
    CardState.APPLIED: "已申请解除",
    CardState.RELEASED: "已解除",
    CardState.DECLINED: "不予发牌",
    CardState.LAPSED: "已失效",
    CardState.SUPERSEDED: "已升级",
    CardState.WITHDRAWN: "已撤回",
}

STANDING = (CardState.GIVEN, CardState.ANSWERED, CardState.APPLIED)
"""States in which a card stands against a town."""
OPEN = (CardState.PROPOSED, CardState.HELD, *STANDING)
"""States in which something is left to do."""
NEVER_GIVEN = (CardState.DECLINED, CardState.WITHDRAWN, CardState.HELD, CardState.PROPOSED)
"""States of cards that do not count as given, whatever happened before."""


class CardCondition(StrEnum):
    """What must hold besides the state."""

    BY_APPLICATION = "by_application"
    RELEASABLE = "releasable"
    ANOTHER_PERSON = "another_person"
    NOTHING_GRAVER = "nothing_graver"


@dataclass(frozen=True)
class CardAction:
    """One action of a person: from which states, who, what it leads to.

    `permission` is an action of `riskmap.access.policy.RULES`; every action takes a text
    (`text_zh` says what it is called), kept as the step's reason. `starts_term` sets a new day
    until which an answer is due.
    """

    action: str
    title_zh: str
    before: tuple[CardState, ...]
    after: CardState
    permission: str
    text_zh: str
    conditions: tuple[CardCondition, ...] = ()
    starts_term: bool = False


_S = CardState
_OFFICE, _TOWN = "card.decide", "card.answer"

STEPS: tuple[CardAction, ...] = (
    CardAction(
        "give", "发牌", (_S.PROPOSED, _S.HELD), _S.GIVEN, _OFFICE, "理由",
        (CardCondition.NOTHING_GRAVER,), starts_term=True,
    ),
    CardAction("decline", "不予发牌", (_S.PROPOSED,), _S.DECLINED, _OFFICE, "理由"),
    CardAction("hold", "暂缓", (_S.PROPOSED, _S.GIVEN, _S.ANSWERED), _S.HELD, _OFFICE, "理由"),
    CardAction("answer", "答复", (_S.GIVEN,), _S.ANSWERED, _TOWN, "整改情况"),
    CardAction(
        "send_back", "退回答复", (_S.ANSWERED,), _S.GIVEN, _OFFICE, "理由",
        (CardCondition.ANOTHER_PERSON,), starts_term=True,
    ),
    CardAction(
        "apply", "申请解除", (_S.ANSWERED,), _S.APPLIED, _TOWN, "书面申请",
        (CardCondition.BY_APPLICATION,),
    ),
    CardAction(
        "refuse", "不同意解除", (_S.APPLIED,), _S.ANSWERED, _OFFICE, "复核意见",
        (CardCondition.ANOTHER_PERSON,),
    ),
    CardAction(
        "release", "解除", (_S.ANSWERED, _S.APPLIED), _S.RELEASED, _OFFICE, "复核意见",
        (CardCondition.RELEASABLE, CardCondition.ANOTHER_PERSON),
    ),
    CardAction("withdraw", "撤回", (*STANDING, _S.HELD), _S.WITHDRAWN, _OFFICE, "理由"),
)  # fmt: skip
"""What people do, in the order of the loop."""

BY_CARD_ACTION: Mapping[str, CardAction] = {one.action: one for one in STEPS}

PROPOSED_BY_RULE, GIVEN_BY_RULE, HELD_BACK = "propose", "raise", "hold_back"
GIVEN_BY_HAND, AGAIN, CORRECTED = "give_by_hand", "again", "corrected"
LAPSED, SUPERSEDED = "lapse", "supersede"

STEP_ZH: Mapping[str, str] = {
    **{one.action: one.title_zh for one in STEPS},
    PROPOSED_BY_RULE: "按规则提出",
    GIVEN_BY_RULE: "按规则发牌",
    HELD_BACK: "发布时暂缓",
    GIVEN_BY_HAND: "人工发牌",
    AGAIN: "再次触发",
    CORRECTED: "所依据的周已更正",
    LAPSED: "到期失效",
    SUPERSEDED: "升级为更重的牌",
}
"""Every action that a history may name; those beyond `STEPS` are done when a week is published."""


def steps_from(state: CardState) -> tuple[CardAction, ...]:
    """Return what people may do from a state, in the order of the loop, whoever does it."""
    return tuple(one for one in STEPS if state in one.before)
