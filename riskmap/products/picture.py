"""The map of a day as a picture: five colours, hatched grey where data are missing, labels.

Drawn without a window system and without any font of the machine: the glyphs come from
data/fonts. The same day gives the same bytes.
"""

import io
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from riskmap.colours import COLOURS, INK, LEVELS, WHITE
from riskmap.daily.day_rows import DayExport, source_zh
from riskmap.errors import RiskmapError
from riskmap.paths import font_path
from riskmap.products.picture_labels import Label, place_labels

WIDTH_IN, DPI = 11.0, 150
GREY_TEXT, GREY_LINE = "#595959", "#8C8C8C"
HATCH = "////"
MISSING_GLYPH = "〓"  # the printers' mark for a character that the font does not have
RULED = "※"
HEADER_IN, FOOTER_IN, LINE_IN = 1.05, 1.35, 0.22
WEEKDAYS = "一二三四五六日"


def day_picture(day: DayExport) -> bytes:
    """Return the map of a day as PNG.

    Names, levels and scores are written on the towns; the legend gives the limits of the bands;
    below stand when it was computed, the age of the oldest source and the scheme.

    Raises
    ------
    RiskmapError
        When the font with Chinese glyphs has not been made.
    """
    font = _font()
    shapes = day.towns.geometry.to_crs(day.epsg).to_numpy()
    west, south, east, north = shapely.total_bounds(shapes)
    signals = [_signal_line(signal) for signal in day.document.get("signals", ())]
    header = HEADER_IN + LINE_IN * min(len(signals), 4)
    map_width = WIDTH_IN - 0.6
    map_height = float(np.clip(map_width * (north - south) / (east - west), 4.0, 12.0))
    height = header + map_height + FOOTER_IN
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor=WHITE)
    FigureCanvasAgg(figure)
    box = (0.3 / WIDTH_IN, FOOTER_IN / height, map_width / WIDTH_IN, map_height / height)
    axes = figure.add_axes(box)
    _draw_towns(axes, day, shapes)
    axes.set_aspect("equal")
    margin = 0.02 * max(east - west, north - south)
    axes.set_xlim(west - margin, east + margin)
    axes.set_ylim(south - margin, north + margin)
    axes.axis("off")
    _write_header(figure, day, signals, font)
    _write_footer(figure, day, font)
    _draw_scale(axes, font)
    _write_labels(axes, day, shapes, font)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None, "Title": _title(day)})
    return stream.getvalue()


def missing_glyphs(text: str, path: Path) -> set[str]:
    """Return the characters of a text that a font file has no glyph for."""
    known = _glyphs(path)
    return {mark for mark in set(text) if ord(mark) not in known}


@lru_cache(maxsize=4)
def _glyphs(path: Path) -> frozenset[int]:
    """Return the characters of a font file; read once in a process (0.1 s)."""
    return frozenset(FT2Font(str(path)).get_charmap())


def chinese_date(day: date) -> str:
    """Return a date as it is written on a notice.

    >>> chinese_date(date(2026, 11, 21))
    '2026年11月21日 星期六'
    """
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def _font() -> FontProperties:
    path = font_path()
    if not path.is_file():
        raise RiskmapError("缺少中文字体", path.name, "请先运行 make assets")
    return FontProperties(fname=str(path))


def _title(day: DayExport) -> str:
    return f"{day.document['district']['name']}安全风险五色图"


def _signal_line(signal: dict[str, Any]) -> str:
    """Return an incoming warning unchanged, with the time it was issued."""
    issued = datetime.fromisoformat(signal["issued_at"])
    return f"{issued.month}月{issued.day}日 {issued:%H:%M}　{signal['title']}"


