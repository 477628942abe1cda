"""Passwords: kept as Argon2id hashes (RFC 9106), judged by length and not by composition.

Length over composition, no repeated or well-known password, nothing made of the person's own
names: NIST SP 800-63B §5.1.1.2.
"""

import secrets
import threading
import unicodedata

import argon2

LEAST_LENGTH, MOST_LENGTH = 12, 256
LEAST_DIFFERENT = 5
LEAST_OWN = 8
"""Characters that have to remain when login and name are taken out of a password."""

COMMON = (
    "01234567890123456789", "98765432109876543210", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "abcdefghijklmnopqrstuvwxyz", "password",
    "passw0rd", "p@ssw0rd", "p@ssword", "administrator", "admin", "root", "welcome", "letmein",
    "iloveyou", "5201314", "woaini", "changeme", "default", "system", "riskmap", "anquan",
    "yingji", "huawei", "qazwsxedc", "qwerty", "asdf", "zxcv", "test", "user", "guest", "abc123",
    "aa123456", "123qwe", "qwe123", "abc", "123", "888", "666", "000", "111", "@", "!", "#", ".",
    "_", "-", "*", " ", "2023", "2024", "2025", "2026", "2027",
)  # fmt: skip
"""What very common passwords are put together from; any part of 3 and more counts."""

FIRST_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that nobody takes for one another when reading from paper."""

UNKNOWN_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$+/9S707Q3P72/UPyW/OxHw"
    "$TWWKxj9tbXyu1HU9KpxChjxveUQMZs2/yjI7wtbL6Es"
)
"""Verified where there is no account or no password, so that the answer takes as long."""

_HASHER = argon2.PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(4)
"""Each hash needs 64 MiB; a flood of sign-ins queues here instead of filling the memory."""


def hash_password(text: str) -> str:
    """Return the Argon2id hash of a password, with its parameters and salt inside."""
    with _AT_ONCE:
        return _HASHER.hash(_bytes(text))


def verify(hashed: str | None, text: str) -> bool:
    """Say whether a password is the one that was hashed; the work is the same for no hash at all.

    Raises
    ------
    argon2.exceptions.InvalidHashError
        The stored text is no hash: the database was edited by hand.
    """
    with _AT_ONCE:
        try:
            _HASHER.verify(hashed or UNKNOWN_HASH, _bytes(text[: MOST_LENGTH + 1]))
        except argon2.exceptions.VerifyMismatchError:
            return False
    return hashed is not None


def outdated(hashed: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


def weak(text: str, login: str, name: str) -> str | None:
    """Return why a password may not be used, None when it may.

    Examples
    --------
    >>> weak("correct horse", "wang", "王芳") is None
    True
    >>> weak("password2026", "wang", "王芳")
    '太常见，容易被猜到，换一个'
    """
    password = _normal(text)
    if len(password) < LEAST_LENGTH:
        return f"至少 {LEAST_LENGTH} 个字符（可以是一句话），现在是 {len(password)} 个"
    if len(password) > MOST_LENGTH:
        return f"最多 {MOST_LENGTH} 个字符"
    folded = password.casefold()
    own = len(folded) - _left(folded, (login, name))
    judged = {
        "不能有换行等控制字符": not password.isprintable(),
        "不能主要由登录名或姓名组成": own > 0 and len(folded) - own < LEAST_OWN,
        "太简单：是同一段文字的重复": (folded + folded).find(folded, 1) < len(folded)
        or len(set(folded)) < LEAST_DIFFERENT,
        "太常见，容易被猜到，换一个": _is_common(folded),
    }
    return next((fault for fault, found in judged.items() if found), None)


def first_password() -> str:
    """Return a random first password: 20 characters in groups of five, 99 bits."""
    drawn = "".join(secrets.choice(FIRST_ALPHABET) for _ in range(20))
    return "-".join(drawn[start : start + 5] for start in range(0, 20, 5))


def _normal(text: str) -> str:
    """Return the one form of characters that keyboards write in several ways."""
    return unicodedata.normalize("NFKC", text)


def _bytes(text: str) -> bytes:
    """Return what is hashed; a lone surrogate from a strange client is no reason to fall over."""
    return _normal(text).encode("utf-8", "surrogatepass")


def _left(folded: str, names: tuple[str, ...]) -> int:
    """Return how many characters remain without the person's own names."""
    for name in names:
        part = _normal(name).casefold().strip()
        folded = folded.replace(part, "") if len(part) >= 2 else folded
    return len(folded)


def _is_common(folded: str) -> bool:
    """Say whether a password is nothing but well-known pieces, one after the other."""
    reachable = {0}
    for end in range(1, len(folded) + 1):
        if any(start in reachable and _is_piece(folded[start:end]) for start in range(end)):
            reachable.add(end)
    return len(folded) in reachable


def _is_piece(part: str) -> bool:
    """Say whether a part is a common piece, or three and more characters of one."""
    return part in COMMON or (len(part) >= 3 and any(part in piece for piece in COMMON))
