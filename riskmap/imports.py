"""Take files into the workspace: layers as snapshots, with a rejects file beside a report."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.errors import InputError
from layers.faults import Fault, as_dicts
from riskmap.access.actors import LOCAL, Actor
from riskmap.layer_store import Snapshot, current, load_layer, store_layer
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace, write_atomically

if TYPE_CHECKING:
    import pandas as pd

    from layers.importing.layer import LayerImport


@dataclass(frozen=True)
class ReadOptions:
    """How files are to be read; None means find out."""

    crs: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    column_map: Mapping[str, str] | None = None
    where: str | None = None
    codes: Path | None = None


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did.

    `snapshot` is None when nothing replaced the layer in use (`refusal` says why, "" in a dry
    run); `rejects_file` and `report_file` are None in a dry run.
    """

    accepted: int
    rejected: int
    faults: list[Fault]
    snapshot: Snapshot | None
    refusal: str
    report: Mapping[str, Any]
    datum: Mapping[str, Any]
    rejects_file: Path | None
    report_file: Path | None


def import_layer(
    workspace: Workspace,
    layer: str,
    paths: Sequence[Path],
    options: ReadOptions,
    *,
    now: datetime,
    dry_run: bool = False,
    actor: Actor = LOCAL,
) -> ImportOutcome:
    """Read files into a layer; the layer in use is replaced only when all went well.

    Raises
    ------
    InputError
        A file cannot be used at all, or there is no such layer.
    WorkspaceError
        The workspace cannot be written; nothing was replaced.
    """
    contract = layer_contract(layer)
    imported = _read(workspace, layer, paths, options)
    refusal = "" if imported.usable else _refusal(imported, contract.reject_limit)
    rejects_file = report_file = snapshot = None
    if not dry_run:
        rejects_file, report_file = write_rejects(
            workspace, layer, imported.rejects, _report(layer, imported, refusal, now)
        )
        if not refusal:
            snapshot = store_layer(workspace, layer, imported, now, actor)
    return ImportOutcome(
        accepted=0 if refusal else int(imported.accepted),
        rejected=int(imported.read if refusal else imported.rejected),
        faults=list(imported.faults),
        snapshot=snapshot,
        refusal=refusal,
        report=imported.report,
        datum=imported.datum,
        rejects_file=rejects_file,
        report_file=report_file,
    )


def layer_contract(layer: str) -> Any:
    """Return the contract of a layer.

    Raises
    ------
    InputError
        There is no layer of that name; the nearest are named.
    """
    from layers.contracts.layers import LAYER_CONTRACTS  # noqa: PLC0415  (pandas, not for --help)
    from layers.names import nearest  # noqa: PLC0415  (as above)

    if layer not in LAYER_CONTRACTS:
        near = nearest(layer, LAYER_CONTRACTS, 1)
        hint = f"是不是 {near[0]}？" if near else ""
        raise InputError("没有这个图层", layer, f"{hint}可用：" + " ".join(LAYER_CONTRACTS))
    return LAYER_CONTRACTS[layer]


def write_rejects(
    workspace: Workspace, name: str, rejects: pd.DataFrame, report: Mapping[str, Any]
) -> tuple[Path | None, Path]:
    """Write `<name>-<n>-rejects.csv` (when there are rejects) and `<name>-<n>-report.json`.

    Returns
    -------
    tuple
        The rejects file, None without rejects, and the report.
    """
    folder = workspace.products_dir / "imports"
    with clear_storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        number = _next_number(folder, name)
        rejects_file = None
        if len(rejects):
            rejects_file = folder / f"{name}-{number}-rejects.csv"
            text = rejects.to_csv(index=False, lineterminator="\r\n")
            write_atomically(rejects_file, text.encode("utf-8-sig"))
        report_file = folder / f"{name}-{number}-report.json"
        write_atomically(report_file, json.dumps(report, ensure_ascii=False, indent=1, default=str))
    return rejects_file, report_file


def parse_column_map(pairs: Sequence[str]) -> dict[str, str]:
    """Return FIELD -> COLUMN from texts like "id=src_id".

    Raises
    ------
    InputError
        A text has no "=" or an empty side, or a field is mapped twice.
    """
    mapped: dict[str, str] = {}
    for pair in pairs:
        field, sign, column = (part.strip() for part in pair.partition("="))
        if not (field and sign and column):
            raise InputError("--map 写法不对", pair, "写成 字段=列名，例如 --map id=src_id")
        if field in mapped:
            raise InputError("--map 中同一字段写了两次", field, "只留一个")
        mapped[field] = column
    return mapped


def _read(
    workspace: Workspace, layer: str, paths: Sequence[Path], options: ReadOptions
) -> LayerImport:
    from layers.importing.layer import read_layer  # noqa: PLC0415  (heavy: geopandas)
    from riskmap.substance_checks import (  # noqa: PLC0415  (as above)
        with_lone_substances,
        with_substance_faults,
    )

    imported = read_layer(
        layer,
        list(paths),
        crs=options.crs,
        sheet=options.sheet,
        encoding=options.encoding,
        column_map=options.column_map,
        where=options.where,
        codes=options.codes,
        division=workspace.settings.district.code or None,
        towns=_present(workspace, "towns") if layer != "towns" else None,
        units=_present(workspace, "communities") if layer == "population" else None,
    )
    if layer != "substances":
        return imported
    return with_lone_substances(
        with_substance_faults(imported), _present(workspace, "hazard_sources")
    )


def _present(workspace: Workspace, layer: str) -> Any:
    snapshot = current(workspace, layer)
    return None if snapshot is None else load_layer(workspace, layer, snapshot.digest)


def _refusal(imported: LayerImport, reject_limit: float) -> str:
    """Return why the layer in use stays: nothing usable, or too many rows rejected."""
    if not imported.accepted:
        return "没有一行可用"
    share = imported.rejected / imported.read if imported.read else 1.0
    return f"拒收 {share:.1%}，超过上限 {reject_limit:.0%}"


def _report(layer: str, imported: LayerImport, refusal: str, now: datetime) -> dict[str, Any]:
    return {
        "layer": layer,
        "imported_at": now.isoformat(),
        "accepted": int(imported.accepted),
        "rejected": int(imported.rejected),
        "refusal": refusal,
        "sources": list(imported.sources),
        "datum": dict(imported.datum),
        "report": dict(imported.report),
        "faults": as_dicts(imported.faults),
    }


def _next_number(folder: Path, name: str) -> int:
    pattern = re.compile(rf"{re.escape(name)}-(\d+)-")
    numbers = [int(found[1]) for path in folder.iterdir() if (found := pattern.match(path.name))]
    return max(numbers, default=0) + 1
