"""Which account an identity of the issuer belongs to, on both databases."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from riskmap.access.actors import Actor, Role
from riskmap.access.sessions import actor_of
from riskmap.access.single_sign_on import Identity, sign_in_as
from riskmap.access.users import disable_user, find_user
from riskmap.errors import FieldsError, SignInError
from riskmap.workspace import Workspace, open_workspace

ISSUER = "https://sso.example"
WANG = Identity(ISSUER, "subject-1", "Wang", "王芳")
Enter = Callable[..., Any]


@pytest.fixture
def enter(store: Workspace, now: datetime) -> Enter:
    def signed(identity: Identity, ws: Workspace = store) -> Any:
        return sign_in_as(ws, identity, address="192.0.2.7", agent="phone", now=now)

    return signed


@pytest.fixture
def creating(tmp_path: Path, store: Workspace, database_url: str | None) -> Iterator[Workspace]:
    with ExitStack() as stack:
        opened = stack.enter_context(open_workspace(tmp_path / "w", database_url))
        access = opened.settings.access
        oidc = replace(access.oidc, create_viewers=True)
        settings = replace(opened.settings, access=replace(access, oidc=oidc))
        yield replace(opened, settings=settings)


def test_an_account_made_for_it_is_bound_the_first_time(
    store: Workspace, people: Any, enter: Enter, now: datetime
) -> None:
    assert people.add("wang", "reporter", town="330001001", with_password=False) == ""
    signed = enter(WANG)
    assert not signed.must_change
    found = actor_of(store, signed.cookie, address="", now=now)
    assert found is not None
    assert (found[0].login, found[0].role, found[0].town) == ("wang", Role.REPORTER, "330001001")
    assert enter(replace(WANG, login="renamed", name="x")).user.login == "wang"
    with pytest.raises(SignInError, match="已是另一个账号"):
        enter(replace(WANG, subject="subject-2"))
    with pytest.raises(SignInError, match="已是另一个账号"):
        enter(replace(WANG, issuer="https://other.example"))
    assert len(people.noted("user.bind")) == 1
    assert [row.result for row in people.noted("sign-in")] == ["done"] * 2 + ["refused"] * 2


def test_a_local_account_of_the_same_name_is_not_given_away(
    people: Any, enter: Enter, creating: Workspace
) -> None:
    people.settled("wang", "administrator")
    for ws in (people.store, creating):
        with pytest.raises(SignInError, match="已是另一个账号"):
            enter(WANG, ws)
    assert people.enter("wang").user.oidc_issuer is None


def test_without_the_setting_a_stranger_stays_outside(
    store: Workspace, people: Any, enter: Enter
) -> None:
    with pytest.raises(SignInError, match="还没有这个人的账号"):
        enter(WANG)
    assert find_user(store, "wang") is None
    (row,) = people.noted("sign-in")
    assert (row.subject, row.result) == ("oidc:subject-1", "refused")


@pytest.mark.parametrize(
    ("claimed", "role"),
    [("", "viewer"), ("duty", "duty"), ("administrator", "viewer"), ("inspector", "viewer")],
)
def test_with_the_setting_a_stranger_becomes_a_viewer_and_never_more_than_duty(
    enter: Enter, creating: Workspace, claimed: str, role: str
) -> None:
    identity = replace(WANG, role=claimed)
    user = enter(identity, creating).user
    assert (user.login, user.name, user.role) == ("wang", "王芳", Role(role))
    assert not user.has_password
    assert enter(replace(identity, role="duty"), creating).user.role == Role(role)


def test_a_disabled_account_stays_outside(
    people: Any, root_actor: Actor, enter: Enter, creating: Workspace
) -> None:
    store, now = people.store, people.now
    enter(WANG, creating)
    disable_user(store, root_actor, "wang", now=now)
    with pytest.raises(SignInError, match="已停用"):
        enter(WANG, creating)
    people.add("li", with_password=False)
    disable_user(store, root_actor, "li", now=now)
    with pytest.raises(SignInError, match="已停用"):
        enter(Identity(ISSUER, "subject-3", "li", "李四"))


def test_a_name_that_is_no_login_is_refused(enter: Enter, creating: Workspace) -> None:
    for login in ("", "token:1", "<script>"):
        with pytest.raises(FieldsError) as error:
            enter(replace(WANG, login=login), creating)
        assert "login" in error.value.faults


def test_an_account_for_single_sign_on_has_no_password(people: Any) -> None:
    people.add("wang", with_password=False)
    for password in ("", "nobody knows this"):
        with pytest.raises(SignInError):
            people.enter("wang", password)
