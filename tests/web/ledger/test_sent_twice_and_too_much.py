"""Hostile and clumsy senders: twice, too much, at the wrong moment, from somewhere else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from riskmap.access import tokens, users
from riskmap.access.actors import command_line
from riskmap.ledger.photos import take_photo
from web import body_limits
from web.accounts.sign_in_attempts import (
    ADDRESSES_AT_MOST,
    MOST,
    MOST_OF_LOGIN,
    MOST_WHERE_KNOWN,
    Attempts,
)
from web.body_limits import MB, limit_of

FIELDS = {"town": "339901001", "domain": "消防", "grade": "general", "description": "通道被堵"}


def token(house: Any, *scopes: str, town: str | None = None) -> dict[str, str]:
    _, text = tokens.issue_token(
        house.workspace, command_line("test"), name="网关", scopes=scopes, town=town, days=5,
        now=house.now,
    )  # fmt: skip
    return {"Authorization": f"Bearer {text}"}


def total(house: Any) -> int:
    return int(house.client("duty").get("/api/v1/dangers").json()["total"])


def test_a_report_sent_twice_is_one_danger(house: Any) -> None:
    page = house.client("duty").get("/report").text
    once = re.search(r'name="once" value="([\w-]{22})"', page)
    assert once is not None
    sent = FIELDS | {"once": once[1]}
    first = house.post("duty", "/report", sent)
    assert first.status_code == 303
    assert house.post("duty", "/report", sent).headers["location"] == first.headers["location"]
    assert total(house) == 1
    changed = house.post("duty", "/report", sent | {"description": "另一处通道被堵"})
    assert changed.headers["location"] != first.headers["location"]
    other = house.post("second", "/report", sent)
    assert other.headers["location"] not in (first.headers["location"], changed.headers["location"])
    assert total(house) == 3


def test_a_refused_report_keeps_its_key(house: Any) -> None:
    answer = house.post("duty", "/report", FIELDS | {"once": "k" * 22, "description": ""})
    assert answer.status_code == 422
    assert f'name="once" value="{"k" * 22}"' in answer.text


def test_a_step_sent_twice_is_one_step(house: Any) -> None:
    danger = house.report()
    sent = {"version": "1", "comment": "看过现场"}
    for _ in range(2):
        answer = house.post("duty", f"/dangers/{danger.number}/comment", sent)
        assert answer.status_code == 303
    assert len(house.client("duty").get(f"/api/v1/dangers/{danger.number}").json()["steps"]) == 2
    late = house.post("second", f"/dangers/{danger.number}/edit", sent | {"description": "改过的"})
    assert late.status_code == 409


def test_the_key_of_a_request_to_the_api(house: Any) -> None:
    client, key = house.client(), token(house, "danger.report") | {"Idempotency-Key": "a-1"}
    numbers = {
        client.post("/api/v1/dangers", json=FIELDS, headers=key).json()["number"] for _ in range(3)
    }
    assert len(numbers) == 1
    other = client.post("/api/v1/dangers", json=FIELDS, headers=key | {"Idempotency-Key": "a-2"})
    assert other.json()["number"] not in numbers
    stranger = token(house, "danger.report") | {"Idempotency-Key": "a-1"}
    found = client.post("/api/v1/dangers", json=FIELDS, headers=stranger)
    assert found.json()["number"] not in numbers


def test_a_step_at_the_wrong_moment_keeps_what_was_typed(house: Any) -> None:
    danger = house.report()
    typed = {"version": "1", "comment": "已经整改 <b>完毕</b>"}
    answer = house.post(
        "duty", f"/dangers/{danger.number}/close", typed, photos=[("a.jpg", house.jpeg())]
    )
    assert answer.status_code == 409
    assert "现在不能销号" in answer.text
    assert "交办" in answer.text
    assert "已经整改 &lt;b&gt;完毕&lt;/b&gt;" in answer.text
    assert "-480.jpg" in answer.text
    refused = house.post("town", f"/dangers/{danger.number}/close", typed)
    assert refused.status_code == 403
    assert "已经整改" in refused.text


def test_a_report_for_another_town_says_so_beside_the_town(house: Any) -> None:
    answer = house.post("town", "/report", FIELDS | {"town": "339901002"})
    assert answer.status_code == 403
    assert 'id="f-town-fault"' in answer.text
    assert "通道被堵" in answer.text


def test_photos_are_for_people_who_signed_in(house: Any) -> None:
    photo = take_photo(house.workspace, house.actor("duty"), house.jpeg(), now=house.now)
    house.post("duty", "/report", FIELDS | {"kept": photo.digest})
    number = house.client("duty").get("/api/v1/dangers").json()["dangers"][0]["number"]
    for path in (f"/photos/{photo.digest}.jpg", f"/photos/{photo.digest}-480.jpg"):
        assert house.client("viewer").get(path).status_code == 200
        assert house.client().get(path).status_code == 303
        json = {"accept": "application/json"}
        assert house.client().get(path, headers=json).status_code == 401
        assert house.client().get(path, headers=token(house, "read")).status_code == 403
        assert house.client().get(path, headers=token(house, "read.photos")).status_code == 200
    for path in (f"/dangers/{number}", "/exposures"):
        page = house.client().get(path).text
        assert "/photos/" not in page
        assert "登录后可看照片" in page
        seen = house.client("viewer").get(path).text
        assert "/photos/" in seen
        assert "登录后可看照片" not in seen


def test_a_token_that_may_report_may_bring_a_photo(house: Any) -> None:
    client, key = house.client(), token(house, "danger.report", town="339901001")
    stored = client.post("/api/v1/photos", content=house.jpeg(), headers=key)
    assert stored.status_code == 201
    sent = FIELDS | {"photos": [stored.json()["digest"]]}
    assert client.post("/api/v1/dangers", json=sent, headers=key).status_code == 201
    speaker = token(house, "device.send")
    assert client.post("/api/v1/photos", content=house.jpeg(), headers=speaker).status_code == 403


def test_a_masked_number_is_not_found_by_its_digits(house: Any) -> None:
    house.report(description="找老李 13812345678 开门")
    house.report(description="3 号楼堆物")
    for who, found in (("duty", 1), ("town", 1), ("inspector", 1), ("viewer", 0), (None, 0)):
        page = house.client(who).get("/api/v1/dangers", params={"q": "1234"}).json()
        assert page["total"] == found, who
    assert house.client().get("/api/v1/dangers", params={"q": "3 号楼"}).json()["total"] == 1
    assert house.client().get("/api/v1/dangers", params={"q": "老李"}).json()["total"] == 1
    assert house.client().get("/api/v1/dangers", params={"q": "20260630"}).json()["total"] == 2


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("duty", "/report", 6), ("duty", "/api/v1/photos", 5), ("duty", "/people", 2),
        ("duty", "/api/v1/dangers", 2), (None, "/sign-in", 2),
    ],
)  # fmt: skip
def test_too_much_is_refused_before_it_is_parsed(
    house: Any,
    monkeypatch: pytest.MonkeyPatch,
    who: str | None,
    path: str,
    most: int,
) -> None:
    lower = tuple(
        (paths, size) for (paths, _), size in zip(body_limits.LIMITS, (6 * MB, 5 * MB), strict=True)
    )
    monkeypatch.setattr(body_limits, "LIMITS", lower)

    def parts() -> Iterator[bytes]:
        if not path.startswith("/api/"):
            yield b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n'
        for _ in range(most * 10 + 1):
            yield b"x" * (MB // 10)

    kind = "application/json" if path.startswith("/api/") else "multipart/form-data; boundary=b"
    headers = {"content-type": kind, "accept": "text/html"}
    if who:
        headers["x-csrf-token"] = house.tokens[who]
    for content in (b"".join(parts()), parts()):
        answer = house.client(who).post(path, content=content, headers=headers)
        assert answer.status_code == 413
        assert f"{most} MB" in answer.text


def test_limits_by_path() -> None:
    paths = ("/report", "/dangers/339901-001-20260630-0001/rectify", "/records/alarms/upload",
             "/api/v1/photos", "/api/v1/dangers/x/steps", "/sign-in")  # fmt: skip
    assert [limit_of(path) // MB for path in paths] == [200, 200, 60, 60, 2, 2]


def test_who_fails_too_often_waits_and_a_colleague_behind_the_same_address_does_not(
    house: Any,
) -> None:
    client = house.client()
    page = client.get("/sign-in").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    sent = {"csrf": csrf[1], "login": "nobody", "password": "wrong wrong wrong"}
    house.app.state.attempts = attempts = Attempts()
    for _ in range(MOST_OF_LOGIN - 1):
        attempts.begin("testclient", "nobody", house.now)
    assert client.post("/sign-in", data=sent).status_code == 401
    waits = client.post("/sign-in", data=sent)
    assert waits.status_code == 429
    assert waits.headers["retry-after"] == "600"
    assert "10 分钟" in waits.text
    assert 'value="nobody"' in waits.text
    _, password = users.reset_password(
        house.workspace, command_line("test"), "second", now=house.now
    )
    colleague = sent | {"login": "second", "password": password}
    assert client.post("/sign-in", data=colleague).status_code == 303


def test_attempts_are_forgiven_forgotten_and_bounded(house: Any) -> None:
    attempts, now = Attempts(), house.now
    for _ in range(MOST_OF_LOGIN * 2):
        assert not attempts.begin("10.0.0.1", "a", now)
        attempts.forgive("10.0.0.1", "a", now)
    for i in range(ADDRESSES_AT_MOST + 5):
        attempts.begin(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", "a", now)
    assert len(attempts._addresses) == ADDRESSES_AT_MOST
    later = now + timedelta(minutes=10)
    for moment in (now, later):
        for i in range(MOST):
            assert not attempts.begin(f"2001:db8::{i:x}", f"login-{i}", moment)
        kept = len(attempts._logins)
        assert attempts.begin("2001:db8::ffff", "another", moment)
        assert len(attempts._logins) == kept, "who has to wait pushes no other login out"
    assert not attempts.begin("2001:db8:1::1", "another", now)


def test_an_address_where_somebody_signed_in_lately_gets_more(house: Any) -> None:
    attempts, now = Attempts(), house.now
    attempts.begin("10.0.0.1", "a", now)
    attempts.forgive("10.0.0.1", "a", now, known=True)
    for i in range(MOST_WHERE_KNOWN):
        assert not attempts.begin("10.0.0.1", f"login-{i}", now)
    assert attempts.begin("10.0.0.1", "another", now) == timedelta(minutes=10)
    stale = now + timedelta(hours=12)
    for i in range(MOST):
        assert not attempts.begin("10.0.0.1", f"login-{i}", stale)
    assert attempts.begin("10.0.0.1", "another", stale)
