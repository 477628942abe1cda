"""A week as an xlsx workbook: ranking in colours, aspects, indicators, departments, longer bases.

The same documents give the same bytes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.worksheet import Worksheet

from riskmap.colours import COLOURS, LEVELS
from riskmap.sheets import Headers, across, colour_levels, fill, first_sheet, settled
from riskmap.weekly.export_rows import (
    Document,
    Row,
    aspect_rows,
    basis_rows,
    choice_rows,
    department_basis_rows,
    department_rows,
    indicator_rows,
    minute,
    ranking_rows,
    source_rows,
    status_text,
)
from riskmap.weekly.shown import index_decimals

POINTS, SIGNED, SHARE, PERCENT, CODE = "0.0", "+0.0;-0.0;0.0", "0%", "0.0%", 12

RANKING: Headers = {
    "rank": ("名次", 7, "0"),
    "name": ("镇街", 12, ""),
    "level_zh": ("颜色", 7, ""),
    "index": ("指数（0–100）", 10, POINTS),
    "change": ("较上周", 9, SIGNED),
    "rank_low": ("名次九成区间（高）", 11, "0"),
    "rank_high": ("名次九成区间（低）", 11, "0"),
    "weakest": ("最弱方面", 22, ""),
    "costs": ("与最好镇街相比失分最多的三项（分）", 54, ""),
    "card": ("牌", 22, ""),
}
MORE: Headers = {
    "rank": ("名次", 7, "0"),
    "name": ("镇街", 12, ""),
    "code": ("代码", CODE, ""),
    "level_zh": ("颜色", 7, ""),
    "index": ("指数", 8, POINTS),
    "previous_index": ("上周指数", 8, POINTS),
    "previous_rank": ("上周名次", 8, "0"),
    "rank_median": ("名次中位", 8, "0.#"),
    **{f"in_{level}": (f"为{COLOURS[level].word}的概率", 8, PERCENT) for level in LEVELS[:5]},
    "missing": ("缺的指标", 16, ""),
    "cap": ("封顶", 32, ""),
    "before_cap": ("封顶前指数", 9, POINTS),
    "signs": ("核查线索（条）", 9, "0"),
}
INDICATORS: Headers = {
    "town": ("镇街", 12, ""),
    "code": ("指标", 7, ""),
    "indicator": ("名称", 42, ""),
    "town_code": ("镇街代码", CODE, ""),
    "aspect": ("方面", 22, ""),
    "unit": ("单位", 8, ""),
    "value": ("数值", 10, "0.0##"),
    "numerator": ("完成数", 9, "0.###"),
    "denominator": ("应完成数", 10, "0.###"),
    "small": ("小数量", 8, ""),
    "drawn": ("计分所用数值", 12, "0.0##"),
    "zero": ("零分值", 8, "0.##"),
    "full": ("满分值", 8, "0.##"),
    "points": ("得分", 8, "0.00"),
    "of": ("满分", 8, "0.00"),
    "lost": ("较最好镇街失分", 11, "0.00"),
    "gain": ("补到满分可增加指数", 12, "0.00"),
    "median": ("全区中位得分", 11, "0.00"),
    "best_town": ("最好镇街", 12, ""),
    "best_points": ("最好得分", 9, "0.00"),
    "origin": ("来源", 10, ""),
    "department": ("责任部门", 16, ""),
}
DEPARTMENTS: Headers = {
    "name": ("部门", 16, ""),
    "rank": ("名次", 7, "0"),
    "share": ("全区得分率", 10, PERCENT),
    "change": ("较上周（百分点）", 11, SIGNED),
    "previous_rank": ("上周名次", 10, "0"),
    "indicators": ("负责的指标", 24, ""),
    "delivered_at": ("送达时间", 17, ""),
    "late": ("此后送达", 18, ""),
    "missing": ("缺的数据", 40, ""),
}
BASES: Headers = {
    "basis": ("口径", 8, ""),
    "name": ("镇街", 12, ""),
    "rank": ("名次", 7, "0"),
    "level_zh": ("颜色", 7, ""),
    "index": ("平均指数", 10, POINTS),
    "change": ("较算到上一周", 9, SIGNED),
    "previous_rank": ("算到上一周的名次", 10, "0"),
    "weakest": ("最弱方面", 22, ""),
    "costs": ("与平均最好镇街相比失分最多的三项（分）", 54, ""),
    "weeks": ("计入周数", 9, "0"),
    "of_weeks": ("应计周数（含本周）", 11, "0"),
    "from": ("起", 11, ""),
    "to": ("止", 11, ""),
}
DEPARTMENT_BASES: Headers = {
    "basis": ("口径", 8, ""),
    "name": ("部门", 16, ""),
    "rank": ("名次", 7, "0"),
    "share": ("平均得分率", 11, PERCENT),
    "change": ("较算到上一周（百分点）", 12, SIGNED),
    "previous_rank": ("算到上一周的名次", 11, "0"),
    "from": ("起", 12, ""),
    "to": ("止", 12, ""),
}
CHOICES: Headers = {
    "choice": ("选择", 30, ""),
    "first": ("单独影响（一阶）", 14, "0.00"),
    "first_spread": ("±", 8, "0.00"),
    "total": ("连同交互（总）", 14, "0.00"),
    "total_spread": ("± ", 8, "0.00"),
}
SOURCES: Headers = {
    "kind": ("类别", 8, ""),
    "name": ("名称", 24, ""),
    "value": ("内容", 68, ""),
    "note": ("说明", 68, ""),
}


def week_xlsx(week: Document, details: Sequence[Document], district: str) -> bytes:
    """Return a workbook: 排名, 排名明细, 方面, 指标, 部门, 两月和年度, 选择的影响, 来源."""
    book = Workbook()
    lines = (
        f"{district} {week['week']} 安全生产管控力指数",
        f"{minute(week['window']['start'])} 至 {minute(week['window']['end'])} · "
        f"{status_text(week)} · 评分方案 {week['scheme']['version']} · 内部",
    )
    ranking, bands = ranking_rows(week), week["bands"]
    _coloured(first_sheet(book, "排名"), ranking, RANKING, bands, lines)
    _coloured(book.create_sheet("排名明细"), ranking, MORE, bands)
    _coloured(book.create_sheet("方面"), aspect_rows(week), _aspects(week), bands, lines)
    _plain(book.create_sheet("指标"), indicator_rows(week, details), INDICATORS)
    _plain(book.create_sheet("部门"), department_rows(week), _departments(week))
    _coloured(book.create_sheet("两月和年度"), basis_rows(week), BASES, bands)
    _plain(book.create_sheet("部门两月和年度"), department_basis_rows(week), DEPARTMENT_BASES)
    _plain(book.create_sheet("选择的影响"), choice_rows(week), CHOICES)
    _plain(book.create_sheet("来源"), source_rows(week), SOURCES)
    book.properties.title = lines[0]
    for sheet in book.worksheets:
        _printed(sheet, lines)
    return settled(book, datetime.fromisoformat(week["computed_at"]))


def _aspects(week: Document) -> Headers:
    return {
        "rank": ("名次", 7, "0"),
        "name": ("镇街", 12, ""),
        "level_zh": ("颜色", 7, ""),
        "index": ("指数", 9, POINTS),
        **{
            one["code"]: (f"{one['name']}（满分 {one['points']:g}）", 14, POINTS)
            for one in week["aspects"]
        },
    }


def _departments(week: Document) -> Headers:
    towns = {town["code"]: (f"{town['name']}得分率", 9, SHARE) for town in week["towns"]}
    return {**DEPARTMENTS, **towns}


def _coloured(
    sheet: Worksheet,
    rows: Sequence[Row],
    headers: Headers,
    bands: Sequence[Mapping[str, Any]],
    lines: Sequence[str] = (),
) -> None:
    """Write rows with coloured levels; an index near an edge gets the decimals it needs."""
    top = _plain(sheet, rows, headers, lines)
    fields = list(headers)
    colour_levels(sheet, [row["level"] for row in rows], fields.index("level_zh") + 1, top=top)
    column = fields.index("index") + 1
    for row, one in enumerate(rows, start=top + 1):
        if one["index"] is not None:
            decimals = index_decimals(one["index"], bands)
            sheet.cell(row, column).number_format = f"0.{'0' * decimals}"


def _plain(
    sheet: Worksheet, rows: Sequence[Row], headers: Headers, lines: Sequence[str] = ()
) -> int:
    """Write rows below headers that can be filtered; return the row of the headers."""
    table = pd.DataFrame(list(rows), columns=list(headers), dtype=object)
    top = fill(sheet, table, headers, lines=lines)
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(headers))}{top + len(table)}"
    return top


def _printed(sheet: Worksheet, lines: Sequence[str]) -> None:
    """Set a sheet up across: one page wide, headers on every page, the week on top; A3 if wide."""
    across(sheet)
    top = sheet.auto_filter.ref.partition(":")[0].lstrip("A")
    sheet.print_title_rows = f"{top}:{top}"
    # "&" begins a code in a header; a doubled one is the sign itself.
    sheet.oddHeader = HeaderFooterItem(center=_HeaderFooterPart(text=lines[0].replace("&", "&&")))
    sheet.oddFooter = HeaderFooterItem(center=_HeaderFooterPart(text="&P / &N"))
