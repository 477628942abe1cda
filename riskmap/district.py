"""The district as its layers say: towns in order of code, points with their town, people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.datum import gauss_kruger_epsg
from layers.location import TownLocator
from layers.population import PopulationGrid
from layers.zonal import zonal_sum
from riskmap.errors import RiskmapError
from riskmap.layer_store import Snapshot, current, history, load_layer, load_population
from riskmap.workspace import Workspace

POINT_LAYERS = ("enterprises", "hazard_sources", "targets", "risk_points")
DAY_LAYERS = ("towns", "communities", *POINT_LAYERS, "substances", "population")
"""Layers that a day is computed from (shelters have a page of their own)."""

SLIVER_M = 200.0
"""A point in a gap between towns goes to the nearest town within this distance [m]."""


@dataclass(frozen=True)
class Points:
    """A point layer: its table and, per row (k,), place and town.

    `town` is -1 for a point outside every town (and farther than the tolerance); `community`
    -1 where the district has no communities with geometry or none holds the point.
    """

    table: pd.DataFrame
    geometry: NDArray[np.object_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    town: NDArray[np.int32]
    community: NDArray[np.int32]
    near: int
    outside: int


@dataclass(frozen=True)
class District:
    """Everything the layers say; arrays are aligned with towns in order of code (n,).

    `population_source` says in Chinese where the numbers of people come from.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    geometry: NDArray[np.object_]
    area_km2: NDArray[np.float64]
    population: NDArray[np.float64]
    population_source: str
    grid: PopulationGrid | None
    communities: pd.DataFrame
    points: Mapping[str, Points]
    substances: pd.DataFrame | None
    snapshots: Mapping[str, Snapshot]
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    late_notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of towns."""
        return len(self.codes)


def snapshots_in_use(
    ws: Workspace, known_until: datetime | None
) -> tuple[dict[str, Snapshot], dict[str, str]]:
    """Return the snapshots a day is computed from, and a note where one was imported later.

    With `known_until` the newest import known then counts. A layer that was first imported
    later is taken in its earliest version, with a note: borders and registers change slowly,
    and a day without them could not be computed at all.
    """
    found: dict[str, Snapshot] = {}
    notes: dict[str, str] = {}
    for layer in DAY_LAYERS:
        snapshot = current(ws, layer, known_until)
        if snapshot is None and known_until is not None:
            later = history(ws, layer)
            if later:
                snapshot = later[0]
                notes[layer] = "图层在截止时刻之后才导入，按最早一版计算"
        if snapshot is not None:
            found[layer] = snapshot
    return found, notes


def load_district(
    ws: Workspace, snapshots: Mapping[str, Snapshot], notes: Mapping[str, str] | None = None
) -> District:
    """Load the layers, locate every point once, count people by town.

    Raises
    ------
    RiskmapError
        If there are no towns.
    """
    if "towns" not in snapshots:
        raise RiskmapError("还没有镇街图层", "towns", "先运行 riskmap import towns 文件")
    towns = load_layer(ws, "towns", snapshots["towns"].digest)
    towns = towns.sort_values("code", kind="stable").reset_index(drop=True)
    if towns.empty:
        raise RiskmapError("镇街图层没有任何镇街", "towns", "重新导入镇街边界")
    geometry = towns.geometry.to_numpy()
    locator = TownLocator.from_polygons(geometry)
    said: dict[str, tuple[str, ...]] = {}
    communities, community_of = _communities(ws, snapshots, towns)
    points: dict[str, Points] = {}
    for layer in POINT_LAYERS:
        if layer in snapshots:
            table = load_layer(ws, layer, snapshots[layer].digest)
            points[layer] = locate_points(table, locator, community_of)
            said[layer] = _point_notes(points[layer])
    grid, persons = None, None
    if "population" in snapshots:
        grid, persons = load_population(ws, snapshots["population"].digest)
    population, source = people_by_town(towns, communities, grid, persons)
    substances = (
        pd.DataFrame(load_layer(ws, "substances", snapshots["substances"].digest))
        if "substances" in snapshots
        else None
    )
    return District(
        codes=tuple(towns["code"].astype("str")),
        names=tuple(towns["name"].astype("str")),
        geometry=geometry,
        area_km2=area_km2(geometry, ws.settings.district.epsg),
        population=population,
        population_source=source,
        grid=grid,
        communities=communities,
        points=points,
        substances=substances,
        snapshots=dict(snapshots),
        notes=said,
        late_notes=dict(notes or {}),
    )


def area_km2(geometry: NDArray[np.object_], epsg: int | None = None) -> NDArray[np.float64]:
    """Return the area of lon/lat polygons (n,) [km²] in their CGCS2000 Gauss–Krüger zone."""
    if epsg is None:
        west, _, east, _ = shapely.total_bounds(geometry)
        epsg = gauss_kruger_epsg((west + east) / 2)
    flat = gpd.GeoSeries(geometry, crs="EPSG:4490").to_crs(f"EPSG:{epsg}")
    return np.asarray(shapely.area(flat.to_numpy()), dtype=np.float64) / 1e6


def locate_points(
    table: gpd.GeoDataFrame, towns: TownLocator, communities: TownLocator | None
) -> Points:
    """Return the rows of a point layer with their town and community."""
    geometry = table.geometry.to_numpy()
    lon, lat = representative_points(geometry)
    town, near = towns.locate_near(lon, lat, SLIVER_M)
    nowhere = np.full(len(table), -1, np.int32)
    community = nowhere if communities is None else communities.locate(lon, lat)
    return Points(
        pd.DataFrame(table.drop(columns=table.geometry.name)),
        geometry,
        lon,
        lat,
        town,
        community,
        int(near.sum()),
        int((town < 0).sum()),
    )


def representative_points(
    geometry: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude (k,) that stand for each geometry; NaN where missing.

    A point stands for itself, a polygon or line for a point on it.
    """
    kind = shapely.get_type_id(geometry)
    spread = np.flatnonzero(kind > 0)
    points = geometry
    if spread.size:
        points = geometry.copy()
        points[spread] = shapely.point_on_surface(geometry[spread])
    return shapely.get_x(points), shapely.get_y(points)


