"""Whether a card may go: its conditions checked against published weeks and open dangers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.places import Places
from riskmap.schemes import scheme_in_use
from riskmap.weekly.cards.facts import (
    newest_published,
    overdue_dangers,
    published_towns,
    still_open,
    weeks_after,
)
from riskmap.weekly.cards.states import CardState
from riskmap.weekly.cards.versions import Card
from riskmap.workspace import Workspace
from scoring.weekly.cards import (
    APPLICATION,
    INDEX,
    NAMED_OPEN,
    OVERDUE_LEFT,
    ReleaseFacts,
    unmet,
)
from scoring.weekly.parts import CardRule


@dataclass(frozen=True)
class ReleaseReport:
    """What the records say at a moment: unmet conditions in words, and the figures.

    `weeks` are the published weeks since the card with the town's index (None unknown or not
    published), `overdue` the numbers of its overdue dangers, `open` dangers that the card names.
    """

    at: datetime
    missing: tuple[str, ...]
    weeks: Mapping[str, float | None]
    overdue: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Say whether nothing is missing."""
        return not self.missing

    def plain(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return {
            "at": self.at.isoformat(),
            "missing": list(self.missing),
            "weeks": dict(self.weeks),
            "overdue": list(self.overdue),
            "open": list(self.open),
        }


def release_report(
    connection: sa.Connection, ws: Workspace, card: Card, now: datetime
) -> ReleaseReport:
    """Check the conditions of release of a card as things are known now."""
    rule = card.terms
    weeks = _weeks(connection, ws, card)
    places = Places((card.town,), (str(card.document["town_name"]),), (), {})
    late = overdue_dangers(connection, ws, scheme_in_use(ws), places, at=now)
    left = still_open(connection, card.document["named"]["dangers"], now)
    counted = late["grade"].value_counts()
    facts = ReleaseFacts(
        later=tuple(weeks.values()),
        overdue={str(grade): int(count) for grade, count in counted.items()},
        named_open=len(left),
        applied=card.state is CardState.APPLIED,
    )
    grades = ("major",) if rule.release_overdue == "major" else None
    shown = late if grades is None else late[late["grade"].isin(grades)]
    numbers = tuple(shown["number"])
    words = {
        INDEX: _index_text(rule, weeks),
        OVERDUE_LEFT: f"还有超期{'重大' if grades else ''}隐患 {len(numbers)} 项："
        + "、".join(numbers),
        NAMED_OPEN: f"牌上所列隐患未销号：{'、'.join(left)}",
        APPLICATION: "还没有书面申请",
    }
    missing = tuple(words[name] for name in unmet(rule, facts))
    return ReleaseReport(now, missing, weeks, numbers, left)


def _weeks(connection: sa.Connection, ws: Workspace, card: Card) -> dict[str, float | None]:
    """Return the index of the town in every week after the card's up to the newest published."""
    newest = newest_published(connection)
    if newest is None:
        return {}
    wanted = weeks_after(ws, card.week, newest)
    found = published_towns(connection, wanted, card.town)
    return {
        week: towns[card.town].index if card.town in (towns := found.get(week, {})) else None
        for week in wanted
    }


def _index_text(rule: CardRule, weeks: Mapping[str, float | None]) -> str:
    told = [
        f"{week} {'未知' if value is None else f'{value:.2f}'}"
        for week, value in list(weeks.items())[-rule.release_weeks :]
    ]
    need = f"须发牌后连续 {rule.release_weeks} 周指数不低于 {rule.release_index or 0:g}"
    return f"{need}（{'、'.join(told) if told else '发牌后还没有发布过'}）"
