"""Errors with a mend, and which of them end a command with one clear line."""

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


CLEAR_ERRORS = (InputError, SchemeError, RiskmapError)
"""Errors that the command line prints as one line and ends with exit code 2."""
