import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.errors import InputError
from layers.readers.source import read_table

TOWNS = gpd.GeoDataFrame(
    {"NAME": ["东城街道", "宁溪镇"], "COUNTY": ["黄岩区", "黄岩区"], "POP": [12.0, 3.5]},
    geometry=[shapely.box(121, 28, 121.1, 28.1), shapely.box(121.1, 28, 121.2, 28.1)],
    crs="EPSG:4326",
)


def shapefile(folder: Path, encoding: str) -> Path:
    path = folder / "towns.shp"
    TOWNS.to_file(path, encoding=encoding, engine="pyogrio")
    (folder / "towns.cpg").unlink()
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
def test_shapefile_without_cpg(tmp_path: Path, encoding: str) -> None:
    path = shapefile(tmp_path, encoding)
    if encoding == "GB18030":
        # A writer that knows no code page leaves the language byte 0.
        dbf = bytearray(path.with_suffix(".dbf").read_bytes())
        dbf[29] = 0
        path.with_suffix(".dbf").write_bytes(bytes(dbf))
    raw = read_table(path, where="COUNTY = '黄岩区' AND POP > 5")
    assert raw.frame["NAME"].tolist() == ["东城街道"]
    assert raw.encoding == encoding
    assert raw.rows.tolist() == [1]
    assert raw.crs == "EPSG:4326"
    assert "没有 .cpg" in raw.notes[0].expected


def test_stated_encoding_wins(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "GB18030")
    assert read_table(path, encoding="gbk").frame["NAME"].tolist() == ["东城街道", "宁溪镇"]
    assert read_table(path, encoding="latin1").frame["NAME"].iloc[0] != "东城街道"


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.fgb"])
def test_other_formats(tmp_path: Path, name: str) -> None:
    TOWNS.rename(columns={"NAME": "Name"}).to_file(tmp_path / name, engine="pyogrio")
    raw = read_table(tmp_path / name)
    assert set(raw.frame["Name"]) == {"东城街道", "宁溪镇"}
    assert raw.geometry is not None
    assert raw.geometry[0].area == pytest.approx(0.01)


def test_numbers_become_text_without_point(tmp_path: Path) -> None:
    TOWNS.to_file(tmp_path / "a.gpkg", engine="pyogrio")
    assert read_table(tmp_path / "a.gpkg").frame["POP"].tolist() == ["12", "3.5"]


def test_layers_are_named_when_the_choice_is_not_clear(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    TOWNS.to_file(path, layer="one", engine="pyogrio")
    TOWNS.to_file(path, layer="two", engine="pyogrio", mode="a")
    with pytest.raises(InputError, match="one、two"):
        read_table(path)
    with pytest.raises(InputError, match="现有图层：one、two"):
        read_table(path, sheet="three")
    assert len(read_table(path, sheet="two").frame) == 2


def test_zip_of_a_shapefile_with_a_chinese_name_from_windows(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = shapefile(folder, "GB18030")
    archive = tmp_path / "镇街.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for file in sorted(folder.iterdir()):
            # Chinese Windows stores the name in GBK and does not say so.
            name = f"数据/镇街{file.suffix}".encode("gbk").decode("cp437")
            info = zipfile.ZipInfo(name)
            target.writestr(info, file.read_bytes())
            target.infolist()[-1].flag_bits &= ~0x800
    raw = read_table(archive)
    assert raw.frame["NAME"].tolist() == ["东城街道", "宁溪镇"]
    assert raw.file.startswith("镇街.zip/")
    assert path.exists()


def test_zip_with_several_tables(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("a.csv", "编号,名称\n1,甲\n")
        target.writestr("b.csv", "编号,名称\n2,乙\n")
    with pytest.raises(InputError, match=r"a\.csv、b\.csv"):
        read_table(archive)
    assert read_table(archive, sheet="b").frame["名称"].tolist() == ["乙"]
    with pytest.raises(InputError, match="现有"):
        read_table(archive, sheet="c")


def test_bad_zips(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(InputError, match="不是完整的 zip"):
        read_table(broken)
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as target:
        target.writestr("../../evil.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match="不安全"):
        read_table(evil)
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as target:
        target.writestr("readme.pdf", "x")
    with pytest.raises(InputError, match="没有可读的数据"):
        read_table(empty)


def test_property_keys_with_odd_spaces_are_kept_as_they_are(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"name": "甲"}, "geometry": None},
        {"type": "Feature", "properties": {"na me": "乙"}, "geometry": None},
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert set(read_table(path).frame.columns) == {"name", "na me"}


def test_no_vector_data(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "Nothing"}', encoding="utf-8")
    with pytest.raises(InputError, match="不是可读的矢量数据"):
        read_table(path)
    path = tmp_path / "a.xyz"
    path.write_text("whatever", encoding="utf-8")
    with pytest.raises(InputError, match="不是可读的矢量数据"):
        read_table(path)


@pytest.mark.parametrize("lost", [".dbf", ".shx"])
def test_a_shapefile_that_came_in_part_names_what_is_missing(tmp_path: Path, lost: str) -> None:
    path = shapefile(tmp_path, "UTF-8")
    path.with_suffix(lost).unlink()
    with pytest.raises(InputError, match=f"缺少同名文件：towns{lost}"):
        read_table(path)


def test_a_note_in_a_zip_does_not_make_the_choice_unclear(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("a.csv", "编号,名称\n1,甲\n")
        target.writestr("说明.txt", "说明\n只有一句话\n")
    assert read_table(archive).frame["名称"].tolist() == ["甲"]
    assert read_table(archive, sheet="说明.txt").file == "a.zip/说明.txt"
