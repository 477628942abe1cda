"""From the checked weekly tables of a scheme to one frozen value."""

from typing import Any

from scoring.composite.aggregation import Mean
from scoring.composite.normalisation import Norm
from scoring.composite.small_counts import Sampling
from scoring.weekly.parts import (
    Aspect,
    Cap,
    CardRule,
    Deductions,
    Doubting,
    SmallCounts,
    Weekly,
    WeeklyBand,
    WeeklyIndicator,
)
from scoring.weekly.shape import GIVEN

Doc = dict[str, Any]

_OWN = (
    *("name", "points", "decimals", "most_missing"),
    *("proposal_weeks", "trend_weeks", "least_weeks_share"),
)


def weekly_of(doc: Doc) -> Weekly | None:
    """Return the weekly tables of a scheme, None where it has none.

    Parameters
    ----------
    doc
        Parsed TOML without faults of shape and meaning. Indicators come out in the order of
        their aspects.
    """
    table = doc.get("weekly")
    if table is None:
        return None
    aspects = tuple(Aspect(**row) for row in table["aspects"])
    order = [aspect.code for aspect in aspects]
    rows = sorted(table["indicators"], key=lambda row: order.index(row["aspect"]))
    return Weekly(
        **{key: table[key] for key in _OWN},
        aspects=aspects,
        indicators=tuple(_indicator(row) for row in rows),
        bands=tuple(WeeklyBand(**_unsourced(row)) for row in table["bands"]),
        deductions=Deductions(**_unsourced(table["deductions"])),
        cap=Cap(**_unsourced(table["cap"])),
        small_counts=SmallCounts(**_unsourced(table["small_counts"])),
        doubting=_doubting(_unsourced(table["doubts"])),
        cards=tuple(CardRule(**row) for row in table["cards"]),
    )


def _indicator(row: Doc) -> WeeklyIndicator:
    chance = Sampling(row["chance"]) if "chance" in row else None
    return WeeklyIndicator(**{**row, "chance": chance})


def _doubting(row: Doc) -> Doubting:
    norms = tuple(None if name == GIVEN else Norm(name) for name in row["norms"])
    return Doubting(
        **{
            **row,
            "norms": norms,
            "means": _means(row["means"]),
            "colour_means": _means(row["colour_means"]),
        }
    )


def _means(names: list[str]) -> tuple[Mean | None, ...]:
    return tuple(None if name == GIVEN else Mean(name) for name in names)


def _unsourced(row: Doc) -> Doc:
    return {key: value for key, value in row.items() if key not in ("source", "status")}
