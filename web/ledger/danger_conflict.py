"""Two versions side by side: what a person sent, and what somebody else stored first."""

from collections.abc import Mapping
from typing import Any

from riskmap.errors import ConflictError
from riskmap.ledger.versions import Danger, Step
from web.ledger.danger_view import Words

ALWAYS = ("state", "deadline", "responsible_unit")
"""What of the stored version is shown even where it was not sent: what people decide by."""
NOT_FIELDS = ("action", "version")


def compared(error: ConflictError, words: Words) -> list[dict[str, Any]]:
    """Return the rows of the comparison: field, yours, stored now, whether they differ."""
    yours = {name: value for name, value in error.yours.items() if name not in NOT_FIELDS}
    theirs = error.theirs
    names = [*ALWAYS, *(name for name in yours if name not in ALWAYS)]
    rows: list[dict[str, Any]] = [
        {
            "label": words.t("field_version"),
            "yours": _version(error.yours, words),
            "theirs": _version(theirs, words),
            "differs": True,
        }
    ]
    for name in names:
        stored = _last_comment(theirs) if name == "comment" else theirs.get(name)
        sent = words.value(name, yours[name]) if name in yours else ""
        now = words.value(name, stored)
        differs = bool(sent) and sent != now
        rows.append(
            {"label": words.t(f"field_{name}"), "yours": sent, "theirs": now, "differs": differs}
        )
    return rows


def typed_rows(yours: Mapping[str, Any], words: Words) -> list[dict[str, str]]:
    """Return what was typed, for a form that cannot be shown again."""
    return [
        {"label": words.t(f"field_{name}"), "value": str(value)}
        for name, value in yours.items()
        if name not in NOT_FIELDS and value
    ]


def steps_between(danger: Danger, seen: int) -> list[Step]:
    """Return what happened after the version a person saw, newest first."""
    return [step for step in reversed(danger.steps) if step.version > seen]


def _version(document: Mapping[str, Any], words: Words) -> str:
    return words.t("danger_version", version=document.get("version", ""))


def _last_comment(document: Mapping[str, Any]) -> Any:
    steps = document.get("steps") or [{}]
    return steps[-1].get("comment")
