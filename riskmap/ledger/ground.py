"""The ground a danger is reported on: towns by name, code and position, enterprises by number.

Layers are immutable snapshots, so what is derived from one is kept in memory by its digest.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.ellipsoid import metres_per_degree
from layers.location import TownLocator
from layers.snapshots import read_snapshot
from riskmap.district import SLIVER_M
from riskmap.errors import NotFoundError
from riskmap.layer_store import current
from riskmap.records.checks import Towns
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class Ground:
    """The towns in use (n,): code, name, polygon (lon/lat) and the index that finds them."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    polygons: NDArray[np.object_]
    locator: TownLocator
    words: Towns

    def town_at(self, lon: float, lat: float) -> str | None:
        """Return the code of the town at a point, also across a gap of 200 m; None outside."""
        found, _ = self.locator.locate_near([lon], [lat], SLIVER_M)
        return self.codes[int(found[0])] if found[0] >= 0 else None

    def name_of(self, code: str | None) -> str | None:
        """Return the name of a town, None for a code that the layer does not have."""
        return dict(zip(self.codes, self.names, strict=True)).get(code or "")

    def metres_outside(self, lon: float, lat: float) -> float:
        """Return how far a point lies from the nearest town [m].

        In the plane with the metres per degree at the point: exact nearby, to a few per cent at
        100 km, which is all a message needs.
        """
        east, north = metres_per_degree(np.array([lat]))
        scale = np.array([east[0], north[0]])
        nearest = shapely.shortest_line(
            shapely.Point(lon * scale[0], lat * scale[1]),
            shapely.union_all(shapely.transform(self.polygons, lambda points: points * scale)),
        )
        return float(shapely.length(nearest))


def ground_in_use(ws: Workspace) -> Ground:
    """Return the ground of the towns layer in use.

    Raises
    ------
    NotFoundError
        The towns layer was never imported.
    """
    snapshot = current(ws, "towns")
    if snapshot is None:
        raise NotFoundError("还没有镇街图层", "towns", "先运行 riskmap import towns 镇街边界文件")
    with clear_storage_errors(ws.layers_dir):
        return _ground(ws.layers_dir, snapshot.digest)


def enterprise_known(ws: Workspace, enterprise_id: str) -> bool | None:
    """Tell whether the register has an enterprise; None where no register was imported."""
    known = enterprise_numbers(ws)
    return None if known is None else enterprise_id in known


def enterprise_numbers(ws: Workspace) -> frozenset[str] | None:
    """Return the numbers of all enterprises; None where no register was imported."""
    snapshot = current(ws, "enterprises")
    if snapshot is None:
        return None
    with clear_storage_errors(ws.layers_dir):
        return _enterprises(ws.layers_dir, snapshot.digest)


@lru_cache(maxsize=4)
def _ground(folder: Path, digest: str) -> Ground:
    table = read_snapshot(folder, "towns", digest)
    codes = tuple(table["code"].astype(str))
    names = tuple(table["name"].astype(str))
    polygons = table.geometry.to_numpy()
    return Ground(
        codes, names, polygons, TownLocator.from_polygons(polygons), Towns.of(codes, names)
    )


@lru_cache(maxsize=4)
def _enterprises(folder: Path, digest: str) -> frozenset[str]:
    return frozenset(read_snapshot(folder, "enterprises", digest)["id"].astype(str))
