"""`/exposures`: 每日曝光 of a day: found that day by domain, found earlier and not rectified.

A published issue is shown as it was published. Phone numbers are masked for everybody: the page
is made to be printed and handed on.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import Subject, authorise, may
from riskmap.ledger.exposures import exposure_list, list_issues, publish_exposure, read_issue
from riskmap.ledger.states import State
from web.access import actor_of, moment_of, own_address, sign_in_address
from web.errors import ParameterError
from web.formatting import short_date
from web.forms import go, render_form, typed
from web.ledger.danger_pages import Form, ground_of, local_now, words_of
from web.ledger.danger_view import Words, address_of, due_text
from web.parameters import parse_date
from web.rendering import workspace_of

router = APIRouter(include_in_schema=False)
MOST_EARLIER = 200
MOST_PASSED = 50
"""Numbers that fit into an address."""
Passed = Annotated[list[str] | None, Query(max_length=MOST_PASSED)]


@router.get("/exposures", response_class=HTMLResponse)
def exposures_page(
    request: Request, date: Annotated[str, Query(max_length=40)] = "", passed: Passed = None
) -> Response:
    """Show the list of a day, today when none is asked for.

    `passed` is what publishing it has just said: what stands on it and went on in the meantime.
    """
    workspace, actor = workspace_of(request), actor_of(request)
    authorise(actor, "read")
    today = local_now(request).date()
    day = parse_date(date) if date else today
    if day > today:
        raise ParameterError("这一天还没有到", day, "日期应为今天或以前")
    if ground_of(request) is None:
        return render_form(request, "exposures_none.html", {"page": "exposures"})
    issue = read_issue(workspace, day)
    known_until = moment_of(request)
    document = issue.document if issue else exposure_list(workspace, day, known_until)
    words = words_of(request, Subject())
    words = Words(words.t, words.zone, words.towns, False, words.pictures)
    found = [_row(row, day, words) for row in document["found"]]
    earlier = [_row(row, day, words) for row in document["earlier"]]
    context: dict[str, Any] = {
        "page": "exposures",
        "day": day.isoformat(),
        "today": today.isoformat(),
        "previous": (day - timedelta(days=1)).isoformat(),
        "next": (day + timedelta(days=1)).isoformat() if day < today else "",
        "issue": issue.issue if issue else None,
        "published_at": words.moment(document["published_at"]) if issue else "",
        "sentence": _sentence(document, words),
        "passed": [
            {"no": row["no"], "href": address_of(row["number"])}
            for row in document["found"]
            if issue and row["number"] in (passed or ()) and row["state"] == State.FOUND
        ],
        "few": "" if document["enough_domains"] else _few(document, words),
        "photos_hidden": not words.pictures
        and any(row["photo"] for row in (*document["found"], *document["earlier"])),
        "sign_in": sign_in_address(own_address(request)),
        "groups": _by_domain(found),
        "earlier": earlier[:MOST_EARLIER],
        "more": max(0, len(earlier) - MOST_EARLIER),
        "may_publish": not issue and bool(found or earlier) and may(actor, "exposure.publish"),
        "issues": [
            {"issue": number, "date": when.isoformat()} for number, when in list_issues(workspace)
        ],
    }
    return render_form(request, "exposures.html", context)


@router.post("/exposures", response_class=HTMLResponse)
def publish(request: Request, form: Form) -> Response:
    """Publish the list of a day as the next issue; a day that has one keeps it."""
    day = parse_date(typed(form).get("date", ""))
    workspace, actor = workspace_of(request), actor_of(request)
    issue = publish_exposure(workspace, actor, day, now=moment_of(request))
    query = [("date", day.isoformat()), *(("passed", one) for one in issue.passed[:MOST_PASSED])]
    return go(f"/exposures?{urlencode(query)}")


def _row(row: Mapping[str, Any], day: date, words: Words) -> dict[str, Any]:
    t, due = words.t, date.fromisoformat(row["due"])
    place = [row["town_name"], row["community"], row["place"], row["responsible_unit"]]
    found = t("exposure_found_on", day=short_date(words.local(row["found_at"]), t.language))
    closed = row["state"] == "closed"
    return {
        "no": row["no"],
        "href": address_of(row["number"]),
        "domain": words.text(row["domain"]),
        "grade": row["grade"],
        "description": words.text(row["description"] or row["number"]),
        "meta": " · ".join([*(words.text(part) for part in place if part), found]),
        "small": f"/photos/{row['photo']}-480.jpg" if row["photo"] and words.pictures else "",
        "state_name": t(f"state_{row['state']}"),
        "due_text": "" if closed else due_text(due, day, t),
        "overdue_days": row["overdue_days"],
    }


def _by_domain(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["domain"], []).append(row)
    return [{"domain": domain, "rows": found} for domain, found in groups.items()]


def _sentence(document: Mapping[str, Any], words: Words) -> str:
    late = sum(row["overdue_days"] > 0 for row in document["earlier"])
    return words.t(
        "exposure_sum",
        found=len(document["found"]),
        domains=len(document["domains"]),
        earlier=len(document["earlier"]),
        overdue=late,
    )


def _few(document: Mapping[str, Any], words: Words) -> str:
    count = len(document["domains"])
    return words.t("exposure_few", count=count) if count else words.t("exposure_none_domains")
