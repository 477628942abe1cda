"""`/hazard-sources/{id}`: how S, R and the level of a unit came about, line by line."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.hazard import hazard_source_document
from web.parameters import parse_date
from web.privacy import masked
from web.rendering import language_of, render, workspace_of
from web.texts.rows import VALUES

router = APIRouter(include_in_schema=False)


@router.get("/hazard-sources/{id:path}", response_class=HTMLResponse)
def hazard_source(request: Request, id: str, date: str | None = None) -> Response:
    """Show a unit's substances, the people around it, S, R and level (GB 18218-2018)."""
    day = parse_date(date) if date else None
    document = hazard_source_document(workspace_of(request), id, day)
    return render(request, "hazard_source.html", source_view(document, language_of(request)))


def source_view(document: dict[str, Any], language: str) -> dict[str, Any]:
    """Return what the template shows of a hazard source document."""
    english = language == "en"
    level = document["level"]
    unit = VALUES["unit_type"].get(document["unit_type"] or "", (None, None))[english]
    substances = document["substances"]
    largest = max((line["beta_ratio"] or 0.0 for line in substances), default=0.0)
    return {
        "page": "hazard-source",
        "source": {**document, "name": masked(document["name"])},
        "level_key": "hazard_level_none" if level is None else f"hazard_level_{level}",
        "unit": unit,
        "bars": [_share(line["beta_ratio"], largest) for line in substances],
        "people": [
            {
                "key": f"hazard_{kind}",
                "persons": document[field],
                "used": document["population_used"] == kind,
            }
            for kind, field in (
                ("surveyed", "surveyed_population_500m"),
                ("counted", "exposed_population_500m"),
            )
        ],
    }


def _share(value: float | None, largest: float) -> float | None:
    """Return a bar's length in per cent of the longest; None where unknown."""
    return None if value is None or largest <= 0 else round(100 * value / largest, 1)
