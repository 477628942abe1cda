"""The shape of a scheme file: which keys, which types, which ranges, a source by every number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scoring.levels import LEVELS
from scoring.results import TERMS

STATUSES = ("C", "M", "P")

Fault = str
Check = Callable[[str, Any], list[Fault]]


@dataclass(frozen=True)
class Key:
    """What may stand under a key."""

    check: Check
    required: bool = True


def check_shape(doc: dict[str, Any]) -> list[Fault]:
    """Return every fault of shape in a parsed scheme: key, value, mend (in Chinese)."""
    return _table(SCHEME)("", doc)


def number(low: float, high: float, *, whole: bool = False) -> Key:
    """Return a key that holds a number low … high [unit by its name]."""

    def check(path: str, value: Any) -> list[Fault]:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return [f"{path} 的值 {value!r} 应为{'整数' if whole else '数字'}"]
        if not low <= value <= high:
            return [f"{path} 的值 {value!r} 应在 {low:g}～{high:g} 之间"]
        return []

    return Key(check)


def text(*allowed: str, empty: bool = False) -> Key:
    """Return a key that holds a text, one of ``allowed`` when given."""

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, str) or (not empty and not value.strip()):
            return [f"{path} 的值 {value!r} 应为{'文字' if empty else '非空文字'}"]
        if allowed and value not in allowed:
            return [f"{path} 的值 {value!r} 应为下列之一：{'、'.join(allowed)}"]
        return []

    return Key(check)


def flag() -> Key:
    """Return a key that holds true or false."""

    def check(path: str, value: Any) -> list[Fault]:
        return [] if isinstance(value, bool) else [f"{path} 的值 {value!r} 应为 true 或 false"]

    return Key(check)


def day() -> Key:
    """Return a key that holds a date."""

    def check(path: str, value: Any) -> list[Fault]:
        if isinstance(value, date) and not isinstance(value, datetime):
            return []
        return [f"{path} 的值 {value!r} 应为日期，例如 2026-01-01（不加引号）"]

    return Key(check)


def many(item: Key, size: int | None = None) -> Key:
    """Return a key that holds a list of items, ``size`` of them when given."""

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, list):
            return [f"{path} 的值 {value!r} 应为列表"]
        if size is not None and len(value) != size:
            return [f"{path} 有 {len(value)} 项，应为 {size} 项"]
        return [
            fault for i, one in enumerate(value) for fault in item.check(f"{path}[{i + 1}]", one)
        ]

    return Key(check)


def table(**keys: Key) -> Key:
    """Return a key that holds a table without numbers of its own."""
    return Key(_table(keys))


def sourced(**keys: Key) -> Key:
    """Return a key that holds a table of numbers: ``source`` and ``status`` are required."""
    return Key(_table({**keys, "source": text(), "status": text(*STATUSES)}))


def optional(key: Key) -> Key:
    """Return the same key, which may be missing."""
    return Key(key.check, required=False)


def rows(row: Key) -> Key:
    """Return a key that holds one or more tables ([[key]])."""

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, list) or not value:
            return [f"{path} 应为一个或多个 [[{path}]] 表"]
        faults: list[Fault] = []
        for i, one in enumerate(value):
            label = one.get("code") or one.get("type") if isinstance(one, dict) else None
            faults += row.check(f"{path}[{label or i + 1}]", one)
        return faults

    return Key(check)


def numbers_by_name(low: float, high: float, *, whole: bool = False) -> Key:
    """Return a key that holds a table of freely named numbers."""
    inner = number(low, high, whole=whole)

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, dict) or not value:
            return [f"{path} 应为非空的表"]
        return [f for name, one in value.items() for f in inner.check(f"{path}.{name}", one)]

    return Key(check)


def _table(keys: dict[str, Key]) -> Check:
    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, dict):
            return [f"{path} 的值 {value!r} 应为表"]
        prefix = f"{path}." if path else ""
        faults = [
            f"{prefix}{name} 不是方案的键，请删除或改名（可用：{'、'.join(keys)}）"
            for name in value
            if name not in keys
        ]
        for name, key in keys.items():
            if name in value:
                faults += key.check(prefix + name, value[name])
            elif key.required:
                faults.append(_missing(prefix, name))
        return faults

    return check


def _missing(prefix: str, name: str) -> Fault:
    if name == "source":
        return f"{prefix}source 缺失：每个数字须注明来源，请补 source 和 status"
    return f"{prefix}{name} 缺失，请补上"


_LEVEL = text(*LEVELS)
_TEXTS = many(text())
_HOURS = number(0.1, 87600)
_NORMS = text("log1p", "linear", "log")
_COUNTS = rows(
    table(
        layer=text("enterprises", "hazard_sources", "risk_points", "targets"),
        weigh=text("one", "grade", "severity", "R"),
        kinds=optional(_TEXTS),
        sectors=optional(_TEXTS),
        grades=optional(many(text("red", "orange", "yellow", "blue"))),
        flags=optional(_TEXTS),
        without_hazard_source=optional(flag()),
    )
)
_GOALPOST: dict[str, Key] = {
    "code": text(),
    "name": text(),
    "unit": text(),
    "norm": _NORMS,
    "lo": number(0, 1e12),
    "hi": number(0, 1e12),
}
_LAYERS = (
    *("towns", "communities", "enterprises", "hazard_sources", "substances"),
    *("shelters", "targets", "risk_points", "population"),
)
_LATER_KINDS = ("inspections", "commitments", "devices")
"""Kinds that schemes made before them do not name: no limit then."""

_KINDS = (
    *("warnings", "hidden_dangers", "accidents", "responses"),
    *("special_periods", "alarms", "overrides", "indicators"),
)
_UNIT = number(0, 1)

_RULES = table(
    E1=sourced(
        name=text(),
        signal_level=_LEVEL,
        steps=rows(sourced(effect=number(0, 3, whole=True), inherent=_UNIT, level=_LEVEL)),
    ),
    E2=sourced(
        name=text(),
        source_levels=many(number(1, 4, whole=True)),
        minutes=number(0, 1440),
        level=_LEVEL,
    ),
    E3=sourced(name=text(), listed=_LEVEL, overdue=_LEVEL),
    **{
        rule: sourced(
            name=text(), hours=_HOURS, days=number(1, 366, whole=True), within=_LEVEL, after=_LEVEL
        )
        for rule in ("E4", "E5")
    },
    E6=sourced(name=text(), levels=many(_LEVEL, size=4)),
    E7=sourced(
        name=text(),
        max_lower_steps=number(0, 1, whole=True),
        persons_to_lower=number(2, 9, whole=True),
    ),
    E8=sourced(name=text(), max_fall_steps=number(1, 4, whole=True)),
    E9=sourced(name=text(), min_known_weight=_UNIT, withholds_green=many(text(*TERMS))),
)

SCHEME: dict[str, Key] = {
    "version": text(),
    "title": text(),
    "valid_from": day(),
    "valid_to": day(),
    "reason": text(),
    "based_on": optional(text()),
    "sectors": rows(sourced(code=text(), name_en=text(), weight=_UNIT)),
    "subsectors": rows(table(code=text(), name_en=text(), sector=text())),
    "hazards": rows(sourced(**_GOALPOST, sector=text(), per_km2=flag(), counts=_COUNTS)),
    "equivalents": table(
        grade=sourced(
            **{key: number(0, 1000) for key in ("red", "orange", "yellow", "blue", "ungraded")}
        ),
        severity=sourced(**{key: number(0, 1000) for key in ("major", "general", "ungraded")}),
        chemical=sourced(below_threshold_max=number(0, 1000), without_quantities=number(0, 1000)),
    ),
    "exposure": sourced(**_GOALPOST),
    "vulnerability": sourced(
        **_GOALPOST,
        kinds=_TEXTS,
        reach=rows(
            sourced(
                layer=text("hazard_sources", "risk_points"),
                kinds=_TEXTS,
                distance_m=number(1, 50000),
            )
        ),
    ),
    "inherent": sourced(
        hazard_exponent=_UNIT,
        exposure_exponent=_UNIT,
        vulnerability_exponent=_UNIT,
        factor_floor=number(0.001, 1),
    ),
    "dynamic": sourced(
        **{key: number(0, 10) for key in ("weather", "backlog", "accident", "special")}
    ),
    "backlog": sourced(
        **{key: number(0, 1000) for key in ("general", "overdue", "major", "major_overdue")},
        scale=number(0.001, 1e6),
    ),
    "accident": sourced(
        grave=_UNIT,
        general=_UNIT,
        near_miss=_UNIT,
        half_life_days=number(0.01, 3650),
        grave_from=sourced(
            deaths=number(1, 1e6), serious_injuries=number(1, 1e6), loss_cny=number(1, 1e15)
        ),
    ),
    "special": sourced(values=many(_UNIT)),
    "control": sourced(
        base=number(0.01, 10),
        span=number(0, 10),
        neutral=number(0.01, 10),
        parts=rows(
            sourced(
                code=text("index", "closure", "online"),
                name=text(),
                weight=_UNIT,
                scale=number(0.001, 1e6),
                indicators=_TEXTS,
                window_days=optional(number(1, 366, whole=True)),
            )
        ),
        from_records=optional(
            sourced(
                fresh_days=number(1, 366, whole=True),
                commitment_by_hour=number(0, 24),
                commitment_days=number(1, 366, whole=True),
                publication_workdays=number(1, 366, whole=True),
                publication_days=number(1, 366, whole=True),
            )
        ),
    ),
    "combination": sourced(max_share=_UNIT, mean_share=_UNIT),
    "bands": rows(sourced(level=_LEVEL, name=text(), min=number(0, 100), max=number(0, 100))),
    "matrix": sourced(**{f"effect_{effect}": many(_UNIT, size=4) for effect in range(4)}),
    "weathers": rows(
        sourced(code=text(), name_en=text(), effects=numbers_by_name(0, 3, whole=True))
    ),
    "weather_types": rows(sourced(type=text(), weather=text(empty=True))),
    "validity": rows(sourced(type=text(), hours=_HOURS)),
    "rules": _RULES,
    "domains": rows(table(code=text(), sector=text())),
    "freshness": table(
        layers_days=sourced(**{layer: number(1, 36500) for layer in _LAYERS}),
        records_hours=sourced(
            **dict.fromkeys(_KINDS, _HOURS), **dict.fromkeys(_LATER_KINDS, optional(_HOURS))
        ),
    ),
    "deadlines": sourced(
        town_days=number(1, 366, whole=True), district_days=number(1, 366, whole=True)
    ),
    "week": optional(
        sourced(cutoff_weekday=number(1, 7, whole=True), cutoff_time=text()),
    ),
    "gaming": optional(
        sourced(
            last_minutes=number(1, 1440),
            many=number(1, 10000, whole=True),
            many_share=_UNIT,
            few=number(1, 10000, whole=True),
            alike_bits=number(0, 32, whole=True),
            again_days=number(1, 366, whole=True),
            again_m=number(0, 5000),
        )
    ),
    "actions": rows(
        table(
            code=text(),
            acts_on=text("general", "overdue", "major", "major_overdue", "E2", "E3"),
            text=text(),
        )
    ),
    "calibration": sourced(
        red_share_max=_UNIT,
        orange_share_max=_UNIT,
        yellow_share_max=_UNIT,
        rank_correlation_min=number(-1, 1),
        weight_change=_UNIT,
        goalpost_percentile=number(1, 100),
        shadow_days=number(1, 3660, whole=True),
    ),
    "unusual": sourced(
        days=number(1, 3660, whole=True),
        min_days=number(1, 3660, whole=True),
        high=_UNIT,
        low=_UNIT,
    ),
}
