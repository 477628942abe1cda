"""The town of every point: a raster index with an exact test in border cells.

Every point costs one look into a grid; only the few per cent in cells that a border touches are
tested against edges, and only against those that span the point's row of cells. The answer is
that of a closed polygon (a point on a border is inside) with the lowest index where several hold
the point: the same as ``geopandas.sjoin(predicate="intersects")`` with the first match.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from layers import location_kernels as kernels
from layers.edges import polygon_edges
from layers.ellipsoid import metres_per_degree
from layers.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = NDArray[np.int32]
Flags = NDArray[np.bool_]

CELLS_PER_TOWN = 1024
FEWEST_CELLS, MOST_CELLS = 2**18, 2**24


@dataclass(frozen=True)
class TownLocator:
    """Finds the polygon of each point among n polygons. Make it with `from_polygons`."""

    cell: Cells
    border: tuple[Ints, Cells]
    index: kernels.Index
    bounds: Floats
    geographic: bool

    @classmethod
    def from_polygons(cls, polygons: NDArray[np.object_], *, geographic: bool = True) -> Self:
        """Build the index.

        Parameters
        ----------
        polygons
            Valid polygons or multipolygons in longitude and latitude (or in any plane
            coordinates, then with ``geographic=False``), shape (n,). A missing geometry holds no
            point. They may overlap and leave gaps.
        geographic
            Whether the coordinates are degrees; only `locate_near` asks.

        Examples
        --------
        >>> towns = TownLocator.from_polygons(np.array([shapely.box(120, 28, 121, 29)]))
        >>> towns.locate([120.5, 122.0], [28.5, 28.5]).tolist()
        [0, -1]
        """
        polygons = np.asarray(polygons, dtype=object)
        edges = polygon_edges(polygons)
        frame, shape = _frame(edges.ends, len(polygons))
        in_cells = (edges.ends - np.tile(frame[:2], 2)) * np.tile(frame[2:], 2)
        cell, pair_cell, pair_town = kernels.rasterise(in_cells, edges.start, *shape)
        border = _border_lists(cell, pair_cell, pair_town)
        row1, row2 = (in_cells[:, k].astype(np.int64) for k in (1, 3))
        base, first_row = _slots(row1, row2, edges.start)
        rows = kernels.by_row(row1, row2, edges.start, base, first_row)
        downward = edges.ends[:, 1] > edges.ends[:, 3]
        ends = np.where(downward[:, None], edges.ends[:, [2, 3, 0, 1]], edges.ends)
        bounds = np.asarray(shapely.bounds(polygons), dtype=np.float64).reshape(-1, 4)
        index = (frame, rows, (base, first_row), np.ascontiguousarray(ends))
        return cls(cell, border, index, bounds, geographic)

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Cells:
        """Return the index of the polygon that holds each point, -1 where none does.

        A point on a border counts as inside; where several polygons hold a point the lowest
        index is returned. A missing coordinate gives -1.

        Parameters
        ----------
        lon, lat
            Coordinates in the system of the polygons, shape (k,).
        """
        x, y = _points(lon, lat)
        return kernels.locate(x, y, self.cell, self.border, self.index)

    def locate_near(
        self, lon: ArrayLike, lat: ArrayLike, tolerance_m: float
    ) -> tuple[Cells, Flags]:
        """Return the index of the polygon of each point, or of the nearest within a tolerance.

        Distances are taken in the plane at the point with the metres per degree of the ellipsoid
        there (`layers.ellipsoid`); for 100 m that is exact to a millimetre.

        Parameters
        ----------
        lon, lat
            Coordinates, shape (k,).
        tolerance_m
            Greatest distance in metres at which a point outside all polygons is still given to
            the nearest.

        Returns
        -------
            Indices, shape (k,), and whether each was found by nearness only, shape (k,), to be
            counted and reported.
        """
        x, y = _points(lon, lat)
        found = self.locate(x, y)
        missed = np.flatnonzero((found < 0) & np.isfinite(x) & np.isfinite(y))
        near = np.zeros(found.size, dtype=np.bool_)
        if missed.size == 0 or not tolerance_m > 0:
            return found, near
        points = np.column_stack([x, y])[missed]
        scales = np.ones_like(points)
        if self.geographic:
            scales = np.column_stack(metres_per_degree(points[:, 1]))
        found[missed] = kernels.nearest(points, scales, float(tolerance_m), self.bounds, self.index)
        near[missed] = found[missed] >= 0
        return found, near


def _points(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return coordinates as arrays of one length."""
    x = np.ascontiguousarray(lon, dtype=np.float64)
    y = np.ascontiguousarray(lat, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise InputError("经度与纬度的个数不同", f"{x.shape} 与 {y.shape}", "请给出等长的两列")
    return x, y


def _frame(ends: Floats, n_towns: int) -> tuple[Floats, tuple[int, int]]:
    """Return origin and cells per unit, and the number of rows and columns of the index."""
    if len(ends) == 0:
        return np.array([0.0, 0.0, 1.0, 1.0]), (1, 1)
    if not np.isfinite(ends).all():
        raise InputError("面的坐标含有非数值", "", "请修复几何后再用")
    low, high = ends.min(axis=0), ends.max(axis=0)
    low, high = np.minimum(low[:2], low[2:]), np.maximum(high[:2], high[2:])
    margin = 1e-6 * (high - low) + 1e-12 * np.abs(high) + 1e-12
    low, high = low - margin, high + margin
    width, height = high - low
    cells = float(np.clip(CELLS_PER_TOWN * n_towns, FEWEST_CELLS, MOST_CELLS))
    columns = int(np.clip(np.sqrt(cells * width / height), 16, cells / 16))
    rows = max(int(cells / columns), 1)
    return np.array([low[0], low[1], columns / width, rows / height]), (rows, columns)


def _border_lists(cell: Cells, pair_cell: Cells, pair_town: Cells) -> tuple[Ints, Cells]:
    """Write the numbers of border cells into `cell` and return their candidates.

    A cell wholly inside town s needs a list only for towns before s; s then closes the list.
    """
    flat = cell.reshape(-1)
    whole = flat[pair_cell]
    needed = (whole < 0) | (pair_town < whole)
    pair_cell, pair_town, whole = pair_cell[needed], pair_town[needed], whole[needed]
    closing = np.unique(pair_cell[whole >= 0])
    cells = np.concatenate([pair_cell, closing])
    towns = np.concatenate([pair_town, flat[closing]])
    order = np.argsort(cells, kind="stable")
    numbers, counts = np.unique(cells, return_counts=True)
    flat[numbers] = -2 - np.arange(len(numbers), dtype=np.int32)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, np.ascontiguousarray(towns[order], dtype=np.int32)


def _slots(row1: Ints, row2: Ints, start: Ints) -> tuple[Ints, Ints]:
    """Return the base slot (n + 1,) and the first row (n,) of each town."""
    n = len(start) - 1
    first, last = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    some = np.flatnonzero(np.diff(start))
    if some.size:
        first[some] = np.minimum.reduceat(np.minimum(row1, row2), start[some])
        last[some] = np.maximum.reduceat(np.maximum(row1, row2), start[some])
    return np.concatenate([[0], np.cumsum(last - first + 1)]).astype(np.int64), first
