"""Several sources of one layer brought together."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.findings import Finding, as_faults, rejected
from layers.checks.table import find_duplicates
from layers.contracts.model import Contract
from layers.faults import Fault
from layers.importing.model import Part
from layers.importing.parts import stacked


def joined(parts: list[Part], contract: Contract) -> tuple[pd.DataFrame, list[Fault], pd.DataFrame]:
    """Return the accepted rows of all parts, all faults, and all rejected rows.

    A key that another file brought already is treated as within one file.
    """
    faults = [fault for part in parts for fault in part.faults]
    rejects = [part.rejects for part in parts]
    if len(parts) == 1:
        return parts[0].table, faults, stacked(rejects)
    table = pd.concat([part.table for part in parts], ignore_index=True)
    table, more, lost = _drop_repeats(table, contract)
    return table, faults + more, stacked([*rejects, lost])


def in_order(faults: list[Fault], files: list[str]) -> list[Fault]:
    """Return faults with the rejects first, by file as given, then by row."""
    place = {file: i for i, file in enumerate(files)}

    def key(fault: Fault) -> tuple[bool, int, int]:
        return fault.severity == "note", place.get(fault.file, len(files)), fault.row or 0

    return sorted(faults, key=key)


def joined_report(parts: list[Part]) -> dict[str, Any]:
    """Return the parts' reports as one: counts summed, lists joined."""
    report: dict[str, Any] = {}
    for part in parts:
        for key, value in part.report.items():
            report[key] = report[key] + value if key in report else value
    return report


def joined_datum(parts: list[Part]) -> dict[str, Any]:
    """Return the datum of the parts: the first one's, and each file's where there are several."""
    if len(parts) == 1:
        return parts[0].datum
    return {**parts[0].datum, "files": {part.raw.file: part.datum for part in parts}}


def _within(finding: Finding, here: NDArray[np.bool_]) -> Finding:
    mine = here[finding.rows]
    return replace(finding, rows=finding.rows[mine], found=finding.found[mine])


def _drop_repeats(
    table: pd.DataFrame, contract: Contract
) -> tuple[pd.DataFrame, list[Fault], pd.DataFrame]:
    """Return a table of several files without repeated keys, faults, and the rejected rows."""
    same, findings = find_duplicates(table, contract, "编号")
    bad = rejected(findings, len(table))
    faults: list[Fault] = []
    for file in dict.fromkeys(table["source_file"]):
        here = (table["source_file"] == file).to_numpy()
        own = [_within(finding, here) for finding in findings]
        faults += as_faults(own, str(file), None, table["source_row"].to_numpy())
    lost = pd.DataFrame(table[bad].drop(columns="geometry", errors="ignore"))
    lost = lost.assign(reason="编号在别的文件中已有而内容不同")
    return table[~(same | bad)].reset_index(drop=True), faults, lost
