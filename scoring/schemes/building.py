"""From a checked document to the parts of a frozen scheme."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import time
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.daily.inputs import BACKLOG_COLUMNS
from scoring.levels import LEVELS
from scoring.schemes.parts import (
    Accident,
    Action,
    Backlog,
    Band,
    Calibration,
    ControlPart,
    Count,
    FromRecords,
    Gaming,
    Goalpost,
    Hazard,
    Reach,
    Rules,
    Sector,
    Step,
    Subsector,
    Unusual,
    Weather,
    Week,
)
from scoring.weekly.building import weekly_of

Doc = dict[str, Any]


def parts_of(doc: Doc) -> dict[str, Any]:
    """Return the fields of a Scheme, except its text and digest.

    Parameters
    ----------
    doc
        Parsed TOML without faults of shape and meaning.
    """
    builders = (_identity, _hazards, _inherent, _today, _control, _weather, _limits, _week, _weekly)
    return {name: value for build in builders for name, value in build(doc).items()}


def _identity(doc: Doc) -> dict[str, Any]:
    return {
        **{key: doc[key] for key in ("version", "title", "valid_from", "valid_to")},
        "sectors": _rows(Sector, doc["sectors"]),
        "subsectors": _rows(Subsector, doc["subsectors"]),
        "bands": _rows(Band, doc["bands"]),
        "actions": _rows(Action, doc["actions"]),
        "calibration": _only(Calibration, doc["calibration"]),
        "unusual": _only(Unusual, doc["unusual"]),
    }


def _hazards(doc: Doc) -> dict[str, Any]:
    codes = _sector_codes(doc)
    own = [key for key in Hazard.__dataclass_fields__ if key != "counts"]
    hazards = [
        Hazard(**{key: row[key] for key in own}, counts=_rows(Count, row["counts"]))
        for row in doc["hazards"]
    ]
    return {
        "hazards": tuple(sorted(hazards, key=lambda hazard: codes.index(hazard.sector))),
        "grade_weights": _numbers(doc["equivalents"]["grade"]),
        "severity_weights": _numbers(doc["equivalents"]["severity"]),
        "chemical": _numbers(doc["equivalents"]["chemical"]),
    }


def _inherent(doc: Doc) -> dict[str, Any]:
    inherent, vulnerability = doc["inherent"], doc["vulnerability"]
    return {
        "exposure": _only(Goalpost, doc["exposure"]),
        "vulnerability": _only(Goalpost, vulnerability),
        "vulnerable_kinds": tuple(vulnerability["kinds"]),
        "reach": _rows(Reach, vulnerability["reach"]),
        "exponents": _frozen(
            [inherent[f"{name}_exponent"] for name in ("hazard", "exposure", "vulnerability")]
        ),
        "factor_floor": inherent["factor_floor"],
    }


def _today(doc: Doc) -> dict[str, Any]:
    dynamic, backlog, accident = doc["dynamic"], doc["backlog"], doc["accident"]
    own = ("grave", "general", "near_miss", "half_life_days")
    codes = _sector_codes(doc)
    return {
        "dynamic": _frozen([dynamic[key] for key in ("weather", "backlog", "accident", "special")]),
        "backlog": Backlog(_frozen([backlog[key] for key in BACKLOG_COLUMNS]), backlog["scale"]),
        "accident": Accident(
            **{key: accident[key] for key in own}, grave_from=_numbers(accident["grave_from"])
        ),
        "special_values": tuple(doc["special"]["values"]),
        "domains": MappingProxyType(
            {row["code"]: codes.index(row["sector"]) for row in doc["domains"]}
        ),
        "rules": _rules(doc["rules"]),
    }


def _control(doc: Doc) -> dict[str, Any]:
    control, mix = doc["control"], doc["combination"]
    return {
        "control_base": control["base"],
        "control_span": control["span"],
        "control_neutral": control["neutral"],
        "control_parts": _rows(ControlPart, control["parts"]),
        "control_from_records": _from_records(control.get("from_records")),
        "max_share": mix["max_share"],
        "mean_share": mix["mean_share"],
    }


def _from_records(table: Mapping[str, Any] | None) -> FromRecords | None:
    if table is None:
        return None
    return FromRecords(**{one.name: table[one.name] for one in fields(FromRecords)})


def _weather(doc: Doc) -> dict[str, Any]:
    weathers = _rows(Weather, doc["weathers"])
    parts = doc["subsectors"]
    effects14 = np.array(
        [[row["effects"][part["code"]] for part in parts] for row in doc["weathers"]],
        dtype=np.int8,
    )
    codes = _sector_codes(doc)
    owner = np.array([codes.index(part["sector"]) for part in parts])
    effects = np.stack([effects14[:, owner == s].max(axis=1) for s in range(len(codes))], axis=1)
    number = {weather.code: index for index, weather in enumerate(weathers)} | {"": -1}
    for array in (effects14, effects):
        array.setflags(write=False)
    return {
        "matrix": _frozen([[0.0, *doc["matrix"][f"effect_{effect}"]] for effect in range(4)]),
        "weathers": weathers,
        "effects14": effects14,
        "effects": effects,
        "weather_types": MappingProxyType(
            {row["type"]: number[row["weather"]] for row in doc["weather_types"]}
        ),
        "validity_hours": MappingProxyType({row["type"]: row["hours"] for row in doc["validity"]}),
    }


def _limits(doc: Doc) -> dict[str, Any]:
    return {
        "layer_limits_days": _numbers(doc["freshness"]["layers_days"]),
        "record_limits_hours": _numbers(doc["freshness"]["records_hours"]),
        "deadlines_days": _numbers(doc["deadlines"]),
    }


def _week(doc: Doc) -> dict[str, Any]:
    week, gaming = doc.get("week"), doc.get("gaming")
    cut = week and Week(week["cutoff_weekday"], time.fromisoformat(week["cutoff_time"]))
    return {"week": cut, "gaming": gaming and _only(Gaming, gaming)}


def _weekly(doc: Doc) -> dict[str, Any]:
    return {"weekly": weekly_of(doc)}


def _rules(doc: Doc) -> Rules:
    number = LEVELS.index
    return Rules(
        names=tuple(doc[f"E{i}"]["name"] for i in range(1, 10)),
        signal_level=number(doc["E1"]["signal_level"]),
        steps=tuple(
            Step(row["effect"], row["inherent"], number(row["level"])) for row in doc["E1"]["steps"]
        ),
        alarm_source_levels=tuple(doc["E2"]["source_levels"]),
        alarm_minutes=doc["E2"]["minutes"],
        alarm_level=number(doc["E2"]["level"]),
        listed_level=number(doc["E3"]["listed"]),
        listed_overdue_level=number(doc["E3"]["overdue"]),
        fatal_hours=doc["E4"]["hours"],
        fatal_days=doc["E4"]["days"],
        fatal_levels=(number(doc["E4"]["within"]), number(doc["E4"]["after"])),
        grave_hours=doc["E5"]["hours"],
        grave_days=doc["E5"]["days"],
        grave_levels=(number(doc["E5"]["within"]), number(doc["E5"]["after"])),
        response_levels=tuple(number(level) for level in doc["E6"]["levels"]),
        max_lower_steps=doc["E7"]["max_lower_steps"],
        persons_to_lower=doc["E7"]["persons_to_lower"],
        max_fall_steps=doc["E8"]["max_fall_steps"],
        min_known_weight=doc["E9"]["min_known_weight"],
        withholds_green=tuple(doc["E9"]["withholds_green"]),
    )


def _sector_codes(doc: Doc) -> list[str]:
    return [row["code"] for row in doc["sectors"]]


def _rows(kind: type[Any], rows: list[Doc]) -> tuple[Any, ...]:
    return tuple(_only(kind, row) for row in rows)


def _only(kind: type[Any], row: Doc) -> Any:
    return kind(
        **{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in row.items()
            if key in kind.__dataclass_fields__
        }
    )


def _numbers(table: Doc) -> MappingProxyType[str, Any]:
    return MappingProxyType(
        {key: value for key, value in table.items() if key not in ("source", "status")}
    )


def _frozen(values: Any) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
