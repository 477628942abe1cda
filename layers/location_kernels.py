"""Compiled kernels of point location: the raster index and the exact test in border cells.

A cell holds ``-1`` (outside all), a town (wholly inside it), or ``-2 - b`` for border cell b,
whose candidate towns stand in a list. The index is a superset by construction: every cell that
an edge touches, or comes within a millionth of a cell of touching, is a border cell. The test in
a border cell is exact to the last bit of the coordinates.
"""

import numpy as np
from numpy.typing import NDArray

from layers.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = NDArray[np.int32]
Index = tuple[Floats, tuple[Ints, Ints], tuple[Ints, Ints], Floats]

OUTSIDE = -1
SLACK = 1e-6  # of a cell: far above rounding, far below anything that costs time


@compiled
def _grown(values: Cells) -> Cells:
    """Return a copy with twice the room."""
    larger = np.empty((2 * len(values), 2), dtype=np.int32)
    larger[: len(values)] = values
    return larger


@compiled
def _column_rows(edge: Floats, column: int, n_rows: int) -> tuple[int, int]:
    """Return the first and last row that an edge touches within one column, in cell units."""
    u1, v1, u2, v2 = edge[0], edge[1], edge[2], edge[3]
    low, high = min(v1, v2), max(v1, v2)
    if u1 != u2:
        slope = (v2 - v1) / (u2 - u1)
        left = v1 + (max(float(column), min(u1, u2)) - u1) * slope
        right = v1 + (min(float(column + 1), max(u1, u2)) - u1) * slope
        low, high = max(low, min(left, right)), min(high, max(left, right))
    first = max(int(np.floor(low - SLACK)), 0)
    return first, min(int(np.floor(high + SLACK)), n_rows - 1)


@compiled
def _fill(cell: Cells, stamp: Cells, parity: NDArray[np.uint8], town: int, box: Ints) -> None:
    """Give a town the cells of its box that no edge of it touches and that lie inside it.

    `parity` holds, per cell, whether an odd number of edges crosses the row's middle there; it is
    left all zero.
    """
    for row in range(box[2], box[3] + 1):
        inside = np.uint8(0)
        for column in range(box[0], box[1] + 1):
            inside ^= parity[row, column]
            parity[row, column] = 0
            free = stamp[row, column] != town and cell[row, column] == OUTSIDE
            if inside and free:
                cell[row, column] = town


@compiled
def _mark(edge: Floats, parity: NDArray[np.uint8], rows: tuple[int, int]) -> None:
    """Note where an upward or downward edge crosses the middle of each row."""
    u1, v1, u2, v2 = edge[0], edge[1], edge[2], edge[3]
    for row in range(rows[0], rows[1] + 1):
        middle = row + 0.5
        if (v1 <= middle) != (v2 <= middle):
            column = int(np.floor(u1 + (middle - v1) * (u2 - u1) / (v2 - v1)))
            parity[row, min(max(column, 0), parity.shape[1] - 1)] ^= 1


@compiled
def _span(edge: Floats, n_rows: int, n_columns: int) -> tuple[int, int, int, int]:
    """Return the first and last column and row that an edge touches, with a little slack."""
    first = max(int(np.floor(min(edge[0], edge[2]) - SLACK)), 0)
    last = min(int(np.floor(max(edge[0], edge[2]) + SLACK)), n_columns - 1)
    low = max(int(np.floor(min(edge[1], edge[3]) - SLACK)), 0)
    high = min(int(np.floor(max(edge[1], edge[3]) + SLACK)), n_rows - 1)
    return first, last, low, high


