"""The term chosen decides the deadline: in a form that sends one back, and of what is reopened."""

from datetime import date, timedelta

import pytest

from riskmap.errors import FieldsError
from riskmap.ledger.dangers import act, report
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, DUTY_2, FIELDS, NOW, add_photo

TOWN_DUE, DISTRICT_DUE = "2026-06-25", date(2026, 7, 10)
"""15 and 30 days from the day it was found, 2026-06-10."""


def assigned(ws: Workspace, reported: dict[str, str], **sent: str) -> date:
    danger = report(ws, DUTY, FIELDS | reported, now=NOW)
    danger = act(
        ws, DUTY, danger.number, "assign", {"responsible_unit": "物业"} | sent,
        version=danger.version, now=NOW + timedelta(hours=1),
    )  # fmt: skip
    due: date = danger.record["deadline"]
    return due


def test_a_deadline_sent_back_as_it_was_follows_the_term(ledger: Workspace) -> None:
    assert assigned(ledger, {}, term="district", deadline=TOWN_DUE) == DISTRICT_DUE
    back = {"term": "district"}
    due = assigned(ledger, back, term="town", deadline=DISTRICT_DUE.isoformat())
    assert due == date.fromisoformat(TOWN_DUE)
    assert assigned(ledger, {}, term="town", deadline=TOWN_DUE) == date.fromisoformat(TOWN_DUE)


def test_a_deadline_set_by_hand_stays(ledger: Workspace) -> None:
    assert assigned(ledger, {}, term="district", deadline="2026-07-01") == date(2026, 7, 1)
    own = {"deadline": "2026-06-20"}
    assert assigned(ledger, own, term="district", **own) == date(2026, 6, 20)


def test_what_is_opened_again_is_due_by_the_last_day_of_a_new_term(ledger: Workspace) -> None:
    """Opened again on 06-20: fifteen days from then on, the last of them included."""
    number = report(ledger, DUTY, FIELDS, now=NOW).number
    steps = {
        "assign": {"responsible_unit": "物业"},
        "rectify": {"comment": "已清"},
        "recheck_pass": {"comment": "好"},
        "close": {},
    }
    for version, (action, fields) in enumerate(steps.items(), start=1):
        act(
            ledger, DUTY_2 if action == "recheck_pass" else DUTY, number, action, fields,
            version=version, photos=[add_photo(ledger, "a")] if action == "rectify" else [],
            now=NOW,
        )  # fmt: skip
    later = NOW + timedelta(days=10)
    again = {"comment": "又堆上了", "deadline": "2026-07-06"}
    with pytest.raises(FieldsError, match="最迟到 2026-07-05"):
        act(ledger, DUTY, number, "reopen", again, version=5, now=later)
    again["deadline"] = "2026-07-05"
    back = act(ledger, DUTY, number, "reopen", again, version=5, now=later)
    assert back.record["deadline"] == date(2026, 7, 5)
