"""Pictures of a week: rank intervals, shares and the trend as inline SVG; the radar for ECharts.

The SVG is made here and needs no script. The radar is a mapping that `static/weekly.js` hands to
ECharts; the same numbers stand in a table beside it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from riskmap.weekly.cards.facts import weeks_apart
from web.charts import Scale
from web.formatting import is_known
from web.texts.lookup import Texts

WIDTH, HEIGHT = 420, 200
LEFT, RIGHT, TOP, BOTTOM = 8, 70, 12, 26
LOWEST = 70.0
"""The trend begins here [points], or below it by tens when a town was lower."""


def interval_bar(low: int, high: int, rank: int, towns: int) -> Markup:
    """Return the bar of a rank interval from the first place (left) to the last (right).

    Parameters
    ----------
    low, high
        Best and worst rank of the interval.
    rank
        Rank of the week, drawn as a stroke.
    towns
        Towns that have a rank.
    """
    place = Scale(0.5, max(towns, 1) + 0.5, 0.0, 100.0)
    start, end = place(low - 0.5), place(high + 0.5)
    return Markup(
        '<svg class="range-picture" viewBox="0 0 100 12" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">'
        '<line class="range-line" x1="0" x2="100" y1="6" y2="6"/>'
        '<rect class="range-bar" x="{start:.1f}" y="2" width="{width:.1f}" height="8"/>'
        '<line class="range-mark" x1="{x}" x2="{x}" y1="0" y2="12"/></svg>'
    ).format(start=start, width=end - start, x=place(rank))


def share_bar(share: float | None, mark: float | None = None) -> Markup:
    """Return a bar of a share of 1, with a stroke at another share; empty when unknown."""
    if share is None or not is_known(share):
        return Markup("")
    stroke = (
        Markup('<line class="range-mark" x1="{x}" x2="{x}" y1="0" y2="12"/>').format(
            x=_percent(mark)
        )
        if mark is not None and is_known(mark)
        else Markup("")
    )
    return Markup(
        '<svg class="range-picture" viewBox="0 0 100 12" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">'
        '<rect class="share-rest" x="0" y="2" width="100" height="8"/>'
        '<rect class="share-bar" x="0" y="2" width="{width}" height="8"/>{stroke}</svg>'
    ).format(width=_percent(share), stroke=stroke)


def week_trend(
    points: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    label: str,
    t: Texts,
) -> Markup:
    """Return the line of weekly indexes, a dot by level, the bands' lower ends at the right.

    Parameters
    ----------
    points
        `week`, `index` (None unknown), `level`, `text`, oldest first; a week without an index
        breaks the line.
    bands
        `level`, `min` [points] and `word`.
    colours
        Fill by level.
    label
        The picture in words.
    """
    if not points:
        return Markup("")
    up = Scale(_floor(points), 100, HEIGHT - BOTTOM, TOP)
    weeks = [weeks_apart(points[0]["week"], point["week"]) for point in points]
    across = Scale(0, max(weeks[-1], 1), LEFT, WIDTH - RIGHT)
    parts = [*_bands(bands, up), _line(points, weeks, across, up)]
    parts += [_dot(point, across(at), up, colours) for point, at in zip(points, weeks, strict=True)]
    parts += [
        _text(across(weeks[0]), HEIGHT - 8, "start", week_short(points[0]["week"], t)),
        _text(across(weeks[-1]), HEIGHT - 8, "end", week_short(points[-1]["week"], t)),
    ]
    return Markup(
        '<svg class="trend" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{body}</svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, body=Markup("").join(parts))


def radar(rows: Sequence[Mapping[str, Any]], name: str, t: Texts) -> dict[str, Any]:
    """Return what the script draws: aspects, and shares [%] of the town, the median, the best.

    Parameters
    ----------
    rows
        `name`, `share`, `median`, `best` (shares of 1, None unknown) of every aspect.
    name
        The town's name.
    """
    series = (
        (name, "share"),
        (t("week_town_median"), "median"),
        (t("week_town_best_town"), "best"),
    )
    return {
        "label": t("week_town_radar_label", name=name),
        "axes": [row["name"] for row in rows],
        "series": [
            {"name": said, "values": [_shown(row[key]) for row in rows]} for said, key in series
        ],
        "unknown": t("unknown"),
    }


def span_text(weeks: Sequence[str], t: Texts) -> str:
    """Return which weeks a trend shows, oldest first: 近 26 周, or where some lack their ends."""
    if not weeks or weeks_apart(weeks[0], weeks[-1]) == len(weeks) - 1:
        return t("weekly_span", count=len(weeks))
    ends = weeks[0], weeks[-1]
    same_year = ends[0][:4] == ends[1][:4]
    first, last = (
        week_short(week, t) if same_year else t("weekly_week", year=week[:4], number=int(week[6:]))
        for week in ends
    )
    return t("weekly_span_gaps", count=len(weeks), first=first, last=last)


def week_short(week: str, t: Texts) -> str:
    """Return a week in short: 第26周."""
    return t("weekly_week_short", number=int(week[6:]))


def _shown(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.1f}"


def _floor(points: Sequence[Mapping[str, Any]]) -> float:
    known = [float(point["index"]) for point in points if is_known(point["index"])]
    return min([LOWEST, *(10 * math.floor((index - 2) / 10) for index in known)])


def _bands(bands: Sequence[Mapping[str, Any]], up: Scale) -> list[Markup]:
    right = WIDTH - RIGHT
    drawn = []
    for band in bands:
        if band["min"] <= up.low:
            continue
        y = up(band["min"])
        drawn.append(
            Markup('<line class="trend-band" x1="{a}" x2="{b}" y1="{y}" y2="{y}"/>').format(
                a=LEFT, b=right + 4, y=y
            )
        )
        drawn.append(_text(right + 10, y + 4, "start", f"{band['word']} {band['min']:g}"))
    return drawn


def _line(
    points: Sequence[Mapping[str, Any]], weeks: Sequence[int], across: Scale, up: Scale
) -> Markup:
    path, before = [], None
    for point, week in zip(points, weeks, strict=True):
        if not is_known(point["index"]):
            before = None
            continue
        joined = before is not None and week - before == 1
        path.append(f"{'L' if joined else 'M'}{across(week)} {up(point['index'])}")
        before = week
    return Markup('<path class="trend-line" d="{path}"/>').format(path=" ".join(path))


def _dot(point: Mapping[str, Any], x: float, up: Scale, colours: Mapping[str, str]) -> Markup:
    known, level = is_known(point["index"]), point["level"]
    return Markup(
        '<circle class="trend-dot{kind}" cx="{x}" cy="{y}" r="4" fill="{fill}">'
        "<title>{title}</title></circle>"
    ).format(
        kind="" if known else " trend-gap",
        x=x,
        y=up(point["index"]) if known else up(up.low) - 5,
        fill=colours[level] if level != "no_data" else "#fff",
        title=point["text"],
    )


def _text(x: float, y: float, anchor: str, text: str) -> Markup:
    return Markup(
        '<text class="trend-text" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'
    ).format(x=x, y=y, anchor=anchor, text=text)
