"""The tables of a week's page: aspects with their sorting, longer bases, departments, choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskmap.weekly.export_rows import delivers, in_order
from riskmap.weekly.shown import index_text
from web import formatting
from web.daily.day_view import level_word, source_name
from web.errors import ParameterError
from web.texts.lookup import TEXTS, Texts
from web.weekly.week_charts import share_bar
from web.weekly.week_standings import basis_town, department_standing
from web.weekly.week_view import Document, said, week_name

ASCENDING, DESCENDING = "ascending", "descending"


@dataclass(frozen=True)
class Column:
    """A column of the table of towns: key, header, and which order comes first when chosen."""

    key: str
    title: str
    first: str = DESCENDING
    numeric: bool = True
    note: str = ""
    place: int | None = None


def columns(document: Document, t: Texts) -> list[Column]:
    """Return the columns one may sort by: rank, name, index, change, every aspect."""
    lacking = missing_everywhere(document["towns"])
    aspects = [
        Column(
            one["code"],
            t("weekly_col_aspect", name=said(one["name"], t), points=f"{one['points']:g}"),
            note=t("weekly_missing", items=t("list_comma").join(sorted(lacking[one["code"]])))
            if lacking.get(one["code"])
            else "",
            place=place,
        )
        for place, one in enumerate(document["aspects"])
    ]
    return [
        Column("town", t("weekly_col_town"), ASCENDING, numeric=False),
        Column("rank", t("weekly_col_rank"), ASCENDING),
        Column("index", t("weekly_col_index")),
        Column("change", t("weekly_col_change")),
        *aspects,
    ]


def missing_everywhere(towns: Sequence[Document]) -> dict[str, frozenset[str]]:
    """Return by aspect the indicators that every town lacks: the header says them once."""
    found: dict[str, frozenset[str]] = {}
    for town in towns:
        for one in town["aspects"]:
            lacks = frozenset(one["missing"])
            found[one["code"]] = found.get(one["code"], lacks) & lacks
    return found


def aspect_rows(rows: Sequence[Document]) -> list[dict[str, Any]]:
    """Return the rows of the table: those of the list with the cells of the aspects."""
    everywhere = missing_everywhere(rows)
    return [
        {
            **row,
            "cells": [
                {
                    **one,
                    "bar": share_bar(one["share"]),
                    "lacks": [
                        code for code in one["missing"] if code not in everywhere[one["code"]]
                    ],
                }
                for one in row["aspects"]
            ],
            "keys": {
                "town": row["code"],
                "rank": row["rank"],
                "index": row["index"],
                "change": row["change"],
                **{one["code"]: one["points"] for one in row["aspects"]},
            },
        }
        for row in rows
    ]


def sorted_rows(
    rows: Sequence[dict[str, Any]], sort: str, known: Sequence[Column]
) -> list[dict[str, Any]]:
    """Return the rows in the order of `?sort=` ("A5" ascending, "-A5" descending), unknown last.

    Raises
    ------
    ParameterError
        When the table has no such column.
    """
    if not sort:
        return list(rows)
    key = sort.removeprefix("-")
    if key not in {column.key for column in known}:
        names = "、".join(column.key for column in known)
        raise ParameterError("不能按这一列排序", key, f"可用的列：{names}")
    there = [row for row in rows if row["keys"][key] is not None]
    away = [row for row in rows if row["keys"][key] is None]
    return sorted(there, key=lambda row: row["keys"][key], reverse=sort.startswith("-")) + away


def bases(document: Document, t: Texts) -> list[dict[str, Any]]:
    """Return the two-month and the year's table, each by rank."""
    return [
        _basis(name, document["bases"][name], document, t)
        for name in ("two_months", "year")
        if document["bases"].get(name)
    ]


