"""Errors with a mend, and which of them end a command with one clear line."""

from collections.abc import Mapping
from typing import Any

from layers.errors import InputError
from scoring.errors import SchemeError


class RiskmapError(ValueError):
    """Something a user can mend: says what is wrong, the value, the mend (in Chinese)."""

    def __init__(self, what: str, value: object = "", mend: str = "") -> None:
        self.what, self.value, self.mend = what, str(value), mend
        shown = f"：{self.value}" if self.value else ""
        super().__init__(f"{what}{shown}。{mend}".rstrip("。") + "。")


class WorkspaceError(RiskmapError):
    """The workspace is missing, unwritable, full or damaged."""


class NotFoundError(RiskmapError, LookupError):
    """A day, town, layer or record that was asked for does not exist."""


class SignInError(RiskmapError):
    """Nobody is signed in, or the name, the password, the token or the session is not valid."""


class ForbiddenError(RiskmapError):
    """The one who asks may not do this here; the reason is said."""

    noted = False
    """Whether the audit has a row of it already."""


class LookBackError(RiskmapError):
    """A result that knows less than a stored one of the same day or week: it is not stored."""


class ConflictError(RiskmapError):
    """Somebody else changed the same thing first; both versions are kept for the reader.

    `yours` is what was sent, `theirs` what is stored now; both are plain documents.
    """

    def __init__(
        self,
        what: str,
        value: object = "",
        mend: str = "",
        *,
        yours: Mapping[str, Any] | None = None,
        theirs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(what, value, mend)
        self.yours, self.theirs = dict(yours or {}), dict(theirs or {})


class TransitionError(RiskmapError):
    """The state of the thing, or one of its conditions, does not allow this action now.

    `allowed` names the actions that the state does allow.
    """

    def __init__(
        self, what: str, value: object = "", mend: str = "", *, allowed: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, value, mend)
        self.allowed = allowed


class FieldsError(RiskmapError):
    """Fields of a form or of a JSON body that cannot be taken: one sentence each, all at once.

    `sent` is what was sent, where whoever answers knows it.
    """

    def __init__(self, faults: Mapping[str, str], sent: Mapping[str, Any] | None = None) -> None:
        self.faults = dict(faults)
        self.sent = dict(sent or {})
        said = "；".join(f"{field}：{text.rstrip('。')}" for field, text in self.faults.items())
        super().__init__("填写有误", said, "改正后再提交，已填的内容都还在")


CLEAR_ERRORS = (InputError, SchemeError, RiskmapError)
"""Errors that the command line prints as one line and ends with exit code 2."""