def _outline(shape: shapely.Geometry) -> Outline:
    """Return the rings of a polygon as one path."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
    codes = [np.full(len(ring), Outline.LINETO, dtype=Outline.code_type) for ring in rings]
    for code in codes:
        code[0], code[-1] = Outline.MOVETO, Outline.CLOSEPOLY
    return Outline(np.concatenate(rings), np.concatenate(codes))


def _draw_towns(axes: Axes, day: DayExport, shapes: Any) -> None:
    """Draw filled towns with white borders; hatching where data are missing."""
    for shape, level in zip(shapely.orient_polygons(shapes), day.towns["level"], strict=True):
        if shape is None or shape.is_empty:
            continue
        shown = COLOURS[level]
        path = _outline(shape)
        axes.add_patch(PathPatch(path, facecolor=shown.fill, edgecolor="none", linewidth=0))
        if shown.hatch:
            axes.add_patch(
                PathPatch(path, facecolor="none", edgecolor=GREY_LINE, hatch=HATCH, linewidth=0)
            )
        axes.add_patch(PathPatch(path, facecolor="none", edgecolor=WHITE, linewidth=1.6))


def _write_labels(axes: Axes, day: DayExport, shapes: Any, font: FontProperties) -> None:
    """Write name, level word and score on every town, beside it where there is no room."""
    labels = []
    for shape, town in zip(shapes, day.details, strict=True):
        shown = COLOURS[town["level"]]
        score = "" if town["score"] is None else f" {town['score']:.1f}"
        anchor = shapely.get_coordinates(shapely.point_on_surface(_widest(shape)))[0]
        text = _printable(f"{town['name']}\n{shown.word}{score}{_mark(town)}", font)
        labels.append(Label(text, (float(anchor[0]), float(anchor[1])), shown.text, shown.fill))
    for placed in place_labels(axes, labels, font):
        if placed.moved:
            axes.annotate(
                "",
                xy=placed.label.anchor,
                xytext=placed.position,
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8, "shrinkB": 0},
            )
        colour = INK if placed.moved else placed.label.colour
        halo = WHITE if placed.moved else placed.label.fill
        axes.text(
            *placed.position,
            placed.label.text,
            ha="center",
            va="center",
            fontproperties=font,
            fontsize=placed.size,
            color=colour,
            linespacing=1.25,
            path_effects=[withStroke(linewidth=3, foreground=halo)],
            zorder=5,
        )


def _mark(town: Any) -> str:
    """Return the mark of a town whose level is not that of its score's band."""
    ruled = town["level"] not in (town["band_level"], "no_data")
    return f" {RULED}" if ruled else ""


def _movement(day: DayExport) -> str:
    """Return how many towns rose and fell since the day before; empty where that is unknown."""
    steps = [(town.get("change") or {}).get("level") for town in day.details]
    known = [step for step in steps if step is not None]
    if not known:
        return ""
    rose, fell = sum(step > 0 for step in known), sum(step < 0 for step in known)
    return f"　较昨日 ↑{rose} ↓{fell}"


