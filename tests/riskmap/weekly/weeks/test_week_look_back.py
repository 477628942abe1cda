"""A week as of a moment before what is known of it is printed, never stored or published."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from riskmap.cli.main import app
from riskmap.errors import LookBackError, RiskmapError
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.publishing import waiting_draft
from riskmap.weekly.replaying import replay_week
from riskmap.weekly.weeks import list_revisions, read_week
from tests.riskmap.weekly.weeks.conftest import (
    CODES,
    CUTOFF,
    MONDAY,
    OFFICE,
    WEEK,
    WeekDistrict,
    usual_week,
)

HOUR = timedelta(hours=1)


def test_a_draft_keeps_its_place(either: WeekDistrict) -> None:
    usual_week(either)
    shown = either.compute()
    back = compute_week(either.ws, WEEK, now=MONDAY, as_of=CUTOFF - HOUR / 2)
    with pytest.raises(LookBackError, match=r"只计到 .*T16:30.*第 1 版计到 .*T17:00"):
        store_week(either.ws, OFFICE, back, now=MONDAY)
    assert read_week(either.ws, WEEK) == shown
    assert either.publish().revision == 1
    with pytest.raises(LookBackError):
        store_week(either.ws, OFFICE, back, now=MONDAY)


def test_a_correction_that_knows_less(either: WeekDistrict) -> None:
    """Two late numbers; as of between them the correction that counts both keeps its place."""
    usual_week(either)
    either.compute()
    either.publish()
    first, second = MONDAY + HOUR, MONDAY + 2 * HOUR
    either.deliver(WEEK, {CODES[2]: 0.9}, learnt=first)
    either.deliver(WEEK, {CODES[2]: 0.95}, learnt=second)
    now = second + HOUR
    assert either.compute(now=now, reason="丙街道报送有误")["revision"] == 2
    between = compute_week(either.ws, WEEK, now=now, as_of=first, reason="只计第一次更正")
    with pytest.raises(LookBackError, match="第 2 版"):
        store_week(either.ws, OFFICE, between, now=now)
    assert either.publish(now=now).revision == 2

    assert store_week(either.ws, OFFICE, replace(between, as_of=None), now=now) == 3  # as before
    draft = waiting_draft(either.ws, WEEK, now)
    assert draft is not None
    assert (draft.revision, draft.hindrance, draft.cards) == (3, "behind", {})
    with pytest.raises(RiskmapError, match=r"比已发布的知道得少.*--reason"):
        either.publish(now=now)
    assert read_week(either.ws, WEEK)["revision"] == 2
    assert replay_week(either.ws, WEEK, 3).equal
    assert either.compute(now=now, reason="丙街道报送有误，再算")["revision"] == 4
    assert either.publish(now=now).revision == 4


def test_all_that_is_known_is_no_look_back(usual: WeekDistrict) -> None:
    """As of a moment after the last fact, then the usual way: the later one may be published."""
    usual.compute()
    usual.publish()
    usual.deliver(WEEK, {CODES[2]: 0.9}, learnt=MONDAY + HOUR)
    now = MONDAY + 3 * HOUR
    assert usual.compute(now=now, as_of=MONDAY + 2 * HOUR, reason="丙街道报送有误")["revision"] == 2
    usual.publish(now=now)
    again = usual.compute(now=now, reason="丙街道报送有误，改写理由")
    assert again["known_until"] < "2026-06-15T11:00"
    assert usual.publish(now=now).revision == 3


def test_the_command_prints_it(usual: WeekDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    usual.compute()
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(usual.ws.root))
    monkeypatch.setenv("RISKMAP_NOW", MONDAY.isoformat())
    words = ["weekly", "--week", WEEK, "--as-of", "2026-06-12T16:30"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("回看只显示，不入库：只计到 2026-06-12T16:30:00+08:00。第 1 版")
    assert "回看，计到 2026-06-12T16:30" in done.output
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (document["status"], document["revision"]) == ("look_back", None)
    assert len(list_revisions(usual.ws, WEEK)) == 1
