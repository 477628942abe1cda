"""`riskmap shelters`: effective area and places per resident by town."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, print_json

if TYPE_CHECKING:
    from rich.table import Table

STATUS_ZH: Mapping[str, str] = {"enough": "达标", "short": "不足", "unknown": "未知"}
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("name", "镇街", ""),
    ("usable", "计入处数", ",.0f"),
    ("area_m2", "有效面积 ㎡", ",.0f"),
    ("area_unknown", "面积未知处数", ",.0f"),
    ("capacity_persons", "容纳人数", ",.0f"),
    ("population", "常住人口", ",.0f"),
    ("area_per_head", "人均面积 ㎡", ".2f"),
    ("places_per_head", "人均位数", ".3f"),
    ("shortfall_m2", "缺口 ㎡", ",.0f"),
    ("shortfall_persons", "缺口 人", ",.0f"),
    ("status", "判断", ""),
)
"""Field, header, number format."""


def coverage(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """各镇街人均有效避难面积、容纳人数与目标的差额。"""
    from riskmap.shelters import coverage_document  # noqa: PLC0415  (heavy: geopandas, numba)

    with opened(context) as workspace:
        document = coverage_document(workspace)
    if as_json:
        print_json(document)
        return
    from rich.console import Console  # noqa: PLC0415  (0.05 s, not for --help)

    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    console.print(_table(document))
    total = document["district"]
    said = f"{total['towns_short']} 个镇街不足，{total['towns_unknown']} 个未知"
    if total["towns_short"]:
        said += (
            f"；不足的镇街合计缺 {total['towns_shortfall_m2']:,.0f} ㎡、"
            f"{total['towns_shortfall_persons']:,.0f} 人的面积"
        )
    console.print(said)
    target = f"目标 {document['target_m2_per_person']:g} ㎡/人（{document['target_source']}）"
    console.print(f"{target}；分母为{document['denominator']}；场所数据 {document['as_of']}")
    for remark in document["faults"]:
        console.print(f"· {remark}", markup=False)


def _table(document: Mapping[str, Any]) -> "Table":
    """Return the rows of the towns and of the district as a table for a terminal."""
    from rich.table import Table  # noqa: PLC0415  (0.05 s, not for --help)
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=f"{document['district']['name']} 避难场所人均有效面积")
    for field, header, _ in COLUMNS:
        table.add_column(header, justify="left" if field in ("name", "status") else "right")
    for row in document["towns"]:
        table.add_row(*(Text(_cell(row, *column)) for column in COLUMNS))
    table.add_section()
    total = {**document["district"], "name": "全区合计"}
    table.add_row(*(Text(_cell(total, *column)) for column in COLUMNS))
    return table


def _cell(row: Mapping[str, Any], field: str, header: str, form: str) -> str:
    """Return one cell as text; unknown is 未知."""
    value = row[field]
    if field == "status":
        return STATUS_ZH[value]
    return "未知" if value is None else format(value, form)
