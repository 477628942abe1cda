"""What cards are raised and released on: published weeks, overdue dangers, grave accidents."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from riskmap.ledger.gaming import rules_in_use
from riskmap.ledger.workdays import calendar_of
from riskmap.places import Places
from riskmap.records.accident_grades import GRADE_ZH
from riskmap.records.dangers import due_dates, not_void
from riskmap.records.late_deaths import read_late_deaths
from riskmap.records.reading import read_records
from riskmap.standards import accident_grades, late_death_days
from riskmap.weekly.tables import week_publications, week_towns, weeks
from riskmap.workspace import Workspace
from scoring.accident_grade import accident_grade
from scoring.schemes.scheme import Scheme


@dataclass(frozen=True)
class PublishedTown:
    """A town in the latest published revision of a week."""

    week: str
    revision: int
    code: str
    index: float | None
    level: str
    in_band: Mapping[str, float]


def published_towns(
    connection: sa.Connection, of: Iterable[str] | None = None, town: str | None = None
) -> dict[str, dict[str, PublishedTown]]:
    """Return week → code → town of the latest published revision, by week.

    `of` and `town` leave out other weeks and towns (None: all).
    """
    query = (
        sa.select(
            weeks.c.week,
            weeks.c.revision,
            week_towns.c.code,
            week_towns.c.index,
            week_towns.c.level,
            week_towns.c.document,
        )
        .join(week_publications, week_publications.c.week_id == weeks.c.id)
        .join(week_towns, week_towns.c.week_id == weeks.c.id)
        .order_by(weeks.c.week, weeks.c.revision)
    )
    if of is not None:
        query = query.where(weeks.c.week.in_(list(of)))
    if town is not None:
        query = query.where(week_towns.c.code == town)
    found: dict[str, dict[str, PublishedTown]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["week"], {})[row["code"]] = PublishedTown(
            row["week"],
            row["revision"],
            row["code"],
            row["index"],
            row["level"],
            json.loads(row["document"]).get("in_band") or {},
        )
    return found


def newest_published(connection: sa.Connection) -> str | None:
    """Return the newest week that was published, None when none was."""
    query = sa.select(sa.func.max(weeks.c.week)).join(
        week_publications, week_publications.c.week_id == weeks.c.id
    )
    newest: str | None = connection.execute(query).scalar_one()
    return newest


def week_before(ws: Workspace, week: str) -> str:
    """Return the week before that has any time in it: a long holiday may swallow one whole."""
    return weeks_before(ws, week, 1)[0]


def weeks_before(ws: Workspace, week: str, count: int) -> list[str]:
    """Return so many weeks before a week, the oldest first."""
    beside, found = _beside(ws, -1), [week]
    while len(found) <= count:
        found.append(beside(found[-1]))
    return found[:0:-1]


def weeks_after(ws: Workspace, week: str, until: str) -> list[str]:
    """Return the weeks after a week up to and with another one, without swallowed ones."""
    beside = _beside(ws, 1)
    found: list[str] = []
    while week < until:
        week = beside(week)
        found.append(week)
    return found


def weeks_apart(earlier: str, later: str) -> int:
    """Return how many calendar weeks lie between two ISO weeks.

    >>> weeks_apart("2025-W52", "2026-W01")
    1
    """
    return (_monday(later) - _monday(earlier)).days // 7


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def _beside(ws: Workspace, way: int) -> Callable[[str], str]:
    """Return a function to the next week (way 1) or the one before (-1) that has any time in it."""
    weekday, calendar = rules_in_use(ws)[0].cutoff_weekday, calendar_of(ws)

    def empty(monday: date) -> bool:
        cut = monday + timedelta(days=weekday - 1)
        return calendar.last_workday(cut) == calendar.last_workday(cut - timedelta(days=7))

    def step(week: str) -> str:
        monday = _monday(week) + timedelta(days=7 * way)
        while empty(monday):
            monday += timedelta(days=7 * way)
        year, number, _ = monday.isocalendar()
        return f"{year}-W{number:02d}"

    return step


def places_of(towns: Sequence[Mapping[str, Any]]) -> Places:
    """Return the towns of a week document as places, for reading records."""
    codes = tuple(str(town["code"]) for town in towns)
    return Places(codes, tuple(str(town["name"]) for town in towns), (), {})


def overdue_dangers(
    connection: sa.Connection,
    ws: Workspace,
    scheme: Scheme,
    places: Places,
    *,
    at: datetime,
    known_until: datetime | None = None,
) -> pd.DataFrame:
    """Return the dangers that are open and past their day at a moment.

    Returns
    -------
    Columns town_idx, number, grade, due (date), days (late), description; by number.
    """
    rows = not_void(read_records(connection, "hidden_dangers", known_until, at=at))
    zone = ws.settings.zone
    today = pd.Timestamp(at.astimezone(zone).date())
    table = rows.assign(town_idx=places.town_of(rows["town"]), due=due_dates(rows, zone, scheme))
    late = (table["found_at"] <= at) & (table["due"] < today) & (table["town_idx"] >= 0)
    late &= ~(table["closed_at"].notna() & (table["closed_at"] <= at))
    table = table[late]
    return pd.DataFrame(
        {
            "town_idx": table["town_idx"],
            "number": table["number"].fillna(table["key"]).astype("str"),
            "grade": table["grade"].astype("str"),
            "due": table["due"].dt.date,
            "days": (today - table["due"]).dt.days.astype(np.int64),
            "description": table["description"].fillna("").astype("str"),
        }
    ).sort_values("number", kind="stable", ignore_index=True)


def still_open(connection: sa.Connection, numbers: Sequence[str], at: datetime) -> tuple[str, ...]:
    """Return which of these dangers are open now, in their order."""
    if not numbers:
        return ()
    rows = not_void(read_records(connection, "hidden_dangers", at=at))
    number = rows["number"].fillna(rows["key"]).astype("str")
    open_now = ~(rows["closed_at"].notna() & (rows["closed_at"] <= at))
    left = set(number[open_now & number.isin(list(numbers))])
    return tuple(one for one in numbers if one in left)


def grave_accidents(
    connection: sa.Connection,
    ws: Workspace,
    places: Places,
    *,
    since: datetime,
    at: datetime,
    known_until: datetime,
) -> pd.DataFrame:
    """Return the accidents after a moment up to another one, with their grade by then.

    Returns
    -------
    Columns town_idx, id, grade (0 一般 … 3 特别重大), deaths, day, text; near misses are left out.
    """
    rows = read_records(connection, "accidents", known_until)
    zone = ws.settings.zone
    table = rows.assign(town_idx=places.town_of(rows["town"]))
    inside = (table["occurred_at"] > since) & (table["occurred_at"] <= at)
    table = table[inside & (table["kind"] != "near_miss") & (table["town_idx"] >= 0)]
    table = table.reset_index(drop=True)
    today = np.datetime64(at.astimezone(zone).date())
    late = read_late_deaths(table, zone, late_death_days())
    deaths = late.counted(table["deaths"].to_numpy(np.float64), today)
    grade = accident_grade(
        deaths,
        table["serious_injuries"].to_numpy(np.float64),
        table["loss_cny"].to_numpy(np.float64),
        accident_grades(),
    )
    day = table["occurred_at"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d")
    names = np.array(GRADE_ZH[1:], dtype=object)[grade] if len(grade) else np.array([], object)
    said = [
        f"{when} {domain}{name}" + (f"，死亡 {dead:.0f} 人" if dead > 0 else "")
        for when, domain, name, dead in zip(
            day, table["domain"].fillna(""), names, np.nan_to_num(deaths), strict=True
        )
    ]
    return pd.DataFrame(
        {
            "town_idx": table["town_idx"],
            "id": table["id"].fillna(table["key"]).astype("str"),
            "grade": grade,
            "deaths": deaths,
            "day": day,
            "text": pd.Series(said, dtype="object"),
        }
    )
