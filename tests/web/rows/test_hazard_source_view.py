"""Digits of the hazard source page: they add up, line up and keep their side of the edges."""

from typing import Any

import pytest

from web.rows.hazard_sources import source_view


def document(ratios: list[float], alpha: float | None, **more: Any) -> dict[str, Any]:
    """A calculation of substances with β = 1, as riskmap.hazard gives it."""
    lines = [
        {"quantity_t": 10 * one, "q_crit_t": 10.0, "ratio": one, "beta": 1.0, "beta_ratio": one}
        for one in ratios
    ]
    total = sum(ratios)
    return {
        "name": "罐区", "level": None, "unit_type": None, "substances": lines, "S": total,
        "sum_beta_ratio": total, "alpha": alpha, "R": None if alpha is None else alpha * total,
        "population_used": "unknown", "surveyed_population_500m": None,
        "exposed_population_500m": None, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ratios", "alpha", "decimals"),
    [
        ([41.0, 1.2, 6.0, 12.0], 2.0, 1),  # 2.0 × 60.2 = 120.4, not 120
        ([0.1, 0.2, 0.7], 2.0, 1),  # binary 0.9999999999999999 is a whole unit
        ([0.12, 0.3, 0.2, 0.03], 2.0, 2),  # 0.03 is not 0.0
        ([0.5, 0.46], None, 2),  # S 0.96 is no 1.0
        ([24.98], 2.0, 2),  # R 49.96 is no 50.0
        ([2.0004], 0.0, 1),
        ([0.9996], None, 3),  # as far as it goes: 1.000 with "S < 1" beside it
        ([], None, 1),
    ],
)
def test_decimals_are_one_or_what_it_takes(
    ratios: list[float], alpha: float | None, decimals: int
) -> None:
    assert source_view(document(ratios, alpha), "zh")["decimals"] == decimals


def test_tonnes_line_up_with_the_finest_quantity() -> None:
    assert source_view(document([820.0, 0.25], 2.0), "zh")["tonnes"] == 1  # 2.5 t
    assert source_view(document([820.0], 2.0), "zh")["tonnes"] == 0
