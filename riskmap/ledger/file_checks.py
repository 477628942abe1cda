"""What a file of dangers must not say: a date before 2000; and what is unknown: a far point."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.findings import Finding, as_faults, find
from layers.checks.table import reject_rows
from riskmap.district import SLIVER_M
from riskmap.ledger.fields import EARLIEST
from riskmap.ledger.ground import ground_in_use
from riskmap.records.importing import Delivery, rejects_first
from riskmap.workspace import Workspace


def checked_ground(ws: Workspace, part: Delivery) -> Delivery:
    """Refuse rows found before 2000; note points outside the district, whose place is unknown.

    A danger with a wrong point is still a danger: its row is taken without the point.
    """
    table = part.table
    if table.empty or part.raw is None:
        return part
    if "lon" not in table or "lat" not in table:
        table = table.assign(lon=np.nan, lat=np.nan)
    early = (table["found_at"] < pd.Timestamp(EARLIEST, tz=ws.settings.zone)).to_numpy(dtype=bool)
    far = _outside(ws, table)
    label = part.labels.get
    findings = [
        *find(early, label("found_at", "found_at"), table["found_at"].astype("object"),
              "早于 2000 年，请核对年份"),
        *find(far & ~early, label("lon", "lon"), table["lon"].astype("object"),
              "位置在本区之外，按没有坐标处理，请核对坐标和坐标系", "note"),
    ]  # fmt: skip
    if not findings:
        return part
    table = table.assign(lon=table["lon"].where(~far), lat=table["lat"].where(~far))
    return rejecting(replace(part, table=table), findings, early)


def _outside(ws: Workspace, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows have a point that lies in no town of the district."""
    lon = table["lon"].astype("float64").to_numpy()
    lat = table["lat"].astype("float64").to_numpy()
    given = np.isfinite(lon) & np.isfinite(lat)
    outside = np.zeros(len(table), dtype=bool)
    if given.any():
        found, _ = ground_in_use(ws).locator.locate_near(lon[given], lat[given], SLIVER_M)
        outside[given] = np.asarray(found) < 0
    return outside


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
