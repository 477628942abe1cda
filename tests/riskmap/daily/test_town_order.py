"""The order in which towns are listed."""

from typing import Any

import pytest

from riskmap.cli.daily import print_towns


def town(name: str, level: str, score: float | None) -> dict[str, Any]:
    return {
        "code": name,
        "name": name,
        "level": level,
        "score": score,
        "change": {"score": None},
        "floors": [],
        "dominant_sector": None,
    }


def test_daily_prints_the_worst_level_first(capsys: pytest.CaptureFixture[str]) -> None:
    towns = [
        town("甲", "blue", 48.5),
        town("乙", "orange", 20.0),
        town("丙", "no_data", None),
        town("丁", "blue", 49.0),
        town("戊", "red", 35.0),
    ]
    print_towns({"towns": towns})
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line[0] for line in lines] == ["戊", "乙", "丁", "甲", "丙"]
