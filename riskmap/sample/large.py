"""A fictional province and nation for benchmarks: plain large files, made in vectorised steps."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree, Voronoi

from riskmap.sample import weather, writing
from riskmap.sample.district import END
from riskmap.sample.ground import Floats, Ints, connect, smooth_noise, to_lonlat
from riskmap.sample.profiles import EPSG

TOWN_M = 8_400.0
_CELLS_ACROSS = 4
_SECTORS = ("危化", "工贸", "九小场所", "合用场所", "高层建筑", "人员密集场所", "其他")
_SHARES = (0.03, 0.27, 0.45, 0.08, 0.05, 0.08, 0.04)
_POINT_KINDS = ("在建工地", "事故多发点", "易涝点", "地质灾害点", "特种设备", "燃气管网")
_TARGET_KINDS = ("小学", "幼儿园", "医院", "养老院", "商场")
_HAZARDS = (("液氯", 12.0), ("液氨", 25.0), ("汽油", 900.0), ("甲醇", 700.0), ("液化石油气", 80.0))


def make_province(
    folder: Path, *, seed: int, towns: int = 1_400, enterprises: int = 1_000_000
) -> None:
    """Write a province: one folder of files that the ordinary commands import.

    Parameters
    ----------
    folder
        Where to write; made if it is missing.
    seed
        Of everything random.
    towns, enterprises
        How many; about 70 km², 50,000 people, 20 targets and 30 risk points a town, one hazard
        source per 400 enterprises, a population grid of 100 m.
    """
    make_region(folder, seed=seed, towns=towns, enterprises=enterprises, cell_m=100.0)


def make_nation(
    folder: Path,
    *,
    seed: int,
    towns: int = 40_000,
    enterprises: int = 5_000_000,
    parts: int = 40,
) -> list[Path]:
    """Write a nation as parts of whole counties, and return their folders.

    The parts are computed one by one (or side by side): no town's score depends on another's.
    The grid is 250 m.
    """
    folders = [folder / f"part{k:03d}" for k in range(parts)]
    for k, part in enumerate(folders):
        share_t = towns * (k + 1) // parts - towns * k // parts
        share_e = enterprises * (k + 1) // parts - enterprises * k // parts
        make_region(part, seed=seed + k, towns=share_t, enterprises=share_e, cell_m=250.0)
    return folders


def make_region(folder: Path, *, seed: int, towns: int, enterprises: int, cell_m: float) -> None:
    """Write one region: towns, sites, people and records of two months."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 31])
    x, y, label, polygons = _coverage(rng, towns)
    codes = np.array([f"33{i // 14 // 99 + 1:02d}{i // 14 % 99 + 1:02d}{i % 14 + 1:03d}"
                      for i in range(towns)])  # fmt: skip
    names = np.array([f"第{i + 1}镇" for i in range(towns)])
    table = gpd.GeoDataFrame(
        {"code": codes, "name": names, "kind": "镇"}, geometry=list(polygons), crs=EPSG
    )
    pyogrio.write_dataframe(table, folder / "towns.gpkg")
    _write_people(folder / "population.tif", rng, polygons, cell_m, towns * 50_000.0)
    weight = rng.lognormal(0, 1.2, len(x))
    cells = _Cells(x, y, label, weight / weight.sum())
    _write_enterprises(folder, rng, cells, enterprises)
    _write_sites(folder, rng, cells, enterprises, towns)
    _write_records(folder, rng, codes, seed)


@dataclass(frozen=True)
class _Cells:
    """Places to put things: cell centres (c,), their town, and the share that stands there."""

    x: Floats
    y: Floats
    town: Ints
    share: Floats

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Floats, Floats, Ints]:
        """Return longitude, latitude [degrees] and town of n random places."""
        cell = rng.choice(len(self.x), n, p=self.share)
        reach = TOWN_M / _CELLS_ACROSS * 0.3
        dx, dy = rng.uniform(-reach, reach, (2, n))
        lon, lat = to_lonlat(self.x[cell] + dx, self.y[cell] + dy)
        return lon, lat, self.town[cell]


