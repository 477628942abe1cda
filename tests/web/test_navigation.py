"""The frame shows each role the pages that it may open, and no link leads to nothing."""

import pytest

from riskmap.access.actors import Actor, Role
from web.app import PARTS
from web.navigation import PLACES, navigation, place_is_here

SERVED = frozenset(str(getattr(route, "path", "")) for p in PARTS for route in p.router.routes)
READ = {"/", "/weekly", "/cards", "/dangers", "/exposures", "/shelters", "/records", "/docs"}
SHOWN = {
    "anonymous": READ,
    "viewer": READ,
    "reporter": READ | {"/report"},
    "inspector": READ | {"/report", "/weekly/deliveries"},
    "duty": READ | {"/report", "/gaming", "/weekly/deliveries"},
    "administrator": READ | {"/report", "/gaming", "/weekly/deliveries", "/people", "/audit"},
    "enterprise": READ | {"/records/commitments/today"},
}


@pytest.mark.parametrize("role", SHOWN)
def test_a_role_sees_its_pages(role: str) -> None:
    shown = navigation(Actor("a", "A", Role(role)), SERVED)
    assert {place.address for place in shown} == SHOWN[role]


def test_a_page_that_is_not_served_is_not_linked() -> None:
    assert navigation(Actor("a", "A", Role.ADMINISTRATOR), frozenset()) == []
    assert {place.address for place in PLACES} <= SERVED


def test_where_the_reader_is() -> None:
    assert place_is_here("/", "/map/2026-06-30") and not place_is_here("/", "/dangers")
    assert place_is_here("/dangers", "/dangers/1") and not place_is_here("/dangers", "/dangersome")
