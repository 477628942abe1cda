"""A town's week in words: what costs points, what would gain, how sure, what is missing."""

from typing import Any

import pytest

from riskmap.paths import default_scheme_path
from scoring.schemes.scheme import load_scheme
from web.texts.lookup import Texts
from web.texts.weekly_town import ENGLISH
from web.weekly.week_town import bars, counts, facts, signs, town_week_view, with_unit

ZH, EN = Texts("zh"), Texts("en")


@pytest.fixture
def view(week_document: dict[str, Any], town_document: dict[str, Any]) -> dict[str, Any]:
    return town_week_view(week_document, town_document, ZH, cards=True)


def test_what_costs_points_comes_largest_first(view: dict[str, Any]) -> None:
    shown = [(row["code"], row["value"]) for row in view["costs"]["rows"]]
    assert shown == [
        ("A1.2", -3.0), ("A5.1", -2.0), ("A5.3", -2.0), ("A6.1", -2.0), ("A2.1", -1.5),
        ("A3.1", -1.0), ("A8.1", -1.0),
    ]  # fmt: skip
    assert view["costs"]["rest"] == []
    assert view["costs"]["rows"][0]["best_here"] == 15.0


def test_many_small_items_are_folded() -> None:
    rows = [{"code": f"A{i}", "lost": 10.0 - i} for i in range(9)]
    folded = bars(rows, "lost", -1.0)
    assert [len(folded["rows"]), len(folded["rest"]), folded["rest_sum"]] == [6, 3, -9.0]
    nothing = bars([{"code": "A1", "lost": 0.04}, {"code": "A2", "lost": None}], "lost", -1.0)
    assert nothing["rows"] == []


def test_an_indicator_says_value_counts_goalposts_and_origin(view: dict[str, Any]) -> None:
    fire = view["indicators"][0]
    assert fire["value_text"] == "94%" and fire["counts"] == "3.76 / 4"
    assert fire["posts"] == "70–100" and fire["full_text"] == "100%"
    assert fire["origin_text"] == "系统记录" and fire["drawn_text"] == ""
    assert view["indicators"][1]["origin_text"] == "应急报送"
    overdue = view["indicators"][5]
    assert overdue["facts_text"] == "一般超期 2 项" and overdue["posts"] == "4–0"
    (row,) = overdue["behind"]
    assert row["href"] == "/records/hidden_dangers?id=D-17&date=2026-06-29"


@pytest.mark.parametrize(
    ("unit", "label"), [("%", ""), ("起/万人", "起 / 万人"), ("比", "实有 / 按区中位应有")]
)
def test_two_counts_say_what_they_are(
    week_document: dict[str, Any], town_document: dict[str, Any], unit: str, label: str
) -> None:
    week_document["indicators"][0]["unit"] = unit
    found = town_week_view(week_document, town_document, ZH)["indicators"][0]
    assert found["counts_label"] == label


