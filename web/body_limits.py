"""How much may be sent to a page: bounded before anything of it is parsed or written to a disk.

Somebody who did not sign in needs no more than the smallest limit. A body that is too large is
read to its end (and forgotten), so that a browser shows the answer and not a broken connection;
beyond `FORGOTTEN_AT_MOST` the connection is simply closed.
"""

import re
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from riskmap.access.actors import Role
from web.access import actor_of

MB = 1_000_000
USUAL = 2 * MB
LIMITS = (
    (re.compile(r"/report|/dangers/[^/]+/[a-z_]+"), 200 * MB),
    (re.compile(r"/records/[^/]+/upload|/weekly/[^/]+/deliveries|/api/v1/photos"), 60 * MB),
)
"""Paths with more than the usual limit: pages with up to twelve photos; one file."""
FORGOTTEN_AT_MOST = 1_000 * MB
SAID_TO_STRANGERS = "没有登录时最多发 {} MB。请先登录，再发照片和文件。"
SAID = "发来的内容超过 {} MB。请减少或缩小照片、把文件分成几个，再发一次。"


def limit_of(path: str) -> int:
    """Return how many bytes may be sent to a path.

    Examples
    --------
    >>> [limit_of(path) // MB for path in ("/report", "/records/alarms/upload", "/sign-in")]
    [200, 60, 2]
    """
    return next((most for paths, most in LIMITS if paths.fullmatch(path)), USUAL)


class BodyLimit:
    """Answer 413 to a body that is too large, whether or not it says its length beforehand."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, Exception], Response]) -> None:
        self.app, self.refuse = app, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        stranger = actor_of(request).role is Role.ANONYMOUS
        most = USUAL if stranger else limit_of(scope["path"])
        fault = HTTPException(413, (SAID_TO_STRANGERS if stranger else SAID).format(most // MB))
        given = request.headers.get("content-length", "")
        if given.isascii() and given.isdigit() and int(given) > most:
            await _forget(receive, 0, more=True)
            await self.refuse(request, fault)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                await _forget(receive, read, more=message.get("more_body", False))
                raise fault
            return message

        await self.app(scope, counted, send)


async def _forget(receive: Receive, read: int, *, more: bool) -> None:
    """Read the rest of a body without keeping it."""
    while more and read <= FORGOTTEN_AT_MOST:
        message = await receive()
        read += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
