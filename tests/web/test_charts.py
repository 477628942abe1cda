"""Pictures by hand: where bars begin and end, where lines break, what is escaped."""

import re

import pytest

from web.charts import bar, bar_scale, common_span, sparkline, trend

WORDS = {"red": "红", "yellow": "<黄>", "no_data": "缺"}
COLOURS = {"red": "#f00", "yellow": "#ff0", "no_data": "#ccc"}
BANDS = (
    {"level": "red", "low": 80.0, "high": 100.0},
    {"level": "yellow", "low": 0.0, "high": 80.0},
)


def test_bars_share_zero_and_scale() -> None:
    scale = bar_scale([30.0, -10.0])
    assert 'x="25.0" y="1" width="75.0"' in bar(30.0, scale)
    assert 'class="bar-minus" x="0.0" y="1" width="25.0"' in bar(-10.0, scale)
    assert 'class="bar-plus" x="25.0" y="1" width="37.5"' in bar(15.0, scale)


def test_bars_of_nothing_but_zero_do_not_divide_by_zero() -> None:
    assert bar_scale([]).high == 1.0
    assert bar_scale([0.0])(0.0) == 0.0


def points() -> list[dict[str, object]]:
    scores = [10.0, 20.0, None, 40.0, 90.0]
    levels = ["yellow", "yellow", "no_data", "yellow", "red"]
    days = ["2026-06-25", "2026-06-26", "2026-06-27", "2026-06-28", "2026-06-30"]
    return [
        {"date": day, "score": score, "level": level}
        for day, score, level in zip(days, scores, levels, strict=True)
    ]


def test_trend_breaks_where_a_day_or_a_score_is_missing() -> None:
    picture = str(trend(points(), BANDS, COLOURS, WORDS))
    path = re.search(r'class="trend-line" d="([^"]+)"', picture)[1]
    assert [step[0] for step in re.findall(r"[ML][\d. ]+", path)] == ["M", "L", "M", "M"]
    assert picture.count("<circle") == 5
    assert picture.count("trend-gap") == 1
    assert "6月27日 缺 缺" in picture


def test_trend_places_scores_between_top_and_bottom() -> None:
    picture = str(trend(points(), BANDS, COLOURS, WORDS))
    heights = [float(y) for y in re.findall(r'trend-dot" cx="[\d.]+" cy="([\d.]+)"', picture)]
    steps = [heights[0] - one for one in heights]
    assert [round(step, 1) for step in steps] == [0.0, 15.6, 46.8, 124.8]


def test_words_from_outside_are_escaped() -> None:
    picture = str(trend(points(), BANDS, COLOURS, WORDS))
    assert "<黄>" not in picture and "&lt;黄&gt;" in picture


def test_sparkline_leaves_gaps() -> None:
    path = re.search(r'd="([^"]*)"', str(sparkline([0.0, None, 50.0, 100.0])))[1]
    assert path == "M1.0 19.0 M47.7 10.0 L71.0 1.0"
    assert 'd=""' in sparkline([])


def test_sparklines_of_a_page_share_one_scale_on_which_five_points_are_seen() -> None:
    """A range of 20 points fills 18 px: five points are 4.5 px, wherever the line lies."""
    trends = [[10.0, None, 15.0], [40.0, 60.0, 50.0], []]
    span = common_span(trends)
    assert span == 20.0
    steps = []
    for scores in trends[:2]:
        heights = re.findall(r"[ML][\d.]+ ([\d.]+)", str(sparkline(scores, span)))
        steps.append(float(heights[0]) - float(heights[1]))
    assert steps == [pytest.approx(4.5, abs=0.11), pytest.approx(18.0, abs=0.11)]
    assert common_span([[30.0, 30.1], []]) == 10.0, "noise is not blown up"
