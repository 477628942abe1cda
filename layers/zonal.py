"""Sums of a population grid over polygons, each cell by its covered share."""

import numpy as np
from numpy.typing import NDArray

from layers.coverage import covered_sums
from layers.edges import polygon_edges
from layers.population import PopulationGrid

Floats = NDArray[np.float64]


def zonal_sum(grid: PopulationGrid, polygons_lonlat: NDArray[np.object_]) -> Floats:
    """Return the persons in each polygon.

    ``Σ share(cell) · persons(cell)`` over the known cells, where the share is the exact part of
    the cell's area that the polygon covers (people taken as evenly spread within a cell).

    Unknown cells add nothing, so the sum is of the known persons; `zonal_known` says how much of
    the polygon they cover. A polygon that meets no known cell is NaN, not 0.

    Parameters
    ----------
    grid
        Persons per cell.
    polygons_lonlat
        Valid polygons in longitude and latitude, shape (n,). Their corners are projected to the
        grid's system; the lines between stay straight there.

    Returns
    -------
        Persons, shape (n,).
    """
    sums = _sums(grid, polygons_lonlat)
    return np.where(sums[:, 1] > 0, sums[:, 0], np.nan)


def zonal_known(
    grid: PopulationGrid, polygons_lonlat: NDArray[np.object_]
) -> tuple[Floats, Floats]:
    """Return the covered cells that are known, and the share of the polygon they make up.

    The first is Σ share over the known cells [cells], shape (n,); the second its part of the
    polygon's whole area, 0 to 1, NaN for a polygon without area.
    """
    edges, start = _in_cells(grid, polygons_lonlat)
    sums = covered_sums(grid.persons, edges, start)
    ring = 0.5 * (edges[:, 0] * edges[:, 3] - edges[:, 2] * edges[:, 1])
    owner = np.repeat(np.arange(len(start) - 1), np.diff(start))
    area = np.abs(np.bincount(owner, weights=ring, minlength=len(start) - 1))
    share = np.divide(sums[:, 1], area, out=np.full(len(area), np.nan), where=area > 0)
    return sums[:, 1], np.minimum(share, 1.0)


def _sums(grid: PopulationGrid, polygons_lonlat: NDArray[np.object_]) -> Floats:
    edges, start = _in_cells(grid, polygons_lonlat)
    return covered_sums(grid.persons, edges, start)


def _in_cells(
    grid: PopulationGrid, polygons_lonlat: NDArray[np.object_]
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the polygons' edges in fractional columns and rows of the grid."""
    edges = polygon_edges(polygons_lonlat)
    corners = edges.ends.reshape(-1, 2)
    columns, rows = grid.to_cells(*grid.to_crs(corners[:, 0], corners[:, 1]))
    return np.ascontiguousarray(np.column_stack([columns, rows]).reshape(-1, 4)), edges.start
