"""The term chosen decides the deadline, also where a form sends back the one it came with."""

from datetime import date, timedelta

from riskmap.ledger.dangers import act, report
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW

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
