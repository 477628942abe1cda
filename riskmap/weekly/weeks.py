"""The weeks that readers see: the only door of the web, the API and the exports to results.

What is decided after a week was computed (status, publication, cards, late deliveries) is joined
here, best and median are told in each town's own points; the stored document never changes.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.canonical import iso, number
from riskmap.errors import NotFoundError
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import schemes
from riskmap.weekly.joined import cards_by_town, mark_late
from riskmap.weekly.moments import parse_week, week_before
from riskmap.weekly.own_points import in_own_points
from riskmap.weekly.stored import (
    StoredWeek,
    document_of,
    published_weeks,
    revisions,
    shown,
    town_rows,
    town_text,
    town_texts,
)
from riskmap.weekly.worked import WorkedWeek
from riskmap.workspace import Workspace

TREND_WEEKS = 26
"""Where the scheme in use has no weekly tables (any more)."""


def list_weeks(ws: Workspace) -> list[dict[str, Any]]:
    """Return every computed week, newest first, with the revision that is shown.

    Each row: week, status, revision, revisions (how many), preliminary, scheme, computed_at,
    published_at, published_by, corrects, reason.
    """
    with ws.read() as connection:
        found = revisions(connection)
        versions = _versions(connection)
    counted: dict[str, int] = {}
    for one in found:
        counted[one.week] = counted.get(one.week, 0) + 1
    best = shown(found)
    return [
        {
            "week": week,
            "revisions": counted[week],
            "preliminary": best[week].preliminary,
            "scheme": versions.get(best[week].scheme_digest),
            "corrects": best[week].corrects,
            "reason": best[week].reason,
            **_decided(ws, best[week]),
        }
        for week in sorted(best, reverse=True)
    ]


def list_revisions(ws: Workspace, week: str) -> list[dict[str, Any]]:
    """Return every revision of a week, newest first: as a row of `list_weeks`, without counts."""
    with ws.read() as connection:
        found = revisions(connection, parse_week(week))
    return [
        {
            "corrects": one.corrects,
            "reason": one.reason,
            "preliminary": one.preliminary,
            **_decided(ws, one),
        }
        for one in reversed(found)
    ]


def read_week(ws: Workspace, week: str, revision: int | None = None) -> dict[str, Any]:
    """Return the document of a week: the published revision, else the newest draft.

    Raises
    ------
    NotFoundError
        The week was never computed, or has no such revision.
    """
    with ws.read() as connection:
        found = find_week(connection, week, revision)
        document = document_of(connection, found.id)
        cards = cards_by_town(connection, ws, found)
        mark_late(connection, document, found)
    document["towns"] = [
        {**in_own_points(row, document), "card": cards.get(row["code"])}
        for row in document["towns"]
    ]
    document["provenance"]["digest"] = found.digest
    return {**document, **_decided(ws, found)}


def look_back_document(ws: Workspace, worked: WorkedWeek, now: datetime) -> dict[str, Any]:
    """Return the document of a week that is not stored, as `read_week` returns stored ones.

    Its `status` is "look_back", its `revision` None; it has no cards.
    """
    document: dict[str, Any] = json.loads(worked.text)
    rows = [{**in_own_points(row, document), "card": None} for row in document["towns"]]
    document["provenance"]["digest"] = worked.digest
    return {
        **document,
        "towns": rows,
        "status": "look_back",
        "revision": None,
        "computed_at": iso(now.astimezone(ws.settings.zone)),
        "published_at": None,
        "published_by": None,
    }


def read_town_week(
    ws: Workspace, week: str, code: str, revision: int | None = None
) -> dict[str, Any]:
    """Return the detail of one town in a week, with its card and its `trend` of the scheme's weeks.

    Raises
    ------
    NotFoundError
        The week was never computed, or has no such town.
    """
    weeks_shown = _trend_weeks(ws)
    with ws.read() as connection:
        found = find_week(connection, week, revision)
        text = town_text(connection, found.id, code)
        if text is None:
            raise NotFoundError(f"{found.week} 没有这个镇街", code, "请核对镇街代码")
        detail = in_own_points(json.loads(text), document_of(connection, found.id))
        detail["card"] = cards_by_town(connection, ws, found).get(code)
        detail["trend"] = _trend(connection, code, found, weeks_shown)
    return detail


def read_town_weeks(ws: Workspace, week: str, revision: int | None = None) -> list[dict[str, Any]]:
    """Return the details of all towns in a week by code, without trends and cards.

    Raises
    ------
    NotFoundError
        The week was never computed, or has no such revision.
    """
    with ws.read() as connection:
        found = find_week(connection, week, revision)
        document = document_of(connection, found.id)
        texts = town_texts(connection, found.id)
    return [in_own_points(json.loads(text), document) for text in texts]


def trend(ws: Workspace, code: str, until_week: str, n: int = TREND_WEEKS) -> list[dict[str, Any]]:
    """Return week, index, level, rank, status of a town's last weeks, oldest first."""
    week = parse_week(until_week)
    with ws.read() as connection:
        found = [one for name, one in shown(revisions(connection)).items() if name <= week]
        return _trend_rows(connection, code, found, week, n)


