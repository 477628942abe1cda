"""One town's stored day as its page shows it: reasons, changes, trend, risks, inputs, sources."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from riskmap.colours import COLOURS
from riskmap.daily.day_scheme import DayScheme
from web import charts
from web.daily.day_view import (
    WORST_FIRST,
    band_texts,
    change_text,
    is_ruled,
    is_unusual,
    level_word,
    source_name,
)
from web.labels import (
    action_text,
    contribution_label,
    floor_text,
    rule_name,
    sector_name,
    unit_name,
    why_text,
)
from web.texts.lookup import TEXTS, Texts

SHOWN_BARS = 10
RECORD_KINDS = {
    "hidden_danger": "hidden_dangers",
    "accident": "accidents",
    "warning": "warnings",
    "alarm": "alarms",
}
LAYER_KINDS = {"enterprise": "enterprises", "risk_point": "risk_points", "target": "targets"}
FACTS = (
    ("population", "population", None),
    ("density", "density", "exposure_norm"),
    ("vulnerable", "vulnerable", "vulnerable_norm"),
    ("area", "area_km2", None),
    ("index", "index", None),
    ("closure", "closure", None),
    ("online", "online", None),
    ("control", "control", None),
)
"""Text key, key in the inputs, key of its normalised value."""


def town_view(
    document: Mapping[str, Any], detail: Mapping[str, Any], scheme: DayScheme, t: Texts
) -> dict[str, Any]:
    """Return the context of the town page.

    Parameters
    ----------
    document, detail
        The day and the town as `riskmap.daily.days` gives them.
    scheme
        Words of the scheme that the day was computed with.
    t
        Texts in the reader's language.
    """
    day = document["date"]
    words = {level: level_word(level, t) for level in COLOURS}
    return {
        "day": document,
        "town": detail,
        "word": words[detail["level"]],
        "words": words,
        "change_words": change_text(detail, t),
        "unusual": is_unusual(detail, scheme),
        "floors": [floor_view(floor, day, scheme, t) for floor in detail["floors"]],
        "reasons": bars(detail["contributions"], scheme, t),
        "band_note": band_note(detail, words, t),
        "held_by": t("list_comma").join(rule_name(rule, t) for rule in detail["held_by"]),
        "rule_changes": rule_changes(detail, day, scheme, t),
        "changes": bars(detail["change_items"], scheme, t),
        "trend": charts.trend(
            detail["trend"],
            scheme.bands,
            {level: colour.fill for level, colour in COLOURS.items()},
            words,
            t.language,
        ),
        "bands": band_texts(scheme),
        "risks": [risk_view(risk, day, scheme, t) for risk in detail["top_risks"]],
        "communities": [
            {
                **community,
                "risks": [risk_view(r, day, scheme, t) for r in community["top_risks"]],
            }
            for community in detail["communities"]
            if community["top_risks"]
        ],
        "sectors": [
            {
                **row,
                "name": sector_name(row["sector"], scheme, t),
                "hazard_unit": unit_name(row["hazard_unit"], t),
                "href": layer_address(row["rows"]["layer"], detail["code"]) if row["rows"] else "",
            }
            for row in detail["inputs"]["sectors"]
        ],
        "facts": facts(detail["inputs"], t),
        "incomplete": t("comma").join(term_of(name, scheme, t) for name in detail["incomplete"]),
        "what_if": detail["what_if"],
        "actions": [
            action_text(action, scheme, t)
            for action in (detail["what_if"] or {}).get("actions", ())
        ],
        "blocked": blocked_by(detail["what_if"], t),
        "sources": sources(document["provenance"], t),
    }


def bars(items: Sequence[Mapping[str, Any]], scheme: DayScheme, t: Texts) -> dict[str, Any]:
    """Return a bar picture: the largest items in order, the rest folded, and their sum."""
    ordered = sorted(items, key=lambda item: -abs(item["value"]))
    scale = charts.bar_scale([item["value"] for item in ordered])
    rows = [
        {
            "sector": sector_name(item["sector"], scheme, t),
            "label": contribution_label(item, scheme, t),
            "value": item["value"],
            "bar": charts.bar(item["value"], scale),
        }
        for item in ordered
    ]
    shown = rows if len(rows) <= SHOWN_BARS + 1 else rows[:SHOWN_BARS]
    rest = rows[len(shown) :]
    return {
        "rows": shown,
        "rest": rest,
        "rest_sum": sum(row["value"] for row in rest),
        "sum": sum(row["value"] for row in rows),
    }


def dominant_note(before: str | None, now: str | None, scheme: DayScheme, t: Texts) -> str:
    """Return the sentence that explains two large opposite items; empty when nothing moved.

    Half of the score counts the dominant sector alone, so when another sector takes its place
    the one loses and the other gains that half at once.
    """
    if not before or not now or before == now:
        return ""
    return t(
        "dominant_moved",
        before=sector_name(before, scheme, t),
        now=sector_name(now, scheme, t),
    )


def floor_view(floor: Mapping[str, Any], day: str, scheme: DayScheme, t: Texts) -> dict[str, Any]:
    """Return a rule with the word of its level and the address of the record behind it."""
    return {
        **floor,
        "text": floor_text(floor, scheme, t),
        "word": level_word(floor["level"], t),
        "href": record_address(floor.get("record"), day),
    }


def band_note(town: Mapping[str, Any], words: Mapping[str, str], t: Texts) -> str:
    """Return that rules moved the level away from the band of the score; empty where none did."""
    level, band = town["level"], town["band_level"]
    if not is_ruled(town) or band not in WORST_FIRST:
        return ""
    by_hand = [one["level"] for one in town["floors"] if one["rule"] == "E7" and one["effect"] < 0]
    if by_hand and by_hand[-1] in WORST_FIRST:
        raised = [one["level"] for one in town["floors"] if one["rule"] not in ("E8", "E9")]
        held = min((band, *raised), key=WORST_FIRST.index)
        said = t("band_note_score", band=words[band])
        said += t("band_note_held", level=words[held]) if held != band else ""
        said += t("band_note_by_hand", level=words[by_hand[-1]])
        return said + (t("band_note_kept", level=words[level]) if level != by_hand[-1] else "")
    lower = WORST_FIRST.index(level) > WORST_FIRST.index(band)
    return t("band_note_down" if lower else "band_note", band=words[band], level=words[level])


def rule_changes(
    detail: Mapping[str, Any], day: str, scheme: DayScheme, t: Texts
) -> list[dict[str, Any]]:
    """Return the rules that ended, changed or began since yesterday as sentences."""
    return [
        {
            **floor_view(row, day, scheme, t),
            "sentence": t(
                f"rule_{row['kind']}",
                rule=floor_text(row, scheme, t),
                level=level_word(row["level"], t),
                before=level_word(row["level_before"], t) if row["level_before"] else "",
            ),
        }
        for row in detail["rule_changes"] or ()
    ]


def record_address(reference: str | None, day: str) -> str:
    """Return the page of a record named `kind:key`; empty when there is none."""
    kind, _, key = (reference or "").partition(":")
    if not key:
        return ""
    if kind == "days":
        return f"/map/{quote(key, safe='')}"
    return f"/records/{quote(kind, safe='')}?{urlencode({'id': key, 'date': day})}"


def layer_address(layer: str, town: str) -> str:
    """Return the rows of a layer (or record kind) in one town."""
    family = "records" if layer in RECORD_KINDS.values() else "layers"
    return f"/{family}/{quote(layer, safe='')}?{urlencode({'town': town})}"


def risk_view(risk: Mapping[str, Any], day: str, scheme: DayScheme, t: Texts) -> dict[str, Any]:
    """Return a top risk with the address of its row."""
    kind, key = risk["kind"], str(risk["id"])
    if kind == "hazard_source":
        href = f"/hazard-sources/{quote(key, safe='')}"
    elif kind in RECORD_KINDS:
        href = record_address(f"{RECORD_KINDS[kind]}:{key}", day)
    else:
        layer = risk.get("layer") or LAYER_KINDS.get(kind, kind)
        href = f"/layers/{quote(layer, safe='')}?{urlencode({'id': key})}"
    name = sector_name(risk["sector"], scheme, t)
    return {**risk, "href": href, "sector_name": name, "why": why_text(risk, scheme, t)}


def blocked_by(what_if: Mapping[str, Any] | None, t: Texts) -> str:
    """Return what stands in the way of the next better level, in words."""
    return t("comma").join(
        t("blocked_score")
        if name == "score"
        else t("blocked_rule", name=rule_name(name, t), rule=name)
        for name in (what_if or {}).get("blocked_by", ())
    )


def facts(inputs: Mapping[str, Any], t: Texts) -> list[dict[str, Any]]:
    """Return the inputs of the whole town: label, value, normalised value, kind."""
    return [
        {
            "label": t(f"fact_{key}"),
            "said": _said_of_index(inputs, t) if key == "index" else None,
            "value": inputs.get(name),
            "norm": inputs.get(norm) if norm else None,
            "share": key in ("closure", "online"),
        }
        for key, name, norm in FACTS
    ]


def _said_of_index(inputs: Mapping[str, Any], t: Texts) -> dict[str, str] | None:
    """Return of which week the index is, whether riskmap published it, and how old it is.

    None where no index was used. A day that was computed before revisions were kept does not
    say who published it.
    """
    week = inputs.get("index_week")
    if not week:
        return None
    revision = inputs.get("index_revision")
    source = t("fact_index_published", revision=revision) if revision else ""
    if not revision and "index_revision" in inputs:
        source = t("fact_index_delivered")
    return {
        "week": week,
        "href": f"/weekly/{week}?revision={revision}" if revision else "",
        "source": source,
        "age": t("fact_index_age", age=f"{inputs['index_age_days']:.0f}"),
    }


def term_of(name: str, scheme: DayScheme, t: Texts) -> str:
    """Return what an unknown term or hazard indicator is called."""
    if name in scheme.hazards:
        return t.pick(scheme.hazards[name], scheme.hazards_en.get(name, name))
    key = f"term_{name}"
    return t(key) if key in TEXTS else source_name(name, t)


def sources(provenance: Mapping[str, Any], t: Texts) -> list[dict[str, Any]]:
    """Return every source of the day: name, age, limit [days], rows, stale or never there."""
    layers = [
        {
            "name": source_name(name, t),
            "age_days": layer.get("age_days"),
            "limit_days": layer.get("limit_days"),
            "rows": layer.get("rows"),
            "stale": bool(layer.get("stale")),
            "known": layer.get("digest") is not None,
            "note": layer.get("note") or "",
        }
        for name, layer in provenance["layers"].items()
    ]
    records = [
        {
            "name": source_name(kind, t),
            "age_days": _days(record.get("age_h")),
            "limit_days": _days(record.get("limit_h")),
            "rows": record.get("rows"),
            "stale": bool(record.get("stale")),
            "known": bool(record.get("known")),
            "note": "",
        }
        for kind, record in provenance["records"].items()
    ]
    return layers + records


def _days(hours: float | None) -> float | None:
    return None if hours is None else hours / 24
