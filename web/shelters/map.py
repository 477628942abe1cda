"""A still map of towns by shelter status: inline SVG, no script, greys and words only.

The shelter page needs no panning: eleven shapes with a word and a number on each. The towns are
drawn as the day's map draws them (`web.map`), each a link to the shelters behind its number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from web.map import label_places, simplified

WIDTH = 720.0
MARGIN = 6.0
SQUASH = 0.55
"""Height by width of a usual label: squeezed so, the roomiest circle is the roomiest place."""
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


@dataclass(frozen=True)
class Label:
    """Lines of text around a place of the picture, in a size of type."""

    lines: tuple[str, ...]
    x: float
    y: float
    font: float


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
    on_picture = np.asarray(shapely.transform(drawn, frame), dtype=object)
    places = np.stack([_roomiest(on_picture, SQUASH), _roomiest(on_picture)], axis=1)
    areas = [_area(said[code], shape, frame) for code, shape in zip(codes, drawn, strict=True)]
    order = np.argsort(-shapely.area(drawn), kind="stable").tolist()
    towns = [(said[codes[i]], on_picture[i], places[i].tolist()) for i in order]
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


def _roomiest(shapes: NDArray[np.object_], squash: float = 1.0) -> NDArray[np.float64]:
    """Return the place (n, 2) in each shape with most room for what is 1 wide and `squash` high."""
    by = np.array([squash, 1.0])
    squeezed = shapely.transform(shapes, lambda points: points * by)
    middles = np.array(label_places(squeezed, steps=1000), dtype=np.float64).reshape(-1, 2)
    return np.asarray(middles / by)


def _labels(
    towns: Sequence[tuple[Mapping[str, Any], Any, Sequence[Sequence[float]]]],
    font: float,
    group: str,
) -> Markup:
    """Return the labels for one size of type; towns are what is said, the shape, and two places.

    Every town first gets the shortest label; then, the largest towns first, each gets the
    fullest one that lies inside its town and covers no other. Where none lies inside, the name
    with its figure may cross a border, but still covers no other.
    """
    options = [_fuller_first(said, places, font) for said, _, places in towns]
    chosen = [each[-1] for each in options]
    for i, (_, shape, _) in enumerate(towns):
        others = [_box(one) for one in (*chosen[:i], *chosen[i + 1 :])]
        apart = [
            one
            for one in options[i]
            if len(one.lines) > 1 and all(_apart(_box(one), other) for other in others)
        ]
        inside = [one for one in apart if _inside(one, shape)]
        chosen[i] = (inside or apart[-1:] or chosen[i : i + 1])[0]
    made = [_words(one, said["status"]) for one, (said, _, _) in zip(chosen, towns, strict=True)]
    return Markup('<g class="{group}" aria-hidden="true">{made}</g>').format(
        group=group, made=Markup("").join(made)
    )


def _fuller_first(
    town: Mapping[str, Any], places: Sequence[Sequence[float]], font: float
) -> list[Label]:
    """Return what a label may say, each at every place, the shortest last."""
    name, figure, brief = town["name"], town["label"], town["brief"]
    short = name.removesuffix("街道").removesuffix("镇").removesuffix("乡") or name
    said = [(name, figure), (short, figure), (name, brief), (short, brief), (short,)]
    return [Label(lines, x, y, font) for lines in said for x, y in places]


def _width(line: str, font: float) -> float:
    """Return the width of a line: Han letters are square, others about half as wide."""
    return font * sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in line)


def _box(one: Label) -> tuple[float, float, float, float]:
    """Return the room that a label takes."""
    half = max(_width(line, one.font) for line in one.lines) / 2
    top = one.y - (1.0 if len(one.lines) > 1 else 0.55) * one.font
    return (one.x - half, top, one.x + half, top + one.font * 1.2 * len(one.lines))


def _inside(one: Label, shape: Any) -> bool:
    """Say whether the letters of both lines of a label lie inside a town."""
    halves = [_width(line, one.font) / 2 for line in one.lines]
    tops = [one.y - 1.0 * one.font, one.y + 0.2 * one.font]
    letters = [
        shapely.box(one.x - half, top, one.x + half, top + 0.9 * one.font)
        for half, top in zip(halves, tops, strict=True)
    ]
    return bool(shapely.covers(shape, letters).all())


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]


def _words(one: Label, status: str) -> Markup:
    first = Markup('<tspan x="{x:.1f}" dy="{dy}">{line}</tspan>').format(
        x=one.x, dy="-0.15em" if len(one.lines) > 1 else "0.35em", line=one.lines[0]
    )
    rest = [
        Markup('<tspan class="area-figure" x="{x:.1f}" dy="1.2em">{line}</tspan>').format(
            x=one.x, line=line
        )
        for line in one.lines[1:]
    ]
    return Markup(
        '<text class="area-label area-label-{status}" x="{x:.1f}" y="{y:.1f}">{first}{rest}</text>'
    ).format(status=status, x=one.x, y=one.y, first=first, rest=Markup("").join(rest))
