"""The shape of a scheme file: which keys, which types, which ranges, a source by every number."""

from typing import Any

from scoring.daily.results import TERMS
from scoring.levels import LEVELS
from scoring.schemes.keys import (
    Fault,
    Key,
    day,
    flag,
    many,
    number,
    numbers_by_name,
    optional,
    rows,
    sourced,
    table,
    text,
)
from scoring.weekly.shape import WEEKLY


def check_shape(doc: dict[str, Any]) -> list[Fault]:
    """Return every fault of shape in a parsed scheme: key, value, mend (in Chinese)."""
    return table(**SCHEME).check("", doc)


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
    "weekly": optional(WEEKLY),
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
