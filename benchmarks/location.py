"""Towns of points: the raster index against ``geopandas.sjoin``, with identical answers.

Run ``python benchmarks/location.py [--points 1000000] [--towns 1400]``. Ratios are of one run on
one machine; the kernels are compiled before the clock starts, and that time is printed too.
"""

import argparse
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.location import TownLocator

FRAME = (118.0, 27.0, 123.0, 31.0)


def tessellation(n: int, rng: np.random.Generator, step: float) -> NDArray[np.object_]:
    """Return n towns that fill a province without gaps, a vertex every `step` degrees."""
    west, south, east, north = FRAME
    frame = shapely.box(*FRAME)
    seeds = rng.random((n, 2)) * [east - west, north - south] + [west, south]
    cells = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=frame)
    towns = shapely.intersection(shapely.get_parts(cells), frame)
    return np.asarray(shapely.segmentize(towns, step), dtype=object)


def median_s(action: Callable[[], object], repeats: int) -> float:
    """Return the median processor time of an action in seconds; all of them use one thread."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return float(np.median(times))


def joined(towns: NDArray[np.object_], x: NDArray[np.float64], y: NDArray[np.float64]):
    """Return the lowest town of each point by geopandas, points and frames made inside."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y))
    table = gpd.sjoin(points, gpd.GeoDataFrame(geometry=towns), predicate="intersects", how="left")
    return table["index_right"].groupby(level=0).min().fillna(-1).to_numpy(np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--towns", type=int, default=1_400)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="see that it runs, in seconds")
    given = parser.parse_args()
    if given.small:
        given.points, given.towns, given.repeats = 20_000, 50, 1
    rng = np.random.default_rng(20260630)
    towns = tessellation(given.towns, rng, step=0.002)
    x = rng.uniform(FRAME[0] - 0.1, FRAME[2] + 0.1, given.points)
    y = rng.uniform(FRAME[1] - 0.1, FRAME[3] + 0.1, given.points)
    start = time.perf_counter()
    TownLocator.from_polygons(towns[:2]).locate(x[:10], y[:10])
    print(f"compile or load kernels   {time.perf_counter() - start:8.3f} s")
    build_s = median_s(lambda: TownLocator.from_polygons(towns), given.repeats)
    locator = TownLocator.from_polygons(towns)
    locate_s = median_s(lambda: locator.locate(x, y), given.repeats)
    sjoin_s = median_s(lambda: joined(towns, x, y), given.repeats)
    same = bool(np.array_equal(locator.locate(x, y), joined(towns, x, y)))
    vertices = shapely.get_num_coordinates(towns).mean()
    print(f"{given.points:,} points, {given.towns:,} towns of {vertices:.0f} vertices, median of")
    print(f"{given.repeats} runs, processor time; border cells {(locator.cell < -1).mean():.1%}")
    print(f"build the index           {build_s:8.3f} s")
    print(f"locate                    {locate_s:8.3f} s   {sjoin_s / locate_s:6.0f} x faster")
    both_s = build_s + locate_s
    print(f"build and locate          {both_s:8.3f} s   {sjoin_s / both_s:6.0f} x faster")
    print(f"geopandas.sjoin           {sjoin_s:8.3f} s")
    print(f"identical answers         {same}")
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
