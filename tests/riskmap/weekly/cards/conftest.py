"""A district of four towns whose weeks are written down by hand, and published one by one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.canonical import canonical_text
from riskmap.ledger.gaming import week_window
from riskmap.records.storing import queue_writers, store_records
from riskmap.schemes import keep_scheme, scheme_in_use
from riskmap.storage.database import RECORD_COLUMNS
from riskmap.weekly.cards.facts import published_towns, week_before
from riskmap.weekly.cards.raising import raise_cards
from riskmap.weekly.cards.versions import Card
from riskmap.weekly.tables import week_publications, week_towns, weeks
from riskmap.workspace import Workspace, open_workspace
from scoring.composite.ranking import places
from scoring.weekly.cards import severity_of
from tests.riskmap.ledger.conftest import DUTY, copy_district, make_district

TOWNS = {"330106001": "西湖街道", "330106002": "东山街道", "330106003": "北苑镇"}
A, B, C = TOWNS
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def week_no(k: int) -> str:
    """Return the k-th week of the tests: 1 is 2026-W21, far from any long holiday."""
    return f"2026-W{20 + k:02d}"


def level_of(index: float | None) -> str:
    """Return the colour of an index by the bands of DOMAIN §11.3, written out."""
    if index is None:
        return "no_data"
    names = ((95, "green"), (90.0000001, "blue"), (80, "yellow"), (60, "orange"))
    return next((name for least, name in names if index >= least), "red")


def document(
    ws: Workspace, week: str, figures: Mapping[str, Any], known_until: datetime | None = None
) -> dict[str, Any]:
    """Return a week document with what cards read; a figure is an index or (index, how sure)."""
    scheme, window = scheme_in_use(ws), week_window(ws, week)
    assert scheme.weekly is not None
    told = {code: one if isinstance(one, tuple) else (one, 1.0) for code, one in figures.items()}
    index = np.array([np.nan if one is None else one for one, _ in told.values()])
    before = week_before(ws, week)
    with ws.read() as connection:
        earlier = published_towns(connection, [before]).get(before, {})
    rows = []
    for (code, (value, sure)), rank in zip(told.items(), places(index), strict=True):
        known = earlier.get(code)
        level = level_of(value)
        rows.append(
            {
                "code": code,
                "name": TOWNS[code],
                "index": value,
                "level": level,
                "rank": None if np.isnan(rank) else int(rank),
                "previous": None
                if known is None
                else {"week": before, "revision": known.revision, "index": known.index},
                "in_band": {level: sure, "green": 1 - sure} if sure < 1 else {level: 1.0},
                "weakest_aspect": None,
                "card_odds": {
                    "white": {
                        "level": sure if severity_of(scheme.weekly, level) >= 3 else 0.0,
                        "last_below": sure,
                        "fall": sure,
                    },
                    "yellow": {"level": sure if level == "red" else 0.0},
                    "red": {"level": sure if level == "red" else 0.0},
                },
            }
        )
    return {
        "week": week,
        "at": window.end.isoformat(),
        "known_until": (known_until or window.end).isoformat(),
        "scheme": {"version": scheme.version, "digest": scheme.digest},
        "towns": rows,
    }


def publish(
    ws: Workspace,
    week: str,
    figures: Mapping[str, Any],
    *,
    actor: Actor = DUTY,
    revision: int = 1,
    now: datetime | None = None,
    held_back: Mapping[str, str] | None = None,
) -> list[Card]:
    """Store and publish a week an hour after its cut-off; return the cards that changed."""
    moment = now or week_window(ws, week).end + timedelta(hours=1)
    told = document(ws, week, figures, None if revision == 1 else moment)
    scheme = scheme_in_use(ws)
    with ws.write() as connection:
        queue_writers(connection)
        keep_scheme(connection, scheme, LONG_AGO)
        stored = connection.execute(
            sa.insert(weeks).values(
                week=week,
                revision=revision,
                computed_at=moment,
                at=datetime.fromisoformat(told["at"]),
                known_until=datetime.fromisoformat(told["known_until"]),
                scheme_digest=scheme.digest,
                code_version="test",
                digest="0" * 64,
                document=canonical_text(told),
            )
        )
        week_id = stored.inserted_primary_key[0]
        connection.execute(
            sa.insert(week_towns),
            [
                {
                    "week_id": week_id,
                    "week": week,
                    "document": canonical_text(row),
                    **{name: row[name] for name in ("code", "index", "level", "rank")},
                }
                for row in told["towns"]
            ],
        )
        connection.execute(
            sa.insert(week_publications).values(
                week_id=week_id, published_at=moment, published_by="周值班"
            )
        )
        return raise_cards(
            connection, ws, actor, told, revision=revision, now=moment, held_back=held_back
        )


def add_records(ws: Workspace, kind: str, rows: list[dict[str, Any]], learnt_at: datetime) -> None:
    """Store records of a kind; columns that are not given are unknown."""
    table = pd.DataFrame(rows).reindex(columns=[*RECORD_COLUMNS[kind], "key", "source"])
    table["source"] = "test:1"
    for name in table.columns:
        if name.endswith("_at"):
            table[name] = pd.to_datetime(table[name], utc=True)
    store_records(
        ws, kind, table, file="t.csv", sha256=str(learnt_at), rejected=0, learnt_at=learnt_at
    )


def danger(
    ws: Workspace,
    number: str,
    town: str,
    deadline: date,
    *,
    grade: str = "major",
    closed: datetime | None = None,
    learnt_at: datetime = LONG_AGO,
) -> None:
    """Store a danger found in January with this deadline."""
    row = {
        "key": number, "number": number, "town": town, "domain": "消防", "grade": grade,
        "found_at": LONG_AGO, "deadline": deadline, "closed_at": closed,
        "description": "消防通道堵塞", "state": "closed" if closed else "assigned",
    }  # fmt: skip
    add_records(ws, "hidden_dangers", [row], learnt_at)


def accident(
    ws: Workspace, name: str, town: str, *, at: datetime, deaths: float, learnt_at: datetime
) -> None:
    """Store an accident."""
    row = {
        "key": name, "id": name, "town": town, "domain": "工贸", "kind": "accident",
        "occurred_at": at, "deaths": deaths, "serious_injuries": 0.0, "loss_cny": 0.0,
    }  # fmt: skip
    add_records(ws, "accidents", [row], learnt_at)


@pytest.fixture(scope="session")
def card_district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district on SQLite, made once; tests copy it."""
    root = tmp_path_factory.mktemp("cards") / "w"
    make_district(root)
    return root


@pytest.fixture
def office(card_district: Path, tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    """The district without any week, on both databases in turn."""
    copy_district(card_district, tmp_path / "w", database_url)
    with open_workspace(tmp_path / "w", database_url) as ws:
        yield ws


@pytest.fixture
def desk(card_district: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The district without any week, on SQLite only, for what does not hang on the database."""
    copy_district(card_district, tmp_path / "w", None)
    with open_workspace(tmp_path / "w") as ws:
        yield ws
