"""The share of every grid cell that a polygon covers, exact, without making a mask.

Walk the edges of one row of cells; an edge that rises by dv within a cell, at a mean distance d
from the cell's right side, adds dv·d to the cell and dv to every cell to its right. The running
sum along the row is the covered share of each cell (Green's theorem, per cell). Cost: edges times
cells crossed, plus the cells of the polygon's box; nothing is allocated but one row.
"""

import numpy as np
from numpy.typing import NDArray

from layers.compiled import compiled

Floats = NDArray[np.float64]
Floating = NDArray[np.floating]
Ints = NDArray[np.int64]

NOISE = 1e-12  # shares nearer to 0 or 1 than this are rounding


@compiled
def _add_edge(edge: Floats, row: int, shift: int, part: Floats, rise: Floats) -> None:
    """Add one edge's piece within one row to the row's sums.

    `edge` is in cell units; `shift` the column of the first entry of `part` and `rise`.
    """
    u1, v1, u2, v2 = edge[0] - shift, edge[1] - row, edge[2] - shift, edge[3] - row
    if v1 == v2 or max(v1, v2) <= 0.0 or min(v1, v2) >= 1.0:
        return
    slope = (u2 - u1) / (v2 - v1)
    start, end = min(max(v1, 0.0), 1.0), min(max(v2, 0.0), 1.0)
    a, b = u1 + (start - v1) * slope, u1 + (end - v1) * slope
    low, high = min(u1, u2), max(u1, u2)
    a, b = min(max(a, low), high), min(max(b, low), high)
    n = part.size
    first = min(max(int(np.floor(min(a, b))), -1), n)
    last = min(max(int(np.floor(max(a, b))), -1), n)
    for column in range(first, last + 1):
        left = min(a, b) if column == first else float(column)
        right = max(a, b) if column == last else float(column + 1)
        dv = end - start
        if a != b:
            dv *= (right - left) / abs(b - a)
        if column < 0:
            rise[0] += dv
        elif column < n:
            part[column] += dv * (column + 1 - 0.5 * (left + right))
            if column + 1 < n:
                rise[column + 1] += dv


@compiled
def _window(edges: Floats, n_rows: int, n_columns: int) -> tuple[int, int, int, int]:
    """Return the first and last column and row of the grid that a polygon's box meets."""
    low_u, high_u = np.inf, -np.inf
    low_v, high_v = np.inf, -np.inf
    for e in range(len(edges)):
        low_u = min(low_u, edges[e, 0])
        high_u = max(high_u, edges[e, 0])
        low_v = min(low_v, edges[e, 1])
        high_v = max(high_v, edges[e, 1])
    if not (low_u < n_columns and high_u > 0.0 and low_v < n_rows and high_v > 0.0):
        return 0, -1, 0, -1
    first, last = max(int(np.floor(low_u)), 0), min(int(np.floor(high_u)), n_columns - 1)
    return first, last, max(int(np.floor(low_v)), 0), min(int(np.floor(high_v)), n_rows - 1)


@compiled
def _rows_of(edges: Floats, top: int, bottom: int) -> tuple[Ints, Ints]:
    """List the edges by the rows from `top` to `bottom` that they span."""
    n = max(bottom - top + 1, 0)
    begin = np.zeros(n + 1, dtype=np.int64)
    spans = np.empty((len(edges), 2), dtype=np.int64)
    for e in range(len(edges)):
        low, high = min(edges[e, 1], edges[e, 3]), max(edges[e, 1], edges[e, 3])
        spans[e, 0] = max(int(np.floor(max(low, -1.0))), top) - top
        spans[e, 1] = min(int(np.floor(min(high, bottom + 1.0))), bottom) - top
        for row in range(spans[e, 0], spans[e, 1] + 1):
            begin[row + 1] += 1
    begin = np.cumsum(begin)
    cursor = begin.copy()
    listed = np.empty(begin[-1], dtype=np.int64)
    for e in range(len(edges)):
        for row in range(spans[e, 0], spans[e, 1] + 1):
            listed[cursor[row]] = e
            cursor[row] += 1
    return begin, listed


@compiled
def _row_shares(edges: Floats, row: int, shift: int, part: Floats, rise: Floats) -> None:
    """Turn `part` into the covered share of each cell of one row; `rise` is left at zero.

    `edges` are those that span the row; both arrays come in as zeros.
    """
    for k in range(len(edges)):
        _add_edge(edges[k], row, shift, part, rise)
    running = 0.0
    for column in range(part.size):
        running += rise[column]
        share = abs(part[column] + running)
        part[column] = 0.0 if share < NOISE else share
        rise[column] = 0.0


@compiled
def covered_sums(values: Floating, ends: Floats, start: Ints) -> Floats:
    """Sum a grid over polygons, each cell by its covered share.

    Parameters
    ----------
    values
        Grid of shape (rows, columns); NaN is unknown.
    ends
        Edges in cell units (column, row from the top left), shape (e, 4).
    start
        First edge of each polygon, shape (n + 1,).

    Returns
    -------
        Shape (n, 3): Σ share·value over the known cells, Σ share over the known cells, and
        Σ share over all cells of the grid.
    """
    n_rows, n_columns = values.shape
    sums = np.zeros((start.size - 1, 3))
    for i in range(start.size - 1):
        edges = ends[start[i] : start[i + 1]]
        first, last, top, bottom = _window(edges, n_rows, n_columns)
        if last < first:
            continue
        begin, listed = _rows_of(edges, top, bottom)
        part, rise = np.zeros(last - first + 1), np.zeros(last - first + 1)
        for row in range(top, bottom + 1):
            here = listed[begin[row - top] : begin[row - top + 1]]
            _row_shares(edges[here], row, first, part, rise)
            for column in range(part.size):
                share, value = part[column], values[row, first + column]
                sums[i, 2] += share
                if not np.isnan(value):
                    sums[i, 0] += share * value
                    sums[i, 1] += share
            part[:] = 0.0
    return sums


@compiled
def spread(totals: Floats, ends: Floats, start: Ints, shape: tuple[int, int]) -> Floats:
    """Spread each polygon's total over the cells it covers, in proportion to covered area.

    A polygon with an unknown total (NaN) adds nothing. A cell that no known polygon covers is
    NaN.

    Parameters
    ----------
    totals
        Shape (n,).
    ends, start
        Edges in cell units, as in `covered_sums`; the polygons lie wholly within the grid.
    shape
        Rows and columns of the grid.
    """
    grid = np.full(shape, np.nan)
    area = covered_sums(grid, ends, start)[:, 2]
    for i in range(start.size - 1):
        edges = ends[start[i] : start[i + 1]]
        first, last, top, bottom = _window(edges, shape[0], shape[1])
        if last < first or np.isnan(totals[i]):
            continue
        begin, listed = _rows_of(edges, top, bottom)
        part, rise = np.zeros(last - first + 1), np.zeros(last - first + 1)
        for row in range(top, bottom + 1):
            here = listed[begin[row - top] : begin[row - top + 1]]
            _row_shares(edges[here], row, first, part, rise)
            for column in np.flatnonzero(part):
                before = grid[row, first + column]
                before = 0.0 if np.isnan(before) else before
                grid[row, first + column] = before + totals[i] * (part[column] / area[i])
            part[:] = 0.0
    return grid
