"""A still map of towns by shelter status: inline SVG, no script, greys and words only.

The shelter page needs no panning: eleven shapes with a word and a number on each. The towns are
drawn as the day's map draws them (`web.map`), each a link to the shelters behind its number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from web.map import label_places, simplified

WIDTH = 720.0
MARGIN = 6.0


@dataclass(frozen=True)
class Frame:
    """From degrees to the picture: longitude shrunk by the cosine of the middle latitude."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    height: float

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places (k, 2) on the picture of longitudes and latitudes (k, 2)."""
        x = MARGIN + (points[:, 0] - self.west) * self.scale_x
        y = MARGIN + (self.north - points[:, 1]) * self.scale_y
        return np.column_stack([x, y])


def shelter_map(
    codes: list[str], shapes: NDArray[np.object_], said: Mapping[str, Mapping[str, Any]], label: str
) -> Markup:
    """Return the map as SVG.

    Parameters
    ----------
    codes, shapes
        Towns (n,): code and polygon in longitude and latitude.
    said
        By code: `name`, `status` (enough, short, unknown), `word`, `figure`, `title`, `href`.
    label
        What the picture shows, for readers who do not see it.
    """
    drawn = simplified(shapes)
    frame = frame_of(drawn)
    places = frame(np.array(label_places(drawn), dtype=np.float64).reshape(-1, 2))
    areas = [_area(said[code], shape, frame) for code, shape in zip(codes, drawn, strict=True)]
    words = [_words(said[code], x, y) for code, (x, y) in zip(codes, places, strict=True)]
    return Markup(
        '<svg viewBox="0 0 {width:g} {height:.0f}" role="group" aria-label="{label}">'
        '<defs><pattern id="coverage-hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="8" height="8" fill="#eceef1"/>'
        '<line x1="0" y1="0" x2="0" y2="8" stroke="#a9b1ba" stroke-width="3"/></pattern></defs>'
        "{areas}{words}</svg>"
    ).format(
        width=WIDTH,
        height=frame.height,
        label=label,
        areas=Markup("").join(areas),
        words=Markup("").join(words),
    )


def frame_of(shapes: NDArray[np.object_]) -> Frame:
    """Return the frame that holds all shapes at the width of the picture."""
    west, south, east, north = (float(side) for side in shapely.total_bounds(shapes))
    shrink = np.cos(np.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * shrink, 1e-9)
    height = (north - south) * scale + 2 * MARGIN
    return Frame(west, north, float(scale * shrink), float(scale), float(height))


def _area(town: Mapping[str, Any], shape: Any, frame: Frame) -> Markup:
    return Markup(
        '<a href="{href}"><path class="area area-{status}" d="{path}"/><title>{title}</title></a>'
    ).format(
        href=town["href"], status=town["status"], title=town["title"], path=_path(shape, frame)
    )


def _path(shape: Any, frame: Frame) -> str:
    rings = [
        frame(shapely.get_coordinates(ring))
        for part in shapely.get_parts(shape)
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1].tolist()) + "Z" for ring in rings
    )


def _words(town: Mapping[str, Any], x: float, y: float) -> Markup:
    return Markup(
        '<text class="area-label area-label-{status}" x="{x:.1f}" y="{y:.1f}" aria-hidden="true">'
        '<tspan x="{x:.1f}" dy="-0.15em">{name}</tspan>'
        '<tspan class="area-figure" x="{x:.1f}" dy="1.25em">{word}{space}{figure}</tspan></text>'
    ).format(
        status=town["status"],
        x=x,
        y=y,
        name=town["name"],
        word=town["word"],
        space=" " if town["figure"] else "",
        figure=town["figure"],
    )
