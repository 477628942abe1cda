"""The list of dangers: filters, pages, days left, worked by hand; and the same as pandas says."""

from datetime import date, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import anonymous
from riskmap.errors import FieldsError, ForbiddenError
from riskmap.ledger.danger_list import STATE_GROUPS, list_dangers
from riskmap.ledger.dangers import act, report
from riskmap.ledger.states import State
from riskmap.ledger.versions import KIND, state_of
from riskmap.records.dangers import due_dates
from riskmap.records.reading import read_records
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW, VIEWER, add_photo

DAY = timedelta(days=1)
WORDS = (
    "整改中",
    "已销号",
    "销号",
    "found",
    None,
    "",
    "办理中",
    "待复查",
    "transferred",
    "rectified",
)


@pytest.fixture
def filled(ledger: Workspace) -> Workspace:
    """Three of the ledger and ten of a file with the bureau's words and odd dates."""
    first = report(ledger, DUTY, FIELDS | {"found_at": "2026-05-20", "grade": "major"}, now=NOW)
    report(ledger, DUTY, FIELDS | {"town": "东山街道", "description": "百分号 100%_堵"}, now=NOW)
    last = report(ledger, DUTY, FIELDS | {"domain": "旅游"}, now=NOW)
    act(
        ledger, DUTY, first.number, "assign", {"responsible_unit": "和平物业"}, version=1,
        now=NOW + DAY,
    )  # fmt: skip
    act(
        ledger, DUTY, last.number, "edit", {"place": "码头", "comment": "补"}, version=1,
        now=NOW + DAY,
    )  # fmt: skip
    with ledger.write() as connection:
        given = connection.execute(
            sa.insert(deliveries).values(
                kind=KIND, file="a.csv", sha256="0", delivered_at=NOW, accepted=1, changed=1,
                rejected=0,
            )
        ).inserted_primary_key  # fmt: skip
        assert given is not None
        for i, word in enumerate(WORDS):
            found = NOW - (14 + i % 3) * DAY
            connection.execute(
                sa.insert(record_tables[KIND]).values(
                    key=f"F-{i}", number=f"F-{i}", delivery_id=given[0], learnt_at=NOW,
                    source=f"a.csv:{i}", found_at=found, town="330106003", domain="危化",
                    grade="general", state=word, closed_at=NOW if i in (2, 3) else None,
                    term="district" if i == 5 else None,
                    listed_until=date(2026, 6, 9) if i == 6 else None,
                )
            )  # fmt: skip
    return ledger


def test_filters(filled: Workspace) -> None:
    def found(**filters: object) -> list[str]:
        page = list_dangers(filled, VIEWER, now=NOW, **filters)
        assert page.total == len(page.rows)
        return sorted(row.number[-4:] for row in page.rows)

    assert len(found()) == 13
    assert found(town="330106002") == ["0001"]
    assert found(grade="major") == ["0001"]
    assert found(domain="旅游") == ["0001"]
    assert found(q="和平") == ["0001"]
    assert found(q="100%_") == ["0001"]
    assert found(q="%") == ["0001"]
    assert found(q="码头") == ["0001"]
    assert found(q="20260520") == ["0001"]
    assert found(q="没有") == []
    assert found(state="assigned", town="330106001") == ["0001"]
    assert len(found(state="open")) == 11
    assert found(state="closed") == ["F-2", "F-3"]
    assert found(state="rechecked") == ["F-1"]  # 已销号 without a moment of closing


def test_states_and_overdue_are_those_of_the_core(filled: Workspace) -> None:
    """The conditions of the database against the functions that pages and the day use."""
    table = read_records(filled, KIND)
    zone, scheme = filled.settings.zone, scheme_in_use(filled)
    plain = table.astype(object).where(table.notna(), None)
    states = {
        key: state_of(word, closed)
        for key, word, closed in zip(plain["key"], plain["state"], plain["closed_at"], strict=True)
    }
    for group, members in STATE_GROUPS.items():
        rows = list_dangers(filled, VIEWER, state=group, now=NOW).rows
        assert {row.number for row in rows} == {k for k, s in states.items() if s in members}, group
        assert all(row.state is states[row.number] for row in rows)
    due = dict(zip(table["key"], due_dates(table, zone, scheme), strict=True))
    for later in range(0, 40, 3):
        now = NOW + later * DAY
        today = pd.Timestamp(now.astimezone(zone).date())
        late = {
            key
            for key, day in due.items()
            if states[key] is not State.CLOSED and day < today and key != "F-5"
        }
        rows = list_dangers(filled, VIEWER, overdue=True, now=now).rows
        assert {row.number for row in rows} - {"F-5"} == late, later
        assert all(row.overdue_days > 0 and row.remind == "overdue" for row in rows)
        others = list_dangers(filled, VIEWER, overdue=False, now=now).rows
        assert len(others) + len(rows) == 13
        assert all(row.overdue_days == 0 for row in others)


