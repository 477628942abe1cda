"""作废: what was reported by mistake or twice counts nowhere, is not deleted, and can come back."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.daily.facts import load_records
from riskmap.errors import FieldsError, ForbiddenError, TransitionError
from riskmap.ledger.danger_list import list_dangers
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.ledger.due_now import due_now
from riskmap.ledger.exposures import exposure_list
from riskmap.ledger.numbering import seen_number
from riskmap.ledger.reminders import due_soon
from riskmap.ledger.states import State
from riskmap.ledger.versions import Danger
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.dangers import read_dangers
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, EAST_TOWN, FIELDS, INSPECTOR, NOW, WEST_TOWN

LATER = NOW + timedelta(days=30)
VOID = {"comment": "与另一条重复"}


def twice(ws: Workspace) -> tuple[Danger, Danger]:
    """Return the danger, and the same reported once more; both are overdue at `LATER`."""
    return report(ws, DUTY, FIELDS, now=NOW), report(ws, DUTY, FIELDS, now=NOW)


def backlog(ws: Workspace, at: datetime, known: datetime) -> int:
    """Return how many dangers count at a moment as known at another."""
    scheme = scheme_in_use(ws)
    places = Places((WEST_TOWN, EAST_TOWN), ("西", "东"), scheme.sector_codes, scheme.domains)
    at, known = (pd.Timestamp(one).tz_convert(ws.settings.zone) for one in (at, known))
    moment = Moment(at.date(), at, known)
    rows = load_records(ws, moment).tables["hidden_dangers"]
    return int(read_dangers(rows, places, moment, scheme).backlog.sum())


def numbers(ws: Workspace, state: str | None = None, overdue: bool | None = None) -> list[str]:
    page = list_dangers(ws, DUTY, state=state, overdue=overdue, now=LATER)
    return [row.number for row in page.rows]


def test_it_counts_nowhere_from_then_on_and_never_did(ledger: Workspace) -> None:
    kept, again = twice(ledger)
    today = LATER.astimezone(ledger.settings.zone).date()
    assert len(due_now(ledger, LATER)) == len(due_soon(ledger, today)) == 2
    void = act(ledger, DUTY, again.number, "void", VOID, version=1, now=LATER)
    assert (void.state, void.version, void.record["number"]) == (State.VOID, 2, again.number)
    assert backlog(ledger, LATER, LATER) == 1
    assert backlog(ledger, NOW + timedelta(days=5), LATER) == 1  # it was never there
    assert backlog(ledger, NOW + timedelta(days=5), LATER - timedelta(hours=1)) == 2
    for shown in ("open", "not_rectified", "found"):
        assert numbers(ledger, shown) == [kept.number]
    assert numbers(ledger, overdue=True) == [kept.number]
    assert numbers(ledger, "void") == [again.number]
    assert set(numbers(ledger)) == {kept.number, again.number}  # nothing is deleted
    [row] = list_dangers(ledger, DUTY, state="void", now=LATER).rows
    assert (row.overdue_days, row.remind) == (0, None)
    assert [one.number for one in due_now(ledger, LATER)] == [kept.number]
    assert [one.number for one in due_soon(ledger, today)] == [kept.number]
    for day in (date(2026, 6, 10), today):
        listed = exposure_list(ledger, day)
        assert [one["number"] for one in (*listed["found"], *listed["earlier"])] == [kept.number]
    assert [step.action for step in read_danger(ledger, again.number).steps] == ["report", "void"]


def test_it_can_come_back_as_it_was(ledger: Workspace) -> None:
    _, again = twice(ledger)
    act(ledger, DUTY, again.number, "void", VOID, version=1, now=LATER)
    fields = {"comment": "不是同一处"}
    with pytest.raises(FieldsError, match="责任单位"):
        act(ledger, DUTY, again.number, "reopen", fields, version=2, now=LATER)
    fields |= {"responsible_unit": "物业"}
    back = act(ledger, DUTY, again.number, "reopen", fields, version=2, now=LATER)
    assert (back.state, back.record["responsible_unit"]) == (State.ASSIGNED, "物业")
    assert backlog(ledger, LATER, LATER) == 2
    assert backlog(ledger, NOW + timedelta(days=5), LATER) == 2  # it was there all along


def test_only_the_office_and_not_what_is_done(ledger: Workspace) -> None:
    kept, again = twice(ledger)
    with pytest.raises(ForbiddenError):
        act(ledger, INSPECTOR, again.number, "void", VOID, version=1, now=LATER)
    with pytest.raises(FieldsError, match="说明"):
        act(ledger, DUTY, again.number, "void", {}, version=1, now=LATER)
    act(ledger, DUTY, again.number, "void", VOID, version=1, now=LATER)
    for action in ("void", "edit", "assign"):
        with pytest.raises(TransitionError, match="已作废"):
            act(ledger, DUTY, again.number, action, VOID, version=2, now=LATER)
    assert read_danger(ledger, kept.number).state is State.FOUND


def test_a_handed_over_danger_keeps_its_deadline(ledger: Workspace) -> None:
    """交办 after 移送 does not put off a deadline that stood: that takes two persons."""
    number = report(ledger, DUTY, FIELDS, now=NOW).number
    act(ledger, DUTY, number, "assign", {"responsible_unit": "甲"}, version=1, now=NOW)
    over = {"transferred_to": "住建局", "comment": "归口"}
    act(ledger, INSPECTOR, number, "transfer", over, version=2, now=NOW)
    fields = {"responsible_unit": "乙", "deadline": "2026-12-01"}
    with pytest.raises(FieldsError, match="申请延期"):
        act(ledger, INSPECTOR, number, "assign", fields, version=3, now=NOW)
    kept = act(ledger, INSPECTOR, number, "assign", {"responsible_unit": "乙"}, version=3, now=NOW)
    assert kept.record["deadline"] == date(2026, 6, 25)


def test_a_number_follows_the_day_in_the_district(ledger: Workspace) -> None:
    """Found at 23:30 on the 9th, reported on the 10th at 00:10; both on the 9th in UTC."""
    now = datetime(2026, 6, 9, 16, 10, tzinfo=UTC)
    danger = report(ledger, DUTY, FIELDS | {"found_at": "2026-06-09T23:30"}, now=now)
    assert "-20260609-" in danger.number
    assert danger.record["deadline"] == date(2026, 6, 24)
    after = report(ledger, DUTY, FIELDS | {"found_at": None}, now=now)
    assert "-20260610-" in after.number
    assert after.record["deadline"] == date(2026, 6, 25)


def test_an_action_is_not_dated_back_before_what_a_file_tells(ledger: Workspace) -> None:
    table = record_tables["hidden_dangers"]
    number = report(ledger, DUTY, FIELDS, now=NOW).number
    with ledger.write() as connection:  # as a file would have told it: rectified on the 12th
        row = connection.execute(sa.select(table).where(table.c.key == number)).mappings().one()
        told = dict(row) | {"state": "rectified", "rectified_at": NOW + timedelta(days=2)}
        told |= {"held_from": None, "learnt_at": LATER}
        del told["row_id"]
        connection.execute(sa.insert(table).values(**told))
    for days, expected in ((1, "早于上一步"), (3, None)):
        held = NOW + timedelta(days=days)
        try:
            act(
                ledger, DUTY, number, "recheck_pass", {"comment": "好"}, version=1,
                held_at=held, now=LATER,
            )  # fmt: skip
        except FieldsError as error:
            assert expected is not None and expected in str(error)
        else:
            assert expected is None


def test_a_number_9999_from_a_file_does_not_end_the_day(ledger: Workspace) -> None:
    first = report(ledger, DUTY, FIELDS, now=NOW).number
    with ledger.write() as connection:
        seen_number(connection, first[:-4] + "9999")
    second, third = (report(ledger, DUTY, FIELDS, now=NOW).number for _ in range(2))
    assert [one[-4:] for one in (first, second, third)] == ["0001", "0002", "0003"]


def test_what_is_opened_again_is_with_no_other_department(ledger: Workspace) -> None:
    _, again = twice(ledger)
    sent = {"transferred_to": "住建局", "comment": "属住建"}
    act(ledger, DUTY, again.number, "transfer", sent, version=1, now=LATER)
    act(ledger, DUTY, again.number, "void", VOID, version=2, now=LATER)
    fields = {"comment": "不是同一处", "responsible_unit": "物业"}
    back = act(ledger, DUTY, again.number, "reopen", fields, version=3, now=LATER)
    assert back.record["transferred_to"] is None
    assert again.number == back.number and back.steps[1].changes["transferred_to"][1] == "住建局"
