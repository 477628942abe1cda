"""A workspace on both databases, the one who runs commands, and a moment."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import argon2
import pytest
import sqlalchemy as sa

from riskmap.access import passwords
from riskmap.access.actors import Actor, command_line
from riskmap.access.sessions import actor_of
from riskmap.access.signing_in import SignedIn, change_password, sign_in
from riskmap.access.tables import audit
from riskmap.access.users import add_user
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 0, 0, tzinfo=UTC)


PASSWORD = "correct horse battery"


class People:
    """Accounts of one workspace and how they sign in."""

    def __init__(self, store: Workspace, now: datetime) -> None:
        self.store, self.now = store, now

    def add(self, login: str, role: str = "duty", **more: Any) -> str:
        """Make an account; return its first password."""
        name = more.pop("name", "某人")
        _, first = add_user(
            self.store, command_line("root"), login=login, name=name, role=role, now=self.now,
            **more,
        )  # fmt: skip
        return first

    def enter(
        self, login: str, password: str = PASSWORD, *, now: datetime | None = None,
        code: str | None = None,
    ) -> SignedIn:  # fmt: skip
        """Sign in from a telephone."""
        return sign_in(
            self.store, login, password, code=code, address="192.0.2.7", agent="phone",
            now=now or self.now,
        )  # fmt: skip

    def settled(self, login: str, role: str = "duty", **more: Any) -> tuple[Actor, SignedIn]:
        """Make an account that has changed its first password and is signed in."""
        first = self.add(login, role, **more)
        signed = self.enter(login, first)
        change_password(
            self.store, self.actor(signed), first, PASSWORD, keep=signed.session.digest,
            now=self.now,
        )  # fmt: skip
        return self.actor(signed), signed

    def actor(self, signed: SignedIn, now: datetime | None = None) -> Actor:
        """Return who acts with a session that must be open."""
        found = actor_of(self.store, signed.cookie, address="192.0.2.7", now=now or self.now)
        assert found is not None
        return found[0]

    def noted(self, action: str) -> list[Any]:
        """Return the audit rows of an action, oldest first."""
        with self.store.read() as connection:
            query = sa.select(audit).where(audit.c.action == action).order_by(audit.c.number)
            return list(connection.execute(query).all())

    def everything_stored(self) -> str:
        """Return every cell of every table of accounts and audit as text."""
        with self.store.read() as connection:
            tables = ("users", "sessions", "tokens", "audit")
            rows = [connection.execute(sa.text(f"SELECT * FROM {name}")).all() for name in tables]
        return repr(rows)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def root_actor() -> Actor:
    return command_line("root")


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> argon2.PasswordHasher:
    """Hash in a millisecond: what a real hash costs is tested in test_passwords."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "UNKNOWN_HASH", hasher.hash("nobody knows this"))
    return hasher


@pytest.fixture
def store(
    tmp_path: Path, database_url: str | None, cheap_hashes: argon2.PasswordHasher
) -> Iterator[Workspace]:
    root = tmp_path / "w"
    init_workspace(root, "我的区", "330001", database_url)
    with open_workspace(root, database_url) as workspace:
        yield workspace


@pytest.fixture
def people(store: Workspace, now: datetime) -> People:
    return People(store, now)
