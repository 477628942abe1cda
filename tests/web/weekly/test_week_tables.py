"""The tables of a week's page: sorting, longer bases, who has not delivered, choices."""

from typing import Any

import pytest

from web.errors import ParameterError
from web.texts.lookup import Texts
from web.weekly.week_tables import (
    aspect_rows,
    bases,
    choices,
    columns,
    departments,
    sorted_rows,
    sources,
    who_is_missing,
)
from web.weekly.week_view import town_rows

ZH, EN = Texts("zh"), Texts("en")


def table(document: dict[str, Any], sort: str) -> list[str]:
    rows = aspect_rows(town_rows(document, ZH, cards=False))
    return [row["code"][-1] for row in sorted_rows(rows, sort, columns(document, ZH))]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("", "1234"), ("rank", "1234"), ("-rank", "3214"), ("town", "1234"), ("-town", "4321"),
     ("index", "3214"), ("-index", "1234"), ("change", "2134"), ("-change", "1234"),
     ("A2", "3214"), ("-A2", "1234"), ("A7", "4123"), ("-A7", "1243")],
)  # fmt: skip
def test_any_column_sorts_and_the_unknown_stays_last(
    week_document: dict[str, Any], sort: str, order: str
) -> None:
    assert "".join(table(week_document, sort)) == order


def test_a_column_that_is_not_there_is_refused(week_document: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="不能按这一列排序"):
        table(week_document, "A9")


def test_headers_name_points_and_what_comes_first(week_document: dict[str, Any]) -> None:
    found = {column.key: column for column in columns(week_document, ZH)}
    assert found["A1"].title == "消防安全（15）"
    assert [found[key].first for key in ("town", "rank", "index", "A1")] == [
        "ascending", "ascending", "descending", "descending",
    ]  # fmt: skip
    assert columns(week_document, EN)[-1].title == "Disaster readiness (10)"


def test_what_every_town_lacks_is_said_once_in_the_header(week_document: dict[str, Any]) -> None:
    for town in week_document["towns"]:
        town["aspects"][2]["missing"] = ["A3.1"]
    week_document["towns"][0]["aspects"][2]["missing"] = ["A2.1", "A3.1"]
    found = {column.key: column.note for column in columns(week_document, ZH)}
    assert (found["A3"], found["A1"]) == ("缺 A3.1", "")
    rows = aspect_rows(town_rows(week_document, ZH, cards=False))
    by_code = {row["code"]: row["cells"][2]["lacks"] for row in rows}
    assert by_code == {"339901001": ["A2.1"], **{f"33990100{n}": [] for n in (2, 3, 4)}}


def test_unknown_aspects_are_no_zero(week_document: dict[str, Any]) -> None:
    rows = aspect_rows(town_rows(week_document, ZH, cards=False))
    cell = rows[3]["cells"][1]
    assert (cell["points"], cell["bar"], cell["missing"]) == (None, "", ["A2.1"])


def test_bases_are_ranked_and_say_their_span(week_document: dict[str, Any]) -> None:
    two_months, year = bases(week_document, ZH)
    assert two_months["span"] == "2026年第25周 至 2026年第26周，共 2 周"
    assert [(row["name"], row["shown"], row["rank"]) for row in year["rows"]] == [
        ("望江街道", "98.9", 1), ("石梁镇", "89.5", 2), ("<b>青墩镇</b>", "41.2", 3),
        ("临溪街道", "", None),
    ]  # fmt: skip
    week_document["bases"]["year"]["weeks"] = []
    assert bases(week_document, ZH)[1]["span"] == ""


def test_what_changed_on_a_basis_and_weeks_stored_without_it(week_document: dict[str, Any]) -> None:
    town = week_document["bases"]["year"]["towns"][1]
    best = {"code": "339901001", "name": "望江街道", "points": 11.0}
    town |= {"change": -1.5, "previous": {"week": "2026-W25", "index": 91.0, "rank": 1},
             "weakest_aspect": "A5", "costs": [{"indicator": "A5.1", "lost": 2.0, "best": best},
                                               {"indicator": "A1.2", "lost": 0.04, "best": best}],
             }  # fmt: skip
    first, second, *_ = bases(week_document, ZH)[1]["rows"]
    assert (second["change"], second["mark"], second["move"]) == (-1.5, "↓", -1)
    assert second["costs_text"] == "30 日闭环率 −2.0"
    assert second["weakest"] == "隐患闭环与曝光整改"
    assert (first["change"], first["mark"], first["weakest"], first["costs_text"]) == (
        None, "", "", "",
    )  # fmt: skip


