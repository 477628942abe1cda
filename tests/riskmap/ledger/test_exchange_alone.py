"""What one person cannot do with a file of dangers: put off, ask for another, check oneself."""

import json
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from riskmap.access.tables import audit
from riskmap.errors import FieldsError, ForbiddenError
from riskmap.ledger.danger_export import danger_xlsx
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.ledger.exchange import read_danger_files
from riskmap.ledger.states import State
from riskmap.records import file_audit
from riskmap.records.importing import RecordOutcome
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import ADMIN, DUTY, DUTY_2, FIELDS, NOW, REPORTER, add_photo
from tests.riskmap.ledger.test_exchange import DAY, FIRST, HEAD, HOUR, SECOND, take, xlsx

DUE = (*HEAD, "整改期限")
ASKED = (*HEAD, "申请延期至", "延期申请人")


def due(ws: Workspace, number: str) -> date:
    found: date = read_danger(ws, number).record["deadline"]
    return found


def rejects(outcome: RecordOutcome) -> list[tuple[int | None, str | None, str | None, str]]:
    return [
        (one.row, one.column, one.value, one.expected)
        for one in outcome.faults
        if one.severity == "reject"
    ]


def test_one_person_puts_nothing_off_by_file(ledger: Workspace) -> None:
    rows = [("局-1", *FIRST[1:], "2026-06-20"), ("局-2", *SECOND[1:], "2026-06-20")]
    take(ledger, rows, head=DUE)
    late = [("局-1", *FIRST[1:], "2026-06-21"), ("局-2", *SECOND[1:], "2026-06-19")]
    outcome = take(ledger, late, NOW + HOUR, head=DUE)
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (1, 1, 1)
    expected = "现在的期限是 2026-06-20；期限改晚只能由一人申请延期、另一人批准"
    assert rejects(outcome) == [(2, "整改期限", "2026-06-21", expected)]
    assert (due(ledger, "局-1"), due(ledger, "局-2")) == (date(2026, 6, 20), date(2026, 6, 19))
    local = read_danger_files(ledger, ADMIN, [ledger.root / "bureau.xlsx"], now=NOW + 2 * HOUR)
    assert (local.changed, local.rejected, due(ledger, "局-1")) == (1, 0, date(2026, 6, 21))
    again = take(ledger, late, NOW + DAY, head=DUE)  # the same as known: no word
    assert (again.changed, again.rejected, again.faults) == (0, 0, [])


def test_nor_by_what_the_deadline_follows_from(ledger: Workspace) -> None:
    head = (*HEAD, "整改时限类型")
    take(ledger, [("局-1", *FIRST[1:], "镇街")], head=head)
    longer = take(ledger, [("局-1", *FIRST[1:], "区级")], NOW + HOUR, head=head)
    assert [one[1] for one in rejects(longer)] == ["整改时限类型"]
    found = take(ledger, [("局-1", "2026-06-09 09:00", *FIRST[2:])], NOW + HOUR)
    assert [one[1] for one in rejects(found)] == ["发现时间"]
    own = take(ledger, [("局-1", *FIRST[1:], "2026-06-24")], NOW + HOUR, head=DUE)
    assert [one[1] for one in rejects(own)] == ["整改期限"]  # the term ends on the 23rd
    assert take(ledger, [("局-1", *FIRST[1:], "2026-06-23")], NOW + HOUR, head=DUE).rejected == 0
    cleared = take(ledger, [("局-1", *FIRST[1:], "2026-06-10")], NOW + HOUR, head=DUE)
    assert cleared.rejected == 0
    other = ("局-2", *SECOND[1:], "2026-06-20")
    empty = take(ledger, [("局-1", *FIRST[1:], ""), other], NOW + 2 * HOUR, head=DUE)
    assert (empty.rejected, rejects(empty)[0][1]) == (1, "整改期限")


