"""Labels of the shelter map: inside their town as full as they fit, never one over another."""

import re

import numpy as np
import pytest
from shapely import box, union_all

from web.shelters.map import shelter_map

Label = tuple[str, ...]


def labels(towns: dict[str, tuple[str, object]], group: str) -> dict[str, Label]:
    """Return the lines of every label by town, of (name, shape) in degrees at the equator."""
    said = {
        code: {"name": name, "status": "short", "title": name, "href": f"/{code}",
               "label": "缺口 0.37", "brief": "0.37"}
        for code, (name, _) in towns.items()
    }  # fmt: skip
    shapes = np.array([shape for _, shape in towns.values()], dtype=object)
    drawn = str(shelter_map(list(towns), shapes, said, "图"))
    part = re.search(f'<g class="{group}".*?</g>', drawn, re.DOTALL)
    assert part is not None
    texts = [re.findall(r"<tspan[^>]*>(.*?)</tspan>", one) for one in part[0].split("</text>")]
    by_name = {lines[0]: tuple(lines) for lines in texts if lines}
    return {
        code: next(said for first, said in by_name.items() if name.startswith(first))
        for code, (name, _) in towns.items()
    }


@pytest.mark.parametrize(
    ("wide", "label"),
    [
        # 720 units are 10 degrees: 70.8 a degree. Four Han letters of 21 are 84 wide, the figure
        # line of 2 Han letters, a blank and "0.37" 21 × 4.8 = 100.8, "0.37" alone 47.04.
        (1.6, ("东皋街道", "缺口 0.37")),
        (1.3, ("东皋街道", "0.37")),
        (0.8, ("东皋", "0.37")),
        (0.4, ("东皋", "0.37")),  # crosses its border, but its neighbours leave room
    ],
)
def test_a_label_is_as_full_as_fits_its_town(wide: float, label: Label) -> None:
    towns = {
        "a": ("东皋街道", box(0, 0, wide, 2)),
        "b": ("白沙镇", box(wide, 0, 10, 2)),
    }
    assert labels(towns, "labels-wide") == {"a": label, "b": ("白沙镇", "缺口 0.37")}


def test_a_figure_gives_way_where_it_would_cover_another_label() -> None:
    cells = {name: box(0, 0.3 * i, 0.3, 0.3 * i + 0.3) for i, name in enumerate("甲乙丙")}
    towns = {name: (f"{name}镇", shape) for name, shape in cells.items()}
    towns["d"] = ("白沙镇", box(1, 0, 10, 2))
    # 0.3 degrees are 21 units, a line of the narrow map's 26 takes 31: only names, however tight
    said = labels(towns, "labels-narrow")
    assert {said[name] for name in "甲乙丙"} == {("甲",), ("乙",), ("丙",)}
    assert said["d"] == ("白沙镇", "缺口 0.37")


def test_a_label_stands_where_there_is_room_for_its_width() -> None:
    # The largest circle lies in the tower, a label only in the low wing.
    shape = union_all([box(0, 0, 1.2, 3), box(1.2, 0, 5, 1)])
    towns = {"a": ("澄湖街道", shape), "b": ("白沙镇", box(5, 0, 10, 3))}
    assert labels(towns, "labels-wide")["a"] == ("澄湖街道", "缺口 0.37")
