"""`/hazard-sources/{id}`: how S, R and the level of a unit came about, line by line."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.hazard import hazard_source_document
from web import formatting
from web.parameters import parse_date
from web.privacy import masked
from web.rendering import language_of, render, workspace_of
from web.texts.rows import VALUES

router = APIRouter(include_in_schema=False)

S_EDGES, R_EDGES = (1.0,), (10.0, 50.0, 100.0)
"""Where S makes a major hazard source and R changes the level (GB 18218-2018, 4.3, table 6)."""
TONNES = ("quantity_t", "q_crit_t")
SLACK = 1e-9
"""What binary arithmetic may be off: 0.1 + 0.2 + 0.7 stands on the edge, not below it."""


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
        "decimals": decimals_of(document),
        "tonnes": max((_decimals(line[k]) for line in substances for k in TONNES), default=0),
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


def decimals_of(document: dict[str, Any]) -> int:
    """Return the decimals of S, R and the ratios on a source's page: one, or what it takes.

    One decimal would show a trace as nothing (0.03 as 0.0) and 0.96 as the 1.0 that makes a major
    hazard source; then the whole page has two or three, so that its columns still line up.
    """
    lines, s, r = document["substances"], document["S"], document["R"]
    ratios = [line[name] for line in lines for name in ("ratio", "beta_ratio")]
    for decimals in (1, 2):
        seen = all(round(value, decimals) > 0 for value in (*ratios, s, r) if value)
        if seen and _same_side(s, S_EDGES, decimals) and _same_side(r, R_EDGES, decimals):
            return decimals
    return 3


def _same_side(value: float | None, edges: Sequence[float], decimals: int) -> bool:
    """Say whether a value still lies on its side of every edge when it is rounded."""
    if value is None:
        return True
    shown = round(value, decimals)
    return all((shown >= edge) == (value >= edge - SLACK) for edge in edges)


def _decimals(value: float | None) -> int:
    """Return how many decimals a quantity needs to be shown as it was given, three at most."""
    return len(formatting.measured(value, "").partition(".")[2])


def _share(value: float | None, largest: float) -> float | None:
    """Return a bar's length in per cent of the longest; None where unknown."""
    return None if value is None or largest <= 0 else round(100 * value / largest, 1)
