"""Deaths reported after the day of an accident: how they are written in a record."""

import re
from datetime import date

from layers.names import clean

_PART = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*[:：]\s*(\d{1,4})人?")


def late_deaths(text: str) -> tuple[tuple[date, int], ...] | None:
    """Return (day of death, persons) of every part, None when the text is not of that form.

    >>> late_deaths("2026-07-01:1；2026年7月3日：2人")
    ((datetime.date(2026, 7, 1), 1), (datetime.date(2026, 7, 3), 2))
    >>> late_deaths("一人") is None
    True
    """
    found = []
    for part in re.split(r"[;；,，]", clean(text)):
        if not part.strip():
            continue
        match = _PART.fullmatch(part.strip())
        if match is None:
            return None
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
        found.append((day, int(match[4])))
    return tuple(sorted(found))


def late_deaths_text(text: str) -> str | None:
    """Return the text in its one form, None when it cannot be read.

    >>> late_deaths_text("2026/7/1：1")
    '2026-07-01:1'
    """
    parts = late_deaths(text)
    return None if parts is None else ";".join(f"{day}:{persons}" for day, persons in parts)
