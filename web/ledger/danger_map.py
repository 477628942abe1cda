"""A still picture of where a danger lies: its town, the neighbours, one dot; inline SVG.

No script and no tiles: it prints, and shows at once on a slow line.
"""

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from riskmap.ledger.ground import Ground
from web.map import simplified
from web.shelters.map import WIDTH, Frame, frame_of, path_of

BESIDE = 0.15
"""How much of the neighbours is shown, in shares of the town's width."""
LOWEST, HIGHEST = 0.45, 0.8
"""Height of the picture in shares of its width, whatever the shape of the town."""
HALF_LETTER, CLEAR = 11.0, 18.0
"""Half a letter of a name, and the room that the dot of the point needs, in picture units."""


def danger_map(ground: Ground, town: str | None, lon: float, lat: float, label: str) -> Markup:
    """Return the picture of a point.

    Parameters
    ----------
    ground
        The towns in use.
    town
        Code of the town of the danger; the whole district is shown when the layer has it not.
    lon, lat
        The point in degrees.
    label
        What the picture shows, for readers who do not see it.
    """
    here = [i for i, code in enumerate(ground.codes) if code == town]
    window = _window(ground.polygons[here] if here else ground.polygons, lon, lat)
    seen = np.flatnonzero(shapely.intersects(ground.polygons, window))
    shapes = simplified(ground.polygons[seen])
    frame = frame_of(np.array([window], dtype=object))
    areas = [
        Markup('<path class="map-town{here}" d="{path}"/>').format(
            here=" map-town-here" if i in here else "", path=path_of(shape, frame)
        )
        for i, shape in zip(seen.tolist(), shapes, strict=True)
    ]
    x, y = frame(np.array([[lon, lat]]))[0].tolist()
    names = [
        _name(ground.names[i], _middle(shape, window, frame), (x, y), i in here)
        for i, shape in zip(seen.tolist(), shapes, strict=True)
    ]
    return Markup(
        '<svg viewBox="0 0 {width:g} {height:.0f}" role="img" aria-label="{label}">{areas}{names}'
        '<circle class="map-point" cx="{x:.1f}" cy="{y:.1f}" r="11"/></svg>'
    ).format(
        width=WIDTH,
        height=frame.height,
        label=label,
        areas=Markup("").join(areas),
        names=Markup("").join(names),
        x=x,
        y=y,
    )


def _window(shapes: NDArray[np.object_], lon: float, lat: float) -> shapely.Polygon:
    """Return the rectangle shown: the shapes and the point with a little beside, no strip."""
    west, south, east, north = (float(side) for side in shapely.total_bounds(shapes))
    west, east = min(west, lon), max(east, lon)
    south, north = min(south, lat), max(north, lat)
    shrink = float(np.cos(np.radians((south + north) / 2)))
    width, height = (east - west) * (1 + 2 * BESIDE) * shrink, (north - south) * (1 + 2 * BESIDE)
    width = max(width, height / HIGHEST)
    height = max(height, width * LOWEST)
    x, y = (west + east) / 2, (south + north) / 2
    half = width / shrink / 2
    return shapely.box(x - half, y - height / 2, x + half, y + height / 2)


def _middle(shape: object, window: shapely.Polygon, frame: Frame) -> tuple[float, float] | None:
    """Return the middle of the part of a town that is seen, None where it is a sliver."""
    part = shapely.intersection(shape, window)
    if part.is_empty or part.area < window.area / 40:
        return None
    x, y = frame(shapely.get_coordinates(shapely.point_on_surface(part)))[0].tolist()
    return x, y


def _name(
    name: str, middle: tuple[float, float] | None, point: tuple[float, float], here: bool
) -> Markup:
    """Return the name of a town; where it would cover the point it stands below it."""
    if middle is None:
        return Markup("")
    half = HALF_LETTER * len(name)
    x, y = min(max(middle[0], half), WIDTH - half), middle[1]
    if abs(x - point[0]) < half + CLEAR and abs(y - CLEAR / 2 - point[1]) < CLEAR:
        y = point[1] + 2 * CLEAR
    return Markup('<text class="map-name{here}" x="{x:.0f}" y="{y:.0f}">{name}</text>').format(
        here=" map-name-here" if here else "", x=x, y=y, name=name
    )