def test_what_was_delivered_for_the_records_is_told(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    town_document["indicators"][0]["origin"] = "department"
    found = town_week_view(week_document, town_document, ZH)["indicators"]
    assert found[0]["origin_text"].endswith("代报")
    assert found[1]["origin_text"] == "应急报送"


def test_a_delivered_value_leads_to_its_row_and_records_stand_below(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    delivered, computed = town_document["indicators"][1], town_document["indicators"][5]
    row = {"kind": "indicators", "key": "W|1|A2.1", "good": None, "text": "表.xlsx!C5"}
    delivered["evidence"] = [row]
    found = town_week_view(week_document, town_document, ZH)
    shown = {one["code"]: one for one in found["indicators"]}
    report = shown[delivered["code"]]["report"]
    assert report["href"].startswith("/records/indicators?id=W%7C1%7CA2.1")
    assert shown[delivered["code"]]["behind"] == []
    assert shown[computed["code"]]["report"] is None
    assert [one["key"] for one in shown[computed["code"]]["behind"]] == ["D-17"]
    delivered["evidence"], computed["evidence"] = [row, row], []
    found = town_week_view(week_document, town_document, ZH)
    assert [len(one["behind"]) for one in found["indicators"] if one["behind"]] == [2]


def test_a_value_drawn_to_the_usual_one_is_told(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    town_document["indicators"][0]["drawn"] = 92.3
    found = town_week_view(week_document, town_document, ZH)
    assert found["indicators"][0]["drawn_text"] == "按 92.3% 计分"


def test_what_cannot_be_gained_says_why_and_is_no_advice(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    """A stored week without reasons (the other rows here) is shown as it was."""
    small, passing = town_document["indicators"][0], town_document["indicators"][5]
    small.update(value=100.0, numerator=1, denominator=1, drawn=92.3, gain=0.0, no_gain="small")
    passing.update(gain=0.0, no_gain="lapses")
    found = town_week_view(week_document, town_document, ZH)
    shown = {row["code"]: row for row in found["indicators"]}
    few, late = shown[small["code"]], shown[passing["code"]]
    assert (few["no_gain_text"], few["hint"]) == (
        "按常年水平计", "样本少（1 / 1），向常年水平折算",
    )  # fmt: skip
    assert (late["no_gain_text"], late["hint"], late["whole"]) == ("到期自消", "到期自消", False)
    gaining = {row["code"] for row in found["gains"]["rows"]}
    assert gaining and not gaining & {small["code"], passing["code"]}
    assert small["code"] in {row["code"] for row in found["costs"]["rows"]}


def test_nothing_due_is_told_from_unknown(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    due, unknown = town_document["indicators"][:2]
    due.update(value=None, numerator=0.0, denominator=0.0)
    unknown.update(value=None, numerator=None, denominator=None)
    found = town_week_view(week_document, town_document, ZH)["indicators"]
    assert [one["value_text"] for one in found[:2]] == ["无应办", "缺"]


def test_rescaled_points_are_told(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    first = town_document["indicators"][0]
    first.update(points=16.0, of=20.0, lost=4.0, best={**first["best"], "points": 20.0})
    found = town_week_view(week_document, town_document, ZH)["indicators"][0]
    assert (found["best_here"], found["rescaled"]) == (20.0, "原 15 分，有缺项折算")


def test_chances_come_likeliest_first_and_small_ones_are_left_out(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    town_document["in_band"] = {"yellow": 0.196, "blue": 0.796, "green": 0.008}
    found = town_week_view(week_document, town_document, ZH)["chances"]
    assert [(one["word"], one["said"]) for one in found] == [("蓝", "79%"), ("黄", "19%")]


def test_last_week_and_rank_are_told(view: dict[str, Any]) -> None:
    assert view["previous"] == "上周 91.5 分，第 1 名（2026年第25周 第 1 版）"
    assert (view["ranked"], view["mark"], view["shown"]) == (3, "↓", "87.5")


def test_trend_is_told_newest_first_and_marks_drafts(
    week_document: dict[str, Any], town_document: dict[str, Any]
) -> None:
    town_document["trend"][-1]["status"] = "draft"
    found = town_week_view(week_document, town_document, ZH)["trend"]
    assert [row["shown"] for row in found["rows"]] == ["87.5", "91.5", "缺", "90.2"]
    assert "2026年第26周 黄 87.5 草稿" in found["picture"]


def test_aspects_beside_median_and_best(view: dict[str, Any]) -> None:
    line = view["lines"][0]
    assert (line["name"], line["median"], line["best"]) == ("消防安全", pytest.approx(13 / 15), 1.0)
    assert view["radar"]["series"][0]["values"][0] == 80.0


def test_cap_and_missing_are_said(week_document: dict[str, Any]) -> None:
    from_week = {town["code"]: town for town in week_document["towns"]}
    detail = {**from_week["339901003"], "indicators": [], "gains": [], "trend": []}
    found = town_week_view(week_document, detail, ZH)
    assert found["cap"] == (
        "封顶：较大事故 A-7，到2026年第29周为止指数不高于 59 分；不封顶是 62.5 分。"
    )
    assert found["lacking"] == "缺 A7.1 感知设备在线率，在本方面内按其余指标折算。"
    unknown = {**from_week["339901004"], "indicators": [], "gains": [], "trend": []}
    found = town_week_view(week_document, unknown, ZH)
    assert found["lacking"].startswith("缺的指标太多，算不出指数")
    assert found["shown"] == "" and found["chances"][0]["word"] == "缺"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(62.5, "%", "62.5%"), (None, "%", "缺"), (0.0, "起/万人", "0 起/万人"), (0.95, "比", "0.95"),
     (float("nan"), "分", "缺")],
)  # fmt: skip
def test_values_carry_their_unit(value: float | None, unit: str, text: str) -> None:
    assert with_unit(value, unit, ZH) == text


def test_counts_and_facts_that_are_not_there_say_nothing() -> None:
    assert counts({"numerator": None, "denominator": 4}) == ""
    assert counts({"numerator": 7, "denominator": 12}) == "7 / 12"
    assert facts({"deaths": 1, "points": 6, "serious_injuries": 0}, ZH) == "死亡 1 人"


def test_every_name_of_the_default_scheme_has_an_english_one() -> None:
    weekly = load_scheme(default_scheme_path().read_text("utf-8")).weekly
    assert weekly is not None
    names = {one.name for one in weekly.aspects} | {one.name for one in weekly.indicators}
    names |= {band.measure for band in weekly.bands} | set(weekly.departments)
    names |= {one.unit for one in weekly.indicators} - {"%"}
    assert names - ENGLISH.keys() == set()
    assert set(ENGLISH) - names == set(), "an English word that nothing uses"


@pytest.mark.parametrize(
    ("facts", "value", "said"),
    [
        ({"signs": 1, "sign_points": 0.5, "points": 2.5}, 2.5,
         "本周有 1 个疑似凑数的迹象，扣 0.5 分（A5.3）"),
        ({"signs": 1, "sign_points": 0.5, "points": 7.5}, 4.0,
         "本周有 1 个疑似凑数的迹象，应扣 0.5 分（A5.3，连同超期未改最多扣 4 分）"),
        ({"signs": 1, "points": 2.5}, 2.5, "本周有 1 个疑似凑数的迹象"),
    ],
    ids=["points", "all of the indicator", "stored before points were"],
)  # fmt: skip
def test_signs_of_gaming_say_what_they_cost(
    facts: dict[str, Any], value: float, said: str, town_document: dict[str, Any]
) -> None:
    detail = {**town_document, "signs": 1}
    one = next(one for one in detail["indicators"] if one["code"] == "A5.3")
    one.update(facts=facts, value=value)
    assert signs(detail, Texts("zh")) == said
    assert signs({**detail, "signs": 0}, Texts("zh")) == ""
