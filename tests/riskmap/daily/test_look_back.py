"""A look-back (`--as-of` before what is known of a day) is printed, never stored or published."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskmap.access.actors import command_line
from riskmap.cli.main import app
from riskmap.daily.computing import compute_day, store_day
from riskmap.daily.days import list_days, read_day
from riskmap.daily.publishing import publish_day
from riskmap.daily.replaying import replay_day
from riskmap.errors import LookBackError, RiskmapError
from riskmap.records.importing import warning_files
from riskmap.storage.migrate import migrate_database
from riskmap.workspace import Workspace, open_workspace

DAY = date(2026, 6, 30)
HOUR = timedelta(hours=1)
Feed = Callable[[str, str], Path]


@pytest.fixture
def either(
    small: Workspace, tmp_path: Path, now: datetime, database_url: str | None
) -> Iterator[Workspace]:
    """The small district on both databases in turn."""
    if database_url is None:
        yield small
        return
    root = tmp_path / "moved"
    shutil.copytree(small.root, root)
    migrate_database(str(root), database_url, command_line("root"), now=now)
    with open_workspace(root, database_url) as ws:
        yield ws


def warned(ws: Workspace, feed: Feed, now: datetime) -> datetime:
    """Take a heat signal in at `now` and store the day an hour later; return that moment."""
    warning_files(ws, [feed("heat.json", "2026-06-30 06:12:00")], now=now)
    store_day(ws, compute_day(ws, DAY, now=now + HOUR))
    return now + HOUR


def test_what_is_shown_stays(either: Workspace, now: datetime, feed: Feed) -> None:
    later = warned(either, feed, now)
    shown = read_day(either, DAY)
    back = compute_day(either, DAY, as_of=now - HOUR, now=later)
    assert back.document["signals"] == []
    assert len(shown["signals"]) == 1
    with pytest.raises(LookBackError, match=r"只计到 .*T08:00.*第 1 版计到 .*T09:00"):
        store_day(either, back)
    assert read_day(either, DAY) == shown
    assert list_days(either)[0]["known_until"] == "2026-06-30T09:00:00+08:00"
    assert replay_day(either, DAY, now=later).equal
    # tomorrow is compared with what is shown, and yesterday as it was then may begin its history
    tomorrow = compute_day(either, DAY + timedelta(days=1), now=later + 24 * HOUR)
    assert tomorrow.document["provenance"]["previous"]["revision"] == 1
    first = compute_day(either, DAY - timedelta(days=1), as_of=now - 24 * HOUR, now=later)
    assert store_day(either, first).revision == 1


def test_also_behind_a_draft_that_knew_more(either: Workspace, now: datetime, feed: Feed) -> None:
    """As of between the published revision and a newer draft: the draft is not displaced."""
    store_day(either, compute_day(either, DAY, as_of=now - HOUR, now=now))
    publish_day(either, DAY, now=now, by="值班员")
    later = warned(either, feed, now + HOUR)
    with pytest.raises(LookBackError, match="第 2 版"):
        store_day(either, compute_day(either, DAY, as_of=now, now=later))
    assert publish_day(either, DAY, now=later, by="值班员").revision == 2


def test_what_knows_more_is_stored(small: Workspace, now: datetime, feed: Feed) -> None:
    later = warned(small, feed, now)
    assert store_day(small, compute_day(small, DAY, as_of=later, now=later)).revision == 2
    # all that is known, though nothing came in since: no look-back, and it may be published
    again = compute_day(small, DAY, now=later + HOUR)
    assert again.moment.known_until < later
    assert store_day(small, again).revision == 3
    assert publish_day(small, DAY, now=later + HOUR, by="值班员").revision == 3


def test_a_look_back_stored_before_is_not_published(
    either: Workspace, now: datetime, feed: Feed
) -> None:
    later = warned(either, feed, now)
    publish_day(either, DAY, now=later, by="值班员")
    back = compute_day(either, DAY, as_of=now - HOUR, now=later)
    assert store_day(either, replace(back, as_of=None)).revision == 2  # as 0.2 did
    with pytest.raises(RiskmapError, match=r"第 2 版只计到 .*T08:00.*riskmap daily"):
        publish_day(either, DAY, now=later, by="值班员")
    assert read_day(either, DAY)["revision"] == 1
    assert replay_day(either, DAY, now=later, revision=2).equal
    assert store_day(either, compute_day(either, DAY, now=later)).revision == 3
    assert publish_day(either, DAY, now=later, by="值班员").revision == 3


def test_the_command_prints_it(
    small: Workspace, now: datetime, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = warned(small, feed, now)
    monkeypatch.setenv("RISKMAP_NOW", later.isoformat())
    words = ["-w", str(small.root), "daily", "--date", "2026-06-30", "--as-of", "08:00"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("回看只显示，不入库：只计到 2026-06-30T08:00:00+08:00。第 1 版")
    assert "2026-06-30 云溪区" in done.output
    assert "回看，计到 2026-06-30T08:00:00+08:00" in done.output
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (document["status"], document["revision"]) == ("look_back", None)
    assert document["known_until"] == "2026-06-30T08:00:00+08:00"
    assert len(list_days(small)) == 1
    assert read_day(small, DAY)["revision"] == 1
