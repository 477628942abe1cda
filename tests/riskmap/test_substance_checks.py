"""Doubtful substances come out as faults with file, sheet and row."""

import pandas as pd

from riskmap.substance_checks import substance_faults


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
