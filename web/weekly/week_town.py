"""A town's week as its page shows it: what costs points, what would gain, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskmap.colours import FILLS, LEVELS
from riskmap.weekly.comparing import aspect_lines
from riskmap.weekly.shown import chance_text, index_text
from web import charts, formatting
from web.daily.day_view import level_word
from web.daily.town_view import record_address
from web.texts.lookup import TEXTS, Texts
from web.weekly.week_charts import radar, share_bar, span_text, week_trend
from web.weekly.week_view import (
    Document,
    band_texts,
    card_badge,
    interval,
    rank_move,
    said,
    week_name,
)

SHOWN_BARS = 6
LEAST_CHANCE = 0.01
"""Chances below this are not listed: they would show as 0 %."""
LEAST_SHOWN = 0.05
"""Points below this are not listed: they would show as 0.0."""


def town_week_view(
    document: Document, detail: Document, t: Texts, cards: bool = False
) -> dict[str, Any]:
    """Return the context of a town's week.

    Parameters
    ----------
    document, detail
        The week and the town as `riskmap.weekly.weeks` gives them.
    t
        Texts in the reader's language.
    cards
        Whether the pages of cards are served.
    """
    ranked = sum(town["rank"] is not None for town in document["towns"])
    lines = [
        {
            **line,
            "name": said(line["name"], t),
            "bar": share_bar(line["share"], line["median"]),
            "lacks": t("list_comma").join(line["missing"]),
        }
        for line in aspect_lines(document, detail["code"])
    ]
    indicators = indicator_rows(document, detail, t)
    return {
        "week": document,
        "week_title": week_name(document["week"], t),
        "town": detail,
        "word": level_word(detail["level"], t),
        "shown": index_text(detail["index"], document["bands"]),
        "ranked": ranked,
        **interval(detail, ranked, t),
        **rank_move(detail, t),
        "previous": previous(detail, document, t),
        "chances": chances(detail["in_band"], t),
        "cap": cap(detail, document, t),
        "lacking": lacking(document, detail, t),
        "signs": signs(detail, t),
        "badge": card_badge(detail.get("card"), t, cards),
        "costs": bars(indicators, "lost", -1.0),
        "gains": bars([row for row in indicators if not row["no_gain_text"]], "gain", 1.0),
        "lines": lines,
        "radar": radar(lines, detail["name"], t),
        "trend": trend(document, detail, t),
        "indicators": indicators,
        "behind": any(row["behind"] for row in indicators),
        "neighbours": [{"code": town["code"], "name": town["name"]} for town in document["towns"]],
    }


def previous(detail: Document, document: Document, t: Texts) -> str:
    """Return last week's published index and rank in words; empty when there is none."""
    before = detail["previous"]
    if not before:
        return ""
    return t(
        "week_town_before",
        index=index_text(before["index"], document["bands"]) or t("unknown"),
        rank=before["rank"] or "–",
        week=week_name(before["week"], t),
        revision=before["revision"],
    )


def chances(in_band: Mapping[str, float] | None, t: Texts) -> list[dict[str, Any]]:
    """Return the probability of each level, the likeliest first; below 1 % none is shown."""
    there = [(level, (in_band or {}).get(level) or 0.0) for level in LEVELS]
    shown = sorted((one for one in there if one[1] >= LEAST_CHANCE), key=lambda one: -one[1])
    return [
        {"level": level, "word": level_word(level, t), "share": share, "said": chance_text(share)}
        for level, share in shown
    ]


def cap(detail: Document, document: Document, t: Texts) -> str:
    """Return why the index may not be higher; empty when it may."""
    held = detail["cap"]
    if not held:
        return ""
    return t(
        "week_town_cap",
        reason=held["reason"],
        week=week_name(held["until_week"], t),
        score=f"{held['score']:g}",
        before=index_text(detail["before_cap"], document["bands"]) or t("unknown"),
    )


