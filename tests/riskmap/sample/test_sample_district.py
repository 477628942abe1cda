"""The sample district: the shipped files are the generator's, and are what they claim to be."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely

from layers.datum import bd09_to_gcj02, gcj02_to_wgs84
from riskmap.sample.district import make_district
from riskmap.sample.ground import connect, make_ground
from riskmap.sample.profiles import TOWNS

SHIPPED = Path(__file__).parents[3] / "data" / "sample" / "raw"
COMMANDS = SHIPPED.parent / "commands.txt"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make_district(folder)
    return folder


def _content(path: Path) -> object:
    """Return what a file says, apart from how libraries pack it."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return [[[cell.value for cell in row] for row in sheet.rows] for sheet in book]
    if path.suffix == ".tif":
        with rasterio.open(path) as raster:
            return raster.read().tobytes(), raster.transform, raster.crs.to_epsg()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return path.read_bytes()


def test_the_shipped_files_are_what_the_generator_makes(made: Path) -> None:
    names = sorted(path.name for path in SHIPPED.iterdir())
    assert names == sorted(path.name for path in made.iterdir())
    for name in names:
        assert _content(made / name) == _content(SHIPPED / name), name


def test_a_second_run_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    make_district(tmp_path)
    for path in made.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_end_moves_the_records_and_nothing_else(made: Path, tmp_path: Path) -> None:
    make_district(tmp_path, end=date(2027, 1, 15))
    same = ["towns.zip", "communities.geojson", "enterprises_fire.xlsx", "population_100m.tif"]
    for name in same:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name
    feed = json.loads((tmp_path / "warnings.json").read_text("utf-8"))["data"]["page"]["list"]
    assert feed[0]["issuetime"] == "2027/01/15 06:20"
    assert "道路结冰橙色" in feed[0]["title"]  # winter
    dangers = pd.read_csv(tmp_path / "hidden_dangers.csv", encoding="gb18030")
    assert dangers["发现时间"].iloc[-1].startswith("2027-01-14")


def test_no_file_is_over_200_kb() -> None:
    sizes = {path.name: path.stat().st_size for path in SHIPPED.iterdir() if path.suffix != ".tif"}
    assert max(sizes.values()) <= 200_000, sizes


def test_towns_are_a_seamless_coverage_of_about_500_km2() -> None:
    towns = gpd.read_file(SHIPPED / "towns.zip", encoding="gb18030")
    assert list(towns["名称"]) == [town.name for town in TOWNS]
    assert towns.crs.to_epsg() == 4549
    geometry = towns.geometry.to_numpy()
    assert shapely.coverage_is_valid(geometry)
    assert set(shapely.get_type_id(geometry)) == {3}
    assert shapely.area(geometry).sum() / 1e6 == pytest.approx(500, rel=0.03)
    # wiggly: a square has 4.0, a circle 3.5 of perimeter over the root of its area
    shape = shapely.length(geometry) / np.sqrt(shapely.area(geometry))
    assert shape.min() > 4.3
    assert towns["代码"].str.fullmatch(r"339901\d{3}000").all()


