"""`/audit`: who did what, when and from where; for administrators."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.audit import verify
from riskmap.access.audit_log import Asked, Page, asked, changes, export_csv, read_page
from riskmap.access.policy import authorise
from riskmap.errors import FieldsError
from web.access import actor_of, moment_of
from web.forms import render_form
from web.rendering import language_of, workspace_of
from web.texts.lookup import TEXTS, Texts
from web.texts.rows import NAMES

router = APIRouter(include_in_schema=False)

FILTERS = ("actor", "action", "subject", "result", "since", "until")
ROWS_PER_PAGE = 100
LONGEST = 200


@router.get("/audit", response_class=HTMLResponse)
def audit(request: Request) -> Response:
    """Show rows newest first, by page and filter; `?verify=1` walks the whole chain as well."""
    actor, workspace = actor_of(request), workspace_of(request)
    authorise(actor, "audit.read")
    typed = _typed(request)
    chosen, faults = _chosen(request, typed)
    page = read_page(workspace, actor, chosen, below=_below(request), limit=ROWS_PER_PAGE)
    found = None
    if request.query_params.get("verify") == "1":
        with workspace.read() as connection:
            found = verify(connection, request.query_params.get("expect", "")[:LONGEST])
    given = {name: text for name, text in typed.items() if text}
    context = {
        "page": "audit",
        "rows": _rows(page, Texts(language_of(request))),
        "total": page.total,
        "head": (page.head_number, page.head_digest),
        "found": found,
        "zone": workspace.settings.zone,
        "filtered": bool(given),
        "csv": f"/audit.csv?{urlencode(given)}" if given else "/audit.csv",
        "older": f"/audit?{urlencode({**given, 'below': page.older})}" if page.older else "",
        "newest": f"/audit?{urlencode(given)}" if _below(request) else "",
    }
    return render_form(
        request, "audit.html", context, faults, typed, status=422 if faults else 200, form="filter"
    )


@router.get("/audit.csv")
def audit_csv(request: Request) -> Response:
    """Give the rows of the filter as one csv file; that it was taken is a row of the audit."""
    actor = actor_of(request)
    authorise(actor, "audit.read")
    workspace = workspace_of(request)
    chosen = asked(workspace.settings.zone, **_typed(request))
    content, _ = export_csv(workspace, actor, chosen, now=moment_of(request))
    name = f"audit-{moment_of(request).astimezone(workspace.settings.zone):%Y%m%d}.csv"
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _typed(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FILTERS}


def _chosen(request: Request, typed: dict[str, str]) -> tuple[Asked, dict[str, str]]:
    """Return the filter, or everything and what is wrong with the filter."""
    try:
        return asked(workspace_of(request).settings.zone, **typed), {}
    except FieldsError as error:
        return Asked(), error.faults


def _below(request: Request) -> int | None:
    text = request.query_params.get("below", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def action_said(action: str, t: Texts) -> str:
    """Return what an action is called; empty where it has no words.

    Single records of a kind, their files and withdrawals are said by the name of the kind.
    """
    if f"action_{action}" in TEXTS:
        return t(f"action_{action}")
    family, _, deed = action.partition(".")
    kind, _, deed = deed.partition(".")
    said = "record_action" + (f"_{deed}" if deed else "")
    if family == "record" and kind in NAMES and said in TEXTS:
        return t(said, name=t.pick(*NAMES[kind]))
    return ""


def _rows(page: Page, t: Texts) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "said": action_said(row["action"], t),
            "role_said": t(f"role_{row['role']}")
            if f"role_{row['role']}" in TEXTS
            else row["role"],
            "changes": changes(row),
        }
        for row in page.rows
    ]
