"""A small province of the large generator: seamless, complete, importable by its columns."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from riskmap.sample.large import make_nation, make_province


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("province")
    make_province(made, seed=5, towns=30, enterprises=6000)
    return made


def test_towns_are_a_coverage_with_distinct_codes(folder: Path) -> None:
    towns = gpd.read_file(folder / "towns.gpkg")
    assert len(towns) == 30
    assert towns["code"].is_unique
    assert towns["code"].str.fullmatch(r"\d{9}").all()
    geometry = towns.geometry.to_numpy()
    assert shapely.coverage_is_valid(geometry)
    assert shapely.area(geometry).mean() / 1e6 == pytest.approx(70.56, rel=0.02)


def test_every_enterprise_lies_in_or_by_its_declared_town(folder: Path) -> None:
    towns = gpd.read_file(folder / "towns.gpkg").to_crs(4490)
    table = pd.read_csv(folder / "enterprises.csv", dtype={"town": str})
    assert len(table) == 6000
    assert table["id"].is_unique
    points = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4490
    )
    joined = gpd.sjoin(points, towns[["name", "geometry"]].rename(columns={"name": "found"}))
    assert len(joined) > 0.97 * len(table)
    assert (joined["found"] == joined["town"]).mean() > 0.93


def test_the_grid_holds_50_000_people_a_town_in_100_m_cells(folder: Path) -> None:
    with rasterio.open(folder / "population.tif") as raster:
        assert raster.res == (100.0, 100.0)
        persons = raster.read(1)
    assert persons.sum(dtype=np.float64) == pytest.approx(30 * 50_000, rel=1e-3)


def test_sites_and_records_are_as_many_as_said(folder: Path) -> None:
    lengths = {path.stem: len(pd.read_csv(path)) for path in folder.glob("*.csv")}
    assert lengths == {
        "enterprises": 6000,
        "hazard_sources": 15,
        "substances": 15,
        "targets": 600,
        "risk_points": 900,
        "hidden_dangers": 300,
        "accidents": 1,
        "indicators": 90,
    }


def test_a_nation_is_cut_without_losing_a_town(tmp_path: Path) -> None:
    folders = make_nation(tmp_path, seed=3, towns=25, enterprises=1000, parts=3)
    towns = [len(gpd.read_file(folder / "towns.gpkg")) for folder in folders]
    firms = [len(pd.read_csv(folder / "enterprises.csv")) for folder in folders]
    assert (towns, sum(firms)) == ([8, 8, 9], 1000)
