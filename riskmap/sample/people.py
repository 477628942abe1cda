"""Where the people of the fictional district live: a grid of 100 m cells."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from riskmap.sample.ground import Floats, Ground, Ints, smooth_noise
from riskmap.sample.profiles import TOWNS

CELL_M = 100.0


@dataclass(frozen=True)
class People:
    """Persons per cell (rows, columns), NaN outside; `west`, `north` [m] of the corner."""

    persons: NDArray[np.float32]
    west: float
    north: float


def make_people(ground: Ground, seed: int) -> People:
    """Return about 900,000 people: dense at the seats, patchy, none on a third of the ground."""
    rng = np.random.default_rng([seed, 2])
    west, south, east, north = shapely.total_bounds(ground.town_polygons)
    west, north = np.floor(west / CELL_M) * CELL_M, np.ceil(north / CELL_M) * CELL_M
    columns = np.arange(west + CELL_M / 2, east + CELL_M, CELL_M)
    rows = np.arange(north - CELL_M / 2, south - CELL_M, -CELL_M)
    x, y = np.meshgrid(columns, rows)
    persons = np.full(x.shape, np.nan)
    patches = np.exp(1.1 * smooth_noise(rng, x, y, 900.0) + 0.5 * rng.normal(size=x.shape))
    for i, town in enumerate(TOWNS):
        mine = shapely.contains_xy(ground.town_polygons[i], x, y)
        d = np.hypot(x - ground.seat_x[i], y - ground.seat_y[i]) / town.spread_m
        weight = (np.exp(-(d**1.4)) + 0.03) * patches
        weight = np.where(weight > np.quantile(weight[mine], 0.30), weight, 0.0) * mine
        persons[mine] = (weight * town.thousands * 1000 / weight.sum())[mine]
    return People(np.round(persons, 1).astype(np.float32), float(west), float(north))


def scatter(
    ground: Ground, rng: np.random.Generator, towns: Ints, *, spread: float = 1.0
) -> tuple[Floats, Floats]:
    """Return a place [m] in each given town (k,), near its seat for a small `spread` [-]."""
    x, y = np.empty(len(towns)), np.empty(len(towns))
    for i, town in enumerate(TOWNS):
        wanted = np.flatnonzero(towns == i)
        mine = np.flatnonzero(ground.town == i)
        d = np.hypot(ground.x[mine] - ground.seat_x[i], ground.y[mine] - ground.seat_y[i])
        weight = np.exp(-((d / (town.spread_m * spread)) ** 1.3)) + 0.01
        cell = rng.choice(mine, len(wanted), p=weight / weight.sum())
        jx, jy = rng.uniform(-190, 190, (2, len(wanted)))
        inside = shapely.contains_xy(
            ground.town_polygons[i], ground.x[cell] + jx, ground.y[cell] + jy
        )
        x[wanted] = ground.x[cell] + np.where(inside, jx, 0.0)
        y[wanted] = ground.y[cell] + np.where(inside, jy, 0.0)
    return x, y
