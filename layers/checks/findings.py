"""What a check found in whole columns, kept as arrays until the report is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.faults import Fault

Mask = NDArray[np.bool_]
Positions = NDArray[np.int64]

LISTED = 10_000
"""Most faults that are listed one by one for one file; the rest is counted."""


@dataclass(frozen=True)
class Finding:
    """The rows of one table in which one thing is wrong.

    Parameters
    ----------
    rows
        Positions in the table, shape (k,).
    column
        Column as the clerk sees it; None when the row as a whole is meant.
    found
        The values found, as texts, shape (k,).
    expected
        What is expected: one text for all rows, or one per row, shape (k,).
    """

    rows: Positions
    column: str | None
    found: NDArray[np.object_]
    expected: str | NDArray[np.object_]
    severity: Literal["reject", "note"] = "reject"


def shown(values: Sequence[Any] | NDArray[Any]) -> NDArray[np.object_]:
    """Return values as texts for a report; missing as an empty text."""
    texts = ["" if pd.isna(value) else str(value) for value in values]
    return np.array(texts, dtype=object)


def find(
    bad: Mask,
    column: str | None,
    values: pd.Series | NDArray[Any],
    expected: str,
    severity: Literal["reject", "note"] = "reject",
) -> list[Finding]:
    """Return the finding of the rows where `bad` (n,) is true; empty when there is none."""
    rows = np.flatnonzero(bad)
    if rows.size == 0:
        return []
    picked = (
        values.iloc[rows].to_numpy(dtype=object) if isinstance(values, pd.Series) else values[rows]
    )
    return [Finding(rows, column, shown(picked), expected, severity)]


def rejected(findings: Sequence[Finding], count: int) -> Mask:
    """Return the mask (count,) of rows that some finding rejects."""
    mask = np.zeros(count, dtype=bool)
    for finding in findings:
        if finding.severity == "reject":
            mask[finding.rows] = True
    return mask


def reasons(findings: Sequence[Finding], count: int) -> NDArray[np.object_]:
    """Return for every row (count,) the text of what rejects it, joined by ；."""
    texts: dict[int, list[str]] = {}
    for finding in findings:
        if finding.severity != "reject":
            continue
        for i, row in enumerate(finding.rows):
            column = f"{finding.column}：" if finding.column else ""
            texts.setdefault(int(row), []).append(column + _expected(finding, i))
    out = np.full(count, "", dtype=object)
    for row, parts in texts.items():
        out[row] = "；".join(parts)
    return out


def _expected(finding: Finding, i: int) -> str:
    return finding.expected if isinstance(finding.expected, str) else str(finding.expected[i])


def as_faults(
    findings: Sequence[Finding], file: str, sheet: str | None, rows: Positions
) -> list[Fault]:
    """Return findings as faults in the order of rows, at most `LISTED` and a line on the rest.

    Parameters
    ----------
    rows
        Row number that the clerk sees, for every position of the table, shape (n,).
    """
    flat = [
        (int(row), k, i) for k, finding in enumerate(findings) for i, row in enumerate(finding.rows)
    ]
    flat.sort(key=lambda item: (findings[item[1]].severity == "note", item))
    faults = []
    for row, k, i in flat[:LISTED]:
        one = findings[k]
        number = int(rows[row])
        wanted = _expected(one, i)
        faults.append(Fault(file, sheet, number, one.column, one.found[i], wanted, one.severity))
    if len(flat) > LISTED:
        text = f"只列出前 {LISTED} 条，另有 {len(flat) - LISTED} 条同类问题，见拒收文件"
        faults.append(Fault(file, sheet, None, None, str(len(flat)), text, "note"))
    return faults
