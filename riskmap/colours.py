"""The five colours and the sixth state: fill, label, words. Map, picture and exports use these.

Lightness falls in steps, from yellow to blue, so that any two levels differ by ΔE2000 ≥ 12 also
with protanopia, deuteranopia and in print grey; a test computes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

INK = "#1A1A1A"
WHITE = "#FFFFFF"


@dataclass(frozen=True)
class LevelColour:
    """How a level is shown: `fill` and label `text` (hex), words, `hatch`."""

    fill: str
    text: str
    word: str
    name: str
    title: str
    hatch: bool = False


COLOURS: Mapping[str, LevelColour] = MappingProxyType(
    {
        "red": LevelColour("#C90A24", WHITE, "红", "red", "红色"),
        "orange": LevelColour("#F39532", INK, "橙", "orange", "橙色"),
        "yellow": LevelColour("#FFE41C", INK, "黄", "yellow", "黄色"),
        "blue": LevelColour("#023C8D", WHITE, "蓝", "blue", "蓝色"),
        "green": LevelColour("#3A955B", INK, "绿", "green", "绿色"),
        "no_data": LevelColour("#D9D9D9", INK, "缺", "no data", "数据不足", hatch=True),
    }
)
LEVELS = tuple(COLOURS)
"""From the worst to the best, the sixth state last."""
FILLS: Mapping[str, str] = MappingProxyType({k: shown.fill for k, shown in COLOURS.items()})
WORDS: Mapping[str, str] = MappingProxyType({k: shown.word for k, shown in COLOURS.items()})


def colour(level: str | None) -> LevelColour:
    """Return how a level is shown; a missing level is the sixth state.

    Raises
    ------
    KeyError
        For a level that does not exist.
    """
    return COLOURS["no_data" if level is None else level]
