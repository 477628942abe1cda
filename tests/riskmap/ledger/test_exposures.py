"""每日曝光 by hand: what stands on the list, its numbers, and that an issue never changes."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from riskmap.errors import ForbiddenError, NotFoundError, RiskmapError
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.ledger.exposures import exposure_list, list_issues, publish_exposure, read_issue
from riskmap.ledger.states import State
from riskmap.ledger.versions import state_by
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW, REPORTER, add_photo

TODAY, YESTERDAY = date(2026, 6, 10), date(2026, 6, 9)
DAY = timedelta(days=1)


def add(ws: Workspace, found_at: str, domain: str = "消防", **more: Any) -> str:
    fields = {**FIELDS, "found_at": found_at, "domain": domain, "description": "问题", **more}
    return report(ws, DUTY, fields, now=NOW).number


def test_a_day_by_hand(ledger: Workspace) -> None:
    late = add(ledger, "2026-05-20T09:00", deadline="2026-06-05")
    act(ledger, DUTY, late, "expose", {}, version=1, now=NOW)
    open_ = add(ledger, "2026-06-09T23:59")
    very_late = add(ledger, "2026-05-10T09:00", deadline="2026-05-20")
    gone = add(ledger, "2026-06-01T09:00")
    act(ledger, DUTY, gone, "assign", {"responsible_unit": "甲"}, version=1, now=NOW)
    photo = add_photo(ledger, "a")
    act(ledger, DUTY, gone, "rectify", {"comment": "已清理"}, version=2, photos=[photo], now=NOW)
    fire = add(ledger, "2026-06-10T00:00")
    chemical = add(ledger, "2026-06-10T09:00", "危化", place="1 号罐区")
    found = exposure_list(ledger, TODAY)
    assert [(row["no"], row["number"]) for row in found["found"]] in (
        [(1, fire), (2, chemical)],
        [(1, chemical), (2, fire)],
    )
    assert [(row["no"], row["number"], row["overdue_days"]) for row in found["earlier"]] == [
        (3, late, 5),
        (4, very_late, 21),
        (5, open_, 0),
    ]
    assert [row["exposed"] for row in found["earlier"]] == [True, False, False]
    assert found["enough_domains"]
    assert {part["domain"]: part["count"] for part in found["domains"]} == {"消防": 1, "危化": 1}
    assert found["found"][0]["town_name"] == "西湖街道"
    assert "周值班" not in str(found)
    before = exposure_list(ledger, YESTERDAY)
    assert [row["number"] for row in before["found"]] == [open_]
    assert gone in [row["number"] for row in before["earlier"]]  # not yet rectified that day


def test_fewer_than_two_domains_is_said(ledger: Workspace) -> None:
    add(ledger, "2026-06-10T08:00")
    found = exposure_list(ledger, TODAY)
    assert not found["enough_domains"]
    assert found["note"] == "当日发现的隐患只涉及 1 个领域（消防），不足两个领域"
    assert "没有" in exposure_list(ledger, TODAY + DAY)["note"]
    assert exposure_list(ledger, TODAY, NOW - DAY)["found"] == []


def test_issues_are_numbered_and_never_change(ledger: Workspace) -> None:
    first = add(ledger, "2026-06-10T08:00")
    issue = publish_exposure(ledger, DUTY, TODAY, now=NOW)
    assert (issue.issue, issue.already, issue.passed) == (1, False, ())
    assert read_danger(ledger, first).state is State.EXPOSED
    assert read_danger(ledger, first).steps[-1].comment == "每日曝光第 1 期"
    add(ledger, "2026-06-10T09:00", "危化")
    again = publish_exposure(ledger, DUTY, TODAY, now=NOW + DAY)
    assert (again.issue, again.already) == (1, True)
    assert again.document == issue.document
    assert len(exposure_list(ledger, TODAY)["found"]) == 2
    second = publish_exposure(ledger, DUTY, TODAY + DAY, now=NOW + DAY)
    assert second.issue == 2
    assert list_issues(ledger) == [(2, TODAY + DAY), (1, TODAY)]
    stored = read_issue(ledger, TODAY)
    assert stored is not None
    assert stored.document == issue.document
    assert read_issue(ledger, YESTERDAY) is None


def test_a_publication_cut_short_is_finished_by_the_next(
    ledger: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = add(ledger, "2026-06-10T08:00")
    with monkeypatch.context() as broken:
        broken.setattr("riskmap.ledger.exposures._expose", lambda *_: ())
        publish_exposure(ledger, DUTY, TODAY, now=NOW)
    assert read_danger(ledger, number).state is State.FOUND
    again = publish_exposure(ledger, DUTY, TODAY, now=NOW)
    assert (again.issue, again.already) == (1, True)
    assert read_danger(ledger, number).state is State.EXPOSED
    assert publish_exposure(ledger, DUTY, TODAY, now=NOW).passed == ()
    assert len(read_danger(ledger, number).steps) == 2


def test_what_only_a_file_closed_later_was_open_before() -> None:
    end = NOW
    row = {"state": "closed", "closed_at": NOW + DAY, "rectified_at": None}
    assert state_by(row, end) is State.FOUND
    assert state_by(row, end + DAY) is State.CLOSED
    row |= {"rectified_at": NOW - DAY}
    assert state_by(row, end) is State.RECHECKED
    row = {"state": "rectified", "closed_at": None, "rectified_at": NOW + DAY}
    assert (state_by(row, end), state_by(row, end + DAY)) == (State.FOUND, State.RECTIFIED)


def test_who_may_publish_and_what_is_empty(ledger: Workspace) -> None:
    with pytest.raises(ForbiddenError):
        publish_exposure(ledger, REPORTER, TODAY, now=NOW)
    with pytest.raises(NotFoundError, match="没有可曝光"):
        publish_exposure(ledger, DUTY, TODAY, now=NOW)
    with pytest.raises(RiskmapError, match="还没有到"):
        publish_exposure(ledger, DUTY, TODAY + DAY, now=NOW)
    assert list_issues(ledger) == []


def test_two_offices_at_once_publish_one_issue(ledger: Workspace) -> None:
    for hour in range(3):
        add(ledger, f"2026-06-10T0{hour}:00")
    issues: list[tuple[int, bool]] = []

    def publish(day: date) -> None:
        done = publish_exposure(ledger, DUTY, day, now=NOW + DAY)
        issues.append((done.issue, done.already))

    days = [TODAY, TODAY, TODAY + DAY, TODAY + DAY]
    threads = [threading.Thread(target=publish, args=(day,)) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(issues) == [(1, False), (1, True), (2, False), (2, True)]
