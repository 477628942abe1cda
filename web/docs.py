"""`/docs`: the API described, tried out in the browser, all of it served by riskmap itself."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from web.rendering import render

router = APIRouter()


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def docs(request: Request) -> Response:
    """Return the page that shows `/openapi.json` with Swagger UI."""
    return render(request, "docs.html", {})
