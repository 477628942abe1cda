"""What riskmap says about a number, by language: reasons, rules, actions, why an item counts.

Chinese texts are stored with the day and shown as they are. English ones are put together here
from the structured parts that stand beside them; names from data stay as they are. A day that was
stored without parts keeps its Chinese text.
"""

from collections.abc import Callable, Mapping
from typing import Any

from riskmap.daily.day_scheme import DayScheme
from web import formatting
from web.texts.lookup import TEXTS, Texts
from web.texts.rows import VALUES

Parts = Mapping[str, Any]


def sector_name(code: str | None, scheme: DayScheme, t: Texts) -> str:
    """Return a sector by language; empty when there is none."""
    return t.pick(code, scheme.sectors.get(code, code)) if code else ""


def unit_name(unit: str, t: Texts) -> str:
    """Return the unit of a hazard indicator by language."""
    key = f"unit_{unit}"
    return t(key) if key in TEXTS else unit


def signal_words(kind: str, level: str | None, scheme: DayScheme, t: Texts) -> str:
    """Return type and level of a weather signal, e.g. ``orange heat signal``, 高温橙色预警."""
    word = t(f"level_{level}").lower() if level else ""
    kind = t.pick(kind, scheme.signals.get(kind, kind))
    return t("signal_words", type=kind, word=word).strip()


