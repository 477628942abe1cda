"""Storing a day: idempotent, atomic, published revisions never change, replay byte for byte."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.daily.computing import compute_day, store_day
from riskmap.daily.days import list_days, read_day, read_town_day
from riskmap.daily.publishing import publish_day
from riskmap.daily.replaying import replay_day
from riskmap.errors import NotFoundError, RiskmapError
from riskmap.imports import ReadOptions, import_layer
from riskmap.records.importing import warning_files
from riskmap.storage.database import days, schemes
from riskmap.workspace import Workspace, open_workspace

DAY = date(2026, 6, 30)
CENTRE = "339999005"


def run(ws: Workspace, now: datetime, day: date = DAY, as_of: datetime | None = None):
    return store_day(ws, compute_day(ws, day, as_of=as_of, now=now))


def test_same_inputs_same_bytes_and_no_new_revision(small: Workspace, now: datetime) -> None:
    first = compute_day(small, DAY, now=now)
    again = compute_day(small, DAY, now=now + timedelta(hours=2))
    assert (first.text, first.town_texts) == (again.text, again.town_texts)
    assert store_day(small, first).revision == 1
    outcome = store_day(small, again)
    assert (outcome.revision, outcome.unchanged) == (1, True)


def test_new_records_make_a_new_revision_and_keep_the_old(
    small: Workspace, now: datetime, feed: Callable[[str, str], Path]
) -> None:
    run(small, now)
    warning_files(small, [feed("heat.json", "2026-06-30 06:12:00")], now=now)
    assert run(small, now + timedelta(minutes=5)).revision == 2
    assert read_day(small, DAY)["revision"] == 2
    with small.read() as connection:
        kept = connection.execute(sa.select(days.c.revision).order_by(days.c.revision)).scalars()
        assert kept.all() == [1, 2]


def test_published_stays_shown_before_a_newer_draft(
    small: Workspace, now: datetime, feed: Callable[[str, str], Path]
) -> None:
    run(small, now)
    assert publish_day(small, DAY, now=now, by="值班员").already is False
    before = read_day(small, DAY)
    warning_files(small, [feed("heat.json", "2026-06-30 06:12:00")], now=now)
    assert run(small, now + timedelta(minutes=5)).revision == 2
    shown = read_day(small, DAY)
    assert (shown["status"], shown["revision"]) == ("published", 1)
    assert shown == before
    assert publish_day(small, DAY, now=now, by="值班员").revision == 2
    assert read_day(small, DAY)["revision"] == 2
    assert publish_day(small, DAY, now=now, by="值班员").already is True


def test_publishing_a_day_that_was_never_computed(small: Workspace, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="riskmap daily"):
        publish_day(small, DAY, now=now, by="值班员")


def test_change_since_yesterday_adds_up(
    small: Workspace, now: datetime, feed: Callable[[str, str], Path]
) -> None:
    run(small, now, DAY - timedelta(days=1))
    warning_files(small, [feed("heat.json", "2026-06-30 06:12:00")], now=now)
    run(small, now)
    town = read_town_day(small, DAY, CENTRE)
    yesterday = read_town_day(small, DAY - timedelta(days=1), CENTRE)
    assert town["change"]["since"] == "2026-06-29"
    assert town["change"]["score"] == pytest.approx(town["score"] - yesterday["score"], abs=1e-9)
    assert sum(item["value"] for item in town["change_items"]) == pytest.approx(
        town["change"]["score"], abs=1e-9
    )
    assert town["change"]["level"] == 1  # blue → yellow
    assert [point["date"] for point in town["trend"]] == ["2026-06-29", "2026-06-30"]
    assert {"危化", "消防"} <= {item["sector"] for item in town["change_items"]}


def test_unusual_counts_the_own_past_days(small: Workspace, now: datetime, feed) -> None:
    for back in range(20, 0, -1):
        run(small, now, DAY - timedelta(days=back))
    warning_files(small, [feed("heat.json", "2026-06-30 06:12:00")], now=now)
    run(small, now)
    unusual = read_town_day(small, DAY, CENTRE)["unusual"]
    assert unusual == {"percentile": 1.0, "days": 20}


def test_replay_after_new_imports_and_records(
    small: Workspace, now: datetime, tmp_path: Path, deliver, feed
) -> None:
    run(small, now, DAY - timedelta(days=1))
    run(small, now)
    later = now + timedelta(hours=3)
    sites = "id,name,kind,lon,lat\nN1,新工地,在建工地,120.01,28.01\n"
    (tmp_path / "new.csv").write_text(sites, encoding="utf-8")
    import_layer(small, "risk_points", [tmp_path / "new.csv"], ReadOptions(), now=later)
    warning_files(small, [feed("heat.json", "2026-06-30 06:12:00")], now=later)
    scheme = small.scheme_path.read_text("utf-8").replace("major = 10.0", "major = 12.0")
    small.scheme_path.write_text(scheme.replace("default-2026.3", "other-1"), encoding="utf-8")
    run(small, later, DAY - timedelta(days=1))  # a newer draft of the day before
    found = replay_day(small, DAY, now=later)
    assert (found.equal, found.difference) == (True, None)
    assert run(small, later).revision == 2  # the same day, computed anew, is another one
    assert replay_day(small, DAY, now=later, revision=1).equal
    assert replay_day(small, DAY, now=later).equal


def test_replay_tells_the_first_difference(small: Workspace, now: datetime) -> None:
    run(small, now)
    with small.write() as connection:
        text = connection.execute(sa.select(schemes.c.text)).scalar_one()
        connection.execute(
            sa.update(schemes).values(
                text=text.replace("general = 1.0\noverdue", "general = 2.0\noverdue")
            )
        )
    found = replay_day(small, DAY, now=now)
    assert not found.equal
    assert found.difference is not None
    assert "原" in found.difference and "重算" in found.difference


def test_replay_sees_a_tampered_document(small: Workspace, now: datetime) -> None:
    run(small, now)
    with small.write() as connection:
        document = json.loads(connection.execute(sa.select(days.c.document)).scalar_one())
        document["towns"][0]["score"] = 1.0
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        connection.execute(sa.update(days).values(document=text))
    found = replay_day(small, DAY, now=now)
    assert not found.equal
    assert found.difference is not None and "改动" in found.difference


def test_future_and_missing_days(small: Workspace, bare: Workspace, now: datetime) -> None:
    with pytest.raises(RiskmapError, match="将来"):
        compute_day(small, DAY + timedelta(days=1), now=now)
    with pytest.raises(NotFoundError, match="没有这一天"):
        replay_day(small, DAY, now=now)
    with pytest.raises(NotFoundError, match="没有这一天"):
        read_day(small, "2026-06-28")


def test_late_evening_counts_in_the_zone_of_the_district(small: Workspace, now: datetime) -> None:
    # 16:30 UTC on the 30th is already 00:30 on 1 July in Shanghai
    late = datetime.fromisoformat("2026-06-30T16:30:00+00:00")
    assert compute_day(small, date(2026, 7, 1), now=late).document["date"] == "2026-07-01"


def test_list_days_newest_first(small: Workspace, now: datetime) -> None:
    run(small, now, DAY - timedelta(days=1))
    run(small, now)
    assert [(row["date"], row["status"], row["scheme"]) for row in list_days(small)] == [
        ("2026-06-30", "draft", "default-2026.3"),
        ("2026-06-29", "draft", "default-2026.3"),
    ]


STORING = """
import os
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from riskmap.daily.computing import compute_day, store_day
from riskmap.workspace import open_workspace

