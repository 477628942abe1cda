"""Headers that every answer carries: no foreign host, no inline script without a nonce."""

import secrets
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_policy(nonce: str, image_hosts: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of a page.

    Parameters
    ----------
    nonce
        Random value of this answer; only scripts and style blocks that carry it run.
    image_hosts
        Hosts of configured map tiles; nothing else may come from outside.
    """
    images = " ".join(["'self'", "data:", *image_hosts])
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src {images}; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Give every request a nonce (`request.state.nonce`) and every answer its headers.

    A route that sets its own `content-security-policy` keeps it.
    """

    def __init__(self, app: ASGIApp, image_hosts: tuple[str, ...] = ()) -> None:
        self.app, self.image_hosts = app, image_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to the start of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault(
                    "Content-Security-Policy", content_policy(nonce, self.image_hosts)
                )
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
            await send(message)

        await self.app(scope, receive, send_with_headers)
