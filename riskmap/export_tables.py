"""A day as csv and as an xlsx workbook with coloured levels."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.colours import COLOURS
from riskmap.day_rows import DayExport, plain_cell, reason_rows, source_rows, town_rows

TOWN_HEADERS: Mapping[str, tuple[str, int, str]] = {
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
REASON_HEADERS: Mapping[str, tuple[str, int, str]] = {
    "code": ("代码", 12, ""),
    "name": ("镇街", 12, ""),
    "sector": ("行业领域", 14, ""),
    "factor": ("因素", 10, ""),
    "label": ("说明", 60, ""),
    "value": ("贡献（分）", 12, "0.00"),
}
SOURCE_HEADERS: Mapping[str, tuple[str, int, str]] = {
    "kind": ("类别", 8, ""),
    "name": ("名称", 20, ""),
    "value": ("内容", 68, ""),
    "note": ("说明", 50, ""),
}
SHELTER_HEADERS: Mapping[str, tuple[str, int, str]] = {
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
    first = book.active
    if not isinstance(first, Worksheet):
        raise TypeError("a new workbook has a worksheet")
    first.title = "五色"
    towns = town_rows(day)
    _fill(first, towns, TOWN_HEADERS)
    _colour(first, towns["level"].tolist(), list(TOWN_HEADERS).index("level_zh") + 1)
    _fill(book.create_sheet("原因"), reason_rows(day), REASON_HEADERS)
    if day.coverage is not None:
        _fill(book.create_sheet("避难场所"), day.coverage, SHELTER_HEADERS)
    _fill(book.create_sheet("来源"), source_rows(day), SOURCE_HEADERS)
    moment = datetime.fromisoformat(day.document["computed_at"])
    book.properties.creator = "riskmap"
    book.properties.title = (
        f"{day.document['district']['name']} {day.document['date']} 安全风险五色图"
    )
    stream = io.BytesIO()
    book.save(stream)
    return _settled(stream.getvalue(), moment)


def _fill(
    sheet: Worksheet, table: pd.DataFrame, headers: Mapping[str, tuple[str, int, str]]
) -> None:
    """Write a table below its headers; unknown cells stay empty, text stays text."""
    for column, (field, (header, width, form)) in enumerate(headers.items(), start=1):
        top = sheet.cell(1, column, header)
        top.font = Font(bold=True)
        top.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = width
        for row, value in enumerate(table[field].tolist(), start=2):
            cell = sheet.cell(row, column)
            if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
                continue
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=width > 30, vertical="top")
            elif form:
                cell.number_format = form
    sheet.freeze_panes = "C2"


def _colour(sheet: Worksheet, levels: list[str], column: int) -> None:
    """Colour the cells of the levels."""
    for row, level in enumerate(levels, start=2):
        shown = COLOURS[level]
        cell = sheet.cell(row, column)
        cell.fill = PatternFill(
            "lightUp" if shown.hatch else "solid", fgColor=shown.fill[1:], bgColor="FFFFFF"
        )
        cell.font = Font(bold=True, color=shown.text[1:])
        cell.alignment = Alignment(horizontal="center", vertical="top")


def _settled(content: bytes, moment: datetime) -> bytes:
    """Return a workbook whose times are those of the computation, not of the writing."""
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}Z".encode()
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, data)
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return stream.getvalue()