def _basis(name: str, basis: Document, document: Document, t: Texts) -> dict[str, Any]:
    names = {town["code"]: town["name"] for town in document["towns"]}
    weeks = list(basis["weeks"])
    ends = (weeks[0], weeks[-1]) if weeks else ("", "")
    return {
        "name": t(f"weekly_{name}"),
        "span": t(
            "weekly_basis_span",
            start=week_name(ends[0], t),
            end=week_name(ends[1], t),
            count=len(weeks),
        )
        if weeks
        else "",
        "rows": [
            {
                **town,
                "name": names.get(town["code"], town["code"]),
                "word": level_word(town["level"], t),
                "shown": index_text(town["index"], document["bands"]),
                **basis_town(town, document, t),
            }
            for town in in_order(basis["towns"])
        ],
    }


def departments(document: Document, t: Texts) -> list[dict[str, Any]]:
    """Return what every department answers for, when it delivered, what it did not, its share."""
    names = {town["code"]: town["name"] for town in document["towns"]}
    parts = {one["code"]: one for one in document["indicators"]}
    return [
        {
            **one,
            "name": said(one["name"], t),
            **department_standing(one, document, t),
            "delivers": delivers(one, parts),
            "from_records": all(parts[code]["origin"] == "records" for code in one["indicators"]),
            "indicator_names": [
                f"{code} {said(parts[code]['name'], t)}" for code in one["indicators"]
            ],
            "missing_text": [
                _lacking(lack["indicator"], lack["towns"], names, t) for lack in one["missing"]
            ],
            "bar": share_bar(one["share"]),
            "lowest": _lowest(one["towns"], names),
        }
        for one in document["departments"]
    ]


def _lacking(code: str, towns: Sequence[str], names: Mapping[str, str], t: Texts) -> str:
    if len(towns) == len(names):
        said_towns = t("weekly_missing_all")
    else:
        said_towns = t("list_comma").join(names.get(town, town) for town in towns)
    return t("weekly_missing_item", code=code, towns=said_towns)


def _lowest(towns: Sequence[Document], names: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the town with the lowest share; None when all have the same or none is known."""
    known = [town for town in towns if town["share"] is not None]
    shares = {round(town["share"], 9) for town in known}
    if len(shares) < 2:
        return None
    worst = min(known, key=lambda town: (town["share"], town["code"]))
    return {"name": names.get(worst["code"], worst["code"]), "share": worst["share"]}


def who_is_missing(document: Document, t: Texts) -> str:
    """Return the sentence that says which departments have not delivered in full and in time.

    One that delivered all in time and corrected it later is not among them.
    """
    lacking = [said(one["name"], t) for one in document["departments"] if one["missing"]]
    if not lacking:
        return t("weekly_who_complete")
    names = t("list_comma").join(lacking)
    key = "weekly_who_missing_one" if len(lacking) == 1 else "weekly_who_missing"
    return t(key, count=len(lacking), names=names)


def choices(document: Document, t: Texts) -> list[dict[str, Any]]:
    """Return which choice moves the ranks, the strongest first."""
    ordered = sorted(document["sensitivity"] or (), key=lambda one: -one["total"])
    return [
        {
            "name": _choice(one["choice"], t),
            "bar": share_bar(one["total"]),
            "first": _spread(one["first"], one["first_spread"], t),
            "total": _spread(one["total"], one["total_spread"], t),
        }
        for one in ordered
    ]


def _choice(name: str, t: Texts) -> str:
    key = f"weekly_choice_{name}"
    return t(key) if key in TEXTS else name


def _spread(value: float, spread: float | None, t: Texts) -> str:
    shown = formatting.number(round(value, 2) + 0.0, 2)
    return shown if spread is None else t("weekly_spread", value=shown, spread=f"{spread:.2f}")


def stale_sources(document: Document, t: Texts) -> str:
    """Return the kinds of records that were too old when the week was judged; "" without any."""
    records = document["provenance"].get("records") or {}
    return t("list_comma").join(
        source_name(name, t) for name, one in records.items() if one.get("stale")
    )


def sources(document: Document, t: Texts) -> list[dict[str, Any]]:
    """Return the layers and records that a week was computed from: name, rows, version."""
    made = document["provenance"]
    return [
        {
            "name": source_name(name, t),
            "rows": one.get("rows"),
            "key": (one.get("digest") or "")[:12],
        }
        for family in ("layers", "records")
        for name, one in (made.get(family) or {}).items()
    ]
