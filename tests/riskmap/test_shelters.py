"""Shelter figures: by hand, with what is unknown said, and on real shelters."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.shelters import (
    _area_remark,
    _remarks,
    basis_of,
    district_totals,
    place_shelters,
    shelter_coverage,
)

TOWNS = gpd.GeoDataFrame(
    {
        "code": ["330001001", "330001002", "330001003", "330001004"],
        "name": ["东镇", "西乡", "南街", "北镇"],
    },
    geometry=[shapely.box(120 + i, 28, 121 + i, 29) for i in range(4)],
    crs=4490,
)
PEOPLE = pd.Series({"330001001": 420_000.0, "330001002": 1000.0, "330001003": 500.0})


def shelters(*rows: tuple) -> gpd.GeoDataFrame:
    """Return shelters from (lon, area, capacity, usable, declared town)."""
    lon, area, capacity, usable, town = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "area_m2": pd.array(area, dtype="Float64"),
            "capacity_persons": np.array(capacity, dtype=float),
            "usable": pd.array(usable, dtype="boolean"),
            "town": pd.array(town, dtype="str"),
        },
        geometry=shapely.points(np.array(lon, dtype=float), 28.5),
        crs=4490,
    )


def covered(*rows: tuple, target_m2: float = 1.5) -> pd.DataFrame:
    return shelter_coverage(TOWNS, shelters(*rows), PEOPLE, target_m2).set_index("name")


def test_a_published_figure() -> None:
    # DOMAIN §0, 浔阳区 2023: 5 shelters, 63 万㎡, 1.5 m² per head, so 42 万 persons
    rows = covered(*[(120.1 + i / 10, 126_000.0, np.nan, True, "东镇") for i in range(5)])
    assert rows.loc["东镇", "area_m2"] == 630_000.0
    assert rows.loc["东镇", "area_per_head"] == 1.5
    assert rows.loc["东镇", "shortfall_m2"] == 0.0
    assert rows.loc["东镇", "status"] == "enough"
    assert rows.loc["东镇", "area_m2"] / 1.5 == 420_000.0


def test_a_town_that_is_short_by_hand() -> None:
    rows = covered((121.5, 600.0, 200.0, True, None), (121.6, 300.0, 100.0, True, None))
    west = rows.loc["西乡"]
    assert (west["shelters"], west["usable"], west["area_m2"]) == (2, 2, 900.0)
    assert west["area_per_head"] == 0.9
    assert west["places_per_head"] == 0.3
    assert west["shortfall_m2"] == 600.0
    assert west["shortfall_persons"] == 400.0
    assert west["status"] == "short"
    assert covered((121.5, 900.0, 1.0, True, None), target_m2=0.9).loc["西乡", "status"] == "enough"


def test_a_town_without_shelters_is_short_and_one_with_unknown_areas_unknown() -> None:
    rows = covered((121.5, None, 50.0, True, None))
    assert rows.loc["南街", ["shelters", "area_m2", "shortfall_m2"]].tolist() == [0, 0.0, 750.0]
    assert rows.loc["南街", "status"] == "short"
    assert np.isnan(rows.loc["西乡", "area_m2"])
    assert np.isnan(rows.loc["西乡", "shortfall_m2"])
    assert rows.loc["西乡", "status"] == "unknown"
    assert rows.loc["西乡", "area_unknown"] == 1
    assert rows.loc["西乡", "capacity_persons"] == 50.0


def test_unknown_residents_are_not_nobody() -> None:
    rows = covered((123.5, 5000.0, 1.0, True, None))
    assert rows.loc["北镇", "area_m2"] == 5000.0
    assert np.isnan(rows.loc["北镇", "population"])
    assert np.isnan(rows.loc["北镇", "area_per_head"])
    assert rows.loc["北镇", "status"] == "unknown"


def test_what_is_not_usable_does_not_count_and_what_is_not_said_does() -> None:
    rows = covered(
        (121.5, 600.0, np.nan, False, None),
        (121.6, 300.0, np.nan, None, None),
        (121.7, 40.0, np.nan, True, None),
    )
    west = rows.loc["西乡"]
    assert (west["shelters"], west["usable"], west["usable_unknown"]) == (3, 2, 1)
    assert west["area_m2"] == 340.0


def test_coordinates_beat_the_declared_town() -> None:
    table = shelters(
        (120.5, 10.0, np.nan, True, "西乡"),
        (120.5, 10.0, np.nan, True, "某县東鎮"),
        (120.5, 10.0, np.nan, True, "330001001000"),
        (120.5, 10.0, np.nan, True, None),
        (119.9995, 10.0, np.nan, True, None),
        (130.0, 10.0, np.nan, True, "东镇"),
    )
    placed = place_shelters(TOWNS, table)
    assert placed["town"].tolist() == [0, 0, 0, 0, 0, -1]
    assert placed["declared_elsewhere"].tolist() == [True, False, False, False, False, False]
    assert placed["near"].tolist() == [False, False, False, False, True, False]
    rows = shelter_coverage(TOWNS, table, PEOPLE)
    assert rows["area_m2"].tolist() == [50.0, 0.0, 0.0, 0.0]
    assert _remarks(rows, len(table)) == [
        "1 处避难场所的坐标在所有镇街之外，未计入",
        "1 处避难场所的坐标与申报镇街不符，按坐标所在镇街计算",
        "1 处避难场所落在镇街缝隙，归 200 米内最近的镇街",
        "5 处计入的避难场所没有容纳人数，容纳人数合计是下限",
        "1 个镇街的常住人口未知，无法判断是否达标",
    ]


def test_without_any_area_the_reader_is_sent_to_the_places() -> None:
    table = shelters((120.5, None, 200.0, True, None), (121.5, None, 300.0, True, None))
    said = _remarks(shelter_coverage(TOWNS, table, PEOPLE), len(table))
    assert said[0] == ("2 处计入的避难场所全都没有有效面积：人均面积和缺口无从计算，只能看人均位数")
    table = shelters((120.5, None, 200.0, True, None), (121.5, 90.0, 300.0, True, None))
    said = _remarks(shelter_coverage(TOWNS, table, PEOPLE), len(table))
    assert said[0] == "1 处计入的避难场所没有有效面积，面积合计是下限，缺口是上限"


def test_towns_compare_by_capacity_only_where_no_area_and_some_capacity_is_known() -> None:
    none = (120.5, None, np.nan, True, None)
    places = (121.5, None, 300.0, True, None)
    area = (121.5, 90.0, np.nan, True, None)
    closed = (122.5, 90.0, 10.0, False, None)
    cases = [
        ((none, places), "capacity"),
        ((none, places, closed), "capacity"),
        ((none, none), "area"),
        ((none, places, area), "area"),
        ((closed,), "area"),
    ]
    for rows, basis in cases:
        table = covered(*rows)
        assert basis_of(table) == basis
        remark = _area_remark(table)
        assert (remark is not None) == (basis == "capacity")
        assert remark is None or remark in _remarks(table, len(rows))


def test_towns_without_shelters_do_not_make_an_unknown_sum_zero() -> None:
    rows = covered((120.5, None, 200.0, True, None), (121.5, None, np.nan, True, None))
    assert rows["area_m2"].tolist()[2:] == [0.0, 0.0]
    total = district_totals(rows.reset_index().iloc[:3]).iloc[0]
    assert np.isnan(total["area_m2"]) and np.isnan(total["area_per_head"])
    assert total["status"] == "unknown"
    assert total["capacity_persons"] == 200.0
    assert total["places_per_head"] == pytest.approx(200 / 421_500)
    nowhere = district_totals(covered((130.0, 9.0, 9.0, True, None)).reset_index()).iloc[0]
    assert (nowhere["area_m2"], nowhere["capacity_persons"]) == (0.0, 0.0)


def test_columns_that_were_not_delivered_are_unknown() -> None:
    bare = gpd.GeoDataFrame(geometry=[shapely.Point(121.5, 28.5)], crs=4490)
    rows = shelter_coverage(TOWNS, bare, PEOPLE).set_index("name")
    assert rows.loc["西乡", ["usable", "usable_unknown", "area_unknown"]].tolist() == [1, 1, 1]
    assert rows.loc["西乡", "status"] == "unknown"


def test_the_district_is_the_sum_and_unknown_with_any_town() -> None:
    rows = covered((120.5, 600.0, 10.0, True, None), (121.5, None, np.nan, True, None))
    total = district_totals(rows.reset_index()).iloc[0]
    assert (total["shelters"], total["area_m2"], total["capacity_persons"]) == (2, 600.0, 10.0)
    assert np.isnan(total["population"])
    assert total["status"] == "unknown"
    known = district_totals(rows.reset_index().iloc[:3]).iloc[0]
    assert known["population"] == 421_500.0
    assert known["shortfall_m2"] == 1.5 * 421_500 - 600


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(119.5, 124.5),
            st.one_of(st.none(), st.floats(0, 1e5)),
            st.floats(0, 500),
            st.sampled_from([True, False, None]),
            st.sampled_from(["东镇", "西乡", None]),
        ),
        min_size=1,
        max_size=15,
    ),
    st.randoms(use_true_random=False),
)
def test_a_shelter_more_never_widens_a_shortfall_and_order_does_not_matter(
    rows: list[tuple], random: object
) -> None:
    before = covered(*rows)
    after = covered(*rows, (121.5, 100.0, 10.0, True, None))
    assert after["area_m2"].fillna(0).sum() == pytest.approx(
        before["area_m2"].fillna(0).sum() + 100
    )
    both = before["shortfall_m2"].notna() & after["shortfall_m2"].notna()
    assert (after["shortfall_m2"][both] <= before["shortfall_m2"][both] + 1e-9).all()
    shuffled = list(rows)
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(before, covered(*shuffled), rtol=1e-12)


@pytest.mark.real
def test_hualien_has_places_but_no_areas(real_data: Path) -> None:
    raw = pd.read_csv(real_data / "hualien" / "shelters.csv")
    table = gpd.GeoDataFrame(
        {"capacity_persons": raw["預計收容人數"].astype(float), "town": raw["縣市及鄉鎮市區"]},
        geometry=gpd.points_from_xy(raw["經度"], raw["緯度"]),
        crs=4490,
    )
    towns = gpd.read_file(real_data / "hualien" / "towns.geojson")
    people = pd.read_csv(
        real_data / "hualien" / "town_population_2021-03.csv", dtype={"towncode": str}
    )
    towns = towns.rename(columns={"TOWNCODE": "code", "TOWNNAME": "name"}).to_crs(4490)
    rows = shelter_coverage(towns, table, people.set_index("towncode")["人口"].astype(float))
    assert rows["shelters"].sum() + (place_shelters(towns, table)["town"] < 0).sum() == len(table)
    assert rows["capacity_persons"].sum() <= table["capacity_persons"].sum()
    assert (rows["status"] == "unknown").all()
    assert rows["population"].sum() == people["人口"].sum()
    assert rows["declared_elsewhere"].sum() < 0.05 * len(table)
