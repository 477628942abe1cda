"""The fictional district 云溪区 as raw files in the formats in which bureaus pass them on."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.datum import gcj02_to_bd09, wgs84_to_gcj02
from riskmap.sample import defects, departments, duties, incidents, sites, weather, writing
from riskmap.sample.chemicals import Chemicals, make_chemicals
from riskmap.sample.ground import Ground, make_ground, to_lonlat
from riskmap.sample.people import CELL_M, make_people
from riskmap.sample.profiles import COMMUNITY_STEMS, EPSG, TOWNS

SEED = 20260630
END = date(2026, 6, 30)
CGCS2000 = "urn:ogc:def:crs:EPSG::4490"


def make_district(folder: Path, *, seed: int = SEED, end: date = END) -> None:
    """Write all raw files of the sample district; the same arguments give the same bytes.

    Parameters
    ----------
    folder
        Where to write; made if it is missing.
    seed
        Of everything random.
    end
        The last day: records lie in the 13 months before it, and it is itself a day with a
        warning, an emergency response, an overdue major danger and a recent fatal accident.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ground = make_ground(seed)
    communities = _communities(ground, seed)
    _write_areas(folder, ground, communities)
    people = make_people(ground, seed)
    writing.write_raster(
        folder / "population_100m.tif",
        people.persons,
        west=people.west,
        north=people.north,
        cell_m=CELL_M,
        epsg=EPSG,
    )
    chemicals = _write_enterprises(folder, ground, seed)
    _write_hazard_sources(folder, chemicals)
    _write_places(folder, ground, seed, end.year)
    _write_records(folder, ground, communities, chemicals, seed=seed, end=end)


def _communities(ground: Ground, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 3])
    towns = ground.community_town
    stems = [rng.permutation(list(COMMUNITY_STEMS))[: t.communities] for t in TOWNS]
    order = np.arange(len(towns)) - np.searchsorted(towns, towns)
    rural = np.array([t.kind != "街道" for t in TOWNS])[towns] & (rng.random(len(towns)) < 0.8)
    return pd.DataFrame(
        {
            "code": [f"{TOWNS[t].code}{k + 1:03d}" for t, k in zip(towns, order, strict=True)],
            "name": [
                f"{stems[t][k]}{'村' if village else '社区'}"
                for t, k, village in zip(towns, order, rural, strict=True)
            ],
            "town": towns,
        }
    )


def _write_areas(folder: Path, ground: Ground, communities: pd.DataFrame) -> None:
    towns = gpd.GeoDataFrame(
        {
            "代码": [town.code + "000" for town in TOWNS],
            "名称": [town.name for town in TOWNS],
            "类别": [town.kind for town in TOWNS],
            "常住人口": [round(town.thousands * 1000) for town in TOWNS],
        },
        geometry=list(ground.town_polygons),
        crs=EPSG,
    )
    writing.write_shapefile_zip(folder / "towns.zip", towns, stem="乡镇街道界线", day=END)
    outlines = [_lonlat(polygon) for polygon in ground.community_polygons]
    rows = [
        {"村社代码": c, "村社名称": n, "所属镇街代码": TOWNS[t].code}
        for c, n, t in zip(
            communities["code"], communities["name"], communities["town"], strict=True
        )
    ]
    writing.write_geojson(
        folder / "communities.geojson", outlines, rows, name="村社界线", crs=CGCS2000
    )


def _lonlat(polygon: shapely.Geometry) -> Mapping[str, Any]:
    def rounded(xy: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack(to_lonlat(xy[:, 0], xy[:, 1])), 6)

    mapped: Mapping[str, Any] = shapely.geometry.mapping(shapely.transform(polygon, rounded))
    return mapped


def _coordinates(table: pd.DataFrame, datum: str) -> pd.DataFrame:
    lon, lat = to_lonlat(table["x"].to_numpy(), table["y"].to_numpy())
    if datum in {"gcj02", "bd09"}:
        lon, lat = wgs84_to_gcj02(lon, lat)
    if datum == "bd09":
        lon, lat = gcj02_to_bd09(lon, lat)
    texts = {"经度": [f"{v:.6f}" for v in lon], "纬度": [f"{v:.6f}" for v in lat]}
    return pd.DataFrame(texts, index=table.index)


