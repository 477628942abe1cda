"""How counted items are told: name, why it counts, where it stands in its source."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.contracts.vocabulary import RISK_POINT_KIND
from riskmap.canonical import number, text_or_none
from riskmap.district import Points
from riskmap.hazard import source_of
from scoring.gb18218_calculation import LEVEL_NAMES, Assessment

GRADE_ZH = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}
LEVEL_ZH = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}
SEVERITY_ZH = {"general": "一般", "major": "重大（危大）"}


def layer_item_texts(
    layer: str, points: Points, assessment: Assessment | None, rows: NDArray[np.int64]
) -> list[Mapping[str, Any]]:
    """Return name, why, layer, source, lon and lat of some rows of a point layer."""
    table = points.table.iloc[rows]
    told: list[Mapping[str, Any]] = []
    for position, (_, row) in zip(rows, table.iterrows(), strict=True):
        if layer == "hazard_sources":
            why, parts = _source_why(assessment, int(position))
        elif layer == "enterprises":
            why, parts = _enterprise_why(row)
        else:
            why, parts = _risk_point_why(row)
        told.append(
            {
                "name": str(row["name"]),
                "why": why,
                "why_parts": parts,
                "layer": layer,
                "source": source_of(row),
                "lon": number(points.lon[position]),
                "lat": number(points.lat[position]),
            }
        )
    return told


def warning_names(signals: pd.DataFrame) -> list[Mapping[str, Any]]:
    """Return the same of active warnings; the title is the station's own, unchanged."""
    return [
        {
            "name": text_or_none(row["title"]) or signal_name(row),
            "why": f"{signal_name(row)}信号，{text_or_none(row['station']) or '未知台站'}",
            "why_parts": {
                "type": str(row["type"]),
                "level": text_or_none(row["level"]),
                "station": text_or_none(row["station"]),
            },
            "layer": "warnings",
            "source": text_or_none(row["source"]),
            "lon": None,
            "lat": None,
        }
        for row in signals.to_dict("records")
    ]


def signal_name(signal: Mapping[Any, Any]) -> str:
    """Return type and colour of a signal, e.g. 高温橙色."""
    return f"{signal['type']}{LEVEL_ZH.get(str(signal['level']), '')}"


Why = tuple[str, dict[str, Any]]
"""A sentence in Chinese and the parts it is made of, for other languages."""


def _source_why(assessment: Assessment | None, position: int) -> Why:
    if assessment is None or np.isnan(assessment.r[position]):
        return "R 未知（物质、数量或人口不全）", {"r": None, "level": None}
    r, level = float(assessment.r[position]), int(assessment.level[position])
    if level == 0:
        words = f"S {assessment.s[position]:.2f}，不构成重大危险源"
    else:
        words = f"{LEVEL_NAMES[level]}重大危险源"
    return f"R {r:.1f}（{words}）", {"r": round(r, 1), "level": level}


def _enterprise_why(row: "pd.Series[Any]") -> Why:
    sector = text_or_none(row.get("sector"))
    grade = text_or_none(row.get("risk_grade"))
    flags = text_or_none(row.get("flags"))
    said = [sector or "未分行业", f"{GRADE_ZH.get(grade, grade)}色风险企业" if grade else "未评级"]
    text = "，".join(said + ([flags.replace(";", "、")] if flags else []))
    return text, {"sector": sector, "grade": grade, "flags": flags.split(";") if flags else []}


def _risk_point_why(row: "pd.Series[Any]") -> Why:
    kind = RISK_POINT_KIND.get(str(row["kind"]), (str(row["kind"]),))[0]
    severity = text_or_none(row.get("severity"))
    text = f"{kind}（{SEVERITY_ZH.get(severity, severity)}）" if severity else kind
    return text, {"kind": str(row["kind"]), "severity": severity}
