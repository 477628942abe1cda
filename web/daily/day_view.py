"""A stored day as the map page shows it: headline, towns in order, words on polygons.

Nothing is computed but order, counts of what is listed, and words.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from riskmap.daily.day_scheme import DayScheme
from riskmap.daily.explaining import worst_first
from web import charts, formatting
from web.labels import (
    contribution_label,
    contribution_short,
    floor_short,
    floor_text,
    sector_name,
)
from web.texts.lookup import Texts
from web.texts.rows import NAMES

WORST_FIRST = ("red", "orange", "yellow", "blue", "green")
RAISED = WORST_FIRST[:3]
RULED = "※"
"""Mark of a level that a rule gave, as on the picture of the map."""
SLIDER_DAYS = 30
NAMED = 2
"""Worst towns that the headline names."""


def level_word(level: str, t: Texts) -> str:
    """Return the word of a level."""
    return t(f"level_{level}")


def headline(
    document: Mapping[str, Any],
    today: date,
    t: Texts,
    scheme: DayScheme,
    details: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the parts of the headline: lead, worst towns with why, counts, moves, weather.

    `details` are those of all towns; without them no town is named.
    """
    day = date.fromisoformat(document["date"])
    counts = document["headline_counts"]
    shown = [level for level in RAISED if counts[level]]
    rest = ["no_data"] if counts["no_data"] else []
    return {
        "lead": t("today") if day == today else formatting.short_date(day, t.language),
        "counts": [
            {"level": level, "word": level_word(level, t), "count": counts[level]}
            for level in (*shown, *rest)
        ],
        "calm": not shown,
        "moves": moves(document["towns"], document.get("headline_previous"), t),
        "worst": worst_towns(details, scheme, t),
        "reason": reason(document, t, scheme.signals),
    }


def worst_towns(
    details: Sequence[Mapping[str, Any]], scheme: DayScheme, t: Texts
) -> list[dict[str, str]]:
    """Return the worst towns at red, orange or yellow: name, level and why in few words."""
    raised = [town for town in details if town["level"] in RAISED]
    return [
        {
            "name": town["name"],
            "level": town["level"],
            "word": level_word(town["level"], t),
            "why": short_reason(town, scheme, t),
        }
        for town in worst_first(raised)[:NAMED]
    ]


