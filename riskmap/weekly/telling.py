"""A week in words for the command line."""

from collections.abc import Mapping
from typing import Any

from riskmap.daily.day_rows import source_zh
from riskmap.daily.explaining import level_word
from riskmap.weekly.shown import index_text

CHOICE_ZH = {"weight": "权重", "norm": "打分方法", "mean": "合成方法", "luck": "小样本波动"}


def stale_zh(document: Mapping[str, Any]) -> str:
    """Return the kinds of records that were too old at the cut-off, in words; "" without any."""
    records = document["provenance"]["records"]
    return "、".join(source_zh(kind) for kind, one in records.items() if one.get("stale"))


def head_lines(document: Mapping[str, Any]) -> list[str]:
    """Return the week in one line, and what is special about it."""
    district = document["district"]
    counted = " ".join(
        f"{count}{level_word(level)}" for level, count in district["levels"].items() if count
    )
    line = f"{document['week']} 安全生产管控力指数：{counted or '没有镇街'}"
    if district["index"] is not None:
        line += f"，全区平均 {district['index']:.1f}"
    if district["change"] is not None:
        line += f"（较上周 {district['change']:+.1f}）"
    lines = [line]
    if document["preliminary"]:
        lines.append(f"  截止前的初稿：本周到 {document['at'][:16].replace('T', ' ')} 截止")
    if document["corrects"] is not None:
        said = document["corrects"]
        lines.append(f"  更正第 {said['revision']} 版：{said['reason']}")
    if document["late_reason"] is not None:
        lines.append(
            f"  截止之后补算（计到 {document['known_until'][:16]}）：{document['late_reason']}"
        )
    return lines


def town_cells(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return a row of cells per town, by rank; those without an index last."""
    aspects = {one["code"]: one["name"] for one in document["aspects"]}
    towns = sorted(
        document["towns"], key=lambda row: (row["rank"] is None, row["rank"] or 0, row["code"])
    )
    return [
        (
            "—" if row["rank"] is None else str(row["rank"]),
            row["name"],
            index_text(row["index"], document["bands"]) or "—",
            level_word(row["level"]),
            "—" if row["change"] is None else f"{row['change']:+.1f}",
            "—" if row["rank_interval"] is None else "–".join(map(str, row["rank_interval"])),
            aspects.get(row["weakest_aspect"] or "", "—"),
            "、".join(f"{one['indicator']} −{one['lost']:.1f}" for one in row["costs"]) or "—",
        )
        for row in towns
    ]


def note_lines(document: Mapping[str, Any]) -> list[str]:
    """Return what stands below the table: caps, missing numbers, the revision, the doubts."""
    lines = [
        f"{row['name']}：{row['cap']['reason']}，指数不高于 {row['cap']['score']:g}，"
        f"至 {row['cap']['until_week']}"
        for row in document["towns"]
        if row["cap"]
    ]
    for one in document["departments"]:
        if one["missing"]:
            late = "（此后有送达，本版未计入）" if one["late"] else ""
            codes = "、".join(
                f"{m['indicator']}（{len(m['towns'])} 个镇街）" for m in one["missing"]
            )
            lines.append(f"{one['name']}未报送{late}：{codes}")
    stale = stale_zh(document)
    if stale:
        lines.append(f"{stale}已过期，没有新送来的不当作没有：只计已知的坏情况")
    moved = max(document["sensitivity"], key=lambda one: one["total"], default=None)
    if moved is not None and moved["total"]:
        name = CHOICE_ZH.get(moved["choice"], moved["choice"])
        lines.append(f"最能改变名次的选择：{name}（总效应 {moved['total']:.0%}）")
    return [*lines, revision_line(document)]


def revision_line(document: Mapping[str, Any]) -> str:
    """Return which revision it is, up to when it knows, and by which scheme."""
    status = "已发布" if document["status"] == "published" else "草稿"
    what = f"第 {document['revision']} 版（{status}）" if document["revision"] else "回看"
    known, scheme = document["known_until"][:16], document["scheme"]["version"]
    return f"{what}，计到 {known}，方案 {scheme}"
