"""Forms taken into the records: all or nothing, corrections, the cut-off, who may."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, anonymous, command_line
from riskmap.access.tables import audit as audit_rows
from riskmap.errors import FieldsError, ForbiddenError, NotFoundError, SignInError
from riskmap.places import Places
from riskmap.records.reading import read_records
from riskmap.schemes import weekly_rules
from riskmap.storage.database import record_tables
from riskmap.weekly import measuring
from riskmap.weekly.deliveries.delivered import TownsOf, deliveries, stand_ins
from riskmap.weekly.deliveries.delivering import DeliveryOutcome, Sent, deliver
from riskmap.weekly.deliveries.delivery_form import (
    LARGEST_SHARE,
    ColumnRole,
    FormColumn,
    columns_of,
    reported,
    reporting,
    sheet_names,
)
from riskmap.weekly.measuring import measure_week
from riskmap.weekly.moments import week_moment
from riskmap.workspace import Workspace

ZONE = ZoneInfo("Asia/Shanghai")
WEEK, FIRE, OFFICE = "2026-W24", "消防救援大队", "应急管理局"
WEST, EAST, NORTH = "339901001", "339901002", "339901003"
NOW, CUTOFF = (datetime(2026, 6, day, hour, tzinfo=ZONE) for day, hour in ((11, 10), (12, 17)))
ROOT = command_line("root")

Deliver = Callable[..., DeliveryOutcome]


@pytest.fixture
def send(reporting_district: Workspace, form: bytes, typing_into: Callable[..., bytes]) -> Deliver:
    """Type into one sheet of the form and send it."""

    def sending(
        cells: Mapping[str, Any], now: datetime = NOW, sheet: str = FIRE, actor: Actor = ROOT
    ) -> DeliveryOutcome:
        def typing(one: Any) -> None:
            for cell, value in cells.items():
                one[cell] = value

        sent = Sent("消防.xlsx", typing_into(form, typing, sheet))
        return deliver(reporting_district, actor, [sent], week=WEEK, now=now)

    return sending


def stored(ws: Workspace, known_until: datetime | None = None) -> dict[str, tuple[Any, ...]]:
    rows = read_records(ws, "indicators", known_until)
    names = ["value", "numerator", "denominator", "source"]
    return {
        row["key"]: tuple(None if pd.isna(value) else value for value in map(row.get, names))
        for row in rows.to_dict("records")
    }


def test_numbers_are_stored_with_their_cell_and_audited(
    reporting_district: Workspace, send: Deliver
) -> None:
    outcome = send({"C5": 3, "D5": 4, "E6": "85%", "C7": 0, "D7": 0})
    assert (outcome.departments, outcome.numbers, outcome.changed) == ((FIRE,), 3, 3)
    assert (outcome.late, outcome.faults, outcome.cutoff) == (False, (), CUTOFF)
    assert stored(reporting_district) == {
        f"{WEEK}|{WEST}|A1.1": (0.75, 3.0, 4.0, f"消防.xlsx:{FIRE}!C5"),
        f"{WEEK}|{EAST}|A1.1": (0.85, None, None, f"消防.xlsx:{FIRE}!E6"),
        f"{WEEK}|{NORTH}|A1.1": (None, 0.0, 0.0, f"消防.xlsx:{FIRE}!C7"),
    }
    with reporting_district.read() as connection:
        row = connection.execute(
            sa.select(audit_rows).where(audit_rows.c.action == "record.indicators.file")
        ).one()
    assert row.subject == "indicators:消防.xlsx"


def test_one_fault_and_nothing_is_stored(reporting_district: Workspace, send: Deliver) -> None:
    outcome = send({"C5": 3, "D5": 4, "E6": 0.85})
    assert [fault.cell for fault in outcome.faults] == ["E6"]
    assert outcome.changed == 0
    assert stored(reporting_district) == {}


def test_a_fault_in_one_file_keeps_the_other_out_too(
    reporting_district: Workspace, form: bytes, typing_into: Callable[..., bytes]
) -> None:
    def good(sheet: Any) -> None:
        sheet["E5"] = 85

    def bad(sheet: Any) -> None:
        sheet["E5"] = "约85"

    def other(sheet: Any) -> None:
        sheet["E5"] = 86

    good_file = Sent("a.xlsx", typing_into(form, good))
    for content, cell in ((typing_into(form, bad), "E5"), (typing_into(form, other), "E5")):
        files = [good_file, Sent("b.xlsx", content)]
        outcome = deliver(reporting_district, ROOT, files, week=WEEK, now=NOW)
        assert [(fault.file, fault.cell) for fault in outcome.faults] == [("b.xlsx", cell)]
    files = [good_file, Sent("c.csv", b"a,b")]
    with pytest.raises(FieldsError):
        deliver(reporting_district, ROOT, files, week=WEEK, now=NOW)
    assert stored(reporting_district) == {}


def test_a_correction_is_a_new_version_and_an_empty_cell_takes_nothing_back(
    reporting_district: Workspace, send: Deliver
) -> None:
    send({"C5": 3, "D5": 4, "E6": 85})
    later = NOW + timedelta(hours=2)
    outcome = send({"C5": 4, "D5": 4}, later)
    assert (outcome.numbers, outcome.changed) == (1, 1)
    key = f"{WEEK}|{WEST}|A1.1"
    assert stored(reporting_district)[key][0] == 1.0
    assert stored(reporting_district)[f"{WEEK}|{EAST}|A1.1"][0] == 0.85
    assert stored(reporting_district, NOW)[key][0] == 0.75
    table = record_tables["indicators"]
    with reporting_district.read() as connection:
        query = sa.select(table.c.value).where(table.c.key == key).order_by(table.c.learnt_at)
        assert connection.execute(query).scalars().all() == [0.75, 1.0]


def test_the_same_form_again_changes_nothing(reporting_district: Workspace, send: Deliver) -> None:
    send({"C5": 3, "D5": 4})
    outcome = send({"C5": 3, "D5": 4}, NOW + timedelta(hours=1))
    assert (outcome.numbers, outcome.changed) == (1, 0)
    assert len(read_records(reporting_district, "indicators")) == 1


def test_who_has_delivered_and_what_is_missing(
    reporting_district: Workspace, send: Deliver
) -> None:
    fire, office, *others = deliveries(reporting_district, WEEK, NOW)
    assert (fire.name, fire.indicators, fire.delivered_at, fire.late) == (
        FIRE, ("A1.1",), None, False,
    )  # fmt: skip
    assert fire.missing == (TownsOf("A1.1", (WEST, EAST, NORTH)),)
    assert [one.name for one in others] == ["安委办", "防汛办"]
    send({"C5": 3, "D5": 4, "E6": 85})
    send({"K5": 120}, NOW + timedelta(minutes=5), OFFICE)
    fire, office, *others = deliveries(reporting_district, WEEK, CUTOFF)
    assert (fire.delivered_at, fire.late, fire.complete) == (NOW, False, False)
    assert fire.missing == (TownsOf("A1.1", (NORTH,)),)
    assert TownsOf("A4.3", (EAST, NORTH)) in office.missing
    assert TownsOf("A2.1", (WEST, EAST, NORTH)) in office.missing
    assert office.delivered_at == NOW + timedelta(minutes=5)
    send({"C7": 0, "D7": 0}, CUTOFF)
    assert deliveries(reporting_district, WEEK, CUTOFF)[0].complete


def test_after_the_cut_off_a_form_is_kept_and_flagged(
    reporting_district: Workspace, send: Deliver
) -> None:
    """Exactly at the cut-off is in time; a second later is late, whether new or a correction."""
    assert not send({"C5": 3, "D5": 4}, CUTOFF).late
    after = CUTOFF + timedelta(seconds=1)
    outcome = send({"C5": 4, "D5": 4, "E6": 85}, after)
    assert (outcome.late, outcome.changed) == (True, 2)
    fire = deliveries(reporting_district, WEEK, CUTOFF)[0]
    assert (fire.late, fire.missing) == (False, (TownsOf("A1.1", (EAST, NORTH)),))
    fire = deliveries(reporting_district, WEEK, after)[0]
    assert (fire.late, fire.delivered_at) == (True, after)
    assert fire.after_cutoff == (TownsOf("A1.1", (WEST, EAST)),)
    assert fire.missing == (TownsOf("A1.1", (NORTH,)),)
    assert fire.missing_in_time == (TownsOf("A1.1", (EAST, NORTH)),)
    send({"C7": 0, "D7": 0}, after)
    fire = deliveries(reporting_district, WEEK, after)[0]
    assert (fire.complete, fire.in_time) == (True, False)
    rows = read_records(reporting_district, "indicators", CUTOFF)
    assert rows["value"].tolist() == [0.75]


def test_a_department_that_records_answer_for_may_stand_in(reporting_district: Workspace) -> None:
    rules = weekly_rules(reporting_district)
    (one,) = stand_ins(reporting_district, WEEK, NOW, rules)
    assert (one.name, one.indicators, one.delivered_at) == ("数据资源局", ("A7.1", "A7.2"), None)
    assert one.name not in {each.name for each in deliveries(reporting_district, WEEK, NOW)}


def test_a_week_that_has_not_begun_is_refused(reporting_district: Workspace, send: Deliver) -> None:
    start = datetime(2026, 6, 5, 17, 0, tzinfo=ZONE)
    outcome = send({"E5": 85}, start)
    assert [fault.mend for fault in outcome.faults] == ["这一周还没有开始（2026-06-05 17:00 起）"]
    assert send({"E5": 85}, start + timedelta(minutes=1)).faults == ()


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (anonymous(), SignInError),
        (Actor("sun", "孙看", Role.VIEWER), ForbiddenError),
        (Actor("wang", "王镇员", Role.REPORTER, town=WEST), ForbiddenError),
        (Actor("li", "李检查", Role.INSPECTOR, domains=("消防",)), None),
        (Actor("zhou", "周值班", Role.DUTY), None),
    ],
)
def test_who_may_deliver(
    three_towns: Workspace, actor: Actor, error: type[Exception] | None
) -> None:
    if error is None:
        assert deliver(three_towns, actor, [], week=WEEK, now=NOW).faults == ()
        return
    with pytest.raises(error):
        deliver(three_towns, actor, [], week="no week at all", now=NOW)


def test_a_department_that_reports_nothing_is_not_found(three_towns: Workspace) -> None:
    with pytest.raises(NotFoundError, match="没有这个报送部门"):
        deliver(three_towns, ROOT, [], week=WEEK, now=NOW, department="气象局")


def test_what_is_typed_is_what_the_week_measures(
    reporting_district: Workspace, form: bytes, typing_into: Callable[..., bytes]
) -> None:
    """Every column of every department: typed in per cent, stored as a share, measured in per cent.

    Nothing due (0 of 0) is delivered and has no rate; an empty cell is missing.
    """
    rules = weekly_rules(reporting_district)
    for department, title in sheet_names(reporting(rules)).items():
        columns = columns_of(rules, department)

        def typing(sheet: Any, columns: tuple[FormColumn, ...] = columns) -> None:
            for number, column in enumerate(columns, start=1):
                if column.role in (ColumnRole.PERCENT, ColumnRole.VALUE):
                    sheet.cell(5, number).value = "0.5%"
                    sheet.cell(6, number).value = 2
                if column.role in (ColumnRole.NUMERATOR, ColumnRole.DENOMINATOR):
                    sheet.cell(7, number).value = 0

        sent = Sent("表.xlsx", typing_into(form, typing, title))
        assert deliver(reporting_district, ROOT, [sent], week=WEEK, now=NOW).faults == ()
    moment = week_moment(reporting_district, WEEK, CUTOFF)
    places = Places((WEST, EAST, NORTH), ("西街道", "东镇", "北镇"), (), {})
    measured = measure_week(reporting_district, rules, moment, places)
    codes = [one.code for name in reporting(rules) for one in reported(rules, name)]
    assert len(codes) == 12
    for code in codes:
        one = measured[code]
        assert one.value[:2].tolist() == pytest.approx([0.5, 2.0]), code
        assert np.isnan(one.value[2])
        nothing_due = "missing" if code == "A4.3" else "department"
        assert one.origin == ("department", "department", nothing_due), code
    assert LARGEST_SHARE == measuring.LARGEST_SHARE
