"""Small secrets that a browser carries for us from one page to the next, sealed and short-lived."""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request


def sealed(request: Request, purpose: str, content: Any) -> str:
    """Return content (JSON values) sealed so that only this process can read or make it."""
    return _seal(request).encrypt(json.dumps([purpose, content]).encode()).decode()


def opened(request: Request, purpose: str, text: str, lasts_s: int) -> Any:
    """Return content sealed for a purpose; None when it is older than `lasts_s` or is none."""
    try:
        meant_for, content = json.loads(_seal(request).decrypt(text.encode(), ttl=lasts_s))
    except InvalidToken:
        return None
    return content if meant_for == purpose else None


def _seal(request: Request) -> Fernet:
    seal: Fernet = request.app.state.seal
    return seal
