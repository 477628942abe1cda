"""Where towns and departments stand: on two months and the year, and the district week by week."""

from collections.abc import Mapping, Sequence
from typing import Any

from web import formatting
from web.texts.lookup import Texts
from web.weekly.week_charts import span_text, week_short, week_trend
from web.weekly.week_view import Document, rank_move, said, short

INK: Mapping[str, str] = {"mean": "#4a525a"}
"""Dots of the district's mean: it has no colour of its own."""


def basis_town(town: Document, document: Document, t: Texts) -> dict[str, Any]:
    """Return what a row of a longer basis adds: change, move of the rank, what costs most.

    Weeks stored before these were computed show them as unknown.
    """
    aspects = {one["code"]: said(one["name"], t) for one in document["aspects"]}
    names = {one["code"]: short(said(one["name"], t)) for one in document["indicators"]}
    costs = [
        t("weekly_cost", name=names[one["indicator"]], lost=formatting.signed(-one["lost"]))
        for one in town.get("costs") or ()
        if one["lost"] >= 0.05
    ]
    return {
        "change": town.get("change"),
        **rank_move({"previous": town.get("previous"), "rank": town["rank"]}, t),
        "weakest": aspects.get(town.get("weakest_aspect") or "", ""),
        "costs_text": t("comma").join(costs),
    }


def department_standing(one: Document, document: Document, t: Texts) -> dict[str, Any]:
    """Return rank and change of a department in the week and on the longer bases, in points."""
    found = {}
    for basis in ("two_months", "year"):
        rows = (document["bases"].get(basis) or {}).get("departments") or ()
        found[basis] = next((_standing(row, t) for row in rows if row["name"] == one["name"]), None)
    return {"standing": _standing(one, t), "bases": found}


def _standing(one: Document, t: Texts) -> dict[str, Any]:
    change, rank = one.get("change"), one.get("rank")
    move = rank_move({"previous": one.get("previous"), "rank": rank}, t)
    points = None if change is None else 100 * change
    return {"share": one["share"], "rank": rank, "change": points, **move}


def district_trend(
    rows: Sequence[Mapping[str, Any]], bands: Sequence[Mapping[str, Any]], t: Texts
) -> dict[str, Any]:
    """Return the district's mean week by week as a picture, and how many weeks it has.

    Parameters
    ----------
    rows
        `week` and `index`, oldest first (`riskmap.weekly.weeks.district_trend`).
    bands
        As `web.weekly.week_view.band_texts` returns them.
    """
    points = [
        {
            **row,
            "level": "no_data" if row["index"] is None else "mean",
            "text": f"{week_short(row['week'], t)} "
            + (t("unknown") if row["index"] is None else f"{row['index']:.1f}"),
        }
        for row in rows
    ]
    label = t("weekly_trend_label", items=t("comma").join(one["text"] for one in points[-3:]))
    return {
        "count": len(points),
        "span": span_text([one["week"] for one in points], t),
        "picture": week_trend(points, bands, INK, label, t),
    }
