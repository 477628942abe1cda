"""A stored week as its page shows it: headline, towns in order, words on polygons, neighbours.

Nothing is computed but order, counts of what is listed, and words.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from riskmap.colours import LEVELS
from riskmap.weekly.export_rows import in_order
from riskmap.weekly.shown import index_text
from web import formatting
from web.daily.day_view import level_word
from web.texts.lookup import Texts
from web.texts.weekly_town import ENGLISH
from web.weekly.week_charts import interval_bar

Document = Mapping[str, Any]
NAMES_SHOWN = 3
"""Towns named for a shared first or last place, and missing indicators named in the list."""
_REMARK = re.compile(r"\s*[（(][^（(]*[）)]$")
STATES_SHOWN = ("proposed", "held", "answered", "applied")


def said(name: str, t: Texts) -> str:
    """Return a name of the scheme by language; one without an English word stays as it is."""
    return t.pick(name, ENGLISH.get(name, name))


def short(name: str) -> str:
    """Return a name without the remark that stands in brackets at its end.

    >>> short("30 日闭环率（镇街 15 日、区级 30 日）"), short("培训、警示教育完成率")
    ('30 日闭环率', '培训、警示教育完成率')
    """
    return _REMARK.sub("", name) or name


def week_name(week: str, t: Texts) -> str:
    """Return a week as it is called, e.g. 2026年第26周."""
    return t("weekly_week", year=week[:4], number=int(week[6:]))


def week_address(week: str, revision: int | None = None) -> str:
    """Return the address of a week's page."""
    return f"/weekly/{week}" + (f"?revision={revision}" if revision else "")


def town_address(document: Document, code: str, revision: int | None = None) -> str:
    """Return the address of a town's week; an older revision leads to its own."""
    return f"/weekly/{document['week']}/towns/{code}" + (
        f"?revision={revision}" if revision else ""
    )


def headline(document: Document, t: Texts) -> dict[str, Any]:
    """Return the one line that says the week: name, counts by level, mean, first and last."""
    district, bands = document["district"], document["bands"]
    counts = [
        {"level": level, "word": level_word(level, t), "count": district["levels"].get(level, 0)}
        for level in LEVELS
    ]
    mean = t("weekly_mean_unknown")
    if district["index"] is not None:
        mean = t("weekly_mean", index=index_text(district["index"], bands))
        if district["change"] is not None:
            change = t("weekly_since", value=formatting.signed(district["change"]))
            mean += t("comma") + change
    return {
        "lead": week_name(document["week"], t),
        "counts": [one for one in counts if one["count"]],
        "mean": mean,
        "ends": first_and_last(document, t),
    }


def first_and_last(document: Document, t: Texts) -> str:
    """Return who is first, who is last, and how many towns have no rank."""
    ranked = [town for town in document["towns"] if town["rank"] is not None]
    unranked = len(document["towns"]) - len(ranked)
    parts = []
    if ranked:
        lowest = max(town["rank"] for town in ranked)
        first = [town for town in ranked if town["rank"] == 1]
        parts.append(t("weekly_first", names=_names(first, document, t)))
        if lowest > 1:
            last = [town for town in ranked if town["rank"] == lowest]
            parts.append(t("weekly_last", names=_names(last, document, t)))
    if unranked:
        parts.append(t("weekly_unknown_towns", count=unranked))
    return t("comma").join(parts)


def _names(towns: Sequence[Document], document: Document, t: Texts) -> str:
    index = index_text(towns[0]["index"], document["bands"])
    named = t("list_comma").join(town["name"] for town in towns[:NAMES_SHOWN])
    more = t("weekly_more_missing", count=len(towns)) if len(towns) > NAMES_SHOWN else ""
    return f"{named}{more} {index}"


def town_rows(
    document: Document, t: Texts, cards: bool, revision: int | None = None
) -> list[dict[str, Any]]:
    """Return the rows of the list and of the table, by rank, towns without one last.

    Parameters
    ----------
    document
        The week.
    cards
        Whether the pages of cards are served.
    revision
        An older revision that is being read.
    """
    names = {one["code"]: short(said(one["name"], t)) for one in document["indicators"]}
    aspects = {one["code"]: said(one["name"], t) for one in document["aspects"]}
    ranked = sum(town["rank"] is not None for town in document["towns"])
    return [
        {
            **town,
            "word": level_word(town["level"], t),
            "href": town_address(document, town["code"], revision),
            "shown": index_text(town["index"], document["bands"]),
            **interval(town, ranked, t),
            **rank_move(town, t),
            "costs_text": costs_text(town, names, t),
            "weakest": aspects.get(town["weakest_aspect"] or "", ""),
            "capped": t("weekly_capped", score=f"{town['cap']['score']:g}") if town["cap"] else "",
            "badge": card_badge(town.get("card"), t, cards),
        }
        for town in in_order(document["towns"])
    ]


