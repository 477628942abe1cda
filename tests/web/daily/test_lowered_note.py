"""A town that people lowered does not say that rules raised it to where it is."""

import pytest

from riskmap.colours import COLOURS
from web.daily.day_view import level_word
from web.daily.town_view import band_note
from web.texts.lookup import Texts

T = Texts("zh")
WORDS = {level: level_word(level, T) for level in COLOURS}
E3, E7, E8 = ("E3", "orange", 1), ("E7", "yellow", -1), ("E8", "orange", 1)


@pytest.mark.parametrize(
    ("band", "rules", "level", "said"),
    [
        ("blue", [E3, E7], "yellow", "按得分为蓝，按规则为橙；人工下调一级，为黄。"),
        ("orange", [E7], "yellow", "按得分为橙；人工下调一级，为黄。"),
        (
            "blue",
            [E3, E7, E8],
            "orange",
            "按得分为蓝，按规则为橙；人工下调一级，为黄。但较昨日每日至多降一级，定为橙。",
        ),
        ("blue", [E3], "orange", "按得分为蓝，由下列规则抬到橙。"),
        ("yellow", [E3, E7], "yellow", ""),
    ],
)
def test_a_lowering_is_told_as_one(
    band: str, rules: list[tuple[str, str, int]], level: str, said: str
) -> None:
    floors = [{"rule": rule, "level": at, "effect": effect} for rule, at, effect in rules]
    town = {"band_level": band, "level": level, "floors": floors}
    assert band_note(town, WORDS, T) == said
