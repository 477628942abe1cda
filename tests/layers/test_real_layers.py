"""Real files of real districts; see the README beside them for what is known about each."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.importing.layer import LayerImport, read_layer
from layers.location import TownLocator
from layers.polygons import repair_polygons
from layers.readers.source import read_table
from layers.snapshots import read_grid, read_snapshot, write_snapshot

pytestmark = pytest.mark.real


def table_of(done: LayerImport) -> gpd.GeoDataFrame:
    assert isinstance(done.table, gpd.GeoDataFrame)
    return done.table


@pytest.fixture(scope="module")
def huangyan(real_data: Path) -> LayerImport:
    return read_layer(
        "towns",
        real_data / "huangyan" / "taizhou_towns_raw.shp",
        where="COUNTY = '黄岩区'",
        codes=real_data / "counties" / "town_codes.csv",
    )


@pytest.fixture(scope="module")
def hualien(real_data: Path) -> LayerImport:
    return read_layer("towns", real_data / "hualien" / "towns.geojson")


def test_huangyan_towns_from_the_raw_shapefile(huangyan: LayerImport) -> None:
    table = table_of(huangyan)
    assert (huangyan.read, huangyan.accepted, huangyan.rejected) == (19, 19, 0)
    assert table["code"].str.startswith("331003").all()
    assert table["code"].is_unique
    by_name = dict(zip(table["name"], table["code"], strict=True))
    assert by_name["东城街道"] == "331003001"
    assert by_name["屿头乡"] == "331003200"
    [source] = huangyan.sources
    assert source["encoding"] == "UTF-8"
    assert any("没有 .cpg" in fault.expected for fault in huangyan.faults)


def test_huangyan_overlaps_and_slivers(huangyan: LayerImport) -> None:
    assert huangyan.report["overlap_km2"] == pytest.approx(0.25, abs=0.005)
    assert huangyan.report["overlap_pairs"] == 36
    assert huangyan.report["sliver_count"] == huangyan.report["hole_count"] == 241
    assert huangyan.report["sliver_km2"] == pytest.approx(0.275, abs=0.001)


def test_shangpan_is_the_one_invalid_town_of_taizhou(real_data: Path) -> None:
    raw = read_table(real_data / "huangyan" / "taizhou_towns_raw.shp")
    assert len(raw.frame) == 131
    assert raw.geometry is not None
    repair = repair_polygons(raw.geometry)
    assert raw.frame["NAME"][repair.changed].tolist() == ["上盘镇"]
    [i] = repair.changed.nonzero()[0]
    assert "Nested shells" in repair.reason[i]
    assert repair.after_m2[i] == pytest.approx(104_114_618, rel=1e-6)
    assert repair.after_m2[i] - repair.before_m2[i] == pytest.approx(-166, abs=5)


def test_whole_city_codes_are_ambiguous_or_unknown_and_named(real_data: Path) -> None:
    done = read_layer(
        "towns",
        real_data / "huangyan" / "taizhou_towns_raw.shp",
        codes=real_data / "counties" / "town_codes.csv",
        division="331003",
    )
    assert done.accepted >= 19
    assert done.accepted + done.rejected == 131
    assert not done.usable


def test_petrol_stations_as_enterprises(real_data: Path, huangyan: LayerImport) -> None:
    done = read_layer(
        "enterprises",
        real_data / "huangyan" / "huangyan_poi.csv",
        where="kind = '加油站'",
        column_map={"sector": "kind"},
        towns=table_of(huangyan),
    )
    table = table_of(done)
    assert (done.read, done.accepted, done.rejected) == (33, 33, 0)
    assert set(table["sector"]) == {"加油站"}
    assert done.report["points_inside"] == 33
    assert done.datum == {"taken": "EPSG:4490", "origin": "assumed", "fit": {}}


def test_points_as_targets(real_data: Path, huangyan: LayerImport) -> None:
    done = read_layer(
        "targets",
        real_data / "huangyan" / "huangyan_poi.csv",
        where="kind IN ('小学', '中学', '医院', '动车站', '汽车站', '政府')",
        towns=table_of(huangyan),
    )
    assert done.rejected == 0
    assert set(table_of(done)["kind"]) == {"school", "hospital", "station", "government"}


def test_county_census_as_population(
    tmp_path: Path, real_data: Path, huangyan: LayerImport
) -> None:
    path = tmp_path / "census.csv"
    path.write_text("code,name,人口\n331003,黄岩区,707453\n", encoding="utf-8")
    done = read_layer("population", path, towns=table_of(huangyan))
    digest = write_snapshot(tmp_path / "layers", "population", done)
    grid = read_grid(tmp_path / "layers", digest)
    assert grid.total == pytest.approx(707_453)
    assert grid.crs == "EPSG:4549"


def test_hualien_end_to_end(tmp_path: Path, real_data: Path, hualien: LayerImport) -> None:
    folder = real_data / "hualien"
    towns = table_of(hualien)
    assert hualien.accepted == 13
    assert set(towns["code"].str.len()) == {8}
    villages = read_layer("communities", folder / "villages.geojson", towns=towns)
    assert (villages.accepted, villages.rejected) == (176, 0)
    assert set(table_of(villages)["town_code"]) == set(towns["code"])

    by_town = read_layer("population", folder / "town_population_2021-03.csv", towns=towns)
    by_village = read_layer(
        "population",
        folder / "village_population_2021-03.csv",
        towns=towns,
        units=table_of(villages),
    )
    assert by_town.report["method"] == "spread by area over 13 towns"
    assert by_village.report["method"] == "spread by area over 176 units"
    assert by_town.report["persons"] == by_village.report["persons"] == 323_666
    assert by_village.report["units_without_persons"] == 0

    digest = write_snapshot(tmp_path, "communities", villages)
    assert len(read_snapshot(tmp_path, "communities", digest)) == 176


def test_hualien_names_join_where_codes_are_missing(
    tmp_path: Path, real_data: Path, hualien: LayerImport
) -> None:
    villages = read_layer("communities", real_data / "hualien" / "villages.geojson")
    path = real_data / "hualien" / "village_population_2021-03.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    nameless = ["村里,區域,人口"]
    for line in lines[1:]:
        cells = line.split(",")
        nameless.append(f"{cells[3]},{cells[2]},{cells[5]}")
    copy = tmp_path / "p.csv"
    copy.write_text("\n".join(nameless) + "\n", encoding="utf-8")
    done = read_layer("population", copy, towns=table_of(hualien), units=table_of(villages))
    # Characters that the two publishers encode differently (for example 磯 and 矶) stay unmatched
    # and are named; all others join by village and town.
    assert done.accepted >= 170
    assert done.accepted + done.rejected == 176


def test_hualien_shelters(real_data: Path, hualien: LayerImport) -> None:
    towns = table_of(hualien)
    done = read_layer("shelters", real_data / "hualien" / "shelters.csv", towns=towns)
    table = table_of(done)
    assert (done.read, done.accepted, done.rejected) == (198, 198, 0)
    assert int((table["capacity_persons"] == 0).sum()) == 8
    assert table["area_m2"].isna().all()
    assert done.report["points_in_other_town"] == 4
    assert done.datum["fit"]["wgs84"]["inside"] == 194
    assert done.datum["fit"]["wgs84"]["share_inside"] > done.datum["fit"]["gcj02"]["share_inside"]
    assert not [fault for fault in done.faults if "--crs" in fault.expected]
    polygons = towns.geometry.to_numpy(dtype=object)
    town = TownLocator.from_polygons(polygons).locate(table["lon"], table["lat"])
    assert (town >= 0).all()


def test_yuhang(real_data: Path) -> None:
    done = read_layer(
        "towns",
        real_data / "yuhang" / "yuhang_towns.geojson",
        codes=real_data / "counties" / "town_codes.csv",
    )
    assert (done.accepted, done.rejected) == (12, 0)
    assert table_of(done)["code"].str.startswith("330110").all()
    assert done.report["overlap_km2"] == pytest.approx(0, abs=1e-4)
    assert done.report["repairs"] == []


def test_renshou_with_a_name_under_an_odd_key(tmp_path: Path, real_data: Path) -> None:
    path = real_data / "renshou" / "renshou_towns.geojson"
    raw = read_table(path)
    names = raw.frame["name"].fillna(raw.frame["na me"])
    assert raw.frame["name"].isna().sum() == 1
    codes = tmp_path / "codes.csv"
    rows = [f"511421{i + 100},{name}" for i, name in enumerate(names)]
    codes.write_text("code,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = read_layer("towns", path, codes=codes)
    assert (done.accepted, done.rejected) == (60, 0)
    assert table_of(done)["name"].notna().all()
    assert any("合并" in fault.expected for fault in done.faults)


def test_jakarta_has_one_invalid_polygon(tmp_path: Path, real_data: Path) -> None:
    codes = tmp_path / "codes.csv"
    raw = read_table(real_data / "jakarta_flood" / "district_osm_jakarta.geojson")
    rows = [f"99990000{i},{name}" for i, name in enumerate(raw.frame["KAB_NAME"])]
    codes.write_text("code,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = read_layer(
        "towns",
        real_data / "jakarta_flood" / "district_osm_jakarta.geojson",
        column_map={"name": "KAB_NAME"},
        codes=codes,
    )
    assert done.accepted == 5
    assert len(done.report["repairs"]) == 1
    assert shapely.is_valid(table_of(done).geometry.array).all()