def _address(table: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    roads = rng.choice(["工业大道", "中山路", "溪畔路", "人民路", "兴业路", "滨江路"], len(table))
    numbers = rng.integers(1, 400, len(table))
    names = sites.NAMES[table["town"]]
    return [f"{n}{r}{k}号" for n, r, k in zip(names, roads, numbers, strict=True)]


def _write_enterprises(folder: Path, ground: Ground, seed: int) -> Chemicals:
    rng = np.random.default_rng([seed, 4])
    chemical = sites.make_chemical(ground, rng)
    industry = pd.concat([chemical, sites.make_industry(ground, rng)], ignore_index=True)
    fire = sites.make_fire(ground, rng)
    chemicals = make_chemicals(ground, rng, chemical)
    names = {
        "id": "统一社会信用代码",
        "name": "企业名称",
        "sector": "行业领域",
        "industry": "行业代码",
    }
    names |= {"size": "企业规模", "risk_grade": "风险等级", "flags": "三场所三企业"}
    table = industry[list(names)].rename(columns=names)
    table.insert(2, "所属镇街", sites.NAMES[industry["town"]])
    table.insert(3, "地址", _address(industry, rng))
    table = pd.concat([table, _coordinates(industry, "gcj02")], axis=1)
    writing.write_csv(folder / "enterprises_industry.csv", defects.spoil_industry(table), "gb18030")
    names = {"id": "编号", "name": "场所名称", "sector": "行业领域", "size": "规模"}
    names |= {"risk_grade": "风险等级"}
    table = fire[list(names)].rename(columns=names)
    table.insert(2, "所在镇街", sites.NAMES[fire["town"]])
    table = pd.concat([table, _coordinates(fire, "gcj02").astype(float)], axis=1)
    writing.write_xlsx(
        folder / "enterprises_fire.xlsx",
        defects.spoil_fire(table),
        sheet="消防重点场所",
        title="云溪区消防重点场所台账（虚构样例）",
    )
    return chemicals


def _write_hazard_sources(folder: Path, chemicals: Chemicals) -> None:
    units = chemicals.units
    names = {"id": "危险源编号", "name": "危险源名称", "enterprise_id": "企业编号"}
    names |= {"unit_type": "单元类型", "surveyed": "500米内常住人口"}
    rows = units[list(names)].rename(columns=names).astype(object).to_dict("records")
    outlines = [_lonlat(polygon) for polygon in units["boundary"]]
    writing.write_geojson(
        folder / "hazard_sources.geojson", outlines, rows, name="重大危险源单元", crs=CGCS2000
    )
    names = {
        "unit": "危险源编号",
        "name": "危险化学品名称",
        "cas": "CAS号",
        "category": "危险性类别",
    }
    names |= {"quantity": "设计最大量"}
    table = chemicals.substances[list(names)].rename(columns=names)
    writing.write_xlsx(folder / "substances.xlsx", table, sheet="物质清单")


def _write_places(folder: Path, ground: Ground, seed: int, year: int) -> None:
    rng = np.random.default_rng([seed, 5])
    points = sites.make_risk_points(ground, rng)
    targets = sites.near_water(ground, rng, sites.make_targets(ground, rng), points)
    shelters = sites.make_shelters(ground, rng, year)
    table = targets[["id", "name", "kind", "persons"]].astype({"persons": str})
    table.columns = pd.Index(["编号", "名称", "类别", "人数"])
    table.insert(3, "所属镇街", sites.NAMES[targets["town"]])
    table = pd.concat([table, _coordinates(targets, "bd09")], axis=1)
    writing.write_csv(folder / "targets.csv", defects.spoil_targets(table), "utf-8")
    table = points[["id", "name", "kind", "severity"]].copy()
    table.columns = pd.Index(["编号", "名称", "类别", "等级"])
    table.insert(3, "所属镇街", sites.NAMES[points["town"]])
    table = pd.concat([table, _coordinates(points, "wgs84")], axis=1)
    writing.write_csv(folder / "risk_points.csv", defects.spoil_risk_points(table), "gb18030")
    names = {"id": "场所编号", "name": "场所名称", "class": "场所等级", "indoor": "室内"}
    names |= {"area_m2": "有效避难面积", "capacity_persons": "容纳人数", "purposes": "适用灾种"}
    names |= {"usable": "是否可用", "standardised": "规范化建设", "appraised_on": "安全鉴定日期"}
    table = shelters[list(names)].rename(columns=names)
    table.insert(2, "所属镇街", sites.NAMES[shelters["town"]])
    table = pd.concat([table, _coordinates(shelters, "wgs84").astype(float)], axis=1)
    writing.write_xlsx(
        folder / "shelters.xlsx",
        defects.spoil_shelters(table),
        sheet="避灾安置场所",
        title="云溪区避灾安置场所一览表（虚构样例）",
    )


def _write_records(
    folder: Path,
    ground: Ground,
    communities: pd.DataFrame,
    chemicals: Chemicals,
    *,
    seed: int,
    end: date,
) -> None:
    dangers = incidents.make_hidden_dangers(ground, seed, end, communities)
    places = _coordinates(dangers, "wgs84")
    table = pd.concat([dangers.drop(columns=["x", "y"]), places], axis=1)
    writing.write_csv(folder / "hidden_dangers.csv", defects.spoil_hidden_dangers(table), "gb18030")
    writing.write_csv(folder / "accidents.csv", incidents.make_accidents(seed, end), "utf-8-sig")
    alarms = incidents.make_alarms(seed, end, chemicals.units)
    writing.write_csv(folder / "alarms.csv", alarms, "utf-8")
    writing.write_csv(folder / "inspections.csv", duties.make_inspections(seed, end), "gb18030")
    commitments = duties.make_commitments(seed, end, chemicals.units)
    writing.write_csv(folder / "commitments.csv", commitments, "utf-8-sig")
    devices = duties.make_devices(end, chemicals.units)
    writing.write_xlsx(folder / "devices.xlsx", devices, sheet="感知设备")
    writing.write_xlsx(folder / "overrides.xlsx", incidents.make_overrides(end), sheet="人工调整")
    writing.write_csv(folder / "indicators.csv", incidents.make_indicators(seed, end), "utf-8")
    table = departments.make_department_indicators(seed, end)
    writing.write_csv(folder / "indicators_departments.csv", table, "utf-8")
    table = departments.make_stand_in_indicators(seed, end)
    writing.write_csv(folder / "indicators_stand_in.csv", table, "utf-8")
    writing.write_xlsx(folder / "responses.xlsx", weather.make_responses(end), sheet="应急响应")
    writing.write_xlsx(
        folder / "special_periods.xlsx", weather.make_special_periods(end), sheet="特殊时段"
    )
    weather.write_feed(folder / "warnings.json", weather.make_warnings(seed, end))
