"""A week as rows of tables: ranking, aspects, indicators, departments, longer bases, provenance.

Plain documents in (`riskmap.weekly.weeks`), one mapping per row out; nothing is computed but the
words.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from riskmap.colours import COLOURS, LEVELS
from riskmap.daily.day_rows import source_zh
from riskmap.weekly.cards.states import CARD_STATE_ZH, CARD_ZH, CardState

ORIGIN_ZH = {"records": "系统记录", "department": "部门报送", "missing": "缺"}
BASIS_ZH = {"two_months": "两月", "year": "年度"}
NOT_DELIVERED, FROM_RECORDS = "未报送", "取自系统记录"
STATUS_ZH = {"published": "已发布", "draft": "草稿"}

CHOICE_ZH = {
    "weight": "权重上下浮动",
    "norm": "归一化方法",
    "mean": "合成方法",
    "weighting": "定权方法",
    "luck": "小样本的偶然",
}

Row = dict[str, Any]
Document = Mapping[str, Any]


def ranking_rows(week: Document) -> list[Row]:
    """Return the towns in the order of their rank, unknown ones last."""
    names = {one["code"]: one["name"] for one in week["indicators"]}
    aspects = {one["code"]: one["name"] for one in week["aspects"]}
    return [_ranked(town, names, aspects) for town in in_order(week["towns"])]


def in_order(towns: Sequence[Document]) -> list[Document]:
    """Return towns by rank, then code; towns without a rank last."""
    return sorted(towns, key=lambda one: (one["rank"] is None, one["rank"] or 0, str(one["code"])))


def _costs_text(costs: Sequence[Document], names: Mapping[str, str]) -> str | None:
    """Return what costs most, one under the other."""
    lost = (
        f"{one['indicator']} {names[one['indicator']]} \u2212{one['lost']:.1f}" for one in costs
    )
    return "；\n".join(lost) or None


def _ranked(town: Document, names: Mapping[str, str], aspects: Mapping[str, str]) -> Row:
    previous, cap, card = town["previous"] or {}, town["cap"], town.get("card")
    low, high = town["rank_interval"] or (None, None)
    chances = None if town["index"] is None else town["in_band"]
    missing = [code for one in town["aspects"] for code in one["missing"]]
    return {
        "rank": town["rank"],
        "name": town["name"],
        "code": town["code"],
        "level": town["level"],
        "level_zh": COLOURS[town["level"]].word,
        "index": town["index"],
        "change": town["change"],
        "previous_index": previous.get("index"),
        "previous_rank": previous.get("rank"),
        "rank_low": low,
        "rank_high": high,
        "rank_median": town["rank_median"],
        **{f"in_{level}": chances and chances.get(level, 0.0) for level in LEVELS[:5]},
        "weakest": aspects.get(town["weakest_aspect"] or ""),
        "costs": _costs_text(town["costs"], names),
        "missing": "、".join(missing) or None,
        "cap": _cap_text(cap) if cap else None,
        "before_cap": town["before_cap"] if cap else None,
        "card": _card_text(card) if card else None,
        "signs": town["signs"],
    }


def _cap_text(cap: Document) -> str:
    return f"{cap['reason']}（不高于 {cap['score']:g} 分，至 {cap['until_week']}）"


def _card_text(card: Document) -> str:
    return f"{CARD_ZH[card['card']]}（{CARD_STATE_ZH[CardState(card['state'])]}）"


def aspect_rows(week: Document) -> list[Row]:
    """Return the points of every aspect, one row per town, the fields named by aspect."""
    return [
        {
            "rank": town["rank"],
            "name": town["name"],
            "level": town["level"],
            "level_zh": COLOURS[town["level"]].word,
            "index": town["index"],
            **{one["code"]: one["points"] for one in town["aspects"]},
        }
        for town in in_order(week["towns"])
    ]


def indicator_rows(week: Document, details: Sequence[Document]) -> list[Row]:
    """Return one row per town and indicator with everything behind its points."""
    parts = {one["code"]: one for one in week["indicators"]}
    aspects = {one["code"]: one["name"] for one in week["aspects"]}
    return [
        {
            "town": town["name"],
            "town_code": town["code"],
            "aspect": aspects[parts[one["code"]]["aspect"]],
            **_measured(one, parts[one["code"]]),
        }
        for town in in_order(details)
        for one in town["indicators"]
    ]


def _measured(one: Document, part: Document) -> Row:
    best = one["best"] or {}
    return {
        "code": one["code"],
        "indicator": part["name"],
        "unit": part["unit"],
        "value": one["value"],
        "numerator": one["numerator"],
        "denominator": one["denominator"],
        "small": "是" if one["small"] else None,
        "drawn": one["drawn"],
        "zero": part["zero"],
        "full": part["full"],
        "points": one["points"],
        "of": one["of"],
        "lost": one["lost"],
        "gain": one["gain"],
        "median": one["median"],
        "best_town": best.get("name"),
        "best_points": best.get("points"),
        "origin": ORIGIN_ZH[one["origin"]],
        "department": part["department"],
    }


def department_rows(week: Document) -> list[Row]:
    """Return who answers for what, when it came, what is missing, and each town's share."""
    names = {town["code"]: town["name"] for town in week["towns"]}
    parts = {one["code"]: one for one in week["indicators"]}
    return [
        {
            **_standing(one),
            "indicators": "、".join(one["indicators"]),
            "delivered_at": minute(one["delivered_at"])
            or (NOT_DELIVERED if delivers(one, parts) else FROM_RECORDS),
            "late": "有，本版未计入" if one["late"] else None,
            "missing": "；".join(_lacking(gap, names) for gap in one["missing"]) or None,
            **{town["code"]: town["share"] for town in one["towns"]},
        }
        for one in week["departments"]
    ]


