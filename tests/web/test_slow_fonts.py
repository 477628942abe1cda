"""Nothing moves when the fonts come late, on a machine that has no Chinese font of its own."""

import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/shelters", "/hazard-sources/HS01", "/layers/enterprises"])
def test_late_fonts_move_nothing(path: str, visit: Callable[..., Any]) -> None:
    one = visit(390, 844)
    late = []

    def hold(route: Any) -> None:
        late.append(route.request.url)
        time.sleep(0.15)
        route.continue_()

    one.page.route("**/*.woff2", hold)
    one.go(path)
    one.page.wait_for_timeout(300)
    assert len(late) > 5
    assert one.page.evaluate("getComputedStyle(document.body).visibility") == "visible"
    assert one.page.evaluate("window.shift") < 0.05