def district_trend(ws: Workspace, week: str, revision: int | None = None) -> list[dict[str, Any]]:
    """Return week and mean index of the known towns (None for none) of a week and those before.

    Earlier weeks as they are shown, this one as it is; oldest first, as many as a town's trend.
    """
    n = _trend_weeks(ws)
    with ws.read() as connection:
        own = find_week(connection, week, revision)
        earlier = shown(revisions(connection, before=own.week)).values()
        first = week_before(own.week, n - 1)
        listed = [*(one for one in earlier if first <= one.week), own]
        rows = town_rows(connection, listed)
    table = pd.DataFrame(rows, columns=["week", "index"]).astype({"index": np.float64})
    means = table.groupby("week", sort=True)["index"].mean()
    return [{"week": str(name), "index": number(mean)} for name, mean in means.items()]


def _trend_weeks(ws: Workspace) -> int:
    weekly = scheme_in_use(ws).weekly
    return TREND_WEEKS if weekly is None else weekly.trend_weeks


def published_indexes(ws: Workspace, known_until: datetime | None = None) -> pd.DataFrame:
    """Return week, code, index (NaN unknown), level, rank of every published week, oldest first.

    Of a corrected week the latest revision published by `known_until` counts.
    """
    with ws.read() as connection:
        rows = town_rows(connection, published_weeks(connection, until=known_until))
    table = pd.DataFrame(rows, columns=["week", "code", "index", "level", "rank"])
    return table.astype({"index": np.float64, "rank": np.float64})


def find_week(connection: sa.Connection, week: str, revision: int | None) -> StoredWeek:
    """Return a revision of a week, by default the one that readers see.

    Raises
    ------
    NotFoundError
        The week, or this revision of it, was never computed.
    """
    name = parse_week(week)
    found = revisions(connection, name)
    if revision is not None:
        kept = [one for one in found if one.revision == revision]
        if found and not kept:
            raise NotFoundError(f"{name} 没有这一稿", revision, f"共有 {len(found)} 稿")
        found = kept
    if not found:
        raise NotFoundError("没有这一周的成果", name, f"先运行 riskmap weekly --week {name}")
    return shown(found)[name]


def _decided(ws: Workspace, found: StoredWeek) -> dict[str, Any]:
    zone = ws.settings.zone
    published = found.published_at
    return {
        "status": "published" if found.published else "draft",
        "revision": found.revision,
        "computed_at": iso(found.computed_at.astimezone(zone)),
        "published_at": iso(published.astimezone(zone)) if published else None,
        "published_by": found.published_by,
    }


def _trend(connection: sa.Connection, code: str, own: StoredWeek, n: int) -> list[dict[str, Any]]:
    """Return the trend up to a revision: earlier weeks as they are shown, this one as it is."""
    earlier = shown(revisions(connection, before=own.week))
    return _trend_rows(connection, code, [*earlier.values(), own], own.week, n)


def _trend_rows(
    connection: sa.Connection, code: str, found: Sequence[StoredWeek], until: str, n: int
) -> list[dict[str, Any]]:
    first = week_before(until, n - 1)
    listed = [one for one in found if first <= one.week]
    by_id = {one.id: one for one in listed}
    return [
        {
            "week": row["week"],
            "index": row["index"],
            "level": row["level"],
            "rank": row["rank"],
            "status": "published" if by_id[row["week_id"]].published else "draft",
        }
        for row in town_rows(connection, listed, code)
    ]


def _versions(connection: sa.Connection) -> dict[str, str]:
    rows = connection.execute(sa.select(schemes.c.digest, schemes.c.version))
    return {str(digest): str(version) for digest, version in rows}
