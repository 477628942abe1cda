"""Headline, order and reasons, worked by hand."""

import re
from datetime import date, datetime
from typing import Any

import pytest

from riskmap.daily.day_scheme import DayScheme
from riskmap.daily.explaining import worst_first
from web.daily import day_view
from web.texts.lookup import TEXTS, Texts

ZH, EN = Texts("zh"), Texts("en")
SCHEME = DayScheme(
    version="v",
    bands=(
        {"level": "red", "low": 80.0, "high": 100.0},
        {"level": "yellow", "low": 35.0, "high": 80.0},
        {"level": "green", "low": 0.0, "high": 35.0},
    ),
    sectors={"危化": "Hazardous chemicals"},
    hazards={"h1": "重大危险源"},
    unusual_high=0.9,
    unusual_days=14,
)


def town(code: str, score: float | None, step: int | None = 0, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": code,
        "score": score,
        "change": {"score": 0.0, "level": step},
    } | more


def signal(kind: str, level: str, at: str) -> dict[str, Any]:
    return {
        "type": kind,
        "level": level,
        "station": "区气象台",
        "issued_at": f"2026-06-30T{at}+08:00",
    }


def document(**more: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("red", "orange", "yellow", "blue", "green", "no_data"), 0)
    return {
        "date": "2026-06-30",
        "headline_counts": counts | {"orange": 2, "yellow": 3},
        "headline_previous": counts,
        "signals": [signal("高温", "orange", "06:12:00")],
        "provenance": {"records": {"warnings": {"known": True}}},
        "towns": [town("a", 1.0, 1), town("b", 2.0, 0), town("c", None, None)],
    } | more


def said(parts: dict[str, Any]) -> str:
    counts = " ".join(f"{one['count']} {one['word']}" for one in parts["counts"])
    worst = "、".join(f"{one['word']} {one['name']} {one['why']}" for one in parts["worst"])
    named = f"：{worst}；" if worst else " "
    return f"{parts['lead']}{named}{counts}，{parts['moves']}｜{parts['reason']}"


def test_headline_is_the_sentence_of_the_house() -> None:
    line = said(day_view.headline(document(), date(2026, 6, 30), ZH, SCHEME))
    assert line == "今日 2 橙 3 黄，较昨日 ↑1｜高温橙色预警（区气象台 06:12）"


def raised(name: str, level: str, score: float, *floors: dict[str, Any]) -> dict[str, Any]:
    return detail(code=name, name=name, level=level, score=score, floors=list(floors))


def test_headline_names_the_two_worst_towns_and_why_in_few_words() -> None:
    listed = {"rule": "E3", "level": "orange", "text": "挂牌重大隐患 H-1", "effect": 1}
    towns = [
        raised("云栖", "yellow", 63.0),
        raised("石梁", "orange", 48.6, {**listed, "rule": "E4"}),
        raised("望江", "orange", 57.9, listed),
        raised("青墩", "no_data", 90.0),
    ]
    line = said(day_view.headline(document(), date(2026, 6, 30), ZH, SCHEME, towns))
    assert line.startswith("今日：橙 望江 重大隐患未销号、橙 石梁 死亡事故；2 橙 3 黄，较昨日 ↑1")


def test_headline_gives_the_signal_or_the_sector_where_no_rule_made_the_level() -> None:
    parts = {"type": "高温", "level": "orange", "effect": 2, "part": None}
    weather = {"sector": "危化", "factor": "weather", "label": "", "value": 9.0, "parts": parts}
    backlog = {"sector": "危化", "factor": "backlog", "label": "", "value": 9.0}
    for item, chinese, english in (
        (weather, "高温橙色预警", "orange 高温 signal"),
        (backlog, "危化隐患存量", "Hazardous chemicals: backlog"),
    ):
        one = detail(contributions=[item])
        assert day_view.short_reason(one, SCHEME, ZH) == chinese
        assert day_view.short_reason(one, SCHEME, EN) == english


def test_a_calm_day_and_a_day_without_data_name_no_town() -> None:
    towns = [raised("a", "blue", 40.0), raised("b", "no_data", 10.0)]
    assert day_view.headline(document(), date(2026, 6, 30), ZH, SCHEME, towns)["worst"] == []


