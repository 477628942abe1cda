"""Signing in on both databases: lock-out with back-off, one answer for everything, audited."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import argon2
import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, command_line
from riskmap.access.lockout import wait_after
from riskmap.access.sessions import actor_of
from riskmap.access.signing_in import change_password, sign_in
from riskmap.access.tables import sessions, users
from riskmap.access.users import enable_user, find_user, reset_password
from riskmap.errors import FieldsError, ForbiddenError, NotFoundError, SignInError
from riskmap.workspace import Workspace

RIGHT, WRONG = "correct horse battery", "wrong horse battery"


def answer(people: Any, login: str, password: str, now: datetime | None = None) -> str:
    """What somebody is told who signs in: "in", or the error word by word."""
    try:
        people.enter(login, password, now=now)
    except SignInError as error:
        return f"{type(error).__name__} {error}"
    return "in"


def test_signing_in_by_hand(store: Workspace, people: Any, now: datetime) -> None:
    first = people.add("wang", "reporter", name="王芳", town="330001001")
    signed = people.enter("Wang", first)
    assert signed.must_change
    assert signed.user.login == "wang"
    actor, session = actor_of(store, signed.cookie, address="192.0.2.8", now=now) or (None, None)
    assert actor is not None
    assert session == signed.session
    assert (actor.login, actor.town, actor.address) == ("wang", "330001001", "192.0.2.8")
    assert actor.must_change
    (row,) = people.noted("sign-in")
    assert (row.actor, row.address, row.subject, row.result) == (
        "wang", "192.0.2.7", "user:wang", "done",
    )  # fmt: skip
    stored = people.everything_stored()
    assert first not in stored
    assert signed.cookie not in stored
    assert signed.cookie not in repr(signed)
    assert signed.session.csrf not in repr(signed)


def test_whatever_is_wrong_the_answer_is_the_same(
    store: Workspace, people: Any, root_actor: Actor, now: datetime
) -> None:
    people.settled("wang")
    people.settled("locked")
    people.settled("closed")
    people.add("sso-only", with_password=False)
    for _ in range(5):
        answer(people, "locked", WRONG)
    with store.write() as connection:
        connection.execute(
            sa.update(users).where(users.c.login == "closed").values(disabled_at=now)
        )
    given = [
        ("wang", WRONG), ("nobody", RIGHT), ("locked", RIGHT), ("closed", RIGHT),
        ("sso-only", RIGHT), ("", ""), ("x" * 5000, "y" * 5000), ("a\x00b\ud800", "\x00\ud800"),
    ]  # fmt: skip
    answers = {answer(people, login, password) for login, password in given}
    assert len(answers) == 1
    assert "登录名、密码或动态口令不对" in answers.pop()
    reasons = {row.reason for row in people.noted("sign-in") if row.result == "refused"}
    assert reasons == {"密码不对", "没有这个登录名", "暂停登录中", "账号已停用"}
    refused = [row for row in people.noted("sign-in") if row.result == "refused"]
    assert {row.actor for row in refused} == {"anonymous"}


def test_what_is_typed_as_a_login_is_not_kept_when_it_is_none(people: Any) -> None:
    answer(people, "my-secret-password-in-the-wrong-field", "x")
    assert "my-secret" not in people.everything_stored()
    assert people.noted("sign-in")[-1].subject == "user:?"


def test_an_unknown_login_takes_the_same_work_as_a_known_one(
    people: Any, cheap_hashes: argon2.PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.settled("wang")
    worked: list[str] = []
    honest = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, hashed: str, text: bytes) -> bool:
        worked.append(hashed.rsplit("$", 2)[0])
        return honest(self, hashed, text)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    for login in ("wang", "nobody"):
        answer(people, login, WRONG)
    for _ in range(5):
        answer(people, "wang", WRONG)
    assert len(worked) == 7, "a locked account is hashed too"
    assert len(set(worked)) == 1, "with the same parameters"


def test_five_failures_wait_thirty_seconds_then_twice_as_long(
    store: Workspace, people: Any, now: datetime
) -> None:
    people.settled("wang")
    for _ in range(4):
        assert answer(people, "wang", WRONG) != "in"
    assert answer(people, "wang", RIGHT) == "in", "four are free"
    for _ in range(5):
        assert answer(people, "wang", WRONG) != "in"
    moment = now
    for wait_s in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        user = find_user(store, "wang")
        assert user is not None
        assert user.locked_until == moment + timedelta(seconds=wait_s)
        just_before = user.locked_until - timedelta(microseconds=1)
        assert answer(people, "wang", RIGHT, just_before) != "in"
        assert find_user(store, "wang") == user, "trying while it waits changes nothing"
        moment = user.locked_until
        assert answer(people, "wang", WRONG, moment) != "in"
    user = find_user(store, "wang")
    assert user is not None
    assert answer(people, "wang", RIGHT, user.locked_until) == "in"
    after = find_user(store, "wang")
    assert after is not None
    assert (after.failures, after.locked_until) == (0, None)


def test_the_wait_never_shrinks_and_never_exceeds_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(200)]
    assert waits == sorted(waits)
    assert waits[4] == timedelta(0)
    assert waits[5] == timedelta(seconds=30)
    assert waits[-1] == timedelta(hours=1)


def test_an_administrator_ends_the_wait(
    store: Workspace, people: Any, root_actor: Actor, now: datetime
) -> None:
    people.settled("wang")
    for _ in range(6):
        answer(people, "wang", WRONG)
    enable_user(store, root_actor, "wang", now=now)
    assert answer(people, "wang", RIGHT) == "in"


def test_forty_guesses_at_once_count_one_by_one(store: Workspace, people: Any) -> None:
    people.settled("wang")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: answer(people, "wang", WRONG), range(40)))
    assert set(told) == {told[0]}
    user = find_user(store, "wang")
    assert user is not None
    assert user.failures == 5
    assert answer(people, "wang", RIGHT) != "in"
    reasons = [row.reason for row in people.noted("sign-in") if row.result == "refused"]
    assert (reasons.count("密码不对"), reasons.count("暂停登录中")) == (5, 36)


def test_a_password_that_is_reset_while_someone_signs_in_does_not_open(
    store: Workspace, people: Any, root_actor: Actor, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    people.settled("wang")
    import riskmap.access.signing_in as module  # noqa: PLC0415  (patched in this test only)

    honest = module.passwords.verify

    def slow(hashed: str | None, text: str) -> bool:
        right = honest(hashed, text)
        reset_password(store, root_actor, "wang", now=now)
        return right

    monkeypatch.setattr(module.passwords, "verify", slow)
    assert answer(people, "wang", RIGHT) != "in"


def test_an_old_hash_is_renewed(
    store: Workspace, people: Any, cheap_hashes: argon2.PasswordHasher
) -> None:
    people.settled("wang")
    weak_hash = argon2.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(RIGHT)
    with store.write() as connection:
        connection.execute(sa.update(users).values(password_hash=weak_hash))
    assert answer(people, "wang", WRONG) != "in"
    assert answer(people, "wang", RIGHT) == "in"
    with store.read() as connection:
        renewed = connection.execute(sa.select(users.c.password_hash)).scalar_one()
    assert f"m={cheap_hashes.memory_cost}," in renewed
    assert answer(people, "wang", RIGHT) == "in"


def test_changing_the_password_ends_every_other_session(
    store: Workspace, people: Any, now: datetime
) -> None:
    actor, here = people.settled("wang")
    others = [people.enter("wang") for _ in range(2)]
    _, stranger = people.settled("li")
    change_password(
        store, actor, RIGHT, "a new sentence of mine", keep=here.session.digest, now=now
    )
    assert actor_of(store, here.cookie, address="", now=now) is not None
    assert [actor_of(store, one.cookie, address="", now=now) for one in others] == [None, None]
    assert actor_of(store, stranger.cookie, address="", now=now) is not None
    assert answer(people, "wang", RIGHT) != "in"
    assert answer(people, "wang", "a new sentence of mine") == "in"
    assert [row.result for row in people.noted("account.password")][-1] == "done"


def test_without_a_session_to_keep_all_end(store: Workspace, people: Any, now: datetime) -> None:
    actor, here = people.settled("wang")
    change_password(store, actor, RIGHT, "a new sentence of mine", now=now)
    assert actor_of(store, here.cookie, address="", now=now) is None
    with store.read() as connection:
        left = connection.execute(sa.select(sessions).where(sessions.c.ended_at.is_(None))).all()
    assert left == []


def test_a_password_that_cannot_be_taken_changes_nothing(
    store: Workspace, people: Any, now: datetime
) -> None:
    actor, here = people.settled("wang")
    for old, new, field in [
        (WRONG, "a new sentence of mine", "old"),
        (RIGHT, "short", "new"),
        (RIGHT, RIGHT, "new"),
        (RIGHT, "password2026", "new"),
        (WRONG, "short", "old"),
        ("", "", "old"),
    ]:
        with pytest.raises(FieldsError) as error:
            change_password(store, actor, old, new, now=now)
        assert set(error.value.faults) == {field}
        assert actor_of(store, here.cookie, address="", now=now) is not None
        assert answer(people, "wang", RIGHT) == "in"


def test_guessing_the_old_password_locks_like_signing_in(
    store: Workspace, people: Any, now: datetime
) -> None:
    actor, _ = people.settled("wang")
    for _ in range(5):
        with pytest.raises(FieldsError):
            change_password(store, actor, WRONG, "a new sentence of mine", now=now)
    with pytest.raises(FieldsError) as error:
        change_password(store, actor, RIGHT, "a new sentence of mine", now=now)
    assert set(error.value.faults) == {"old"}
    assert answer(people, "wang", RIGHT) != "in"


def test_the_first_password_opens_nothing_but_its_change(
    store: Workspace, people: Any, now: datetime
) -> None:
    first = people.add("boss", "administrator")
    actor = people.actor(people.enter("boss", first))
    with pytest.raises(ForbiddenError, match="初始密码"):
        enable_user(store, actor, "boss", now=now)
    change_password(store, actor, first, RIGHT, now=now)
    enable_user(store, people.actor(people.enter("boss")), "boss", now=now)


def test_the_command_line_has_no_password_of_its_own(store: Workspace, now: datetime) -> None:
    with pytest.raises(NotFoundError):
        change_password(store, command_line("root"), "a", "b", now=now)


def test_a_browser_may_call_itself_anything(store: Workspace, people: Any, now: datetime) -> None:
    first = people.add("wang")
    agent = "<script>\x00\r\n\ud800" + "x" * 10_000
    signed = sign_in(store, "wang", first, address="192.0.2.7", agent=agent, now=now)
    assert signed.session.agent == ("<script>" + "x" * 10_000)[:200]
