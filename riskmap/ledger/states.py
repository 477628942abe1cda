"""The closed loop of a hidden danger: one declared table of what may follow what.

States: 发现 found → 曝光 exposed → 交办 assigned → 整改 rectified → 复查 rechecked → 销号 closed,
with 退回 returned and 移送 transferred beside the chain (DOMAIN §6; the 30-day method), and 作废
void for what was reported by mistake or twice. What is not in `TRANSITIONS` is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a danger stands."""

    FOUND = "found"
    EXPOSED = "exposed"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    TRANSFERRED = "transferred"
    RECTIFIED = "rectified"
    RECHECKED = "rechecked"
    CLOSED = "closed"
    VOID = "void"


STATE_ZH: Mapping[State, str] = {
    State.FOUND: "已发现",
    State.EXPOSED: "已曝光",
    State.ASSIGNED: "已交办",
    State.RETURNED: "已退回",
    State.TRANSFERRED: "已移送",
    State.RECTIFIED: "已整改",
    State.RECHECKED: "已复查",
    State.CLOSED: "已销号",
    State.VOID: "已作废",
}

DONE = (State.CLOSED, State.VOID)
"""States in which nothing is left to do: removed, or never there."""
OPEN_STATES = tuple(state for state in State if state not in DONE)
TO_RECTIFY = (State.ASSIGNED, State.RETURNED)
"""States in which the responsible unit has to act."""
NOT_YET_ASSIGNED = (State.FOUND, State.EXPOSED, State.TRANSFERRED)
"""States in which nobody has to act by the deadline yet."""
NOT_RECTIFIED = (*TO_RECTIFY, *NOT_YET_ASSIGNED)


class Condition(StrEnum):
    """What must hold besides the state; each has one function in `riskmap.ledger.conditions`."""

    MAJOR = "major"
    EXTENSION_ASKED = "extension_asked"
    NO_EXTENSION_ASKED = "no_extension_asked"
    ANOTHER_PERSON_THAN_ASKED = "another_person_than_asked"
    ANOTHER_PERSON_THAN_RECTIFIED = "another_person_than_rectified"
    LATER_THAN_DEADLINE = "later_than_deadline"
    NOT_LISTED = "not_listed"
    OFFICE_CLOSES_MAJOR = "office_closes_major"
    DEADLINE_NOT_PUT_OFF = "deadline_not_put_off"
    DEADLINE_WITHIN_POWER = "deadline_within_power"
    DEADLINE_OF_REOPENED = "deadline_of_reopened"
    OFFICE_LOWERS_GRADE = "office_lowers_grade"
    UNIT_NAMED = "unit_named"


@dataclass(frozen=True)
class Transition:
    """One action: from which states, who, what has to be said, where it leads.

    `after` None keeps the state. `permission` is an action of `riskmap.access.policy.RULES`.
    `required` and `optional` name fields of the form; "comment" and "photos" belong to the step,
    the others to the danger. `stamps` is the column that takes the moment of the action.
    """

    action: str
    title_zh: str
    before: tuple[State, ...]
    after: State | None
    permission: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    stamps: str | None = None


_RESPONSIBLE = ("responsible_person", "deadline", "term", "comment")
_PLACE = ("community", "enterprise_id", "place", "lon", "lat")
REPORTED = ("found_at", "town", "domain", "grade", "description")
"""What every danger has from the first moment."""
EDITABLE = (*REPORTED, *_PLACE, "responsible_unit", "responsible_person", "deadline", "term")

