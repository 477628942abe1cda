"""Every route that changes something: who may not, changes no row of any table but the audit.

The routes are read from the service itself: a new one has to be given a body here.
"""

import io
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from riskmap.access import sessions, tokens, users
from riskmap.access.actors import command_line
from riskmap.access.tables import users as user_table
from riskmap.ledger import dangers
from riskmap.ledger.states import BY_ACTION
from riskmap.records import entries, overrides
from riskmap.storage.schema import all_tables
from riskmap.weekly.cards import deciding as cards
from riskmap.weekly.cards.states import BY_CARD_ACTION
from web.access import SESSION_COOKIE
from web.app import PARTS

ROOT = command_line("test")
EAST, WEST = "339901002", "339901001"
OWN = {"/sign-in", "/sign-out", "/account/password", "/account/second-factor",
       "/account/second-factor/remove", "/account/sessions/end"}  # fmt: skip
"""What a person does about oneself; nobody else's things are named there."""
USED = {"sessions": {"seen_at"}, "tokens": {"used_at"}}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def subjects(office: Any) -> Mapping[str, str]:
    """One of everything, all of it in the western town or of nobody in particular."""
    ws, now = office.workspace, office.app.state.clock()
    users.add_user(ws, ROOT, login="east", name="东填报", role="reporter", town=EAST, now=now)
    users.add_user(
        ws, ROOT, login="other", name="检查", role="inspector", domains=("危化",), now=now
    )
    with ws.write() as connection:
        connection.execute(sa.update(user_table).values(must_change_password=False))
    danger = dangers.report(
        ws, ROOT, {"town": WEST, "domain": "消防", "grade": "general", "description": "堆放纸箱"},
        now=now,
    )  # fmt: skip
    accident = entries.enter(
        ws, ROOT, "accidents",
        {"id": "A1", "occurred_at": now.isoformat(), "town": WEST, "domain": "消防"}, now=now,
    )  # fmt: skip
    entries.enter(
        ws, ROOT, "alarms",
        {"id": "B1", "raised_at": now.isoformat(), "town": WEST, "kind": "gas"}, now=now,
    )  # fmt: skip
    lowered = overrides.propose(
        ws, ROOT, town=WEST, day=now.date(), level="blue", direction="down", reason="试", now=now
    )
    card = cards.give(ws, ROOT, WEST, "white", "试", now=now)
    token, _ = tokens.issue_token(ws, ROOT, name="t", scopes=("read",), days=9, now=now)
    return {
        "number": danger.number, "key": accident.version.key, "override": lowered.version.key,
        "token": str(token.id), "card": card.number,
        "version": str(danger.version), "now": now.isoformat(),
    }  # fmt: skip


