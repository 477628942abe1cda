"""Accounts on both databases: who may make them, what they must say, none by default."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from riskmap.access.account_checks import LastAdministratorError
from riskmap.access.actors import Actor, Role, anonymous
from riskmap.access.sessions import actor_of
from riskmap.access.users import (
    add_user,
    change_user,
    disable_user,
    enable_user,
    find_user,
    list_users,
    reset_password,
    state_of,
)
from riskmap.errors import ConflictError, FieldsError, ForbiddenError, NotFoundError, SignInError
from riskmap.imports import ReadOptions, import_layer
from riskmap.workspace import Workspace


def test_there_is_no_account_by_default(store: Workspace, root_actor: Actor) -> None:
    assert list_users(store, root_actor) == []


def test_a_new_account_says_who_it_is_and_keeps_no_password(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    user, first = add_user(
        store, root_actor, login=" Wang.Fang ", name=" 王  芳 ", role="reporter",
        town="330001001000", domains=["消防"], enterprise_id="9133", now=now,
    )  # fmt: skip
    assert (user.login, user.name, user.role) == ("wang.fang", "王 芳", Role.REPORTER)
    assert (user.town, user.domains, user.enterprise_id) == ("330001001", (), None)
    assert user.must_change_password
    assert user.created_at == now
    assert user == find_user(store, "WANG.FANG") == list_users(store, root_actor)[0]
    assert first not in people.everything_stored()
    (row,) = people.noted("user.add")
    assert (row.actor, row.subject, row.result) == (root_actor.login, "user:wang.fang", "done")
    assert json.loads(row.after)["role"] == "reporter"
    assert "argon2" not in row.after


FAULTS: list[tuple[dict[str, Any], set[str]]] = [
    ({"login": "x"}, {"login"}),
    ({"login": "a b"}, {"login"}),
    ({"login": "token:1"}, {"login"}),
    ({"login": "anonymous"}, {"login"}),
    ({"login": "a" * 65}, {"login"}),
    ({"name": " "}, {"name"}),
    ({"name": "名" * 65}, {"name"}),
    ({"role": "machine"}, {"role"}),
    ({"role": "anonymous"}, {"role"}),
    ({"role": "root"}, {"role"}),
    ({"role": "reporter"}, {"town"}),
    ({"role": "reporter", "town": "东城"}, {"town"}),
    ({"role": "inspector"}, {"domains"}),
    ({"role": "inspector", "domains": ["消防", "占卜"]}, {"domains"}),
    ({"role": "enterprise"}, {"enterprise_id"}),
    ({"login": "", "name": "", "role": ""}, {"login", "name", "role"}),
]


def test_all_faults_of_a_new_account_are_said_at_once(
    store: Workspace, root_actor: Actor, now: datetime
) -> None:
    for given, fields in FAULTS:
        values = {"login": "wang", "name": "王芳", "role": "viewer"} | given
        with pytest.raises(FieldsError) as error:
            add_user(store, root_actor, **values, now=now)
        assert set(error.value.faults) == fields, given
    assert list_users(store, root_actor) == []
    add_user(
        store, root_actor, login="花莲", name="林", role="reporter", town="10015010", now=now
    )  # fmt: skip


def test_a_login_is_taken_once_whatever_its_case(
    people: Any, store: Workspace, root_actor: Actor
) -> None:
    people.add("wang")
    with pytest.raises(ConflictError, match="已被占用"):
        people.add("ＷANG")
    assert len(list_users(store, root_actor)) == 1
    assert len(people.noted("user.add")) == 1


def test_towns_and_enterprises_must_be_in_the_layers_once_there_are_layers(
    tmp_path: Path, store: Workspace, people: Any
) -> None:
    place = {"lon": [120.05], "lat": [30.05]}
    square = shapely.box(120, 30, 120.1, 30.1)
    towns = gpd.GeoDataFrame(
        {"code": ["330001001"], "name": ["东城街道"]}, geometry=[square], crs="EPSG:4490"
    )
    towns.to_file(tmp_path / "towns.gpkg")
    pd.DataFrame({"id": ["9133A"], "name": ["甲厂"], **place}).to_csv(tmp_path / "e.csv")
    import_layer(store, "towns", [tmp_path / "towns.gpkg"], ReadOptions(), now=people.now)
    import_layer(store, "enterprises", [tmp_path / "e.csv"], ReadOptions(), now=people.now)
    people.add("a1", "reporter", town="330001001")
    people.add("a2", "enterprise", enterprise_id="9133A")
    with pytest.raises(FieldsError, match="镇街图层里没有这个代码"):
        people.add("a3", "reporter", town="330001009")
    with pytest.raises(FieldsError, match="企业图层里没有这个编号"):
        people.add("a4", "enterprise", enterprise_id="9133B")


def test_a_change_counts_at_once_and_is_noted(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang", "viewer")
    after = change_user(
        store, root_actor, "wang", {"role": "inspector", "domains": ["消防", "消防"]}, now=now
    )
    assert (after.role, after.domains, after.name) == (Role.INSPECTOR, ("消防",), "某人")
    assert people.actor(signed).domains == ("消防",)
    (row,) = people.noted("user.change")
    assert json.loads(row.before)["role"] == "viewer"
    assert json.loads(row.after)["domains"] == ["消防"]


def test_two_changes_at_once_do_not_undo_each_other(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    people.add("wang", "viewer")
    seen = find_user(store, "wang")
    change_user(store, root_actor, "wang", {"role": "duty"}, expect=state_of(seen), now=now)
    with pytest.raises(ConflictError) as error:
        change_user(store, root_actor, "wang", {"name": "王芳"}, expect=state_of(seen), now=now)
    assert (error.value.yours["name"], error.value.yours["role"]) == ("王芳", "duty")
    assert (error.value.theirs["name"], error.value.theirs["role"]) == ("某人", "duty")
    after = change_user(store, root_actor, "wang", {"name": "王芳"}, now=now)
    assert (after.name, after.role) == ("王芳", Role.DUTY)

    def rename(number: int) -> bool:
        role = ("viewer", "duty")[number % 2]
        try:
            user = change_user(store, root_actor, "wang", {"role": role}, now=now)
        except ConflictError:
            return False
        return user.name == "王芳"

    with ThreadPoolExecutor(6) as pool:
        done = sum(pool.map(rename, range(12)))
    assert done == len(people.noted("user.change")) - 2 >= 1


def test_a_disabled_account_is_out_at_once_and_comes_back_with_its_password(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    assert disable_user(store, root_actor, "wang", now=now).disabled_at == now
    assert actor_of(store, signed.cookie, address="", now=now) is None
    with pytest.raises(SignInError):
        people.enter("wang")
    disable_user(store, root_actor, "wang", now=now)
    assert len(people.noted("user.disable")) == 1
    assert enable_user(store, root_actor, "wang", now=now).disabled_at is None
    assert actor_of(store, signed.cookie, address="", now=now) is None
    people.enter("wang")


def test_a_reset_password_ends_sessions_and_must_be_changed(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    user, first = reset_password(store, root_actor, "wang", now=now)
    assert user.must_change_password
    assert actor_of(store, signed.cookie, address="", now=now) is None
    with pytest.raises(SignInError):
        people.enter("wang")
    assert people.enter("wang", first).must_change
    assert first not in people.everything_stored()


def test_the_last_administrator_stays(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    people.add("admin1", "administrator")
    with pytest.raises(LastAdministratorError, match="admin1"):
        disable_user(store, root_actor, "admin1", now=now)
    with pytest.raises(LastAdministratorError):
        change_user(store, root_actor, "admin1", {"role": "duty"}, now=now)
    people.add("admin2", "administrator")
    disable_user(store, root_actor, "admin1", now=now)
    change_user(store, root_actor, "admin1", {"role": "duty"}, now=now)
    with pytest.raises(LastAdministratorError):
        disable_user(store, root_actor, "admin2", now=now)
    change_user(store, root_actor, "admin2", {"name": "李四"}, now=now)


def test_two_administrators_cannot_close_each_other_at_the_same_time(
    store: Workspace, root_actor: Actor, people: Any, now: datetime
) -> None:
    for turn in range(6):
        names = [f"admin{turn}a", f"admin{turn}b"]
        for name in names:
            people.add(name, "administrator")
        for user in list_users(store, root_actor):
            if user.role is Role.ADMINISTRATOR and user.login not in names and not user.disabled_at:
                disable_user(store, root_actor, user.login, now=now)

        def close(login: str) -> str:
            try:
                disable_user(store, root_actor, login, now=now)
            except LastAdministratorError:
                return "kept"
            return "closed"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(close, names)) == ["closed", "kept"]


@pytest.mark.parametrize("role", ["reporter", "duty"])
def test_only_administrators_manage_accounts(store: Workspace, now: datetime, role: str) -> None:
    actor = Actor("x", "某人", Role(role), "330001001", ("消防",), "9133")
    given = {"login": "me", "name": "某人", "role": "administrator", "now": now}
    for action in (
        lambda: add_user(store, actor, **given),
        lambda: list_users(store, actor),
        lambda: change_user(store, actor, "x", {"role": "administrator"}, now=now),
        lambda: disable_user(store, actor, "x", now=now),
        lambda: enable_user(store, actor, "x", now=now),
        lambda: reset_password(store, actor, "x", now=now),
    ):
        with pytest.raises(ForbiddenError):
            action()
    with pytest.raises(SignInError):
        add_user(store, anonymous(), **given)


def test_an_account_that_is_not_there(store: Workspace, root_actor: Actor, now: datetime) -> None:
    assert find_user(store, "nobody") is None
    for action in (disable_user, enable_user, reset_password):
        with pytest.raises(NotFoundError, match="nobody"):
            action(store, root_actor, "nobody", now=now)
    with pytest.raises(NotFoundError, match="nobody"):
        change_user(store, root_actor, "nobody", {"role": "duty"}, now=now)
