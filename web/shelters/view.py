"""The shelter coverage document as the page shows it: one sentence, rows, bars, order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.errors import ParameterError
from web.formatting import number
from web.texts.lookup import Texts

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
PLACES = SortColumn("capacity_persons", "shelters_capacity_persons", True, "descending")
MAIN: Mapping[str, str] = {"area": "area_per_head", "capacity": "places_per_head"}
"""By basis of the document: the column that has the bars and the first order."""
STATUS_ORDER = {"short": 0, "unknown": 1, "enough": 2}


def sentence(document: Mapping[str, Any], t: Texts) -> str:
    """Return the page's one sentence: the district's mean, and how much is missing where."""
    if document["basis"] == "capacity":
        return _capacity_sentence(document, t)
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
        parts.append(_gap(district, t))
    elif unknown < len(document["towns"]):
        parts.append(t("shelters_no_gap_known" if unknown else "shelters_no_gap"))
    if unknown:
        parts.append(t("shelters_unknown", towns=unknown))
    return lead + t("shelters_colon") + t("shelters_semicolon").join(parts) + t("shelters_stop")


def _capacity_sentence(document: Mapping[str, Any], t: Texts) -> str:
    """Return the sentence of a district where no shelter has an effective area."""
    district = document["district"]
    share = share_text(district["places_per_head"], t)
    lead = t(
        "shelters_capacity" if share else "shelters_capacity_alone",
        least=t("shelters_least") if district["capacity_unknown"] else "",
        capacity=number(district["capacity_persons"]),
        share=share,
    )
    parts = [lead, t("shelters_no_areas", target=f"{document['target_m2_per_person']:g}")]
    if district["towns_short"]:
        parts.append(_gap(district, t))
    return t("shelters_semicolon").join(parts) + t("shelters_stop")


def _gap(district: Mapping[str, Any], t: Texts) -> str:
    area = area_text(district["towns_shortfall_m2"], t)
    persons = number(district["towns_shortfall_persons"])
    return t("shelters_gap", towns=district["towns_short"], area=area, persons=persons)


def share_text(share: float | None, t: Texts) -> str:
    """Return a share of 1 in per cent with one decimal; nothing where it is unknown."""
    return "" if share is None else t("shelters_percent", value=number(100 * share, 1))


def area_text(area_m2: float, t: Texts) -> str:
    """Return an area as a reader says it: in Chinese, large ones in 万 m²."""
    if t.language == "zh" and area_m2 >= WAN:
        return t("shelters_wan_m2", value=f"{area_m2 / WAN:.1f}")
    return t("shelters_m2", value=number(area_m2))


def town_rows(document: Mapping[str, Any], t: Texts) -> list[dict[str, Any]]:
    """Return the towns with words, bars and links, in the order of the document."""
    target, towns = document["target_m2_per_person"], document["towns"]
    if document["basis"] == "capacity":
        longest = max([town["places_per_head"] or 0.0 for town in towns], default=0.0) or 1.0
        return [_row(town, t) | _by_places(town, longest * 1.02, t) for town in towns]
    known = [town["area_per_head"] for town in towns if town["area_per_head"]]
    scale = min(max([target, *known]), BAR_LIMIT * target) * 1.02
    return [_row(town, t) | _by_area(town, target, scale, t) for town in towns]


def shown_columns(
    document: Mapping[str, Any],
) -> tuple[Sequence[SortColumn], Sequence[SortColumn]]:
    """Return the columns of the table, and those left out because every town lacks them.

    Columns are left out only where towns compare by capacity: there the places come first.
    """
    if document["basis"] == "area":
        return COLUMNS, ()
    by_key = {column.key: column for column in COLUMNS}
    first = [by_key["code"], by_key["status"], by_key["places_per_head"], PLACES]
    columns = [*first, *(column for column in COLUMNS if column not in first)]
    hidden = [column for column in columns if _lacking(document["towns"], column.key)]
    return [column for column in columns if column not in hidden], hidden


def _lacking(towns: Sequence[Mapping[str, Any]], key: str) -> bool:
    unknown = "unknown" if key == "status" else None
    return all(town[key] == unknown for town in towns)


def sorted_towns(
    rows: Sequence[dict[str, Any]], sort: str, basis: str = "area"
) -> list[dict[str, Any]]:
    """Return rows in the order asked for; by default the least per head first.

    Raises
    ------
    ParameterError
        There is no such column.
    """
    key = sort.removeprefix("-") or MAIN[basis]
    columns = COLUMNS if basis == "area" else (*COLUMNS, PLACES)
    if key not in {column.key for column in columns}:
        raise ParameterError("不能按这一列排序", sort[:40], "请点表头选择排序的列")
    known = [row for row in rows if _value(row, key) is not None]
    unknown = [row for row in rows if _value(row, key) is None]
    return sorted(known, key=lambda row: _value(row, key), reverse=sort.startswith("-")) + unknown


def _value(row: Mapping[str, Any], key: str) -> Any:
    return row["rank"] if key == "status" else row[key]


def _row(town: Mapping[str, Any], t: Texts) -> dict[str, Any]:
    status = town["status"]
    return {
        **town,
        "rank": STATUS_ORDER[status],
        "word": t(f"status_{status}"),
        "href": f"/layers/shelters?town={town['code']}",
        "upper": status == "short" and town["area_unknown"] > 0,
    }


def _by_area(town: Mapping[str, Any], target: float, scale: float, t: Texts) -> dict[str, Any]:
    """Return figure and bar of effective area per head, with the target on the bar."""
    per_head, word = town["area_per_head"], t(f"status_{town['status']}")
    figure = "" if per_head is None else f"{per_head:.2f}"
    return {
        "label": f"{word} {figure}".strip(),
        "brief": figure or word,
        "title": f"{town['name']} {word}" + (f" {figure} m²" if figure else ""),
        "bar": None if per_head is None else round(min(100.0, 100 * per_head / scale), 1),
        "over": per_head is not None and per_head > scale,
        "mark": round(100 * target / scale, 1),
    }


def _by_places(town: Mapping[str, Any], scale: float, t: Texts) -> dict[str, Any]:
    """Return figure and bar of places per head; there is no target to mark.

    The status stands in the title and the hatching: beside a percentage, the word for "no data"
    would read as a shortfall of that much.
    """
    share, word = town["places_per_head"], t(f"status_{town['status']}")
    figure = share_text(share, t)
    after = t("shelters_places_title", share=figure) if figure else ""
    return {
        "label": figure or word,
        "brief": figure or word,
        "title": f"{town['name']} {word}{after}",
        "bar": None if share is None else round(100 * share / scale, 1),
        "over": False,
        "mark": None,
    }
