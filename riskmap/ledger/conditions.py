"""What must hold for an action besides the state: one function per `Condition`.

A condition answers None when it holds, else why not; with the name of a field when another value
of that field would do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskmap.access.actors import Actor, Role
from riskmap.access.policy import Subject, may
from riskmap.errors import FieldsError, ForbiddenError, TransitionError
from riskmap.ledger.states import (
    BY_ACTION,
    NOT_YET_ASSIGNED,
    STATE_ZH,
    Condition,
    State,
    Transition,
)
from riskmap.ledger.versions import Danger

OFFICE = (Role.DUTY, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Case:
    """An action on a danger by someone; `after` is the record as it would become.

    `after` is the present record where only the button is asked for. `due` and `due_after` are
    until when it has to be closed before and after the action, whatever field says so
    (`riskmap.ledger.deadlines.due_of`); `fresh_due` is a new term of the scheme from the action on.
    None where only the button is asked for.
    """

    danger: Danger
    actor: Actor
    after: Mapping[str, Any]
    due: date | None = None
    due_after: date | None = None
    fresh_due: date | None = None

    @property
    def put_off(self) -> bool:
        """Say whether it would be due later than it is."""
        return self.due is not None and self.due_after is not None and self.due_after > self.due

    @property
    def mover(self) -> str:
        """Return the field that moves the day on which it is due."""
        before = self.danger.record
        moved = (name for name in ("found_at", "term") if self.after[name] != before[name])
        return next(moved, "deadline")


@dataclass(frozen=True)
class Refusal:
    """Why not; `field` when another value would do, `person` when another person could."""

    why: str
    field: str | None = None
    person: bool = False


def check_conditions(transition: Transition, case: Case) -> None:
    """Let an action pass whose conditions hold.

    Raises
    ------
    FieldsError
        Another value of a field would do.
    ForbiddenError
        Another person could do it.
    TransitionError
        The danger is not so that it can be done.
    """
    for condition in transition.conditions:
        refusal = CHECKS[condition](case)
        if refusal is not None:
            _refuse(transition, case, refusal)


def prevented(transition: Transition, danger: Danger, actor: Actor) -> str | None:
    """Return why a button would be of no use, as far as is known before its form is filled in."""
    case = Case(danger, actor, danger.record)
    for condition in transition.conditions:
        refusal = CHECKS[condition](case)
        if refusal is not None and refusal.field is None:
            return refusal.why
    return None


def beyond_power(
    actor: Actor, subject: Subject, deadline: date | None, usual_due: date | None
) -> str | None:
    """Return why someone may not set a deadline: who cannot assign gives at most a town's term."""
    if usual_due is None or may(actor, "danger.assign", subject):
        return None
    if deadline is not None and deadline <= usual_due:
        return None
    return f"期限最迟到 {usual_due}，更长的由安委办或检查员定"


def may_put_off(actor: Actor, danger: Danger) -> bool:
    """Say whether somebody may put off a danger's deadline without another person."""
    return _not_yet_assigned(danger) and may(actor, "danger.assign", danger.subject)


def _not_yet_assigned(danger: Danger) -> bool:
    """Say whether nobody ever had to act; a file or 重新打开 assigns without noting a moment."""
    passed = {state for step in danger.steps for state in (step.before, step.after)}
    return danger.record["assigned_at"] is None and {danger.state, *passed} <= {
        None,
        *NOT_YET_ASSIGNED,
    }


def _refuse(transition: Transition, case: Case, refusal: Refusal) -> None:
    if refusal.field is not None:
        raise FieldsError({refusal.field: refusal.why})
    if refusal.person:
        raise ForbiddenError(f"不能{transition.title_zh}", refusal.why, "请另一位有权限的人员办理")
    state = STATE_ZH[case.danger.state]
    raise TransitionError(f"现在不能{transition.title_zh}", refusal.why, f"这条隐患{state}")


def _major(case: Case) -> Refusal | None:
    return None if case.danger.record["grade"] == "major" else Refusal("只有重大隐患可以挂牌督办")


def _not_listed(case: Case) -> Refusal | None:
    listed = case.danger.record["listed_at"] is not None
    return Refusal("已经挂牌督办") if listed else None


def _extension_asked(case: Case) -> Refusal | None:
    asked = case.danger.record["extension_until"] is not None
    return None if asked else Refusal("没有等待批复的延期申请")


def _no_extension_asked(case: Case) -> Refusal | None:
    asked = case.danger.record["extension_until"] is not None
    return Refusal("已有一个延期申请等待批复") if asked else None


