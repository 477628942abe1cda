"""JSON answers with an ETag; an unchanged answer is 304 without a body."""

import hashlib
import json
from collections.abc import Callable, Mapping

from fastapi import Request
from starlette.responses import Response

GEOJSON = "application/geo+json"


def etag_of(*parts: object) -> str:
    """Return a weak entity tag of what determines an answer.

    Weak, because the same answer may leave compressed.
    """
    text = "\x1f".join(str(part) for part in parts)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_unchanged(request: Request, etag: str) -> bool:
    """Say whether the reader already holds the answer with this entity tag (RFC 9110 13.1.2)."""
    held = request.headers.get("if-none-match")
    if held is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in held.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def answer(
    request: Request,
    etag: str,
    make: Callable[[], str],
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return 304, or the text that `make` makes, always with its entity tag.

    Parameters
    ----------
    request
        The request, for its ``If-None-Match``.
    etag
        Entity tag of the answer, known before the answer is made.
    make
        Makes the body; not called when the reader holds it already.
    media_type
        Of the body.
    headers
        Further headers.
    """
    vary = "Cookie, Authorization"
    sent = {"ETag": etag, "Cache-Control": "no-cache", "Vary": vary, **(headers or {})}
    if is_unchanged(request, etag):
        return Response(status_code=304, headers=sent)
    return Response(make(), media_type=media_type, headers=sent)


def as_json(document: object) -> str:
    """Return a document as compact JSON; NaN is refused, unknown must be null by now."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
