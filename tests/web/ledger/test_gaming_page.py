"""The page of signs: for the office only, in both languages, with links to the dangers."""

from datetime import datetime, timedelta
from typing import Any

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


def test_what_was_void_and_what_was_entered_afterwards(house: House) -> None:
    """The page of the danger says that its time is the one given, and when it was entered."""
    duty, other, yesterday = house.actor("duty"), house.actor("inspector"), NOW - timedelta(days=1)
    fields = {"found_at": yesterday, "town": WEST[0], "domain": "消防", "grade": "general",
              "deadline": yesterday.date(), "description": "通道堆物"}  # fmt: skip

    def new(now: datetime, **more: Any) -> str:
        return report(house.workspace, duty, fields | more, now=now).number

    def act_on(number: str, *steps: str, held: datetime | None = None) -> None:
        photo = take_photo(house.workspace, duty, house.jpeg(90), now=NOW).digest
        for version, step in enumerate(steps, start=1):
            own = {"assign": {"responsible_unit": "甲"}, "close": {}}
            act(
                house.workspace, other if step.startswith("recheck") else duty, number, step,
                own.get(step, {"comment": "好"}), version=version,
                photos=[photo] if step == "rectify" else [],
                held_at=None if step == "assign" else held,
                now=yesterday if step == "assign" else NOW,
            )  # fmt: skip

    late = new(yesterday)
    act_on(late, "assign", "rectify", "recheck_pass", "close", held=yesterday)
    gone = new(yesterday, description="灭火器过期")
    act_on(gone, "assign", "void")
    again = new(NOW, description="灭火器过期")
    client = house.client("duty")
    page, english = client.get("/gaming").text, client.get("/gaming?lang=en").text
    assert "期限 2026-06-29，销号时间登记为 2026-06-29，2026-06-30 才登记" in page
    assert "作废 0 天后在同一处、同一企业或以同样的描述再次上报" in page
    assert "Due 2026-06-29, closed 2026-06-29 as given, entered only on 2026-06-30" in english
    assert "Reported again at the same place or enterprise" in english
    assert "gaming_" not in page + english
    for number in (late, gone, again):
        assert f'href="/dangers/{number}"' in page
    shown = client.get(f"/dangers/{late}?lang=zh").text
    assert "按登记的时间按期，登记于" in shown
    assert "按期销号" not in shown
    assert "in time by the time given, entered" in client.get(f"/dangers/{late}?lang=en").text
