"""What a card says in words: its triggers with their figures, and the records behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskmap.weekly.cards.states import CARD_ZH
from riskmap.weekly.shown import chance_text
from scoring.weekly.cards import ACCIDENT, FALL, LAST, LESSER, LEVEL, OVERDUE
from scoring.weekly.parts import CARDS, CardRule, Weekly

Told = Mapping[str, Any]
"""All facts of a town as plain values (`riskmap.weekly.cards.gathering.Judged.told`)."""
Said = tuple[str, dict[str, Any]]
"""A trigger in words and in figures."""
_WEEK_END = " 周"
"""How the evidence keeps the week of an earlier card: "2026-W41 周"."""
OFFICE = "office"
"""Rule of a card that the office gave by hand."""


def sure_text(odds: float | None) -> str:
    """Return how sure a trigger is in words.

    >>> sure_text(0.934), sure_text(1.0), sure_text(None)
    ('把握 93%', '把握 100%', '把握不明')
    """
    return "把握不明" if odds is None else f"把握 {chance_text(odds)}"


@dataclass(frozen=True)
class Mark:
    """A time that a lighter card counts: its number, and the week in which its rule fired."""

    number: str
    week: str

    @classmethod
    def of(cls, mark: str) -> "Mark":
        """Read "number@week", as cards keep it."""
        number, _, week = mark.partition("@")
        return cls(number, week)

    @property
    def again(self) -> bool:
        """Tell whether the rule fired again while the card of an earlier week stood."""
        return not self.number.startswith(self.week)


def trigger_text(row: Mapping[str, Any]) -> str:
    """Return a stored trigger in words; earlier cards with the week that counted."""
    if row["trigger"] == LESSER and "card" in row:
        return _lesser_text(row["card"], row["facts"])
    return str(row["text"])


def evidence_text(row: Mapping[str, Any]) -> str:
    """Return the words of a stored line of evidence; of a card the week that counted."""
    text = str(row["text"])
    if row["kind"] != "cards" or not text.endswith(_WEEK_END):
        return text
    mark = Mark(str(row["key"]), text.removesuffix(_WEEK_END))
    return f"{_week_zh(mark.week)}{'再次触发（牌在身）' if mark.again else '发牌'}"


def trigger_rows(
    weekly: Weekly, rule: CardRule, odds: Mapping[str, float], facts: Told
) -> list[dict[str, Any]]:
    """Return the triggers of a rule that hold: trigger, text, odds (None: not known), facts.

    Parameters
    ----------
    odds
        By trigger that holds, -1 where nobody knows how surely.
    facts
        The town's row of the week, with "weeks" (earlier ones of the colour), "marks" (lighter
        cards by card), "overdue" and "accidents" (rows).
    """
    told = []
    for trigger, share in odds.items():
        known = None if share < 0 else round(share, 6)
        text, figures = _TEXTS[trigger](weekly, rule, facts)
        if trigger in (LEVEL, LAST, FALL):
            text += f"，{sure_text(known)}"
        told.append({"trigger": trigger, "text": text, "odds": known, "facts": figures})
    return told


def _level(weekly: Weekly, rule: CardRule, facts: Told) -> Said:
    names = {band.level: band.name for band in weekly.bands}
    weeks = [*facts["weeks"][len(facts["weeks"]) - rule.level_weeks + 1 :], facts["week"]]
    run = f"连续 {rule.level_weeks} 周" if rule.level_weeks > 1 else "本周"
    name = names.get(str(rule.level), str(rule.level))
    text = f"{run}{name}或更差，指数 {facts['index']:.2f}"
    return text, {"level": rule.level, "weeks": weeks, "index": facts["index"]}


def _last(weekly: Weekly, rule: CardRule, facts: Told) -> Said:
    text = f"全区末位（第 {facts['rank']} 名），指数 {facts['index']:.2f} 低于 {rule.last_below:g}"
    return text, {"rank": facts["rank"], "index": facts["index"], "below": rule.last_below}


def _fall(weekly: Weekly, rule: CardRule, facts: Told) -> Said:
    before = facts["previous"]
    fell = before["index"] - facts["index"]
    text = f"环比下降 {fell:.2f} 分（{before['week']} 为 {before['index']:.2f}）"
    return text, {"fell": fell, "previous": dict(before), "limit": rule.fall}


def _lesser(weekly: Weekly, rule: CardRule, facts: Told) -> Said:
    marks = list(facts["marks"].get(rule.card, ()))
    figures = {"cards": marks, "needed": rule.lesser, "weeks": rule.lesser_weeks}
    return _lesser_text(rule.card, figures), figures


def _lesser_text(card: str, figures: Told) -> str:
    lighter = CARD_ZH[CARDS[CARDS.index(card) - 1]]
    before = "、".join(_mark_text(Mark.of(one), lighter) for one in figures["cards"])
    text = f"{figures['weeks']} 周内 {figures['needed']} 次{lighter}"
    return f"{text}，此前 {before}" if before else text


def _mark_text(mark: Mark, lighter: str) -> str:
    if mark.again:
        return f"{_week_zh(mark.week)}再次触发（在身{lighter} {mark.number}）"
    return f"{_week_zh(mark.week)}发{lighter}（{mark.number}）"


def _week_zh(week: str) -> str:
    return f"{week[:4]}年第{int(week[6:])}周"


def _overdue(
    weekly: Weekly, rule: CardRule, facts: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    rows = facts["overdue"]
    numbers = [row["number"] for row in rows]
    return f"重大隐患超期 {len(rows)} 项：{'、'.join(numbers)}", {"dangers": numbers}


def _accident(weekly: Weekly, rule: CardRule, facts: Told) -> Said:
    rows = facts["accidents"]
    text = "；".join(row["text"] for row in rows)
    return f"发生{rule.grade}及以上事故：{text}", {"accidents": [row["id"] for row in rows]}


_TEXTS = {
    LEVEL: _level,
    LAST: _last,
    FALL: _fall,
    LESSER: _lesser,
    OVERDUE: _overdue,
    ACCIDENT: _accident,
}


def evidence_rows(
    triggers: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], revision: int
) -> list[dict[str, str]]:
    """Return the records behind the triggers: kind, key and a few words, for printing."""
    held = {row["trigger"] for row in triggers}
    marks = [mark for row in triggers if row["trigger"] == LESSER for mark in row["facts"]["cards"]]
    rows = [
        {
            "kind": "weeks",
            "key": f"{facts['week']}#{revision}",
            "text": f"本周指数 {_shown(facts['index'])}，第 {facts['rank'] or '—'} 名",
        }
    ]
    if LEVEL in held or FALL in held:
        rows += [
            {"kind": "weeks", "key": one["key"], "text": f"指数 {_shown(one['index'])}"}
            for one in facts["earlier"]
        ]
    rows += [
        {"kind": "cards", "key": mark.number, "text": f"{mark.week}{_WEEK_END}"}
        for mark in map(Mark.of, marks)
    ]
    if OVERDUE in held:
        rows += [
            {
                "kind": "hidden_dangers",
                "key": row["number"],
                "text": f"期限 {row['due']}，超期 {row['days']} 天：{row['description']}".rstrip(
                    "："
                ),
            }
            for row in facts["overdue"]
        ]
    if ACCIDENT in held:
        rows += [
            {"kind": "accidents", "key": row["id"], "text": row["text"]}
            for row in facts["accidents"]
        ]
    return rows


def _shown(index: float | None) -> str:
    return "未知" if index is None else f"{index:.2f}"
