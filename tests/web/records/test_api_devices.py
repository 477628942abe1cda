"""Device messages over HTTP, and the page of devices."""

from typing import Any

from riskmap.access import tokens
from riskmap.access.actors import command_line
from riskmap.records.reading import read_records

WEST = "339901001"


def add_device(office: Any, **fields: str) -> None:
    given = {"id": "gas-1", "name": "可燃气体一号", "town": WEST, "raise_at": "50", "hold_s": "0"}
    assert office.post("duty", "/records/devices/new", given | fields).status_code == 303


def body(number: str, value: Any, minute: int = 50, **more: Any) -> dict[str, Any]:
    at = f"2026-06-30T08:{minute}:00+08:00"
    return {"device_id": "gas-1", "id": number, "at": at, "value": value} | more


def test_messages_are_taken_one_or_many_with_what_became_of_each(office: Any) -> None:
    add_device(office)
    answer = office.send(body("1", 10))
    assert answer.status_code == 200
    assert answer.json() == {
        "taken": 1, "duplicate": 0, "refused": 0,
        "outcomes": [{"id": "1", "result": "taken", "reason": None}],
    }  # fmt: skip
    many = [
        body("1", 10),
        body("2", 60, 51),
        body("3", "x"),
        {"id": "4"},
        5,
        body("6", 1, device_id="no"),
    ]
    outcomes = office.send(many).json()["outcomes"]
    assert [one["result"] for one in outcomes] == ["duplicate", "taken", *["refused"] * 4]
    assert outcomes[5]["reason"] == "没有登记这个设备：no"
    assert read_records(office.workspace, "alarms")["id"].tolist() == ["gas-1-20260630085100"]


def test_only_a_token_of_that_scope_sends(office: Any) -> None:
    client = office.client()
    assert client.post("/api/v1/devices/messages", json=body("1", 1)).status_code == 401
    _, other = tokens.issue_token(
        office.workspace, command_line("t"), name="气象", scopes=("record.warnings",), days=1,
        now=office.app.state.clock(),
    )  # fmt: skip
    assert office.send(body("1", 1), other).status_code == 403
    assert office.send(body("1", 1), "rm_nonsense").status_code == 401


def test_more_than_a_thousand_messages_or_no_json_are_refused_whole(office: Any) -> None:
    add_device(office)
    assert office.send([body(str(n), 1) for n in range(1000)]).json()["taken"] == 1000
    answer = office.send([body(str(n), 1) for n in range(1001)])
    assert answer.status_code == 422
    assert "1000" in answer.json()["detail"]
    assert office.send([]).json()["taken"] == 0
    headers = {"Authorization": f"Bearer {office.machine}", "Content-Type": "application/json"}
    answer = office.client().post("/api/v1/devices/messages", content=b"{", headers=headers)
    assert answer.status_code == 422
    hostile = b'[{"device_id": "\\ud800", "id": "\\u0000", "at": "x", "value": NaN}]'
    answer = office.client().post("/api/v1/devices/messages", content=hostile, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["refused"] == 1


def test_the_page_of_devices_says_who_is_silent_and_what_was_refused(office: Any) -> None:
    page = office.client().get("/records/devices/online").text
    assert "在线率未知" in page
    add_device(office)
    add_device(office, id="gas-2", name="二号 <b>")
    unheard = office.client().get("/records/devices/online").text
    assert "在线率未知" in unheard and "离线" not in unheard and "0.0%" not in unheard
    office.send([body("1", 10, 59), {"device_id": "gas-1", "id": "<script>"}])
    page = office.client("duty").get("/records/devices/online").text
    assert "在用 2 台，在线 1 台，在线率 50.0%" in page
    assert "二号 &lt;b&gt;" in page
    assert page.index("二号") < page.index("一号")
    assert "既没有 value" in page
    assert "<script>" not in page.split("<main")[1].split("</main")[0]
    assert "既没有 value" not in office.client().get("/records/devices/online").text