@compiled
def rasterise(ends: Floats, start: Ints, n_rows: int, n_columns: int) -> tuple[Cells, Cells, Cells]:
    """Return the cells and the pairs (border cell, town with an edge in it).

    Parameters
    ----------
    ends
        Edges in cell units, shape (e, 4).
    start
        First edge of each town, shape (n + 1,).
    n_rows, n_columns
        Size of the index.

    Returns
    -------
        Cells of shape (n_rows, n_columns) without the border lists, and for each pair the flat
        cell number and the town, in the order of towns.
    """
    cell = np.full((n_rows, n_columns), OUTSIDE, dtype=np.int32)
    stamp = np.full((n_rows, n_columns), OUTSIDE, dtype=np.int32)
    parity = np.zeros((n_rows, n_columns), dtype=np.uint8)
    pairs = np.empty((1024, 2), dtype=np.int32)
    n = 0
    for town in range(start.size - 1):
        box = np.array([n_columns, -1, n_rows, -1])
        for e in range(start[town], start[town + 1]):
            first, last, low, high = _span(ends[e], n_rows, n_columns)
            box[0], box[1] = min(box[0], first), max(box[1], last)
            box[2], box[3] = min(box[2], low), max(box[3], high)
            _mark(ends[e], parity, (low, high))
            for column in range(first, last + 1):
                bottom, top = _column_rows(ends[e], column, n_rows)
                for row in range(bottom, top + 1):
                    if stamp[row, column] != town:
                        stamp[row, column] = town
                        pairs = _grown(pairs) if n == len(pairs) else pairs
                        pairs[n, 0], pairs[n, 1] = row * n_columns + column, town
                        n += 1
        _fill(cell, stamp, parity, town, box)
    return cell, pairs[:n, 0].copy(), pairs[:n, 1].copy()


@compiled
def by_row(row1: Ints, row2: Ints, start: Ints, base: Ints, first_row: Ints) -> tuple[Ints, Ints]:
    """List the edges of each town by the rows of the index that they span.

    Slot ``base[town] + row - first_row[town]`` covers one row of one town.

    Returns
    -------
        First list entry of each slot, shape (slots + 1,), and the edges.
    """
    begin = np.zeros(base[-1] + 1, dtype=np.int64)
    for town in range(start.size - 1):
        offset = base[town] - first_row[town]
        for e in range(start[town], start[town + 1]):
            for row in range(min(row1[e], row2[e]), max(row1[e], row2[e]) + 1):
                begin[offset + row + 1] += 1
    begin = np.cumsum(begin)
    cursor = begin.copy()
    listed = np.empty(begin[-1], dtype=np.int64)
    for town in range(start.size - 1):
        offset = base[town] - first_row[town]
        for e in range(start[town], start[town + 1]):
            for row in range(min(row1[e], row2[e]), max(row1[e], row2[e]) + 1):
                listed[cursor[offset + row]] = e
                cursor[offset + row] += 1
    return begin, listed