def test_another_day_is_named_and_unknown_towns_are_counted() -> None:
    counts = document()["headline_counts"] | {"no_data": 1}
    line = said(day_view.headline(document(headline_counts=counts), date(2026, 7, 1), ZH, SCHEME))
    assert line.startswith("6月30日 2 橙 3 黄 1 缺，")


def test_no_warning_differs_from_unknown_warnings() -> None:
    assert day_view.reason(document(signals=[]), ZH) == "无生效的气象预警信号"
    unknown = {"records": {"warnings": {"known": False}}}
    assert day_view.reason(document(signals=[], provenance=unknown), ZH) == "气象预警信号情况缺"


def test_worst_signal_leads_then_the_newest() -> None:
    signals = [
        signal("大风", "blue", "07:00:00"),
        signal("暴雨", "orange", "05:00:00"),
        signal("高温", "orange", "06:12:00"),
    ]
    text = day_view.reason(document(signals=signals), ZH)
    assert text == "高温橙色预警（区气象台 06:12）等 3 条"


def test_moves_without_yesterday_are_not_said() -> None:
    assert day_view.moves([town("a", 1.0, 1)], None, ZH) == ""
    assert day_view.moves([town("a", 1.0, 0)], {}, ZH) == "较昨日无升降"
    assert day_view.moves([town("a", 1.0, 2), town("b", 1.0, -1)], {}, ZH) == "较昨日 ↑1 ↓1"


def test_towns_come_by_level_then_by_score_and_unknown_last() -> None:
    """Held orange by a rule at 47 points stands above blue 48 and yellow 61."""
    towns = [
        town("blue48", 48.5, level="blue"),
        town("yellow61", 61.6, level="yellow"),
        town("none", None, level="no_data"),
        town("orange47", 47.4, level="orange"),
        town("orange-without-score", None, level="orange"),
        town("orange52", 52.7, level="orange"),
        town("part", 70.0, level="no_data"),
        town("green", 0.0, level="green"),
    ]
    assert [one["code"] for one in worst_first(towns)] == [
        "orange52",
        "orange47",
        "orange-without-score",
        "yellow61",
        "blue48",
        "green",
        "part",
        "none",
    ]


@pytest.mark.parametrize(
    ("percentile", "days", "expected"),
    [(0.9, 14, True), (0.89, 300, False), (1.0, 13, False), (None, 300, False)],
)
def test_unusual_needs_a_high_percentile_of_enough_days(
    percentile: float | None, days: int, expected: bool
) -> None:
    one = town("a", 1.0, unusual={"percentile": percentile, "days": days})
    assert day_view.is_unusual(one, SCHEME) is expected


def detail(**more: Any) -> dict[str, Any]:
    items = [
        {"sector": "危化", "factor": "inherent", "label": "固有风险", "value": 30.0},
        {"sector": "危化", "factor": "weather", "label": "高温橙色预警 × 影响 2", "value": 12.4},
        {"sector": "危化", "factor": "control", "label": "管控水平", "value": 20.0},
    ]
    return {"level": "yellow", "floors": [], "contributions": items} | more


def test_first_reason_is_what_moves_today() -> None:
    assert day_view.first_reason(detail(), SCHEME, ZH) == "危化 +12.4：高温橙色预警 × 影响 2"
    english = day_view.first_reason(detail(), SCHEME, EN)
    assert english.startswith("Hazardous chemicals +12.4: ")


def test_a_rule_that_made_the_level_comes_first() -> None:
    floors = [
        {"rule": "E6", "level": "blue", "text": "响应Ⅳ级", "effect": 1},
        {"rule": "E3", "level": "yellow", "text": "挂牌重大隐患", "effect": 1},
    ]
    assert day_view.first_reason(detail(floors=floors), SCHEME, ZH) == "挂牌重大隐患"
    idle = [{"rule": "E3", "level": "yellow", "text": "挂牌重大隐患", "effect": 0}]
    assert day_view.first_reason(detail(floors=idle), SCHEME, ZH).startswith("危化 +12.4")


