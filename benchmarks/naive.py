"""The inherent inputs of a day by a straightforward geopandas + rasterstats script.

It answers the same questions as `riskmap.daily.inventory.take_inventory` (hazard indicators by
town, persons per km², vulnerable targets within reach), written as one would in a notebook: sjoin
for points in towns, rasterstats for people in polygons, buffers for reach. The default scheme only.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from rasterstats import zonal_stats

from riskmap.layer_store import load_layer, load_population
from riskmap.standards import gb18218_tables
from riskmap.workspace import Workspace
from scoring.gb18218_calculation import assess

GRADE = {"red": 4.0, "orange": 2.0, "yellow": 1.0, "blue": 0.25}
FLAGS = "粉尘涉爆|涉氨制冷|有限空间|喷涂|金属冶炼|船舶修造"
FIRE = ["九小场所", "合用场所", "高层建筑", "人员密集场所"]
WET = ["geological_hazard", "waterlogging", "low_underground_space", "levee_section"]
OTHER = ["special_equipment", "gas_pipeline", "forest_fire"]
FRAGILE = ["school", "kindergarten", "hospital", "eldercare"]


def naive_inputs(workspace: Workspace, epsg: int) -> dict[str, np.ndarray]:
    """Return h1 … h7, density and vulnerable (n,) in order of town code."""
    names = ["towns", "enterprises", "hazard_sources", "targets", "risk_points"]
    layers = {name: load_layer(workspace, name).to_crs(epsg) for name in names}
    substances = pd.DataFrame(load_layer(workspace, "substances"))
    grid, _ = load_population(workspace)
    towns = layers["towns"].sort_values("code").reset_index(drop=True)[["code", "geometry"]]
    found = {name: _in_towns(layers[name], towns) for name in names[1:]}
    area = towns.area.to_numpy() / 1e6
    persons = _people(towns, grid)
    firms = found["enterprises"]
    weight = firms["risk_grade"].map(GRADE).fillna(1.0)
    flagged = firms["flags"].fillna("").str.contains(FLAGS)
    flagged |= (firms["sector"] == "工贸") & firms["risk_grade"].isin(["red", "orange"])
    points = found["risk_points"]
    sites = points[points["kind"] == "construction_site"]
    severity = np.where(sites["severity"] == "major", 3.0, 1.0)
    return {
        "h1": _sum_of_r(found, layers["hazard_sources"], substances, grid, len(towns)),
        "h2": _by_town(firms[flagged], weight[flagged], len(towns)),
        "h3": _by_town(sites, severity, len(towns)),
        "h4": _by_town(firms[firms["sector"].isin(FIRE)], 1.0, len(towns)) / area,
        "h5": _by_town(points[points["kind"] == "accident_black_spot"], 1.0, len(towns)),
        "h6": _by_town(points[points["kind"].isin(WET)], 1.0, len(towns)),
        "h7": _by_town(points[points["kind"].isin(OTHER)], 1.0, len(towns)),
        "density": persons / area,
        "vulnerable": _vulnerable(found["targets"], layers, len(towns)),
    }


def _in_towns(points: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    points = points.reset_index(drop=True)
    points["geometry"] = points.representative_point()
    return gpd.sjoin(points, towns[["geometry"]], predicate="within")


def _by_town(points: pd.DataFrame, weight: Any, n: int) -> np.ndarray:
    weights = pd.Series(
        np.broadcast_to(weight, len(points)), index=points["index_right"].to_numpy()
    )
    return weights.groupby(level=0).sum().reindex(range(n), fill_value=0.0).to_numpy()


def _people(polygons: gpd.GeoDataFrame, grid: Any) -> np.ndarray:
    shapes = polygons.to_crs(grid.crs).geometry
    found = zonal_stats(
        list(shapes), grid.persons, affine=Affine(*grid.transform[:6]), stats="sum", nodata=-9999
    )
    return np.array([row["sum"] or 0.0 for row in found])


def _sum_of_r(
    found: dict[str, gpd.GeoDataFrame],
    sources: gpd.GeoDataFrame,
    substances: pd.DataFrame,
    grid: Any,
    n: int,
) -> np.ndarray:
    sources = sources.reset_index(drop=True)
    around = sources.set_geometry(sources.buffer(500))
    surveyed = sources.get("surveyed_population_500m", pd.Series(np.nan, sources.index))
    unit = pd.Index(sources["id"]).get_indexer(substances["hazard_source_id"])
    blank = pd.Series([None] * len(substances))
    result = assess(
        gb18218_tables(),
        unit,
        names=substances["name"],
        cas=substances.get("cas", blank),
        categories=substances.get("category", blank),
        quantity_t=substances["quantity_t"],
        counted=_people(around, grid),
        surveyed=surveyed.astype(float),
    )
    where = found["hazard_sources"]
    firms = found["enterprises"]
    owners = set(sources.get("enterprise_id", pd.Series(dtype=str)).dropna())
    chemical = firms[(firms["sector"] == "危化") & ~firms["id"].isin(owners)]
    return _by_town(where, result.r[where.index], n) + _by_town(chemical, 1.0, n)


def _vulnerable(
    targets: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame], n: int
) -> np.ndarray:
    wet = layers["risk_points"]
    wet = wet[wet["kind"].isin(["geological_hazard", "waterlogging"])]
    reach = pd.concat([layers["hazard_sources"].buffer(500), wet.buffer(200)])
    areas = gpd.GeoDataFrame(geometry=reach.reset_index(drop=True), crs=wet.crs)
    fragile = targets[targets["kind"].isin(FRAGILE)]
    near = gpd.sjoin(fragile.drop(columns="index_right"), areas, predicate="intersects")
    return _by_town(fragile.loc[near.index.unique()], 1.0, n)