def test_overdue_of_a_district_term_by_hand(filled: Workspace) -> None:
    # F-5: found 2026-05-25, 30 days: due 2026-06-24, overdue from the 25th on
    for day, late in ((14, False), (15, True)):
        rows = list_dangers(filled, VIEWER, overdue=True, q="F-5", now=NOW + day * DAY).rows
        assert [row.number for row in rows] == (["F-5"] if late else [])


def test_pages_are_whole_and_in_order(filled: Workspace) -> None:
    pages = [list_dangers(filled, VIEWER, page=i, size=5, now=NOW) for i in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [5, 5, 3, 0]
    assert {(page.total, page.pages) for page in pages} == {(13, 3)}
    rows = [row for page in pages for row in page.rows]
    assert len({row.number for row in rows}) == 13
    order = [(row.record["found_at"], row.number) for row in rows]
    assert order == sorted(order, reverse=True)


def test_due_first_is_the_order_of_the_core(filled: Workspace) -> None:
    pages = [
        list_dangers(filled, VIEWER, order="due", page=i, size=5, now=NOW) for i in (1, 2, 3, 4)
    ]
    assert [len(page.rows) for page in pages] == [5, 5, 3, 0]
    assert {(page.total, page.pages) for page in pages} == {(13, 3)}
    rows = [row for page in pages for row in page.rows]
    order = [(row.state is State.CLOSED, row.due, row.number) for row in rows]
    assert order == sorted(order)
    # found 20 May, 15 days: 4 June; F-6 is listed until 9 June, F-0 found as late is due 11 June
    numbers = [row.number for row in rows]
    assert numbers[0] == "330106-001-20260520-0001"
    assert numbers.index("F-6") < numbers.index("F-0")
    assert {row.number for row in rows[-2:]} == {"F-2", "F-3"}


def test_as_known_then(filled: Workspace) -> None:
    then = list_dangers(filled, VIEWER, state="assigned", now=NOW, known_until=NOW)
    assert [row.number for row in then.rows] == ["F-0"]


def test_days_left_are_those_of_the_reminders(ledger: Workspace) -> None:
    """Found on Wednesday 2026-06-10, due on Thursday 06-25, a working day."""
    report(ledger, DUTY, FIELDS, now=NOW)
    for left, stage in ((8, None), (7, "T-7"), (4, "T-7"), (3, "T-3"), (0, "T0"), (-1, "overdue")):
        now = NOW + (15 - left) * DAY
        rows = list_dangers(ledger, VIEWER, now=now).rows
        assert [(row.due, row.remind) for row in rows] == [(date(2026, 6, 25), stage)], left


def test_filters_that_mean_nothing(ledger: Workspace) -> None:
    with pytest.raises(FieldsError) as caught:
        list_dangers(ledger, VIEWER, state="gone", page=0, size=201, now=NOW)
    assert set(caught.value.faults) == {"state", "page", "size"}


def test_whoever_may_read_may_list(ledger: Workspace) -> None:
    assert list_dangers(ledger, anonymous(), now=NOW).total == 0
    machine = DUTY.__class__("token:1", "t", DUTY.role.__class__("machine"))
    with pytest.raises(ForbiddenError):
        list_dangers(ledger, machine, now=NOW)


def test_closed_late_is_not_overdue_any_more(ledger: Workspace) -> None:
    photo = add_photo(ledger, "a")
    danger = report(ledger, DUTY, FIELDS, now=NOW)
    later = NOW + 20 * DAY
    from tests.riskmap.ledger.test_transitions import do  # noqa: PLC0415  (one way to close)

    for action in ("assign", "rectify", "recheck_pass", "close"):
        danger = do(ledger, danger, action, photo)
    rows = list_dangers(ledger, VIEWER, now=later).rows
    assert [(row.overdue_days, row.remind) for row in rows] == [(0, None)]
