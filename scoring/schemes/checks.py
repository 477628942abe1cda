"""What a scheme must mean: bands without gap, weights that sum to 1, codes that exist."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import isclose
from typing import Any

from scoring.levels import LEVELS
from scoring.weekly.checks import check_weekly

Doc = dict[str, Any]

LEVEL_KEYS = {
    "E1": ("signal_level",),
    "E2": ("level",),
    "E3": ("listed", "overdue"),
    "E4": ("within", "after"),
    "E5": ("within", "after"),
}


def check_meaning(doc: Doc) -> list[str]:
    """Return every fault of meaning in a scheme whose shape is right (in Chinese).

    Parameters
    ----------
    doc
        Parsed TOML without faults of :func:`scoring.schemes.shape.check_shape`.
    """
    checks: tuple[Callable[[Doc], Iterable[str]], ...] = (
        _dates,
        _codes,
        _sums,
        _hazards,
        _goalposts,
        _bands,
        _matrix,
        _weathers,
        _types,
        _rules,
        _domains,
        _actions,
        _orders,
        _week,
        check_weekly,
    )
    return [fault for check in checks for fault in check(doc)]


def _dates(doc: Doc) -> Iterable[str]:
    if doc["valid_from"] > doc["valid_to"]:
        yield (
            f"valid_from {doc['valid_from']} 晚于 valid_to {doc['valid_to']}，"
            "请让起始日不晚于截止日"
        )


def _codes(doc: Doc) -> Iterable[str]:
    keys = [("sectors", "code"), ("subsectors", "code"), ("hazards", "code"), ("bands", "level")]
    keys += [("weathers", "code"), ("weather_types", "type"), ("validity", "type")]
    keys += [("domains", "code"), ("actions", "code"), ("actions", "acts_on")]
    for name, key in keys:
        values = [row[key] for row in doc[name]]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"{name} 的 {key} {value!r} 重复，请只留一个"


def _sums(doc: Doc) -> Iterable[str]:
    inherent, mix = doc["inherent"], doc["combination"]
    sums = {
        "sectors 的 weight": [row["weight"] for row in doc["sectors"]],
        "control.parts 的 weight": [row["weight"] for row in doc["control"]["parts"]],
        "inherent 的三个 exponent": [
            inherent[f"{name}_exponent"] for name in ("hazard", "exposure", "vulnerability")
        ],
        "combination 的 max_share 与 mean_share": [mix["max_share"], mix["mean_share"]],
    }
    for name, values in sums.items():
        if not isclose(sum(values), 1.0, abs_tol=1e-9):
            yield f"{name} 之和为 {sum(values):.6g}，应为 1，请调整"
    codes = sorted(row["code"] for row in doc["control"]["parts"])
    if codes != ["closure", "index", "online"]:
        yield f"control.parts 的 code 为 {codes}，应为 index、closure、online 各一个"


def _hazards(doc: Doc) -> Iterable[str]:
    sectors = [row["code"] for row in doc["sectors"]]
    served = [row["sector"] for row in doc["hazards"]]
    for row in doc["hazards"]:
        if row["sector"] not in sectors:
            yield f"hazards[{row['code']}].sector {row['sector']!r} 不在 sectors 中"
    for sector in sectors:
        if served.count(sector) != 1:
            yield f"领域 {sector!r} 有 {served.count(sector)} 个 hazards 指标，应恰为 1 个"
        if not any(part["sector"] == sector for part in doc["subsectors"]):
            yield f"领域 {sector!r} 没有 subsectors，天气影响无从取值，请补一个"
    for part in doc["subsectors"]:
        if part["sector"] not in sectors:
            yield f"subsectors[{part['code']}].sector {part['sector']!r} 不在 sectors 中"


def _goalposts(doc: Doc) -> Iterable[str]:
    named = {f"hazards[{row['code']}]": row for row in doc["hazards"]}
    named |= {name: doc[name] for name in ("exposure", "vulnerability")}
    for name, row in named.items():
        lo, hi, norm = row["lo"], row["hi"], row["norm"]
        if lo >= hi:
            yield f"{name} 的 lo {lo:g} 不小于 hi {hi:g}，请让 lo < hi"
        if norm == "log" and lo <= 0:
            yield f"{name} 用 log 归一，lo {lo:g} 应大于 0"
        if norm == "log1p" and lo != 0:
            yield f"{name} 用 log1p 归一，lo {lo:g} 应为 0"


def _bands(doc: Doc) -> Iterable[str]:
    bands = doc["bands"]
    found = [band["level"] for band in bands]
    if found != list(LEVELS):
        yield f"bands 的 level 为 {'、'.join(found)}，应依次为 {'、'.join(LEVELS)}"
        return
    if bands[0]["min"] != 0:
        yield f"bands 从 {bands[0]['min']:g} 分起，应从 0 起，0～{bands[0]['min']:g} 分没有颜色"
    if bands[-1]["max"] != 100:
        yield f"bands 到 {bands[-1]['max']:g} 分止，应到 100 止"
    for low, high in pairwise(bands):
        if low["max"] < high["min"]:
            yield (
                f"bands 的 {low['level']} 与 {high['level']} 之间 {low['max']:g}～{high['min']:g} "
                f"分没有颜色，请让上一段的 max 等于下一段的 min"
            )
        if low["max"] > high["min"]:
            yield (
                f"bands 的 {low['level']} 与 {high['level']} 在 {high['min']:g}～{low['max']:g} "
                f"分重叠，请让上一段的 max 等于下一段的 min"
            )
    for band in bands:
        if band["min"] >= band["max"]:
            yield f"bands 的 {band['level']} min {band['min']:g} 不小于 max {band['max']:g}"


def _matrix(doc: Doc) -> Iterable[str]:
    cells = [doc["matrix"][f"effect_{effect}"] for effect in range(4)]
    for effect, row in enumerate(cells):
        if any(left > right for left, right in pairwise(row)):
            yield f"matrix.effect_{effect} {row} 应随信号级别不减（蓝≤黄≤橙≤红）"
        if effect and any(a > b for a, b in zip(cells[effect - 1], row, strict=True)):
            yield f"matrix.effect_{effect} {row} 应不小于 effect_{effect - 1} {cells[effect - 1]}"
    if any(cells[0]):
        yield f"matrix.effect_0 {cells[0]} 应全为 0（没有影响）"


def _weathers(doc: Doc) -> Iterable[str]:
    parts = {part["code"] for part in doc["subsectors"]}
    for row in doc["weathers"]:
        for name in sorted(set(row["effects"]) - parts):
            yield f"weathers[{row['code']}].effects 的 {name!r} 不在 subsectors 中"
        for name in sorted(parts - set(row["effects"])):
            yield f"weathers[{row['code']}].effects 缺 {name!r}，请补 0～3"


def _types(doc: Doc) -> Iterable[str]:
    codes = {row["code"] for row in doc["weathers"]}
    types = {row["type"] for row in doc["weather_types"]}
    for row in doc["weather_types"]:
        if row["weather"] and row["weather"] not in codes:
            yield f"weather_types[{row['type']}].weather {row['weather']!r} 不在 weathers 中"
    for row in doc["validity"]:
        if row["type"] != "*" and row["type"] not in types:
            yield f"validity[{row['type']}] 不在 weather_types 中"
    if not any(row["type"] == "*" for row in doc["validity"]):
        yield """validity 缺 type = "*" 的默认时长，请补上"""


def _rules(doc: Doc) -> Iterable[str]:
    rules = doc["rules"]
    for rule, keys in LEVEL_KEYS.items():
        for key in keys:
            if rules[rule][key] == "green":
                yield f"rules.{rule}.{key} 为 green，下限不起作用，应为 blue～red"
    for rule, high, low in (
        ("E3", "overdue", "listed"),
        *((r, "within", "after") for r in ("E4", "E5")),
    ):
        if LEVELS.index(rules[rule][high]) < LEVELS.index(rules[rule][low]):
            yield f"rules.{rule} 的 {high} {rules[rule][high]} 低于 {low} {rules[rule][low]}"
    for rule in ("E4", "E5"):
        if rules[rule]["hours"] > 24 * rules[rule]["days"]:
            yield f"rules.{rule} 的 hours {rules[rule]['hours']:g} 长于 days {rules[rule]['days']}"
    levels = [LEVELS.index(level) for level in rules["E6"]["levels"]]
    if levels != sorted(levels, reverse=True) or 0 in levels:
        yield f"rules.E6.levels {rules['E6']['levels']} 应由重到轻（Ⅰ～Ⅳ 级响应），且不含 green"


def _domains(doc: Doc) -> Iterable[str]:
    sectors = {row["code"] for row in doc["sectors"]}
    for row in doc["domains"]:
        if row["sector"] not in sectors:
            yield f"domains[{row['code']}].sector {row['sector']!r} 不在 sectors 中"


def _actions(doc: Doc) -> Iterable[str]:
    for row in doc["actions"]:
        try:
            row["text"].format(sector="", count=0)
        except (KeyError, IndexError, ValueError):
            yield (
                f"actions[{row['code']}].text {row['text']!r} 的占位符有误，"
                "只能用 {sector} 和 {count}"
            )


def _orders(doc: Doc) -> Iterable[str]:
    backlog, accident = doc["backlog"], doc["accident"]
    for low, high in (("general", "overdue"), ("major", "major_overdue"), ("general", "major")):
        if backlog[low] > backlog[high]:
            yield f"backlog.{low} {backlog[low]:g} 大于 {high} {backlog[high]:g}，请改小"
    if not accident["near_miss"] <= accident["general"] <= accident["grave"]:
        yield "accident 应满足 near_miss ≤ general ≤ grave"
    unusual = doc["unusual"]
    if unusual["low"] >= unusual["high"]:
        yield f"unusual.low {unusual['low']:g} 不小于 high {unusual['high']:g}"


def _week(doc: Doc) -> Iterable[str]:
    cut = doc.get("week", {}).get("cutoff_time", "17:00")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", cut):
        yield f"week.cutoff_time {cut} 不是时刻，写成 17:00 的样子"
    if "gaming" in doc and "week" not in doc:
        yield "有 [gaming] 就要有 [week]，请写上每周截止的星期和时刻"
    gaming = doc.get("gaming")
    if gaming and gaming["few"] > gaming["many"]:
        yield f"gaming.few {gaming['few']} 大于 many {gaming['many']}，请改小"
