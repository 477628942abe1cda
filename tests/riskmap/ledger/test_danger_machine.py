"""The ledger against a model of the loop: any order of actions by anybody, also stale and unfilled.

The model knows the transition table and, in its own words, the conditions; it says for each try
what has to come of it. A try that is refused changes nothing.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from riskmap.access.actors import Actor, Role
from riskmap.access.policy import may
from riskmap.errors import ConflictError, FieldsError, ForbiddenError, RiskmapError, TransitionError
from riskmap.ledger.dangers import act, allowed, read_danger, report
from riskmap.ledger.states import (
    BY_ACTION,
    NOT_YET_ASSIGNED,
    TRANSITIONS,
    Condition,
    State,
    allowed_actions,
)
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import (
    ADMIN,
    DUTY,
    DUTY_2,
    EASTERNER,
    FIELDS,
    INSPECTOR,
    NOW,
    REPORTER,
    VIEWER,
    add_photo,
)

CREW = (ADMIN, DUTY, DUTY, DUTY_2, INSPECTOR, REPORTER, EASTERNER, VIEWER)
ALONE = {Condition.ANOTHER_PERSON_THAN_ASKED, Condition.ANOTHER_PERSON_THAN_RECTIFIED}
OFFICE = (Role.DUTY, Role.ADMINISTRATOR)
FILLED: dict[str, dict[str, Any]] = {
    "responsible_unit": {"responsible_unit": "物业"},
    "comment": {"comment": "说明"},
    "extension_until": {},
    "listed_until": {"listed_until": "2026-12-31"},
    "transferred_to": {"transferred_to": "住建局"},
}


@dataclass
class Model:
    """What the model knows of one danger."""

    number: str
    grade: str
    state: State = State.FOUND
    version: int = 1
    deadline: date = date(2026, 6, 25)
    asked: tuple[str, date] | None = None
    rectified_by: str | None = None
    term_d: int = 15
    listed: bool = False
    unit: bool = False
    hand: Actor = DUTY
    actions: list[str] = field(default_factory=lambda: ["report"])


def wanted_until(model: Model) -> date:
    """Return a day to which an extension may be asked."""
    return model.deadline + timedelta(days=10)


def hindered(model: Model, action: str, actor: Actor) -> type[RiskmapError] | None:
    """Return how the conditions of an action end, in the model's own words."""
    deciding = action in ("extend_approve", "extend_refuse")
    impossible = {
        "list": model.grade != "major" or model.listed,
        "extend_ask": model.asked is not None,
        "extend_approve": model.asked is None,
        "extend_refuse": model.asked is None,
    }
    if impossible.get(action, False):
        return TransitionError
    if action == "reopen" and not model.unit:
        return FieldsError
    own = deciding and model.asked is not None and model.asked[0] == actor.login
    own |= action in ("recheck_pass", "recheck_fail") and model.rectified_by == actor.login
    own |= action == "close" and model.grade == "major" and actor.role not in OFFICE
    return ForbiddenError if own else None


def expected(
    model: Model, action: str, actor: Actor, stale: bool, filled: bool
) -> type[RiskmapError] | None:
    """Return the error a try has to end with, None when it has to succeed."""
    transition = BY_ACTION[action]
    subject = (FIELDS["town"], FIELDS["domain"])
    allowed_to = may(actor, transition.permission, _subject(*subject))
    if not allowed_to:
        return ForbiddenError
    if stale:
        return ConflictError
    if model.state not in transition.before:
        return TransitionError
    if not filled and transition.required:
        return FieldsError
    return hindered(model, action, actor)


def _subject(town: str, domain: str) -> Any:
    from riskmap.access.policy import Subject  # noqa: PLC0415  (only here)

    return Subject(town, domain, None)


def done(model: Model, action: str, actor: Actor, today: date) -> None:
    """Move the model on."""
    transition = BY_ACTION[action]
    model.version += 1
    model.hand = actor
    model.actions.append(action)
    if action == "extend_ask":
        model.asked = (actor.login, wanted_until(model))
    elif action == "extend_approve" and model.asked is not None:
        model.deadline, model.asked = model.asked[1], None
    elif action == "extend_refuse" or transition.after is not None:
        model.asked = None
    if action == "rectify":
        model.rectified_by = actor.login
    if action == "reopen" and model.state is State.CLOSED:
        model.deadline = today + timedelta(days=model.term_d)
    model.listed |= action == "list"
    model.unit |= action in ("assign", "reopen")
    model.state = transition.after or model.state


