"""Points to another level, with the rules of the day counted in; worked by hand."""

from functools import cache
from typing import Any

import pytest

from riskmap.daily.explaining import explain_town
from riskmap.daily.margins import with_margins
from riskmap.daily.rule_changes import rule_changes
from riskmap.paths import default_scheme_path
from scoring.schemes.scheme import Scheme, load_scheme


@cache
def scheme() -> Scheme:
    """Bands from 35, 50, 65, 80; E7 lowers and E8 falls by one; E9 watches three sources."""
    return load_scheme(default_scheme_path().read_text("utf-8"))


def rule(name: str, level: str, effect: int = 1, record: str | None = "r:1") -> dict[str, Any]:
    found = {"rule": name, "level": level, "effect": effect, "record": record}
    return found | {"text": name, "source": None}


def town(score: float | None, level: str, band: str, *floors: Any, **more: Any) -> dict[str, Any]:
    return {
        "score": score,
        "level": level,
        "band_level": band,
        "floors": list(floors),
        "change": {"score": None, "level": None},
        "incomplete": [],
    } | more


def margins(one: dict[str, Any]) -> tuple[float | None, float | None, list[str]]:
    found = with_margins(one, scheme())
    return (
        None if found["to_worse"] is None else round(found["to_worse"], 1),
        None if found["to_better"] is None else round(found["to_better"], 1),
        found["held_by"],
    )


def since(step: int) -> dict[str, Any]:
    return {"change": {"score": 0.0, "level": step}}


E3 = rule("E3", "orange")
CASES = {
    "no rule: the edges of the band": (town(57.9, "yellow", "yellow"), (7.1, 7.9, [])),
    "orange by E3: red is at 80, no score lowers it": (
        town(57.9, "orange", "yellow", E3),
        (22.1, None, ["E3"]),
    ),
    "blue by E6: yellow is at 50, not blue at 35": (
        town(14.6, "blue", "green", rule("E6", "blue")),
        (35.4, None, ["E6"]),
    ),
    "yellow by E8 of yesterday's orange": (
        town(48.6, "yellow", "blue", rule("E8", "yellow", record="days:x"), **since(-1)),
        (16.4, None, ["E8"]),
    ),
    "a rule in the band of the score holds it too": (
        town(57.9, "yellow", "yellow", rule("E4", "yellow", 0)),
        (7.1, None, ["E4"]),
    ),
    "a rule below the band holds nothing yet": (
        town(57.9, "yellow", "yellow", rule("E6", "blue", 0)),
        (7.1, 7.9, []),
    ),
    "yesterday orange: yellow today is as low as E8 goes": (
        town(57.9, "yellow", "yellow", **since(-1)),
        (7.1, None, ["E8"]),
    ),
    "yesterday yellow: blue is free": (
        town(57.9, "yellow", "yellow", **since(0)),
        (7.1, 7.9, []),
    ),
    "lowered by hand from orange": (
        town(67.7, "yellow", "orange", rule("E7", "yellow", -1)),
        (12.3, 2.7, []),
    ),
    "lowered by hand from a floor": (
        town(20.0, "yellow", "green", E3, rule("E7", "yellow", -1)),
        (60.0, None, ["E3"]),
    ),
    "lowered from red: nothing is worse": (
        town(90.0, "orange", "red", rule("E7", "orange", -1)),
        (None, 10.0, []),
    ),
    "green is withheld: less would be no data": (
        town(40.0, "blue", "blue", incomplete=["accidents"]),
        (10.0, None, ["E9"]),
    ),
    "another source withholds nothing": (
        town(40.0, "blue", "blue", incomplete=["online"]),
        (10.0, 5.0, []),
    ),
    "red and green have an end": (town(85.0, "red", "red"), (None, 5.0, [])),
    "green": (town(10.0, "green", "green"), (25.0, None, [])),
    "no data": (town(None, "no_data", "green", rule("E9", "no_data", -1)), (None, None, [])),
}


@pytest.mark.parametrize("name", CASES)
def test_points_to_another_level(name: str) -> None:
    one, expected = CASES[name]
    assert margins(one) == expected


def test_rules_that_ended_changed_and_began() -> None:
    before = [rule("E7", "yellow", record="overrides:5"), E3, rule("E8", "blue", record="days:1")]
    today = [rule("E3", "yellow"), rule("E8", "blue", record="days:2"), rule("E6", "blue")]
    moved = [(one["kind"], one["rule"], one["level_before"]) for one in rule_changes(today, before)]
    assert moved == [("ended", "E7", "yellow"), ("changed", "E3", "orange"), ("began", "E6", None)]
    assert rule_changes(before, before) == []


def test_one_record_in_many_sectors_is_one_rule_at_its_highest() -> None:
    rows = [rule("E1", "orange"), rule("E1", "red"), rule("E1", "orange")]
    assert [(one["rule"], one["level"]) for one in rule_changes(rows, [])] == [("E1", "red")]


def test_the_command_line_says_who_holds_the_level_and_what_ended() -> None:
    detail = with_margins(town(14.6, "blue", "green", rule("E6", "blue"), **since(-1)), scheme())
    ended = {**rule("E7", "yellow"), "text": "人工上调", "kind": "ended", "level_before": "yellow"}
    detail |= {
        "code": "1",
        "name": "枫岭乡",
        "contributions": [],
        "change_items": [],
        "change": {"score": 1.7, "level": -1, "since": "2026-11-21"},
        "rule_changes": [ended],
        "what_if": None,
        "top_risks": [],
        "inputs": {
            "sectors": [],
            "population": None,
            "population_source": "",
            "area_km2": 1.0,
        },
        "freshness": {"stale": []},
    }
    lines = explain_town({"date": "2026-11-22"}, detail)
    assert lines[0].endswith("再加 35.4 分升一级，由规则 E6、E8 定级，降分不降级")
    place = lines.index("  与 2026-11-21 相比 +1.7 分，降 1 级")
    assert lines[place + 1] == "  不再有 规则 E7 黄：人工上调"