def test_band_limits_in_words() -> None:
    assert [one["text"] for one in day_view.band_texts(SCHEME)] == ["≥ 80", "35–80", "< 35"]


def days(*dates: str) -> list[dict[str, str]]:
    return [{"date": one} for one in sorted(dates, reverse=True)]


def test_slider_shows_the_last_30_and_its_neighbours() -> None:
    listed = days(*(f"2026-05-{day:02}" for day in range(1, 32)), "2026-06-02")
    shown = day_view.slider(listed, "2026-06-02")
    assert (len(shown["dates"]), shown["value"]) == (30, 29)
    assert (shown["previous"], shown["next"]) == ("2026-05-31", None)
    first = day_view.slider(listed, "2026-05-01")
    assert (first["dates"], first["value"]) == (["2026-05-01"], 0)
    assert (first["previous"], first["next"]) == (None, "2026-05-02")


def test_every_text_has_both_languages_and_the_same_values() -> None:
    for key, (chinese, english) in TEXTS.items():
        assert chinese and english, key
        assert not {"!", "！"} & set(chinese + english), key
        names = [set(re.findall(r"{(\w+)", text)) for text in (chinese, english)]
        assert names[0] >= names[1], key


def aged(age: float, *, stale: bool = False) -> dict[str, Any]:
    return {"age_days": age, "stale": stale}


def of_layers(**layers: dict[str, Any]) -> dict[str, Any]:
    oldest = max(layers, key=lambda name: layers[name]["age_days"])
    return {
        "oldest_source": {"name": oldest, "age_days": layers[oldest]["age_days"]},
        "provenance": {"layers": layers, "records": {"alarms": {"age_h": 30.0, "stale": False}}},
    }


def test_of_equally_old_sources_the_stale_one_is_named() -> None:
    equal = of_layers(communities=aged(184.0), enterprises=aged(184.0, stale=True))
    assert day_view.oldest_source(equal, ZH) == {"name": "企业", "age_days": 184.0}
    older = of_layers(communities=aged(200.0), enterprises=aged(184.0, stale=True))
    assert day_view.oldest_source(older, ZH) == {"name": "村社", "age_days": 200.0}
    assert day_view.oldest_source({"oldest_source": None}, ZH) is None


def test_stale_sources_are_counted_and_named() -> None:
    names = ("enterprises", "risk_points", "targets", "towns")
    two = of_layers(**{name: aged(184.0, stale=name in names[:2]) for name in names})
    assert day_view.stale_sources(two, ZH) == "过期 2 项：企业、风险点"
    four = of_layers(**{name: aged(184.0, stale=True) for name in names})
    assert day_view.stale_sources(four, ZH) == "过期 4 项：企业、风险点、防护目标等"
    assert day_view.stale_sources(of_layers(towns=aged(1.0)), ZH) == ""
    two["provenance"]["records"]["alarms"]["stale"] = True
    assert day_view.stale_sources(two, EN).startswith("3 stale: ")


def test_a_signal_is_over_when_its_end_has_come_and_never_on_a_past_day() -> None:
    end = "2026-06-30T10:22:00+08:00"
    one = {"signals": [{"expires_at": end}]}
    for clock, ended in (("10:21", False), ("10:22", True), ("13:57", True)):
        now = datetime.fromisoformat(f"2026-06-30T{clock}+08:00")
        assert day_view.signals(one, now)[0]["ended"] is ended
    assert day_view.signals(one, None)[0]["ended"] is False


@pytest.mark.parametrize(
    ("above", "said"), [(3, "3 个镇街均高于往日"), (2, "2 个镇街高于往日"), (1, "")]
)
def test_where_most_towns_are_unusual_one_line_says_it_and_no_row_has_a_dot(
    above: int, said: str
) -> None:
    towns = [
        town(
            str(i),
            1.0,
            level="blue",
            dominant_sector=None,
            unusual={"percentile": 1.0 if i < above else 0.5, "days": 29},
        )
        for i in range(3)
    ]
    one = document(towns=towns)
    assert day_view.unusual_line(one, SCHEME, ZH) == said
    rows = day_view.town_rows(one, [], {}, SCHEME, ZH)
    assert sum(row["is_unusual"] for row in rows) == (0 if said else above)
