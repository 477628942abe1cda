"""What is due for whoever reads: the block of reminders above the list of dangers."""

from typing import Any

from fastapi import Request

from web.danger_view import Words


def stages(request: Request, words: Words) -> list[dict[str, Any]] | None:
    """Return the stages with their dangers, [] when nothing is due, None for mere readers."""
    return None