def interval(town: Document, ranked: int, t: Texts) -> dict[str, Any]:
    """Return the 90 % interval of a rank as a bar, in short and as a sentence."""
    if town["rank_interval"] is None or town["rank"] is None:
        return {"range": "", "range_short": "", "range_text": t("weekly_no_interval")}
    low, high = town["rank_interval"]
    one = low == high
    return {
        "range": interval_bar(low, high, town["rank"], ranked),
        "range_short": f"{low}" if one else t("weekly_interval_short", low=low, high=high),
        "range_text": t("weekly_interval_one" if one else "weekly_interval", low=low, high=high),
    }


def rank_move(town: Document, t: Texts) -> dict[str, Any]:
    """Return how the rank moved since last week: ↑ better, ↓ worse, in words."""
    before = (town["previous"] or {}).get("rank")
    if before is None or town["rank"] is None:
        return {"move": None, "mark": "", "move_text": t("weekly_rank_unknown")}
    move = before - town["rank"]
    if move == 0:
        return {"move": 0, "mark": "", "move_text": t("weekly_rank_same")}
    key = "weekly_rank_up" if move > 0 else "weekly_rank_down"
    mark = "↑" if move > 0 else "↓"
    return {"move": move, "mark": mark, "move_text": t(key, count=abs(move))}


def costs_text(town: Document, names: Mapping[str, str], t: Texts) -> str:
    """Return what costs a town most, or, without an index, what is missing."""
    if town["index"] is None:
        lacks = [code for one in town["aspects"] for code in one["missing"]]
        items = t("list_comma").join(names[code] for code in lacks[:NAMES_SHOWN])
        if len(lacks) > NAMES_SHOWN:
            items += t("weekly_more_missing", count=len(lacks))
        return t("weekly_missing", items=items)
    costs = [
        t("weekly_cost", name=names[one["indicator"]], lost=formatting.signed(-one["lost"]))
        for one in town["costs"]
        if one["lost"] >= 0.05
    ]
    return t("weekly_costs", items=t("comma").join(costs)) if costs else t("weekly_costs_none")


def card_badge(card: Document | None, t: Texts, linked: bool) -> dict[str, Any] | None:
    """Return the badge of a town's card: words, colour, state, address when there is a page."""
    if card is None:
        return None
    name = t(f"card_{card['card']}")
    state = card["state"] if card["state"] in STATES_SHOWN else "given"
    key = f"weekly_card_{state}"
    due = card.get("answer_due")
    return {
        "card": card["card"],
        "state": state,
        "name": name,
        "rest": t(key, card=""),
        "text": t(key, card=name),
        "due": t("weekly_answer_due", date=formatting.short_date(due[:10], t.language))
        if due
        else "",
        "href": f"/cards/{quote(card['number'], safe='')}" if linked else "",
    }


def map_properties(rows: Sequence[Document], t: Texts) -> dict[str, dict[str, Any]]:
    """Return what the polygons carry, by town code (as `web.map.day_map` wants it)."""
    return {
        row["code"]: {
            "name": row["name"],
            "level": row["level"],
            "word": row["word"],
            "score": row["shown"],
            "mark": row["mark"],
            "unusual": False,
            "href": row["href"],
            "title": t("comma").join(
                part
                for part in (
                    f"{row['name']} {row['word']} {row['shown']}".strip(),
                    row["range_text"] if row["rank"] else "",
                    row["costs_text"],
                )
                if part
            ),
        }
        for row in rows
    }


def band_texts(document: Document, t: Texts) -> list[dict[str, Any]]:
    """Return the legend: level, from where to where it goes, what it brings; worst first."""
    bands = sorted(document["bands"], key=lambda band: float(band["min"]))
    texts = []
    for place, band in enumerate(bands):
        above = bands[place + 1] if place + 1 < len(bands) else None
        texts.append(
            {
                "level": band["level"],
                "word": level_word(band["level"], t),
                "min": band["min"],
                "text": _span(None if place == 0 else band, above),
                "measure": said(band["measure"], t),
            }
        )
    return texts


def _span(band: Document | None, above: Document | None) -> str:
    """Return from where to where a band goes: "60–<80", "80–90", ">90–<95".

    Parameters
    ----------
    band
        Where it begins; None for the lowest one.
    above
        The band that begins where this one ends; None for the highest one.
    """
    low = "" if band is None else f"{band['min']:g}"
    high = "" if above is None else f"{above['min']:g}"
    if band is None:
        return "" if above is None else f"{'<' if above['inclusive'] else '≤'} {high}"
    if above is None:
        return f"{'≥' if band['inclusive'] else '>'} {low}"
    start = low if band["inclusive"] else f">{low}"
    return f"{start}–{'<' if above['inclusive'] else ''}{high}"


def neighbours(listed: Sequence[Document], week: str) -> dict[str, Any]:
    """Return the weeks there are (newest first), and the ones before and after this one.

    The latest is the newest published week, where there is one: a draft of a week that still runs
    makes no published week a past one.
    """
    weeks = sorted({one["week"] for one in listed})
    published = [one["week"] for one in listed if one.get("status") == "published"]
    earlier = [one for one in weeks if one < week]
    later = [one for one in weeks if one > week]
    return {
        "weeks": weeks[::-1],
        "latest": max(published or weeks or [week]),
        "previous": earlier[-1] if earlier else None,
        "next": later[0] if later else None,
    }
