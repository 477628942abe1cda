"""Enterprises, protected targets, risk points and shelters of the fictional district."""

import numpy as np
import pandas as pd
import shapely

from riskmap.sample.ground import Ground, Ints
from riskmap.sample.people import scatter
from riskmap.sample.profiles import BRAND_FIRST, BRAND_SECOND, TOWNS

NAMES = np.array([town.name for town in TOWNS])
FLAGS = ("危化使用", "粉尘涉爆", "涉氨制冷", "有限空间", "喷涂", "金属冶炼", "船舶修造")
_TRADES = {
    "粉尘涉爆": ("木业", "家具", "面粉"),
    "涉氨制冷": ("冷链食品", "水产冷藏"),
    "有限空间": ("印染", "造纸", "食品"),
    "喷涂": ("汽车配件", "五金涂装", "家电"),
    "金属冶炼": ("铸造", "铝业"),
    "船舶修造": ("船业",),
    "危化使用": ("电子材料", "橡塑"),
    "": ("机械", "模具", "纺织", "服装", "包装", "电器", "阀门", "轴承"),
}
_FIRE = {
    "九小场所": (0.72, ("小吃店", "便利店", "宾馆", "理发店", "网吧", "诊所", "棋牌室", "托管班")),
    "合用场所": (0.10, ("服装加工点", "五金加工坊", "淘宝仓库")),
    "高层建筑": (0.08, ("大厦", "公寓", "广场", "国际中心")),
    "人员密集场所": (0.10, ("超市", "影城", "健身中心", "大酒店", "农贸市场")),
}


def towns_by(field: str) -> Ints:
    """Return the town index of each site, as many per town as the profile says."""
    return np.repeat(np.arange(len(TOWNS)), [getattr(town, field) for town in TOWNS])


def brands(rng: np.random.Generator, n: int) -> list[str]:
    """Return n invented brand names."""
    first = rng.choice(list(BRAND_FIRST), n)
    second = rng.choice(list(BRAND_SECOND), n)
    return [a + b for a, b in zip(first, second, strict=True)]


def credit_codes(rng: np.random.Generator, n: int, prefix: str) -> list[str]:
    """Return n distinct 18-character codes in the form of a social credit code."""
    numbers = rng.permutation(900_000)[:n] + 100_000
    return [f"{prefix}339901MA{number}{'0123456789'[number % 10]}X" for number in numbers]


def _placed(
    table: pd.DataFrame, ground: Ground, rng: np.random.Generator, towns: Ints, spread: float
) -> pd.DataFrame:
    x, y = scatter(ground, rng, towns, spread=spread)
    return table.assign(x=x, y=y, town=towns)


def make_chemical(ground: Ground, rng: np.random.Generator) -> pd.DataFrame:
    """Return the enterprises of the sector 危化 (id name sector industry size grade flags x y)."""
    towns = towns_by("chemical")
    n = len(towns)
    station = rng.random(n) < 0.45
    kinds = rng.choice(["化工", "气体", "涂料", "医药化工", "物流仓储"], n)
    names = [
        f"{NAMES[t][:2]}{brand}{'加油站' if petrol else kind + '有限公司'}"
        for t, brand, petrol, kind in zip(towns, brands(rng, n), station, kinds, strict=True)
    ]
    table = pd.DataFrame({"id": credit_codes(rng, n, "91"), "name": names})
    table["sector"] = "危化"
    table["industry"] = np.where(station, "5265", "2614")
    table["size"] = rng.choice(["中型", "小型", "微型"], n, p=[0.2, 0.5, 0.3])
    table["risk_grade"] = rng.choice(["红", "橙", "黄", "蓝"], n, p=[0.08, 0.22, 0.5, 0.2])
    table["flags"] = np.where(station, "", rng.choice(["危化使用", "有限空间", ""], n))
    return _placed(table, ground, rng, towns, 0.9)


