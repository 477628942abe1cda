"""The second factor on both databases: RFC 6238, each step once, guesses counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from riskmap.access.actors import Actor
from riskmap.access.second_factor import begin, confirm, remove, remove_of, step_of
from riskmap.access.signing_in import SecondFactorNeededError, SignedIn
from riskmap.access.users import find_user
from riskmap.errors import FieldsError, ForbiddenError, RiskmapError, SignInError
from riskmap.workspace import Workspace

STEP = timedelta(seconds=30)
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The ASCII text 12345678901234567890 of RFC 6238, appendix B, in base 32."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_codes_are_those_printed_in_the_standard(seconds: int, code: str) -> None:
    """RFC 6238 appendix B prints 8 digits; 6 digits are its last six."""
    moment = datetime.fromtimestamp(seconds, UTC)
    step = seconds // 30
    assert step_of(RFC_SECRET, code, moment, None) == step
    assert step_of(RFC_SECRET, f" {code[:3]} {code[3:]}\n", moment, None) == step
    for offset, fits in ((-2, False), (-1, True), (1, True), (2, False)):
        found = step_of(RFC_SECRET, code, moment + offset * STEP, None)
        assert found == (step if fits else None), offset
    assert step_of(RFC_SECRET, code, moment, step - 1) == step
    assert step_of(RFC_SECRET, code, moment, step) is None
    assert step_of(RFC_SECRET, code, moment, step + 1) is None


@pytest.mark.parametrize("code", ["", " ", "28708", "2870822", "２８７０８２", "abcdef", "\ud800"])
def test_what_is_no_code_never_fits(code: str) -> None:
    assert step_of(RFC_SECRET, code, datetime.fromtimestamp(59, UTC), None) is None


class Telephone:
    """A person with a second factor and the telephone that has its secret."""

    def __init__(self, store: Workspace, people: Any, login: str = "wang") -> None:
        self.store, self.people, self.login = store, people, login
        self.actor, self.signed = people.settled(login)
        self.secret, self.address = begin(store, self.actor)
        self.totp = pyotp.TOTP(self.secret)
        confirm(store, self.actor, self.secret, self.code(people.now), now=people.now)

    def code(self, moment: datetime) -> str:
        return self.totp.at(moment)

    def enter(self, code: str | None, now: datetime) -> SignedIn:
        signed: SignedIn = self.people.enter(self.login, code=code, now=now)
        return signed


def test_the_address_for_the_telephone_names_the_service_and_the_account(
    store: Workspace, people: Any
) -> None:
    telephone = Telephone(store, people)
    parts = urlsplit(telephone.address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/riskmap 我的区:wang"
    assert parse_qs(parts.query)["secret"] == [telephone.secret]
    assert len(telephone.secret) == 32


def test_signing_in_asks_for_the_code_and_takes_it_once(
    store: Workspace, people: Any, now: datetime
) -> None:
    telephone = Telephone(store, people)
    user = find_user(store, "wang")
    assert user is not None
    assert user.has_second_factor
    with pytest.raises(SecondFactorNeededError):
        telephone.enter(None, now)
    asked = people.noted("sign-in")[-1]
    assert (asked.subject, asked.result, asked.reason) == (
        "user:wang", "refused", "密码对，还差动态口令",
    )  # fmt: skip
    with pytest.raises(SignInError):
        telephone.enter(telephone.code(now), now)
    later = now + STEP
    assert telephone.enter(telephone.code(later), later).user.login == "wang"
    with pytest.raises(SignInError):
        telephone.enter(telephone.code(later), later)
    with pytest.raises(SignInError):
        telephone.enter(telephone.code(now), later)
    after = later + STEP
    assert telephone.enter(telephone.code(after), after).session.user_id == user.id


def test_a_code_without_the_password_says_nothing(
    store: Workspace, people: Any, now: datetime
) -> None:
    telephone = Telephone(store, people)
    moment = now + STEP
    for code in (None, "000000", telephone.code(moment)):
        with pytest.raises(SignInError) as error:
            people.enter("wang", "wrong horse battery", code=code, now=moment)
        assert type(error.value) is SignInError
    telephone.enter(telephone.code(moment), moment)


def test_guessing_codes_locks_the_account(store: Workspace, people: Any, now: datetime) -> None:
    telephone = Telephone(store, people)
    moment = now + STEP
    for _ in range(5):
        with pytest.raises(SecondFactorNeededError):
            telephone.enter(None, moment)
        with pytest.raises(SignInError):
            telephone.enter("abc123", moment)
    with pytest.raises(SignInError) as error:
        telephone.enter(telephone.code(moment), moment)
    assert type(error.value) is SignInError
    with pytest.raises(SignInError) as error:
        telephone.enter(None, moment)
    assert type(error.value) is SignInError, "not even whether the password is right"
    reasons = [row.reason for row in people.noted("sign-in") if row.result == "refused"]
    assert reasons == ["密码对，还差动态口令", "动态口令不对"] * 5 + ["暂停登录中"] * 2


def test_one_code_sent_ten_times_at_once_opens_one_session(
    store: Workspace, people: Any, now: datetime
) -> None:
    telephone = Telephone(store, people)
    moment = now + STEP

    def enter(_: int) -> bool:
        try:
            telephone.enter(telephone.code(moment), moment)
        except SignInError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(enter, range(10))) == 1


def test_setting_up_needs_a_fitting_code_and_no_factor_before(
    store: Workspace, people: Any, now: datetime
) -> None:
    actor, _ = people.settled("li")
    secret, _ = begin(store, actor)
    with pytest.raises(FieldsError) as error:
        confirm(store, actor, secret, "000000x", now=now)
    assert set(error.value.faults) == {"code"}
    for made_up in ("", "A", "a" * 32, "1" * 32):
        with pytest.raises(RiskmapError, match="密钥无效"):
            confirm(store, actor, made_up, "000000", now=now)
    user = find_user(store, "li")
    assert user is not None
    assert not user.has_second_factor
    confirm(store, actor, secret, pyotp.TOTP(secret).at(now), now=now)
    other, _ = begin(store, actor)
    with pytest.raises(RiskmapError, match="已经设有"):
        confirm(store, actor, other, pyotp.TOTP(other).at(now), now=now)
    assert [row.actor for row in people.noted("account.second-factor.on")] == ["li"]


def test_taking_it_away_needs_a_fresh_code(store: Workspace, people: Any, now: datetime) -> None:
    telephone = Telephone(store, people)
    with pytest.raises(FieldsError):
        remove(store, telephone.actor, telephone.code(now), now=now)
    moment = now + STEP
    remove(store, telephone.actor, telephone.code(moment), now=moment)
    assert people.enter("wang", now=moment).user.login == "wang"
    remove(store, telephone.actor, "", now=moment)
    assert len(people.noted("account.second-factor.off")) == 1


def test_guessing_while_taking_it_away_locks(store: Workspace, people: Any, now: datetime) -> None:
    telephone = Telephone(store, people)
    moment = now + STEP
    for _ in range(5):
        with pytest.raises(FieldsError):
            remove(store, telephone.actor, "12345", now=moment)
    with pytest.raises(FieldsError):
        remove(store, telephone.actor, telephone.code(moment), now=moment)


def test_an_administrator_takes_away_what_was_lost(
    store: Workspace, people: Any, root_actor: Actor, now: datetime
) -> None:
    telephone = Telephone(store, people)
    with pytest.raises(ForbiddenError):
        remove_of(store, telephone.actor, "wang", now=now)
    remove_of(store, root_actor, "wang", now=now)
    assert people.enter("wang").user.login == "wang"
    (row,) = people.noted("account.second-factor.off")
    assert (row.actor, row.subject) == (root_actor.login, "user:wang")


def test_the_secret_is_in_no_audit_row(store: Workspace, people: Any, now: datetime) -> None:
    telephone = Telephone(store, people)
    rows = people.noted("account.second-factor.on")
    assert telephone.secret not in repr(rows)
