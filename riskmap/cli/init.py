"""`riskmap init`: make a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import database_url, workspace_root


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="工作区文件夹，没有就新建")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="区县名称，例如 黄岩区")] = "",
    code: Annotated[str, typer.Option("--code", help="6 位行政区划代码，例如 331003")] = "",
) -> None:
    """新建工作区：riskmap.toml、riskmap.db、layers/、products/、schemes/。"""
    from riskmap.workspace import init_workspace, open_workspace  # noqa: PLC0415  (SQLAlchemy)

    root = folder or workspace_root(context)
    url = database_url()
    made = init_workspace(root, name, code, url)
    with open_workspace(root, url) as workspace:
        district = workspace.settings.district
    shown = f"{district.name}{f'（{district.code}）' if district.code else ''}"
    if made:
        typer.echo(f"已建立工作区：{root}，{shown}")
        typer.echo(f"下一步：riskmap -w {root} import towns 镇街边界文件")
    else:
        typer.echo(f"工作区已存在，未作任何改动：{root}，{shown}")
