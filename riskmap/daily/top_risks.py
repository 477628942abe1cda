"""The items that weigh most in each town and community: points of the score by single item.

An item's points are its factor's contribution in its town and sector, split by weight:
``points = contribution[town, sector, factor] · weight / Σ weights``. Counted items of the layers
split `inherent`, open dangers `backlog`, accidents `accident`; a weather signal has the `weather`
contributions of the sectors where it is the strongest. An alarm not dealt with holds a floor and
has no points: it is listed first.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskmap.canonical import number, text_or_none
from riskmap.daily.facts import Facts
from riskmap.daily.inventory import Inventory
from riskmap.daily.item_texts import layer_item_texts, warning_names
from riskmap.daily.worked import Worked
from riskmap.district import POINT_LAYERS, District
from scoring.daily.results import FACTORS, DailyScores

PER_TOWN, PER_COMMUNITY = 5, 3
KINDS = {
    "hazard_sources": "hazard_source",
    "enterprises": "enterprise",
    "risk_points": "risk_point",
}
POOL = ("town", "sector", "points", "share", "first", "kind", "id", "community", "layer", "row")


def layer_candidates(district: District, inventory: Inventory) -> pd.DataFrame:
    """Return the heaviest items of each town and sector, and of each community and sector.

    Only these can be among the top five (three): within one town and sector points follow
    weight. Depends on the layers alone, not on the day.

    Returns
    -------
    Columns town, sector, share (of the town's sum in the sector), kind, id, community, layer
    (index into POINT_LAYERS), row.
    """
    items = inventory.items
    m = inventory.hazard.shape[1]
    cell = items.town.astype(np.int64) * m + items.sector
    total = np.bincount(cell, weights=items.weight, minlength=district.n * m)
    share = np.divide(
        items.weight, total[cell], out=np.full(len(cell), np.nan), where=total[cell] > 0
    )
    parts = []
    for number_, layer in enumerate(POINT_LAYERS):
        mine = np.flatnonzero(items.layer == number_)
        if not mine.size:
            continue
        points = district.points[layer]
        row = items.row[mine]
        ids = points.table["id"].astype("str").take(row).reset_index(drop=True)
        community = points.community[row].astype(np.int64)
        keep = _heaviest(cell[mine], items.weight[mine], ids, PER_TOWN)
        inside = np.flatnonzero(community >= 0)
        if inside.size:
            group = community[inside] * m + items.sector[mine][inside]
            chosen = _heaviest(group, items.weight[mine][inside], ids.iloc[inside], PER_COMMUNITY)
            keep = np.union1d(keep, inside[chosen])
        parts.append(
            pd.DataFrame(
                {
                    "town": items.town[mine][keep].astype(np.int64),
                    "sector": items.sector[mine][keep].astype(np.int64),
                    "share": share[mine][keep],
                    "kind": KINDS[layer],
                    "id": ids.iloc[keep].to_numpy(object),
                    "community": community[keep],
                    "layer": number_,
                    "row": row[keep],
                }
            )
        )
    columns = ["town", "sector", "share", "kind", "id", "community", "layer", "row"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def top_risks(
    worked: Worked, candidates: pd.DataFrame
) -> tuple[list[list[dict[str, Any]]], list[list[dict[str, Any]]]]:
    """Return the top five of each town (n) and its communities with their top three (n).

    Ties are broken by share, then kind, then id: the answer does not hang on the order of rows.
    """
    district, facts, scores = worked.district, worked.facts, worked.scores
    pool = pd.concat(
        [
            part
            for part in (
                _layer_pool(candidates, scores),
                _record_pool(facts, district, scores),
                _warning_pool(facts, scores),
            )
            if len(part)
        ]
        or [pd.DataFrame(columns=list(POOL))],
        ignore_index=True,
    )
    pool["rank_points"] = pool["points"].astype(np.float64).fillna(-1.0)
    pool["rank_share"] = pool["share"].astype(np.float64).fillna(-1.0)
    pool = pool.sort_values(
        ["town", "first", "rank_points", "rank_share", "kind", "id"],
        ascending=[True, False, False, False, True, True],
        kind="stable",
    ).reset_index(drop=True)
    pool["rank"] = pool.groupby("town").cumcount() + 1
    inside = pool[pool["community"] >= 0].copy()
    inside["rank"] = inside.groupby("community").cumcount() + 1
    towns = pool[pool["rank"] <= PER_TOWN]
    villages = inside[inside["rank"] <= PER_COMMUNITY]
    return (
        _by_town(_documents(worked, towns), towns, district.n),
        _by_community(_documents(worked, villages), villages, district),
    )


def _heaviest(
    group: NDArray[np.int64], weight: NDArray[np.float64], ids: pd.Series, most: int
) -> NDArray[np.int64]:
    """Return the positions of the `most` heaviest of each group, ties by id (unknown last)."""
    heavy = np.nan_to_num(weight, nan=-1.0)
    table = pa.table({"group": group, "weight": -heavy, "id": pa.array(ids, pa.large_string())})
    keys = [("group", "ascending"), ("weight", "ascending"), ("id", "ascending")]
    order = pc.sort_indices(table, sort_keys=keys).to_numpy().astype(np.int64)
    sorted_group = group[order]
    first = np.r_[True, sorted_group[1:] != sorted_group[:-1]]
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    return np.sort(order[np.arange(len(order)) - start < most])


def _layer_pool(candidates: pd.DataFrame, scores: DailyScores) -> pd.DataFrame:
    town = candidates["town"].to_numpy(np.int64)
    sector = candidates["sector"].to_numpy(np.int64)
    share = candidates["share"].to_numpy(np.float64)
    value = scores.contributions[town, sector, FACTORS.index("inherent")]
    return candidates.assign(points=value * share, first=False)


def _record_pool(facts: Facts, district: District, scores: DailyScores) -> pd.DataFrame:
    """Return dangers, accidents and alarms; `row` is the row in ``facts.items``."""
    items = facts.items
    town, sector = items["town"].to_numpy(np.int64), items["sector"].to_numpy(np.int64)
    factor = items["factor"].map({name: i for i, name in enumerate(FACTORS)})
    factor_index = factor.fillna(-1).to_numpy(np.float64).astype(np.int64)
    group = [items["town"], items["sector"], items["factor"]]
    total = items["weight"].groupby(group).transform("sum").to_numpy(np.float64)
    weight = items["weight"].to_numpy(np.float64)
    share = np.divide(weight, total, out=np.full(len(items), np.nan), where=total > 0)
    scored = factor_index >= 0
    points = np.full(len(items), np.nan)
    points[scored] = (
        scores.contributions[town[scored], sector[scored], factor_index[scored]] * share[scored]
    )
    return pd.DataFrame(
        {
            "town": town,
            "sector": sector,
            "points": points,
            "share": share,
            "first": ~scored,
            "kind": items["kind"],
            "id": items["id"],
            "community": _community_of(items, district),
            "layer": -1,
            "row": np.arange(len(items)),
        }
    )


def _community_of(items: pd.DataFrame, district: District) -> NDArray[np.int64]:
    """Return the community that records name (code, or name within the town); −1 unknown."""
    listed = district.communities
    by_code = {code: i for i, code in enumerate(listed["code"])}
    by_name = {
        (int(town), name): i
        for i, (town, name) in enumerate(zip(listed["town"], listed["name"], strict=True))
    }
    said = items["community"].astype(object).where(items["community"].notna(), "")
    return np.array(
        [
            by_code.get(str(word).strip(), by_name.get((int(town), str(word).strip()), -1))
            for word, town in zip(said, items["town"], strict=True)
        ],
        dtype=np.int64,
    )


def _warning_pool(facts: Facts, scores: DailyScores) -> pd.DataFrame:
    """Return each signal in each town that it weighs in; `row` is its row in ``signals``."""
    weather = scores.contributions[:, :, FACTORS.index("weather")]
    town, sector = np.nonzero((scores.signal >= 0) & (np.nan_to_num(weather) > 0))
    cells = pd.DataFrame(
        {
            "town": town,
            "sector": sector,
            "points": weather[town, sector],
            "row": scores.signal[town, sector],
        }
    )
    cells = cells.sort_values(
        ["town", "row", "points", "sector"], ascending=[True, True, False, True]
    )
    summed = cells.groupby(["town", "row"], as_index=False).agg(
        {"points": "sum", "sector": "first"}
    )
    ids = facts.signals["alert_id"].astype("str").to_numpy(object)
    return summed.assign(
        share=np.nan,
        first=False,
        kind="warning",
        id=ids[summed["row"].to_numpy(np.int64)],
        community=-1,
        layer=-2,
    )


def _documents(worked: Worked, chosen: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as documents, in their order."""
    texts, sectors = _texts(worked, chosen), worked.scheme.sector_codes
    return [
        {
            "rank": int(rank),
            "kind": str(kind),
            "id": str(id_),
            "name": text["name"],
            "sector": sectors[int(sector)] if sector >= 0 else None,
            "points": number(points),
            "why": text["why"],
            "why_parts": text["why_parts"],
            "layer": text["layer"],
            "source": text["source"],
            "lon": text["lon"],
            "lat": text["lat"],
        }
        for rank, kind, id_, sector, points, text in zip(
            chosen["rank"],
            chosen["kind"],
            chosen["id"],
            chosen["sector"],
            chosen["points"],
            texts,
            strict=True,
        )
    ]


def _texts(worked: Worked, chosen: pd.DataFrame) -> list[Mapping[str, Any]]:
    """Return name, why, layer, source and place of each chosen row, from where it came."""
    district, facts = worked.district, worked.facts
    found: list[Mapping[str, Any]] = [{}] * len(chosen)
    layer, row = chosen["layer"].to_numpy(np.int64), chosen["row"].to_numpy(np.int64)
    for index in np.unique(layer):
        at = np.flatnonzero(layer == index)
        if index >= 0:
            name = POINT_LAYERS[int(index)]
            texts = layer_item_texts(
                name, district.points[name], worked.inventory.assessment, row[at]
            )
        elif index == -1:
            texts = _record_texts(facts.items.iloc[row[at]])
        else:
            texts = warning_names(facts.signals.iloc[row[at]])
        for position, text in zip(at, texts, strict=True):
            found[int(position)] = text
    return found


def _record_texts(rows: pd.DataFrame) -> list[Mapping[str, Any]]:
    return [
        {
            "name": str(row["name"]),
            "why": row["why"],
            "why_parts": row["why_parts"],
            "layer": row["layer"],
            "source": text_or_none(row["source"]),
            "lon": number(row["lon"]),
            "lat": number(row["lat"]),
        }
        for row in rows.to_dict("records")
    ]


def _by_town(
    documents: list[dict[str, Any]], chosen: pd.DataFrame, n: int
) -> list[list[dict[str, Any]]]:
    lists: list[list[dict[str, Any]]] = [[] for _ in range(n)]
    for town, document in zip(chosen["town"], documents, strict=True):
        lists[int(town)].append(document)
    return lists


def _by_community(
    documents: list[dict[str, Any]], chosen: pd.DataFrame, district: District
) -> list[list[dict[str, Any]]]:
    """Return, by town, its communities that have an item, in order of code."""
    risks: dict[int, list[dict[str, Any]]] = {}
    for community, document in zip(chosen["community"], documents, strict=True):
        risks.setdefault(int(community), []).append(document)
    lists: list[list[dict[str, Any]]] = [[] for _ in range(district.n)]
    listed = district.communities
    for community in sorted(risks):
        town = int(listed["town"].iloc[community])
        if town >= 0:
            place = {
                "code": str(listed["code"].iloc[community]),
                "name": str(listed["name"].iloc[community]),
            }
            lists[town].append({**place, "top_risks": risks[community]})
    return lists