_F, _E, _A, _B = State.FOUND, State.EXPOSED, State.ASSIGNED, State.RETURNED
_T, _R, _K = State.TRANSFERRED, State.RECTIFIED, State.RECHECKED

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "expose",
        "曝光",
        (_F,),
        _E,
        "danger.expose",
        optional=("comment",),
        stamps="exposed_at",
    ),
    Transition(
        "assign",
        "交办",
        (_F, _E, _A, _B, _T),
        _A,
        "danger.assign",
        required=("responsible_unit",),
        optional=_RESPONSIBLE,
        conditions=(Condition.DEADLINE_NOT_PUT_OFF,),
        stamps="assigned_at",
    ),
    Transition(
        "rectify",
        "整改",
        TO_RECTIFY,
        _R,
        "danger.rectify",
        required=("comment", "photos"),
        stamps="rectified_at",
    ),
    Transition(
        "recheck_pass",
        "复查通过",
        (_R,),
        _K,
        "danger.recheck",
        required=("comment",),
        optional=("photos",),
        conditions=(Condition.ANOTHER_PERSON_THAN_RECTIFIED,),
        stamps="rechecked_at",
    ),
    Transition(
        "recheck_fail",
        "退回",
        (_R,),
        _B,
        "danger.recheck",
        required=("comment",),
        optional=("photos",),
        conditions=(Condition.ANOTHER_PERSON_THAN_RECTIFIED,),
    ),
    Transition(
        "close",
        "销号",
        (_K,),
        State.CLOSED,
        "danger.close",
        optional=("comment",),
        conditions=(Condition.OFFICE_CLOSES_MAJOR,),
        stamps="closed_at",
    ),
    Transition(
        "extend_ask",
        "申请延期",
        TO_RECTIFY,
        None,
        "danger.extend.ask",
        required=("extension_until", "comment"),
        conditions=(Condition.NO_EXTENSION_ASKED, Condition.LATER_THAN_DEADLINE),
    ),
    Transition(
        "extend_approve",
        "批准延期",
        TO_RECTIFY,
        None,
        "danger.extend.decide",
        optional=("comment",),
        conditions=(Condition.EXTENSION_ASKED, Condition.ANOTHER_PERSON_THAN_ASKED),
    ),
    Transition(
        "extend_refuse",
        "不准延期",
        TO_RECTIFY,
        None,
        "danger.extend.decide",
        required=("comment",),
        conditions=(Condition.EXTENSION_ASKED, Condition.ANOTHER_PERSON_THAN_ASKED),
    ),
    Transition(
        "list",
        "挂牌督办",
        OPEN_STATES,
        None,
        "danger.list",
        required=("listed_until",),
        optional=("comment",),
        conditions=(Condition.MAJOR, Condition.NOT_LISTED),
        stamps="listed_at",
    ),
    Transition(
        "transfer",
        "移送",
        (_F, _E, _A, _B),
        _T,
        "danger.transfer",
        required=("transferred_to", "comment"),
    ),
    Transition(
        "reopen",
        "重新打开",
        DONE,
        _A,
        "danger.reopen",
        required=("comment",),
        optional=("deadline", "responsible_unit"),
        conditions=(Condition.UNIT_NAMED, Condition.DEADLINE_OF_REOPENED),
    ),
    Transition(
        "void",
        "作废",
        OPEN_STATES,
        State.VOID,
        "danger.void",
        required=("comment",),
    ),
    Transition(
        "edit",
        "更正",
        (*OPEN_STATES, State.CLOSED),
        None,
        "danger.edit",
        required=("comment",),
        optional=EDITABLE,
        conditions=(
            Condition.DEADLINE_NOT_PUT_OFF,
            Condition.DEADLINE_WITHIN_POWER,
            Condition.OFFICE_LOWERS_GRADE,
        ),
    ),
    Transition(
        "comment",
        "备注",
        tuple(State),
        None,
        "danger.comment",
        required=("comment",),
        optional=("photos",),
    ),
)

BY_ACTION: Mapping[str, Transition] = {one.action: one for one in TRANSITIONS}


def allowed_actions(state: State) -> tuple[Transition, ...]:
    """Return what may follow a state, in the order of the loop, whoever does it."""
    return tuple(one for one in TRANSITIONS if state in one.before)
