"""A table as it stands in a source, before any contract: every value a text or missing."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.faults import Fault
from layers.names import header_key, header_parts

Objects = NDArray[Any]
Rows = NDArray[np.int64]

_LOOK_FOR_HEADER = 20


@dataclass(frozen=True)
class RawTable:
    """A table as read.

    Parameters
    ----------
    frame
        Values as text (dtype ``str``), missing as NaN; index 0..n-1; headers as in the source.
    geometry
        Shapely geometries, shape (n,), missing as None; None for a table without geometry.
    crs
        The source's reference system (``EPSG:4549`` or WKT); None when it states none.
    file
        Name of the file, without its folder.
    sheet
        Worksheet or layer; None when the format has only one.
    rows
        Row number of every row as the clerk sees it, shape (n,) (see `layers.faults.Fault`).
    encoding
        Encoding of the text; None for formats that fix their own.
    notes
        What was noticed while reading.
    broken
        Positions of rows that have more cells than the header: their columns are shifted, so
        the check rejects them.
    """

    frame: pd.DataFrame
    geometry: Objects | None
    crs: str | None
    file: str
    sheet: str | None
    rows: Rows
    encoding: str | None = None
    notes: tuple[Fault, ...] = ()
    broken: frozenset[int] = frozenset()


def take(raw: RawTable, keep: NDArray[np.bool_]) -> RawTable:
    """Return the rows of a table where `keep` (n,) is true."""
    position = np.cumsum(keep) - 1
    return replace(
        raw,
        frame=raw.frame[keep].reset_index(drop=True),
        geometry=None if raw.geometry is None else raw.geometry[keep],
        rows=raw.rows[keep],
        broken=frozenset(int(position[i]) for i in raw.broken if keep[i]),
    )


def file_note(file: str, sheet: str | None, value: object, text: str) -> Fault:
    """Return a note that concerns a whole file."""
    return Fault(file, sheet, None, None, str(value), text, "note")


def _hits(cells: list[str], headers: Collection[str]) -> int:
    known = {header_key(cell) for cell in cells} | {header_parts(cell)[0] for cell in cells}
    return len(known & set(headers))


def _joined(top: str, bottom: str, headers: Collection[str]) -> str:
    """Return the header of a column below a two-row head: a known spelling when there is one."""
    for candidate in (bottom, top, top + bottom):
        if candidate and (
            header_key(candidate) in headers or header_parts(candidate)[0] in headers
        ):
            return candidate
    return bottom if top in ("", bottom) else (top + bottom)


def find_header(
    top: list[list[str]], headers: Collection[str] | None
) -> tuple[int, int, list[str]]:
    """Return first row, height (1 or 2) and texts of the header in a table's first rows.

    The header is where most known spellings stand. Title rows above it are passed over; two
    rows are one header only when together they hold more known spellings than either alone.
    Without known spellings the header is the first row that is as full as most are.

    Parameters
    ----------
    top
        The first rows as texts, empty cells as "", merged cells already filled.
    headers
        Keys of known headers, or None.
    """
    rows = top[:_LOOK_FOR_HEADER]
    full = [sum(cell != "" for cell in row) for row in rows]
    usual = max(set(full), key=lambda number: (full.count(number), number))
    plain = next(i for i, number in enumerate(full) if number >= max(usual, 1))
    if not headers:
        return plain, 1, rows[plain]
    score, at, height, texts = 0, plain, 1, rows[plain]
    for i, row in enumerate(rows):
        hits = _hits([cell for cell in row if cell], headers)
        if hits > score:
            score, at, height, texts = hits, i, 1, row
    for i in range(len(rows) - 1):
        both = [_joined(a, b, headers) for a, b in zip(rows[i], rows[i + 1], strict=True)]
        hits = _hits([cell for cell in both if cell], headers)
        if hits > score:
            score, at, height, texts = hits, i, 2, both
    return at, height, texts


def unique_headers(texts: list[str]) -> list[str]:
    """Return headers without repeats: an empty one gets its position, a repeat a number."""
    seen: dict[str, int] = {}
    out = []
    for i, text in enumerate(texts):
        name = text.strip() or f"第{i + 1}列"
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return out


def header_notes(
    file: str, sheet: str | None, first: int, height: int, number: int
) -> tuple[Fault, ...]:
    """Return notes on a header that is not simply the first row.

    Parameters
    ----------
    first
        Rows passed over above the header.
    number
        Row number of the header's first row as the clerk sees it.
    """
    notes = []
    if first > 0:
        text = f"表头在第 {number} 行，其上 {first} 行（标题或合并的表头）未读入"
        notes.append(file_note(file, sheet, f"第 {number} 行", text))
    if height == 2:
        text = f"表头占两行（第 {number}、{number + 1} 行，有合并单元格），已合为一行"
        notes.append(file_note(file, sheet, f"第 {number}–{number + 1} 行", text))
    return tuple(notes)
