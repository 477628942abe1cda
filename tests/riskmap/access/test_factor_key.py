"""Secrets of second factors at rest on both databases: sealed, and useless without their key."""

import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from riskmap.access import factor_key
from riskmap.access.actors import Actor
from riskmap.access.factor_key import FactorKeyError, key_in, unseal, without_key
from riskmap.access.second_factor import begin, confirm, remove, remove_of
from riskmap.access.signing_in import SecondFactorNeededError, SignedIn, sign_in
from riskmap.access.tables import users
from riskmap.errors import SignInError
from riskmap.storage.backup import backup
from riskmap.workspace import DATABASE_FILE, KEY_FILE, Workspace

STEP = timedelta(seconds=30)
PASSWORD = "correct horse battery"
OTHER = Fernet.generate_key().decode()


class Owner:
    """Somebody with a second factor, in a store that may state its key itself."""

    def __init__(self, people: Any, login: str = "wang", key: str | None = None) -> None:
        self.ws: Workspace = replace(people.store, second_factor_key=key)
        self.login, self.now = login, people.now
        self.actor, _ = people.settled(login)
        self.secret, _ = begin(self.ws, self.actor)
        confirm(self.ws, self.actor, self.secret, self.code(self.now), now=self.now)

    def code(self, moment: datetime) -> str:
        return pyotp.TOTP(self.secret).at(moment)

    def enter(self, *, with_code: bool = True, later: int = 1) -> SignedIn:
        moment = self.now + later * STEP
        return sign_in(
            self.ws, self.login, PASSWORD, code=self.code(moment) if with_code else None,
            address="", agent="", now=moment,
        )  # fmt: skip

    def stored(self) -> str:
        with self.ws.read() as connection:
            query = sa.select(users.c.second_factor).where(users.c.login == self.login)
            return str(connection.execute(query).scalar_one())

    def put(self, value: str) -> None:
        with self.ws.write() as connection:
            mine = sa.update(users).where(users.c.login == self.login)
            connection.execute(mine.values(second_factor=value))


def refused(owner: Owner) -> str:
    """Return what signing in says, with a right code and without one: the same."""
    said = set()
    for with_code in (True, False):
        with pytest.raises(SignInError) as error:
            owner.enter(with_code=with_code)
        assert not isinstance(error.value, SecondFactorNeededError)
        said.add(str(error.value))
    assert len(said) == 1
    return said.pop()


def test_the_table_holds_no_secret_and_the_key_lies_beside(people: Any) -> None:
    owner = Owner(people)
    file = owner.ws.root / KEY_FILE
    key = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert owner.stored().startswith("v1:")
    kept = people.everything_stored()
    assert owner.secret not in kept
    assert key not in kept
    assert unseal(owner.ws, owner.stored()) == owner.secret
    assert owner.enter().user.login == "wang"
    second = Owner(people, "li")
    assert file.read_text().strip() == key, "one key for all"
    assert second.enter().user.login == "li"
    assert [path.name for path in owner.ws.root.iterdir() if path.name.startswith(".")] == []


def test_a_missing_key_lets_nobody_in_and_names_the_mend(people: Any, root_actor: Actor) -> None:
    owner = Owner(people)
    file = owner.ws.root / KEY_FILE
    key = file.read_bytes()
    file.unlink()
    said = refused(owner)
    assert said.startswith("缺少动态口令的密钥文件：second-factor.key。")
    assert "--drop-second-factor" in said
    reasons = [row.reason for row in people.noted("sign-in") if row.result == "refused"]
    assert reasons == ["缺少动态口令的密钥文件"] * 2
    with owner.ws.read() as connection:
        assert connection.execute(sa.select(users.c.failures)).scalar() == 0
        assert without_key(connection, owner.ws.root, None) == 1
    with pytest.raises(FactorKeyError, match="缺少"):
        remove(owner.ws, owner.actor, owner.code(owner.now + STEP), now=owner.now + STEP)
    with pytest.raises(SignInError, match="登录名、密码或动态口令不对"):
        people.enter("wang", "wrong horse battery")
    assert not file.exists(), "no second key while secrets are sealed by the first"
    with pytest.raises(FactorKeyError, match="缺少"):
        Owner(people, "li")
    assert not file.exists()
    file.write_bytes(key)
    assert owner.enter().user.login == "wang"
    file.unlink()
    remove_of(owner.ws, root_actor, "wang", now=owner.now)
    assert people.enter("wang").user.login == "wang"
    assert Owner(people, "zhao").enter().user.login == "zhao", "nothing sealed: a new key"


