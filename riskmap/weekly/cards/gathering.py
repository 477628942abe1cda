"""What the cards of a week are judged on: its document, earlier weeks and cards, the records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from riskmap.places import Places
from riskmap.standards import accident_grades
from riskmap.weekly.cards.facts import (
    PublishedTown,
    grave_accidents,
    overdue_dangers,
    places_of,
    published_towns,
    weeks_apart,
    weeks_before,
)
from riskmap.weekly.cards.states import AGAIN, STANDING, CardState
from riskmap.weekly.cards.versions import Card, gravest
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme
from scoring.weekly.cards import (
    LEVEL,
    Raising,
    Sureness,
    WeekFacts,
    raise_week,
    severity_of,
    trigger_odds,
)
from scoring.weekly.parts import CARDS, Weekly

Floats = NDArray[np.float64]
Published = Mapping[str, Mapping[str, PublishedTown]]


@dataclass(frozen=True)
class Judged:
    """A week as its cards see it: towns in the document's order, figures, what they raise.

    `marks` are the lighter cards that count, by town and heavier card; `overdue` and `accidents`
    the records that are new, with town_idx.
    """

    week: str
    rows: Sequence[Mapping[str, Any]]
    earlier: tuple[str, ...]
    published: Published
    marks: Sequence[Mapping[str, tuple[str, ...]]]
    overdue: pd.DataFrame
    accidents: pd.DataFrame
    raising: Raising

    def told(self, i: int) -> dict[str, Any]:
        """Return all facts of a town as plain values, for `riskmap.weekly.cards.words`."""
        row = self.rows[i]
        before = [self.published.get(week, {}).get(row["code"]) for week in self.earlier]
        return {
            "week": self.week,
            "index": row["index"],
            "rank": row["rank"],
            "level": row["level"],
            "previous": row.get("previous"),
            "weeks": list(self.earlier),
            "earlier": [
                {"key": f"{one.week}#{one.revision}", "index": one.index}
                for one in before
                if one is not None
            ],
            "marks": self.marks[i],
            "overdue": _rows_of(self.overdue, i),
            "accidents": _rows_of(self.accidents, i),
        }

    def triggers(self, card: str, i: int) -> dict[str, float]:
        """Return how sure the triggers of a card are that hold for a town."""
        found = {name: float(p[i]) for name, p in self.raising.triggers[card].items()}
        return {name: p for name, p in found.items() if not np.isnan(p)}

    def odds(self, card: str, i: int) -> float | None:
        """Return how sure a card is for a town, None where nobody knows or it does not fire."""
        p = float(self.raising.odds[card][i])
        return None if np.isnan(p) or p < 0 else round(p, 6)


def card_odds(weekly: Weekly, sureness: Sureness, n: int) -> list[dict[str, Any]]:
    """Return `card_odds` of each town for the week document: card → trigger → share, None unknown.

    Only triggers that hang on the index are in it; the others are facts.
    """
    found = trigger_odds(weekly, sureness)
    return [
        {
            card: {name: None if np.isnan(p[i]) else float(p[i]) for name, p in triggers.items()}
            for card, triggers in found.items()
        }
        for i in range(n)
    ]


def judge(
    connection: sa.Connection,
    ws: Workspace,
    *,
    scheme: Scheme,
    weekly: Weekly,
    document: Mapping[str, Any],
    known: Sequence[Card],
) -> Judged:
    """Return what the cards of a week are judged on, and what it raises.

    Cards of earlier weeks count; a card stands against the town whatever its week, except when
    a week that raised it is published again.

    Parameters
    ----------
    document
        The week's document; facts are judged as they held at its cut-off and were known by its
        `known_until`.
    """
    week, towns = str(document["week"]), document["towns"]
    places = places_of(towns)
    running = max(rule.level_weeks for rule in weekly.cards) - 1
    earlier = tuple(weeks_before(ws, week, max(running, 1)))
    published = published_towns(connection, earlier)
    by_town = [[card for card in known if card.town == code] for code in places.codes]
    before = [[card for card in own if card.week < week] for own in by_town]
    marks = [_marks(weekly, own, week) for own in before]
    overdue, accidents = _records(
        connection,
        ws,
        scheme=scheme,
        weekly=weekly,
        document=document,
        places=places,
        before=before,
    )
    facts = WeekFacts(
        index=_numbers(row["index"] for row in towns),
        rank=_numbers(row["rank"] for row in towns),
        previous=_numbers(_previous(row, earlier[-1]) for row in towns),
        severity=_severity(weekly, towns, earlier, published),
        odds=_odds(weekly, towns, earlier, published),
        lesser={
            rule.card: np.array([len(own.get(rule.card, ())) for own in marks], np.int64)
            for rule in weekly.cards
        },
        overdue=np.bincount(overdue["town_idx"], minlength=len(towns)).astype(np.int64),
        accident=_gravest_grade(accidents, len(towns)),
        standing=np.array([_standing(own, week) for own in by_town], np.int64),
    )
    raising = raise_week(weekly, _grades(), facts)
    return Judged(week, towns, earlier, published, marks, overdue, accidents, raising)


def _standing(own: Iterable[Card], week: str) -> int:
    """Return the gravest card that stands, as index of CARDS; one of this very week apart."""
    found = gravest([card for card in own if card.standing and card.week != week])
    return -1 if found is None else found.weight


def _marks(weekly: Weekly, own: Sequence[Card], week: str) -> dict[str, tuple[str, ...]]:
    """Return by card which lighter ones count for it: recent, and not counted for one before."""
    found = {}
    for rule in weekly.cards:
        if rule.lesser is None or rule.lesser_weeks is None:
            continue
        weight = CARDS.index(rule.card)
        used = {
            mark
            for card in own
            if card.weight >= weight and card.decided
            for mark in card.document["named"]["cards"]
        }
        found[rule.card] = tuple(
            mark
            for card in own
            if card.weight == weight - 1
            for mark, of in card.events()
            if mark not in used and 0 <= weeks_apart(of, week) < rule.lesser_weeks and of < week
        )
    return found


def _named(own: Sequence[Card], kind: str, *, ever: bool) -> set[str]:
    """Return the records that cards of a town name already: ever, or while they stand or wait.

    What a card that went up into a graver one names is named while that one stands.
    """
    grave = any(card.standing for card in own)
    found: set[str] = set()
    for card in own:
        going_on = card.state in (*STANDING, CardState.HELD)
        going_on |= card.state is CardState.SUPERSEDED and grave
        if going_on or (ever and card.decided):
            found.update(card.document["named"][kind])
            for step in card.steps:
                if step.action == AGAIN:
                    found.update(step.document["named"][kind])
    return found


def _records(
    connection: sa.Connection,
    ws: Workspace,
    *,
    scheme: Scheme,
    weekly: Weekly,
    document: Mapping[str, Any],
    places: Places,
    before: Sequence[Sequence[Card]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return major dangers overdue and accidents that no card of the town has named yet."""
    at = datetime.fromisoformat(document["at"])
    known_until = datetime.fromisoformat(document["known_until"])
    late = overdue_dangers(connection, ws, scheme, places, at=at, known_until=known_until)
    late = late[late["grade"] == "major"]
    since = at - timedelta(weeks=weekly.cap.weeks)
    accidents = grave_accidents(connection, ws, places, since=since, at=at, known_until=known_until)
    least = [_grades().index(one.grade) for one in weekly.cards if one.grade]
    accidents = accidents[accidents["grade"] >= min(least, default=len(_grades()))]
    return (
        _fresh(late, "number", [_named(own, "dangers", ever=False) for own in before]),
        _fresh(accidents, "id", [_named(own, "accidents", ever=True) for own in before]),
    )


