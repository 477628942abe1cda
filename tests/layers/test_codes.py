from pathlib import Path

import pandas as pd

from layers.codes import CodeTable, match_codes, read_codes


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
