"""The weekly index over the API: the list of weeks, one week, one town of a week.

Every answer is what riskmap stored, with its publication and the cards that stand beside it;
nothing is computed here.
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from riskmap.weekly import weeks
from web.access import actor_of
from web.answers import answer, as_json, etag_of
from web.api.problems import problems
from web.api.week_models import TownWeekDetail, Week, WeekSummary
from web.parameters import CodeText, RevisionQuery, WeekText, parse_town, parse_week
from web.privacy import masked_document, sees_persons
from web.rendering import workspace_of

router = APIRouter(prefix="/api/v1", tags=["每周 weeks"])


@router.get(
    "/weeks",
    response_model=list[WeekSummary],
    responses=problems(503),
    summary="已计算的周，新的在前",
)
def get_weeks(request: Request) -> Response:
    """List every computed week with its status, revision, scheme and times."""
    found = weeks.list_weeks(workspace_of(request))
    text = as_json([for_reader(request, one) for one in found])
    return answer(request, etag_of("weeks", text), lambda: text)


@router.get(
    "/weeks/{week}",
    response_model=Week,
    responses=problems(404, 422, 503),
    summary="某周全区：各镇街指数、颜色、名次与把握、方面、牌，部门报送，两月与年度",
)
def get_week(request: Request, week: WeekText, revision: RevisionQuery = None) -> Response:
    """Return a week; a published revision is shown before a newer draft, unless one is named."""
    document = weeks.read_week(workspace_of(request), parse_week(week), revision)
    text = as_json(masked_document(for_reader(request, document)))
    return answer(request, etag_of("week", text), lambda: text)


@router.get(
    "/weeks/{week}/towns/{code}",
    response_model=TownWeekDetail,
    responses=problems(404, 422, 503),
    summary="某周某镇街：25 项指标的数值、得分与依据，补哪项得分最多，26 周走势",
)
def get_town_week(
    request: Request, week: WeekText, code: CodeText, revision: RevisionQuery = None
) -> Response:
    """Return one town's week with what its points were given for."""
    workspace, town = workspace_of(request), parse_town(code)
    document = weeks.read_town_week(workspace, parse_week(week), town, revision)
    text = as_json(masked_document(document))
    return answer(request, etag_of("town-week", text), lambda: text)


def for_reader(request: Request, document: dict[str, Any]) -> dict[str, Any]:
    """Return a week with who published it cut to the first character where names are not shown."""
    who = document["published_by"]
    if who is None or sees_persons(actor_of(request)):
        return document
    return {**document, "published_by": f"{who[:1]}**"}