def _standing(one: Document) -> Row:
    """Return share, rank and change [percentage points] of a department."""
    change = one.get("change")
    return {
        "name": one["name"],
        "share": one["share"],
        "rank": one.get("rank"),
        "change": None if change is None else 100 * change,
        "previous_rank": (one.get("previous") or {}).get("rank"),
    }


def department_basis_rows(week: Document) -> list[Row]:
    """Return the departments on the longer bases by rank; none in weeks stored without them."""
    return [
        {"basis": BASIS_ZH[name], "from": basis["from"], "to": basis["to"], **_standing(one)}
        for name, basis in week["bases"].items()
        for one in sorted(
            basis.get("departments") or (), key=lambda one: (one["rank"] is None, one["rank"] or 0)
        )
    ]


def delivers(department: Document, parts: Mapping[str, Document]) -> bool:
    """Tell whether any number of a department is delivered, by the scheme or as it happened."""
    own = (parts[code]["origin"] for code in department["indicators"])
    return department["delivered_at"] is not None or "department" in own


def _lacking(gap: Document, names: Mapping[str, str]) -> str:
    """Return which towns an indicator lacks; all of them in one word."""
    towns = gap["towns"]
    if len(towns) == len(names):
        return f"{gap['indicator']}（全部镇街）"
    return f"{gap['indicator']}（{'、'.join(names.get(code, code) for code in towns)}）"


def basis_rows(week: Document) -> list[Row]:
    """Return the ranking on the longer bases: two months and the year to date."""
    names = {one["code"]: one["name"] for one in week["indicators"]}
    aspects = {one["code"]: one["name"] for one in week["aspects"]}
    return [
        {
            "basis": BASIS_ZH[name],
            "from": basis["from"],
            "to": basis["to"],
            "rank": town["rank"],
            "name": _name_of(week, town["code"]),
            "level": town["level"],
            "level_zh": COLOURS[town["level"]].word,
            "index": town["index"],
            "change": town.get("change"),
            "previous_rank": (town.get("previous") or {}).get("rank"),
            "weakest": aspects.get(town.get("weakest_aspect") or ""),
            "costs": _costs_text(town.get("costs") or (), names),
            "weeks": town["weeks"],
            "of_weeks": len(basis["weeks"]),
        }
        for name, basis in week["bases"].items()
        for town in in_order(basis["towns"])
    ]


def _name_of(week: Document, code: str) -> str:
    return next((str(town["name"]) for town in week["towns"] if town["code"] == code), code)


def choice_rows(week: Document) -> list[Row]:
    """Return which choice moves the ranks, the strongest first."""
    ordered = sorted(week["sensitivity"] or (), key=lambda one: -(one["total"] or 0))
    return [{**one, "choice": CHOICE_ZH.get(one["choice"], one["choice"])} for one in ordered]


def source_rows(week: Document) -> list[Row]:
    """Return what the week was computed from: result, scheme, program, layers, records."""
    made, corrects = week["provenance"], week["corrects"]
    rows = [
        ("成果", "周次", week["week"], ""),
        ("成果", "统计区间", f"{minute(week['window']['start'])} 至 {minute(week['at'])}", ""),
        ("成果", "计入的情况截至", minute(week["known_until"]), ""),
        ("成果", "状态", status_text(week), ""),
        (
            "成果",
            "更正",
            corrects and f"第 {corrects['revision']} 版",
            (corrects or {}).get("reason"),
        ),
        ("成果", "截止后补算", week["late_reason"], ""),
        ("成果", "计算时间", minute(week["computed_at"]), ""),
        ("成果", "发布时间", minute(week["published_at"]), ""),
        ("成果", "发布人", week["published_by"], ""),
        ("成果", "摘要", made["digest"], "sha256"),
        ("方案", week["scheme"]["version"], week["scheme"]["digest"], "sha256"),
        ("程序", "riskmap", made["code_version"], ""),
        ("把握", "抽样次数", made["draws"], ""),
        ("把握", "随机种子", made["seed"], ""),
        ("对比", "上一周", made["previous_week"], ""),
        ("对比", "小数量所用的周", "、".join(made["small_count_weeks"]), ""),
        *_layer_rows(made["layers"]),
        *_record_rows(made["records"]),
    ]
    fields = ("kind", "name", "value", "note")
    return [dict(zip(fields, row, strict=True)) for row in rows if row[2] not in (None, "")]


def _layer_rows(layers: Document) -> list[tuple[str, str, str, str]]:
    return [
        (
            "图层",
            source_zh(name),
            f"{one['rows']} 行，{minute(one['imported_at'])} 入库" + "，晚于截止" * one["late"],
            one["digest"],
        )
        for name, one in layers.items()
    ]


def _record_rows(records: Document) -> list[tuple[str, str, str, str]]:
    return [
        ("记录", source_zh(name), f"{one['rows']} 行", _delivered(one))
        for name, one in records.items()
    ]


def _delivered(one: Document) -> str:
    moment, stale = one.get("last_delivery"), one.get("stale")
    last = f"最近送达 {minute(moment)}" if moment else ""
    return last + "；已过期，没有送来的不当作没有" if stale else last


def status_text(week: Document) -> str:
    """Return published or draft, the revision, and whether the week is not over."""
    text = f"{STATUS_ZH[week['status']]} 第 {week['revision']} 版"
    return text + "（初算：本周未到截止时刻，数据未齐）" if week["preliminary"] else text


def minute(moment: str | None) -> str | None:
    """Return an ISO moment to the minute, in its own offset.

    Examples
    --------
    >>> minute("2026-06-26T17:00:00+08:00"), minute(None)
    ('2026-06-26 17:00', None)
    """
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}" if moment else None
