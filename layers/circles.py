"""Persons within circles on a grid: the exact area that a circle and a cell share."""

import math

import numpy as np
from numpy.typing import NDArray

from layers.compiled import compiled

Floats = NDArray[np.float64]
Floating = NDArray[np.floating]


@compiled
def _half_strip(t: float, r: float) -> float:
    """Return a(t) = ½ [t √(r² − t²) + r² asin(t/r)]: half the disk's area between 0 and t."""
    t = min(max(t, -r), r)
    return 0.5 * (t * math.sqrt(r * r - t * t) + r * r * math.asin(t / r))


@compiled
def _corner(x: float, y: float, strips: tuple[float, float], r: float) -> float:
    """Return the area of the disk about the origin that lies left of x and below y.

    Inside the disk ``x·y + a(x) + a(y) + πr²/4``. Outside it the corner cuts off whole segments,
    with ``h(t) = πr²/2 + 2a(t)`` the area on one side of a line: ``h(x) + h(y) − πr²`` for a
    corner beyond the upper right, ``h(x)`` or ``h(y)`` beyond the upper left or lower right, 0
    beyond the lower left.
    """
    quarter = 0.25 * np.pi * r * r
    if x * x + y * y < r * r:
        return x * y + strips[0] + strips[1] + quarter
    left, below = 2.0 * (quarter + strips[0]), 2.0 * (quarter + strips[1])
    if x >= 0.0 and y >= 0.0:
        return left + below - 4.0 * quarter
    if x < 0.0 and y < 0.0:
        return 0.0
    return left if y >= 0.0 else below


@compiled
def rectangle_share(west: float, south: float, east: float, north: float, r: float) -> float:
    """Return the area that a disk of radius r about the origin shares with a rectangle.

    By inclusion and exclusion of the four corners.
    """
    a_west, a_east = _half_strip(west, r), _half_strip(east, r)
    a_south, a_north = _half_strip(south, r), _half_strip(north, r)
    outer = _corner(east, north, (a_east, a_north), r) + _corner(west, south, (a_west, a_south), r)
    inner = _corner(west, north, (a_west, a_north), r) + _corner(east, south, (a_east, a_south), r)
    return outer - inner


@compiled
def _strips(lines: Floats, r: float) -> Floats:
    """Return a(t) for every grid line, computed once per line."""
    strips = np.empty(lines.size)
    for i in range(lines.size):
        strips[i] = _half_strip(lines[i], r)
    return strips


@compiled
def circle_sums(values: Floating, centres: Floats, cell_m: Floats, radius_m: float) -> Floats:
    """Sum a grid over circles, each cell by the share of its area within the circle.

    Only the window of cells around each centre is looked at.

    Parameters
    ----------
    values
        Grid of shape (rows, columns), NaN unknown.
    centres
        Fractional column and row of each centre, shape (k, 2).
    cell_m
        Width and height of a cell in metres at each centre, shape (k, 2).
    radius_m
        Radius in metres.

    Returns
    -------
        Shape (k, 3): Σ share·value over the known cells; the part of the circle's area in known
        cells; the part of the circle's area within the grid.
    """
    n_rows, n_columns = values.shape
    sums = np.zeros((len(centres), 3))
    disk = np.pi * radius_m * radius_m
    for i in range(len(centres)):
        column0, row0 = centres[i, 0], centres[i, 1]
        width, height = cell_m[i, 0], cell_m[i, 1]
        if not (np.isfinite(column0) and np.isfinite(row0)):
            continue
        first = max(np.floor(column0 - radius_m / width), 0.0)
        last = min(np.floor(column0 + radius_m / width), n_columns - 1.0)
        top = max(np.floor(row0 - radius_m / height), 0.0)
        bottom = min(np.floor(row0 + radius_m / height), n_rows - 1.0)
        if first > last or top > bottom:
            continue
        left, upper = int(first), int(top)
        x = (np.arange(left, int(last) + 2) - column0) * width
        y = (np.arange(upper, int(bottom) + 2) - row0) * height
        strip_x, strip_y = _strips(x, radius_m), _strips(y, radius_m)
        above = np.zeros(x.size)
        for k in range(x.size):
            above[k] = _corner(x[k], y[0], (strip_x[k], strip_y[0]), radius_m)
        for j in range(1, y.size):
            before = above[0]
            above[0] = _corner(x[0], y[j], (strip_x[0], strip_y[j]), radius_m)
            for k in range(1, x.size):
                here = _corner(x[k], y[j], (strip_x[k], strip_y[j]), radius_m)
                area = here - above[k - 1] - above[k] + before
                before = above[k]
                above[k] = here
                if area <= 1e-12 * disk:
                    continue
                value = values[upper + j - 1, left + k - 1]
                sums[i, 2] += area / disk
                if not np.isnan(value):
                    sums[i, 0] += value * (area / (width * height))
                    sums[i, 1] += area / disk
    return sums
