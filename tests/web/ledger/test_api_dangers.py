"""The closed loop over the API: documents, conflicts, refusals, photos, masking."""

import json
from typing import Any

import pytest

from riskmap.ledger import dangers
from web.api.danger_models import DangerDocument, DangerList

NEW = {"town": "西街道", "domain": "消防", "grade": "general", "description": "通道被堵"}


def post(house: Any, login: str, path: str, body: Any, **headers: str) -> Any:
    """Send JSON as somebody, with the token of the session in its header."""
    headers = {"x-csrf-token": house.tokens[login], **headers}
    return house.client(login).post("/api/v1" + path, json=body, headers=headers)


def test_report_read_act(house: Any) -> None:
    made = post(house, "duty", "/dangers", NEW)
    assert made.status_code == 201
    number = made.json()["number"]
    assert made.headers["location"] == f"/api/v1/dangers/{number}"
    step = {"action": "assign", "version": 1, "responsible_unit": "甲公司"}
    acted = post(house, "duty", f"/dangers/{number}/steps", step)
    assert acted.status_code == 200
    document = house.client("duty").get(f"/api/v1/dangers/{number}").json()
    assert document == acted.json()
    DangerDocument.model_validate(document)
    assert (document["state"], document["version"], document["due"]) == (
        "assigned",
        2,
        "2026-07-15",
    )
    assert document["overdue_days"] == 0 and "rectify" in document["allowed"]
    assert [one["action"] for one in document["steps"]] == ["report", "assign"]


def test_list(house: Any) -> None:
    for description in ("一号", "二号", "三号"):
        house.report(description=description)
    listed = house.client().get("/api/v1/dangers", params={"limit": 2}).json()
    DangerList.model_validate(listed)
    assert (listed["total"], listed["pages"], len(listed["dangers"])) == (3, 2, 2)
    found = house.client().get("/api/v1/dangers", params={"q": "二号"}).json()
    assert [one["description"] for one in found["dangers"]] == ["二号"]
    assert house.client().get("/api/v1/dangers", params={"state": "burnt"}).status_code == 422


def test_a_stale_step_is_answered_with_both_versions(house: Any) -> None:
    danger = house.report()
    house.act("second", danger, "assign", responsible_unit="乙公司")
    step = {"action": "assign", "version": 1, "responsible_unit": "甲公司"}
    answer = post(house, "duty", f"/dangers/{danger.number}/steps", step)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["yours"]["responsible_unit"] == "甲公司" and problem["yours"]["version"] == 1
    assert problem["theirs"]["responsible_unit"] == "乙公司" and problem["theirs"]["version"] == 2


def test_an_action_not_allowed_names_what_is(house: Any) -> None:
    danger = house.report()
    body = {"action": "close", "version": 1}
    answer = post(house, "duty", f"/dangers/{danger.number}/steps", body)
    assert answer.status_code == 409 and "assign" in answer.json()["allowed"]


def test_faults_of_fields_are_listed_all_at_once(house: Any) -> None:
    body = {"town": "海角", "domain": "消防", "grade": "h" * 90, "lon": 10, "colour": "red"}
    answer = post(house, "duty", "/dangers", body)
    assert answer.status_code == 422
    faults = {one["parameter"] for one in answer.json()["errors"]}
    assert faults == {"town", "grade", "description", "lat", "colour"}
    values = {one["parameter"]: one["value"] for one in answer.json()["errors"]}
    assert values == {
        "town": "海角", "grade": "h" * 80 + "…", "description": "", "lat": "", "colour": "red",
    }  # fmt: skip


@pytest.mark.parametrize("body", [[], "x", {"photos": "abc"}, {"action": 1}])
def test_a_body_of_another_shape_is_refused(house: Any, body: Any) -> None:
    assert post(house, "duty", "/dangers/x/steps", body).status_code == 422


def test_who_may(house: Any) -> None:
    danger = house.report()
    body = {"action": "expose", "version": 1}
    assert post(house, "viewer", f"/dangers/{danger.number}/steps", body).status_code == 403
    assert post(house, "town", f"/dangers/{danger.number}/steps", body).status_code == 403
    nobody = house.client().post("/api/v1/dangers", json=NEW)
    assert nobody.status_code == 401
    without = house.client("duty").post("/api/v1/dangers", json=NEW)
    assert without.status_code == 403
    assert dangers.read_danger(house.workspace, danger.number).version == 1


@pytest.mark.parametrize("field", ["description", "town", "domain"])
def test_half_a_character_is_refused_with_a_document(house: Any, field: str) -> None:
    """JSON can write half of a character that no encoding can: the refusal has to be sendable."""
    headers = {"x-csrf-token": house.tokens["duty"], "content-type": "application/json"}
    body = json.dumps(NEW | {field: "ab\ud800"})
    refused = house.client("duty").post("/api/v1/dangers", content=body, headers=headers)
    assert refused.status_code == 422, refused.text
    assert "ab\\ud800" in [one["value"] for one in refused.json()["errors"]]
    danger = house.report()
    step = json.dumps({"action": "comment", "version": 1, "comment": "ab\ud800"})
    path = f"/api/v1/dangers/{danger.number}/steps"
    refused = house.client("duty").post(path, content=step, headers=headers)
    assert refused.status_code == 422, refused.text


def test_a_photo_is_stored_and_named_by_its_digest(house: Any) -> None:
    danger = house.act("duty", house.report(), "assign", responsible_unit="甲公司")
    headers = {"x-csrf-token": house.tokens["town"], "content-type": "image/jpeg"}
    client = house.client("town")
    form = {"csrf": headers["x-csrf-token"]}
    assert client.post("/api/v1/photos", data=form).status_code == 403  # only the header counts
    photo = client.post("/api/v1/photos", content=house.jpeg(), headers=headers)
    assert photo.status_code == 201 and photo.json()["width"] == 640
    step = {
        "action": "rectify",
        "version": 2,
        "comment": "好了",
        "photos": [photo.json()["digest"]],
    }
    assert post(house, "town", f"/dangers/{danger.number}/steps", step).status_code == 200
    bad = client.post("/api/v1/photos", content=b"no picture", headers=headers)
    assert bad.status_code == 422 and bad.json()["errors"][0]["parameter"] == "photo"
    huge = client.post("/api/v1/photos", content=b"\xff\xd8\xff" * 10_000_000, headers=headers)
    assert huge.status_code == 422 and "20" in huge.json()["detail"]


def test_persons_are_masked_for_readers_without_the_right(house: Any) -> None:
    danger = house.report(description="找王某 13812345678", responsible_person="张建国")
    seen = house.client("duty").get(f"/api/v1/dangers/{danger.number}").text
    assert "张建国" in seen and "13812345678" in seen and "周值班" in seen
    for login in (None, "viewer"):
        for path in (f"/api/v1/dangers/{danger.number}", "/api/v1/dangers"):
            masked = house.client(login).get(path).text
            assert "138****5678" in masked and "张**" in masked
            for secret in ("张建国", "13812345678", "周值班", '"duty"'):
                assert secret not in masked


def test_an_unknown_number_and_an_unknown_action(house: Any) -> None:
    assert house.client().get("/api/v1/dangers/none").status_code == 404
    body = {"action": "burn", "version": 1}
    danger = house.report()
    assert post(house, "duty", f"/dangers/{danger.number}/steps", body).status_code == 404