def _widest(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the largest part of a town, shrunk towards its middle while that is possible."""
    parts = shapely.get_parts(shape)
    part = parts[int(np.argmax(shapely.area(parts)))]
    reach = float(np.sqrt(shapely.area(part)))
    for step in (0.3, 0.2, 0.12, 0.06):
        inner = shapely.buffer(part, -step * reach)
        if not inner.is_empty:
            return inner
    return part


def _write_header(figure: Figure, day: DayExport, signals: list[str], font: FontProperties) -> None:
    """Write title, date, counts of levels, and the incoming warnings unchanged."""
    document, height = day.document, figure.get_figheight()
    when = date.fromisoformat(document["date"])
    draft = "" if document["status"] == "published" else "（草稿，未发布）"
    counts = document["headline_counts"]
    summary = "　".join(
        f"{counts[level]} {COLOURS[level].word}" for level in LEVELS if counts[level]
    )
    lines = [
        (0.42, _title(day), 20, INK),
        (0.78, f"{chinese_date(when)}{draft}　{summary}{_movement(day)}", 13, INK),
    ]
    shown = signals if len(signals) <= 4 else [*signals[:3], f"另有 {len(signals) - 3} 条生效信号"]
    lines += [(0.80 + LINE_IN * (i + 1), line, 10, GREY_TEXT) for i, line in enumerate(shown)]
    for offset, text, size, colour in lines:
        figure.text(
            0.3 / WIDTH_IN,
            1 - offset / height,
            _printable(text, font),
            fontproperties=font,
            fontsize=size,
            color=colour,
        )
    figure.text(
        1 - 0.3 / WIDTH_IN,
        1 - 0.42 / height,
        "内部资料",
        fontproperties=font,
        fontsize=13,
        color=INK,
        ha="right",
        bbox={"facecolor": WHITE, "edgecolor": INK, "linewidth": 1, "pad": 4},
    )


def _write_footer(figure: Figure, day: DayExport, font: FontProperties) -> None:
    """Draw the legend with the limits of the bands, and where the picture comes from."""
    height = figure.get_figheight()
    entries = [(band["level"], _limits(band)) for band in day.bands]
    entries.append(("no_data", "数据不足"))
    step = (WIDTH_IN - 0.6) / len(entries)
    for i, (level, limits) in enumerate(entries):
        shown, left = COLOURS[level], 0.3 + i * step
        corner = (left / WIDTH_IN, 0.92 / height)
        size = (0.34 / WIDTH_IN, 0.24 / height)
        figure.add_artist(Rectangle(corner, *size, facecolor=shown.fill, edgecolor=GREY_LINE))
        if shown.hatch:
            figure.add_artist(
                Rectangle(corner, *size, facecolor="none", edgecolor=GREY_LINE, hatch=HATCH)
            )
        figure.text(
            (left + 0.44) / WIDTH_IN,
            0.97 / height,
            f"{shown.word} {limits}",
            fontproperties=font,
            fontsize=11,
            color=INK,
        )
    for offset, text in ((0.58, _provenance(day)), (0.32, _remarks(day))):
        figure.text(
            0.3 / WIDTH_IN,
            offset / height,
            _printable(text, font),
            fontproperties=font,
            fontsize=9.5,
            color=GREY_TEXT,
        )


def _limits(band: Any) -> str:
    """Return the limits of a band in points; the top one includes 100."""
    return f"{band['low']:g}–{min(band['high'], 100):g}"


def _provenance(day: DayExport) -> str:
    """Return when and by what the day was computed, and the age of its oldest source."""
    document = day.document
    computed = datetime.fromisoformat(document["computed_at"])
    oldest = document.get("oldest_source") or {}
    age = oldest.get("age_days")
    source = f"　最旧数据：{source_zh(oldest['name'])}，{age:.0f} 天" if age is not None else ""
    scheme = document["provenance"]["scheme"]["version"]
    return f"计算于 {computed:%Y-%m-%d %H:%M}{source}　方案 {scheme}　第 {document['revision']} 版"


def _remarks(day: DayExport) -> str:
    said = "风险提示，供内部研判使用；气象预警信号以气象台站发布为准"
    if any(_mark(town) for town in day.details):
        said = f"{RULED} 等级由底线规则或人工调整确定，与得分所在区间不同　{said}"
    return f"{said}　审图号：{day.review_number}" if day.review_number else said


def _draw_scale(axes: Axes, font: FontProperties) -> None:
    """Draw a bar of a round length in kilometres at the lower left."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    target = (east - west) / 6
    power = 10.0 ** np.floor(np.log10(target))
    length = power * max(step for step in (1, 2, 5) if step * power <= target)
    y = south + 0.012 * (north - south)
    axes.plot([west, west + length], [y, y], color=INK, linewidth=2, solid_capstyle="butt")
    axes.text(
        west + length / 2,
        y + 0.008 * (north - south),
        f"{length / 1000:g} 公里",
        ha="center",
        va="bottom",
        fontproperties=font,
        fontsize=9,
        color=INK,
        path_effects=[withStroke(linewidth=2, foreground=WHITE)],
    )


def _printable(text: str, font: FontProperties) -> str:
    """Return a text in which characters without a glyph are the mark 〓."""
    lost = missing_glyphs(text.replace("\n", ""), Path(str(font.get_file())))
    return "".join(MISSING_GLYPH if mark in lost else mark for mark in text)
