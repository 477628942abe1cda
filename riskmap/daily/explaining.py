"""A town's day in words for the command line: reasons as bars, floors, what would change it."""

from collections.abc import Iterable, Mapping
from typing import Any

from riskmap.colours import COLOURS, LEVELS
from riskmap.daily.day_rows import incomplete_zh, source_zh

BAR = 30
"""Characters of the longest bar."""
LEAST = 0.05
"""Contributions below this are summed up in one line [points]."""


def explain_town(day: Mapping[str, Any], town: Mapping[str, Any]) -> list[str]:
    """Return the explanation of a town as lines of Chinese text.

    Parameters
    ----------
    day
        The day document.
    town
        The town's detail of that day.
    """
    lines = [_title(day, town), ""]
    lines += _reasons(town)
    lines += _section("下限与规则", [_floor(floor) for floor in town["floors"]])
    lines += _section("较昨日", _changes(town))
    lines += _section("怎样才会变好", _what_if(town))
    lines += _section("风险最大的五项", [_risk(risk) for risk in town["top_risks"]])
    lines += _section("背后的数据", _rows(town))
    if town["incomplete"]:
        lines += ["", f"数据不全：{'、'.join(incomplete_zh(town))}"]
    if town["freshness"]["stale"]:
        lines += [f"来源过期：{'、'.join(map(source_zh, town['freshness']['stale']))}"]
    return lines


def worst_first(towns: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return towns by level, within a level by score, both worst first; without a level last.

    The level leads, not the score: a town that a rule holds at orange with a low score stands
    above every yellow one.
    """

    def place(town: Mapping[str, Any]) -> tuple[int, bool, float, str]:
        score = town["score"]
        return (LEVELS.index(town["level"]), score is None, -(score or 0.0), town["code"])

    return sorted(towns, key=place)


def level_word(level: str) -> str:
    """Return the one-word name of a level: 红橙黄蓝绿, 缺."""
    return COLOURS[level].word


def _title(day: Mapping[str, Any], town: Mapping[str, Any]) -> str:
    score = "无分值" if town["score"] is None else f"{town['score']:.1f} 分"
    parts = [f"{day['date']} {town['name']}（{town['code']}）：{level_word(town['level'])} {score}"]
    if town["band_level"] != town["level"] and town["score"] is not None:
        parts.append(f"分值本身为{level_word(town['band_level'])}")
    if town["to_worse"] is not None:
        parts.append(f"再加 {town['to_worse']:.1f} 分升一级")
    if town["to_better"] is not None:
        parts.append(f"再减 {town['to_better']:.1f} 分降一级")
    if town["held_by"]:
        parts.append(f"由规则 {'、'.join(town['held_by'])} 定级，降分不降级")
    return "，".join(parts)


def _reasons(town: Mapping[str, Any]) -> list[str]:
    rows = town["contributions"]
    if not rows:
        return ["没有可列的原因（各项均为 0 或未知）"]
    longest = max(abs(row["value"]) for row in rows)
    lines = ["原因（各项之和等于分值）"]
    small = [row for row in rows if abs(row["value"]) < LEAST]
    for row in rows:
        if abs(row["value"]) < LEAST:
            continue
        length = max(1, round(BAR * abs(row["value"]) / longest))
        bar = ("█" if row["value"] > 0 else "░") * length
        lines.append(f"  {row['value']:+7.2f} {bar:<{BAR}} {row['sector']}：{row['label']}")
    if small:
        rest = sum(row["value"] for row in small)
        lines.append(f"  {rest:+7.2f} 其余 {len(small)} 项（各不足 {LEAST:g} 分）")
    lines.append(f"  {sum(row['value'] for row in rows):7.2f} 合计")
    return lines


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _floor(floor: Mapping[str, Any]) -> str:
    effect = {1: "", 0: "（未改变级别）", -1: ""}[floor["effect"]]
    place = f"〔{floor['record']}，{floor['source']}〕" if floor["source"] else ""
    return f"{floor['rule']} {level_word(floor['level'])}{effect}：{floor['text']}{place}"


def _changes(town: Mapping[str, Any]) -> list[str]:
    change = town["change"]
    if change["since"] is None:
        return ["没有昨日成果可比"]
    rules = [_rule_change(row) for row in town["rule_changes"] or ()]
    if change["score"] is None:
        return [f"与 {change['since']} 相比：有一日无分值", *rules]
    steps = change["level"]
    moved = "" if not steps else f"，{'升' if steps > 0 else '降'} {abs(steps)} 级"
    lines = [f"与 {change['since']} 相比 {change['score']:+.1f} 分{moved}", *rules]
    for row in town["change_items"][:8]:
        place = f"{row['sector']}：" if row["sector"] else ""
        lines.append(f"{row['value']:+7.2f} {place}{row['label']}")
    return lines


def _rule_change(row: Mapping[str, Any]) -> str:
    """Return which rule began, ended or changed its level since the day before."""
    name = f"规则 {row['rule']} {level_word(row['level'])}：{row['text']}"
    if row["kind"] == "changed":
        return f"由{level_word(row['level_before'])}改为 {name}"
    return f"{'不再有' if row['kind'] == 'ended' else '新起'} {name}"


def _what_if(town: Mapping[str, Any]) -> list[str]:
    answer = town["what_if"]
    if answer is None:
        return []
    target = level_word(answer["target_level"])
    if not answer["reachable"]:
        return [f"现有措施到不了{target}，受制于：{'、'.join(answer['blocked_by'])}"]
    lines = [f"降到{target}（{answer['score']:.1f} 分），最少需要："]
    return lines + [f"· {action['text']}" for action in answer["actions"]]


def _risk(risk: Mapping[str, Any]) -> str:
    points = "——" if risk["points"] is None else f"{risk['points']:.2f} 分"
    sector = f"{risk['sector']} " if risk["sector"] else ""
    source = f"〔{risk['source']}〕" if risk["source"] else ""
    return f"{risk['rank']}. {points} {sector}{risk['name']}：{risk['why']}{source}"


def _rows(town: Mapping[str, Any]) -> list[str]:
    inputs = town["inputs"]
    lines = []
    for row in inputs["sectors"]:
        raw = (
            "未知" if row["hazard_raw"] is None else f"{row['hazard_raw']:.4g} {row['hazard_unit']}"
        )
        why = f"（{row['unknown']}）" if row["unknown"] else ""
        lines.append(
            f"{row['sector']}：{raw}{why}，{row['rows']['layer']} {row['rows']['count']} 行"
        )
    people = inputs["population"]
    said = "未知" if people is None else f"{people:,.0f} 人"
    lines.append(f"人口 {said}（{inputs['population_source']}），面积 {inputs['area_km2']:.1f} km²")
    return lines
