"""Which layer snapshots there are, which one is in use, and their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import LOCAL, Actor
from riskmap.errors import NotFoundError
from riskmap.storage.database import snapshots
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from layers.importing.layer import LayerImport
    from layers.population import PopulationGrid


@dataclass(frozen=True)
class Snapshot:
    """One registered import of a layer."""

    layer: str
    digest: str
    imported_at: datetime
    rows: int
    rejected: int
    datum: Mapping[str, Any]
    sources: list[dict[str, Any]]
    report: Mapping[str, Any]


def current(
    workspace: Workspace, layer: str, known_until: datetime | None = None
) -> Snapshot | None:
    """Return the snapshot in use, or None when the layer was never imported.

    Parameters
    ----------
    known_until
        Only imports up to this moment count (None: all).
    """
    query = sa.select(snapshots).where(snapshots.c.layer == layer)
    if known_until is not None:
        query = query.where(snapshots.c.imported_at <= known_until)
    query = query.order_by(snapshots.c.imported_at.desc(), snapshots.c.id.desc()).limit(1)
    with workspace.read() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _snapshot(row)


def history(workspace: Workspace, layer: str) -> list[Snapshot]:
    """Return every import of a layer, oldest first."""
    query = sa.select(snapshots).where(snapshots.c.layer == layer)
    with workspace.read() as connection:
        rows = connection.execute(query.order_by(snapshots.c.id)).mappings().all()
    return [_snapshot(row) for row in rows]


def load_layer(workspace: Workspace, layer: str, digest: str | None = None) -> gpd.GeoDataFrame:
    """Return the content of a snapshot (EPSG:4490 lon/lat), by default the one in use.

    `substances` has no geometry: a plain DataFrame.

    Raises
    ------
    NotFoundError
        The layer was never imported.
    """
    from layers.snapshots import read_snapshot  # noqa: PLC0415  (heavy: geopandas)

    with clear_storage_errors(workspace.layers_dir):
        return read_snapshot(workspace.layers_dir, layer, digest or _in_use(workspace, layer))


def load_population(
    workspace: Workspace, digest: str | None = None
) -> tuple[PopulationGrid, pd.DataFrame | None]:
    """Return persons per cell, and the table of persons by unit when it came as a table.

    Raises
    ------
    NotFoundError
        No population was ever imported.
    """
    from layers.snapshots import read_grid, read_snapshot  # noqa: PLC0415  (heavy: rasterio)

    digest = digest or _in_use(workspace, "population")
    with workspace.read() as connection:
        query = sa.select(snapshots.c.report).where(snapshots.c.digest == digest).limit(1)
        report = connection.execute(query).scalar() or {}
    with clear_storage_errors(workspace.layers_dir):
        grid = read_grid(workspace.layers_dir, digest)
        table = None
        if report.get("has_table"):
            table = read_snapshot(workspace.layers_dir, "population", digest)
    return grid, table


def store_layer(
    workspace: Workspace,
    layer: str,
    imported: LayerImport,
    imported_at: datetime,
    actor: Actor = LOCAL,
) -> Snapshot:
    """Write a snapshot and register it; the layer in use changes only when both are done."""
    from layers.snapshots import write_snapshot  # noqa: PLC0415  (heavy: geopandas)

    report = {**imported.report, "has_table": imported.table is not None}
    with clear_storage_errors(workspace.layers_dir):
        digest = write_snapshot(workspace.layers_dir, layer, imported)
    row = {
        "layer": layer,
        "digest": digest,
        "imported_at": imported_at,
        "rows": int(imported.accepted),
        "rejected": int(imported.rejected),
        "datum": dict(imported.datum),
        "sources": list(imported.sources),
        "report": report,
    }
    with workspace.write() as connection:
        connection.execute(sa.insert(snapshots), [row])
        after = {"digest": digest, "rows": row["rows"], "rejected": row["rejected"]}
        audit.append(
            connection, actor, "layer.import", f"layer:{layer}", now=imported_at, after=after
        )
    return _snapshot(row)


def _in_use(workspace: Workspace, layer: str) -> str:
    snapshot = current(workspace, layer)
    if snapshot is None:
        raise NotFoundError("图层尚未导入", layer, f"先运行 riskmap import {layer} 文件")
    return snapshot.digest


def _snapshot(row: Any) -> Snapshot:
    names = ("layer", "digest", "imported_at", "rows", "rejected", "datum", "sources", "report")
    return Snapshot(**{name: row[name] for name in names})
