"""What is due soon stands above the list: own town, own domains, everything for the office."""

import re
from datetime import timedelta
from typing import Any

from riskmap.access.actors import command_line
from riskmap.weekly.cards.deciding import give


def due(house: Any, login: str | None) -> dict[str, list[str]]:
    """Return the stages of the block with the descriptions in them."""
    page = house.client(login).get("/dangers").text
    stages = re.findall(r'class="remind-stage remind-(\w+)">(.*?)</div>', page, re.DOTALL)
    return {name: re.findall(r'class="remind-what">([^<]+)<', text) for name, text in stages}


def found(house: Any, days_ago: int, **fields: Any) -> None:
    """Report a danger found days ago; the term of a town is 15 days."""
    house.report(
        found_at=house.now - timedelta(days=days_ago), description=f"{days_ago} 天前", **fields
    )


def test_stages_by_person(house: Any) -> None:
    # 30 June 2026 is a Tuesday; 15 days after: due 15 July, 7 July (Tue), 3 July (Fri), 30 June.
    for days in (0, 8, 12, 15, 16):
        found(house, days)
    found(house, 17, town="339901002", domain="危化")
    own = {"overdue": ["16 天前"], "T0": ["15 天前"], "T3": ["12 天前"], "T7": ["8 天前"]}
    assert due(house, "town") == own
    assert due(house, "inspector") == own
    assert due(house, "duty") == {**own, "overdue": ["17 天前", "16 天前"]}
    for login in (None, "viewer"):
        page = house.client(login).get("/dangers").text
        assert "到期提醒" not in page


def test_more_than_are_named_are_counted(house: Any) -> None:
    for days in range(16, 21):
        found(house, days)
    page = house.client("duty").get("/dangers").text
    assert due(house, "duty")["overdue"] == ["20 天前", "19 天前", "18 天前"]
    assert "另有 2 条" in page


def test_nothing_due_is_said(house: Any) -> None:
    found(house, 0)
    assert "7 天内没有到期或超期的隐患" in house.client("duty").get("/dangers").text


def test_a_deadline_on_a_rest_day_says_so(house: Any) -> None:
    # Found 20 June: due Sunday 5 July; the last working day before it is Friday 3 July.
    found(house, 10)
    page = house.client("duty").get("/dangers").text
    assert "7月5日为周末" in page


def test_list_opens_with_what_is_late_and_with_the_own_town(house: Any) -> None:
    for days in (0, 20, 8):
        found(house, days)
    found(house, 17, town="339901002", domain="危化")

    def listed(login: str, query: str = "") -> list[str]:
        page = house.client(login).get("/dangers" + query).text
        return re.findall(r'class="danger-text">(.*?)</span>', page)

    late_first = ["20 天前", "17 天前", "8 天前", "0 天前"]
    assert listed("duty") == late_first
    assert listed("duty", "?order=found") == late_first[::-1]
    assert listed("town") == ["20 天前", "8 天前", "0 天前"]
    assert listed("town", "?town=") == late_first


def test_cards_to_be_answered_stand_first(house: Any) -> None:
    """A card given on 24 June: the white one's answer is due on 1 July, the yellow one's later."""
    found(house, 12)
    for town, card in (("339901001", "white"), ("339901002", "yellow")):
        now = house.now - timedelta(days=6)
        give(house.workspace, command_line("root"), town, card, "瞒报隐患", now=now)
    assert due(house, "duty")["T3"] == ["白牌待答复", "12 天前"]
    assert due(house, "town")["T3"] == ["白牌待答复", "12 天前"]
    assert due(house, "inspector")["T3"] == ["12 天前"]
    assert "/cards/" in house.client("town").get("/dangers").text
