"""The map of towns by level as inline SVG: what a reader without scripts sees.

The towns are drawn as the day's map draws them (`web.map`), each a link to its page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from web.map import HATCH, MANY_TOWNS, label_places, simplified
from web.shelters.map import WIDTH, frame_of, path_of


def still_map(
    geometry: gpd.GeoDataFrame,
    properties: Mapping[str, Mapping[str, Any]],
    fills: Mapping[str, str],
    label: str,
) -> Markup:
    """Return the still map; empty for very many towns, whose list says the same at less weight.

    Parameters
    ----------
    geometry
        Towns with `code` and polygons (longitude, latitude in degrees).
    properties
        By code: `name`, `level`, `word`, `score`, `href`, `title`.
    fills
        Fill colour by level; `no_data` is hatched by the page's own pattern.
    label
        What the picture shows, for readers who do not see it.
    """
    if len(geometry) > MANY_TOWNS:
        return Markup("")
    shapes = simplified(np.asarray(geometry.geometry.array, dtype=object))
    frame = frame_of(shapes)
    places = frame(np.array(label_places(shapes), dtype=np.float64).reshape(-1, 2))
    towns = [properties[code] for code in geometry["code"]]
    areas = [
        Markup(
            '<a href="{href}"><path class="still-town" fill="{fill}" d="{path}"/>'
            "<title>{title}</title></a>"
        ).format(
            href=town["href"],
            fill=HATCH if town["level"] == "no_data" else fills[town["level"]],
            path=path_of(shape, frame),
            title=town["title"],
        )
        for town, shape in zip(towns, shapes, strict=True)
    ]
    return Markup(
        '<svg class="still-map" viewBox="0 0 {width:g} {height:.0f}" role="group" '
        'aria-label="{label}">{areas}<g aria-hidden="true">{words}</g></svg>'
    ).format(
        width=WIDTH,
        height=frame.height,
        label=label,
        areas=Markup("").join(areas),
        words=_words(towns, places),
    )


def _words(towns: Sequence[Mapping[str, Any]], places: NDArray[np.float64]) -> Markup:
    """Return name, word of the level and score at the middle (n, 2) of every town."""
    return Markup("").join(
        Markup(
            '<text class="still-words level-text-{level}" x="{x:.1f}" y="{y:.1f}">'
            '<tspan class="still-name" x="{x:.1f}" dy="-0.2em">{name}</tspan>'
            '<tspan class="still-level" x="{x:.1f}" dy="1.2em">{word}'
            '<tspan class="still-name"> {score}</tspan></tspan></text>'
        ).format(
            level=town["level"],
            x=x,
            y=y,
            name=town["name"],
            word=town["word"],
            score=town["score"],
        )
        for town, (x, y) in zip(towns, places.tolist(), strict=True)
    )
