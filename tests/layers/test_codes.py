import json
from pathlib import Path

import pandas as pd
import pytest
import shapely

from layers.codes import CodeTable, match_codes, read_codes
from layers.errors import InputError
from layers.importing.layer import read_layer


def table(tmp_path: Path) -> CodeTable:
    path = tmp_path / "codes.csv"
    rows = [
        "331003001000,东城街道",
        "331003100,宁溪镇",
        "331003101,院桥镇",
        "331002001,东城街道",
        "331002002,海门街道",
    ]
    path.write_text("code,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return read_codes(path)


def test_twelve_digits_are_cut(tmp_path: Path) -> None:
    assert table(tmp_path).code[0] == "331003001"


def test_a_name_of_two_districts_goes_with_the_majority_and_is_told(tmp_path: Path) -> None:
    names = pd.Series(["宁溪镇", "东城街道", "院桥 镇"], dtype="str")
    codes, findings = match_codes(names, table(tmp_path))
    assert codes.tolist() == ["331003100", "331003001", "331003101"]
    [note] = findings
    assert note.severity == "note"
    assert note.rows.tolist() == [1]


def test_the_stated_district_decides(tmp_path: Path) -> None:
    names = pd.Series(["东城街道"], dtype="str")
    assert match_codes(names, table(tmp_path), "331002")[0].tolist() == ["331002001"]


def test_without_majority_a_shared_name_is_a_fault(tmp_path: Path) -> None:
    codes, [fault] = match_codes(pd.Series(["东城街道"], dtype="str"), table(tmp_path))
    assert codes.isna().all()
    assert fault.severity == "reject"
    assert "331003001、331002001" in str(fault.expected)


def test_unknown_names_are_faults_with_the_nearest(tmp_path: Path) -> None:
    codes, [fault] = match_codes(pd.Series(["宁溪乡", None], dtype="str"), table(tmp_path))
    assert codes.isna().all()
    assert fault.rows.tolist() == [0]
    assert "宁溪镇" in str(fault.expected)


def named_towns(tmp_path: Path, *keys: str) -> Path:
    """Write one town per key, its name under that key, side by side, without codes."""
    features = [
        {
            "type": "Feature",
            "properties": {key: ["宁溪镇", "宁溪乡"][i]},
            "geometry": shapely.geometry.mapping(shapely.box(121 + i, 28, 122 + i, 29)),
        }
        for i, key in enumerate(keys)
    ]
    path = tmp_path / "towns.geojson"
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return path


def test_towns_without_codes_are_told_of_the_code_table(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_layer("towns", named_towns(tmp_path, "name"))
    assert "--codes 代码表.csv" in str(error.value)
    assert "code,name" in str(error.value)


def test_a_merged_column_is_called_by_its_plain_header(tmp_path: Path) -> None:
    table(tmp_path)
    found = read_layer(
        "towns", named_towns(tmp_path, "na me", "name"), codes=tmp_path / "codes.csv"
    )
    [fault] = [fault for fault in found.faults if fault.severity == "reject"]
    assert (fault.column, fault.value) == ("name", "宁溪乡")
