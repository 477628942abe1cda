"""docs/reference/http.md names every route of the service, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from web.errors import HIDDEN_DETAIL, STATUS_OF

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "http.md"


def paths(routes: list[BaseRoute]) -> Iterator[str]:
    """Walk the routes, also those of included routers."""
    for route in routes:
        path = getattr(route, "path", None)
        if path is not None and getattr(route, "endpoint", None) is not None:
            yield re.sub(r":\w+}", "}", path)
        inner = getattr(route, "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        if inner:
            yield from paths(list(inner))


def test_the_page_names_the_routes_of_the_program(client: TestClient) -> None:
    text = PAGE.read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    named = re.compile(r"`(?:GET|POST|PUT|PATCH|DELETE) (/[^`\s]*)`")
    documented = {path for row in rows for path in named.findall(row)}
    served = set(client.get("/openapi.json").json()["paths"])
    served |= {path for path in paths(list(client.app.routes)) if not path.startswith("/api/")}
    assert documented == served - {"/openapi.json"}


def test_the_page_names_every_status(client: TestClient) -> None:
    text = PAGE.read_text("utf-8")
    for status in {status for _, status in STATUS_OF} | set(HIDDEN_DETAIL):
        assert f"| {status} |" in text
