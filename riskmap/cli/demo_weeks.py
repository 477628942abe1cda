"""The weeks of `riskmap demo`: records and reports come in week by week, each week is published.

A week counts only what was known at its cut-off. So the sample's history is delivered as it
would have been, at stated times (`riskmap.clock`), instead of all at once today.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from riskmap.cli.demo_cards import see_to_cards
from riskmap.cli.state import database_url, operator
from riskmap.clock import NOW_VARIABLE

if TYPE_CHECKING:
    import pandas as pd

    from riskmap.access.actors import Actor
    from riskmap.ledger.gaming import Window
    from riskmap.workspace import Workspace

HOUR = timedelta(hours=1)
DELIVERED = timedelta(minutes=-20)
REPORTED = timedelta(hours=-26)
PUBLISHED = timedelta(minutes=40)
ANSWERED = timedelta(days=4, hours=-6)
"""Before and after the cut-off: records, departments' reports, the publication, what is done
about its cards."""

BY = "安委办（样例）"


@dataclass(frozen=True)
class DemoWeek:
    """An ISO week and its window between two cut-offs."""

    week: str
    window: "Window"


def weeks_until(folder: Path, end: date, now: datetime, count: int) -> list[DemoWeek]:
    """Return the last weeks, oldest first, whose cut-off is over and of which there are reports."""
    from riskmap.ledger.gaming import week_window  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.sample.history import last_reported  # noqa: PLC0415  (as above)
    from riskmap.weekly.moments import current_week, previous_week  # noqa: PLC0415  (as above)
    from riskmap.workspace import open_workspace  # noqa: PLC0415  (as above)

    found: list[DemoWeek] = []
    with open_workspace(folder, database_url()) as ws:
        until = min(now, datetime.combine(end, time.max, ws.settings.zone))
        week = min(current_week(ws, until), last_reported(folder / "raw"))
        while len(found) < count:
            found.insert(0, DemoWeek(week, week_window(ws, week)))
            week = previous_week(ws, week)
    return found


def live(folder: Path, weeks: Sequence[DemoWeek]) -> None:
    """Deliver, compute and publish week after week."""
    from rich.progress import track  # noqa: PLC0415  (0.05 s, not for --help)

    from riskmap.workspace import open_workspace  # noqa: PLC0415  (pandas, not for --help)

    actor = replace(operator(), address=NOW_VARIABLE)
    typer.echo(f"# 往期记录按周入库，逐周计算并发布周指数：{weeks[0].week} 至 {weeks[-1].week}")
    with open_workspace(folder, database_url()) as ws:
        before: DemoWeek | None = None
        for one in track(weeks, description=f"逐周计算 {len(weeks)} 周"):
            if before is not None:
                see_to_cards(ws, min(before.window.end + ANSWERED, _reported_at(one) - HOUR))
            _deliver(ws, actor, folder / "raw", one, before, last=one is weeks[-1])
            _publish(ws, actor, one)
            before = one


def _deliver(
    ws: "Workspace",
    actor: "Actor",
    raw: Path,
    one: DemoWeek,
    before: DemoWeek | None,
    *,
    last: bool,
) -> None:
    from riskmap.ledger.exchange import read_danger_files  # noqa: PLC0415  (pandas)
    from riskmap.records.importing import record_files  # noqa: PLC0415  (as above)
    from riskmap.records.statements import state_complete  # noqa: PLC0415  (as above)
    from riskmap.sample.history import INDICATOR, LATE, news, reported  # noqa: PLC0415  (as above)

    folder = raw / "weeks" / one.week
    folder.mkdir(parents=True, exist_ok=True)
    rows = reported(raw, before.week if before else None, one.week)
    if last:
        rows = rows[~(rows[INDICATOR].isin(LATE) & (rows["周"] == one.week))]
    file = _written(folder / "indicators.csv", rows)
    record_files(ws, "indicators", [file], now=_reported_at(one), actor=actor)
    at = one.window.end + DELIVERED
    since = (before.window.end + DELIVERED).replace(tzinfo=None) if before else None
    for kind, table in news(raw, since, at.replace(tzinfo=None)).items():
        file = _written(folder / f"{kind}.csv", table)
        if kind == "hidden_dangers":
            if read_danger_files(ws, actor, [file], now=at).rejected:
                state_complete(ws, actor, kind, now=at)  # as in data/sample/commands.txt
        else:
            record_files(ws, kind, [file], now=at, actor=actor)


def _reported_at(one: DemoWeek) -> datetime:
    """Return when departments report; a week that holidays cut to a day has little time."""
    return max(one.window.end + REPORTED, one.window.start + 2 * HOUR)


def _written(file: Path, table: "pd.DataFrame") -> Path:
    table.to_csv(file, index=False, encoding="utf-8-sig")
    return file


def _publish(ws: "Workspace", actor: "Actor", one: DemoWeek) -> None:
    from riskmap.weekly.computing import compute_week, store_week  # noqa: PLC0415  (pandas)
    from riskmap.weekly.publishing import publish_week  # noqa: PLC0415  (as above)

    now = one.window.end + PUBLISHED
    store_week(ws, actor, compute_week(ws, one.week, now=now), now=now)
    publish_week(ws, actor, one.week, by=BY, now=now)
