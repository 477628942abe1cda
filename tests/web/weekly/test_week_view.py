"""A week in words: headline, list of towns, map, legend; the hand-made week of four towns."""

from typing import Any

import pytest

from web.texts.lookup import Texts
from web.weekly.week_view import (
    band_texts,
    card_badge,
    headline,
    map_properties,
    neighbours,
    rank_move,
    said,
    short,
    town_rows,
)

ZH, EN = Texts("zh"), Texts("en")
GIVEN = {"number": "a/b", "card": "white", "state": "given", "answer_due": None}


def rows_by_code(document: dict[str, Any], t: Texts = ZH) -> dict[str, dict[str, Any]]:
    return {row["code"][-1]: row for row in town_rows(document, t, cards=True)}


def test_headline_says_week_levels_mean_and_ends(week_document: dict[str, Any]) -> None:
    said_line = headline(week_document, ZH)
    assert said_line["lead"] == "2026年第26周"
    levels = [(one["count"], one["word"]) for one in said_line["counts"]]
    assert levels == [(1, "红"), (1, "黄"), (1, "绿"), (1, "缺")]
    assert said_line["mean"] == "全区平均 76.1 分，较上周 −1.4"
    ends = "第 1 名 望江街道 99.5，末位 <b>青墩镇</b> 41.2，1 个镇街数据不足、不排名"
    assert said_line["ends"] == ends
    assert headline(week_document, EN)["lead"] == "Week 26 of 2026"


def test_headline_of_a_week_in_which_nothing_is_known(week_document: dict[str, Any]) -> None:
    week_document["district"] = {
        "index": None, "change": None, "towns": 4, "known": 0, "levels": {"no_data": 4},
    }  # fmt: skip
    for town in week_document["towns"]:
        town.update(index=None, rank=None, level="no_data")
    line = headline(week_document, ZH)
    assert line["mean"] == "全区平均缺"
    assert line["ends"] == "4 个镇街数据不足、不排名"


def test_towns_stand_by_rank_and_the_unknown_one_last(week_document: dict[str, Any]) -> None:
    week_document["towns"].reverse()
    rows = town_rows(week_document, ZH, cards=False)
    assert [row["rank"] for row in rows] == [1, 2, 3, None]
    assert rows[3]["word"] == "缺" and rows[3]["shown"] == ""
    assert rows[3]["range"] == "" and rows[3]["range_text"] == "名次区间缺"
    missing = "缺 执法检查计划完成率、专项行动节点任务完成率"
    assert rows[3]["costs_text"] == missing


@pytest.mark.parametrize(
    ("index", "text"),
    [(94.99, "94.99"), (95.0, "95.0"), (90.0, "90.0"), (90.01, "90.01"), (79.99, "79.99"),
     (59.94, "59.9"), (87.45, "87.5")],
)  # fmt: skip
def test_an_index_is_never_shown_in_another_colour(
    week_document: dict[str, Any], index: float, text: str
) -> None:
    week_document["towns"][1]["index"] = index
    assert rows_by_code(week_document)["2"]["shown"] == text


def test_what_costs_most_stands_in_words(week_document: dict[str, Any]) -> None:
    rows = rows_by_code(week_document)
    assert rows["2"]["costs_text"] == "失分最多：超期未改扣分 −2.0"
    assert rows["1"]["costs_text"] == "各项都不低于最好的镇街"
    week_document["towns"][1]["costs"][0]["lost"] = 0.04
    assert rows_by_code(week_document)["2"]["costs_text"] == "各项都不低于最好的镇街"


@pytest.mark.parametrize(
    ("before", "now", "mark", "text"),
    [(2, 1, "↑", "名次升 1 位"), (1, 4, "↓", "名次降 3 位"), (3, 3, "", "名次未变"),
     (None, 3, "", "上周名次缺"), (3, None, "", "上周名次缺")],
)  # fmt: skip
def test_rank_moves(before: int | None, now: int | None, mark: str, text: str) -> None:
    found = rank_move({"previous": {"rank": before}, "rank": now}, ZH)
    assert (found["mark"], found["move_text"]) == (mark, text)
    assert rank_move({"previous": None, "rank": now}, ZH)["mark"] == ""


