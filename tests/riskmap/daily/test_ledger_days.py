"""The day sees what was done in the ledger: then as it was then, and corrected as corrected."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from riskmap.access.actors import Actor, Role
from riskmap.daily.facts import load_records
from riskmap.ledger.dangers import act, report
from riskmap.ledger.versions import Danger
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.dangers import Dangers, read_dangers
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace

ZONE = ZoneInfo("Asia/Shanghai")
DUTY = Actor("zhou", "周值班", Role.DUTY)
CODES = ("339999005", "339999006")
GENERAL, OVERDUE, MAJOR, MAJOR_OVERDUE = range(4)


def at(day: int, hour: int = 9, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def seen(ws: Workspace, moment: datetime, known: datetime) -> Dangers:
    """Return the dangers of a moment as known at another."""
    scheme = scheme_in_use(ws)
    sectors = tuple(sector.code for sector in scheme.sectors)
    places = Places(CODES, ("中央镇", "正东镇"), sectors, scheme.domains)
    asked = Moment(moment.date(), pd.Timestamp(moment), pd.Timestamp(known))
    rows = load_records(ws, asked).tables["hidden_dangers"]
    return read_dangers(rows, places, asked, scheme)


def counts(ws: Workspace, moment: datetime, known: datetime) -> list[list[float]]:
    """Return the four columns of the backlog of each town."""
    return np.asarray(seen(ws, moment, known).backlog).sum(axis=1).tolist()


def found(ws: Workspace, **fields: object) -> Danger:
    given = {
        "found_at": "2026-06-01T08:00", "town": "中央镇", "domain": "消防", "grade": "general",
        "description": "通道堵塞", "deadline": "2026-06-10",
    }  # fmt: skip
    return report(ws, DUTY, given | fields, now=at(1))


def then(ws: Workspace, danger: Danger, action: str, now: datetime, **fields: object) -> Danger:
    actor = Actor("wu", "吴值班", Role.DUTY) if action == "extend_approve" else DUTY
    held = fields.pop("held_at", None)
    return act(
        ws, actor, danger.number, action, fields, version=danger.version, held_at=held, now=now
    )  # type: ignore[arg-type]  # held_at is a moment here


NONE = [0.0, 0.0, 0.0, 0.0]


def test_an_extension_does_not_undo_that_it_was_overdue(bare: Workspace) -> None:
    danger = then(bare, found(bare), "assign", at(2), responsible_unit="物业")
    asked = then(bare, danger, "extend_ask", at(12), extension_until="2026-06-20", comment="料")
    then(bare, asked, "extend_approve", at(14))
    late, in_time = [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]
    assert counts(bare, at(9), at(30)) == [in_time, NONE]
    assert counts(bare, at(13), at(30)) == [late, NONE]  # it was overdue then, and stays so
    assert counts(bare, at(15), at(30)) == [in_time, NONE]
    assert counts(bare, at(15), at(13)) == [late, NONE]  # the approval was not known yet
    assert counts(bare, at(21), at(30)) == [late, NONE]


def test_a_corrected_fact_changes_the_next_computation_of_a_past_day(bare: Workspace) -> None:
    danger = then(bare, found(bare), "assign", at(2), responsible_unit="物业")
    then(
        bare, danger, "edit", at(20), town="正东镇", grade="major",
        found_at="2026-05-30T08:00", comment="报错了",
    )  # fmt: skip
    before, after = [[1.0, 0, 0, 0], NONE], [NONE, [0.0, 0, 1, 0]]
    assert counts(bare, at(5), at(19)) == before
    assert counts(bare, at(5), at(20)) == after
    assert counts(bare, at(31, month=5), at(19)) == [NONE, NONE]
    assert counts(bare, at(31, month=5), at(20)) == after
    assert counts(bare, at(15), at(20)) == [NONE, [0.0, 0, 0, 1]]


def test_reported_late_it_was_open_since_it_was_found(bare: Workspace) -> None:
    found(bare, found_at="2026-05-28T08:00")
    assert counts(bare, at(30, month=5), at(1)) == [[1.0, 0, 0, 0], NONE]
    assert counts(bare, at(30, month=5), at(1) - timedelta(hours=1)) == [NONE, NONE]


def test_the_deadline_of_the_ledger_is_that_of_the_day(bare: Workspace) -> None:
    danger = report(
        bare, DUTY,
        {"found_at": "2026-06-01", "town": "中央镇", "domain": "消防", "grade": "general",
         "description": "通道堵塞"},
        now=at(1),
    )  # fmt: skip
    assert danger.record["deadline"] == date(2026, 6, 16)
    assert counts(bare, at(16), at(30))[0] == [1.0, 0, 0, 0]
    assert counts(bare, at(17), at(30))[0] == [0.0, 1, 0, 0]