def test_before_anybody_has_to_act_a_file_may_put_off(ledger: Workspace) -> None:
    found = (*FIRST[1:6], "已发现", "")
    take(ledger, [("局-1", *found, "2026-06-20")], head=DUE)
    outcome = take(ledger, [("局-1", *found, "2026-06-25")], NOW + HOUR, head=DUE)
    assert (outcome.changed, outcome.rejected) == (1, 0)
    take(ledger, [("局-1", *FIRST[1:], "2026-06-25")], NOW + 2 * HOUR, head=DUE)  # 整改中
    back = take(ledger, [("局-1", *found, "2026-06-25")], NOW + 3 * HOUR, head=DUE)
    assert (back.changed, read_danger(ledger, "局-1").state) == (1, State.FOUND)
    late = take(ledger, [("局-1", *found, "2026-06-26")], NOW + 4 * HOUR, head=DUE)
    assert (late.changed, late.rejected) == (0, 1)  # somebody had to act once


def test_a_moment_of_assigning_in_a_file_means_that_somebody_had_to_act(
    ledger: Workspace,
) -> None:
    """Its state alone, 已移送, would leave the deadline free."""
    head = (*DUE, "交办时间")
    sent = (*FIRST[1:6], "已移送", "", "2026-06-20")
    take(ledger, [("局-1", *sent, "2026-06-09 09:00"), ("局-2", *sent, "")], head=head)
    late = {"responsible_unit": "甲", "deadline": "2026-06-21"}
    for number in ("局-1", "局-2"):
        assert read_danger(ledger, number).state is State.TRANSFERRED
    with pytest.raises(FieldsError, match="不能改得比 2026-06-20 更晚"):
        act(ledger, DUTY, "局-1", "assign", late, version=1, now=NOW + HOUR)
    act(ledger, DUTY, "局-2", "assign", late, version=1, now=NOW + HOUR)
    assert (due(ledger, "局-1"), due(ledger, "局-2")) == (date(2026, 6, 20), date(2026, 6, 21))


def test_assigned_here_after_the_file(ledger: Workspace) -> None:
    take(ledger, [("局-1", *FIRST[1:6], "已发现", "", "2026-06-20")], head=DUE)
    act(ledger, DUTY, "局-1", "assign", {"responsible_unit": "甲"}, version=1, now=NOW + HOUR)
    late = [("局-1", *FIRST[1:6], "", "", "2027-03-01")]
    assert take(ledger, late, NOW + DAY, head=DUE).rejected == 1
    assert due(ledger, "局-1") == date(2026, 6, 20)


def test_no_file_says_who_asked_for_an_extension(ledger: Workspace) -> None:
    take(ledger, [("局-1", *FIRST[1:]), ("局-2", *SECOND[1:])])
    forged = [
        ("局-1", *FIRST[1:], "2027-05-01", "rep2"),
        ("局-3", *FIRST[1:], "2027-05-01", "rep2"),
    ]
    for actor in (DUTY, ADMIN):
        path = xlsx(ledger.root / "bureau.xlsx", forged, head=ASKED)
        outcome = read_danger_files(ledger, actor, [path], now=NOW + HOUR)
        assert outcome.rejected == 0
        notes = {(one.row, one.column, one.severity) for one in outcome.faults}
        columns = ("申请延期至", "延期申请人")
        assert {(2, name, "note") for name in columns} <= notes
        assert {(3, name, "note") for name in columns} <= notes
    for number in ("局-1", "局-3"):
        record = read_danger(ledger, number).record
        assert (record["extension_until"], record["extension_asked_by"]) == (None, None)


