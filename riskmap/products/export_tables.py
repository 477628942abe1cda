"""A day as csv and as an xlsx workbook with coloured levels."""

from datetime import datetime

from openpyxl import Workbook

from riskmap.daily.day_rows import DayExport, plain_cell, reason_rows, source_rows, town_rows
from riskmap.sheets import Headers, colour_levels, fill, first_sheet, settled

TOWN_HEADERS: Headers = {
    "code": ("代码", 12, ""),
    "name": ("镇街", 12, ""),
    "level_zh": ("等级", 9, ""),
    "score": ("得分（0–100）", 13, "0.0"),
    "change_score": ("较昨日（分）", 12, "+0.0;-0.0;0.0"),
    "change_level": ("较昨日（级）", 12, "+0;-0;0"),
    "unusual_percentile": ("今日在本镇街近 365 天中的分位", 18, "0%"),
    "dominant_sector": ("主导行业领域", 14, ""),
    "floors": ("触发的底线规则", 36, ""),
    "reasons": ("主要原因", 60, ""),
    "known_weight": ("已知权重", 10, "0%"),
    "incomplete": ("未送达或过期的数据", 20, ""),
}
REASON_HEADERS: Headers = {
    "code": ("代码", 12, ""),
    "name": ("镇街", 12, ""),
    "sector": ("行业领域", 14, ""),
    "factor": ("因素", 10, ""),
    "label": ("说明", 60, ""),
    "value": ("贡献（分）", 12, "0.00"),
}
SOURCE_HEADERS: Headers = {
    "kind": ("类别", 8, ""),
    "name": ("名称", 20, ""),
    "value": ("内容", 68, ""),
    "note": ("说明", 50, ""),
}
SHELTER_HEADERS: Headers = {
    "code": ("代码", 12, ""),
    "name": ("镇街", 12, ""),
    "usable": ("计入场所（处）", 14, "0"),
    "area_m2": ("有效面积（㎡）", 14, "#,##0"),
    "area_unknown": ("面积未知（处）", 14, "0"),
    "capacity_persons": ("容纳人数（人）", 14, "#,##0"),
    "population": ("常住人口（人）", 14, "#,##0"),
    "area_per_head": ("人均面积（㎡）", 14, "0.00"),
    "shortfall_m2": ("缺口（㎡）", 12, "#,##0"),
    "shortfall_persons": ("缺口（人）", 12, "#,##0"),
}


def day_csv(day: DayExport) -> bytes:
    """Return the towns as csv: UTF-8 with a byte order mark, so that Excel reads it."""
    table = town_rows(day)
    text = table.map(plain_cell).to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def day_xlsx(day: DayExport) -> bytes:
    """Return a workbook: 五色 (coloured), 原因, 避难场所, 来源. Same day, same bytes."""
    book = Workbook()
    first = first_sheet(book, "五色")
    towns = town_rows(day)
    fill(first, towns, TOWN_HEADERS)
    colour_levels(first, towns["level"].tolist(), list(TOWN_HEADERS).index("level_zh") + 1)
    fill(book.create_sheet("原因"), reason_rows(day), REASON_HEADERS)
    if day.coverage is not None:
        fill(book.create_sheet("避难场所"), day.coverage, SHELTER_HEADERS)
    fill(book.create_sheet("来源"), source_rows(day), SOURCE_HEADERS)
    moment = datetime.fromisoformat(day.document["computed_at"])
    book.properties.title = (
        f"{day.document['district']['name']} {day.document['date']} 安全风险五色图"
    )
    return settled(book, moment)
