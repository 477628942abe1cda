"""`/weekly/{week}/deliveries`: who has reported what, the forms to fill in, forms sent back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import authorise, may
from riskmap.errors import FieldsError
from riskmap.ledger.gaming import week_of, week_window
from riskmap.ledger.ground import ground_in_use
from riskmap.schemes import weekly_rules
from riskmap.weekly.deliveries.delivered import (
    DepartmentDelivery,
    StandIn,
    TownsOf,
    deliveries,
    stand_ins,
)
from riskmap.weekly.deliveries.delivering import DeliveryOutcome, Sent, deliver
from riskmap.weekly.deliveries.returned import CellFault
from riskmap.weekly.deliveries.returned_file import MAX_BYTES
from riskmap.weekly.deliveries.template import template_name, template_xlsx
from riskmap.weekly.moments import parse_week, week_before
from web.access import actor_of, moment_of
from web.formatting import moment as shown_moment
from web.forms import go, render_form
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts
from web.weekly.week_view import week_name

router = APIRouter(prefix="/weekly", include_in_schema=False, default_response_class=HTMLResponse)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_FAULTS = 200
Name = Annotated[str, Query(max_length=60)]


@router.get("/deliveries")
def this_week(request: Request, week: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Lead to the page of a week, of the one that is running when none is asked for."""
    chosen = week or week_of(workspace_of(request), moment_of(request))
    return go(f"/weekly/{parse_week(chosen)}/deliveries")


@router.get("/{week}/deliveries")
def deliveries_page(request: Request, week: str) -> Response:
    """Show who has reported what of a week."""
    authorise(actor_of(request), "read")
    return _page(request, parse_week(week))


@router.get("/{week}/deliveries/template.xlsx", response_class=Response)
def template(request: Request, week: str, department: Name = "") -> Response:
    """Send the form of a week, of one department or of all."""
    authorise(actor_of(request), "read")
    chosen = parse_week(week)
    content = template_xlsx(
        workspace_of(request), chosen, department or None, now=moment_of(request)
    )
    name = quote(template_name(chosen, department or None))
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=XLSX, headers=headers)