def lacking(document: Document, detail: Document, t: Texts) -> str:
    """Return what is missing for this town in words; empty when nothing is."""
    names = {one["code"]: said(one["name"], t) for one in document["indicators"]}
    codes = [code for one in detail["aspects"] for code in one["missing"]]
    if not codes:
        return ""
    key = "week_town_no_data" if detail["index"] is None else "week_town_missing"
    return t(key, items=t("list_comma").join(f"{code} {names[code]}" for code in codes))


def signs(detail: Document, t: Texts) -> str:
    """Return how many signs of gaming the week counts against a town and what they cost."""
    if not detail["signs"]:
        return ""
    one = next((one for one in detail["indicators"] if one["facts"].get("sign_points")), None)
    if one is None:
        return t("week_town_signs", count=detail["signs"])
    found = one["facts"]
    key = "week_town_signs_most" if found["points"] > one["value"] else "week_town_signs_points"
    return t(
        key,
        count=detail["signs"],
        points=formatting.measured(found["sign_points"]),
        code=one["code"],
        most=formatting.measured(one["value"]),
    )


def indicator_rows(document: Document, detail: Document, t: Texts) -> list[dict[str, Any]]:
    """Return every indicator with what it is worth, what was got and what stands behind it."""
    parts = {one["code"]: one for one in document["indicators"]}
    aspects = {one["code"]: said(one["name"], t) for one in document["aspects"]}
    day = document["known_until"][:10]
    return [_indicator(one, parts[one["code"]], aspects, day, t) for one in detail["indicators"]]


def _indicator(
    one: Document, part: Document, aspects: Mapping[str, str], day: str, t: Texts
) -> dict[str, Any]:
    unit, department = part["unit"], said(part["department"], t)
    drawn = one["small"] and one["drawn"] is not None and one["drawn"] != one["value"]
    evidence = [_evidence(row, day) for row in one["evidence"]]
    reported = one["origin"] == "department" and len(evidence) == 1
    return {
        **one,
        "aspect": part["aspect"],
        "aspect_name": aspects[part["aspect"]],
        "name": said(part["name"], t),
        "unit": said(unit, t),
        "value_text": _value_text(one, unit, t),
        "full_text": with_unit(part["full"], unit, t),
        "counts": counts(one),
        "counts_label": counts_label(unit, t),
        "posts": f"{formatting.measured(part['zero'])}–{formatting.measured(part['full'])}",
        "bar": share_bar(one["score"]),
        "best_here": one["best"]["points"] if one["best"] else None,
        "rescaled": _rescaled(one, part, t),
        "hint": _hint(one, drawn, t),
        "no_gain_text": _no_gain_text(one, t),
        "drawn_text": t("week_town_drawn", value=with_unit(one["drawn"], unit, t)) if drawn else "",
        "origin_text": t(f"week_town_origin_{_origin(one, part)}", department=department),
        "facts_text": facts(one["facts"], t),
        "report": evidence[0] if reported else None,
        "behind": [] if reported else evidence,
        "whole": _whole(one),
    }


_COUNTS = {"起/万人": "week_town_counts_heads", "比": "week_town_counts_ratio"}
"""Units whose two counts are no cases out of cases."""
_NO_GAIN = {"lapses": "week_town_lapses", "small": "week_town_usual"}


def _no_gain_text(one: Document, t: Texts) -> str:
    """Return why nothing can be gained now; weeks stored earlier do not say it themselves."""
    idle = one["value"] is None and one["denominator"] == 0
    why = one.get("no_gain") or ("small" if idle else None)
    return t(_NO_GAIN[why]) if why else ""


def _hint(one: Document, drawn: bool, t: Texts) -> str:
    """Return why points are lost though nothing can be done now; empty where something can."""
    if drawn:
        few = one["value"] is not None
        return t("week_town_few", counts=counts(one)) if few else t("week_town_idle")
    return t("week_town_lapses") if one.get("no_gain") == "lapses" else ""


