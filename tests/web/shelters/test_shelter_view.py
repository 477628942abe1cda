"""The shelter page in words: the sentence, the bars, the order; worked by hand."""

import pytest

from web.errors import ParameterError
from web.shelters.view import sentence, shown_columns, sorted_towns, town_rows
from web.texts.lookup import Texts

ZH, EN = Texts("zh"), Texts("en")


def town(
    code: str, population: float | None, area: float | None, **more: object
) -> dict[str, object]:
    """A row of the coverage document at 1.5 m² per head."""
    known = population is not None and area is not None
    short = max(0.0, 1.5 * population - area) if known else None  # type: ignore[operator]  # both known
    return {
        "code": code,
        "name": f"镇{code}",
        "population": population,
        "area_m2": area,
        "area_per_head": area / population if known else None,  # type: ignore[operator]  # both known
        "places_per_head": None,
        "shortfall_m2": short,
        "shortfall_persons": None if short is None else short / 1.5,
        "status": "unknown" if short is None else "short" if short else "enough",
        "area_unknown": 0,
        "usable": 1,
        **more,
    }


def document(*towns: dict[str, object], mean: float | None = None) -> dict[str, object]:
    """A coverage document with the sums that riskmap.shelters puts into it."""
    short = [town for town in towns if town["status"] == "short"]
    district = {
        "area_per_head": mean,
        "towns_short": len(short),
        "towns_unknown": sum(town["status"] == "unknown" for town in towns),
        "towns_shortfall_m2": sum(town["shortfall_m2"] for town in short),
        "towns_shortfall_persons": sum(town["shortfall_persons"] for town in short),
    }
    return {
        "target_m2_per_person": 1.5,
        "basis": "area",
        "district": district,
        "towns": list(towns),
    }


def said(doc: dict[str, object], t: Texts) -> str:
    """The sentence, with the spaces that hold number and unit together as plain ones."""
    return sentence(doc, t).replace("\u00a0", " ")


def test_the_sentence_says_mean_target_and_gap() -> None:
    doc = document(town("1", 100_000, 52_000), town("2", 20_000, 4_000), mean=0.4667)
    # 150,000 − 52,000 = 98,000 and 30,000 − 4,000 = 26,000: 124,000 m², at 1.5 82,667 persons
    assert said(doc, ZH) == (
        "全区人均有效避难面积 0.47 m²，低于 1.5 m² 的目标："
        "2 个镇街有缺口，共缺 12.4 万 m²（82,667 人）。"
    )
    assert "82,667 persons" in said(doc, EN)
    assert "124,000 m²" in said(doc, EN)


def test_the_sentence_when_nothing_is_missing_and_when_something_is_unknown() -> None:
    enough = town("1", 1000, 2000)
    assert said(document(enough, mean=2.0), ZH) == (
        "全区人均有效避难面积 2.00 m²，达到 1.5 m² 的目标：各镇街均无缺口。"
    )
    assert said(document(enough, town("2", None, 10.0)), ZH) == (
        "全区人均有效避难面积缺（目标 1.5 m²）：数据齐的镇街均无缺口；1 个镇街数据缺。"
    )
    assert said(document(town("2", None, None)), ZH).endswith("：1 个镇街数据缺。")


def test_bars_share_one_scale_with_the_target_on_it() -> None:
    rows = town_rows(document(town("1", 1000, 750), town("2", 1000, 3000), town("3", None, 1)), ZH)
    scale = 3.0 * 1.02
    assert rows[0]["bar"] == pytest.approx(100 * 0.75 / scale, abs=0.06)
    assert rows[1]["bar"] == pytest.approx(100 * 3.0 / scale, abs=0.06)
    assert rows[0]["mark"] == pytest.approx(100 * 1.5 / scale, abs=0.06)
    assert rows[2]["bar"] is None
    assert rows[2]["word"] == "缺"


def test_a_very_long_bar_is_broken() -> None:
    rows = town_rows(document(town("1", 100, 10_000), town("2", 1000, 750)), ZH)
    assert rows[0]["over"]
    assert rows[0]["bar"] == 100.0
    assert rows[1]["bar"] == pytest.approx(100 * 0.75 / (4.5 * 1.02), abs=0.06)


def test_the_least_comes_first_and_the_unknown_last() -> None:
    rows = town_rows(document(town("3", None, 1), town("1", 100, 200), town("2", 100, 50)), ZH)
    assert [row["code"] for row in sorted_towns(rows, "")] == ["2", "1", "3"]
    assert [row["code"] for row in sorted_towns(rows, "-area_per_head")] == ["1", "2", "3"]
    assert [row["code"] for row in sorted_towns(rows, "-shortfall_m2")] == ["2", "1", "3"]
    assert [row["code"] for row in sorted_towns(rows, "status")] == ["2", "3", "1"]
    with pytest.raises(ParameterError):
        sorted_towns(rows, "names")


