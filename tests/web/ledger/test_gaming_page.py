"""The page of signs: for the office only, in both languages, with links to the dangers."""

from datetime import timedelta

import pytest

from riskmap.ledger.dangers import act, report
from riskmap.ledger.photos import take_photo
from tests.web.ledger.conftest import NOW, WEST, House


@pytest.fixture
def twice(house: House) -> tuple[str, str]:
    """Two dangers reported with the same photo, the second one's recompressed."""
    duty, now = house.actor("duty"), NOW - timedelta(hours=1)
    numbers = []
    for text in ("甲处 <script>", "乙处"):
        photo = take_photo(house.workspace, duty, house.jpeg(90), now=now)
        fields = {"found_at": now, "town": WEST[0], "domain": "消防", "grade": "general",
                  "description": text}  # fmt: skip
        danger = report(house.workspace, duty, fields, photos=[photo.digest], now=now)
        numbers.append(danger.number)
    act(house.workspace, duty, numbers[0], "comment", {"comment": "看过"}, version=1, now=now)
    return numbers[0], numbers[1]


def test_the_office_sees_the_signs(house: House, twice: tuple[str, str]) -> None:
    answer = house.client("duty").get("/gaming")
    assert answer.status_code == 200
    assert "2026-W27" in answer.text
    assert "1 条线索" in answer.text
    for number in twice:
        assert f'href="/dangers/{number}"' in answer.text
    assert "西街道" in answer.text
    assert "周五 17:00" in answer.text
    assert "-480.jpg" in answer.text
    english = house.client("duty").get("/gaming?lang=en").text
    assert "Signs to look into" in english
    assert "Same photo used twice" in english
    assert "gaming_" not in answer.text + english


def test_a_week_without_signs_and_one_that_is_none(house: House, twice: tuple[str, str]) -> None:
    client = house.client("duty")
    assert "这一周没有线索" in client.get("/gaming?week=2026-W20").text
    wrong = client.get("/gaming?week=2026-W60")
    assert 400 <= wrong.status_code < 500
    assert "没有这一周" in wrong.text


def test_nobody_else_does(house: House, twice: tuple[str, str]) -> None:
    for login in ("town", "inspector", "viewer"):
        answer = house.client(login).get("/gaming")
        assert answer.status_code == 403, login
        assert twice[0] not in answer.text
        assert "/gaming" not in house.client(login).get("/dangers").text
    assert house.client().get("/gaming").status_code in (302, 303, 401)
    assert 'href="/gaming"' in house.client("duty").get("/dangers").text