def test_intervals_are_told_in_words(week_document: dict[str, Any]) -> None:
    week_document["towns"][1]["rank_interval"] = [1, 3]
    rows = rows_by_code(week_document)
    assert (rows["2"]["range_short"], rows["2"]["range_text"]) == ("1–3", "90% 可能在第 1–3 名")
    assert (rows["1"]["range_short"], rows["1"]["range_text"]) == ("1", "90% 可能在第 1 名")


def test_card_badges_say_card_and_state() -> None:
    assert card_badge(None, ZH, linked=True) is None
    given = card_badge(GIVEN, ZH, linked=True)
    assert given is not None and (given["text"], given["href"]) == ("白牌", "/cards/a%2Fb")
    held = card_badge({**GIVEN, "card": "red", "state": "held"}, ZH, linked=False)
    assert held is not None and (held["text"], held["href"]) == ("红牌（暂缓）", "")
    due = card_badge({**GIVEN, "answer_due": "2026-07-03T17:00:00+08:00"}, EN, linked=False)
    assert due is not None and due["due"] == "answer due 3 Jul"


def test_legend_says_where_each_band_begins(week_document: dict[str, Any]) -> None:
    shown = [(band["word"], band["text"]) for band in band_texts(week_document, ZH)]
    assert shown == [
        ("红", "< 60"),
        ("橙", "60–<80"),
        ("黄", "80–90"),
        ("蓝", ">90–<95"),
        ("绿", "≥ 95"),
    ]


def test_map_carries_words_and_where_to_go(week_document: dict[str, Any]) -> None:
    shown = map_properties(town_rows(week_document, ZH, cards=True), ZH)
    one = shown["339901002"]
    assert (one["word"], one["score"], one["mark"]) == ("黄", "87.5", "↓")
    assert one["href"] == "/weekly/2026-W26/towns/339901002"
    assert one["title"].startswith("石梁镇 黄 87.5，90% 可能在第 2 名，失分最多")
    assert shown["339901004"]["title"].startswith("临溪街道 缺，缺 执法检查计划完成率")


def test_an_older_revision_leads_to_its_own_towns(week_document: dict[str, Any]) -> None:
    row = town_rows(week_document, ZH, cards=True, revision=1)[0]
    assert row["href"] == "/weekly/2026-W26/towns/339901001?revision=1"


def test_weeks_before_and_after() -> None:
    listed = [{"week": week} for week in ("2026-W26", "2025-W52", "2026-W01", "2026-W02")]
    around = neighbours(listed, "2026-W01")
    assert (around["previous"], around["next"]) == ("2025-W52", "2026-W02")
    assert around["weeks"][0] == around["latest"] == "2026-W26"
    assert neighbours(listed, "2026-W26")["next"] is None


def test_a_draft_makes_no_published_week_a_past_one() -> None:
    listed = [{"week": "2026-W48", "status": "draft"}, {"week": "2026-W47", "status": "published"},
              {"week": "2026-W46", "status": "published"}]  # fmt: skip
    around = neighbours(listed, "2026-W47")
    assert (around["latest"], around["next"]) == ("2026-W47", "2026-W48")
    assert neighbours(listed[:1], "2026-W48")["latest"] == "2026-W48"


def test_names_by_language_and_without_remarks() -> None:
    assert said("消防安全", EN) == "Fire safety" and said("消防安全", ZH) == "消防安全"
    assert said("自拟方面", EN) == "自拟方面"
    assert short("立案对检查比（区中位数为 1）") == "立案对检查比"
    assert short("（全部）") == "（全部）"
