"""A town's aspects beside the median and the best, by hand."""

from typing import Any

import pytest

from riskmap.weekly.comparing import aspect_lines


def town(code: str, *shares: float | None) -> dict[str, Any]:
    return {
        "code": code,
        "aspects": [
            {"code": f"A{i}", "points": None if share is None else 10 * share, "of": 10,
             "share": share, "missing": [] if share is not None else [f"A{i}.1"]}
            for i, share in enumerate(shares)
        ],
    }  # fmt: skip


WEEK = {
    "aspects": [{"code": f"A{i}", "name": name} for i, name in enumerate("甲乙丙")],
    "towns": [town("1", 0.5, None, None), town("2", 0.9, 0.2, None), town("3", 0.6, 0.6, None)],
}


def test_median_and_best_count_only_the_known() -> None:
    first, second, third = aspect_lines(WEEK, "1")
    assert (first["name"], first["share"], first["median"], first["best"]) == ("甲", 0.5, 0.6, 0.9)
    assert (second["share"], second["median"], second["best"]) == (None, pytest.approx(0.4), 0.6)
    assert second["missing"] == ["A1.1"]
    assert (third["median"], third["best"]) == (None, None)


def test_a_town_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        aspect_lines(WEEK, "9")