def test_the_shapefile_hides_its_encoding() -> None:
    with zipfile.ZipFile(SHIPPED / "towns.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".cpg")]
        dbf = archive.read(next(name for name in archive.namelist() if name.endswith(".dbf")))
    assert dbf[29] == 0
    assert "云栖街道".encode("gbk") in dbf


def test_communities_fill_their_towns() -> None:
    communities = gpd.read_file(SHIPPED / "communities.geojson").to_crs(4549)
    towns = gpd.read_file(SHIPPED / "towns.zip", encoding="gb18030")
    assert len(communities) == 101
    assert communities["村社代码"].is_unique
    inside = communities.dissolve("所属镇街代码").geometry.area.to_numpy()
    np.testing.assert_allclose(inside, towns.geometry.area, rtol=1e-4)


def test_the_raster_holds_900_000_people_by_town() -> None:
    towns = gpd.read_file(SHIPPED / "towns.zip", encoding="gb18030")
    with rasterio.open(SHIPPED / "population_100m.tif") as raster:
        persons = raster.read(1, masked=True)
        rows, columns = np.nonzero(~np.ma.getmaskarray(persons))
        x, y = raster.xy(rows, columns)
    assert persons.sum() == pytest.approx(900_000, rel=1e-3)
    centres = gpd.GeoDataFrame(
        {"n": persons[rows, columns].filled(0)}, geometry=gpd.points_from_xy(x, y), crs=4549
    )
    by_town = gpd.sjoin(centres, towns).groupby("名称")["n"].sum()
    for town in TOWNS:
        assert by_town[town.name] == pytest.approx(town.thousands * 1000, rel=5e-3), town.name


def test_points_lie_in_their_towns_after_their_datum_is_undone() -> None:
    towns = gpd.read_file(SHIPPED / "towns.zip", encoding="gb18030").to_crs(4490)
    table = pd.read_csv(SHIPPED / "enterprises_industry.csv", encoding="gb18030")
    lon = pd.to_numeric(table["经度"], errors="coerce")
    good = (lon > 119.5) & (lon < 120.5)
    table = table[good]
    lon, lat = gcj02_to_wgs84(table["经度"].astype(float), table["纬度"].astype(float))
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=4490)
    joined = gpd.sjoin(points, towns)
    assert (joined["名称"] == joined["所属镇街"]).mean() > 0.99
    targets = pd.read_csv(SHIPPED / "targets.csv")
    raw = gpd.points_from_xy(targets["经度"], targets["纬度"])
    lon, lat = gcj02_to_wgs84(*bd09_to_gcj02(targets["经度"], targets["纬度"]))
    fixed = gpd.points_from_xy(lon, lat)
    ok = targets["纬度"] < 90
    moved = np.hypot(raw.x - fixed.x, raw.y - fixed.y)[ok]
    assert 0.005 < np.median(moved) < 0.02  # BD-09 lies about a kilometre off


def test_the_named_defects_are_there() -> None:
    industry = pd.read_csv(SHIPPED / "enterprises_industry.csv", encoding="gb18030", dtype=str)
    assert (industry[["经度", "纬度"]] == "0").all(axis=1).sum() == 1
    assert industry["统一社会信用代码"].duplicated().sum() == 1
    fire = openpyxl.load_workbook(SHIPPED / "enterprises_fire.xlsx").worksheets[0]
    assert fire["A1"].value.startswith("云溪区消防")
    assert [str(cells) for cells in fire.merged_cells.ranges] == ["A1:H1"]
    cells = [str(cell.value) for row in fire.rows for cell in row]
    assert "<script>alert(1)</script>小吃店" in cells
    assert "１２０．００４５１" in cells
    shelters = openpyxl.load_workbook(SHIPPED / "shelters.xlsx").worksheets[0]
    assert "１２００㎡" in [cell.value for row in shelters.rows for cell in row]


def test_csv_files_are_in_the_encodings_they_claim() -> None:
    raw = (SHIPPED / "enterprises_industry.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert raw.decode("gbk").startswith("统一社会信用代码,企业名称")
    assert (SHIPPED / "accidents.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(io.BytesIO((SHIPPED / "targets.csv").read_bytes())).columns[0] == "编号"


def test_warnings_name_only_the_fictional_district_and_its_city() -> None:
    feed = json.loads((SHIPPED / "warnings.json").read_text("utf-8"))["data"]["page"]["list"]
    assert len(feed) > 150
    assert {item["alertid"][:6] for item in feed} == {"339901", "339900"}
    assert len({item["alertid"] for item in feed}) == len(feed)
    assert not [item for item in feed if "://" in json.dumps(item)]
    months = pd.Series([item["issuetime"][5:7] for item in feed if "高温" in item["title"]])
    assert set(months) <= {"06", "07", "08", "09"}


def test_every_raw_file_stands_in_the_commands() -> None:
    text = COMMANDS.read_text("utf-8")
    for path in SHIPPED.iterdir():
        assert f"raw/{path.name}" in text, path.name


def test_connect_gives_a_stray_cell_to_its_neighbour() -> None:
    # 0-0-1-0 in a row: the last 0 is cut off from the others and joins the 1
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    assert connect(np.array([0, 0, 1, 0]), pairs).tolist() == [0, 0, 1, 1]


def test_another_seed_gives_another_district() -> None:
    first, second = make_ground(1).town_polygons, make_ground(2).town_polygons
    assert not shapely.equals(first, second).any()
    assert shapely.coverage_is_valid(second)
