"""Doubtful names, CAS numbers and classes of substances, as faults of an import."""

from dataclasses import replace

import pandas as pd

from layers.faults import Fault
from layers.importing.layer import LayerImport
from layers.names import or_nearest
from riskmap.standards import gb18218_tables
from scoring.gb18218 import identify

_TITLES = {"name": "物质名称", "cas": "CAS号", "category": "类别"}


def substance_faults(table: pd.DataFrame) -> list[Fault]:
    """Return what GB 18218-2018 cannot make sense of in a layer of substances.

    The rows stay in the layer: where the name is known the cautious reading is computed, where
    it is not, the unit's S and R are unknown and say so (`scoring.gb18218.identify`).

    Parameters
    ----------
    table
        The layer substances with its columns source_file, source_sheet, source_row.
    """
    missing = pd.Series([None] * len(table), index=table.index, dtype=object)
    columns = [table.get(c, missing) for c in ("name", "cas", "category")]
    found = identify(gb18218_tables(), *columns)
    rows = table.reset_index(drop=True)
    return [
        Fault(
            file=str(rows["source_file"][fault.row]),
            sheet=_sheet(rows, fault.row),
            row=int(rows["source_row"][fault.row]),
            column=_TITLES[fault.column],
            value=fault.value,
            expected=fault.expected + ("" if fault.resolved else "（该单元的 S、R 因此未知）"),
            severity="note",
        )
        for fault in found.faults
    ]


def _sheet(rows: pd.DataFrame, row: int) -> str | None:
    value = rows["source_sheet"][row] if "source_sheet" in rows else None
    return value if isinstance(value, str) and value else None


def with_substance_faults(imported: LayerImport) -> LayerImport:
    """Return an import of substances with these faults beside those of its cells."""
    if imported.table is None or not len(imported.table):
        return imported
    return replace(imported, faults=[*imported.faults, *substance_faults(imported.table)])


def with_lone_substances(imported: LayerImport, sources: pd.DataFrame | None) -> LayerImport:
    """Return an import of substances with a note on each hazard source that does not exist.

    Parameters
    ----------
    sources
        The layer hazard_sources in use; None when it was never imported: nothing is compared.
    """
    table = imported.table
    if sources is None or table is None or not len(table):
        return imported
    known = sources["id"].astype("str")
    lone = table[~table["hazard_source_id"].isin(known)].drop_duplicates("hazard_source_id")
    places = zip(lone["source_file"], lone["source_row"], lone["hazard_source_id"], strict=True)
    notes = [
        Fault(str(file), None, int(row), "危险源编号", str(code), _lone(str(code), known), "note")
        for file, row, code in places
    ]
    return replace(imported, faults=[*imported.faults, *notes])


def _lone(code: str, known: "pd.Series[str]") -> str:
    near = or_nearest(code, known.tolist())
    return f"重大危险源单元图层中没有这个编号，它的物质不参与计算；{near}"