def _fresh(table: pd.DataFrame, key: str, named: Sequence[set[str]]) -> pd.DataFrame:
    """Leave out what a card of the row's town names already."""
    known = pd.MultiIndex.from_tuples(
        [(i, one) for i, of in enumerate(named) for one in sorted(of)] or [(-1, "")]
    )
    rows = pd.MultiIndex.from_arrays([table["town_idx"], table[key]])
    return table[~rows.isin(known)]


def _severity(
    weekly: Weekly,
    towns: Sequence[Mapping[str, Any]],
    earlier: Sequence[str],
    published: Published,
) -> NDArray[np.int64]:
    ordinal = {band.level: severity_of(weekly, band.level) for band in weekly.bands}
    columns = [
        [
            ordinal.get(one.level, -1) if (one := published.get(week, {}).get(row["code"])) else -1
            for row in towns
        ]
        for week in earlier
    ]
    columns.append([ordinal.get(row["level"], -1) for row in towns])
    return np.array(columns, np.int64).reshape(len(columns), len(towns)).T


def _odds(
    weekly: Weekly,
    towns: Sequence[Mapping[str, Any]],
    earlier: Sequence[str],
    published: Published,
) -> dict[str, dict[str, Floats]]:
    """Return how sure the triggers are; a run of weeks is as sure as its least sure week."""
    found: dict[str, dict[str, Floats]] = {}
    for rule in weekly.cards:
        told = [(row.get("card_odds") or {}).get(rule.card, {}) for row in towns]
        names = sorted({name for one in told for name in one})
        odds = {name: _numbers(one.get(name) for one in told) for name in names}
        if rule.level is not None:
            own = odds.get(LEVEL, _numbers(_share(weekly, rule.level, row) for row in towns))
            for week in earlier[len(earlier) - rule.level_weeks + 1 :]:
                before = [published.get(week, {}).get(row["code"]) for row in towns]
                shares = (
                    None if one is None else _share(weekly, rule.level, {"in_band": one.in_band})
                    for one in before
                )
                own = np.minimum(own, _numbers(shares))
            odds[LEVEL] = own
        found[rule.card] = odds
    return found


def _share(weekly: Weekly, level: str, row: Mapping[str, Any]) -> float | None:
    """Return the share of draws with this colour or a worse one, None where none is stored."""
    shares = row.get("in_band") or {}
    least = severity_of(weekly, level)
    told = [shares[one.level] for one in weekly.bands if severity_of(weekly, one.level) >= least
            and one.level in shares]  # fmt: skip
    return float(sum(told)) if told else None


def _previous(row: Mapping[str, Any], week: str) -> float | None:
    previous = row.get("previous")
    return previous["index"] if previous and previous["week"] == week else None


def _numbers(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _gravest_grade(accidents: pd.DataFrame, n: int) -> NDArray[np.int64]:
    grade = np.full(n, -1, np.int64)
    np.maximum.at(grade, accidents["town_idx"].to_numpy(np.int64), accidents["grade"].to_numpy())
    return grade


def _rows_of(table: pd.DataFrame, i: int) -> list[dict[str, Any]]:
    own = table[table["town_idx"] == i].drop(columns="town_idx")
    rows = own.astype({"due": "str"}) if "due" in own else own
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _grades() -> tuple[str, ...]:
    """Return the names of the grades as schemes write them, lightest first: 一般, 较大, ..."""
    return tuple(name.removesuffix("事故") for name in accident_grades().names)
