"""Exports of a day: opened again and compared with the day document."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.image import imread

from riskmap.colours import COLOURS
from riskmap.daily.day_rows import DayExport, reason_rows, reasons_text, source_rows, town_rows
from riskmap.errors import RiskmapError
from riskmap.paths import font_path
from riskmap.products import picture
from riskmap.products.export_tables import day_csv, day_xlsx
from riskmap.products.export_vector import day_geojson, day_gpkg
from riskmap.products.picture_labels import Label, place_labels
from riskmap.shelters import shelter_coverage

NAMES = [
    *("云溪街道", "城东街道", "望江街道", "石桥镇", "=危险镇", "双港镇"),
    *("白鹭乡", "枫林乡", "大坞镇", "南岙乡", "龙潭镇"),
]
LEVELS = [
    *("orange", "yellow", "yellow", "blue", "green", "blue"),
    *("no_data", "green", "red", "blue", "green"),
]
SCORES = [71.2, 63.25, 58.0, 42.0, 12.5, 33.3, None, 20.0, 88.8, 40.4, 9.0]
NUMBERS = [float("nan") if score is None else score for score in SCORES]
BANDS = [
    {"level": level, "low": low, "high": high}
    for level, low, high in [
        ("red", 80, 100), ("orange", 65, 80), ("yellow", 50, 65), ("blue", 30, 50), ("green", 0, 30)
    ]
]  # fmt: skip


def town(i: int) -> dict[str, Any]:
    score = SCORES[i]
    shares = [
        ("危化", "inherent", "固有风险", 0.75),
        ("危化", "weather", "高温橙色预警 × 影响 2", 0.5),
        ("工贸", "control", "管控 0.8", -0.25),
    ]
    parts = [
        {"sector": sector, "factor": factor, "label": label, "value": score * share}
        for sector, factor, label, share in shares
        if score is not None
    ]
    floor = {"rule": "E4", "level": "orange", "text": "亡人事故 7 天内", "record": "accidents:1"}
    return {
        "code": f"3399010{i + 1:02d}",
        "name": NAMES[i],
        "score": score,
        "level": LEVELS[i],
        "band_level": LEVELS[i],
        "dominant_sector": None if score is None else "危化",
        "floors": [floor] if i == 0 else [],
        "change": {"score": 3.1 if i == 0 else None, "level": 1 if i == 0 else None},
        "unusual": {"percentile": 0.97 if i == 0 else None, "days": 29},
        "known_weight": 0.5 if score is None else 1.0,
        "incomplete": ["warnings"] if score is None else [],
        "contributions": parts,
    }


def layer(mark: str, age_days: float, stale: bool) -> dict[str, Any]:
    return {"digest": mark * 64, "age_days": age_days, "stale": stale, "files": []}


def document(details: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "date": "2026-06-30",
        "status": "draft",
        "revision": 2,
        "computed_at": "2026-06-30T08:31:07+08:00",
        "at": "2026-06-30T08:30:00+08:00",
        "district": {"name": "云溪区", "code": "339901"},
        "headline_counts": {level: LEVELS.count(level) for level in COLOURS},
        "signals": [
            {"title": "云溪区气象台发布高温橙色预警", "issued_at": "2026-06-30T06:12:00+08:00"}
        ],
        "oldest_source": {"name": "enterprises", "age_days": 12.4},
        "provenance": {
            "known_until": "2026-06-30T08:29:00+08:00",
            "digest": "d" * 64,
            "code_version": "0.1.0",
            "scheme": {"version": "default-2026", "digest": "s" * 64},
            "layers": {
                "towns": layer("t", 3.0, False),
                "enterprises": layer("e", 400.0, True),
            },
            "records": {"alarms": {"rows": 0, "age_h": None, "stale": False, "known": False}},
        },
        "towns": details,
    }  # fmt: skip


@pytest.fixture(scope="module")
def day() -> DayExport:
    rng = np.random.default_rng(8)
    seeds = np.vstack([rng.normal(0.5, 0.05, (3, 2)), rng.uniform(0, 1, (8, 2))])
    frame = shapely.buffer(shapely.Point(0.5, 0.5), 0.6, quad_segs=5)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=frame))
    shapes = shapely.intersection(cells, frame)
    shapes = shapes[shapely.STRtree(shapes).query(shapely.points(seeds), predicate="within")[1]]
    shapes = shapely.transform(shapes, lambda xy: xy * np.array([0.25, 0.22]) + [120.3, 28.3])
    shapes[3] = shapely.union(shapes[3], shapely.box(120.62, 28.31, 120.63, 28.32))  # an island
    details = [town(i) for i in range(11)]
    towns = gpd.GeoDataFrame(
        {name: [row[name] for row in details] for name in ("code", "name", "score", "level")},
        geometry=shapes,
        crs=4490,
    )
    middle = shapely.point_on_surface(shapes[:2])
    shelters = gpd.GeoDataFrame({"area_m2": [900.0, np.nan]}, geometry=middle, crs=4490)
    people = pd.Series(np.arange(1, 12) * 1000.0, index=towns["code"])
    coverage = shelter_coverage(towns, shelters, people)
    return DayExport(document(details), details, towns, BANDS, coverage, 4549)


def test_rows_say_what_the_day_says(day: DayExport) -> None:
    rows = town_rows(day)
    assert rows["score"].tolist() == pytest.approx(NUMBERS, nan_ok=True)
    assert rows["level"].tolist() == LEVELS
    assert rows.loc[6, "level_zh"] == "数据不足"
    assert reasons_text(day.details[0]) == (
        "E4 橙色：亡人事故 7 天内；危化 +53.4：固有风险；"
        "危化 +35.6：高温橙色预警 × 影响 2；工贸 -17.8：管控 0.8"
    )
    sums = reason_rows(day).groupby("code")["value"].sum()
    assert sums.to_numpy() == pytest.approx([s for s in SCORES if s is not None])


def test_csv_opens_in_a_spreadsheet_and_holds_no_formula(day: DayExport) -> None:
    content = day_csv(day)
    assert content.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.BytesIO(content), dtype={"code": str})
    assert table["score"].tolist() == pytest.approx(town_rows(day)["score"].tolist(), nan_ok=True)
    assert table["code"].tolist() == [row["code"] for row in day.details]
    assert table.loc[4, "name"] == "'=危险镇"
    assert day_csv(day) == content


def test_xlsx_has_the_numbers_the_colours_and_where_they_come_from(day: DayExport) -> None:
    content = day_xlsx(day)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["五色", "原因", "避难场所", "来源"]
    rows = list(book["五色"].iter_rows(min_row=2))
    assert [row[3].value for row in rows] == SCORES
    assert [row[0].value for row in rows] == [town["code"] for town in day.details]
    for row, level in zip(rows, LEVELS, strict=True):
        assert row[2].fill.fgColor.rgb == "00" + COLOURS[level].fill[1:]
        assert row[2].font.color.rgb == "00" + COLOURS[level].text[1:]
    assert rows[4][1].value == "=危险镇"
    assert rows[4][1].data_type == "s"
    reasons = pd.DataFrame(book["原因"].iter_rows(min_row=2, values_only=True))
    assert reasons.groupby(0)[5].sum().to_numpy() == pytest.approx(
        [s for s in SCORES if s is not None]
    )
    sources = {row[1]: row for row in book["来源"].iter_rows(values_only=True)}
    assert sources["镇街"][2] == "t" * 64
    assert sources["企业"][3] == "距今 400.0 天；已过期"
    assert sources["报警"][3] == "从未送达，按未知处理"
    assert day_xlsx(day) == content


def test_geojson_is_lonlat_with_the_same_numbers(day: DayExport) -> None:
    content = day_geojson(day)
    features = json.loads(content)["features"]
    assert [f["properties"]["score"] for f in features] == SCORES
    assert [f["properties"]["level"] for f in features] == LEVELS
    assert features[6]["properties"]["dominant_sector"] is None
    for feature, shape in zip(features, day.towns.geometry, strict=True):
        written = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert written.hausdorff_distance(shape) < 2e-7
        assert all(shapely.is_ccw(part.exterior) for part in shapely.get_parts(written))
    read = gpd.read_file(io.BytesIO(content))
    assert read.crs.to_epsg() == 4326
    assert read["name"].tolist() == NAMES


def test_gpkg_holds_towns_and_shelter_coverage(day: DayExport, tmp_path: Path) -> None:
    content = day_gpkg(day)
    path = tmp_path / "day.gpkg"
    path.write_bytes(content)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["towns", "shelter_coverage"]
    towns = gpd.read_file(path, layer="towns")
    assert towns.crs.to_epsg() == 4490
    assert towns["score"].tolist() == pytest.approx(town_rows(day)["score"].tolist(), nan_ok=True)
    assert towns["reasons"].tolist() == [reasons_text(row) for row in day.details]
    assert list(shapely.area(towns.geometry)) == pytest.approx(
        list(shapely.area(day.towns.geometry))
    )
    covered = gpd.read_file(path, layer="shelter_coverage")
    assert day.coverage is not None
    assert covered["status"].tolist() == day.coverage["status"].tolist()
    assert covered.loc[0, "area_m2"] == 900.0
    assert np.isnan(covered.loc[1, "area_m2"])
    assert day_gpkg(day) == content
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_a_day_without_shelters_has_no_shelter_sheet(day: DayExport) -> None:
    bare = DayExport(day.document, day.details, day.towns, BANDS, None, 4549)
    assert openpyxl.load_workbook(io.BytesIO(day_xlsx(bare))).sheetnames == ["五色", "原因", "来源"]
    assert len(source_rows(bare)) == 11


def fill_pixels(content: bytes) -> dict[str, int]:
    """Return how many pixels of a picture have exactly the fill of each level."""
    image = np.rint(imread(io.BytesIO(content))[..., :3] * 255).astype(int)
    wanted = {
        level: [int(c.fill[i : i + 2], 16) for i in (1, 3, 5)] for level, c in COLOURS.items()
    }
    return {level: int((image == rgb).all(axis=2).sum()) for level, rgb in wanted.items()}


def test_picture_shows_every_level_by_area(day: DayExport) -> None:
    content = picture.day_picture(day)
    assert content.startswith(b"\x89PNG")
    seen = fill_pixels(content)
    area = day.towns.to_crs(4549).assign(m2=lambda t: t.area).groupby("level")["m2"].sum()
    for one in ("red", "orange", "yellow", "blue", "green"):
        assert seen[one] / seen["blue"] == pytest.approx(area[one] / area["blue"], rel=0.25), one
    assert seen["no_data"] > 500
    assert picture.day_picture(day) == content


def test_the_font_has_a_glyph_for_every_character_on_the_picture(day: DayExport) -> None:
    words = "".join(NAMES) + "".join(c.word + c.title for c in COLOURS.values())
    said = picture._provenance(day) + picture._remarks(day) + picture._title(day) + "内部资料〓公里"
    assert (
        picture.missing_glyphs(words + said + picture.chinese_date(date(2026, 6, 30)), font_path())
        == set()
    )
    font = FontProperties(fname=str(font_path()))
    assert picture.missing_glyphs("云\U0002b81c", font_path()) == {"\U0002b81c"}
    assert picture._printable("云\U0002b81c镇", font) == "云〓镇"


def test_a_missing_font_says_how_to_make_it(
    day: DayExport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "font_path", lambda: tmp_path / "none.ttf")
    with pytest.raises(RiskmapError, match="make assets"):
        picture.day_picture(day)


def test_labels_do_not_cover_each_other() -> None:
    figure = Figure(figsize=(6, 6), dpi=100)
    FigureCanvasAgg(figure)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    spots = np.random.default_rng(3).normal(0.5, 0.03, (12, 2))
    labels = [Label("某某街道\n黄 50.0", (x, y), "#000", "#fff") for x, y in spots]
    placed = place_labels(axes, labels, FontProperties(fname=str(font_path())))
    assert [item.label for item in placed] == labels
    assert sum(item.moved for item in placed) >= 8
    pixels = axes.transData.transform([item.position for item in placed])
    apart = np.abs(pixels[:, None] - pixels[None]) + 1e3 * np.eye(12)[:, :, None]
    # 8.5 pt letters: four of them 47 pixels wide, two lines of 15 pixels
    assert ((apart[..., 0] > 45) | (apart[..., 1] > 28)).all()


def test_dates_are_written_as_on_a_notice() -> None:
    assert picture.chinese_date(date(2026, 11, 21)) == "2026年11月21日 星期六"