def make_industry(ground: Ground, rng: np.random.Generator) -> pd.DataFrame:
    """Return the enterprises of the sectors 工贸 and a few 其他."""
    towns = towns_by("industry")
    n = len(towns)
    flags = rng.choice(["", *FLAGS], n, p=[0.46, 0.10, 0.10, 0.03, 0.17, 0.10, 0.03, 0.01])
    second = np.where(rng.random(n) < 0.12, ";有限空间", "")
    trades = [str(rng.choice(_TRADES[flag])) for flag in flags]
    table = pd.DataFrame({"id": credit_codes(rng, n, "92")})
    table["name"] = [
        f"{NAMES[t][:2]}{brand}{trade}{'有限公司' if rng.random() < 0.8 else '厂'}"
        for t, brand, trade in zip(towns, brands(rng, n), trades, strict=True)
    ]
    table["sector"] = np.where(rng.random(n) < 0.94, "工贸", "其他")
    table["industry"] = rng.choice(["2110", "3311", "3484", "1751", "3670", "2311"], n)
    table["size"] = rng.choice(["大型", "中型", "小型", "微型"], n, p=[0.02, 0.13, 0.55, 0.3])
    grade = rng.choice(["红", "橙", "黄", "蓝"], n, p=[0.02, 0.12, 0.46, 0.4])
    table["risk_grade"] = np.where(rng.random(n) < 0.03, "", grade)
    table["flags"] = [
        f + (s if f and f != "有限空间" else "") for f, s in zip(flags, second, strict=True)
    ]
    return _placed(table, ground, rng, towns, 1.1)


def make_fire(ground: Ground, rng: np.random.Generator) -> pd.DataFrame:
    """Return small places, combined-use places, high-rises and crowded places."""
    towns = towns_by("fire")
    n = len(towns)
    sectors = rng.choice(list(_FIRE), n, p=[share for share, _ in _FIRE.values()])
    ends = [str(rng.choice(_FIRE[sector][1])) for sector in sectors]
    table = pd.DataFrame({"id": credit_codes(rng, n, "93")})
    table["name"] = [
        f"{NAMES[t][:2]}{brand}{end}"
        for t, brand, end in zip(towns, brands(rng, n), ends, strict=True)
    ]
    table["sector"] = sectors
    table["industry"] = ""
    table["size"] = np.where(sectors == "九小场所", "微型", "小型")
    table["risk_grade"] = rng.choice(["橙", "黄", "蓝"], n, p=[0.04, 0.36, 0.6])
    table["flags"] = ""
    return _placed(table, ground, rng, towns, 0.7)


def make_targets(ground: Ground, rng: np.random.Generator) -> pd.DataFrame:
    """Return schools, kindergartens, hospitals and the like (id name kind persons x y town)."""
    towns = towns_by("targets")
    n = len(towns)
    kinds = ["小学", "幼儿园", "医院", "养老院", "汽车站", "商场", "政府机关"]
    kind = rng.choice(kinds, n, p=[0.28, 0.32, 0.07, 0.17, 0.03, 0.08, 0.05])
    typical = dict(zip(kinds, (900, 240, 450, 90, 300, 800, 120), strict=True))
    table = pd.DataFrame({"id": [f"T{i + 1:04d}" for i in range(n)]})
    table["name"] = [
        f"{NAMES[t][:2]}{brand}{end}"
        for t, brand, end in zip(towns, brands(rng, n), kind, strict=True)
    ]
    table["kind"] = kind
    spread = rng.lognormal(0, 0.4, n)
    table["persons"] = [round(typical[k] * s) for k, s in zip(kind, spread, strict=True)]
    return _placed(table, ground, rng, towns, 0.7)


def make_risk_points(ground: Ground, rng: np.random.Generator) -> pd.DataFrame:
    """Return risk points of four groups (id name kind severity town x y)."""
    water = {"易涝点": 0.45, "地质灾害点": 0.25, "低洼地下空间": 0.2, "堤防险段": 0.1}
    other = {"特种设备": 0.6, "燃气管网": 0.2, "森林火险点": 0.2}
    parts = [
        _kind_points(rng, "sites", {"在建工地": 1.0}, 0.3),
        _kind_points(rng, "black_spots", {"事故多发点": 1.0}, 0.25),
        _kind_points(rng, "water_and_slopes", water, 0.1),
        _kind_points(rng, "other_points", other, 0.1),
    ]
    table = pd.concat(parts, ignore_index=True)
    x, y = scatter(ground, rng, table["town"].to_numpy(), spread=1.0)
    table["x"], table["y"] = x, y
    table.insert(0, "id", [f"RP{i + 1:04d}" for i in range(len(table))])
    return table