def short_reason(detail: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return the first reason of a town in few words; empty where there is none."""
    floor, item = _first(detail)
    if floor:
        return floor_short(floor, scheme, t)
    return contribution_short(item, scheme, t) if item else ""


def moves(towns: Iterable[Mapping[str, Any]], previous: object, t: Texts) -> str:
    """Return how many towns went up and down a level since yesterday; empty when unknown."""
    if previous is None:
        return ""
    steps = [town["change"]["level"] or 0 for town in towns]
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    parts = ([f"↑{up}"] if up else []) + ([f"↓{down}"] if down else [])
    return t("versus", moves=" ".join(parts)) if parts else t("no_moves")


def reason(document: Mapping[str, Any], t: Texts, names: Mapping[str, str] | None = None) -> str:
    """Return the weather signal that matters most, by level then time, with its station."""
    signals = document["signals"]
    if not signals:
        known = document["provenance"]["records"].get("warnings", {}).get("known", False)
        return t("signals_none") if known else t("signals_unknown")
    worst = min(signals, key=lambda one: (_rank(one["level"]), -_seconds(one["issued_at"])))
    text = signal_short(worst, t, names or {})
    if len(signals) > 1:
        text += t("signals_more", count=len(signals))
    return text


def signal_short(signal: Mapping[str, Any], t: Texts, names: Mapping[str, str]) -> str:
    """Return one signal in short: type, level, station, time of issue."""
    return t(
        "signal_short",
        type=t.pick(signal["type"], names.get(signal["type"], signal["type"])),
        word=level_word(signal["level"], t),
        station=signal["station"],
        clock=formatting.clock(signal["issued_at"]),
    )


def is_unusual(town: Mapping[str, Any], scheme: DayScheme) -> bool:
    """Say whether today is unusual for this town among its own past days."""
    unusual = town.get("unusual") or {}
    percentile, days = unusual.get("percentile"), unusual.get("days") or 0
    return (
        percentile is not None
        and percentile >= scheme.unusual_high
        and (days >= scheme.unusual_days)
    )


def unusual_line(document: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return how many towns are unusual today when they are more than half; else empty."""
    towns = document["towns"]
    count = sum(is_unusual(town, scheme) for town in towns)
    if 2 * count <= len(towns):
        return ""
    return t("unusual_all" if count == len(towns) else "unusual_most", count=count)


def band_texts(scheme: DayScheme) -> list[dict[str, Any]]:
    """Return the legend: level and limits in points, worst first."""
    texts = []
    for band in scheme.bands:
        low, high = f"{band['low']:g}", f"{band['high']:g}"
        text = (
            f"≥ {low}"
            if band["high"] >= 100
            else f"< {high}"
            if band["low"] <= 0
            else (f"{low}–{high}")
        )
        texts.append({**band, "text": text})
    return texts


def change_mark(town: Mapping[str, Any]) -> str:
    """Return the thin mark of a change of level: ↑ worse, ↓ better, empty for none."""
    step = town["change"]["level"]
    return "" if not step else "↑" if step > 0 else "↓"


def change_text(town: Mapping[str, Any], t: Texts) -> str:
    """Return the change of level in words."""
    step = town["change"]["level"]
    if step is None:
        return t("no_yesterday")
    if step == 0:
        return t("level_same")
    return t("level_up" if step > 0 else "level_down", steps=abs(step))


def first_reason(detail: Mapping[str, Any] | None, scheme: DayScheme, t: Texts) -> str:
    """Return the first reason sentence of a town.

    It is the floor that made the level, else the largest contribution of the day (weather,
    backlog, accidents, special periods), else the largest of all.
    """
    if detail is None:
        return t("no_reason")
    floor, item = _first(detail)
    if floor:
        return floor_text(floor, scheme, t)
    return contribution_sentence(item, scheme, t) if item else t("no_reason")


def is_ruled(town: Mapping[str, Any]) -> bool:
    """Say whether a rule, not the band of the score, gave the level."""
    return town["level"] not in (town.get("band_level"), "no_data")


def oldest_source(document: Mapping[str, Any], t: Texts) -> dict[str, Any] | None:
    """Return name and age of the oldest source of a day; None when no age is known.

    Of several that are equally old, one past its limit is named first.
    """
    oldest = document.get("oldest_source")
    if not oldest:
        return None
    age = oldest["age_days"]
    past = [name for name, source in _sources(document) if source["stale"]]
    equal = [name for name, source in _sources(document) if source.get("age_days") == age]
    name = next((one for one in equal if one in past), oldest["name"])
    return {"name": source_name(name, t), "age_days": age}


def stale_sources(document: Mapping[str, Any], t: Texts, shown: int = 3) -> str:
    """Return how many sources are past their limit and the first few names; empty for none."""
    past = [source_name(name, t) for name, source in _sources(document) if source["stale"]]
    if not past:
        return ""
    more = t("stale_more") if len(past) > shown else ""
    return t("stale_sources", count=len(past), names=t("list_comma").join(past[:shown]) + more)


def _sources(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every layer and record kind of a day with what is stored of its age."""
    provenance = document["provenance"]
    return [*provenance["layers"].items(), *provenance["records"].items()]


def signals(document: Mapping[str, Any], now: datetime | None) -> list[dict[str, Any]]:
    """Return the signals in force at the day's moment; `ended` when one is over at `now`.

    On a past day `now` is None: what was in force then is shown as it was.
    """
    return [
        {
            **signal,
            "ended": now is not None and datetime.fromisoformat(signal["expires_at"]) <= now,
        }
        for signal in document["signals"]
    ]


def source_name(source: str, t: Texts) -> str:
    """Return what a layer or record kind is called."""
    return t.pick(*NAMES.get(source, (source, source)))


def contribution_sentence(item: Mapping[str, Any], scheme: DayScheme, t: Texts) -> str:
    """Return a contribution as a sentence: sector, points, what it is."""
    sector = sector_name(item["sector"], scheme, t)
    label = contribution_label(item, scheme, t)
    return f"{sector} {formatting.signed(item['value'])}{t('colon')}{label}"


def town_rows(
    document: Mapping[str, Any],
    details: Sequence[Mapping[str, Any]],
    trends: Mapping[str, Sequence[float | None]],
    scheme: DayScheme,
    t: Texts,
) -> list[dict[str, Any]]:
    """Return the rows of the list beside the map, worst first.

    Where most towns are unusual the headline says so and no row has a dot.
    """
    span = charts.common_span(list(trends.values()))
    dots = not unusual_line(document, scheme, t)
    by_code = {detail["code"]: detail for detail in details}
    return [
        {
            **town,
            "word": level_word(town["level"], t),
            "href": town_address(document, town["code"]),
            "mark": change_mark(town),
            "ruled": RULED if is_ruled(town) else "",
            "change_text": change_text(town, t),
            "is_unusual": dots and is_unusual(town, scheme),
            "sector": sector_name(town["dominant_sector"], scheme, t),
            "sparkline": charts.sparkline(trends.get(town["code"], ()), span),
            "reason": first_reason(by_code.get(town["code"]), scheme, t),
        }
        for town in worst_first(document["towns"])
    ]


def town_address(document: Mapping[str, Any], code: str) -> str:
    """Return the address of a town's page on this day."""
    return f"/towns/{code}?date={document['date']}"


def map_properties(rows: Iterable[Mapping[str, Any]], t: Texts) -> dict[str, dict[str, Any]]:
    """Return what the polygons carry, by town code."""
    return {
        row["code"]: {
            "name": row["name"],
            "level": row["level"],
            "word": row["word"],
            "score": formatting.score(row["score"], ""),
            "mark": row["mark"],
            "ruled": row["ruled"],
            "unusual": row["is_unusual"],
            "href": row["href"],
            "title": t("comma").join(
                part
                for part in (
                    f"{row['name']} {row['word']} {formatting.score(row['score'], '')}".strip(),
                    t("legend_ruled") if row["ruled"] else "",
                    row["change_text"],
                    row["reason"],
                )
                if part
            ),
        }
        for row in rows
    }


def slider(days: Sequence[Mapping[str, Any]], shown: str) -> dict[str, Any]:
    """Return the dates of the slider (oldest first), the place of the shown one, neighbours."""
    dates = sorted(one["date"] for one in days)
    place = dates.index(shown)
    end = max(place + 1, len(dates)) if place >= len(dates) - SLIDER_DAYS else place + 1
    window = dates[max(0, end - SLIDER_DAYS) : end]
    return {
        "dates": window,
        "value": window.index(shown),
        "previous": dates[place - 1] if place > 0 else None,
        "next": dates[place + 1] if place + 1 < len(dates) else None,
    }


def _first(
    detail: Mapping[str, Any],
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """Return the floor that made the level, else None and the contribution that says most."""
    for floor in detail["floors"]:
        if floor["level"] == detail["level"] and floor.get("effect", 1):
            return floor, None
    items = [item for item in detail["contributions"] if item["value"] > 0]
    moving = [item for item in items if _moves(item)]
    return None, max(moving or items, key=lambda item: item["value"], default=None)


def _moves(item: Mapping[str, Any]) -> bool:
    """Say whether a contribution is of the day itself and shows in one decimal."""
    return item["factor"] not in ("inherent", "control", "cap") and item["value"] >= 0.05


def _rank(level: str) -> int:
    return WORST_FIRST.index(level) if level in WORST_FIRST else len(WORST_FIRST)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