def test_departments_stand_in_the_week_and_on_the_bases(week_document: dict[str, Any]) -> None:
    previous = {"week": "2026-W25", "share": 0.8, "rank": 2}
    stand = {"share": 0.83, "rank": 1, "change": 0.03, "previous": previous}
    week_document["departments"][0] |= stand
    week_document["bases"]["year"]["departments"] = [{"name": "消防", **stand, "rank": 3}]
    fire, emergency, _ = departments(week_document, ZH)
    assert (fire["standing"]["rank"], fire["standing"]["mark"]) == (1, "↑")
    assert fire["standing"]["change"] == pytest.approx(3)
    assert (fire["bases"]["year"]["rank"], fire["bases"]["two_months"]) == (3, None)
    assert (emergency["standing"]["rank"], emergency["standing"]["change"]) == (None, None)


def test_a_department_that_delivered_for_records_delivers(week_document: dict[str, Any]) -> None:
    fire = departments(week_document, ZH)[0]
    assert not fire["delivers"]  # from records, nothing delivered
    week_document["departments"][0]["delivered_at"] = "2026-06-26T09:00:00+08:00"
    assert departments(week_document, ZH)[0]["delivers"]


def test_a_department_measured_on_records_says_so(week_document: dict[str, Any]) -> None:
    assert [one["from_records"] for one in departments(week_document, ZH)] == [True, False, False]


def test_departments_say_who_has_not_delivered(week_document: dict[str, Any]) -> None:
    fire, emergency, people = departments(week_document, ZH)
    assert not fire["delivers"] and emergency["delivers"]
    assert people["missing_text"] == ["A6.1 缺 临溪街道"]
    assert people["indicator_names"] == ["A6.1 主要负责人、安管员持证率"]
    assert who_is_missing(week_document, ZH).startswith("1 个部门没有按时报齐：人社。")
    people_document = week_document["departments"][2]
    people_document["missing"][0]["towns"] = [town["code"] for town in week_document["towns"]]
    assert departments(week_document, ZH)[2]["missing_text"] == ["A6.1 缺 全部镇街"]
    people_document["missing"] = []
    assert people_document["late"], "a correction that came later makes nobody late"
    assert who_is_missing(week_document, ZH) == "各部门都已按时报齐。"


def test_the_lowest_town_of_a_department(week_document: dict[str, Any]) -> None:
    one = week_document["departments"][0]
    assert departments(week_document, ZH)[0]["lowest"] is None
    one["towns"] = [
        {"code": "339901001", "share": 0.9}, {"code": "339901002", "share": 0.4},
        {"code": "339901004", "share": None},
    ]  # fmt: skip
    assert departments(week_document, ZH)[0]["lowest"] == {"name": "石梁镇", "share": 0.4}


def test_the_choice_that_moves_most_comes_first(week_document: dict[str, Any]) -> None:
    week_document["sensitivity"].append(
        {"choice": "own", "first": -0.004, "first_spread": None, "total": 0.01,
         "total_spread": 0.02}
    )  # fmt: skip
    found = choices(week_document, ZH)
    assert [one["name"] for one in found] == ["原始数怎样折成分（归一化）", "权重上下浮动", "own"]
    assert (found[0]["total"], found[2]["first"]) == ("0.70 ±0.05", "0.00")
    week_document["sensitivity"] = []
    assert choices(week_document, ZH) == []


def test_sources_name_layers_and_records(week_document: dict[str, Any]) -> None:
    found = sources(week_document, ZH)
    assert [(one["name"], one["rows"]) for one in found] == [
        ("镇街", 4),
        ("隐患", 120),
        ("传感器报警", 4),
    ]
    assert found[0]["key"] == "cd" * 6 and found[1]["key"] == ""
