"""The links of the frame, by what a role may do; a link that would only be refused is not shown."""

from collections.abc import Set
from dataclasses import dataclass

from riskmap.access.actors import Actor, Role
from riskmap.access.policy import RULES


@dataclass(frozen=True)
class Place:
    """One page of the navigation: address, text key, the action that opens it, where it stands."""

    address: str
    text: str
    action: str
    main: bool = True


PLACES = (
    Place("/", "nav_map", "read"),
    Place("/weekly", "nav_weekly", "read"),
    Place("/dangers", "nav_dangers", "read"),
    Place("/report", "nav_report", "danger.report"),
    Place("/exposures", "nav_exposures", "read"),
    Place("/records/commitments/today", "nav_commitments", "record.commitments"),
    Place("/shelters", "nav_shelters", "read"),
    Place("/cards", "nav_cards", "read", main=False),
    Place("/weekly/deliveries", "nav_deliveries", "week.deliver", main=False),
    Place("/records", "nav_records", "read", main=False),
    Place("/gaming", "gaming_title", "gaming.read", main=False),
    Place("/people", "nav_people", "user.manage", main=False),
    Place("/audit", "nav_audit", "audit.read", main=False),
    Place("/docs", "nav_docs", "read", main=False),
)
ONLY_FOR = {"/records/commitments/today": frozenset({Role.ENTERPRISE})}
"""Pages that stand in the main row of one role; the others reach them through the records."""


def navigation(actor: Actor, served: Set[str]) -> list[Place]:
    """Return the pages that this person's role may open, of those that are served."""
    there = [place for place in PLACES if place.address in served]
    return [place for place in there if _opens(actor, place)]


def _opens(actor: Actor, place: Place) -> bool:
    roles = ONLY_FOR.get(place.address)
    return actor.role in RULES[place.action] and (roles is None or actor.role in roles)


def place_is_here(address: str, here: str) -> bool:
    """Say whether the page shown lies under an address of the navigation.

    Examples
    --------
    >>> place_is_here("/dangers", "/dangers/330110-001"), place_is_here("/", "/dangers")
    (True, False)
    """
    if address == "/":
        return here == "/" or here.startswith("/map/")
    return here == address or here.startswith(address + "/")