def contribution_label(item: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return what a contribution, or a part of the change, comes from."""
    factor, parts = item["factor"], item.get("parts")
    if t.language == "zh" and not (parts and parts.get("unit") == "R"):
        return str(item["label"])
    if parts is None:
        return t("label_stored", factor=t(f"factor_{factor}"), label=item["label"])
    text = _FACTORS.get(factor, _factor_alone)(parts, scheme, t) or t(f"factor_{factor}")
    return t("label_gone", label=text) if parts.get("gone") else text


def _inherent(parts: Parts, _: DayScheme, t: Texts) -> str:
    if parts.get("raw") is None:
        return ""
    raw = f"{parts['raw']:.4g}"
    if parts["unit"] == "R":
        return t("label_inherent_r", raw=raw)
    return t("label_inherent", raw=raw, unit=unit_name(parts["unit"], t))


def _weather(parts: Parts, scheme: DayScheme, t: Texts) -> str:
    words = signal_words(parts["type"], parts["level"], scheme, t)
    text = t("label_weather", signal=words, effect=parts["effect"])
    place = parts.get("part")
    return f"{text} ({scheme.subsectors.get(place, place)})" if place else text


def _backlog(parts: Parts, _: DayScheme, t: Texts) -> str:
    named = zip(("general", "overdue", "major", "major_overdue"), parts["counts"], strict=True)
    said = [f"{count:.0f} {t(f'backlog_{name}')}" for name, count in named if count]
    return t("label_backlog", counts=t("comma").join(said))


def _accident(parts: Parts, _: DayScheme, t: Texts) -> str:
    return t("label_accident", value=f"{parts['sum']:.2f}")


def _special(parts: Parts, _: DayScheme, t: Texts) -> str:
    return t("label_special", name=parts["name"])


def _control(parts: Parts, _: DayScheme, t: Texts) -> str:
    return t("label_control", value=f"{parts['factor']:.3f}")


def _cap(_: Parts, __: DayScheme, t: Texts) -> str:
    return t("label_cap")


def _factor_alone(_: Parts, __: DayScheme, ___: Texts) -> str:
    return ""


_FACTORS: Mapping[str, Callable[[Parts, DayScheme, Texts], str]] = {
    "inherent": _inherent,
    "weather": _weather,
    "backlog": _backlog,
    "accident": _accident,
    "special": _special,
    "control": _control,
    "cap": _cap,
}


def rule_name(rule: str, t: Texts) -> str:
    """Return what a rule is called in few words."""
    return t(f"rule_{rule}")


def floor_short(floor: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return a rule in few words: the signal of E1, else what the rule is called."""
    parts = floor.get("parts")
    if floor["rule"] == "E1" and parts:
        return signal_words(parts["type"], parts["level"], scheme, t)
    if floor["rule"] == "E7" and floor.get("effect", 1) < 0:
        return t("rule_E7_down")
    return rule_name(floor["rule"], t)


def contribution_short(item: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return a contribution in few words: the weather signal, else sector and factor."""
    parts = item.get("parts")
    if item["factor"] == "weather" and parts:
        return signal_words(parts["type"], parts["level"], scheme, t)
    sector, factor = sector_name(item["sector"], scheme, t), t(f"factor_{item['factor']}")
    return t("reason_factor", sector=sector, factor=factor)


def floor_text(floor: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return what a rule found: its stored text, in English a sentence by rule and parts."""
    if t.language == "zh":
        return str(floor["text"])
    rule, parts = floor["rule"], floor.get("parts")
    if rule == "E1" and parts:
        return t(
            "rule_E1_parts",
            signal=signal_words(parts["type"], parts["level"], scheme, t),
            sector=sector_name(parts["sector"], scheme, t),
            effect=parts["effect"],
            inherent=f"{parts['inherent']:.2f}",
        )
    if rule == "E7" and floor.get("effect", 1) < 0:
        return t("rule_E7_down")
    key = f"rule_{rule}"
    return t(key) if key in TEXTS else str(floor["text"])


def action_text(action: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return an action of the catalogue; one without an English text keeps its own."""
    key = f"action_{action['action']}"
    if t.language == "zh" or key not in TEXTS:
        return str(action["text"])
    return t(key, sector=sector_name(action["sector"], scheme, t), count=action["count"])


def why_text(risk: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return why an item counts."""
    parts, told = risk.get("why_parts"), _WHYS.get(risk["kind"])
    if t.language == "zh" or parts is None or told is None:
        return str(risk["why"])
    return told(parts, scheme, t)


def _why_source(parts: Parts, _: DayScheme, t: Texts) -> str:
    if parts["r"] is None:
        return t("why_r_unknown")
    key = "why_r_none" if parts["level"] == 0 else "why_r_level"
    return t(key, r=f"{parts['r']:.1f}", level=parts["level"])


def _why_enterprise(parts: Parts, _: DayScheme, t: Texts) -> str:
    sector = TEXTS.get(f"enterprise_{parts['sector']}", (parts["sector"], parts["sector"]))[1]
    grade = parts["grade"]
    graded = t("why_graded", grade=t(f"level_{grade}").lower()) if grade else t("why_ungraded")
    flags = [TEXTS.get(f"flag_{flag}", (flag, flag))[1] for flag in parts["flags"]]
    return t("comma").join([sector or t("why_no_sector"), graded, *flags])


def _why_point(parts: Parts, _: DayScheme, t: Texts) -> str:
    kind = VALUES["kind"].get(parts["kind"], (parts["kind"], parts["kind"]))[1]
    severity = parts["severity"]
    word = VALUES["severity"].get(severity, (severity, severity))[1] if severity else ""
    return f"{kind} ({word})" if word else kind


def _why_danger(parts: Parts, _: DayScheme, t: Texts) -> str:
    grade = VALUES["grade"].get(parts["grade"], (parts["grade"], parts["grade"]))[1]
    found = t("why_danger", grade=grade, day=formatting.short_date(parts["found"], t.language))
    late = parts["overdue_days"]
    return found + (t("why_overdue", days=late) if late else t("why_open"))


def _why_accident(parts: Parts, _: DayScheme, t: Texts) -> str:
    return t("why_accident", grade=t(f"accident_{parts['grade']}"), days=parts["days"])


def _why_alarm(_: Parts, __: DayScheme, t: Texts) -> str:
    return t("rule_E2")


def _why_warning(parts: Parts, scheme: DayScheme, t: Texts) -> str:
    words = signal_words(parts["type"], parts["level"], scheme, t)
    return t("comma").join(part for part in (words, parts["station"]) if part)


_WHYS: Mapping[str, Callable[[Parts, DayScheme, Texts], str]] = {
    "hazard_source": _why_source,
    "enterprise": _why_enterprise,
    "risk_point": _why_point,
    "hidden_danger": _why_danger,
    "accident": _why_accident,
    "alarm": _why_alarm,
    "warning": _why_warning,
}
