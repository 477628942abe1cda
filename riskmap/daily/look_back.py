"""A look-back: a day as of a moment before what is known of it, told but not stored."""

import json
from typing import Any

from riskmap.canonical import iso
from riskmap.daily.computing import DayResult
from riskmap.daily.margins import with_margins
from riskmap.workspace import Workspace


def look_back_document(ws: Workspace, result: DayResult) -> dict[str, Any]:
    """Return the document of a day that is not stored, as `riskmap.daily.days` returns stored ones.

    Its `status` is "look_back", its `revision` None.
    """
    document: dict[str, Any] = json.loads(result.text)
    document["towns"] = [with_margins(town, result.scheme) for town in document["towns"]]
    document["status"], document["revision"] = "look_back", None
    document["computed_at"] = iso(result.computed_at.astimezone(ws.settings.zone))
    document["provenance"]["digest"] = result.digest
    return document
