"""A town's week in words for the command line: index, what costs, what would gain, every number."""

from collections.abc import Mapping
from typing import Any

from riskmap.daily.explaining import level_word
from riskmap.weekly.export_rows import ORIGIN_ZH
from riskmap.weekly.shown import index_text

MOST_GAINS = 5
NO_GAIN_ZH = {"lapses": "只随时间恢复", "small": "案例少，按常见水平计"}

Document = Mapping[str, Any]


def explain_town_week(week: Document, town: Document) -> list[str]:
    """Return the explanation of a town's week as lines of Chinese text.

    Parameters
    ----------
    week, town
        The week and the town's detail as `riskmap.weekly.weeks` gives them.
    """
    parts = {one["code"]: one for one in week["indicators"]}
    own = {one["code"]: one for one in town["indicators"]}
    costs = [
        f"{one['lost']:6.2f} {_name(one['indicator'], parts)}{_against(one, own)}"
        for one in town["costs"]
    ]
    gains = [
        f"{own[code]['gain']:+6.2f} {_name(code, parts)}" for code in town["gains"][:MOST_GAINS]
    ]
    return [
        _title(week, town),
        *_cap(town),
        *_section("与最好的镇街相比失分最多（分）", costs),
        *_section("补到满分能得最多（分）", gains),
        *_section("八个方面", [_aspect(one, week) for one in town["aspects"]]),
        *_section("全部指标", [_indicator(one, parts) for one in town["indicators"]]),
    ]


def _title(week: Document, town: Document) -> str:
    index = index_text(town["index"], week["bands"])
    said = f"{level_word(town['level'])} {index} 分" if index else level_word(town["level"])
    parts = [f"{week['week']} {town['name']}（{town['code']}）：{said}"]
    if town["rank"] is not None:
        low, high = town["rank_interval"] or (town["rank"], town["rank"])
        parts.append(f"第 {town['rank']} 名（90% 在 {low}–{high}）")
    if town["change"] is not None:
        parts.append(f"较上周 {town['change']:+.1f}")
    return "，".join(parts)


def _cap(town: Document) -> list[str]:
    cap = town["cap"]
    if not cap:
        return []
    return [f"{cap['reason']}，指数不高于 {cap['score']:g}，至 {cap['until_week']}"]


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _name(code: str, parts: Mapping[str, Document]) -> str:
    return f"{code} {parts[code]['name']}"


def _against(cost: Document, own: Mapping[str, Document]) -> str:
    one, best = own[cost["indicator"]], cost["best"]
    if best is None:
        return ""
    return (
        f"（得 {one['points']:.2f} / {_short(one['of'])}，"
        f"最好 {best['name']} {best['points']:.2f}）"
    )


def _aspect(one: Document, week: Document) -> str:
    name = next(part["name"] for part in week["aspects"] if part["code"] == one["code"])
    got = "缺" if one["points"] is None else f"{one['points']:.2f}"
    lacks = f"，缺 {'、'.join(one['missing'])}" if one["missing"] else ""
    return f"{one['code']} {name}：{got} / {one['of']:g}{lacks}"


def _indicator(one: Document, parts: Mapping[str, Document]) -> str:
    """Return one number: value, counts, points of what is open, and where it came from."""
    if one["origin"] == "missing":
        return f"{_name(one['code'], parts)}：缺"
    value = (
        "无应办" if one["value"] is None else f"{_short(one['value'])} {parts[one['code']]['unit']}"
    )
    counts = ""
    if one["denominator"] is not None and one["numerator"] is not None:
        counts = f"（{_short(one['numerator'])} / {_short(one['denominator'])}）"
    points = "" if one["points"] is None else f"，得 {one['points']:.2f} / {_short(one['of'])}"
    why = NO_GAIN_ZH.get(one.get("no_gain") or "")
    said = [ORIGIN_ZH[one["origin"]], *([why] if why else [])]
    return f"{_name(one['code'], parts)}：{value}{counts}{points}，{'，'.join(said)}"


def _short(value: float) -> str:
    """Return a number with two decimals at most.

    >>> _short(85.7143), _short(12.0)
    ('85.71', '12')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
