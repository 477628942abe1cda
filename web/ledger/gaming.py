"""`/gaming`: signs that numbers were made instead of dangers removed; for the office."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import Subject, authorise
from riskmap.ledger.gaming import (
    Sign,
    SignKind,
    counts_by_town,
    rules_in_use,
    signs,
    week_of,
    week_window,
)
from riskmap.workspace import Workspace
from web.access import actor_of, moment_of
from web.forms import render_form
from web.ledger.danger_pages import words_of
from web.ledger.danger_view import Words, address_of
from web.rendering import workspace_of

router = APIRouter(include_in_schema=False)


@router.get("/gaming", response_class=HTMLResponse)
def gaming_page(request: Request, week: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Show the signs of a week, this week when none is asked for."""
    authorise(actor_of(request), "gaming.read")
    workspace = workspace_of(request)
    chosen = week or week_of(workspace, moment_of(request))
    window = week_window(workspace, chosen)
    found = signs(workspace, window, moment_of(request))
    words = words_of(request, Subject())
    counted = counts_by_town(found)
    context: dict[str, Any] = {
        "page": "gaming",
        "week": chosen,
        "previous": iso_week(window.end.astimezone(words.zone) - timedelta(days=7)),
        "sentence": words.t(
            "gaming_sentence",
            start=words.moment(window.start.isoformat()),
            end=words.moment(window.end.isoformat()),
            count=len(found),
        ),
        "rules": _rules(workspace, words),
        "kinds": [str(kind) for kind in SignKind],
        "towns": [
            {"name": words.value("town", town), "counts": counts, "total": sum(counts.values())}
            for town, counts in sorted(counted.items())
        ],
        "groups": [
            {"kind": str(kind), "signs": [_sign(one, words) for one in found if one.kind is kind]}
            for kind in SignKind
        ],
    }
    return render_form(request, "gaming.html", context)


def iso_week(moment: datetime) -> str:
    """Return the ISO week of a moment.

    >>> iso_week(datetime(2026, 6, 12))
    '2026-W24'
    """
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def _sign(sign: Sign, words: Words) -> dict[str, Any]:
    return {
        "town": words.value("town", sign.town),
        "how": _how(sign, words),
        "dangers": [{"number": number, "href": address_of(number)} for number in sign.numbers],
        "photos": [f"/photos/{digest}-480.jpg" for digest in sign.facts.get("photos", ())],
    }


def _how(sign: Sign, words: Words) -> str:
    facts = dict(sign.facts)
    if "share" in facts:
        facts["share"] = f"{facts['share']:.0%}"
    if facts.get("void"):
        return words.t("gaming_how_voided", **facts)
    alone = len(sign.numbers) == 1
    key = {
        (SignKind.SAME_PHOTO, True): "gaming_how_same_photo_one",
        (SignKind.FOUND_AGAIN, True): "gaming_how_reopened",
    }.get((sign.kind, alone), f"gaming_how_{sign.kind}")
    return words.t(key, **facts)


def _rules(workspace: Workspace, words: Words) -> str:
    week, rules = rules_in_use(workspace)
    day = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")[week.cutoff_weekday - 1]
    english = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    shown = day if words.t.language == "zh" else english[week.cutoff_weekday - 1]
    return words.t(
        "gaming_rules",
        cutoff=f"{shown} {week.cutoff_time:%H:%M}",
        many=rules.many,
        few=rules.few,
        share=f"{rules.many_share:.0%}",
        days=rules.again_days,
        metres=f"{rules.again_m:g}",
    )