class Ledger(RuleBasedStateMachine):
    """Anybody tries anything on up to two dangers."""

    def __init__(self, ws: Workspace, photo: str) -> None:
        super().__init__()
        self.ws, self.photo, self.now = ws, photo, NOW
        self.models: list[Model] = []

    @rule(major=st.booleans())
    def report(self, major: bool) -> None:
        if len(self.models) < 2:
            grade = "major" if major else "general"
            danger = report(self.ws, DUTY, FIELDS | {"grade": grade}, now=self.now)
            self.models.append(Model(danger.number, grade))

    @rule(
        which=st.integers(0, 1),
        action=st.sampled_from([one.action for one in TRANSITIONS]),
        actor=st.sampled_from(CREW),
        stale=st.sampled_from([False] * 7 + [True]),
        filled=st.sampled_from([False] + [True] * 7),
    )
    def anything(self, which: int, action: str, actor: Actor, stale: bool, filled: bool) -> None:
        if self.models:
            self.attempt(self.models[which % len(self.models)], action, actor, stale, filled)

    @rule(which=st.integers(0, 1), choice=st.integers(0, 20), actor=st.sampled_from(CREW))
    def a_button(self, which: int, choice: int, actor: Actor) -> None:
        """Press a button that is shown: then the loop moves on instead of mostly refusing."""
        if not self.models:
            return
        model = self.models[which % len(self.models)]
        shown = [one.action for one in allowed(read_danger(self.ws, model.number), actor)]
        useful = [action for action in shown if action not in ("comment", "edit")]
        if useful:
            action = useful[choice % len(useful)]
            if action == "reopen" and not model.unit:
                return  # its form asks for the unit
            assert expected(model, action, actor, stale=False, filled=True) is None
            self.attempt(model, action, actor, stale=False, filled=True)

    @rule(which=st.integers(0, 1), choice=st.integers(0, 20))
    def the_same_hand(self, which: int, choice: int) -> None:
        """Let who acted last try to decide on his own asking, to check his own work."""
        if not self.models:
            return
        model = self.models[which % len(self.models)]
        follows = allowed_actions(model.state)
        decides = [one.action for one in follows if ALONE & set(one.conditions)]
        useful = decides or [one.action for one in follows if one.after]
        if not useful:
            return
        self.attempt(model, useful[choice % len(useful)], model.hand, stale=False, filled=True)

    @rule(
        which=st.integers(0, 1),
        action=st.sampled_from(["edit", "reopen", "assign"]),
        actor=st.sampled_from(CREW),
        change=st.sampled_from(
            [{"deadline": "2026-12-01"}, {"term": "district"}, {"deadline": ""}]
        ),
    )
    def alone(self, which: int, action: str, actor: Actor, change: dict[str, str]) -> None:
        """Try to put off a deadline in one step: only at 交办, and only who assigns."""
        if not self.models:
            return
        model = self.models[which % len(self.models)]
        before, free = model.deadline, not model.unit and model.state in NOT_YET_ASSIGNED
        self.now += timedelta(minutes=1)
        more = {"comment": "说明"} | ({} if action == "edit" else {"responsible_unit": "物业"})
        try:
            danger = act(
                self.ws, actor, model.number, action, {**change, **more},
                version=model.version, now=self.now,
            )  # fmt: skip
        except RiskmapError:
            return
        again = model.state is State.CLOSED and action == "reopen"
        done(model, action, actor, self.today)
        model.deadline = danger.record["deadline"]
        model.term_d = 30 if danger.record["term"] == "district" else 15
        if model.deadline > before:
            office = may(actor, "danger.assign", danger.subject)
            assert again or (free and office), (action, actor, change)
        if again:
            assert model.deadline <= max(before, self.today + timedelta(days=30))

    @property
    def today(self) -> date:
        return self.now.astimezone(self.ws.settings.zone).date()

    def attempt(self, model: Model, action: str, actor: Actor, stale: bool, filled: bool) -> None:
        """Try an action and compare what comes of it with what the model says."""
        transition = BY_ACTION[action]
        self.now += timedelta(minutes=1)
        names = transition.required if filled else ()
        fields = {key: text for name in names for key, text in FILLED.get(name, {}).items()}
        if "extension_until" in names:
            fields["extension_until"] = wanted_until(model)
        if action == "edit" and filled:
            fields["place"] = f"第 {model.version} 处"
        error = expected(model, action, actor, stale, filled)
        try:
            danger = act(
                self.ws, actor, model.number, action, fields,
                version=model.version - stale,
                photos=[self.photo] if filled and "photos" in transition.required else [],
                now=self.now,
            )  # fmt: skip
        except RiskmapError as caught:
            assert type(caught) is error, (action, caught)
            return
        assert error is None, (action, error)
        done(model, action, actor, self.today)
        assert danger == read_danger(self.ws, model.number)

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        for model in self.models:
            danger = read_danger(self.ws, model.number)
            record = danger.record
            assert (danger.state, danger.version) == (model.state, model.version)
            assert [step.action for step in danger.steps] == model.actions
            assert [step.version for step in danger.steps] == list(range(1, model.version + 1))
            assert record["deadline"] == model.deadline
            assert (record["closed_at"] is not None) == (model.state is State.CLOSED)
            assert (record["listed_at"] is not None) == model.listed
            assert record["extension_until"] == (model.asked[1] if model.asked else None)


def test_the_ledger_is_its_model(ledger: Workspace) -> None:
    photo = add_photo(ledger, "a")
    run_state_machine_as_test(
        lambda: Ledger(ledger, photo),
        settings=settings(
            max_examples=60,
            stateful_step_count=35,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
