"""One file of records, read and checked: its good rows, its rejected rows and what was wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.findings import Finding, as_faults
from layers.checks.table import reject_rows
from layers.faults import Fault
from layers.readers.raw import RawTable


@dataclass(frozen=True)
class Delivery:
    """One file read and checked, not stored yet; `given` are the columns that the file has.

    `raw` is the file as read and `labels` the header of each column, for whoever finds more
    faults while storing.
    """

    file: str
    sha256: str
    table: pd.DataFrame
    rejects: pd.DataFrame
    faults: list[Fault]
    given: frozenset[str] = frozenset()
    raw: RawTable | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def rejecting(part: Delivery, findings: list[Finding], bad: NDArray[np.bool_]) -> Delivery:
    """Return a delivery with more findings; the rows where `bad` is true join its rejects."""
    raw = part.raw
    if raw is None or not findings:
        return part
    where = pd.Series(np.arange(len(raw.rows)), index=raw.rows)
    positions = where.loc[part.table["source_row"]].to_numpy(dtype=np.int64)
    moved = [replace(found, rows=positions[found.rows]) for found in findings]
    more = reject_rows(raw, moved)
    return replace(
        part,
        table=part.table[~bad].reset_index(drop=True),
        rejects=pd.concat([part.rejects, more], ignore_index=True) if len(more) else part.rejects,
        faults=rejects_first(part.faults, as_faults(moved, raw.file, raw.sheet, raw.rows)),
    )


def rejects_first(*parts: Sequence[Fault]) -> list[Fault]:
    """Return all faults, those that reject a row before the notes."""
    faults = [fault for part in parts for fault in part]
    return sorted(faults, key=lambda fault: fault.severity == "note")
