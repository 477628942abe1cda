"""Every sentence of the shelter document has an English one, with its numbers."""

import re

import pandas as pd

from riskmap.shelters import SUMMED, TARGET_SOURCE, _remarks
from web.shelters.words import in_english

HAN = re.compile(r"[\u4e00-\u9fff]")


def said(**counts: int) -> list[str]:
    table = pd.DataFrame({name: [counts.get(name, 0)] for name in SUMMED})
    table["population"] = [float("nan")]
    return _remarks(table, 90)


def test_every_remark_is_said_in_english_with_its_numbers() -> None:
    counts = {
        "shelters": 80,
        "usable": 70,
        "declared_elsewhere": 3,
        "near": 4,
        "usable_unknown": 5,
        "area_unknown": 6,
        "capacity_unknown": 7,
    }
    some, none = said(**counts), said(**counts | {"area_unknown": 70})
    assert len(some) == 8
    for sentence in {*some, *none, TARGET_SOURCE}:
        english = in_english(sentence)
        assert not HAN.search(english), sentence
        assert re.findall(r"\d+", sentence) == re.findall(r"\d+", english)


def test_the_denominator_has_no_inner_word_in_either_language() -> None:
    for source in (
        "人口栅格按镇街合计",
        "人口表（131 行）按镇街合计",
        "人口表（131 行）按面积均匀分摊后按镇街合计",
        "镇街图层的常住人口列",
        "未知",
    ):
        english = in_english(f"常住人口：{source}")
        assert english.startswith("residents: ")
        assert not HAN.search(english)
        assert ("131" in source) == ("131" in english)
    assert in_english("没有见过的话") == "没有见过的话"
