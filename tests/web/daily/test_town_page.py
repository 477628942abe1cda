"""The town page on what rules do to a level: what holds it, what moved since yesterday."""

import re
from typing import Any

from fastapi.testclient import TestClient

from riskmap.daily.day_scheme import DayScheme
from web.daily import town_view
from web.texts.lookup import Texts

ZH, EN = Texts("zh"), Texts("en")
WORDS = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝", "green": "绿"}
SCHEME = DayScheme("v", (), {}, {}, 0.9, 14)
E7 = {"rule": "E7", "level": "yellow", "effect": 1, "text": "人工上调：滑坡位移加快"}
ENDED = E7 | {"record": "overrides:OV005", "kind": "ended", "level_before": "yellow"}


def test_a_rule_that_ended_changed_or_began_is_a_sentence_with_its_record() -> None:
    changed = ENDED | {"rule": "E3", "text": "挂牌", "kind": "changed", "level": "orange"}
    began = ENDED | {"rule": "E6", "text": "响应 Ⅳ 级", "kind": "began", "level_before": None}
    rows = {"rule_changes": [ENDED, changed, began]}
    told = town_view.rule_changes(rows, "2026-11-22", SCHEME, ZH)
    assert [one["sentence"] for one in told] == [
        "不再有：人工上调：滑坡位移加快（昨日黄）",
        "由黄改为橙：挂牌",
        "新起，黄：响应 Ⅳ 级",
    ]
    assert told[0]["href"] == "/records/overrides?id=OV005&date=2026-11-22"
    english = town_view.rule_changes(rows, "2026-11-22", SCHEME, EN)[0]["sentence"]
    assert english == "No longer: raised by hand, with a written reason (yesterday Yellow)"
    assert town_view.rule_changes({"rule_changes": None}, "2026-11-22", SCHEME, ZH) == []


def test_rules_that_lower_are_not_said_to_raise() -> None:
    def note(level: str, band: str) -> str:
        town = {"level": level, "band_level": band, "floors": []}
        return town_view.band_note(town, WORDS, ZH)

    assert note("orange", "yellow") == "按得分为黄，由下列规则抬到橙。"
    assert note("yellow", "orange") == "按得分为橙，由下列规则降到黄。"
    assert note("yellow", "yellow") == note("no_data", "green") == ""


def test_what_stands_in_the_way_has_a_name() -> None:
    said = town_view.blocked_by({"blocked_by": ["E6", "E8", "score"]}, ZH)
    assert said == "应急响应（E6），每日至多降一级（E8），得分本身（固有风险、气象）"


def test_a_town_held_by_a_rule_is_promised_no_better_level(sample_client: TestClient) -> None:
    """Of every town of the sample the page says what the API says, and a held one holds."""
    towns: list[dict[str, Any]] = sample_client.get("/api/v1/days/2026-06-30").json()["towns"]
    held = [town for town in towns if town["held_by"]]
    assert held and any(town["level"] != town["band_level"] for town in held)
    for town in towns:
        page = sample_client.get(f"/towns/{town['code']}?date=2026-06-30").text
        facts = re.search(r'<ul class="town-facts">.*?</ul>', page, re.S)[0]
        assert ("降分不降级" in facts) == bool(town["held_by"])
        assert ("分降一级" in facts) == (town["to_better"] is not None)
        assert not (town["held_by"] and town["to_better"] is not None)


def test_the_list_with_reasons_comes_before_the_controls(sample_client: TestClient) -> None:
    page = sample_client.get("/map/2026-06-30").text
    assert page.index('class="towns"') < page.index('class="controls"')
    towns = sample_client.get("/api/v1/days/2026-06-30").json()["towns"]
    ruled = sum(town["level"] not in (town["band_level"], "no_data") for town in towns)
    assert ruled and "※</b> 按规则定级" in page
    assert page.count('<span class="quiet" aria-hidden="true">※</span>') == ruled
