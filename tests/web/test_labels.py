"""Reasons, rules, actions and whys in English, worked by hand; and none forgotten."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from riskmap.daily.day_scheme import DayScheme
from scoring.daily.results import FACTORS
from scoring.levels import RULES
from web.labels import (
    action_text,
    contribution_label,
    floor_text,
    signal_words,
    why_text,
)
from web.texts.lookup import TEXTS, Texts

ZH, EN = Texts("zh"), Texts("en")
HAN = re.compile(r"[\u4e00-\u9fff]+")
SCHEME = DayScheme(
    version="v",
    bands=(),
    sectors={"危化": "Hazardous chemicals"},
    hazards={},
    unusual_high=0.9,
    unusual_days=14,
    signals={"高温": "heat"},
    subsectors={"道路运输": "road transport"},
)
HEAT = {"type": "高温", "level": "orange"}


@pytest.mark.parametrize(
    ("factor", "parts", "english"),
    [
        ("inherent", {"raw": 85.64, "unit": "R"}, "inherent (hazard sources, sum of R 85.64)"),
        ("inherent", {"raw": 3.0, "unit": "处"}, "inherent (3 sites)"),
        ("inherent", {}, "inherent"),
        ("weather", {**HEAT, "effect": 2, "part": None}, "orange heat signal × effect 2"),
        (
            "weather",
            {**HEAT, "effect": 3, "part": "道路运输", "gone": True},
            "gone since yesterday: orange heat signal × effect 3 (road transport)",
        ),
        ("backlog", {"counts": [2.0, 0.0, 0.0, 1.0]}, "hidden dangers: 2 general, 1 major and "
         "overdue"),
        ("accident", {"sum": 1.234}, "recent accidents and near misses (decayed 1.23)"),
        ("special", {"name": "龙舟赛"}, "special period: 龙舟赛"),
        ("control", {"factor": 0.95}, "control (factor 0.950)"),
        ("cap", {}, "cap (sector risk above 1)"),
        ("other", {}, "other sectors of yesterday's scheme"),
    ],
)  # fmt: skip
def test_labels_are_put_together_from_parts(factor: str, parts: Any, english: str) -> None:
    item = {"factor": factor, "label": "原文", "parts": parts}
    assert contribution_label(item, SCHEME, EN) == english
    plain = "固有风险（重大危险源 R 值合计 85.64）"  # what is stored says ΣR
    assert contribution_label(item, SCHEME, ZH) == (plain if parts.get("unit") == "R" else "原文")


def test_a_day_stored_without_parts_keeps_its_text() -> None:
    item = {"factor": "weather", "label": "高温橙色预警 × 影响 2"}
    assert contribution_label(item, SCHEME, EN) == "weather: 高温橙色预警 × 影响 2"
    risk = {"kind": "enterprise", "why": "危化，红色风险企业"}
    assert why_text(risk, SCHEME, EN) == "危化，红色风险企业"


def test_a_type_that_the_scheme_does_not_know_keeps_its_name() -> None:
    assert signal_words("海冰", "blue", SCHEME, EN) == "blue 海冰 signal"
    assert signal_words("海冰", None, SCHEME, EN) == "海冰 signal"


def test_every_rule_factor_and_action_has_an_english_sentence(sample_client: TestClient) -> None:
    for rule in RULES:
        assert not HAN.search(floor_text({"rule": rule, "text": "原文"}, SCHEME, EN)), rule
    for factor in (*FACTORS, "other"):
        assert f"factor_{factor}" in TEXTS
    down = {"rule": "E7", "text": "人工下调", "effect": -1}
    assert floor_text(down, SCHEME, EN).startswith("lowered by hand")
    action = {"action": "close_overdue", "sector": "危化", "count": 2, "text": "原文"}
    assert action_text(action, SCHEME, EN) == (
        "Close overdue general hidden dangers in Hazardous chemicals: 2"
    )
    assert action_text(action | {"action": "new"}, SCHEME, EN) == "原文"


@pytest.mark.parametrize(
    ("kind", "parts", "english"),
    [
        ("hazard_source", {"r": 85.6, "level": 2}, "R 85.6 (major hazard source, level 2)"),
        ("hazard_source", {"r": 0.5, "level": 0}, "R 0.5 (no major hazard source)"),
        (
            "enterprise",
            {"sector": "危化", "grade": "red", "flags": ["有限空间"]},
            "hazardous chemicals, red risk grade, confined spaces",
        ),
        ("enterprise", {"sector": None, "grade": None, "flags": []}, "no sector given, not graded"),
        ("risk_point", {"kind": "waterlogging", "severity": "major"}, "waterlogging (major)"),
        (
            "hidden_danger",
            {"grade": "major", "found": "2026-06-01", "overdue_days": 3},
            "major hidden danger, found 1 Jun, 3 days overdue",
        ),
        ("accident", {"grade": 1, "days": 4}, "accident, 4 days ago"),
        ("alarm", {}, "hazard source alarm not dealt with"),
        ("warning", {**HEAT, "station": "区气象台"}, "orange heat signal, 区气象台"),
    ],
)
def test_whys_are_put_together_from_parts(kind: str, parts: Any, english: str) -> None:
    assert why_text({"kind": kind, "why": "原文", "why_parts": parts}, SCHEME, EN) == english


def test_english_town_pages_hold_no_chinese_but_data(sample_client: TestClient) -> None:
    """Names, stations, titles, file names and free text of rows are data; all else is ours."""
    document = sample_client.get("/api/v1/days/2026-06-30").json()
    for town in document["towns"]:
        path = f"/api/v1/days/2026-06-30/towns/{town['code']}"
        detail = sample_client.get(path).json()
        text = sample_client.get(f"/towns/{town['code']}?date=2026-06-30&lang=en").text
        sample_client.cookies.clear()
        for kind in ("bar-label", "risk-why", "floors", "actions"):
            for part in re.findall(rf'class="{kind}">(.*?)</(?:span|ul|ol)>', text, re.S):
                plain = re.sub(r'<span class="risk-source">.*', "", part, flags=re.S)
                plain = re.sub(r"<[^>]+>", " ", plain)
                for risk in detail["top_risks"]:
                    plain = plain.replace((risk.get("why_parts") or {}).get("station") or "\0", "")
                plain = re.sub(r"special period: \S+", "", plain)
                assert not HAN.findall(re.sub(r"\S+\.\w+(#\S+)?:\d+", "", plain)), plain
