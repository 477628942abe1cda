"""`riskmap weekly export`: a stored week as an xlsx workbook."""

from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import opened, print_json, progress, shown_path
from riskmap.cli.weekly import JsonOption, WeekOption, stored_week


def export(
    context: typer.Context,
    week: WeekOption = None,
    revision: Annotated[
        int | None, typer.Option("--revision", help="第几版；默认已发布的，否则最新的")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="输出文件或文件夹（默认：工作区的 products/）"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """导出一周的指数为 xlsx：排名（带颜色）、方面、指标、部门、两月和年度、来源。"""
    from riskmap.weekly.export import export_week  # noqa: PLC0415  (heavy: pandas, openpyxl)

    with opened(context) as workspace:
        chosen = stored_week(workspace, week)
        with progress(f"导出 {chosen} …", quiet=as_json):
            path = export_week(workspace, chosen, out or workspace.products_dir, revision=revision)
        size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "week": chosen, "bytes": size})
        return
    typer.echo(f"已导出：{shown_path(path)}（{size / 1024:.0f} KB）")
