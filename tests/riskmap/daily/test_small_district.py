"""The 3 × 3 district from files to documents, with every number worked out by hand."""

from collections.abc import Callable
from datetime import date

import pytest

from riskmap.daily.computing import DayResult, compute_day
from riskmap.records.importing import warning_files
from riskmap.workspace import Workspace

DAY = date(2026, 6, 30)


def town(result: DayResult, name: str):
    return next(row for row in result.towns if row["name"] == name)


@pytest.fixture
def calm(small: Workspace, now) -> DayResult:
    return compute_day(small, DAY, now=now)


def test_raw_inputs_of_the_worked_example(calm: DayResult) -> None:
    inputs = town(calm, "中央镇")["inputs"]
    raw = {row["sector"]: row["hazard_raw"] for row in inputs["sectors"]}
    # h1: α 2 × (5·2/5 + 20·2/1 + 4·1/5) = 2 × (2 + 40 + 0.8) = 85.6; h2: 4 × 4 + 2 × 1 = 18;
    # h3: 7 × 3 = 21; h4: 480 / 4 km² = 120
    assert raw["危化"] == pytest.approx(85.6, abs=1e-9)
    assert [raw[s] for s in ("工贸", "在建工地", "道路水上", "内涝地灾", "其他")] == [
        18,
        21,
        5,
        12,
        8,
    ]
    assert raw["消防"] == pytest.approx(120, rel=1e-6)
    assert inputs["area_km2"] == pytest.approx(4, rel=1e-6)
    assert inputs["density"] == pytest.approx(6000, rel=1e-6)
    assert inputs["vulnerable"] == 14
    assert (inputs["index"], inputs["closure"], inputs["online"]) == (84, 0.9, 0.95)


def test_calm_day_is_the_printed_score(calm: DayResult) -> None:
    centre = town(calm, "中央镇")
    # DOMAIN §11.1: C 1.187, calm 47.54 blue
    assert centre["inputs"]["control"] == pytest.approx(1.187, abs=1e-9)
    assert centre["score"] == pytest.approx(47.54, abs=0.005)
    assert (centre["level"], centre["dominant_sector"]) == ("blue", "危化")


def test_a_town_with_one_hazard(calm: DayResult) -> None:
    # 西南镇: 20 sites × 3 = 60 → h3 = 1; density 500 → e 0, no targets → v 0, both floored at 0.1:
    # I = 0.1^0.25 · 0.1^0.25 = 0.316228. No danger was ever due: closure is left out,
    # C = 0.75 + 0.5·(0.6·0.84 + 0.2·0.95)/0.8 = 1.18375; x = 0.267141;
    # score = 100·(0.5·x + 0.5·0.12·x) = 14.95988 → green
    first = town(calm, "西南镇")
    assert first["score"] == pytest.approx(100 * 0.56 * 0.1**0.5 / 1.18375, rel=1e-6)
    assert first["score"] == pytest.approx(14.95988, abs=1e-5)
    assert (first["level"], first["incomplete"]) == ("green", [])


def test_a_town_with_nothing_is_green_and_without_people_still_coloured(calm: DayResult) -> None:
    south, last = town(calm, "正南镇"), town(calm, "东北镇")
    assert (south["score"], south["level"], south["contributions"]) == (0.0, "green", [])
    # 东北镇 has no row in the population table: e unknown, 0.5 + 0.25 of the weight known
    assert last["inputs"]["population"] is None
    assert last["known_weight"] == pytest.approx(0.75)
    assert "density" in last["incomplete"]


def test_contributions_add_up(calm: DayResult) -> None:
    for row in calm.towns:
        assert sum(item["value"] for item in row["contributions"]) == pytest.approx(
            row["score"], abs=1e-9
        )


def test_top_risks_of_the_centre(calm: DayResult) -> None:
    centre = town(calm, "中央镇")
    first = centre["top_risks"][0]
    assert (first["kind"], first["id"], first["why"]) == (
        "hazard_source",
        "HS1",
        "R 85.6（二级重大危险源）",
    )
    inherent = next(
        item["value"]
        for item in centre["contributions"]
        if (item["sector"], item["factor"]) == ("危化", "inherent")
    )
    assert first["points"] == pytest.approx(inherent)  # the only item of its sector
    assert first["source"] == "hazard_sources.csv:2"
    assert [row["rank"] for row in centre["top_risks"]] == [1, 2, 3, 4, 5]
    points = [row["points"] for row in centre["top_risks"]]
    assert points == sorted(points, reverse=True)


def test_items_of_a_sector_share_its_points(calm: DayResult) -> None:
    # 西南镇: 20 equal sites share one inherent contribution; the five lowest ids are shown
    first = town(calm, "西南镇")
    inherent = sum(c["value"] for c in first["contributions"] if c["factor"] == "inherent")
    assert [row["id"] for row in first["top_risks"]] == [f"tower{i:03d}" for i in range(5)]
    assert first["top_risks"][0]["points"] == pytest.approx(inherent / 20)


@pytest.mark.parametrize(
    ("issued", "score"), [("2026-06-30 06:12:00", 63.27), ("2026-06-30 09:10:00", 47.54)]
)
def test_heat_orange_counts_once_issued(small: Workspace, issued: str, score: float, now, feed):
    warning_files(small, [feed("heat.json", issued)], now=now)
    centre = town(compute_day(small, DAY, now=now), "中央镇")
    assert centre["score"] == pytest.approx(score, abs=0.005)  # DOMAIN §11.1: 63.27 yellow


def test_fatal_accident_today_is_orange_by_e4(
    small: Workspace, deliver: Callable[..., None], now
) -> None:
    # DOMAIN §11.1 puts the accident into every sector: seven near-simultaneous accidents
    rows = [
        {
            "id": f"AC-{i}",
            "occurred_at": "2026-06-30T07:00:00+08:00",
            "town": "中央镇",
            "domain": domain,
            "kind": "事故",
            "deaths": 1,
        }
        for i, domain in enumerate(("危化", "工贸", "建设施工", "消防", "道路交通", "防汛", "其他"))
    ]
    deliver(small, "accidents", rows, now)
    centre = town(compute_day(small, DAY, now=now), "中央镇")
    assert centre["score"] == pytest.approx(54.40, abs=0.005)
    assert (centre["band_level"], centre["level"]) == ("yellow", "orange")
    floor = centre["floors"][0]
    assert (floor["rule"], floor["level"], floor["record"]) == ("E4", "orange", "accidents:AC-0")
    assert floor["source"].endswith("accidents.csv:2")
