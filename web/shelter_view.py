"""The shelter coverage document as the page shows it: one sentence, rows, bars, order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.errors import ParameterError
from web.formatting import number
from web.texts import Texts

BAR_LIMIT = 3.0
"""Bars end at this multiple of the target; longer ones are drawn broken."""
WAN = 10_000


@dataclass(frozen=True)
class SortColumn:
    """A column of the table: its key in the document, its text, and what comes first."""

    key: str
    text: str
    numeric: bool
    first: str = "ascending"


COLUMNS = (
    SortColumn("code", "shelters_town", numeric=False),
    SortColumn("status", "shelters_status", numeric=True),
    SortColumn("area_per_head", "shelters_per_head", numeric=True),
    SortColumn("places_per_head", "shelters_places", numeric=True),
    SortColumn("shortfall_m2", "shelters_short_area", numeric=True, first="descending"),
    SortColumn("shortfall_persons", "shelters_short_persons", numeric=True, first="descending"),
    SortColumn("population", "shelters_population", numeric=True, first="descending"),
    SortColumn("area_m2", "shelters_area", numeric=True, first="descending"),
    SortColumn("usable", "shelters_count", numeric=True, first="descending"),
)
STATUS_ORDER = {"short": 0, "unknown": 1, "enough": 2}


def sentence(document: Mapping[str, Any], t: Texts) -> str:
    """Return the page's one sentence: the district's mean, and how much is missing where."""
    target, district = document["target_m2_per_person"], document["district"]
    mean, short, unknown = (
        district[name] for name in ("area_per_head", "towns_short", "towns_unknown")
    )
    if mean is None:
        lead = t("shelters_mean_unknown", target=f"{target:g}")
    else:
        against = t("shelters_below" if mean < target else "shelters_meets")
        lead = t("shelters_mean", mean=f"{mean:.2f}", against=against, target=f"{target:g}")
    parts = []
    if short:
        area = area_text(district["towns_shortfall_m2"], t)
        persons = number(district["towns_shortfall_persons"])
        parts.append(t("shelters_gap", towns=short, area=area, persons=persons))
    elif unknown < len(document["towns"]):
        parts.append(t("shelters_no_gap_known" if unknown else "shelters_no_gap"))
    if unknown:
        parts.append(t("shelters_unknown", towns=unknown))
    return lead + t("shelters_colon") + t("shelters_semicolon").join(parts) + t("shelters_stop")


def area_text(area_m2: float, t: Texts) -> str:
    """Return an area as a reader says it: in Chinese, large ones in 万 m²."""
    if t.language == "zh" and area_m2 >= WAN:
        return t("shelters_wan_m2", value=f"{area_m2 / WAN:.1f}")
    return t("shelters_m2", value=number(area_m2))


def town_rows(document: Mapping[str, Any], t: Texts) -> list[dict[str, Any]]:
    """Return the towns with words, bars and links, in the order of the document."""
    target = document["target_m2_per_person"]
    known = [town["area_per_head"] for town in document["towns"] if town["area_per_head"]]
    scale = min(max([target, *known]), BAR_LIMIT * target) * 1.02
    return [_row(town, target, scale, t) for town in document["towns"]]


def sorted_towns(rows: Sequence[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Return rows in the order asked for; by default the least area per head first.

    Raises
    ------
    ParameterError
        There is no such column.
    """
    key = sort.removeprefix("-") or "area_per_head"
    if key not in {column.key for column in COLUMNS}:
        raise ParameterError("不能按这一列排序", sort[:40], "请点表头选择排序的列")
    known = [row for row in rows if _value(row, key) is not None]
    unknown = [row for row in rows if _value(row, key) is None]
    return sorted(known, key=lambda row: _value(row, key), reverse=sort.startswith("-")) + unknown


def _value(row: Mapping[str, Any], key: str) -> Any:
    return row["rank"] if key == "status" else row[key]


def _row(town: Mapping[str, Any], target: float, scale: float, t: Texts) -> dict[str, Any]:
    per_head, status = town["area_per_head"], town["status"]
    word = t(f"status_{status}")
    figure = "" if per_head is None else f"{per_head:.2f}"
    length = None if per_head is None else min(100.0, 100 * per_head / scale)
    return {
        **town,
        "rank": STATUS_ORDER[status],
        "word": word,
        "figure": figure,
        "href": f"/layers/shelters?town={town['code']}",
        "title": f"{town['name']} {word}" + (f" {figure} m²" if figure else ""),
        "bar": None if length is None else round(length, 1),
        "over": per_head is not None and per_head > scale,
        "mark": round(100 * target / scale, 1),
        "upper": status == "short" and town["area_unknown"] > 0,
    }
