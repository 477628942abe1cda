"""Sessions on both databases: idle and absolute limits, ended from either side."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, anonymous
from riskmap.access.sessions import (
    actor_of,
    end_own_session,
    end_user_sessions,
    own_sessions,
    sign_out,
)
from riskmap.access.tables import sessions, users
from riskmap.errors import ForbiddenError, NotFoundError, SignInError
from riskmap.workspace import Workspace, open_workspace

MINUTE = timedelta(minutes=1)


def is_open(store: Workspace, cookie: str, now: datetime) -> bool:
    return actor_of(store, cookie, address="", now=now) is not None


def test_a_session_ends_thirty_minutes_after_the_last_request(
    store: Workspace, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    for minutes in (29, 58, 87):
        assert is_open(store, signed.cookie, now + minutes * MINUTE)
    assert not is_open(store, signed.cookie, now + 117 * MINUTE)
    assert is_open(store, signed.cookie, now + 117 * MINUTE - timedelta(microseconds=1))


def test_a_session_in_use_ends_after_twelve_hours(
    store: Workspace, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    assert signed.session.ends_at == now + timedelta(hours=12)
    for minutes in range(20, 720, 20):
        assert is_open(store, signed.cookie, now + minutes * MINUTE), minutes
    assert is_open(store, signed.cookie, now + timedelta(hours=12) - timedelta(microseconds=1))
    assert not is_open(store, signed.cookie, now + timedelta(hours=12))


@pytest.fixture
def strict(tmp_path: Path, store: Workspace, database_url: str | None) -> Iterator[Workspace]:
    file = tmp_path / "w" / "riskmap.toml"
    text = file.read_text("utf-8").replace("idle_minutes = 30", "idle_minutes = 1")
    file.write_text(text.replace("absolute_hours = 12", "absolute_hours = 0.05"), "utf-8")
    with open_workspace(tmp_path / "w", database_url) as workspace:
        yield workspace


def test_the_limits_are_settings(strict: Workspace, people: Any, now: datetime) -> None:
    _, signed = people.settled("wang")
    second = timedelta(seconds=1)
    for seconds in (50, 100, 150, 179):
        assert is_open(strict, signed.cookie, now + seconds * second), seconds
    assert not is_open(strict, signed.cookie, now + 180 * second)
    other = people.enter("wang")
    assert not is_open(strict, other.cookie, now + 60 * second)


def test_a_page_that_asks_often_writes_once_a_minute(
    store: Workspace, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    for seconds in range(0, 100, 10):
        assert is_open(store, signed.cookie, now + timedelta(seconds=seconds))
    with store.read() as connection:
        seen = connection.execute(sa.select(sessions.c.seen_at)).scalar_one()
    assert seen == now + MINUTE


def test_signing_out_ends_the_session_on_the_server(
    store: Workspace, people: Any, now: datetime
) -> None:
    _, here = people.settled("wang")
    there = people.enter("wang")
    sign_out(store, here.cookie, address="192.0.2.7", now=now)
    assert not is_open(store, here.cookie, now)
    assert is_open(store, there.cookie, now)
    sign_out(store, here.cookie, address="192.0.2.7", now=now)
    assert len(people.noted("sign-out")) == 1


def test_a_closed_account_has_no_session_even_where_one_was_left_open(
    store: Workspace, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    with store.write() as connection:
        connection.execute(sa.update(users).values(disabled_at=now))
    assert not is_open(store, signed.cookie, now)


@pytest.mark.parametrize("cookie", ["", "x", "\x00", "\ud800", "é" * 5000, "' OR 1=1 --"])
def test_a_made_up_cookie_opens_nothing(
    store: Workspace, people: Any, now: datetime, cookie: str
) -> None:
    people.settled("wang")
    assert not is_open(store, cookie, now)
    sign_out(store, cookie, address="", now=now)


def test_the_cookie_is_stored_nowhere_and_what_is_stored_is_no_cookie(
    store: Workspace, people: Any, now: datetime
) -> None:
    _, signed = people.settled("wang")
    assert len(signed.cookie) == 43
    assert signed.cookie not in people.everything_stored()
    assert signed.session.digest == hashlib.sha256(signed.cookie.encode()).hexdigest()
    assert not is_open(store, signed.session.digest, now)
    again = people.enter("wang")
    assert again.cookie != signed.cookie
    assert again.session.csrf != signed.session.csrf


def test_a_person_sees_and_ends_only_the_own_sessions(
    store: Workspace, people: Any, now: datetime
) -> None:
    actor, here = people.settled("wang")
    there = people.enter("wang", now=now + MINUTE)
    stranger, theirs = people.settled("li")
    listed = own_sessions(store, actor, now=now + MINUTE)
    assert [one.digest for one in listed] == [there.session.digest, here.session.digest]
    assert own_sessions(store, actor, now=now + 30 * MINUTE) == listed[:1]
    with pytest.raises(NotFoundError):
        end_own_session(store, actor, theirs.session.digest, now=now)
    with pytest.raises(NotFoundError):
        end_own_session(store, actor, "0" * 64, now=now)
    assert is_open(store, theirs.cookie, now)
    end_own_session(store, actor, there.session.digest, now=now + MINUTE)
    assert not is_open(store, there.cookie, now + MINUTE)
    with pytest.raises(NotFoundError):
        end_own_session(store, actor, there.session.digest, now=now)
    with pytest.raises(SignInError):
        own_sessions(store, anonymous(), now=now)
    assert [row.actor for row in people.noted("session.end")] == ["wang"]
    assert own_sessions(store, stranger, now=now)[0].digest == theirs.session.digest


def test_an_administrator_ends_somebodys_sessions(
    store: Workspace, people: Any, root_actor: Actor, now: datetime
) -> None:
    actor, here = people.settled("wang")
    people.enter("wang")
    assert end_user_sessions(store, root_actor, "wang", now=now) == 2
    assert not is_open(store, here.cookie, now)
    with pytest.raises(ForbiddenError):
        end_user_sessions(store, actor, "wang", now=now)
