"""What can be wrong with a source, said so that a clerk can mend it."""


class InputError(ValueError):
    """A source cannot be used at all; nothing was taken.

    Parameters
    ----------
    what
        What is wrong, in one sentence (Chinese, the reader is a data clerk).
    value
        The value that was found; empty when there is none to show.
    mend
        What the reader can do about it.
    """

    def __init__(self, what: str, value: object = "", mend: str = "") -> None:
        self.what, self.value, self.mend = what, str(value), mend
        shown = f"：{self.value}" if self.value else ""
        super().__init__(f"{what}{shown}。{mend}".rstrip("。") + "。")