def near_water(
    ground: Ground, rng: np.random.Generator, targets: pd.DataFrame, points: pd.DataFrame
) -> pd.DataFrame:
    """Return targets of which somewhat over half lie by a waterlogging or slope point."""
    x, y = targets["x"].to_numpy().copy(), targets["y"].to_numpy().copy()
    towns = targets["town"].to_numpy()
    moved = rng.random(len(targets)) < 0.55
    exposed = points["kind"].isin(["易涝点", "地质灾害点"])
    for i in range(len(TOWNS)):
        here = np.flatnonzero(moved & (towns == i))
        there = rng.choice(np.flatnonzero(exposed & (points["town"] == i)), len(here))
        px = points["x"].to_numpy()[there] + rng.uniform(-110, 110, len(here))
        py = points["y"].to_numpy()[there] + rng.uniform(-110, 110, len(here))
        inside = shapely.contains_xy(ground.town_polygons[i], px, py)
        x[here], y[here] = np.where(inside, px, x[here]), np.where(inside, py, y[here])
    return targets.assign(x=x, y=y)


def _kind_points(
    rng: np.random.Generator, field: str, shares: dict[str, float], major: float
) -> pd.DataFrame:
    towns = towns_by(field)
    kind = rng.choice(list(shares), len(towns), p=list(shares.values()))
    names = [
        f"{NAMES[t][:2]}{brand}{k}"
        for t, brand, k in zip(towns, brands(rng, len(towns)), kind, strict=True)
    ]
    severity = np.where(rng.random(len(towns)) < major, "重大", "一般")
    severity = np.where(kind == "在建工地", np.where(severity == "重大", "危大", "一般"), severity)
    return pd.DataFrame({"name": names, "kind": kind, "severity": severity, "town": towns})


def make_shelters(ground: Ground, rng: np.random.Generator, year: int) -> pd.DataFrame:
    """Return shelters of village, town and county level (area in m², persons, appraisal date)."""
    towns = towns_by("shelters")
    n = len(towns)
    first = np.r_[True, towns[1:] != towns[:-1]]
    level = np.where(first, 2, np.where(rng.random(n) < 0.22, 1, 0))
    level = np.where(first & (towns % 3 > 0), 1, level)
    low, high = np.array([250, 2000, 30000])[level], np.array([1500, 16000, 160000])[level]
    area = np.round(np.exp(rng.uniform(np.log(low), np.log(high))), -1)
    ends = np.array(["文化礼堂", "中学体育馆", "应急避难公园"])[level]
    table = pd.DataFrame({"id": [f"BZ{i + 1:03d}" for i in range(n)]})
    table["name"] = [
        f"{NAMES[t][:2]}{brand}{end}"
        for t, brand, end in zip(towns, brands(rng, n), ends, strict=True)
    ]
    names = ["村(社区)级避灾安置场所", "乡镇(街道)级避灾安置场所", "区级避灾安置场所"]
    table["class"] = np.array(names)[level]
    table["indoor"] = np.where(level == 2, "否", "是")
    table["area_m2"] = area
    table["capacity_persons"] = np.floor(area / np.array([3.0, 3.0, 2.0])[level])
    table["purposes"] = np.where(level == 2, "地震", "台风;洪涝")
    table["usable"] = np.where(rng.random(n) < 0.94, "是", "否")
    table["standardised"] = np.where(rng.random(n) < 0.7, "是", "否")
    month, day = rng.integers(1, 6, n), rng.integers(1, 28, n)
    when = year - rng.integers(0, 5, n)
    table["appraised_on"] = [f"{y}年{m}月{d}日" for y, m, d in zip(when, month, day, strict=True)]
    return _placed(table, ground, rng, towns, 0.9)
