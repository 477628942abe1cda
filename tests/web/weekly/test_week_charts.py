"""Pictures of a week by hand: places of bars and strokes, gaps in the trend, the radar."""

import re
from typing import Any

from web.texts.lookup import Texts
from web.weekly.week_charts import (
    interval_bar,
    radar,
    share_bar,
    span_text,
    week_short,
    week_trend,
)

ZH = Texts("zh")
COLOURS = {"red": "#c00", "blue": "#00c", "no_data": "#ddd"}
BANDS = [
    {"level": "yellow", "min": 80.0, "word": "黄"},
    {"level": "red", "min": 10.0, "word": "橙"},
]


def attribute(text: str, tag: str, name: str) -> float:
    found = re.search(rf"<{tag}[^>]* {name}=\"([^\"]+)\"", text)
    assert found is not None, (tag, name, text)
    return float(found[1])


def test_interval_bar_of_ten_towns() -> None:
    picture = str(interval_bar(2, 4, 3, 10))
    assert (attribute(picture, "rect", "x"), attribute(picture, "rect", "width")) == (10.0, 30.0)
    assert 'x1="25.0" x2="25.0"' in picture


def test_interval_bar_of_the_only_town() -> None:
    picture = str(interval_bar(1, 1, 1, 1))
    assert (attribute(picture, "rect", "x"), attribute(picture, "rect", "width")) == (0.0, 100.0)


def test_share_bar_is_empty_when_unknown_and_stays_within() -> None:
    assert share_bar(None) == "" and share_bar(float("nan")) == ""
    assert 'class="share-bar" x="0" y="2" width="40.0"' in share_bar(0.4)
    assert 'width="100.0"' in share_bar(1.2)
    assert 'x1="75.0"' in share_bar(0.4, 0.75) and "range-mark" not in share_bar(0.4, None)


def points(*indexes: float | None, first: int = 20) -> list[dict[str, Any]]:
    return [
        {"week": f"2026-W{first + i}", "index": index, "text": f"<{i}>",
         "level": "no_data" if index is None else "blue"}
        for i, index in enumerate(indexes)
    ]  # fmt: skip


def test_a_week_without_an_index_breaks_the_line() -> None:
    picture = str(week_trend(points(90, 92, None, 94, 95), BANDS, COLOURS, "x", ZH))
    path = re.search(r'class="trend-line" d="([^"]*)"', picture)
    assert path is not None and [step[0] for step in path[1].split(" ")[::2]] == list("MLML")
    assert picture.count("<circle") == 5 and picture.count("trend-gap") == 1
    assert "&lt;0&gt;" in picture and "<0>" not in picture


def test_a_week_left_out_breaks_the_line_too() -> None:
    rows = [*points(90, 91), *points(92, first=23)]
    path = re.search(r'trend-line" d="([^"]*)"', week_trend(rows, BANDS, COLOURS, "x", ZH))
    assert path is not None and path[1].count("M") == 2


def test_the_trend_begins_at_seventy_or_below_the_lowest() -> None:
    high = str(week_trend(points(90, 91), BANDS, COLOURS, "x", ZH))
    low = str(week_trend(points(90, 41.2), BANDS, COLOURS, "x", ZH))
    assert "黄 80" in high and "橙 10" not in high
    assert attribute(high, "circle", "cy") > attribute(low, "circle", "cy")
    assert week_trend([], BANDS, COLOURS, "x", ZH) == ""


def test_weeks_cross_the_year() -> None:
    rows = [*points(90, first=52), {**points(91)[0], "week": "2027-W01"}]
    picture = str(week_trend(rows, BANDS, COLOURS, "x", ZH))
    path = re.search(r'trend-line" d="([^"]*)"', picture)
    assert path is not None and path[1].count("M") == 2, "2026 has a week 53 between them"
    assert week_short("2027-W01", ZH) == "第1周"


def test_radar_has_per_cent_and_unknown_as_none() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "消防安全", "share": 0.8, "median": 0.9, "best": 1.0},
        {"name": "监管执法", "share": None, "median": None, "best": None},
    ]
    drawn = radar(rows, "石梁镇", ZH)
    assert drawn["axes"] == ["消防安全", "监管执法"]
    assert [one["values"] for one in drawn["series"]] == [[80.0, None], [90.0, None], [100.0, None]]
    assert [one["name"] for one in drawn["series"]] == ["石梁镇", "全区中位", "各项最好"]


def test_the_heading_says_which_weeks_there_are() -> None:
    assert span_text(["2026-W44", "2026-W45"], ZH) == "近 2 周"
    assert span_text(["2026-W53", "2027-W01"], ZH) == "近 2 周"
    assert span_text(["2026-W36", "2026-W45"], ZH) == "已有 2 周，第36周–第45周"
    assert span_text(["2026-W50", "2027-W02"], ZH) == "已有 2 周，2026年第50周–2027年第2周"
    assert span_text(["2026-W36", "2026-W45"], Texts("en")) == "2 weeks, W36–W45"
