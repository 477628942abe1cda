from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from layers.errors import InputError
from layers.importing.layer import read_layer
from layers.zonal import zonal_sum

WEST, EAST = shapely.box(121.0, 28.0, 121.1, 28.1), shapely.box(121.1, 28.0, 121.2, 28.1)


@pytest.fixture
def towns() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"code": ["331003001", "331003100"], "name": ["东城街道", "宁溪镇"]},
        geometry=[WEST, EAST],
        crs="EPSG:4490",
    )


@pytest.fixture
def villages() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "code": ["331003001001", "331003100001"],
            "name": ["新村", "新村"],
            "town_code": ["331003001", "331003100"],
            "TOWNNAME": ["东城街道", "宁溪镇"],
        },
        geometry=[WEST, EAST],
        crs="EPSG:4490",
    )


def csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_table_by_town_keeps_every_town_s_persons(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "p.csv", "镇街,常住人口", '黄岩区東城街道,"12,000"', "宁溪镇,3000")
    done = read_layer("population", path, towns=towns)
    assert done.grid is not None
    assert done.table is not None
    # A border cell holds the persons of its covered part, of which a zonal sum counts the covered
    # share: a hundred metres around a town of 10 km, about 0.5 %.
    assert zonal_sum(done.grid, np.array([WEST, EAST])) == pytest.approx([12_000, 3_000], rel=1e-2)
    assert done.grid.total == pytest.approx(15_000)
    assert done.table["persons"].tolist() == [12_000.0, 3_000.0]
    assert "按面积" in done.report["provenance"]
    assert done.report["method"] == "spread by area over 2 towns"


def test_unmatched_is_told_both_ways(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "p.csv", "code,persons", "331003001000,12000", "331003999,5")
    done = read_layer("population", path, towns=towns)
    assert done.table is not None
    assert (done.read, done.accepted, done.rejected) == (2, 1, 1)
    assert np.isnan(done.table["persons"][1])
    assert done.report["units_without_persons_names"] == ["宁溪镇"]
    said = [(fault.row, fault.severity) for fault in done.faults]
    assert (3, "reject") in said
    assert any("未知处理" in fault.expected for fault in done.faults)


def test_names_that_repeat_are_told_apart_by_their_town(
    tmp_path: Path, towns: gpd.GeoDataFrame, villages: gpd.GeoDataFrame
) -> None:
    path = csv(tmp_path / "p.csv", "區域,村里,人口", "黃岩區寧溪鎮,新村,7", "黃岩區東城街道,新村,9")
    done = read_layer("population", path, towns=towns, units=villages)
    assert done.table is not None
    assert done.table["persons"].tolist() == [9.0, 7.0]
    assert done.report["method"] == "spread by area over 2 units"


def test_a_code_with_a_dash_finds_its_village(tmp_path: Path, villages: gpd.GeoDataFrame) -> None:
    units = villages.assign(code=["10015010001", "10015010002"])
    path = csv(tmp_path / "p.csv", "村里代碼,人口", "10015010-002,7", "10015010-001,9")
    done = read_layer("population", path, units=units)
    assert done.table is not None
    assert done.table["persons"].tolist() == [9.0, 7.0]


def test_a_county_total_is_spread_over_its_towns(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "p.csv", "code,name,人口", "331003,黄岩区,707453")
    done = read_layer("population", path, towns=towns)
    assert done.grid is not None
    assert done.grid.total == pytest.approx(707_453)
    assert done.report["method"] == "spread by area over 1 districts"
    shares = zonal_sum(done.grid, np.array([WEST, EAST])) / 707_453
    assert shares == pytest.approx([0.5, 0.5], rel=1e-2)


def test_a_unit_twice_keeps_the_first(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "p.csv", "name,人口", "东城街道,5", "东城街道,6", "宁溪镇,1")
    done = read_layer("population", path, towns=towns)
    assert done.table is not None
    assert done.table["persons"].tolist() == [5.0, 1.0]
    assert done.rejects["source_row"].tolist() == [3]


def test_without_units_or_match_there_is_one_clear_error(
    tmp_path: Path, towns: gpd.GeoDataFrame
) -> None:
    path = csv(tmp_path / "p.csv", "name,人口", "别处镇,5")
    with pytest.raises(InputError, match="先导入 towns"):
        read_layer("population", path)
    with pytest.raises(InputError, match=r"对不上.*别处镇"):
        read_layer("population", path, towns=towns)


def test_raster_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    persons = np.array([[1.0, 2.0], [np.nan, 4.0]])
    with rasterio.open(
        path, "w", driver="GTiff", width=2, height=2, count=1, dtype="float64", nodata=np.nan,
        crs="EPSG:4326", transform=rasterio.Affine(0.01, 0, 121, 0, -0.01, 28),
    ) as target:  # fmt: skip
        target.write(persons, 1)
    done = read_layer("population", path)
    assert done.grid is not None
    assert np.array_equal(done.grid.persons, persons, equal_nan=True)
    assert done.table is None
    assert done.report["persons"] == 7.0
    assert done.report["cells_unknown"] == 1
    with pytest.raises(InputError, match="一次只能"):
        read_layer("population", [path, path])
    with pytest.raises(InputError, match="找不到"):
        read_layer("population", tmp_path / "none.tif")


def test_negative_persons_are_a_fault(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "p.csv", "name,人口", "东城街道,-5", "宁溪镇,1")
    done = read_layer("population", path, towns=towns)
    assert isinstance(done.rejects, pd.DataFrame)
    assert "不小于 0" in done.rejects["reason"][0]


def raster(path: Path, west: float, crs: str = "EPSG:4326") -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=10, count=1, dtype="float64",
        crs=crs, transform=rasterio.Affine(0.01, 0, west, 0, -0.01, 28.1),
    ) as target:  # fmt: skip
        target.write(np.ones((10, 10)), 1)
    return path


def test_a_raster_must_reach_the_towns(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    away = raster(tmp_path / "away.tif", west=100.0)
    with pytest.raises(InputError, match="没有覆盖任何镇街"):
        read_layer("population", away, towns=towns)
    assert read_layer("population", away).faults == []  # nothing to compare it with
    half = read_layer("population", raster(tmp_path / "half.tif", west=120.95), towns=towns)
    [note] = half.faults
    assert (note.value, note.severity) == ("宁溪镇", "note")
    assert "不是 0" in note.expected
    whole = read_layer("population", raster(tmp_path / "w.tif", west=121.05), towns=towns)
    assert whole.faults == []


def test_a_raster_keeps_its_own_system(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = raster(tmp_path / "p.tif", west=121.05)
    assert read_layer("population", path, crs="4326", towns=towns).accepted == 100
    with pytest.raises(InputError, match=r"自带坐标系 EPSG:4326"):
        read_layer("population", path, crs="4549", towns=towns)


@pytest.mark.parametrize("word", ["合计", "总 计", "小计", "Total"])
def test_a_row_of_totals_is_no_unit(tmp_path: Path, towns: gpd.GeoDataFrame, word: str) -> None:
    path = csv(tmp_path / "p.csv", "name,人口", "东城街道,5", "宁溪镇,1", f"{word},6")
    done = read_layer("population", path, towns=towns)
    assert done.usable
    assert (done.accepted, done.rejected, done.report["persons"]) == (2, 0, 6.0)
    assert [(f.row, f.severity) for f in done.faults if "合计行" in f.expected] == [(4, "note")]
