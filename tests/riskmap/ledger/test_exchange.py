"""Dangers from the bureau's files: numbers, versions, steps; what was done here is not undone."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from riskmap.access.tables import audit
from riskmap.errors import FieldsError, ForbiddenError
from riskmap.ledger.danger_export import danger_xlsx, masked
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.ledger.exchange import read_danger_files
from riskmap.ledger.exchange_merge import merge, shown_value
from riskmap.ledger.states import State
from riskmap.ledger.tables import danger_serials, danger_steps
from riskmap.records.importing import RecordOutcome
from riskmap.records.reading import read_records
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import (
    ADMIN,
    DUTY,
    EASTERNER,
    FIELDS,
    INSPECTOR,
    NOW,
    REPORTER,
    VIEWER,
    WEST_TOWN,
    add_photo,
)

HEAD = ("隐患编号", "发现时间", "所属镇街", "行业领域", "隐患等级", "隐患描述", "状态", "销号时间")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Row = tuple[Any, ...]
FIRST: Row = ("", "2026-06-08 09:00", "西湖街道", "消防", "一般", "灭火器过期", "整改中", "")
SECOND: Row = ("", "2026-06-08 10:00", "西湖街道", "危化", "重大", "静电接地不良", "待整改", "")


def xlsx(path: Path, rows: list[Row], head: tuple[str, ...] = HEAD) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (head, *rows):
        sheet.append(row)
    book.save(path)
    book.close()
    return path


def take(ws: Workspace, rows: list[Row], now: datetime = NOW, **options: Any) -> RecordOutcome:
    path = xlsx(ws.root / "bureau.xlsx", rows, **options)
    return read_danger_files(ws, DUTY, [path], now=now)


def reported(ws: Workspace) -> str:
    return report(ws, REPORTER, FIELDS, now=NOW).number


def test_rows_without_a_number_get_one_and_keep_it(ledger: Workspace) -> None:
    number = report(ledger, REPORTER, {**FIELDS, "found_at": "2026-06-08T08:00"}, now=NOW).number
    assert number == "330106-001-20260608-0001"
    outcome = take(ledger, [FIRST, SECOND], NOW + HOUR)
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (2, 2, 0)
    numbers = ["330106-001-20260608-0002", "330106-001-20260608-0003"]
    assert read_records(ledger, "hidden_dangers")["number"].tolist() == [number, *numbers]
    again = take(ledger, [SECOND, FIRST], NOW + DAY)
    assert (again.accepted, again.changed) == (2, 0)
    changed = (*FIRST[:6], "已销号", "2026-06-09 16:00")
    more = take(ledger, [changed, SECOND], NOW + 2 * DAY)
    assert more.changed == 1
    danger = read_danger(ledger, numbers[0])
    assert (danger.version, danger.state) == (2, State.CLOSED)
    assert [(step.action, step.before, step.after) for step in danger.steps] == [
        ("import", None, State.ASSIGNED),
        ("import", State.ASSIGNED, State.CLOSED),
    ]
    assert set(danger.steps[1].changes) == {"state", "closed_at"}
    assert danger.steps[1].actor == DUTY.login
    assert report(
        ledger, REPORTER, {**FIELDS, "found_at": "2026-06-08T11:00"}, now=NOW + 2 * DAY
    ).number.endswith("-0004")


def test_numbers_of_a_file_raise_the_serial(ledger: Workspace) -> None:
    rows = [("330106-001-20260610-0041", *FIRST[1:]), ("局-17", *SECOND[1:])]
    assert take(ledger, rows).changed == 2
    assert reported(ledger) == "330106-001-20260610-0042"
    assert read_danger(ledger, "局-17").state is State.ASSIGNED
    with ledger.read() as connection:
        heads = connection.execute(sa.select(danger_serials.c.prefix)).scalars().all()
    assert "330106-001-20260610" in heads


def test_the_loop_goes_on_after_an_import(ledger: Workspace) -> None:
    take(ledger, [FIRST])
    number = read_records(ledger, "hidden_dangers")["number"].iloc[0]
    photo = add_photo(ledger, "a")
    done = act(
        ledger, REPORTER, number, "rectify", {"comment": "已更换"}, version=1, photos=[photo],
        now=NOW + HOUR,
    )  # fmt: skip
    assert (done.version, done.state) == (2, State.RECTIFIED)


def test_an_older_table_does_not_undo_what_was_done_here(ledger: Workspace) -> None:
    take(ledger, [FIRST])
    number = read_records(ledger, "hidden_dangers")["number"].iloc[0]
    photo = add_photo(ledger, "a")
    act(
        ledger, REPORTER, number, "rectify", {"comment": "已更换"}, version=1, photos=[photo],
        now=NOW + HOUR,
    )  # fmt: skip
    outcome = take(ledger, [FIRST], NOW + DAY)
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (1, 0, 0)
    [note] = outcome.faults
    assert (note.severity, note.row) == ("note", 2)
    assert "状态" in note.expected
    assert read_danger(ledger, number).state is State.RECTIFIED


def test_a_row_that_contradicts_is_refused_with_both(ledger: Workspace) -> None:
    take(ledger, [FIRST, SECOND])
    number = read_records(ledger, "hidden_dangers")["number"].iloc[0]
    photo = add_photo(ledger, "a")
    act(
        ledger, REPORTER, number, "rectify", {"comment": "已更换"}, version=1, photos=[photo],
        now=NOW + HOUR,
    )  # fmt: skip
    closed = (number, *FIRST[1:6], "已销号", "2026-06-10 09:00")
    second = (*SECOND[:6], "已销号", "2026-06-10 09:30")
    outcome = take(ledger, [closed, second], NOW + DAY)
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (1, 1, 1)
    refused = [fault for fault in outcome.faults if fault.severity == "reject"]
    assert [(fault.row, fault.column, fault.value) for fault in refused] == [(2, "状态", "已销号")]
    assert "已整改" in refused[0].expected
    assert outcome.rejects_file is not None
    assert "灭火器过期" in outcome.rejects_file.read_text("utf-8-sig")
    assert read_danger(ledger, number).version == 2


def test_a_column_that_only_the_file_changed_is_taken(ledger: Workspace) -> None:
    number = "局-1"
    take(ledger, [(number, *FIRST[1:])])
    act(
        ledger, DUTY, number, "edit", {"comment": "补充", "place": "二楼"}, version=1,
        now=NOW + HOUR,
    )  # fmt: skip
    outcome = take(ledger, [(number, *FIRST[1:5], "灭火器过期 3 具", *FIRST[6:])], NOW + DAY)
    assert (outcome.changed, outcome.rejected) == (1, 0)
    danger = read_danger(ledger, number)
    assert danger.record["description"] == "灭火器过期 3 具"
    assert danger.record["place"] == "二楼"
    assert danger.record["held_from"] == NOW + DAY
    before = read_records(ledger, "hidden_dangers", at=NOW + 2 * HOUR)
    assert before["description"].tolist() == ["灭火器过期"]


def test_a_column_the_file_does_not_have_keeps_its_value(ledger: Workspace) -> None:
    head = (*HEAD, "责任单位", "整改期限")
    take(ledger, [("局-1", *FIRST[1:], "甲厂", "2026-06-20")], head=head)
    take(ledger, [("局-1", *FIRST[1:3], "危化", *FIRST[4:])], NOW + DAY)
    record = read_danger(ledger, "局-1").record
    assert (record["domain"], record["responsible_unit"]) == ("危化", "甲厂")
    assert record["deadline"].isoformat() == "2026-06-20"
    take(ledger, [("局-1", *FIRST[1:6])], NOW + 2 * DAY, head=HEAD[:6])
    assert read_danger(ledger, "局-1").state is State.ASSIGNED


def test_bad_rows(ledger: Workspace) -> None:
    head = (*HEAD, "经度", "纬度")
    rows = [
        ("局-1", "1999-12-31 23:59", *FIRST[2:], 120.05, 30.05),
        ("局-2", *FIRST[1:], 121.5, 30.05),
        ("局-3", *FIRST[1:5], "=1+1<script>", *FIRST[6:], 120.05, 30.05),
    ]
    outcome = take(ledger, rows, head=head)
    assert (outcome.accepted, outcome.rejected) == (2, 1)
    said = {(fault.row, fault.severity): fault.expected for fault in outcome.faults}
    assert "2000" in said[2, "reject"]
    assert "本区之外" in said[3, "note"]
    found = read_records(ledger, "hidden_dangers").set_index("key")
    assert found["lon"].isna().to_dict() == {"局-2": True, "局-3": False}


def test_audit_and_who_may(ledger: Workspace) -> None:
    take(ledger, [FIRST])
    with ledger.read() as connection:
        query = sa.select(audit.c.actor, audit.c.subject).where(audit.c.action == "danger.import")
        assert [tuple(row) for row in connection.execute(query)] == [("zhou", "file:bureau.xlsx")]
    for actor in (REPORTER, INSPECTOR, VIEWER):
        with pytest.raises(ForbiddenError):
            read_danger_files(ledger, actor, [ledger.root / "bureau.xlsx"], now=NOW)


def test_what_a_file_says_is_assigned_is_not_put_off_alone(ledger: Workspace) -> None:
    """The bureau's 整改中 comes without a moment of 交办; 移送 makes its term no freer."""
    take(ledger, [FIRST])
    number = str(read_records(ledger, "hidden_dangers")["number"].iloc[0])
    fields = {"transferred_to": "住建局", "comment": "移送"}
    danger = act(ledger, DUTY, number, "transfer", fields, version=1, now=NOW + HOUR)
    assert danger.record["assigned_at"] is None
    late = {"responsible_unit": "物业", "deadline": "2026-06-24"}
    with pytest.raises(FieldsError, match="不能改得比 2026-06-23 更晚"):
        act(ledger, DUTY, number, "assign", late, version=2, now=NOW + HOUR)


