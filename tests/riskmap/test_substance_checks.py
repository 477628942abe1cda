"""Doubtful substances come out as faults with file, sheet and row."""

from pathlib import Path

import pandas as pd

from layers.importing.layer import read_layer
from riskmap.substance_checks import substance_faults, with_lone_substances


def test_faults_carry_the_place_and_never_reject() -> None:
    table = pd.DataFrame(
        {
            "hazard_source_id": ["H1", "H1", "H2"],
            "name": ["液氯", "甲淳", "苯"],
            "cas": ["71-43-2", None, "71-43-2"],
            "quantity_t": [1.0, 2.0, 3.0],
            "source_file": ["物质.xlsx"] * 3,
            "source_sheet": ["清单", "清单", None],
            "source_row": [2, 3, 4],
        }
    )
    first, second = substance_faults(table)
    assert (first.file, first.sheet, first.row, first.column) == ("物质.xlsx", "清单", 2, "CAS号")
    assert first.severity == second.severity == "note"
    assert (second.row, second.value) == (3, "甲淳")
    assert "甲醇" in second.expected
    assert "S、R 因此未知" in second.expected


def test_a_substance_of_an_unknown_source_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "危险源编号,物质名称,设计最大量\nH1,液氯,1\nH9,甲醇,2\nH9,苯,3\n", encoding="utf-8"
    )
    imported = read_layer("substances", path)
    assert with_lone_substances(imported, None).faults == imported.faults
    told = with_lone_substances(imported, pd.DataFrame({"id": ["H1", "H2"]})).faults
    [note] = told[len(imported.faults) :]
    assert (note.file, note.row, note.value, note.severity) == ("s.csv", 3, "H9", "note")
    assert "不参与计算" in note.expected
