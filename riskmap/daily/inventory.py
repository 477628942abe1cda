"""What the district holds: every counted item by town and sector, and the sums of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.exposure import points_within_boundaries
from riskmap.district import POINT_LAYERS, District, Points
from riskmap.hazard import assess_sources
from scoring.gb18218_calculation import Assessment
from scoring.schemes.parts import Count, Hazard, Reach
from scoring.schemes.scheme import Scheme

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Items:
    """Counted items (k,).

    `town` and `sector` index, `weight` in the indicator's unit (NaN unknown), `layer` (index
    into POINT_LAYERS) and `row` in that layer's table.
    """

    town: NDArray[np.int32]
    sector: NDArray[np.int16]
    weight: Floats
    layer: NDArray[np.int8]
    row: NDArray[np.int64]


@dataclass(frozen=True)
class Inventory:
    """The inherent inputs of n towns and m sectors, and the items behind them.

    `hazard` (n, m) in the indicators' units, NaN unknown; `density` (n,) persons/km²;
    `vulnerable` (n,); `counts` (n, m, layers) items; `sources` level (−1 unknown) and town of
    every major hazard source by id; `firms` the ids of the enterprises, None without the layer;
    `unknown` the reasons by indicator code.
    """

    hazard: Floats
    density: Floats
    vulnerable: Floats
    items: Items
    counts: NDArray[np.int64]
    assessment: Assessment | None
    sources: Mapping[str, tuple[int, int]]
    firms: frozenset[str] | None
    unknown: Mapping[str, str]


def take_inventory(district: District, scheme: Scheme) -> Inventory:
    """Count what the scheme's indicators count (DOMAIN §11.1 h1 … h7, e, v).

    An indicator is unknown where a layer that it counts was never imported, or where the whole
    district has no item of it: then that kind was never delivered. In a district that has some,
    a town without any is a known 0.
    """
    assessment = _assessment(district)
    shape = (district.n, len(scheme.sectors))
    hazard = np.full(shape, np.nan)
    unknown: dict[str, str] = {}
    parts: list[Items] = []
    for sector, indicator in enumerate(scheme.hazards):
        found = _items_of(district, scheme, indicator, sector, assessment)
        inside = _inside(found)
        parts.append(inside)
        reason = _why_unknown(district, indicator, len(found.town))
        if reason:
            unknown[indicator.code] = reason
            continue
        total = np.bincount(inside.town, weights=inside.weight, minlength=district.n)
        hazard[:, sector] = total / district.area_km2 if indicator.per_km2 else total
    items = _joined(parts)
    cells = np.ravel_multi_index(
        (items.town, items.sector, items.layer), (*shape, len(POINT_LAYERS))
    )
    size = shape[0] * shape[1] * len(POINT_LAYERS)
    vulnerable, why = vulnerable_targets(district, scheme)
    if why:
        unknown[scheme.vulnerability.code] = why
    return Inventory(
        hazard=hazard,
        density=district.population / district.area_km2,
        vulnerable=vulnerable,
        items=items,
        counts=np.bincount(cells, minlength=size).reshape(*shape, len(POINT_LAYERS)),
        assessment=assessment,
        sources=_sources(district, assessment),
        firms=_firms(district),
        unknown=unknown,
    )


def _firms(district: District) -> frozenset[str] | None:
    points = district.points.get("enterprises")
    return None if points is None else frozenset(points.table["id"].astype("str"))


def vulnerable_targets(district: District, scheme: Scheme) -> tuple[Floats, str]:
    """Return vulnerable targets within reach of a hazard by town (n,), and why unknown.

    A target counts once, in its own town, however many hazards reach it.
    """
    unknown = np.full(district.n, np.nan)
    layers = {"targets", *(reach.layer for reach in scheme.reach)}
    missing = sorted(layer for layer in layers if layer not in district.points)
    if missing:
        return unknown, f"图层未导入：{'、'.join(missing)}"
    targets = district.points["targets"]
    kinds = targets.table["kind"].isin(scheme.vulnerable_kinds).to_numpy(bool)
    if not kinds.any():
        return unknown, "防护目标图层没有学校、医院、养老等脆弱目标"
    reached = np.zeros(len(kinds), bool)
    for reach in scheme.reach:
        reached |= _reached(targets, district.points[reach.layer], reach)
    counts = kinds & reached & (targets.town >= 0)
    return np.bincount(targets.town[counts], minlength=district.n).astype(np.float64), ""


def matches(column: pd.Series, wanted: Sequence[str], *, tokens: bool = False) -> NDArray[np.bool_]:
    """Return which cells hold one of the wanted values; with `tokens` in a ;-list."""
    codes, values = pd.factorize(column.astype("str"))
    if tokens:
        good = [not set(wanted).isdisjoint(str(value).split(";")) for value in values]
    else:
        good = [str(value).strip() in wanted for value in values]
    return np.asarray([*good, False], dtype=bool)[codes]


def _items_of(
    district: District,
    scheme: Scheme,
    indicator: Hazard,
    sector: int,
    assessment: Assessment | None,
) -> Items:
    """Return the items of one indicator, also those outside every town (town −1)."""
    taken: dict[str, NDArray[np.bool_]] = {}
    parts = []
    for count in indicator.counts:
        points = district.points.get(count.layer)
        if points is None:
            continue
        before = taken.get(count.layer, np.zeros(len(points.town), bool))
        chosen = _selected(district, points, count) & ~before
        taken[count.layer] = before | chosen
        row = np.flatnonzero(chosen)
        parts.append(
            Items(
                points.town[row],
                np.full(len(row), sector, np.int16),
                _weights(points, count, scheme, assessment)[row],
                np.full(len(row), POINT_LAYERS.index(count.layer), np.int8),
                row,
            )
        )
    return _joined(parts)


def _selected(district: District, points: Points, count: Count) -> NDArray[np.bool_]:
    table = points.table
    chosen = np.ones(len(table), bool)
    for column, wanted, tokens in (
        ("kind", count.kinds, False),
        ("sector", count.sectors, False),
        ("risk_grade", count.grades, False),
        ("flags", count.flags, True),
    ):
        if wanted and column in table:
            chosen &= matches(table[column], wanted, tokens=tokens)
        elif wanted:
            chosen[:] = False
    if count.without_hazard_source and "hazard_sources" in district.points:
        owners = district.points["hazard_sources"].table
        if "enterprise_id" in owners:
            chosen &= ~table["id"].isin(owners["enterprise_id"].dropna()).to_numpy(bool)
    return chosen


def _weights(points: Points, count: Count, scheme: Scheme, assessment: Assessment | None) -> Floats:
    """Return the weight of every row of a layer (k,) as the indicator weighs it."""
    if count.weigh == "grade":
        return _by_value(points.table, "risk_grade", scheme.grade_weights)
    if count.weigh == "severity":
        return _by_value(points.table, "severity", scheme.severity_weights)
    if count.weigh == "R":
        if count.layer != "hazard_sources" or assessment is None:
            return np.full(len(points.town), scheme.chemical["without_quantities"])
        below = np.minimum(assessment.r, scheme.chemical["below_threshold_max"])
        graded = np.where(assessment.level == 0, below, assessment.r)
        return np.where(np.isnan(assessment.s), np.nan, graded)
    return np.ones(len(points.town))


def _by_value(table: pd.DataFrame, column: str, weights: Mapping[str, float]) -> Floats:
    if column not in table:
        return np.full(len(table), float(weights["ungraded"]))
    codes, values = pd.factorize(table[column].astype("str"))
    known = [float(weights.get(str(value), weights["ungraded"])) for value in values]
    return np.asarray([*known, float(weights["ungraded"])])[codes]


def _why_unknown(district: District, indicator: Hazard, found: int) -> str:
    missing = sorted(
        {count.layer for count in indicator.counts if count.layer not in district.points}
    )
    if missing:
        return f"图层未导入：{'、'.join(missing)}"
    return "" if found else f"全区没有任何“{indicator.name}”的点，视为未提供"


def _reached(targets: Points, hazards: Points, reach: Reach) -> NDArray[np.bool_]:
    kinds = np.ones(len(hazards.town), bool)
    if reach.kinds:
        kinds = matches(hazards.table["kind"], reach.kinds)
    _, near = points_within_boundaries(
        hazards.geometry[kinds], targets.lon, targets.lat, reach.distance_m
    )
    reached = np.zeros(len(targets.town), bool)
    reached[near] = True
    return reached


def _assessment(district: District) -> Assessment | None:
    points = district.points.get("hazard_sources")
    if points is None:
        return None
    return assess_sources(points.table, points.geometry, district.substances, district.grid)


def _sources(district: District, assessment: Assessment | None) -> dict[str, tuple[int, int]]:
    points = district.points.get("hazard_sources")
    if points is None or assessment is None:
        return {}
    return {
        str(source): (int(level), int(town))
        for source, level, town in zip(
            points.table["id"], assessment.level, points.town, strict=True
        )
    }


def _joined(parts: Sequence[Items]) -> Items:
    if not parts:
        empty = np.empty(0)
        return Items(
            empty.astype(np.int32),
            empty.astype(np.int16),
            empty,
            empty.astype(np.int8),
            empty.astype(np.int64),
        )
    return Items(
        np.concatenate([part.town for part in parts]),
        np.concatenate([part.sector for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.layer for part in parts]),
        np.concatenate([part.row for part in parts]),
    )


def _inside(items: Items) -> Items:
    inside = items.town >= 0
    return Items(
        items.town[inside],
        items.sector[inside],
        items.weight[inside],
        items.layer[inside],
        items.row[inside],
    )
