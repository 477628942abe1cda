"""Where labels go on a map so that none covers another."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

SIZE_PT = 12.0
SMALL_PT = 9.0
LINE = 1.25
GAP_PT = 2.0
RINGS = (1.0, 1.5, 2.2, 3.0, 4.0)
DIRECTIONS = 16


@dataclass(frozen=True)
class Label:
    """A text that belongs at a place: `anchor` in data units, `colour` of the text on `fill`."""

    text: str
    anchor: tuple[float, float]
    colour: str
    fill: str


@dataclass(frozen=True)
class Placed:
    """A label with its `position` (data units), font `size` [pt], and whether it was moved."""

    label: Label
    position: tuple[float, float]
    size: float
    moved: bool


def place_labels(axes: Axes, labels: list[Label], font: FontProperties) -> list[Placed]:
    """Return a place for every label, its own where free, otherwise the nearest free one.

    Greedy, from the most crowded label to the least: at its anchor, at its anchor smaller, then
    on rings around it, smaller; where nothing is free the label stays at its anchor.

    Parameters
    ----------
    axes
        The axes, with their final size and limits.
    labels
        Texts of one or more lines.
    font
        The font.
    """
    if not labels:
        return []
    points = np.array([label.anchor for label in labels])
    pixels = axes.transData.transform(points)
    per_point = axes.figure.dpi / 72.0
    large = np.array([text_size(label.text, font, SIZE_PT) for label in labels]) * per_point
    small = large * (SMALL_PT / SIZE_PT)
    frame = np.asarray(axes.bbox.extents)
    apart = np.hypot(*(pixels[:, None] - pixels[None]).transpose(2, 0, 1))
    crowding = np.sort(apart, axis=1)[:, 1] if len(labels) > 1 else np.zeros(1)
    taken: list[tuple[float, float, float, float]] = []
    placed: dict[int, Placed] = {}
    to_data = axes.transData.inverted()
    for i in np.argsort(-crowding, kind="stable"):
        options = [(pixels[i], large[i], SIZE_PT), (pixels[i], small[i], SMALL_PT)]
        options += [(spot, small[i], SMALL_PT) for spot in _around(pixels[i], small[i])]
        free = (option for option in options if _free(option[0], option[1], taken, frame))
        spot, size, points_pt = next(free, options[1])
        taken.append(_box(spot, size))
        x, y = to_data.transform(spot)
        moved = bool(np.any(spot != pixels[i]))
        placed[int(i)] = Placed(labels[i], (float(x), float(y)), points_pt, moved)
    return [placed[i] for i in range(len(labels))]


def text_size(text: str, font: FontProperties, size_pt: float) -> tuple[float, float]:
    """Return the width and height of a text of several lines in points."""
    lines = text.split("\n")
    widths = [TextPath((0, 0), line, size=size_pt, prop=font).get_extents().x1 for line in lines]
    return max(widths) + 2 * GAP_PT, len(lines) * LINE * size_pt + GAP_PT


def _around(spot: np.ndarray, size: np.ndarray) -> list[np.ndarray]:
    """Return places on rings around a spot, the nearest first."""
    angle = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    unit = np.column_stack([np.cos(angle), np.sin(angle)])
    return [spot + ring * size * direction for ring in RINGS for direction in unit]


def _box(spot: np.ndarray, size: np.ndarray) -> tuple[float, float, float, float]:
    low, high = spot - size / 2, spot + size / 2
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _free(
    spot: np.ndarray,
    size: np.ndarray,
    taken: list[tuple[float, float, float, float]],
    frame: np.ndarray,
) -> bool:
    """Tell whether a label at a spot lies within the frame and covers no other."""
    x1, y1, x2, y2 = _box(spot, size)
    if x1 < frame[0] or y1 < frame[1] or x2 > frame[2] or y2 > frame[3]:
        return False
    return not any(x1 < b[2] and b[0] < x2 and y1 < b[3] and b[1] < y2 for b in taken)
