"""The still map for readers without scripts: words, links, hatching, nothing executable."""

import geopandas as gpd
import pytest
import shapely

from web.still_map import still_map

FILLS = {"red": "#c8102e", "no_data": "#d9d9d9"}
HOSTILE = "</svg><script>alert(1)</script>"
TABLE = gpd.GeoDataFrame(
    {"code": ["a", "b"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs=4490
)


def town(level: str, word: str, score: str) -> dict[str, str]:
    return {
        "name": HOSTILE,
        "level": level,
        "word": word,
        "score": score,
        "href": "/towns/a?date=2026-06-30",
        "title": HOSTILE,
    }


def test_every_town_is_a_link_with_its_word_and_score_and_unknown_is_hatched() -> None:
    known = {"a": town("red", "红", "82.4"), "b": town("no_data", "缺", "")}
    picture = str(still_map(TABLE, known, FILLS, "五色图"))
    assert picture.count("<a href=") == picture.count("<text") == 2
    assert 'fill="#c8102e"' in picture and 'fill="url(#hatch)"' in picture
    assert FILLS["no_data"] not in picture
    assert ">红<" in picture and ">缺<" in picture and "82.4" in picture
    assert "<script" not in picture and picture.count("</svg>") == 1


def test_very_many_towns_get_no_still_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.still_map.MANY_TOWNS", 1)
    assert still_map(TABLE, {}, FILLS, "五色图") == ""
