import hashlib
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.datum import gcj02_to_bd09, to_metres, wgs84_to_gcj02
from layers.errors import InputError
from layers.importing.layer import LayerImport, read_layer

# Two towns side by side, 0.1° × 0.1° each: 东城街道 west of 121.1° E, 宁溪镇 east of it.
WEST, EAST = shapely.box(121.0, 28.0, 121.1, 28.1), shapely.box(121.1, 28.0, 121.2, 28.1)


@pytest.fixture
def towns() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"code": ["331003001", "331003100"], "name": ["东城街道", "宁溪镇"]},
        geometry=[WEST, EAST],
        crs="EPSG:4490",
    )


def csv(path: Path, header: str, *rows: str, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


def rejected_rows(done: LayerImport) -> dict[int, str]:
    return dict(zip(done.rejects["source_row"], done.rejects["reason"], strict=True))


HEADER = "编号,企业名称,所属镇街,经度,纬度"


def test_points_that_cannot_be_right_are_rejected(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(
        tmp_path / "a.csv",
        HEADER,
        "1,好,东城街道,121.05,28.05",
        "2,零,东城街道,0,0",
        "3,反,东城街道,28.05,121.05",
        "4,远,东城街道,122.5,28.05",
        "5,近,东城街道,120.985,28.05",  # 1.47 km west of the district
        "6,缺,东城街道,,28.05",
        "7,超,东城街道,521.05,28.05",
        encoding="gbk",
    )
    done = read_layer("enterprises", path, towns=towns)
    reasons = rejected_rows(done)
    assert set(reasons) == {3, 4, 5, 7, 8}
    assert "0, 0" in reasons[3]
    assert "颠倒" in reasons[4]
    assert "2 km" in reasons[5]
    assert "缺少坐标" in reasons[7]
    assert "±180" in reasons[8]
    assert done.table is not None
    assert done.table["id"].tolist() == ["1", "5"]
    assert (done.read, done.accepted, done.rejected) == (7, 2, 5)
    assert done.report["points_near"] == 1
    assert done.report["points_outside"] == 1
    assert not done.usable  # 5 of 7 rejected is beyond the limit


def test_swapped_points_of_a_western_district_are_found_by_the_towns(tmp_path: Path) -> None:
    # 85° E: swapped numbers (43.5, 85.2) look like a place, only the towns tell.
    west = gpd.GeoDataFrame(
        {"code": ["650000001"], "name": ["某镇"]},
        geometry=[shapely.box(85, 43, 86, 44)],
        crs="EPSG:4490",
    )
    path = csv(tmp_path / "a.csv", HEADER, "1,甲,某镇,85.5,43.5", "2,乙,某镇,43.5,85.5")
    done = read_layer("enterprises", path, towns=west)
    assert "颠倒" in rejected_rows(done)[3]


def spots() -> tuple[np.ndarray, np.ndarray]:
    """Return points hugging the border between the towns, where a shift of 500 m tells."""
    lat = np.linspace(28.01, 28.09, 20)
    return np.concatenate([np.full(20, 121.098), np.full(20, 121.102)]), np.concatenate([lat, lat])


def rows_of(lon: np.ndarray, lat: np.ndarray) -> list[str]:
    names = ["东城街道"] * 20 + ["宁溪镇"] * 20
    return [f"{i},企业{i},{names[i]},{lon[i]:.7f},{lat[i]:.7f}" for i in range(40)]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_better_datum_is_named_but_never_taken(
    tmp_path: Path, towns: gpd.GeoDataFrame, datum: str
) -> None:
    lon, lat = spots()
    shifted = wgs84_to_gcj02(lon, lat)
    if datum == "bd09":
        shifted = gcj02_to_bd09(*shifted)
    path = csv(tmp_path / "a.csv", HEADER, *rows_of(*shifted))
    done = read_layer("enterprises", path, towns=towns)
    assert done.table is not None
    assert done.table["lon"].to_numpy() == pytest.approx(shifted[0], abs=1e-6)
    fit = done.datum["fit"]
    assert fit[datum]["share_inside"] == 1.0
    assert fit["wgs84"]["share_inside"] < 1.0
    assert fit["wgs84"]["median_m_outside"] > 50
    [note] = [fault for fault in done.faults if "--crs" in fault.expected]
    assert f"--crs {datum}" in note.expected
    assert note.severity == "note"

    again = read_layer("enterprises", path, towns=towns, crs=datum)
    assert again.table is not None
    order = again.table["id"].astype(int).to_numpy()
    metres = np.hypot(
        (again.table["lon"].to_numpy() - lon[order]) * 98_000,
        (again.table["lat"].to_numpy() - lat[order]) * 111_000,
    )
    assert metres.max() < 0.1
    assert not [fault for fault in again.faults if "--crs" in fault.expected]
    assert again.datum["taken"] == datum


def test_a_right_datum_gives_no_note(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "a.csv", HEADER, *rows_of(*spots()))
    done = read_layer("enterprises", path, towns=towns)
    assert done.faults == []
    assert done.datum["fit"]["wgs84"]["share_inside"] == 1.0
    assert done.datum["fit"]["gcj02"]["share_inside"] < 1.0
    assert done.usable


def test_projected_coordinates(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    east, north = to_metres(121.05, 28.05, 4549)
    path = csv(tmp_path / "a.csv", "编号,名称,x,y", f"1,甲,{east},{north}")
    with pytest.raises(InputError, match="--crs 4549"):
        read_layer("enterprises", path, towns=towns)
    done = read_layer("enterprises", path, towns=towns, crs=4549)
    assert done.table is not None
    assert done.table["lon"][0] == pytest.approx(121.05, abs=1e-9)
    assert done.table["source_crs"][0] == "EPSG:4549"


def test_points_in_another_town_are_told_and_kept(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "a.csv", HEADER, "1,甲,黄岩区東城街道,121.15,28.05")
    done = read_layer("enterprises", path, towns=towns)
    [note] = done.faults
    assert (note.row, note.column, note.value) == (2, "所属镇街", "黄岩区東城街道")
    assert "坐标在宁溪镇" in note.expected
    assert done.report["points_in_other_town"] == 1


def test_sites_may_be_boundaries_and_wrong_types_are_rejected(
    tmp_path: Path, towns: gpd.GeoDataFrame
) -> None:
    shapes = [
        shapely.box(121.01, 28.01, 121.02, 28.02),
        shapely.LineString([(121.01, 28.01), (121.02, 28.02)]),
        shapely.Point(121.03, 28.03, 55),
        shapely.MultiPoint([(121.04, 28.04)]),
        None,
    ]
    frame = gpd.GeoDataFrame(
        {"id": list("abcde"), "name": list("abcde")}, geometry=shapes, crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "a.geojson", engine="pyogrio")
    done = read_layer("hazard_sources", tmp_path / "a.geojson", towns=towns)
    assert done.table is not None
    assert done.table.geometry.geom_type.tolist() == ["Polygon", "Point", "Point"]
    assert not done.table.geometry.has_z.any()
    reasons = rejected_rows(done)
    assert "LineString" not in reasons[2]
    assert "几何类型" in reasons[2]
    assert "缺少坐标" in reasons[5]
    assert done.table["lon"][0] == pytest.approx(121.015, abs=1e-6)


def town_file(path: Path, *rows: tuple[str | None, str, object]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name} | ({"code": code} if code else {}),
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for code, name, shape in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


BOW_TIE = shapely.Polygon([(121.2, 28.0), (121.3, 28.1), (121.3, 28.0), (121.2, 28.1)])


def test_towns_are_repaired_compared_and_coded(tmp_path: Path) -> None:
    path = town_file(
        tmp_path / "t.geojson",
        (None, "東城 街道", WEST),
        (None, "宁溪镇", shapely.box(121.09, 28.0, 121.2, 28.1)),
        (None, "院桥镇", BOW_TIE),
    )
    codes = csv(
        tmp_path / "c.csv",
        "code,name",
        "331003001000,东城街道",
        "331003100,宁溪镇",
        "331003101,院桥镇",
    )
    with pytest.raises(InputError, match=r"code.*--map"):
        read_layer("towns", path)
    done = read_layer("towns", path, codes=codes)
    assert done.table is not None
    assert done.table["code"].tolist() == ["331003001", "331003100", "331003101"]
    assert done.table["name"][0] == "東城 街道"
    assert str(done.table.crs) == "EPSG:4490"
    assert done.table.geometry.is_valid.all()
    # 0.01° × 0.1° at 28.05° N: 983.4 m × 11,083 m
    assert done.report["overlap_km2"] == pytest.approx(10.90, abs=0.01)
    [repair] = done.report["repairs"]
    assert repair["name"] == "院桥镇"
    assert repair["after_m2"] == pytest.approx(54.5e6, rel=0.01)
    said = [fault.expected for fault in done.faults]
    assert any("多边形无效，已修复" in text for text in said)
    assert any("10.898 km²" in text and "重叠" in text for text in said)
    assert done.usable


def test_a_lost_prj_is_told_and_metres_without_one_are_an_error(
    tmp_path: Path, towns: gpd.GeoDataFrame
) -> None:
    towns.to_file(tmp_path / "t.shp", encoding="UTF-8", engine="pyogrio")
    (tmp_path / "t.prj").unlink()
    done = read_layer("towns", tmp_path / "t.shp")
    assert done.datum == {"taken": "EPSG:4490", "origin": "assumed"}
    assert any("缺 .prj" in fault.expected for fault in done.faults)
    towns.to_crs(4549).to_file(tmp_path / "m.shp", encoding="UTF-8", engine="pyogrio")
    (tmp_path / "m.prj").unlink()
    with pytest.raises(InputError, match="坐标系未知"):
        read_layer("towns", tmp_path / "m.shp")
    again = read_layer("towns", tmp_path / "m.shp", crs="4549")
    assert again.table is not None
    assert shapely.area(again.table.geometry[0]) == pytest.approx(0.01, rel=1e-6)


def test_names_without_code_are_rejected_with_candidates(tmp_path: Path) -> None:
    path = town_file(tmp_path / "t.geojson", (None, "东城街", WEST), (None, "宁溪镇", EAST))
    codes = csv(tmp_path / "c.csv", "code,name", "331003001,东城街道", "331003100,宁溪镇")
    done = read_layer("towns", path, codes=codes)
    assert done.table is not None
    assert done.table["name"].tolist() == ["宁溪镇"]
    assert "东城街道" in rejected_rows(done)[1]
    assert not done.usable


def test_codes_of_the_file_win_over_the_table(tmp_path: Path) -> None:
    path = town_file(
        tmp_path / "t.geojson", ("331003009", "东城街道", WEST), (None, "宁溪镇", EAST)
    )
    codes = csv(tmp_path / "c.csv", "code,name", "331003001,东城街道", "331003100,宁溪镇")
    done = read_layer("towns", path, codes=codes)
    assert done.table is not None
    assert done.table["code"].tolist() == ["331003009", "331003100"]


def test_areas_without_polygons(tmp_path: Path) -> None:
    path = town_file(tmp_path / "t.geojson", ("331003001", "甲", shapely.Point(121, 28)))
    with pytest.raises(InputError, match="没有一个边界面"):
        read_layer("towns", path)
    with pytest.raises(InputError, match="没有几何"):
        read_layer("towns", csv(tmp_path / "t.csv", "code,name", "331003001,甲"))
    mixed = town_file(
        tmp_path / "m.geojson",
        ("331003001", "甲", WEST),
        ("331003002", "乙", shapely.Point(121, 28)),
    )
    assert "应为面" in rejected_rows(read_layer("towns", mixed))[2]


def test_wkt_in_a_csv_is_geometry(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", "code,name,wkt", f'331003001,甲,"{WEST.wkt}"', "331003002,乙,坏")
    done = read_layer("towns", path)
    assert done.table is not None
    assert done.table.geometry[0].equals(WEST)
    assert "缺少边界面" in rejected_rows(done)[3]


def test_communities_take_their_town_from_their_code(tmp_path: Path) -> None:
    path = town_file(
        tmp_path / "t.geojson", ("331003001001", "甲村", WEST), ("10015010-001", "乙里", EAST)
    )
    done = read_layer("communities", path)
    assert done.table is not None
    assert done.table["town_code"].tolist() == ["331003001", "10015010"]


def test_several_files_are_one_layer(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    one = csv(
        tmp_path / "1.csv", HEADER, "1,甲,东城街道,121.05,28.05", "2,乙,东城街道,121.05,28.05"
    )
    more = ("2,丙,东城街道,121.05,28.05", "1,甲,东城街道,121.05,28.05", "3,丁,东城街道,0,0")
    two = csv(tmp_path / "2.csv", HEADER, *more)
    done = read_layer("enterprises", [one, two], towns=towns)
    assert done.table is not None
    assert done.table["name"].tolist() == ["甲", "乙"]
    assert (done.read, done.accepted, done.rejected) == (5, 2, 2)
    assert [source["file"] for source in done.sources] == ["1.csv", "2.csv"]
    assert {(f.file, f.row, f.severity) for f in done.faults} == {
        ("2.csv", 2, "reject"),
        ("2.csv", 3, "note"),
        ("2.csv", 4, "reject"),
    }


def test_sources_are_proved_by_their_bytes(tmp_path: Path, towns: gpd.GeoDataFrame) -> None:
    path = csv(tmp_path / "a.csv", HEADER, "1,甲,东城街道,121.05,28.05")
    [source] = read_layer("enterprises", path, towns=towns).sources
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source["rows"] == 1
    towns.to_file(tmp_path / "t.shp", encoding="UTF-8", engine="pyogrio")
    [source] = read_layer("towns", tmp_path / "t.shp").sources
    assert set(source["companions"]) == {"t.dbf", "t.shx", "t.prj", "t.cpg"}


def test_substances_have_no_place(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "s.csv",
        "危险源编号,物质名称,CAS号,数量（kg）",
        "H-1,氯,7782-50-5,10000",
        "H-1,氯,7782-50-5,10000",
    )
    done = read_layer("substances", path)
    assert done.table is not None
    assert done.table["quantity_t"].tolist() == [10.0, 10.0]  # two equal tanks are two tanks
    assert "geometry" not in done.table


def test_shelters_need_area_or_capacity_and_zero_is_told(
    tmp_path: Path, towns: gpd.GeoDataFrame
) -> None:
    path = csv(
        tmp_path / "s.csv",
        "序號,避難收容處所名稱,縣市及鄉鎮市區,經度,緯度,預計收容人數,室內",
        "1,甲國小,東城街道,121.05,28.05,250,是",
        "2,乙國小,東城街道,121.05,28.05,0,否",
        "3,丙國小,東城街道,121.05,28.05,,否",
    )
    done = read_layer("shelters", path, towns=towns)
    assert done.table is not None
    assert done.table["indoor"].tolist() == [True, False]
    assert "至少填一个" in rejected_rows(done)[4]
    assert any("为 0" in fault.expected for fault in done.faults)


def test_no_coordinates_no_layer_no_file(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "编号,企业名称", "1,甲")
    with pytest.raises(InputError, match=r"没有几何.*--map lon"):
        read_layer("enterprises", path)
    with pytest.raises(InputError, match=r"没有这个图层.*enterprises"):
        read_layer("enterprise", path)
    with pytest.raises(InputError, match="没有给出文件"):
        read_layer("enterprises", [])
    with pytest.raises(InputError, match="不认识的坐标系"):
        read_layer("enterprises", path, crs="EPSG:1")


def test_degrees_in_a_projected_system_are_an_error(
    tmp_path: Path, towns: gpd.GeoDataFrame
) -> None:
    # As web tools write it: coordinates in degrees below a member that says metres.
    towns.set_crs(3857, allow_override=True).to_file(tmp_path / "t.gpkg", engine="pyogrio")
    with pytest.raises(InputError, match=r"文件写明 EPSG:3857，单位米.*却像经纬度：121"):
        read_layer("towns", tmp_path / "t.gpkg")
    done = read_layer("towns", tmp_path / "t.gpkg", crs="4490")
    assert done.table is not None
    assert done.table.total_bounds.tolist() == [121.0, 28.0, 121.2, 28.1]
    points = csv(tmp_path / "a.csv", HEADER, "1,甲,东城街道,121.05,28.05")
    with pytest.raises(InputError, match=r"--crs 写明 EPSG:4549，单位米"):
        read_layer("enterprises", points, crs="4549", towns=towns)


def test_metres_in_a_geographic_system_are_an_error(
    tmp_path: Path, towns: gpd.GeoDataFrame
) -> None:
    # GeoJSON without a crs member is WGS84 by its standard, whatever the numbers are.
    metres = towns.to_crs(4549).set_crs(4326, allow_override=True)
    (tmp_path / "t.geojson").write_text(metres.to_json(drop_id=True), encoding="utf-8")
    with pytest.raises(InputError, match=r"文件写明 EPSG:4326）的坐标不是经纬度"):
        read_layer("towns", tmp_path / "t.geojson")
    done = read_layer("towns", tmp_path / "t.geojson", crs="4549")
    assert done.table is not None
    assert np.allclose(done.table.total_bounds, [121.0, 28.0, 121.2, 28.1], atol=1e-6)