@router.post("/{week}/deliveries")
def send(
    request: Request, week: str, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Check a form and take it whole; every fault is shown with its sheet and cell."""
    authorise(actor_of(request), "week.deliver")
    chosen = parse_week(week)
    name = Path((file.filename or "") if file else "").name[-120:]
    if file is None or not name:
        missing = Texts(language_of(request))("deliveries_missing_file")
        return _page(request, chosen, faults={"file": missing})
    sent = Sent(name, file.file.read(MAX_BYTES + 1))
    try:
        outcome = deliver(
            workspace_of(request), actor_of(request), [sent], week=chosen, now=moment_of(request)
        )
    except FieldsError as error:
        return _page(request, chosen, faults=error.faults)
    return _page(request, chosen, outcome)


def _page(
    request: Request,
    week: str,
    outcome: DeliveryOutcome | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response:
    workspace, now, language = workspace_of(request), moment_of(request), language_of(request)
    t = Texts(language)
    weekly = weekly_rules(workspace)
    called = {one.code: one.name for one in weekly.indicators}
    found = deliveries(workspace, week, now, weekly)
    ground = ground_in_use(workspace)
    names = dict(zip(ground.codes, ground.names, strict=True))
    cutoff = week_window(workspace, week).end
    context: dict[str, Any] = {
        "page": "weekly",
        "week": week,
        "week_title": week_name(week, t),
        "previous": week_before(week),
        "following": week_before(week, -1),
        "previous_name": week_name(week_before(week), t),
        "following_name": week_name(week_before(week, -1), t),
        "sentence": _sentence(t, found, cutoff, now, language),
        "departments": [_row(t, one, names, called, week, language) for one in found],
        "stand_ins": [
            _stand_in(one, called, language) for one in stand_ins(workspace, week, now, weekly)
        ],
        "over": now > cutoff,
        "able": may(actor_of(request), "week.deliver"),
        "outcome": outcome,
        "faulty": [] if outcome is None else outcome.faults[:SHOWN_FAULTS],
        "more": 0 if outcome is None else max(0, len(outcome.faults) - SHOWN_FAULTS),
        "noted": [] if outcome is None else _notes(outcome.notes),
    }
    bad = faults or (outcome is not None and outcome.faults)
    return render_form(request, "week_deliveries.html", context, faults, {}, 422 if bad else 200)


def _sentence(
    t: Texts, found: Sequence[DepartmentDelivery], cutoff: datetime, now: datetime, language: str
) -> str:
    if not found:
        return t("deliveries_none")
    complete = sum(one.in_time for one in found)
    key = "deliveries_over" if now > cutoff else "deliveries_open"
    shown = shown_moment(cutoff.isoformat(), language)
    return t(key, complete=complete, count=len(found), cutoff=shown)


def _row(  # noqa: PLR0917  (a department, the words of the page, the week)
    t: Texts,
    one: DepartmentDelivery,
    names: Mapping[str, str],
    called: Mapping[str, str],
    week: str,
    language: str,
) -> dict[str, Any]:
    came = one.delivered_at
    query = urlencode({"department": one.name})
    return {
        "name": one.name,
        "indicators": one.indicators,
        "came": "" if came is None else shown_moment(came.isoformat(), language),
        "late": one.late,
        "missing": _missing(t, one, names, called),
        "after": "；".join(
            f"{part.indicator} {_towns(t, part, names)}" for part in _corrected(one)
        ),
        "form": f"/weekly/{week}/deliveries/template.xlsx?{query}",
    }


def _stand_in(one: StandIn, called: Mapping[str, str], language: str) -> dict[str, Any]:
    came = one.delivered_at
    return {
        "name": one.name,
        "indicators": [f"{code} {called[code]}" for code in one.indicators],
        "came": "" if came is None else shown_moment(came.isoformat(), language),
    }


def _missing(
    t: Texts, one: DepartmentDelivery, names: Mapping[str, str], called: Mapping[str, str]
) -> list[str]:
    """Return what the week lacks, a line per indicator; one line where nothing ever came.

    What came after the cut-off is lacking in the week all the same, and says so.
    """
    if sum(len(part.towns) for part in one.missing) == len(one.indicators) * len(names):
        return [t("deliveries_everything", count=len(one.indicators))]
    late = {part.indicator: set(part.towns) for part in one.after_cutoff}
    lines = []
    for part in one.missing_in_time:
        came = [code for code in part.towns if code in late.get(part.indicator, ())]
        never = [code for code in part.towns if code not in came]
        for key, codes in (("deliveries_part", never), ("deliveries_part_late", came)):
            if codes:
                towns = _towns(t, TownsOf(part.indicator, tuple(codes)), names)
                lines.append(t(key, code=part.indicator, name=called[part.indicator], towns=towns))
    return lines


def _corrected(one: DepartmentDelivery) -> list[TownsOf]:
    """Return what was known at the cut-off and corrected after it."""
    lacked = {part.indicator: set(part.towns) for part in one.missing_in_time}
    found = [
        TownsOf(
            part.indicator,
            tuple(code for code in part.towns if code not in lacked.get(part.indicator, ())),
        )
        for part in one.after_cutoff
    ]
    return [part for part in found if part.towns]


def _towns(t: Texts, part: TownsOf, names: Mapping[str, str]) -> str:
    if len(part.towns) == len(names):
        return t("deliveries_every_town")
    return t.pick("、", ", ").join(names[code] for code in part.towns)


def _notes(notes: Sequence[CellFault]) -> list[str]:
    """Return the notes; a file with every department's sheet is not told of the empty ones."""
    told = [note for note in notes if note.value] or list(notes)
    return [f"{note.sheet}：{f'{note.value} ' if note.value else ''}{note.mend}" for note in told]
