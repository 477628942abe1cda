"""Tokens of machines on both databases: scoped, shown once, hashed, expiring, revoked."""

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from riskmap.access.actors import Actor, Role
from riskmap.access.tokens import (
    actor_of_token,
    issue_token,
    list_tokens,
    revoke_token,
    scopes_for_machines,
)
from riskmap.errors import FieldsError, ForbiddenError, NotFoundError, SignInError
from riskmap.workspace import Workspace


def test_a_token_by_hand(store: Workspace, root_actor: Actor, people: Any, now: datetime) -> None:
    token, text = issue_token(
        store, root_actor, name=" 水位站  网关 ", scopes=["device.send", "device.send"],
        town="330001001", days=30, now=now,
    )  # fmt: skip
    assert re.fullmatch(r"rm_[A-Za-z0-9_-]{43}", text)
    assert (token.name, token.scopes, token.town) == ("水位站 网关", ("device.send",), "330001001")
    assert token.expires_at == now + timedelta(days=30)
    machine = actor_of_token(store, text, address="192.0.2.9", now=now)
    assert machine == Actor(
        f"token:{token.id}", "水位站 网关", Role.MACHINE, town="330001001",
        scopes=("device.send",), address="192.0.2.9",
    )  # fmt: skip
    stored = people.everything_stored()
    assert text not in stored
    assert text[3:] not in stored
    assert hashlib.sha256(text.encode()).hexdigest() in stored
    (row,) = people.noted("token.issue")
    assert (row.actor, row.subject) == (root_actor.login, f"token:{token.id}")
    assert json.loads(row.after)["scopes"] == ["device.send"]
    assert hashlib.sha256(text.encode()).hexdigest() not in row.after


def test_a_token_ends_on_its_day_and_when_revoked(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    token, text = issue_token(store, root_actor, name="a", scopes=["read"], days=1, now=now)
    end = now + timedelta(days=1)
    actor_of_token(store, text, address="", now=end - timedelta(microseconds=1))
    with pytest.raises(SignInError, match="已过期：2026-07-01"):
        actor_of_token(store, text, address="", now=end)
    assert revoke_token(store, root_actor, token.id, now=now).revoked_at == now
    with pytest.raises(SignInError, match="令牌无效"):
        actor_of_token(store, text, address="", now=now)
    again = revoke_token(store, root_actor, token.id, now=now + timedelta(hours=1))
    assert again.revoked_at == now
    assert len(people.noted("token.revoke")) == 1


@pytest.mark.parametrize(
    "text", ["", "rm_", "Bearer", "rm_" + "a" * 43, "rm_\x00\ud800", "x" * 100_000, "' OR 1=1"]
)
def test_a_made_up_token_opens_nothing(
    store: Workspace, root_actor: Actor, now: datetime, text: str
) -> None:
    issue_token(store, root_actor, name="a", scopes=["read"], days=1, now=now)
    with pytest.raises(SignInError, match="令牌无效"):
        actor_of_token(store, text, address="", now=now)


def test_all_faults_of_a_token_are_said_at_once(
    store: Workspace, root_actor: Actor, now: datetime
) -> None:
    good: dict[str, Any] = {"name": "a", "scopes": ["read"], "days": 1, "town": None}
    for given, fields in [
        ({"name": " "}, {"name"}),
        ({"name": "a" * 65}, {"name"}),
        ({"scopes": []}, {"scopes"}),
        ({"scopes": ["read", "user.manage"]}, {"scopes"}),
        ({"scopes": ["danger.close"]}, {"scopes"}),
        ({"days": 0}, {"days"}),
        ({"days": 367}, {"days"}),
        ({"town": "东城"}, {"town"}),
        ({"name": "", "scopes": ["x"], "days": -1, "town": "1"}, set(good)),
    ]:
        with pytest.raises(FieldsError) as error:
            issue_token(store, root_actor, **(good | given), now=now)
        assert set(error.value.faults) == fields, given
    assert list_tokens(store, root_actor) == []


def test_machines_may_never_be_given_what_is_for_people() -> None:
    assert set(scopes_for_machines()) == {
        "read", "read.photos", "read.commitments", "danger.report", "record.warnings",
        "device.send",
    }  # fmt: skip


def test_the_last_use_is_kept_to_the_minute(
    store: Workspace, root_actor: Actor, now: datetime
) -> None:
    _, text = issue_token(store, root_actor, name="a", scopes=["read"], days=1, now=now)
    issue_token(store, root_actor, name="b", scopes=["read"], days=1, now=now)
    for seconds in (0, 30, 59, 60, 90):
        actor_of_token(store, text, address="", now=now + timedelta(seconds=seconds))
    listed = list_tokens(store, root_actor)
    assert [one.name for one in listed] == ["b", "a"]
    assert [one.used_at for one in listed] == [None, now + timedelta(seconds=60)]


def test_only_administrators_manage_tokens(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    actor, _ = people.settled("wang", "duty")
    token, text = issue_token(store, root_actor, name="a", scopes=["read"], days=1, now=now)
    machine = actor_of_token(store, text, address="", now=now)
    for who in (actor, machine):
        with pytest.raises(ForbiddenError):
            issue_token(store, who, name="b", scopes=["read"], days=1, now=now)
        with pytest.raises(ForbiddenError):
            list_tokens(store, who)
        with pytest.raises(ForbiddenError):
            revoke_token(store, who, token.id, now=now)
    with pytest.raises(NotFoundError, match="77"):
        revoke_token(store, root_actor, 77, now=now)
