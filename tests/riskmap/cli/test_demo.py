"""The demo: weeks lived through and published, days that a second run leaves as they are."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


def riskmap(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("RISKMAP_")}
    return subprocess.run(
        [sys.executable, "-m", "riskmap", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def days(folder: Path) -> list[tuple[str, int, str]]:
    """Return (date, revision, digest) of every stored day."""
    store = sqlite3.connect(folder / "riskmap.db")
    try:
        rows = store.execute("select date, revision, digest from days order by date, revision")
        return [tuple(row) for row in rows]
    finally:
        store.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which `riskmap demo` has run for two weeks and two days."""
    folder = tmp_path_factory.mktemp("demo")
    words = ("demo", "here", "--date", "2026-06-30", "--no-serve")
    done = riskmap(*words, "--weeks", "2", "--days", "2", folder=folder)
    assert done.returncode == 0, done.stderr
    stated = "RISKMAP_NOW=2026-06-12T17:00:00+08:00"
    assert f"$ {stated} riskmap import towns raw/towns.zip" in done.stdout
    assert "$ riskmap record accidents raw/accidents.csv" in done.stdout
    return folder


def test_the_demo_leaves_computed_days_and_fills_only_what_is_missing(demo: Path) -> None:
    first = days(demo / "here")
    assert [row[:2] for row in first] == [("2026-06-29", 1), ("2026-06-30", 1)]
    words = ("demo", "here", "--date", "2026-06-30", "--no-serve")
    again = riskmap(*words, "--days", "3", folder=demo)
    assert again.returncode == 0, again.stderr
    assert "riskmap import" not in again.stdout
    assert [row[:2] for row in days(demo / "here")] == [("2026-06-28", 1), *[r[:2] for r in first]]
    assert days(demo / "here")[1:] == first


def test_each_week_was_published_with_what_was_known_at_its_cut_off(demo: Path) -> None:
    shown = riskmap("-w", "here", "weekly", "show", "--week", "2026-W26", "--json", folder=demo)
    assert shown.returncode == 0, shown.stderr
    week = json.loads(shown.stdout)
    assert week["known_until"] == week["window"]["end"] == "2026-06-26T17:00:00+08:00"
    assert (week["preliminary"], week["district"]["known"]) == (False, 11)
    assert week["published_at"].startswith("2026-06-26T17:40")
    assert all(town["previous"]["week"] == "2026-W25" for town in week["towns"])
    late = {
        one["name"]: [gap["indicator"] for gap in one["missing"]] for one in week["departments"]
    }
    assert late["安委办"] == ["A3.2"]
    again = riskmap("-w", "here", "replay", "2026-W26", folder=demo)
    assert again.returncode == 0, again.stderr


def test_a_demo_day_takes_the_index_of_the_published_week(demo: Path) -> None:
    store = sqlite3.connect(demo / "here" / "riskmap.db")
    try:
        text = store.execute("select document from days where date = '2026-06-30'").fetchone()[0]
    finally:
        store.close()
    assert "2026-W26" in text


def test_a_published_demo_day_replays(demo: Path) -> None:
    done = riskmap("-w", "here", "replay", "2026-06-29", folder=demo)
    assert done.returncode == 0, done.stderr


def test_a_taken_address_is_one_clear_line(demo: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = riskmap("-w", "here", "serve", "--port", str(port), folder=demo)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_shelters_alone_is_coverage(demo: Path) -> None:
    alone = riskmap("-w", "here", "shelters", "--json", folder=demo)
    named = riskmap("-w", "here", "shelters", "coverage", "--json", folder=demo)
    assert alone.returncode == named.returncode == 0, alone.stderr
    assert json.loads(alone.stdout) == json.loads(named.stdout)
    assert len(json.loads(alone.stdout)["towns"]) == 11