def by_places(*shares: float | None, **more: object) -> dict[str, object]:
    """A document without any area: towns 1, 2, … of 1,000 residents with so many places each."""
    towns = [
        town(
            str(i),
            1000,
            None,
            places_per_head=share,
            capacity_persons=None if share is None else 1000 * share,
            area_unknown=1,
        )
        for i, share in enumerate(shares, start=1)
    ]
    doc = document(*towns)
    district = {"capacity_persons": 20_561.0, "places_per_head": 0.0635, "capacity_unknown": 0}
    return doc | {"basis": "capacity", "district": doc["district"] | district | more}


def test_without_areas_the_sentence_speaks_of_capacity() -> None:
    assert said(by_places(0.0174, 0.172), ZH) == (
        "全区避难容量 20,561 人，占常住人口 6.3 %；各镇街均未报有效面积，不能与 1.5 m² 比较。"
    )
    assert said(by_places(0.0174), EN) == (
        "Shelters have room for 20,561 persons, 6.3% of residents; "
        "no town reports effective areas, so there is no comparison with 1.5 m²."
    )
    least = by_places(0.0174, None, capacity_unknown=2)
    assert said(least, ZH).startswith("全区避难容量至少 20,561 人，至少占常住人口 6.3 %；")
    assert "at least 20,561 persons, at least 6.3% of residents" in said(least, EN)
    nobody = by_places(0.0174, places_per_head=None)
    assert said(nobody, ZH).startswith("全区避难容量 20,561 人，常住人口缺；各镇街")


def test_a_town_without_shelters_is_short_even_where_no_area_is_known() -> None:
    doc = by_places(0.05)
    bare = town("9", 2000, 0.0, places_per_head=0.0, capacity_persons=0.0, usable=0)
    gap = {"towns_short": 1, "towns_shortfall_m2": 3000.0, "towns_shortfall_persons": 2000.0}
    doc |= {"towns": [*doc["towns"], bare], "district": doc["district"] | gap}  # type: ignore[misc, operator]  # a plain dictionary
    assert said(doc, ZH).endswith("比较；1 个镇街有缺口，共缺 3,000 m²（2,000 人）。")
    row = town_rows(doc, ZH)[1]
    assert (row["label"], row["bar"], row["status"]) == ("0.0\u00a0%", 0.0, "short")
    assert shown_columns(doc)[1] == []


def test_without_areas_bars_and_figures_are_places_per_head() -> None:
    doc = by_places(0.172, None, 0.0174)
    rows = town_rows(doc, ZH)
    assert [row["bar"] for row in rows] == [98.0, None, 9.9]
    assert [row["mark"] for row in rows] == [None] * 3
    assert [row["label"] for row in rows] == ["17.2\u00a0%", "缺", "1.7\u00a0%"]
    assert [row["status"] for row in rows] == ["unknown"] * 3
    assert rows[2]["title"] == "镇3 缺（容量占人口 1.7\u00a0%）"
    assert town_rows(doc, EN)[2]["title"] == "镇3 no data (places for 1.7% of residents)"
    assert [row["code"] for row in sorted_towns(rows, "", "capacity")] == ["3", "1", "2"]
    ordered = sorted_towns(rows, "-capacity_persons", "capacity")
    assert [row["code"] for row in ordered] == ["1", "3", "2"]
    with pytest.raises(ParameterError):
        sorted_towns(rows, "capacity_persons")
    assert [row["bar"] for row in town_rows(by_places(0.0, None), ZH)] == [0.0, None]


def test_columns_that_all_towns_lack_are_left_out_only_without_areas() -> None:
    columns, hidden = shown_columns(by_places(0.172, None, 0.0174))
    assert [column.key for column in columns] == [
        "code", "places_per_head", "capacity_persons", "population", "usable",
    ]  # fmt: skip
    assert [column.key for column in hidden] == [
        "status", "area_per_head", "shortfall_m2", "shortfall_persons", "area_m2",
    ]  # fmt: skip
    columns, hidden = shown_columns(document(town("1", None, None)))
    assert len(columns) == 9
    assert not hidden


def test_where_areas_are_known_figures_and_labels_are_areas() -> None:
    rows = town_rows(document(town("1", 1000, 750), town("3", None, 1)), ZH)
    assert [(row["label"], row["brief"]) for row in rows] == [("缺口 0.75", "0.75"), ("缺", "缺")]
    assert [row["title"] for row in rows] == ["镇1 缺口 0.75 m²", "镇3 缺"]
