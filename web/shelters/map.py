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
WIDE_FONT, NARROW_FONT = 21.0, 26.0
"""Type sizes of labels on a wide and a narrow screen, in units of the picture (see rows.css)."""


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
        By code: `name`, `status` (enough, short, unknown), `title`, `href`, and what stands below
        the name: `label`, or `brief` where there is less room.
    label
        What the picture shows, for readers who do not see it.
    """
    drawn = simplified(shapes)
    frame = frame_of(drawn)
    places = frame(np.array(label_places(drawn), dtype=np.float64).reshape(-1, 2))
    areas = [_area(said[code], shape, frame) for code, shape in zip(codes, drawn, strict=True)]
    order = np.argsort(-shapely.area(drawn), kind="stable").tolist()
    towns = [(said[codes[i]], float(places[i][0]), float(places[i][1])) for i in order]
    return Markup(
        '<svg viewBox="0 0 {width:g} {height:.0f}" role="group" aria-label="{label}">'
        '<defs><pattern id="coverage-hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="8" height="8" fill="#eceef1"/>'
        '<line x1="0" y1="0" x2="0" y2="8" stroke="#a9b1ba" stroke-width="3"/></pattern></defs>'
        "{areas}{wide}{narrow}</svg>"
    ).format(
        width=WIDTH,
        height=frame.height,
        label=label,
        areas=Markup("").join(areas),
        wide=_labels(towns, WIDE_FONT, "labels-wide"),
        narrow=_labels(towns, NARROW_FONT, "labels-narrow"),
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
        href=town["href"], status=town["status"], title=town["title"], path=path_of(shape, frame)
    )


def path_of(shape: Any, frame: Frame) -> str:
    """Return the path data of a polygon, holes included, on the picture."""
    rings = [
        frame(shapely.get_coordinates(ring))
        for part in shapely.get_parts(shape)
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1].tolist()) + "Z" for ring in rings
    )


def _labels(towns: list[tuple[Mapping[str, Any], float, float]], font: float, group: str) -> Markup:
    """Return the labels for one size of type.

    Every town first gets the shortest label; then, the largest towns first, each gets the
    fullest one that covers no other.
    """
    options = [_fuller_first(town) for town, _, _ in towns]
    chosen = [each[-1] for each in options]
    boxes = [_box(lines, x, y, font) for lines, (_, x, y) in zip(chosen, towns, strict=True)]
    for i, (_, x, y) in enumerate(towns):
        others = boxes[:i] + boxes[i + 1 :]
        for lines in options[i]:
            box = _box(lines, x, y, font)
            if all(_apart(box, other) for other in others):
                chosen[i], boxes[i] = lines, box
                break
    made = [
        _words(town["status"], lines, x, y)
        for lines, (town, x, y) in zip(chosen, towns, strict=True)
    ]
    return Markup('<g class="{group}" aria-hidden="true">{made}</g>').format(
        group=group, made=Markup("").join(made)
    )


def _fuller_first(town: Mapping[str, Any]) -> list[list[str]]:
    name, figure = town["name"], town["label"]
    short = name.removesuffix("街道").removesuffix("镇").removesuffix("乡") or name
    return [[name, figure], [short, figure], [short, town["brief"]], [short]]


def _box(lines: list[str], x: float, y: float, font: float) -> tuple[float, float, float, float]:
    """Return the room that a label takes: Han letters are square, others half as wide."""
    widest = max(sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in line) for line in lines)
    height = font * 1.2 * len(lines)
    top = y - (1.0 if len(lines) > 1 else 0.55) * font
    return (x - widest * font / 2, top, x + widest * font / 2, top + height)


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]


def _words(status: str, lines: list[str], x: float, y: float) -> Markup:
    first = Markup('<tspan x="{x:.1f}" dy="{dy}">{line}</tspan>').format(
        x=x, dy="-0.15em" if len(lines) > 1 else "0.35em", line=lines[0]
    )
    rest = [
        Markup('<tspan class="area-figure" x="{x:.1f}" dy="1.2em">{line}</tspan>').format(
            x=x, line=line
        )
        for line in lines[1:]
    ]
    return Markup(
        '<text class="area-label area-label-{status}" x="{x:.1f}" y="{y:.1f}">{first}{rest}</text>'
    ).format(status=status, x=x, y=y, first=first, rest=Markup("").join(rest))
