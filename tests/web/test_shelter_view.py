"""The shelter page in words: the sentence, the bars, the order; worked by hand."""

import pytest

from web.errors import ParameterError
from web.shelter_view import sentence, sorted_towns, town_rows
from web.texts import Texts

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
    return {"target_m2_per_person": 1.5, "basis": "area", "district": district, "towns": list(towns)}


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
