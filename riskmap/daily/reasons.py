"""Reasons in words: what each contribution and each floor comes from."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from riskmap.canonical import numbers, text_or_none
from riskmap.daily.facts import COLUMNS_ZH
from riskmap.daily.item_texts import signal_name
from riskmap.daily.worked import Worked
from scoring.daily.results import FACTORS, TERMS
from scoring.levels import RULES, level_name

TERMS_ZH = {
    "density": "人口密度",
    "vulnerable": "脆弱目标",
    "warnings": "气象预警",
    "hidden_dangers": "隐患",
    "accidents": "事故",
    "special_periods": "特殊时段",
    "index": "管控力指数",
    "closure": "闭环率",
    "online": "在线率",
}


def contribution_rows(worked: Worked) -> list[list[dict[str, Any]]]:
    """Return, by town, every nonzero contribution with its label; they sum to the score.

    Largest first; ties in the order of sectors and factors. `parts` is what the label is made of,
    for other languages.
    """
    scores, scheme = worked.scores, worked.scheme
    values = np.nan_to_num(scores.contributions, nan=0.0)
    town, sector, factor = np.nonzero(values)
    value = values[town, sector, factor]
    order = np.lexsort((factor, sector, -value, town))
    label = _Labels(worked)
    rows: list[list[dict[str, Any]]] = [[] for _ in range(len(scores.score))]
    for t, s, f, v in zip(
        town[order].tolist(),
        sector[order].tolist(),
        factor[order].tolist(),
        value[order].tolist(),
        strict=True,
    ):
        text, parts = label.of(t, s, FACTORS[f])
        rows[t].append(
            {
                "sector": scheme.sector_codes[s],
                "factor": FACTORS[f],
                "label": text,
                "parts": parts,
                "value": v,
            }
        )
    return rows


class _Labels:
    """Says what a factor of a sector comes from; plain lists, for many short look-ups."""

    def __init__(self, worked: Worked) -> None:
        facts, scores, inventory = worked.facts, worked.scores, worked.inventory
        self.scheme, self.facts = worked.scheme, facts
        self.hazard = numbers(inventory.hazard)
        self.backlog = numbers(facts.backlog)
        self.accident = numbers(facts.accident)
        self.control = numbers(scores.control)
        self.signal = scores.signal.tolist()
        self.signals = [
            (int(row["type_idx"]), signal_name(row), signal_parts(row))
            for row in facts.signals.to_dict("records")
        ]

    def of(self, town: int, sector: int, factor: str) -> tuple[str, dict[str, Any]]:
        """Return the label of one contribution, and the parts that it is made of."""
        told: dict[str, Callable[[int, int], tuple[str, dict[str, Any]]]] = {
            "inherent": self._inherent,
            "weather": self._weather,
            "backlog": self._backlog,
            "accident": self._accident,
            "special": self._special,
            "control": self._control,
            "cap": lambda *_: ("封顶（行业风险超过 1 的部分）", {}),
        }
        return told[factor](town, sector)

    def _accident(self, town: int, sector: int) -> tuple[str, dict[str, Any]]:
        total = self.accident[town][sector]
        return f"近期事故与险情（衰减后 {total:.2f}）", {"sum": total}

    def _special(self, town: int, sector: int) -> tuple[str, dict[str, Any]]:
        name = self.facts.special_names.get((town, sector), "")
        return f"特殊时段：{name}", {"name": name}

    def _control(self, town: int, _: int) -> tuple[str, dict[str, Any]]:
        return f"管控水平（系数 {self.control[town]:.3f}）", {"factor": self.control[town]}

    def _inherent(self, town: int, sector: int) -> tuple[str, dict[str, Any]]:
        hazard, raw = self.scheme.hazards[sector], self.hazard[town][sector]
        if raw is None:
            return "固有风险", {}
        text = f"ΣR {raw:.4g}" if hazard.unit == "R" else f"{raw:.4g} {hazard.unit}"
        return f"固有风险（{text}）", {"raw": raw, "unit": hazard.unit}

    def _backlog(self, town: int, sector: int) -> tuple[str, dict[str, Any]]:
        counts = self.backlog[town][sector]
        named = zip(COLUMNS_ZH.values(), counts, strict=True)
        text = "隐患 " + "、".join(f"{name} {count:.0f} 条" for name, count in named if count)
        return text, {"counts": counts}

    def _weather(self, town: int, sector: int) -> tuple[str, dict[str, Any]]:
        weather, name, signal = self.signals[self.signal[town][sector]]
        effect = int(self.scheme.effects[weather, sector])
        part = self.scheme.leading_subsector(weather, sector)
        inner = None if part == self.scheme.sector_codes[sector] else part
        text = f"{name}预警 × 影响 {effect}" + (f"（{inner}）" if inner else "")
        return text, {**signal, "effect": effect, "part": inner}


def signal_parts(signal: Mapping[Any, Any]) -> dict[str, Any]:
    """Return type and level of a signal as issued."""
    return {"type": str(signal["type"]), "level": text_or_none(signal["level"])}


def floor_rows(worked: Worked) -> list[list[dict[str, Any]]]:
    """Return, by town, every rule that touched it, with the record that triggered it.

    `effect` is +1 where the rule lies above the band of the score or held the level up, 0 where
    it changed nothing, −1 where it took the level down or away.
    """
    rows: list[list[dict[str, Any]]] = [[] for _ in range(worked.district.n)]
    floors = worked.scores.floors
    for rule, town, level, ref, sector, effect in zip(
        floors.rule.tolist(),
        floors.town.tolist(),
        floors.level.tolist(),
        floors.ref.tolist(),
        floors.sector.tolist(),
        floors.effect.tolist(),
        strict=True,
    ):
        name = RULES[rule]
        text, record, source = _floor_words(worked, name, town, ref, sector)
        rows[town].append(
            {
                "rule": name,
                "level": level_name(level),
                "text": text,
                "record": record,
                "source": source,
                "effect": effect,
                "parts": _floor_parts(worked, town, ref, sector) if name == "E1" else None,
            }
        )
    return rows


def _floor_parts(worked: Worked, town: int, ref: int, sector: int) -> dict[str, Any]:
    """Return what the text of E1 is made of."""
    signal = worked.facts.signals.iloc[ref]
    return {
        **signal_parts(dict(signal)),
        "sector": worked.scheme.sector_codes[sector],
        "effect": int(worked.scheme.effects[int(signal["type_idx"]), sector]),
        "inherent": float(worked.scores.inherent[town, sector]),
    }


def _floor_words(
    worked: Worked, rule: str, town: int, ref: int, sector: int
) -> tuple[str, str | None, str | None]:
    facts, scores, scheme = worked.facts, worked.scores, worked.scheme
    if rule == "E1":
        signal = facts.signals.iloc[ref]
        weather = int(signal["type_idx"])
        text = (
            f"{signal_name(dict(signal))}预警，"
            f"{scheme.sector_codes[sector]}影响 {int(scheme.effects[weather, sector])}、"
            f"固有风险 {scores.inherent[town, sector]:.2f}"
        )
        return text, f"warnings:{signal['alert_id']}", text_or_none(signal["source"])
    if ref >= 0:
        row = facts.triggers.iloc[ref]
        return str(row["text"]), str(row["record"]), text_or_none(row["source"])
    if rule == "E7":
        lowered = facts.lowered_rows[facts.lowered_rows["town_idx"] == town].iloc[-1]
        text = f"人工下调（两人决定）：{lowered['reason']}"
        return text, f"overrides:{lowered['id']}", text_or_none(lowered["source"])
    if rule == "E8":
        yesterday = worked.moment.previous_day.isoformat()
        return f"较 {yesterday} 每日至多降一级", f"days:{yesterday}", None
    blank = np.flatnonzero(np.isnan(scores.hazard_norm[town]))
    missing = [f"{scheme.sector_codes[i]}点位" for i in blank]
    missing += [TERMS_ZH[TERMS[i]] for i in np.flatnonzero(scores.unknown[town])]
    known = scores.known_weight[town]
    why = f"（缺：{'、'.join(missing)}）" if missing else ""
    if known < scheme.rules.min_known_weight:
        least = scheme.rules.min_known_weight
        return f"已知权重 {known:.0%}，不足 {least:.0%}，不出色{why}", None, None
    return f"数据不全，不出绿色{why}", None, None