@compiled
def _two_sum(a: float, b: float) -> tuple[float, float]:
    """Return a + b and its rounding error (Knuth, TAOCP vol. 2, 4.2.2 theorem B)."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    """Return a·b and its rounding error (Dekker 1971, split at 2^27 + 1)."""
    product = a * b
    scaled_a, scaled_b = 134217729.0 * a, 134217729.0 * b
    a_high, b_high = scaled_a - (scaled_a - a), scaled_b - (scaled_b - b)
    a_low, b_low = a - a_high, b - b_high
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, error


@compiled
def _long_product(a: float, a_low: float, b: float, b_low: float) -> tuple[float, float]:
    """Return the product of two numbers given to twice the usual precision."""
    product, error = _two_product(a, b)
    return _two_sum(product, error + (a * b_low + a_low * b))


@compiled
def side(  # noqa: PLR0917  three points of two coordinates each
    x1: float, y1: float, x2: float, y2: float, x: float, y: float
) -> float:
    """Return > 0 when (x, y) lies left of the line 1 → 2, 0 when on it, < 0 when right of it.

    ``(x2 − x1)(y − y1) − (y2 − y1)(x − x1)``, by ordinary numbers where their error bound
    (Shewchuk 1997, ``ccwerrboundA``) lets the sign stand, otherwise with twice the precision.
    """
    left, right = (x2 - x1) * (y - y1), (y2 - y1) * (x - x1)
    value = left - right
    if abs(value) > 3.3306690738754716e-16 * (abs(left) + abs(right)):
        return value
    ax, ax_low = _two_sum(x2, -x1)
    ay, ay_low = _two_sum(y2, -y1)
    bx, bx_low = _two_sum(x, -x1)
    by, by_low = _two_sum(y, -y1)
    left, left_low = _long_product(ax, ax_low, by, by_low)
    right, right_low = _long_product(ay, ay_low, bx, bx_low)
    difference, rest = _two_sum(left, -right)
    return difference + (rest + (left_low - right_low))


@compiled
def contains(x: float, y: float, ends: Floats, listed: Ints) -> bool:
    """Tell whether a point lies in a town or on its border, from the edges of the point's row.

    Even-odd rule over all rings. Edges run upward: ``y1 <= y2``.
    """
    inside = False
    for e in listed:
        x1, y1, x2, y2 = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        if y < y1 or y > y2 or x > max(x1, x2):
            continue
        if y1 == y2:
            if x >= min(x1, x2):
                return True
            continue
        turn = 1.0 if x < min(x1, x2) else side(x1, y1, x2, y2, x, y)
        if turn == 0.0:
            return True
        if turn > 0.0 and y < y2:
            inside = not inside
    return inside


@compiled
def locate(x: Floats, y: Floats, cell: Cells, border: tuple[Ints, Cells], index: Index) -> Cells:
    """Return the town of each point, -1 outside all; the lowest index where several hold it.

    Parameters
    ----------
    x, y
        Points, shape (k,).
    cell
        The cells.
    border
        First candidate of each border cell, and the candidates in ascending order.
    index
        Frame, edges by row, slots of the towns, and edges.
    """
    frame, rows, slots, ends = index
    n_rows, n_columns = cell.shape
    found = np.empty(x.size, dtype=np.int32)
    for i in range(x.size):
        u, v = (x[i] - frame[0]) * frame[2], (y[i] - frame[1]) * frame[3]
        if not (0.0 <= u < n_columns and 0.0 <= v < n_rows):
            found[i] = OUTSIDE
            continue
        row = int(v)
        value = cell[row, int(u)]
        if value < OUTSIDE:
            b = -2 - value
            value = np.int32(OUTSIDE)
            for c in range(border[0][b], border[0][b + 1]):
                town = border[1][c]
                slot = slots[0][town] + row - slots[1][town]
                if row < slots[1][town] or slot >= slots[0][town + 1]:
                    continue
                if contains(x[i], y[i], ends, rows[1][rows[0][slot] : rows[0][slot + 1]]):
                    value = town
                    break
        found[i] = value
    return found


@compiled
def _distance_2(ends: Floats, listed: Ints, point: Floats, scale: Floats) -> float:
    """Return the least squared distance in metres from a point to the listed edges."""
    best = np.inf
    for e in listed:
        ax, ay = (ends[e, 0] - point[0]) * scale[0], (ends[e, 1] - point[1]) * scale[1]
        dx, dy = (ends[e, 2] - ends[e, 0]) * scale[0], (ends[e, 3] - ends[e, 1]) * scale[1]
        length_2 = dx * dx + dy * dy
        along = 0.0
        if length_2 > 0.0:
            along = min(max(-(ax * dx + ay * dy) / length_2, 0.0), 1.0)
        best = min(best, (ax + along * dx) ** 2 + (ay + along * dy) ** 2)
    return best


@compiled
def nearest(
    points: Floats, scales: Floats, tolerance_m: float, bounds: Floats, index: Index
) -> Cells:
    """Return the nearest town within a tolerance of each point, -1 where there is none.

    `points` (k, 2); `scales` (k, 2) metres per unit of x and y there; `bounds` (n, 4) the boxes
    of the towns.
    """
    frame, rows, slots, ends = index
    found = np.full(len(points), OUTSIDE, dtype=np.int32)
    for i in range(len(points)):
        reach_x, reach_y = tolerance_m / scales[i, 0], tolerance_m / scales[i, 1]
        west, east = points[i, 0] - reach_x, points[i, 0] + reach_x
        south, north = points[i, 1] - reach_y, points[i, 1] + reach_y
        bottom = int(np.floor((south - frame[1]) * frame[3]))
        top = int(np.floor((north - frame[1]) * frame[3]))
        best = tolerance_m * tolerance_m
        for town in range(len(bounds)):
            if not (bounds[town, 0] <= east and bounds[town, 2] >= west):
                continue
            first, last = slots[0][town], slots[0][town + 1] - 1
            low = max(first + bottom - slots[1][town], first)
            high = min(first + top - slots[1][town], last)
            if low > high:
                continue
            listed = rows[1][rows[0][low] : rows[0][high + 1]]
            distance_2 = _distance_2(ends, listed, points[i], scales[i])
            if distance_2 < best or (distance_2 == best and found[i] == OUTSIDE):
                best = distance_2
                found[i] = town
    return found
