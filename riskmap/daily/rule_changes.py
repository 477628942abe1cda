"""Which rules began, ended or changed their level since the day before."""

from collections.abc import Mapping, Sequence
from typing import Any

from scoring.levels import LEVELS, RULES

Floor = Mapping[str, Any]
_DAILY = ("E8", "E9")
"""Rules that stand for the town itself; what they name changes from day to day."""


def rule_changes(today: Sequence[Floor], before: Sequence[Floor]) -> list[dict[str, Any]]:
    """Return the rules that moved, what ended first, then what changed, then what began.

    Parameters
    ----------
    today, before
        `floors` of a town on a day and on the day that it was compared with.

    Returns
    -------
    list of dict
        The floor as stored (of the earlier day where it ended) with `kind` (``ended``,
        ``changed``, ``began``) and `level_before` (None where it began).
    """
    new, old = _by_record(today), _by_record(before)
    ended = [
        {**row, "kind": "ended", "level_before": row["level"]}
        for key, row in old.items()
        if key not in new
    ]
    both = [(row, old[key]) for key, row in new.items() if key in old]
    changed = [
        {**row, "kind": "changed", "level_before": was["level"]}
        for row, was in both
        if row["level"] != was["level"]
    ]
    began = [
        {**row, "kind": "began", "level_before": None} for key, row in new.items() if key not in old
    ]
    return [*ended, *changed, *began]


def _by_record(floors: Sequence[Floor]) -> dict[tuple[str, str], Floor]:
    """Return the highest floor of each rule and record, in the order of the rules."""
    found: dict[tuple[str, str], Floor] = {}
    for row in sorted(floors, key=lambda row: (RULES.index(row["rule"]), -_rank(row["level"]))):
        record = "" if row["rule"] in _DAILY else str(row.get("record") or "")
        found.setdefault((row["rule"], record), row)
    return found


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else -1