def people_by_town(
    towns: pd.DataFrame,
    communities: pd.DataFrame,
    grid: PopulationGrid | None,
    persons: pd.DataFrame | None,
) -> tuple[NDArray[np.float64], str]:
    """Return persons by town (n,) and where they come from.

    A table by town or community as it was delivered; else the sum over the grid; else the
    towns' own column; else unknown.
    """
    n = len(towns)
    if persons is not None:
        counted = _people_from_table(towns, communities, persons)
        if counted is not None:
            return counted, f"人口表（{len(persons)} 行）按镇街合计"
    if grid is not None:
        said = "人口栅格" if persons is None else f"人口表（{len(persons)} 行）按面积均匀分摊后"
        summed = np.asarray(zonal_sum(grid, towns.geometry.to_numpy()), np.float64)
        return summed, f"{said}按镇街合计"
    if "population" in towns and towns["population"].notna().any():
        return towns["population"].to_numpy(np.float64), "镇街图层的常住人口列"
    return np.full(n, np.nan), "未知"


def _people_from_table(
    towns: pd.DataFrame, communities: pd.DataFrame, persons: pd.DataFrame
) -> NDArray[np.float64] | None:
    """Return sums by town, NaN for a town without a row; None when a row finds no town."""
    index = {str(code): i for i, code in enumerate(towns["code"])}
    by_name = {str(name): i for i, name in enumerate(towns["name"])}
    by_community = {
        str(code): int(town)
        for code, town in zip(communities["code"], communities["town"], strict=True)
    }
    town = np.full(len(persons), -1, dtype=np.int64)
    if "code" in persons:
        code = persons["code"].astype("str").str.strip()
        for known, key in ((index, code), (by_community, code), (index, code.str[:9])):
            found = key.map(known).fillna(-1).to_numpy(np.float64).astype(np.int64)
            town = np.where(town < 0, found, town)
    for column in ("name", "town"):
        if column in persons:
            named = persons[column].astype("str").map(by_name).fillna(-1).to_numpy(np.float64)
            town = np.where(town < 0, named.astype(np.int64), town)
    if (town < 0).any():
        return None
    n = len(towns)
    total = np.bincount(town, weights=persons["persons"].to_numpy(np.float64), minlength=n)
    return np.where(np.bincount(town, minlength=n) > 0, total, np.nan)


def _communities(
    ws: Workspace, snapshots: Mapping[str, Snapshot], towns: pd.DataFrame
) -> tuple[pd.DataFrame, TownLocator | None]:
    """Return code, name, town (index, -1 unknown) of communities, and their locator."""
    if "communities" not in snapshots:
        empty = pd.DataFrame({"code": [], "name": [], "town": []})
        return empty.astype({"code": "str", "name": "str", "town": "int64"}), None
    table = load_layer(ws, "communities", snapshots["communities"].digest)
    table = table.sort_values("code", kind="stable").reset_index(drop=True)
    index = {str(code): i for i, code in enumerate(towns["code"])}
    own = table["code"].astype("str").str[:9]
    named = table["town_code"].astype("str") if "town_code" in table else own
    town = named.map(index).fillna(own.map(index)).fillna(-1).to_numpy(np.float64)
    listed = pd.DataFrame(
        {
            "code": table["code"].astype("str"),
            "name": table["name"].astype("str"),
            "town": town.astype(np.int64),
        }
    )
    geometry = table.geometry.to_numpy() if "geometry" in table else np.empty(0, object)
    has = bool(len(geometry)) and not shapely.is_missing(geometry).all()
    return listed, TownLocator.from_polygons(geometry) if has else None


def _point_notes(points: Points) -> tuple[str, ...]:
    notes = []
    if points.near:
        notes.append(f"{points.near} 个点落在镇街缝隙，归最近的镇街（{SLIVER_M:g} m 内）")
    if points.outside:
        notes.append(f"{points.outside} 个点在所有镇街之外，未计入")
    return tuple(notes)