def _coverage(
    rng: np.random.Generator, towns: int
) -> tuple[Floats, Floats, Ints, NDArray[np.object_]]:
    rows = max(1, int(np.sqrt(towns)))
    columns = -(-towns // rows)
    step = TOWN_M / _CELLS_ACROSS
    across, down = (np.arange(-1, k * _CELLS_ACROSS + 1) for k in (columns, rows))
    ix, iy = (grid.ravel() for grid in np.meshgrid(across, down))
    px, py = ((axis + rng.uniform(0.15, 0.85, len(axis))) * step for axis in (ix, iy))
    seat = np.arange(towns)
    seat_xy = np.column_stack([seat % columns, seat // columns]) + 0.5
    seat_xy = (seat_xy + rng.uniform(-0.28, 0.28, seat_xy.shape)) * TOWN_M
    warped = np.column_stack([p + 900 * smooth_noise(rng, px, py, 9000.0) for p in (px, py)])
    label = np.asarray(KDTree(seat_xy).query(warped)[1], dtype=np.int64)
    label[KDTree(np.column_stack([px, py])).query(seat_xy)[1]] = seat
    inner = (ix >= 0) & (iy >= 0) & (ix < columns * _CELLS_ACROSS) & (iy < rows * _CELLS_ACROSS)
    inner &= (iy // _CELLS_ACROSS) * columns + ix // _CELLS_ACROSS < towns
    cells = Voronoi(np.column_stack([px, py]))
    kept = np.flatnonzero(inner)
    renumber = np.full(len(px), -1)
    renumber[kept] = np.arange(len(kept))
    pairs = renumber[cells.ridge_points[inner[cells.ridge_points].all(axis=1)]]
    label = connect(label[kept], pairs)
    x0, y0 = 500_000 - columns * TOWN_M / 2, 3_100_000.0
    corners = np.round(cells.vertices + np.array([x0, y0]), 2)
    polygons = [shapely.Polygon(corners[cells.regions[cells.point_region[i]]]) for i in kept]
    merged = gpd.GeoDataFrame({"town": label}, geometry=polygons, crs=EPSG).dissolve(
        "town", method="coverage"
    )
    missing = towns - len(merged)
    if missing:
        raise ValueError(f"{missing} towns got no ground; choose another seed")
    return px[kept] + x0, py[kept] + y0, label, merged.geometry.to_numpy()


def _write_people(
    path: Path,
    rng: np.random.Generator,
    polygons: NDArray[np.object_],
    cell_m: float,
    total: float,
) -> None:
    west, south, east, north = shapely.total_bounds(polygons)
    west, north = np.floor(west / 1000) * 1000, np.ceil(north / 1000) * 1000
    wide, high = int((east - west) // 1000) + 1, int((north - south) // 1000) + 1
    kx, ky = np.meshgrid(np.arange(wide) * 1000.0, np.arange(high) * 1000.0)
    coarse = np.exp(1.3 * smooth_noise(rng, kx, ky, 9000.0))
    factor = round(1000 / cell_m)
    persons = np.repeat(np.repeat(coarse, factor, axis=0), factor, axis=1).astype(np.float32)
    persons *= rng.exponential(1.0, persons.shape).astype(np.float32)
    persons *= np.float32(total / persons.sum(dtype=np.float64))
    persons = np.round(persons, 1)
    writing.write_raster(path, persons, west=west, north=north, cell_m=cell_m, epsg=EPSG)


def _write_csv(path: Path, columns: dict[str, object]) -> None:
    pd.DataFrame(columns).to_csv(path, index=False, float_format="%.6f")


def _numbered(prefix: str, n: int) -> NDArray[np.str_]:
    return np.char.add(prefix, np.char.zfill(np.arange(1, n + 1).astype(str), 8))


def _write_enterprises(folder: Path, rng: np.random.Generator, cells: _Cells, n: int) -> None:
    lon, lat, town = cells.draw(rng, n)
    flags = rng.choice(
        ["", "粉尘涉爆", "有限空间", "喷涂", "涉氨制冷"], n, p=[0.8, 0.05, 0.08, 0.05, 0.02]
    )
    _write_csv(
        folder / "enterprises.csv",
        {
            "id": _numbered("E", n),
            "name": _numbered("企业", n),
            "town": np.char.add(np.char.add("第", (town + 1).astype(str)), "镇"),
            "sector": rng.choice(_SECTORS, n, p=_SHARES),
            "risk_grade": rng.choice(["红", "橙", "黄", "蓝"], n, p=[0.02, 0.1, 0.38, 0.5]),
            "flags": flags,
            "lon": lon,
            "lat": lat,
        },
    )


def _write_sites(
    folder: Path, rng: np.random.Generator, cells: _Cells, enterprises: int, towns: int
) -> None:
    n = max(1, enterprises // 400)
    lon, lat, _ = cells.draw(rng, n)
    ids = _numbered("H", n)
    kinds = rng.choice(["生产单元", "储存单元"], n)
    columns = {"id": ids, "name": _numbered("危险源", n), "unit_type": kinds}
    _write_csv(folder / "hazard_sources.csv", {**columns, "lon": lon, "lat": lat})
    which = rng.integers(0, len(_HAZARDS), n)
    names, typical = (np.array(column)[which] for column in zip(*_HAZARDS, strict=True))
    quantity = np.round(typical * rng.lognormal(0, 0.5, n), 1)
    _write_csv(
        folder / "substances.csv", {"hazard_source_id": ids, "name": names, "quantity_t": quantity}
    )
    n = towns * 20
    lon, lat, _ = cells.draw(rng, n)
    columns = {"id": _numbered("T", n), "name": _numbered("目标", n)}
    columns |= {"kind": rng.choice(_TARGET_KINDS, n)}
    _write_csv(folder / "targets.csv", {**columns, "persons": 200, "lon": lon, "lat": lat})
    n = towns * 30
    lon, lat, _ = cells.draw(rng, n)
    columns = {"id": _numbered("R", n), "name": _numbered("风险点", n)}
    columns |= {"kind": rng.choice(_POINT_KINDS, n), "severity": rng.choice(["一般", "重大"], n)}
    _write_csv(folder / "risk_points.csv", {**columns, "lon": lon, "lat": lat})


def _write_records(
    folder: Path, rng: np.random.Generator, codes: NDArray[np.str_], seed: int
) -> None:
    _write_dangers(folder, rng, codes)
    n = max(1, len(codes) // 20)
    when = np.datetime64(END) - rng.integers(1, 30, n)
    _write_csv(
        folder / "accidents.csv",
        {
            "id": _numbered("A", n),
            "occurred_at": np.char.add(when.astype(str), " 10:00"),
            "town": rng.choice(codes, n),
            "domain": rng.choice(["消防", "工贸", "道路交通"], n),
            "deaths": 0,
        },
    )
    week = (END - timedelta(days=7)).isocalendar()
    n = len(codes)
    values = [rng.uniform(75, 98, n), rng.uniform(80, 100, n), rng.uniform(80, 100, n)]
    _write_csv(
        folder / "indicators.csv",
        {
            "week": f"{week.year}-W{week.week:02d}",
            "town": np.repeat(codes, 3),
            "indicator": np.tile(["index", "A7.1", "patrol"], n),
            "value": np.column_stack(values).ravel(),
        },
    )
    weather.write_feed(folder / "warnings.json", weather.make_warnings(seed, END)[:3])


def _write_dangers(folder: Path, rng: np.random.Generator, codes: NDArray[np.str_]) -> None:
    n = len(codes) * 10
    found = np.datetime64(END) - rng.integers(1, 60, n).astype("timedelta64[D]")
    closed = found + rng.integers(1, 40, n).astype("timedelta64[D]")
    done = np.char.add(closed.astype(str), " 10:00")
    _write_csv(
        folder / "hidden_dangers.csv",
        {
            "number": _numbered("D", n),
            "found_at": np.char.add(found.astype(str), " 10:00"),
            "town": rng.choice(codes, n),
            "domain": rng.choice(["消防", "危化", "工贸", "建设施工", "道路交通"], n),
            "grade": rng.choice(["一般", "重大"], n, p=[0.98, 0.02]),
            "deadline": (found + np.timedelta64(15, "D")).astype(str),
            "closed_at": np.where(closed >= np.datetime64(END), "", done),
        },
    )
