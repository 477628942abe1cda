"""`/dangers`: the ledger as a list, with filters, and what is due soon for whoever reads."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from riskmap.access.policy import RULES, Subject, may
from riskmap.ledger.danger_export import danger_xlsx
from riskmap.ledger.danger_list import DangerRow, list_dangers
from riskmap.ledger.states import DONE, State
from web.access import actor_of, moment_of
from web.errors import ParameterError
from web.ledger.danger_pages import choices_of, local_now, words_of
from web.ledger.danger_view import Words, address_of, due_of_state
from web.ledger.due_soon import stages
from web.rendering import render, workspace_of

router = APIRouter(include_in_schema=False)
PAGE_ROWS = 100
ANY = "all"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListQuery(BaseModel):
    """Which dangers; an empty value is no condition, without `state` those not closed.

    Without `order` what is not closed stands first, the most overdue on top; without `town` the
    list opens with the reader's own town, for those who have one.
    """

    state: str = Field("open", max_length=20)
    town: str | None = Field(None, max_length=12)
    domain: str = Field("", max_length=30)
    grade: str = Field("", pattern="^(general|major|)$")
    overdue: str = Field("", pattern="^(1|)$")
    q: str = Field("", max_length=100)
    order: Literal["due", "found"] = "due"
    page: int = Field(1, ge=1, le=1_000_000)

    def conditions(self, own_town: str) -> dict[str, str]:
        """Return what differs from the list as it opens, for the addresses of its pages."""
        said = self.model_dump(exclude={"page"})
        usual = ListQuery.model_construct(town=own_town).model_dump(exclude={"page"})
        return {name: str(value) for name, value in said.items() if value != usual[name]}


@router.get("/dangers", response_class=HTMLResponse)
def dangers_page(request: Request, asked: Annotated[ListQuery, Query()]) -> Response:
    """Show the dangers that match, 100 a page."""
    actor, words = actor_of(request), words_of(request, Subject())
    own_town = actor.town or ""
    if asked.town is None:
        asked = asked.model_copy(update={"town": own_town})
    conditions = asked.conditions(own_town)
    is_filtered = bool(conditions.keys() - {"order"})
    found = list_dangers(
        workspace_of(request),
        actor,
        state=None if asked.state in ("", ANY) else asked.state,
        town=asked.town or None,
        domain=asked.domain or None,
        grade=asked.grade or None,
        overdue=True if asked.overdue else None,
        q=asked.q or None,
        order=asked.order,
        page=asked.page,
        size=PAGE_ROWS,
        now=moment_of(request),
    )
    pages = max(1, math.ceil(found.total / PAGE_ROWS))
    if asked.page > pages:
        raise ParameterError("没有这一页", asked.page, f"共 {pages} 页")
    today = local_now(request).date()
    context: dict[str, Any] = {
        "page": "dangers",
        "asked": asked,
        "is_filtered": is_filtered,
        "rows": [_row(request, row, today, words) for row in found.rows],
        "sentence": _sentence(found.total, is_filtered, asked.page, len(found.rows), words),
        "filters": _filters(request, asked, words),
        "reminders": None if is_filtered or asked.page > 1 else stages(request, words),
        "may_export": actor.role in RULES["danger.export"],
        "may_import": may(actor, "danger.import"),
        "may_report": actor.role in RULES["danger.report"],
        "page_number": asked.page,
        "pages": pages,
        "previous": _address(conditions, asked.page - 1) if asked.page > 1 else "",
        "next": _address(conditions, asked.page + 1) if asked.page < pages else "",
    }
    return render(request, "dangers.html", context)


@router.get("/dangers.xlsx")
def dangers_xlsx(request: Request) -> Response:
    """Send the dangers that are this person's to export, in the form that the import reads."""
    now = moment_of(request)
    content = danger_xlsx(workspace_of(request), actor_of(request), now=now)
    name = f"hidden-dangers-{local_now(request):%Y%m%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)


def _row(request: Request, row: DangerRow, today: date, words: Words) -> dict[str, Any]:
    found = row.record
    subject = Subject(found["town"], found["domain"], found["enterprise_id"])
    words = replace(words, persons=may(actor_of(request), "read.persons", subject))
    closed_on = words.local(found["closed_at"]) if found["closed_at"] else None
    return {
        "href": address_of(row.number),
        "number": row.number,
        "description": words.text(found["description"] or row.number),
        "town_name": words.value("town", found["town"]),
        "domain": found["domain"] or "",
        "grade": found["grade"],
        "responsible_unit": words.text(found["responsible_unit"] or ""),
        "listed": found["listed_at"] is not None and row.state not in DONE,
        "state_name": words.t(f"state_{row.state}"),
        "due": row.due,
        "due_text": due_of_state(row.state, row.due, today, words.t, closed_on),
        "late": row.overdue_days > 0,
    }


def _sentence(total: int, is_filtered: bool, page: int, shown: int, words: Words) -> str:
    t = words.t
    said = t("dangers_sum" if is_filtered else "dangers_sum_open_states", count=total)
    if total > shown:
        first = (page - 1) * PAGE_ROWS + 1
        said += t("comma") + t("dangers_sum_page", first=first, last=first + shown - 1)
    return said


def _filters(request: Request, asked: ListQuery, words: Words) -> list[dict[str, Any]]:
    t, choices = words.t, choices_of(request)
    states = [
        ("open", t("dangers_state_open")),
        *((str(state), t(f"state_{state}")) for state in State),
        (ANY, t("dangers_state_all")),
    ]
    anything = [("", t("dangers_any"))]
    orders = [(order, t(f"dangers_order_{order}")) for order in ("due", "found")]
    grades = [(grade, t(f"grade_{grade}")) for grade in ("general", "major")]
    return [
        _filter("state", t("dangers_state"), states, asked.state or ANY),
        _filter("town", t("dangers_town"), [*anything, *choices.towns], asked.town or ""),
        _filter("domain", t("dangers_domain"), [*anything, *choices.domains], asked.domain),
        _filter("grade", t("dangers_grade"), [*anything, *grades], asked.grade),
        _filter("order", t("dangers_order"), orders, asked.order),
    ]


def _filter(
    name: str, label: str, options: Sequence[tuple[str, str]], value: str
) -> dict[str, Any]:
    return {"name": name, "label": label, "options": options, "value": value}


def _address(conditions: Mapping[str, str], page: int) -> str:
    return "/dangers?" + urlencode({**conditions, "page": page})