def _another_than_asked(case: Case) -> Refusal | None:
    same = case.danger.record["extension_asked_by"] == case.actor.login
    return Refusal("延期要由申请人以外的人批复", person=True) if same else None


def _another_than_rectified(case: Case) -> Refusal | None:
    """Ask for another person than who brought it to 已整改, by the button or by a file."""
    steps = (
        one
        for one in reversed(case.danger.steps)
        if one.after is State.RECTIFIED and one.before is not State.RECTIFIED
    )
    step = next(steps, None)
    same = step is not None and step.actor == case.actor.login
    return Refusal("复查要由整改填报人以外的人进行", person=True) if same else None


def _later_than_deadline(case: Case) -> Refusal | None:
    wanted, due = case.after["extension_until"], case.danger.record["deadline"]
    if wanted is None or due is None or wanted > due:
        return None
    return Refusal(f"应晚于现在的整改期限 {due}", "extension_until")


def _office_closes_major(case: Case) -> Refusal | None:
    major = case.danger.record["grade"] == "major"
    if not major or case.actor.role in OFFICE:
        return None
    return Refusal("重大隐患由安委办销号", person=True)


def _deadline_not_put_off(case: Case) -> Refusal | None:
    """Once assigned, a later deadline takes two persons: extend_ask and extend_approve.

    Also when it was handed to another department since: that alone puts nothing off.
    """
    if not case.put_off or _not_yet_assigned(case.danger):
        return None
    return Refusal(f"交办以后不能改得比 {case.due} 更晚，请申请延期", case.mover)


def _deadline_within_power(case: Case) -> Refusal | None:
    """Who cannot assign puts nothing off, neither by the deadline nor by what it follows from."""
    if not case.put_off or may(case.actor, "danger.assign", case.danger.subject):
        return None
    return Refusal(f"期限最迟到 {case.due}，更长的由安委办或检查员定", case.mover)


def _deadline_of_reopened(case: Case) -> Refusal | None:
    """Keep the deadline of what was void; give what was closed a new term at most.

    Otherwise one person could put off a deadline by 作废 or 销号 and opening it again.
    """
    if not case.put_off:
        return None
    if case.danger.state is State.VOID:
        return Refusal(f"作废前的期限是 {case.due}，要更晚请重新打开后申请延期", "deadline")
    if case.fresh_due is None or case.due_after is None or case.due_after <= case.fresh_due:
        return None
    return Refusal(f"重新打开的期限最迟到 {case.fresh_due}，要更晚请申请延期", "deadline")


def _office_lowers_grade(case: Case) -> Refusal | None:
    lowered = case.danger.record["grade"] == "major" and case.after["grade"] != "major"
    if not lowered or case.actor.role in OFFICE:
        return None
    return Refusal("重大隐患改为一般由安委办办理", person=True)


def _unit_named(case: Case) -> Refusal | None:
    """Ask for the responsible unit of what was void before anybody had to act."""
    if case.after["responsible_unit"] is not None:
        return None
    return Refusal("请填写责任单位", "responsible_unit")


CHECKS: Mapping[Condition, Callable[[Case], Refusal | None]] = {
    Condition.MAJOR: _major,
    Condition.NOT_LISTED: _not_listed,
    Condition.EXTENSION_ASKED: _extension_asked,
    Condition.NO_EXTENSION_ASKED: _no_extension_asked,
    Condition.ANOTHER_PERSON_THAN_ASKED: _another_than_asked,
    Condition.ANOTHER_PERSON_THAN_RECTIFIED: _another_than_rectified,
    Condition.LATER_THAN_DEADLINE: _later_than_deadline,
    Condition.OFFICE_CLOSES_MAJOR: _office_closes_major,
    Condition.DEADLINE_NOT_PUT_OFF: _deadline_not_put_off,
    Condition.DEADLINE_WITHIN_POWER: _deadline_within_power,
    Condition.DEADLINE_OF_REOPENED: _deadline_of_reopened,
    Condition.OFFICE_LOWERS_GRADE: _office_lowers_grade,
    Condition.UNIT_NAMED: _unit_named,
}


def state_refusal(transition: Transition, state: State, possible: tuple[str, ...]) -> Exception:
    """Return the error of an action that the state does not allow; what is possible is named."""
    titles = "、".join(BY_ACTION[action].title_zh for action in possible)
    rather = f"现在可以：{titles}" if titles else "现在没有可办的操作"
    return TransitionError(
        f"现在不能{transition.title_zh}", f"这条隐患{STATE_ZH[state]}", rather, allowed=possible
    )
