"""Every pair of state and action: allowed where the table says so, refused with reasons elsewhere.

The expectation is written out here by hand, not read from `TRANSITIONS`.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from riskmap.access.policy import RULES
from riskmap.errors import TransitionError
from riskmap.ledger.conditions import CHECKS
from riskmap.ledger.dangers import act, allowed, report
from riskmap.ledger.effects import STEP_FIELDS
from riskmap.ledger.fields import TEXT_LENGTHS
from riskmap.ledger.states import TRANSITIONS, Condition, State
from riskmap.ledger.versions import COLUMNS, Danger
from riskmap.workspace import Workspace, open_workspace
from tests.riskmap.ledger.conftest import (
    ADMIN,
    DUTY,
    DUTY_2,
    FIELDS,
    NOW,
    add_photo,
    copy_district,
)

LEADS_TO = {
    "expose": {"found": "exposed"},
    "assign": {
        "found": "assigned",
        "exposed": "assigned",
        "assigned": "assigned",
        "returned": "assigned",
        "transferred": "assigned",
    },
    "rectify": {"assigned": "rectified", "returned": "rectified"},
    "recheck_pass": {"rectified": "rechecked"},
    "recheck_fail": {"rectified": "returned"},
    "close": {"rechecked": "closed"},
    "extend_ask": {"assigned": "assigned", "returned": "returned"},
    "extend_approve": {"assigned": "assigned", "returned": "returned"},
    "extend_refuse": {"assigned": "assigned", "returned": "returned"},
    "list": {
        state: state
        for state in (
            ["found", "exposed", "assigned", "returned", "transferred", "rectified", "rechecked"]
        )
    },
    "transfer": {
        "found": "transferred",
        "exposed": "transferred",
        "assigned": "transferred",
        "returned": "transferred",
    },
    "reopen": {"closed": "assigned", "void": "assigned"},
    "void": dict.fromkeys(
        ["found", "exposed", "assigned", "returned", "transferred", "rectified", "rechecked"],
        "void",
    ),
    "edit": {str(state): str(state) for state in State if state != "void"},
    "comment": {str(state): str(state) for state in State},
}
WAY_TO = {
    "found": (),
    "exposed": ("expose",),
    "assigned": ("assign",),
    "transferred": ("transfer",),
    "rectified": ("assign", "rectify"),
    "returned": ("assign", "rectify", "recheck_fail"),
    "rechecked": ("assign", "rectify", "recheck_pass"),
    "closed": ("assign", "rectify", "recheck_pass", "close"),
    "void": ("assign", "void"),
}
GIVEN = {
    "assign": {"responsible_unit": "物业"},
    "rectify": {"comment": "好"},
    "recheck_pass": {"comment": "好"},
    "recheck_fail": {"comment": "不好"},
    "extend_ask": {"extension_until": "2026-07-20", "comment": "备料"},
    "extend_refuse": {"comment": "不必"},
    "list": {"listed_until": "2026-07-31"},
    "transfer": {"transferred_to": "住建局", "comment": "归口"},
    "reopen": {"comment": "又有"},
    "void": {"comment": "重复上报"},
    "edit": {"place": "三楼", "comment": "补"},
    "comment": {"comment": "记"},
}


def do(ws: Workspace, danger: Danger, action: str, photo: str) -> Danger:
    """Do an action with everything it needs; who decides is another person than who asked."""
    actor = DUTY_2 if action in ("recheck_pass", "recheck_fail", "extend_approve") else DUTY
    actor = DUTY_2 if action == "extend_refuse" else actor
    return act(
        ws, actor, danger.number, action, GIVEN.get(action, {}), version=danger.version,
        photos=[photo] if action == "rectify" else [], now=danger.learnt_at + timedelta(hours=1),
    )  # fmt: skip


def brought_to(ws: Workspace, state: str, photo: str) -> Danger:
    """Return a new major danger in a state."""
    danger = report(ws, DUTY, FIELDS | {"grade": "major"}, now=NOW)
    for action in WAY_TO[state]:
        danger = do(ws, danger, action, photo)
    assert danger.state == state
    return danger


@pytest.fixture(scope="module")
def shared(district: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("pairs") / "w"
    copy_district(district, root, None)
    with open_workspace(root) as ws:
        add_photo(ws, "a")
        yield ws


def test_the_expectation_names_every_state_and_action() -> None:
    assert set(WAY_TO) == set(State)
    assert set(LEADS_TO) == {one.action for one in TRANSITIONS}


@pytest.mark.parametrize("state", sorted(WAY_TO))
@pytest.mark.parametrize("action", sorted(LEADS_TO))
def test_every_state_and_action(shared: Workspace, state: str, action: str) -> None:
    photo = "a" * 64
    danger = brought_to(shared, state, photo)
    wanted = LEADS_TO[action].get(state)
    if wanted is None:
        with pytest.raises(TransitionError, match="现在可以") as caught:
            do(shared, danger, action, photo)
        assert action not in caught.value.allowed
        assert action not in [one.action for one in allowed(danger, ADMIN)]
        return
    if action in ("extend_approve", "extend_refuse"):
        danger = do(shared, danger, "extend_ask", photo)
    assert do(shared, danger, action, photo).state == wanted


def test_the_table_names_only_what_there_is() -> None:
    fields = {*COLUMNS, *STEP_FIELDS}
    for one in TRANSITIONS:
        assert {*one.required, *one.optional} <= fields, one.action
        assert one.permission in RULES, one.action
        assert one.stamps is None or one.stamps in COLUMNS
        assert not set(one.required) & set(one.optional), one.action
    assert set(CHECKS) == set(Condition)
    used = {condition for one in TRANSITIONS for condition in one.conditions}
    assert used == set(Condition)
    texts = set(TEXT_LENGTHS) - STEP_FIELDS
    assert texts <= set(COLUMNS)
