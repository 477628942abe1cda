"""What a file of dangers must not say: a date before 2000; and what is doubtful: points, firms."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.findings import Finding, find, shown
from riskmap.district import SLIVER_M
from riskmap.ledger.fields import EARLIEST
from riskmap.ledger.ground import enterprise_numbers, ground_in_use
from riskmap.records.delivery import Delivery, rejecting
from riskmap.workspace import Workspace

_OUTSIDE, _NO_POINT = -1, -2


def checked_ground(ws: Workspace, part: Delivery) -> Delivery:
    """Refuse rows found before 2000; note doubtful points and enterprises.

    A danger with a wrong point is still a danger: its row is taken without a point outside the
    district, and in the town it names when the point lies in another one.
    """
    table = part.table
    if table.empty or part.raw is None:
        return part
    if "lon" not in table or "lat" not in table:
        table = table.assign(lon=np.nan, lat=np.nan)
    early = (table["found_at"] < pd.Timestamp(EARLIEST, tz=ws.settings.zone)).to_numpy(dtype=bool)
    at = _town_at(ws, table)
    far = at == _OUTSIDE
    label = part.labels.get
    findings = [
        *find(early, label("found_at", "found_at"), table["found_at"].astype("object"),
              "早于 2000 年，请核对年份"),
        *find(far & ~early, label("lon", "lon"), table["lon"].astype("object"),
              "位置在本区之外，按没有坐标处理，请核对坐标和坐标系", "note"),
        *_elsewhere(ws, part, table, np.where(early, _NO_POINT, at)),
        *_unknown_enterprises(ws, part, table, ~early),
    ]  # fmt: skip
    if not findings:
        return part
    table = table.assign(lon=table["lon"].where(~far), lat=table["lat"].where(~far))
    return rejecting(replace(part, table=table), findings, early)


def _town_at(ws: Workspace, table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the position of the town at each point (k,): _OUTSIDE the district, or _NO_POINT."""
    lon = table["lon"].astype("float64").to_numpy()
    lat = table["lat"].astype("float64").to_numpy()
    given = np.isfinite(lon) & np.isfinite(lat)
    at = np.full(len(table), _NO_POINT, dtype=np.int64)
    if given.any():
        found, _ = ground_in_use(ws).locator.locate_near(lon[given], lat[given], SLIVER_M)
        at[given] = np.maximum(np.asarray(found), _OUTSIDE)
    return at


def _elsewhere(
    ws: Workspace, part: Delivery, table: pd.DataFrame, at: NDArray[np.int64]
) -> list[Finding]:
    """Note points that lie in another town of the district than the row names."""
    ground = ground_in_use(ws)
    codes = np.array(ground.codes, dtype=object)
    names = np.array(ground.names, dtype=object)
    rows = np.flatnonzero(
        (at >= 0) & (codes[np.maximum(at, 0)] != table["town"].to_numpy(dtype=object))
    )
    if rows.size == 0:
        return []
    said = table["town"].map(dict(zip(ground.codes, ground.names, strict=True))).iloc[rows]
    expected = [f"坐标在{name}，按所填镇街计，请核对镇街和坐标" for name in names[at[rows]]]
    column = part.labels.get("town", "town")
    texts = np.array(expected, dtype=object)
    return [Finding(rows, column, shown(said.to_numpy(dtype=object)), texts, "note")]


def _unknown_enterprises(
    ws: Workspace, part: Delivery, table: pd.DataFrame, taken: NDArray[np.bool_]
) -> list[Finding]:
    """Note enterprises that the register does not have, where there is a register."""
    if "enterprise_id" not in table:
        return []
    known = enterprise_numbers(ws)
    if known is None:
        return []
    said = table["enterprise_id"]
    strange = (said.notna() & ~said.isin(list(known))).to_numpy(dtype=bool) & taken
    text = "企业图层中没有这个编号，照样登记，但对不上企业，请核对"
    column = part.labels.get("enterprise_id", "enterprise_id")
    return find(strange, column, said.astype("object"), text, "note")
