"""`riskmap export`: a stored day as a file."""

from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import opened, print_json, progress, shown_path

DEFAULT_FORMAT = "gpkg"


def export(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DATE", help="日期，例如 2026-06-30")],
    form: Annotated[
        str, typer.Option("--format", "-f", help="gpkg、geojson、csv、xlsx 或 png")
    ] = DEFAULT_FORMAT,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="输出文件或文件夹（默认：工作区的 products/）"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """导出某一天的成果：GeoPackage、GeoJSON、csv、xlsx 或图片。"""
    from riskmap.products.export import export_day  # noqa: PLC0415  (heavy: geopandas, matplotlib)

    with opened(context) as workspace, progress(f"导出 {day} …", quiet=as_json):
        path = export_day(workspace, day, form.lower(), out or workspace.products_dir)
        size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "format": form.lower(), "bytes": size})
        return
    typer.echo(f"已导出：{shown_path(path)}（{size / 1024:.0f} KB）")
