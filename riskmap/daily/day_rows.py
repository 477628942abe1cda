"""A stored day as flat rows: one per town, one per reason. Every export is made of these."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.contracts.layers import LAYER_CONTRACTS
from riskmap.canonical import number
from riskmap.colours import COLOURS
from riskmap.records.contracts import RECORD_CONTRACTS

TOP_REASONS = 3
FACTORS_ZH: Mapping[str, str] = {
    "inherent": "固有风险",
    "weather": "气象",
    "backlog": "隐患积压",
    "accident": "事故",
    "special": "特殊时段",
    "control": "管控",
    "cap": "封顶",
}
OTHER_SOURCES_ZH: Mapping[str, str] = {
    "warnings": "气象预警",
    "density": "人口密度",
    "vulnerable": "脆弱目标",
    "index": "管控力指数",
    "closure": "闭环率",
    "online": "在线率",
}


@dataclass(frozen=True)
class DayExport:
    """A day with everything an export may hold.

    `document` is the day document, `details` the towns' documents in order of code, `towns` their
    geometry (lon/lat) in the same order, `bands` the limits of the levels (worst first),
    `coverage` the shelter rows by town (None when there are no shelters), `epsg` the district's
    plane, `review_number` the 审图号.
    """

    document: Mapping[str, Any]
    details: Sequence[Mapping[str, Any]]
    towns: gpd.GeoDataFrame
    bands: Sequence[Mapping[str, Any]]
    coverage: pd.DataFrame | None
    epsg: int
    review_number: str = ""


def source_zh(name: str) -> str:
    """Return the Chinese name of a layer or a kind of records.

    >>> source_zh("hidden_dangers"), source_zh("towns")
    ('隐患', '镇街')
    """
    contract = LAYER_CONTRACTS.get(name) or RECORD_CONTRACTS.get(name)
    if contract is not None:
        return contract.title_zh
    return OTHER_SOURCES_ZH.get(name, name)


def incomplete_zh(town: Mapping[str, Any]) -> list[str]:
    """Return in words what a town's detail lacks; an indicator by the sector it belongs to."""
    sectors = town.get("inputs", {}).get("sectors", ())
    points = {row["indicator"]: f"{row['sector']}点位" for row in sectors}
    return [points.get(name) or source_zh(name) for name in town.get("incomplete", ())]


def town_rows(day: DayExport) -> pd.DataFrame:
    """Return one row per town: level, score, reasons, change, and which computation it is.

    `reasons` names the floors and the largest contributions in words; `score` and the like are
    NaN where unknown.
    """
    document = day.document
    rows = []
    for town in day.details:
        change, unusual = town.get("change") or {}, town.get("unusual") or {}
        rows.append(
            {
                "date": document["date"],
                "code": town["code"],
                "name": town["name"],
                "level": town["level"],
                "level_zh": COLOURS[town["level"]].title,
                "score": town["score"],
                "band_level": town["band_level"],
                "dominant_sector": town["dominant_sector"],
                "reasons": reasons_text(town),
                "floors": "；".join(floor_text(floor) for floor in town.get("floors", ())),
                "change_score": change.get("score"),
                "change_level": change.get("level"),
                "unusual_percentile": unusual.get("percentile"),
                "known_weight": town["known_weight"],
                "incomplete": "；".join(incomplete_zh(town)),
                "status": document["status"],
                "revision": document["revision"],
                "computed_at": document["computed_at"],
                "scheme": document["provenance"]["scheme"]["version"],
            }
        )
    table = pd.DataFrame(rows)
    floats = ("score", "change_score", "change_level", "unusual_percentile", "known_weight")
    return table.astype(dict.fromkeys(floats, "float64")) if rows else table


def reason_rows(day: DayExport) -> pd.DataFrame:
    """Return every nonzero contribution: code, name, sector, factor, label, value [points].

    The values of a town sum to its score.
    """
    return pd.DataFrame(
        [
            {
                "code": town["code"],
                "name": town["name"],
                "sector": part["sector"],
                "factor": FACTORS_ZH.get(part["factor"], part["factor"]),
                "label": part["label"],
                "value": part["value"],
            }
            for town in day.details
            for part in town.get("contributions", ())
        ],
        columns=["code", "name", "sector", "factor", "label", "value"],
    )


def source_rows(day: DayExport) -> pd.DataFrame:
    """Return what the day was computed from: layers, records, scheme, code; one row each."""
    made = day.document["provenance"]
    rows = [("成果", "日期", day.document["date"], "")]
    rows += [
        ("成果", "状态", {"draft": "草稿", "published": "已发布"}[day.document["status"]], ""),
        ("成果", "修订", str(day.document["revision"]), ""),
        ("成果", "计算时间", day.document["computed_at"], ""),
        ("成果", "记录截止时间", made["known_until"] or "", ""),
        ("成果", "摘要", made.get("digest", ""), "sha256"),
        ("方案", made["scheme"]["version"], made["scheme"]["digest"], "sha256"),
        ("程序", "riskmap", made["code_version"], ""),
    ]
    for name, layer in made["layers"].items():
        files = "；".join(str(file["file"]) for file in layer.get("files", ()) if file["file"])
        rows.append(
            ("图层", source_zh(name), layer["digest"], _said(layer, "age_days", "天", files))
        )
    for name, record in made["records"].items():
        note = "" if record["known"] else "从未送达，按未知处理"
        rows.append(
            ("记录", source_zh(name), f"{record['rows']} 行", _said(record, "age_h", "小时", note))
        )
    return pd.DataFrame(rows, columns=["kind", "name", "value", "note"])


def _said(source: Mapping[str, Any], field: str, unit: str, note: str) -> str:
    """Return the age of a source, whether it is too old, and a note."""
    age = number(source[field]) if source.get(field) is not None else None
    parts = [f"距今 {age:.1f} {unit}"] if age is not None else []
    parts += ["已过期"] if source.get("stale") else []
    return "；".join([*parts, *([note] if note else [])])


def floor_text(floor: Mapping[str, Any]) -> str:
    """Return a floor in words: rule, level, what triggered it."""
    return f"{floor['rule']} {COLOURS[floor['level']].title}：{floor['text']}"


def reasons_text(town: Mapping[str, Any]) -> str:
    """Return the floors and the largest contributions of a town in one line."""
    parts = sorted(town.get("contributions", ()), key=lambda part: -abs(part["value"]))
    said = [floor_text(floor) for floor in town.get("floors", ())]
    said += [
        f"{part['sector']} {part['value']:+.1f}：{part['label']}" for part in parts[:TOP_REASONS]
    ]
    return "；".join(said)


def plain_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: text from data stays text."""
    if isinstance(value, str) and re.match(r"[=+\-@\t\r]", value):
        return "'" + value
    return value
