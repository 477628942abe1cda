"""`/weekly/{week}.xlsx`: a week as a workbook."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from riskmap.access.policy import authorise
from riskmap.weekly.export import XLSX_MIME, stored_week_xlsx, week_file_name
from web.access import actor_of
from web.parameters import RevisionQuery, WeekText, parse_week
from web.privacy import masked_document, sees_persons
from web.rendering import workspace_of

router = APIRouter(include_in_schema=False)


@router.get("/weekly/{week}.xlsx")
def week_file(request: Request, week: WeekText, revision: RevisionQuery = None) -> Response:
    """Return the workbook of the shown revision of a week, or of a named one."""
    authorise(actor_of(request), "read")
    name, persons = parse_week(week), sees_persons(actor_of(request))
    content = stored_week_xlsx(
        workspace_of(request), name, revision, persons=persons, shown=masked_document
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{week_file_name(name, revision)}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=XLSX_MIME, headers=headers)