def _origin(one: Document, part: Document) -> str:
    """Return where a value came from; what was delivered for records stands in for them."""
    stood_in = one["origin"] == "department" and part["origin"] == "records"
    return "stand_in" if stood_in else str(one["origin"])


def _whole(one: Document) -> bool:
    """Tell whether nothing is left to gain, nor to be said about it."""
    gain = one["gain"]
    return gain is not None and gain < LEAST_SHOWN and not one.get("no_gain")


def _rescaled(one: Document, part: Document, t: Texts) -> str:
    """Return the points of the scheme when a missing neighbour made them more; else nothing."""
    if one["of"] is None or abs(one["of"] - part["points"]) < LEAST_SHOWN:
        return ""
    return t("week_town_rescaled", points=formatting.measured(part["points"]))


def _value_text(one: Document, unit: str, t: Texts) -> str:
    """Return the value in words; nothing to do (0 of 0) is not the same as unknown."""
    if one["value"] is None and one["denominator"] == 0:
        return t("week_town_nothing")
    return with_unit(one["value"], unit, t)


def with_unit(value: float | None, unit: str, t: Texts) -> str:
    """Return a value with its unit, e.g. 62.5%; "缺" when unknown."""
    if value is None or not formatting.is_known(value):
        return t("unknown")
    shown = formatting.measured(value)
    if unit == "%":
        return f"{shown}%"
    return shown if unit == "比" else f"{shown} {said(unit, t)}"


def counts(one: Document) -> str:
    """Return numerator and denominator, e.g. 7 / 12; empty when there are none."""
    if one["numerator"] is None or one["denominator"] is None:
        return ""
    return f"{formatting.measured(one['numerator'])} / {formatting.measured(one['denominator'])}"


def counts_label(unit: str, t: Texts) -> str:
    """Return what the two counts of an indicator are where they are not "met of all"."""
    return t(_COUNTS[unit]) if unit in _COUNTS else ""


def facts(found: Mapping[str, Any], t: Texts) -> str:
    """Return the known facts of a number in words: 死亡 1 人，一般超期 2 项."""
    return t("comma").join(
        t(f"week_fact_{name}", value=formatting.measured(value))
        for name, value in found.items()
        if f"week_fact_{name}" in TEXTS and value
    )


def _evidence(row: Document, day: str) -> dict[str, Any]:
    return {**row, "href": record_address(f"{row['kind']}:{row['key']}", day)}


def bars(rows: Sequence[Document], key: str, sign: float) -> dict[str, Any]:
    """Return the indicators by lost (or gained) points, the largest first, the rest folded."""
    there = [row for row in rows if (row[key] or 0.0) >= LEAST_SHOWN]
    ordered = sorted(there, key=lambda row: (-row[key], row["code"]))
    scale = charts.bar_scale([row[key] for row in ordered])
    made = [
        {**row, "value": sign * row[key], "picture": charts.bar(row[key], scale)} for row in ordered
    ]
    shown = made if len(made) <= SHOWN_BARS + 1 else made[:SHOWN_BARS]
    rest = made[len(shown) :]
    return {"rows": shown, "rest": rest, "rest_sum": sum(row["value"] for row in rest)}


def trend(document: Document, detail: Document, t: Texts) -> dict[str, Any]:
    """Return the trend as a picture and as rows, the newest week first."""
    points = [
        {
            **point,
            "name": week_name(point["week"], t),
            "word": level_word(point["level"], t),
            "shown": index_text(point["index"], document["bands"]) or t("unknown"),
        }
        for point in detail.get("trend") or ()
    ]
    for point in points:
        point["text"] = f"{point['name']} {point['word']} {point['shown']}"
        if point.get("status") == "draft":
            point["text"] += f" {t('status_draft')}"
    label = t(
        "week_town_trend_label", items=t("comma").join(point["text"] for point in points[-3:])
    )
    bands = [band for band in band_texts(document, t) if band["min"] > 0]
    return {
        "picture": week_trend(points, bands, FILLS, label, t),
        "rows": points[::-1],
        "span": span_text([point["week"] for point in points], t),
    }
