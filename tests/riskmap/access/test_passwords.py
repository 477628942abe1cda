"""Argon2id, length over composition, nothing well known, nothing made of one's own names."""

import re

import pytest

from riskmap.access import passwords
from riskmap.access.passwords import first_password, hash_password, verify, weak


def test_a_hash_is_argon2id_salted_and_fits_only_its_password() -> None:
    one, two = hash_password("correct horse battery"), hash_password("correct horse battery")
    assert one != two
    memory, rounds = re.findall(r"^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", one)[0]
    assert int(memory) >= 19_456  # KiB: at least what OWASP asks for
    assert int(rounds) >= 2
    assert verify(one, "correct horse battery")
    assert verify(two, "correct horse battery")
    assert not verify(one, "correct horse batterz")
    assert not verify(one, "")


def test_no_hash_fits_no_password() -> None:
    for text in ("", "a", "correct horse battery", "a" * 1000, "\x00", "\ud800"):
        assert not verify(None, text)


def test_the_hash_for_unknown_logins_costs_as_much_as_a_real_one() -> None:
    real = hash_password("correct horse battery")
    assert passwords.UNKNOWN_HASH.split("$")[:4] == real.split("$")[:4]
    assert not passwords.outdated(passwords.UNKNOWN_HASH)
    assert passwords.outdated(real.replace("t=3", "t=2"))


def test_full_width_letters_are_the_same_password() -> None:
    assert verify(hash_password("ｃorrect horse １２"), "correct horse 12")


def test_nothing_beyond_the_limit_counts_as_the_same() -> None:
    longest = "长" * 255 + "a"
    assert verify(hash_password(longest), longest)
    assert not verify(hash_password(longest), longest + "b")


@pytest.mark.parametrize(
    "text",
    [
        "correct horse", "tr0ub4dor&3xx", "下雨天留客天留我不留啊", "安全第一预防为主综合治理",
        "kXv9-22mq-pp0z", "x" * 250 + "yzuvw", "王芳今天要去东城检查消防通道", "p q r s t u v",
    ],
)  # fmt: skip
def test_long_enough_is_good_enough(text: str) -> None:
    assert (weak(text, "wangfang", "王芳") is None) is (len(text) >= 12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ab1!Ab1!Ab1", "至少 12 个字符"),
        ("", "现在是 0 个"),
        ("a" * 257, "最多 256 个字符"),
        ("wangfang2026", "登录名或姓名"),
        ("WangFang-WangFang", "登录名或姓名"),
        ("王芳王芳王芳王芳王芳1234", "登录名或姓名"),
        ("aaaaaaaaaaaaaaaa", "重复"),
        ("abc1abc1abc1", "重复"),
        ("1212121221212", "重复"),
        ("123456789012", "太常见"),
        ("password2026", "太常见"),
        ("P@ssw0rd1234", "太常见"),
        ("ＡＤＭＩＮ@123456", "太常见"),
        ("qwertyuiop123", "太常见"),
        ("1qaz2wsx3edc", "太常见"),
        ("woaini5201314", "太常见"),
        ("correct\nhorse\n", "控制字符"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(text: str, said: str) -> None:
    assert said in (weak(text, "wangfang", "王芳") or "")


def test_a_first_password_is_random_readable_and_strong_enough_for_its_own_rule() -> None:
    drawn = {first_password() for _ in range(200)}
    assert len(drawn) == 200
    for text in drawn:
        assert re.fullmatch(r"([2-9a-hjkmnp-z]{5}-){3}[2-9a-hjkmnp-z]{5}", text)
        assert weak(text, "wangfang", "王芳") is None
