"""English for the sentences that the shelter document says in Chinese."""

import re
from collections.abc import Sequence

SENTENCES: Sequence[tuple[str, str]] = (
    (r"常住人口：(.+)", r"residents: \1"),
    (
        r"人口表（(\d+) 行）按面积均匀分摊后按镇街合计",
        r"population table (\1 rows) spread evenly by area, summed by town",
    ),
    (r"人口表（(\d+) 行）按镇街合计", r"population table (\1 rows), summed by town"),
    (r"人口栅格按镇街合计", "population raster (persons per cell), summed by town"),
    (r"镇街图层的常住人口列", "population column of the towns layer"),
    (r"未知", "unknown"),
    (
        r"GB 21734-2008 §5.4；国家安全发展示范城市细则",
        "GB 21734-2008 §5.4; rules of the National Safe Development Demonstration Cities",
    ),
    (
        r"(\d+) 处避难场所的坐标在所有镇街之外，未计入",
        r"\1 shelters lie outside all towns: not counted",
    ),
    (
        r"(\d+) 处避难场所的坐标与申报镇街不符，按坐标所在镇街计算",
        r"\1 shelters lie in another town than declared: counted where they lie",
    ),
    (
        r"(\d+) 处避难场所落在镇街缝隙，归 (\S+) 米内最近的镇街",
        r"\1 shelters lie in a gap between towns: given to the nearest within \2 m",
    ),
    (r"(\d+) 处避难场所标明不可用，未计入", r"\1 shelters are marked as not usable: not counted"),
    (
        r"(\d+) 处避难场所未说明是否可用，按可用计入",
        r"\1 shelters do not say whether they are usable: counted as usable",
    ),
    (
        r"(\d+) 处计入的避难场所没有有效面积，面积合计是下限，缺口是上限",
        r"\1 counted shelters have no effective area: areas are at least, shortfalls at most",
    ),
    (
        r"(\d+) 处计入的避难场所全都没有有效面积：人均面积和缺口无从计算，只能看人均位数",
        r"none of the \1 counted shelters has an effective area: area per head and shortfall "
        r"cannot be told, only places per head",
    ),
    (
        r"(\d+) 处计入的避难场所没有容纳人数，容纳人数合计是下限",
        r"\1 counted shelters have no capacity: capacities are at least",
    ),
    (
        r"(\d+) 个镇街的常住人口未知，无法判断是否达标",
        r"the residents of \1 towns are unknown: whether the target is met cannot be told",
    ),
)
"""Pattern of a whole Chinese sentence, and what it is in English."""


def in_english(sentence: str) -> str:
    """Return a sentence of the shelter document in English; one not listed stays as it is.

    >>> in_english("常住人口：人口栅格按镇街合计")
    'residents: population raster (persons per cell), summed by town'
    """
    for pattern, english in SENTENCES:
        found = re.fullmatch(pattern, sentence)
        if found:
            text = english
            for number, value in enumerate(found.groups(), start=1):
                text = text.replace(f"\\{number}", in_english(value))
            return text
    return sentence
