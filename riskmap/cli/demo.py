"""`riskmap demo`: the sample district from raw files to a served map, by the user's commands."""

import contextlib
import json
import shlex
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from riskmap.cli.serve import serve_workspace
from riskmap.cli.state import database_url, present
from riskmap.errors import RiskmapError

NAME, CODE, ZONE = "云溪区", "339901", "Asia/Shanghai"
MARK = "demo.json"


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="样例工作区")] = Path("demo"),
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=1, max=65535)] = 8000,
    days: Annotated[int, typer.Option(help="计算最近多少天", min=1, max=365)] = 30,
    last: Annotated[str, typer.Option("--date", help="最后一天（默认今天）")] = "",
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="完成后启动网页服务")] = True,
) -> None:
    """样例区：建工作区、入库、逐日研判、启动服务；再次运行只补缺的日子。"""
    from riskmap.moment import parse_day  # noqa: PLC0415  (pandas, not for --help)

    end = parse_day(last) if last else present().astimezone(ZoneInfo(ZONE)).date()
    if not (folder / MARK).exists():
        deliver(folder, end)
    compute(folder, end, days, present())
    if serving:
        serve_workspace(folder, host, port)


def deliver(folder: Path, end: date) -> None:
    """Make the workspace and import the sample files by the commands a user would type."""
    from riskmap.paths import data_dir  # noqa: PLC0415
    from riskmap.sample.district import make_district  # noqa: PLC0415  (geopandas)

    run_line(f"riskmap init {shlex.quote(str(folder))} --name {NAME} --code {CODE}")
    typer.echo("# 生成样例原始文件（虚构区县） → raw/")
    make_district(folder / "raw", end=end)
    lines = (data_dir() / "sample" / "commands.txt").read_text("utf-8").splitlines()
    with contextlib.chdir(folder):
        for line in lines:
            if line.strip() and not line.startswith("#"):
                run_line(line)
    (folder / MARK).write_text(json.dumps({"end": end.isoformat()}) + "\n", "utf-8")


def run_line(line: str) -> None:
    """Run one riskmap command line as typed; some rejected rows (exit 1) are part of the sample.

    Raises
    ------
    RiskmapError
        The command took nothing.
    """
    from riskmap.cli.main import app  # noqa: PLC0415  (main imports this module)

    typer.secho(f"$ {line}", bold=True)
    try:
        code = app(shlex.split(line)[1:], standalone_mode=False)
    except typer.Exit as stop:
        code = stop.exit_code
    if code not in (None, 0, 1):
        raise RiskmapError("样例命令未完成", line, "请看上面的提示")


def compute(folder: Path, end: date, days: int, now: datetime) -> None:
    """Compute and publish the days not yet there; the last stays a draft for the duty officer."""
    from rich.progress import track  # noqa: PLC0415  (0.05 s, not for --help)

    from riskmap.daily import compute_day, store_day  # noqa: PLC0415  (geopandas)
    from riskmap.days import list_days  # noqa: PLC0415
    from riskmap.publishing import publish_day  # noqa: PLC0415
    from riskmap.workspace import open_workspace  # noqa: PLC0415

    wanted = [end - timedelta(days=back) for back in range(days - 1, -1, -1)]
    with open_workspace(folder, database_url()) as workspace:
        there = {row["date"] for row in list_days(workspace)}
        missing = [day for day in wanted if day.isoformat() not in there]
        for day in track(missing, description=f"逐日研判 {len(missing)} 天"):
            store_day(workspace, compute_day(workspace, day, now=now))
            if day != end:
                publish_day(workspace, day, now=now, by="样例")