def test_export_and_back_again_changes_nothing(ledger: Workspace) -> None:
    moment = datetime(2026, 6, 9, 1, 2, 3, 456789, tzinfo=UTC)
    fields = {**FIELDS, "found_at": moment, "description": "=HYPERLINK(1)", "lon": 120.05,
              "lat": 30.05, "place": "1 号楼"}  # fmt: skip
    number = report(ledger, REPORTER, fields, now=NOW).number
    act(ledger, DUTY, number, "assign", {"responsible_unit": "甲厂", "responsible_person": "李四"},
        version=1, now=NOW)  # fmt: skip
    take(ledger, [FIRST, SECOND])
    content = danger_xlsx(ledger, DUTY, now=NOW + HOUR)
    path = ledger.root / "export.xlsx"
    path.write_bytes(content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = list(book.active.iter_rows())  # type: ignore[union-attr]  # one sheet
    assert {cell.data_type for row in cells for cell in row} <= {"s", "n", "d"}  # no formula
    rows = [[cell.value for cell in row] for row in cells]
    book.close()
    assert len(rows) == 4
    shown = dict(zip(rows[0], rows[3], strict=True))
    assert (shown["隐患描述"], shown["责任人"], shown["状态"], shown["所属镇街"]) == (
        "=HYPERLINK(1)", "李四", "已交办", "西湖街道",
    )  # fmt: skip
    assert shown["发现时间"] == datetime(2026, 6, 9, 9, 2, 3)  # a date, not a text
    assert shown["整改期限"] == datetime(2026, 6, 24)
    outcome = read_danger_files(ledger, ADMIN, [path], now=NOW + DAY)
    assert outcome.faults == []
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (3, 0, 0)
    assert outcome.faults == []


def test_export_gives_each_their_own(ledger: Workspace) -> None:
    reported(ledger)

    def rows(content: bytes) -> int:
        book = openpyxl.load_workbook(io.BytesIO(content))
        count: int = book.active.max_row - 1  # type: ignore[union-attr]  # one sheet
        book.close()
        return count

    assert rows(danger_xlsx(ledger, REPORTER, now=NOW)) == 1
    assert rows(danger_xlsx(ledger, EASTERNER, now=NOW)) == 0
    with pytest.raises(ForbiddenError):
        danger_xlsx(ledger, VIEWER, now=NOW)
    assert masked("李四") == "李*"
    assert masked(None) is None


def test_merge_by_hand() -> None:
    base = {"source": "a.xlsx:2", "town": WEST_TOWN, "place": None, "state": "assigned"}
    later = {**base, "source": "ledger:1#2", "place": "二楼", "state": "returned"}
    columns = ("town", "place", "state")

    def merged(**said: Any) -> tuple[dict[str, Any], tuple[str, ...], dict[str, Any]]:
        found = merge({"town": WEST_TOWN, **said}, [base, later], columns)
        return dict(found.taken), found.kept, dict(found.refused)

    assert merged() == ({}, (), {})
    assert merged(state="整改中") == ({}, (), {})
    assert merged(state="assigned") == ({}, ("state",), {})
    assert merged(place="三楼") == ({}, (), {"place": ("三楼", "二楼")})
    assert merged(town="330106002") == ({"town": "330106002"}, (), {})
    assert merged(state="closed") == ({}, (), {"state": ("closed", "returned")})
    assert shown_value("state", "closed", UTC) == "已销号"
    assert shown_value("place", None, UTC) == "空"


def test_steps_are_one_per_version(ledger: Workspace) -> None:
    take(ledger, [FIRST, SECOND])
    with ledger.read() as connection:
        rows = connection.execute(
            sa.select(danger_steps.c.version, danger_steps.c.action, danger_steps.c.state_after)
        ).all()
    assert [tuple(row) for row in rows] == [(1, "import", "assigned")] * 2
