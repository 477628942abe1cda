"""What must hold for an action on a card besides its state: one function per condition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from riskmap.access.actors import Actor
from riskmap.errors import ForbiddenError, TransitionError
from riskmap.weekly.cards.release import ReleaseReport
from riskmap.weekly.cards.states import CARD_ZH, CardAction, CardCondition
from riskmap.weekly.cards.versions import Card


@dataclass(frozen=True)
class CardCase:
    """An action on a card by someone: the other cards of its town, what the records say."""

    card: Card
    actor: Actor
    others: Sequence[Card]
    report: Callable[[], ReleaseReport]


def check_conditions(step: CardAction, case: CardCase) -> None:
    """Let an action pass whose conditions hold.

    Raises
    ------
    ForbiddenError
        Another person could do it.
    TransitionError
        The card, its town or the records are not so that it can be done.
    """
    for condition in step.conditions:
        why = CHECKS[condition](case)
        if why is None:
            continue
        if condition is CardCondition.ANOTHER_PERSON:
            raise ForbiddenError(f"不能{step.title_zh}", why, "请另一人办理")
        raise TransitionError(f"现在不能{step.title_zh}", why, "条件满足后再办")


def prevented(step: CardAction, case: CardCase) -> str | None:
    """Return why a button would be of no use, None when it would be."""
    told = (CHECKS[condition](case) for condition in step.conditions)
    return next((why for why in told if why is not None), None)


def _by_application(case: CardCase) -> str | None:
    if case.card.terms.release_application:
        return None
    return f"{CARD_ZH[case.card.card]}不需要申请，条件满足后由安委办直接解除"


def _releasable(case: CardCase) -> str | None:
    missing = case.report().missing
    return "；".join(missing) if missing else None


def _another_person(case: CardCase) -> str | None:
    last = case.card.last("answer", "apply")
    if last is None or last.actor != case.actor.login:
        return None
    return f"{last.actor_name}本人答复或申请的，不能自己复核"


def _nothing_graver(case: CardCase) -> str | None:
    grave = [one for one in case.others if one.standing and one.weight >= case.card.weight]
    if not grave:
        return None
    return f"该镇街已有{CARD_ZH[grave[0].card]} {grave[0].number}"


CHECKS: Mapping[CardCondition, Callable[[CardCase], str | None]] = {
    CardCondition.BY_APPLICATION: _by_application,
    CardCondition.RELEASABLE: _releasable,
    CardCondition.ANOTHER_PERSON: _another_person,
    CardCondition.NOTHING_GRAVER: _nothing_graver,
}
