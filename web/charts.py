"""Pictures as inline SVG made on the server: bars of reasons, 30-day trend, sparkline.

Only the level dots are coloured; everything else is ink and grey by class, so the content policy
and the print styles hold. All text from data is escaped here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from web.formatting import as_date, is_known, score, short_date

TREND_WIDTH, TREND_HEIGHT = 420, 190
TREND_LEFT, TREND_RIGHT, TREND_TOP, TREND_BOTTOM = 8, 72, 10, 24


@dataclass(frozen=True)
class Scale:
    """A straight line from values to places on the picture [px]."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True)
class Axes:
    """The trend's picture: its first day, places of days and of points, colours and words."""

    first: date
    across: Scale
    up: Scale
    colours: Mapping[str, str]
    words: Mapping[str, str]
    language: str

    def x(self, day: date) -> float:
        """Return the place of a day."""
        return self.across((day - self.first).days)


def bar_scale(values: Sequence[float]) -> Scale:
    """Return the common scale of a set of bars in per cent of the width, zero included."""
    low, high = min([0.0, *values]), max([0.0, *values])
    if low == high:
        high = low + 1.0
    return Scale(low, high, 0.0, 100.0)


def bar(value: float, scale: Scale) -> Markup:
    """Return one bar from zero: ink to the right, hollow to the left."""
    zero, end = scale(0.0), scale(value)
    left, width = min(zero, end), max(abs(end - zero), 0.6)
    kind = "bar-minus" if value < 0 else "bar-plus"
    return Markup(
        '<svg class="bar-picture" viewBox="0 0 100 10" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">'
        '<line class="bar-zero" x1="{zero}" x2="{zero}" y1="0" y2="10"/>'
        '<rect class="{kind}" x="{left:.1f}" y="1" width="{width:.1f}" height="8"/></svg>'
    ).format(zero=zero, kind=kind, left=left, width=width)


def trend(
    points: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    words: Mapping[str, str],
    language: str = "zh",
) -> Markup:
    """Return the trend of up to 30 days: line, a dot by level, band limits at the right.

    Parameters
    ----------
    points
        `date`, `score` (None unknown), `level`, oldest first; days without a result are left out
        and break the line.
    bands
        `level`, `low`, `high` [points], worst first.
    colours, words
        Fill and word by level.
    """
    if not points:
        return Markup("")
    last = as_date(points[-1]["date"])
    first = min(as_date(points[0]["date"]), last - timedelta(days=6))
    axes = Axes(
        first,
        Scale(0, max((last - first).days, 1), TREND_LEFT, TREND_WIDTH - TREND_RIGHT),
        Scale(0, 100, TREND_HEIGHT - TREND_BOTTOM, TREND_TOP),
        colours,
        words,
        language,
    )
    parts = [*_band_lines(bands, axes), _line(points, axes)]
    parts += [_dot(point, axes) for point in points]
    parts += _date_labels(last, axes)
    known = [f"{short_date(p['date'], language)} {score(p['score'])}" for p in points[-3:]]
    label = ("最近得分：" if language == "zh" else "Latest scores: ") + "，".join(known)
    return Markup(
        '<svg class="trend" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{body}</svg>'
    ).format(w=TREND_WIDTH, h=TREND_HEIGHT, label=label, body=Markup("").join(parts))


def common_span(trends: Sequence[Sequence[float | None]], least: float = 10.0) -> float:
    """Return the height of all sparklines of a page: the widest range of one of them [points]."""
    known = [[v for v in scores if v is not None and is_known(v)] for scores in trends]
    return float(max([least, *(max(each) - min(each) for each in known if each)]))


def sparkline(scores: Sequence[float | None], span: float = 100.0) -> Markup:
    """Return a small line without axes; unknown days are gaps.

    Every line of a page has the same scale, so that equal moves look equal, and lies about its
    own middle; where it lies on 0 to 100 the score beside it says.

    Parameters
    ----------
    scores
        By day, oldest first.
    span
        Height of the picture [points], see `common_span`.
    """
    known = [value for value in scores if value is not None and is_known(value)]
    middle = (min(known) + max(known)) / 2 if known else 0.0
    across = Scale(0, max(len(scores) - 1, 1), 1, 71)
    up = Scale(middle - span / 2, middle + span / 2, 19, 1)
    path, pen_down = [], False
    for place, value in enumerate(scores):
        if value is None or not is_known(value):
            pen_down = False
            continue
        path.append(f"{'L' if pen_down else 'M'}{across(place)} {up(value)}")
        pen_down = True
    return Markup(
        '<svg class="sparkline" viewBox="0 0 72 20" aria-hidden="true" focusable="false">'
        '<path d="{path}"/></svg>'
    ).format(path=" ".join(path))


def _band_lines(bands: Sequence[Mapping[str, Any]], axes: Axes) -> list[Markup]:
    right = TREND_WIDTH - TREND_RIGHT
    parts = [
        Markup('<line class="trend-band" x1="{a}" x2="{b}" y1="{y}" y2="{y}"/>').format(
            a=TREND_LEFT, b=right + 4, y=axes.up(band["low"])
        )
        for band in bands
    ]
    return parts + [
        Markup('<text class="trend-text" x="{x}" y="{y}">{word} {low:g}</text>').format(
            x=right + 10,
            y=axes.up(band["low"]) + 4,
            word=axes.words[band["level"]],
            low=band["low"],
        )
        for band in bands
        if band["low"] > 0
    ]


def _line(points: Sequence[Mapping[str, Any]], axes: Axes) -> Markup:
    """Return the line; a day without a score or without a result breaks it."""
    path, before = [], None
    for point in points:
        day = as_date(point["date"])
        if not is_known(point["score"]):
            before = None
            continue
        joined = before is not None and (day - before).days == 1
        path.append(f"{'L' if joined else 'M'}{axes.x(day)} {axes.up(point['score'])}")
        before = day
    return Markup('<path class="trend-line" d="{path}"/>').format(path=" ".join(path))


def _dot(point: Mapping[str, Any], axes: Axes) -> Markup:
    day, level = as_date(point["date"]), point["level"]
    known = is_known(point["score"])
    title = f"{short_date(day, axes.language)} {axes.words[level]} {score(point['score'])}"
    return Markup(
        '<circle class="trend-dot{kind}" cx="{x}" cy="{y}" r="4" fill="{fill}">'
        "<title>{title}</title></circle>"
    ).format(
        kind="" if known else " trend-gap",
        x=axes.x(day),
        y=axes.up(point["score"]) if known else axes.up(0) - 5,
        fill=axes.colours[level] if level != "no_data" else "#fff",
        title=title,
    )


def _date_labels(last: date, axes: Axes) -> list[Markup]:
    middle = axes.first + (last - axes.first) // 2
    places = ((axes.first, "start"), (middle, "middle"), (last, "end"))
    return [
        Markup(
            '<text class="trend-text" x="{x}" y="{y}" text-anchor="{anchor}">{day}</text>'
        ).format(
            x=axes.x(day), y=TREND_HEIGHT - 6, anchor=anchor, day=short_date(day, axes.language)
        )
        for day, anchor in places
    ]
