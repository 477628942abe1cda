"""People within 500 m and people by town: our kernels against exactextract and rasterstats.

Run ``python benchmarks/exposure.py [--cells 10000] [--sources 30000] [--towns 1400]``. The grid
is projected, 100 m cells, float32. Rasterstats counts whole cells by their centres, so its
numbers differ; it is there for its time.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import Transformer
from rasterio.transform import Affine
from rasterstats import zonal_stats

from layers.exposure import people_within_points
from layers.population import PopulationGrid
from layers.zonal import zonal_sum

WEST, NORTH, CELL_M, EPSG = 300_000.0, 3_500_000.0, 100.0, 4549


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = action()
    return result, time.perf_counter() - start


def exact(grid: PopulationGrid, shapes: Any) -> Any:
    """Return sums by exactextract, polygons already in the grid's system."""
    rows, columns = grid.persons.shape
    source = NumPyRasterSource(
        grid.persons,
        xmin=WEST,
        xmax=WEST + columns * CELL_M,
        ymin=NORTH - rows * CELL_M,
        ymax=NORTH,
        srs_wkt=gpd.GeoSeries([], crs=EPSG).crs.to_wkt(),
    )
    table = gpd.GeoDataFrame(geometry=shapes, crs=EPSG)
    return exact_extract(source, table, ["sum"], output="pandas")["sum"].to_numpy()


def circles(grid: PopulationGrid, n: int, rng: np.random.Generator) -> None:
    side = grid.persons.shape[0] * CELL_M
    x = WEST + rng.uniform(1000, side - 1000, n)
    y = NORTH - rng.uniform(1000, side - 1000, n)
    lon, lat = Transformer.from_crs(EPSG, 4490, always_xy=True).transform(x, y)
    people_within_points(grid, lon[:2], lat[:2], 500.0)
    ours, ours_s = timed(lambda: people_within_points(grid, lon, lat, 500.0))
    buffers, buffer_s = timed(lambda: shapely.buffer(shapely.points(x, y), 500, quad_segs=32))
    judged, exact_s = timed(lambda: exact(grid, buffers))
    affine = Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH)
    few = buffers[: max(n // 10, 1)]
    _, tenth_s = timed(
        lambda: zonal_stats(list(few), grid.persons, affine=affine, stats=["sum"], nodata=-1)
    )
    stats_s = tenth_s * n / len(few)
    worst = np.max(np.abs(ours - judged) / judged)
    print(f"people within 500 m of {n:,} points")
    print(f"  ours                    {ours_s:8.3f} s   (projection included)")
    print(
        f"  exactextract            {exact_s:8.3f} s   {exact_s / ours_s:6.0f} x; worst {worst:.1e}"
    )
    print(f"    buffers for it        {buffer_s:8.3f} s")
    print(f"  rasterstats             {stats_s:8.3f} s   {stats_s / ours_s:6.0f} x (from a tenth)")


def towns(grid: PopulationGrid, n: int, rng: np.random.Generator) -> None:
    side = grid.persons.shape[0] * CELL_M
    frame = shapely.box(WEST, NORTH - side, WEST + side, NORTH)
    seeds = shapely.MultiPoint(rng.random((n, 2)) * side + [WEST, NORTH - side])
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    flat = shapely.segmentize(shapely.intersection(cells, frame), 500.0)
    degrees = gpd.GeoSeries(flat, crs=EPSG).to_crs(4490).to_numpy()
    zonal_sum(grid, degrees[:1])
    ours, ours_s = timed(lambda: zonal_sum(grid, degrees))
    judged, exact_s = timed(lambda: exact(grid, flat))
    worst = np.max(np.abs(ours - judged) / judged)
    print(f"people in {n:,} towns that fill the grid")
    print(f"  ours                    {ours_s:8.3f} s   (projection included)")
    print(
        f"  exactextract            {exact_s:8.3f} s   {exact_s / ours_s:6.1f} x; worst {worst:.1e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--sources", type=int, default=30_000)
    parser.add_argument("--towns", type=int, default=1_400)
    parser.add_argument("--small", action="store_true", help="see that it runs, in seconds")
    given = parser.parse_args()
    if given.small:
        given.cells, given.sources, given.towns = 1_000, 300, 30
    rng = np.random.default_rng(20260630)
    persons = rng.random((given.cells, given.cells), dtype=np.float32) * 50
    grid = PopulationGrid(persons, (CELL_M, 0, WEST, 0, -CELL_M, NORTH), f"EPSG:{EPSG}", "raster")
    print(f"grid of {given.cells:,} x {given.cells:,} cells")
    circles(grid, given.sources, rng)
    towns(grid, given.towns, rng)


if __name__ == "__main__":
    main()