@pytest.mark.parametrize(
    "text", [OTHER, "", "short", "\xff" * 44], ids=["other", "empty", "short", "no text"]
)
def test_a_wrong_key_opens_nothing_and_seals_nothing(people: Any, text: str) -> None:
    owner = Owner(people)
    (owner.ws.root / KEY_FILE).write_text(text, encoding="latin-1")
    said = refused(owner)
    assert said.startswith("动态口令的密钥读不出来，或不是原来那一份：second-factor.key。")
    assert not text or text not in said
    with pytest.raises(FactorKeyError, match="不是原来那一份"):
        Owner(people, "li")


@pytest.mark.parametrize("text", ["", "short"])
def test_a_broken_key_file_seals_nothing_even_for_the_first(people: Any, text: str) -> None:
    file = people.store.root / KEY_FILE
    file.write_text(text)
    with pytest.raises(FactorKeyError, match="读不出来"):
        Owner(people)
    assert file.read_text() == text


def test_a_tampered_value_is_refused(people: Any) -> None:
    owner, other = Owner(people), Owner(people, "li")
    good = owner.stored()
    middle = len(good) // 2
    changed = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    for value in (changed, good[:-8], "v1:", "v1:钥", "v1:" + owner.secret):
        owner.put(value)
        assert "不是原来那一份" in refused(owner), value
    assert other.enter().user.login == "li", "only that account is concerned"
    assert Owner(people, "zhao").enter().user.login == "zhao"


def test_a_plain_secret_works_and_is_sealed_when_it_is_used(
    people: Any, root_actor: Actor, tmp_path: Path
) -> None:
    owner = Owner(people)
    owner.put(owner.secret)
    (owner.ws.root / KEY_FILE).unlink()
    with pytest.raises(SecondFactorNeededError):
        owner.enter(with_code=False)
    with pytest.raises(SignInError):
        people.enter("wang", code="000000x")
    assert owner.stored() == owner.secret
    assert owner.enter().user.login == "wang"
    assert owner.stored().startswith("v1:")
    assert unseal(owner.ws, owner.stored()) == owner.secret
    backup(owner.ws, tmp_path / "b.zip", root_actor, now=owner.now)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert owner.secret.encode() not in archive.read(DATABASE_FILE), "nor between the rows"
    if owner.ws.engine.dialect.name == "sqlite":
        with owner.ws.read() as connection:
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    with pytest.raises(SignInError):
        owner.enter()
    assert owner.enter(later=2).user.login == "wang"


def test_a_plain_secret_stays_while_the_key_of_others_is_missing(people: Any) -> None:
    owner, _ = Owner(people), Owner(people, "li")
    owner.put(owner.secret)
    file = owner.ws.root / KEY_FILE
    key = file.read_bytes()
    file.unlink()
    assert owner.enter().user.login == "wang"
    assert owner.stored() == owner.secret
    assert not file.exists()
    file.write_bytes(key)
    assert owner.enter(later=2).user.login == "wang"
    assert owner.stored().startswith("v1:")


@pytest.mark.parametrize("key", [OTHER, "+/" * 21 + "A="], ids=["url-safe", "plain"])
def test_the_machine_may_state_the_key_and_then_no_file_is_made(people: Any, key: str) -> None:
    owner = Owner(people, key=key)
    assert owner.enter().user.login == "wang"
    assert not (owner.ws.root / KEY_FILE).exists()
    assert key not in repr(owner.ws)
    owner.ws = people.store
    assert "缺少动态口令的密钥文件" in refused(owner)
    owner.ws = replace(people.store, second_factor_key=Fernet.generate_key().decode())
    said = refused(owner)
    assert "RISKMAP_SECOND_FACTOR_KEY" in said
    assert str(owner.ws.second_factor_key) not in said


def test_several_at_once_make_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: factor_key._made(tmp_path), range(8)))
    assert keys == {key_in(tmp_path, None)}
    (tmp_path / KEY_FILE).unlink()
    link = os.link

    def another_is_first(source: str, target: Path) -> None:
        Path(target).write_text(OTHER)
        link(source, target)

    monkeypatch.setattr(factor_key.os, "link", another_is_first)
    assert factor_key._made(tmp_path) == OTHER
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
