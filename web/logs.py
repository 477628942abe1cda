"""What the service writes to its log names nobody: numbers masked, query strings left out."""

import logging

from web.privacy import masked

LOGGERS = ("", "uvicorn", "uvicorn.error", "uvicorn.access")
_ACCESS, _PATH = "uvicorn.access", 2


class MaskedFormatter(logging.Formatter):
    """The formatter of a handler, with the numbers of persons masked in every line it makes.

    Tracebacks pass through it too. The parameters of SQL statements are never in an error's text
    (`hide_parameters` of the engine), and a query string may be a search for a name: the line of
    an access keeps the path only.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without query string and with masked numbers."""
        shown = record
        if record.name == _ACCESS and isinstance(record.args, tuple) and len(record.args) > _PATH:
            args = list(record.args)
            args[_PATH] = str(args[_PATH]).partition("?")[0]
            shown = logging.makeLogRecord({**record.__dict__, "args": tuple(args)})
        return masked(self.inner.format(shown))


def mask_logs() -> None:
    """Put the masking formatter on every handler of the service's loggers."""
    for name in LOGGERS:
        for handler in logging.getLogger(name).handlers:
            if not isinstance(handler.formatter, MaskedFormatter):
                handler.setFormatter(MaskedFormatter(handler.formatter or logging.Formatter()))