root, now = Path(sys.argv[1]), datetime.fromisoformat("2026-06-30T09:00:00+08:00")
with open_workspace(root) as ws:
    result = compute_day(ws, date(2026, 6, 30), now=now)
for attempt in sys.stdin:
    pid = os.fork()
    if pid == 0:
        with open_workspace(root) as ws:
            for i in range(100000):
                store_day(ws, replace(result, digest=f"{attempt.strip()}-{i}"))
    print(pid, flush=True)
    os.waitpid(pid, 0)
    print("killed", flush=True)
"""


@pytest.mark.sqlite
def test_killed_at_any_moment_leaves_a_whole_day(small: Workspace, now: datetime) -> None:
    run(small, now)
    rng = random.Random(8)
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", STORING, str(small.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        for attempt in range(30):
            process.stdin.write(f"{attempt}\n")
            process.stdin.flush()
            pid = int(process.stdout.readline())
            time.sleep(rng.uniform(0.02, 0.3))
            os.kill(pid, signal.SIGKILL)
            assert process.stdout.readline() == "killed\n"
            assert whole_days(small) >= 1
        process.stdin.close()
    assert whole_days(small) > 5  # some were stored before the kill: it did hit the writing
    with open_workspace(small.root) as again:
        assert len(read_day(again, DAY)["towns"]) == 9


def whole_days(ws: Workspace) -> int:
    """Return the number of stored revisions; every one of them must have all nine towns."""
    with open_workspace(ws.root) as again, again.read() as connection:
        towns = connection.execute(
            sa.text("select day_id, count(*) from day_towns group by day_id")
        ).all()
        stored = connection.execute(sa.select(sa.func.count()).select_from(days)).scalar_one()
    assert {count for _, count in towns} == {9}
    assert len(towns) == stored
    return int(stored)


def test_change_adds_up_when_the_scheme_lost_a_sector(small: Workspace, now: datetime) -> None:
    run(small, now, DAY - timedelta(days=1))
    with small.write() as connection:
        # as if yesterday's scheme had called 危化 by another name
        connection.execute(
            sa.text("update day_towns set document = replace(document, '\"危化\"', '\"化工\"')")
        )
    run(small, now)
    town = read_town_day(small, DAY, CENTRE)
    assert town["change"]["score"] == pytest.approx(0, abs=1e-9)
    assert sum(item["value"] for item in town["change_items"]) == pytest.approx(0, abs=1e-9)
    assert town["change_items"][-1]["factor"] == "other"