def requests_of(subjects: Mapping[str, str]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return for every route the requests that an entitled person could send."""
    number, now = subjects["number"], subjects["now"]
    danger = {"town": WEST, "domain": "消防", "grade": "general", "description": "堆放纸箱"}
    step = {"version": subjects["version"], "comment": "x", "responsible_person": "张三",
            "due": "2026-07-10", "reason": "x"}  # fmt: skip
    photo = {"files": {"photos": ("a.jpg", picture(), "image/jpeg")}}
    account = {"login": "new", "name": "新", "role": "duty"}
    record = {"id": "A2", "occurred_at": now, "raised_at": now, "inspected_at": now, "town": WEST,
              "domain": "消防", "kind": "gas", "enterprise_id": "91339901MA0000002X",
              "date": "2026-06-30", "state": "normal", "name": "x", "level": "Ⅳ", "reason": "试",
              "event": "防汛", "from": now, "start": now, "week": "2026-W26", "indicator": "A1.1",
              "value": "1", "handled_note": "好了", "expect": "1"}  # fmt: skip
    kinds = ("accidents", "inspections", "alarms", "devices", "commitments", "special_periods",
             "responses", "indicators", "overrides", "hidden_dangers")  # fmt: skip
    key = f"?key={subjects['key']}"
    file = {"files": {"file": ("a.csv", "编号\n1\n".encode(), "text/csv")}}
    people = [f"/people/firm{end}" for end in (
        "/password", "/disable", "/enable", "/sessions/end", "/second-factor/remove")]  # fmt: skip
    message = {"device_id": "d", "id": "1", "at": now, "value": 1}
    lowered = {"town": WEST, "date": "2026-06-30", "level": "blue", "direction": "down",
               "reason": "试"}  # fmt: skip
    return {
        "/report": [("/report", {"data": danger}), ("/report", {"data": danger, **photo})],
        "/dangers/{number}/{action}": [
            (f"/dangers/{number}/{action}", {"data": step, **more})
            for action in BY_ACTION
            for more in ({}, photo)
        ],
        "/api/v1/dangers": [("/api/v1/dangers", {"json": danger})],
        "/api/v1/dangers/{number}/steps": [
            (f"/api/v1/dangers/{number}/steps",
             {"json": {"action": action, "version": int(subjects["version"]), "comment": "x"}})
            for action in ("comment", "assign", "rectify", "close")
        ],
        "/api/v1/photos": [("/api/v1/photos", {"content": picture()})],
        "/api/v1/devices/messages": [("/api/v1/devices/messages", {"json": message})],
        "/cards": [("/cards", {"data": {"town": WEST, "card": "red", "reason": "试"}})],
        "/cards/{number}/{action}": [
            (f"/cards/{subjects['card']}/{action}", {"data": {"version": "1", "reason": "试"}})
            for action in BY_CARD_ACTION
        ],
        "/exposures": [("/exposures", {"data": {"date": "2026-06-30"}})],
        "/tokens": [("/tokens", {"data": {"name": "x", "scopes": ["read"], "days": "9"}})],
        "/tokens/{number}/revoke": [(f"/tokens/{subjects['token']}/revoke", {})],
        "/people": [("/people", {"data": account})],
        "/people/{login}": [("/people/firm", {"data": account})],
        **{path.replace("firm", "{login}"): [(path, {})] for path in people},
        "/records/alarms/acknowledge": [("/records/alarms/acknowledge?key=B1", {"data": record})],
        "/records/alarms/handle": [("/records/alarms/handle?key=B1", {"data": record})],
        "/records/overrides/propose": [("/records/overrides/propose", {"data": lowered})],
        "/records/overrides/confirm": [
            (f"/records/overrides/confirm?key={subjects['override']}", {})
        ],
        "/records/commitments/today": [("/records/commitments/today", {"data": record})],
        "/weekly/{week}/deliveries": [("/weekly/2026-W26/deliveries", file)],
        "/weekly/{week}/compute": [("/weekly/2026-W26/compute", {"data": {"reason": "试"}})],
        "/weekly/{week}/publish": [
            ("/weekly/2026-W26/publish", {"data": {"revision": "1", f"hold-{WEST}": "试"}})
        ],
        "/records/{kind}/upload": [(f"/records/{kind}/upload", file) for kind in kinds],
        "/records/{kind}/new": [(f"/records/{kind}/new", {"data": record}) for kind in kinds[:8]],
        "/records/{kind}/complete": [(f"/records/{kind}/complete", {}) for kind in kinds],
        "/records/{kind}/edit": [(f"/records/accidents/edit{key}", {"data": record})],
        "/records/{kind}/withdraw": [(f"/records/accidents/withdraw{key}", {"data": record})],
    }  # fmt: skip


def posts() -> set[str]:
    """Return the paths of all routes that change something."""
    return {
        str(getattr(route, "path", ""))
        for part in PARTS
        for route in part.router.routes
        if getattr(route, "methods", set()) - {"GET", "HEAD", "OPTIONS"}
    }


def everything(office: Any) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables but the audit, without when something was last used."""
    with office.workspace.read() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if name not in USED.get(table.name, ())}
                for row in connection.execute(sa.select(table)).mappings()
            ]
            for table in all_tables()
            if table.name not in ("audit", "audit_head")
        }


def signed_in(office: Any, login: str) -> tuple[Any, str]:
    user = users.find_user(office.workspace, login)
    assert user is not None
    with office.workspace.write() as connection:
        cookie, session = sessions.open_session(
            connection, user, address="", agent="", settings=office.workspace.settings.access,
            now=office.app.state.clock(),
        )  # fmt: skip
    client = office.client()
    client.cookies.set(SESSION_COOKIE, cookie)
    return client, session.csrf


def test_every_route_that_changes_something_is_tried_here() -> None:
    paths = dict.fromkeys(("number", "key", "override", "token", "card", "now"), "x")
    assert posts() - OWN == set(requests_of(paths | {"version": "1"}))


@pytest.mark.parametrize("who", ["nobody", "viewer", "east", "firm", "other"])
def test_who_may_not_changes_nothing(office: Any, subjects: Mapping[str, str], who: str) -> None:
    """A viewer, a reporter of the other town, an enterprise, an inspector of another domain."""
    client, csrf = (office.client(), "") if who == "nobody" else signed_in(office, who)
    before = everything(office)
    wrong = []
    for sent in requests_of(subjects).values():
        for address, body in sent:
            if not allowed(who, address):
                answer = client.post(address, headers={"x-csrf-token": csrf}, **body)
                wrong += [(address, answer.status_code)] * (answer.status_code not in (401, 403))
    assert wrong == []
    assert everything(office) == before


def test_nobody_is_asked_to_sign_in_before_anything_is_read(
    office: Any, subjects: Mapping[str, str]
) -> None:
    client = office.client()
    for sent in requests_of(subjects).values():
        for address, _ in sent:
            answer = client.post(
                address, content=b"{", headers={"content-type": "application/json"}
            )
            assert answer.status_code == 401, address
    assert client.post("/sign-out").status_code == 303
    assert client.post("/sign-in", data={}).status_code == 403  # its form has a token of its own


def allowed(who: str, address: str) -> bool:
    """Say whether the request is within somebody's own right; nothing is asserted of it."""
    reports = who in ("east", "other")
    return (
        (who == "firm" and address == "/records/commitments/today")
        or (reports and address == "/api/v1/photos")
        or (who == "other" and address == "/weekly/2026-W26/deliveries")
    )