def test_what_was_asked_goes_out_and_in_again_without_a_word(ledger: Workspace) -> None:
    take(ledger, [("局-1", *FIRST[1:])])
    fields: dict[str, Any] = {"extension_until": "2026-07-20", "comment": "备料"}
    act(ledger, REPORTER, "局-1", "extend_ask", fields, version=1, now=NOW + HOUR)
    report(ledger, DUTY, FIELDS, now=NOW + HOUR)
    path = ledger.root / "export.xlsx"
    path.write_bytes(danger_xlsx(ledger, DUTY, now=NOW + HOUR))
    outcome = read_danger_files(ledger, DUTY, [path], now=NOW + DAY)
    assert (outcome.accepted, outcome.changed, outcome.faults) == (2, 0, [])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    row = next(r for r in range(2, 4) if sheet.cell(r, 1).value == "局-1")
    sheet.cell(row, heads.index("延期申请人") + 1).value = "zhao"
    sheet.cell(row, heads.index("隐患描述") + 1).value = "灭火器过期 3 具"
    book.save(path)
    book.close()
    outcome = read_danger_files(ledger, DUTY, [path], now=NOW + 2 * DAY)
    assert (outcome.changed, [one.severity for one in outcome.faults]) == (1, ["note"])
    record = read_danger(ledger, "局-1").record
    assert (record["extension_until"], record["extension_asked_by"], record["description"]) == (
        date(2026, 7, 20), REPORTER.login, "灭火器过期 3 具",
    )  # fmt: skip


def test_who_brings_rectified_by_file_does_not_check_it(ledger: Workspace) -> None:
    take(ledger, [("局-1", *FIRST[1:])])
    take(ledger, [("局-1", *FIRST[1:6], "已整改", "")], NOW + HOUR)
    checked: dict[str, Any] = {"comment": "已看"}
    for action in ("recheck_pass", "recheck_fail"):
        with pytest.raises(ForbiddenError, match="整改填报人以外"):
            act(ledger, DUTY, "局-1", action, checked, version=2, now=NOW + 2 * HOUR)
    read_danger_files(  # another column since, by another hand: who rectified stays who it was
        ledger,
        DUTY_2,
        [xlsx(ledger.root / "b.xlsx", [("局-1", *FIRST[1:5], "已换", "已整改", "")])],
        now=NOW + 2 * HOUR,
    )
    with pytest.raises(ForbiddenError):
        act(ledger, DUTY, "局-1", "recheck_pass", checked, version=3, now=NOW + 3 * HOUR)
    failed = act(ledger, DUTY_2, "局-1", "recheck_fail", checked, version=3, now=NOW + 3 * HOUR)
    assert failed.state is State.RETURNED
    photo = add_photo(ledger, "a")
    act(ledger, REPORTER, "局-1", "rectify", {"comment": "已换"}, version=4, photos=[photo],
        now=NOW + 4 * HOUR)  # fmt: skip
    passed = act(ledger, DUTY, "局-1", "recheck_pass", checked, version=5, now=NOW + 5 * HOUR)
    assert passed.state is State.RECHECKED


def test_the_audit_tells_every_change_of_a_file(
    ledger: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_audit, "ROWS_EACH", 2)
    rows = [(f"局-{i}", *FIRST[1:], "2026-06-20") for i in range(1, 6)]
    take(ledger, rows[:4], head=DUE)
    early = [(*row[:5], "灭火器过期 3 具", *row[6:-1], "2026-06-19") for row in rows[:3]]
    take(ledger, [*early, rows[3], rows[4]], NOW + HOUR, head=DUE)
    with ledger.read() as connection:
        query = sa.select(audit).where(audit.c.action == "danger.import").order_by(audit.c.number)
        told = [dict(row) for row in connection.execute(query).mappings()]
    assert {(row["actor"], row["subject"]) for row in told} == {("zhou", "file:bureau.xlsx")}
    before, after = ([json.loads(row[side]) for row in told] for side in ("before", "after"))
    assert after[0]["new"] == {"count": 4, "first": "局-1", "last": "局-4"}
    assert (after[1]["changed"], after[1]["new"]["count"]) == (4, 1)
    was, now = (
        {"deadline": day, "description": text}
        for day, text in (("2026-06-20", "灭火器过期"), ("2026-06-19", "灭火器过期 3 具"))
    )
    assert before == [{}, {}, {"局-1": was, "局-2": was}, {"局-3": was}]
    assert after[2:] == [{"局-1": now, "局-2": now}, {"局-3": now}]
