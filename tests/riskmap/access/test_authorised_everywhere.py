"""Whatever writes asks the policy first: no function of riskmap opens a writing transaction alone.

The policy is only as good as its use. Each function that calls `….write()` must call `authorise`
(itself, or through a function of its module), or be called by such functions only, or stand in
`OTHERWISE` with the reason. Roles are then tried once more as stored accounts, on both databases.
"""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import riskmap
from riskmap.access.actors import Role
from riskmap.access.policy import RULES, Scope, Subject, may
from riskmap.workspace import Workspace

ROOT = Path(riskmap.__file__).parent
Functions = dict[str, ast.FunctionDef]

OTHERWISE = {
    "access/audit.py:refused": "writes nothing but that something was refused",
    "access/sessions.py:actor_of": "finds out who asks",
    "access/sessions.py:sign_out": "ends the session whose cookie was shown",
    "access/signing_in.py:sign_in": "finds out who asks",
    "access/single_sign_on.py:sign_in_as": "finds out who asks",
    "access/tokens.py:actor_of_token": "finds out who asks",
    "daily/computing.py:store_day": "called by commands of the server only",
    "layer_store.py:store_layer": "called by commands of the server only",
    "daily/publishing.py:publish_day": "called by commands of the server only",
    "records/storing.py:store_records": "called by commands, and by functions that have asked",
    "workspace.py:_bring_up_to_date": "makes the tables",
    "workspace.py:_make_database": "makes the tables",
    "storage/restore.py:_check_database": "looks at a copy that is not in use",
}


def calls(function: ast.FunctionDef) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def writes(function: ast.FunctionDef) -> bool:
    return any(
        name == "write" and isinstance(call.func, ast.Attribute) and not call.args
        for name, call in calls(function)
    )


def asks(name: str, functions: Functions, seen: frozenset[str] = frozenset()) -> bool:
    """Say whether a function calls authorise, or one of its module that does."""
    if name not in functions or name in seen:
        return False
    called = {one for one, _ in calls(functions[name])}
    return "authorise" in called or any(asks(one, functions, seen | {name}) for one in called)


def covered(
    name: str, functions: Functions, reasoned: frozenset[str], seen: frozenset[str] = frozenset()
) -> bool:
    """Say whether a function asks, has its reason, or is private with such callers only."""
    if name in reasoned or asks(name, functions):
        return True
    callers = [
        other for other, body in functions.items() if name in {one for one, _ in calls(body)}
    ]
    private = name.startswith("_") and bool(callers) and name not in seen
    return private and all(covered(one, functions, reasoned, seen | {name}) for one in callers)


def unguarded(source: str, reasoned: frozenset[str] = frozenset()) -> set[str]:
    """Return the names of functions of a module that write without asking and without a reason."""
    functions = {
        node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    }
    return {
        name
        for name, body in functions.items()
        if writes(body) and not covered(name, functions, reasoned)
    }


def reasons(module: str) -> frozenset[str]:
    """Return the functions of a module that stand in OTHERWISE."""
    return frozenset(place.split(":")[1] for place in OTHERWISE if place.split(":")[0] == module)


def test_nothing_writes_without_asking() -> None:
    modules = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.py")}
    found = {
        f"{module}:{name}"
        for module, path in modules.items()
        for name in unguarded(path.read_text("utf-8"), reasons(module))
    }
    assert found == set(), "call authorise first, or give the reason here"


def test_what_stands_here_with_a_reason_is_there() -> None:
    for place in OTHERWISE:
        path, name = place.split(":")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), place


def test_the_guard_sees_an_unguarded_writer() -> None:
    body = "    with ws.write() as connection:\n        connection.execute(1)\n"
    assert unguarded(f"def take(ws, actor):\n{body}") == {"take"}
    assert unguarded(f"def take(ws, actor):\n    authorise(actor, 'x')\n{body}") == set()
    assert unguarded(f"def _put(ws):\n{body}\ndef take(ws):\n    _put(ws)\n") == {"_put"}
    asked = "def take(ws):\n    authorise(1)\n    _put(ws)\n"
    assert unguarded(f"def _put(ws):\n{body}\n{asked}") == set()
    assert unguarded(f"def _put(ws):\n{body}\n{asked}\ndef give(ws):\n    _put(ws)\n") == {"_put"}
    assert unguarded(f"def put(ws):\n{body}\n{asked.replace('_put', 'put')}") == {"put"}
    called = f"def _put(ws):\n{body}\ndef take(ws):\n    _put(ws)\n"
    assert unguarded(called, frozenset({"take"})) == set()
    assert unguarded(f"{called}def give(ws):\n    _put(ws)\n", frozenset({"take"})) == {"_put"}


OWN = Subject("330001001", "消防", "91330001A")
OTHER = Subject("330001002", "危化", "91330001B")
GIVEN: dict[str, dict[str, Any]] = {
    "viewer": {},
    "reporter": {"town": OWN.town},
    "inspector": {"domains": [OWN.domain, "旅游"]},
    "duty": {},
    "administrator": {},
    "enterprise": {"enterprise_id": OWN.enterprise_id},
}


def test_roles_hold_for_accounts_as_they_are_stored(
    store: Workspace, people: Any, now: datetime
) -> None:
    for role, attributes in GIVEN.items():
        actor, _ = people.settled(f"some-{role}", role, **attributes)
        for action, rule in RULES.items():
            scope = rule.get(Role(role))
            assert may(actor, action, OWN) is (scope is not None), (role, action)
            assert may(actor, action, OTHER) is (scope is Scope.ALL), (role, action)


@pytest.mark.parametrize("role", ["reporter", "inspector", "enterprise"])
def test_what_a_role_has_no_use_for_is_not_kept(people: Any, role: str) -> None:
    everything = {"town": OWN.town, "domains": [OWN.domain], "enterprise_id": OWN.enterprise_id}
    actor, _ = people.settled("wang", role, **everything)
    kept = {"reporter": actor.town, "inspector": actor.domains, "enterprise": actor.enterprise_id}
    assert [name for name, value in kept.items() if value] == [role]
