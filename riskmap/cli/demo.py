"""`riskmap demo`: the sample district from raw files to a served map, by the user's commands."""

import contextlib
import json
import os
import shlex
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from riskmap.cli.serve import serve_workspace
from riskmap.cli.state import database_url, present
from riskmap.clock import NOW_VARIABLE
from riskmap.errors import RiskmapError

NAME, CODE, ZONE = "云溪区", "339901", "Asia/Shanghai"
MARK = "demo.json"


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="样例工作区")] = Path("demo"),
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=1, max=65535)] = 8000,
    days: Annotated[int, typer.Option(help="计算最近多少天", min=1, max=365)] = 30,
    weeks: Annotated[int, typer.Option(help="先计算并发布最近多少周", min=0, max=32)] = 26,
    last: Annotated[str, typer.Option("--date", help="最后一天（默认今天）")] = "",
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="完成后启动网页服务")] = True,
) -> None:
    """样例区：建工作区、入库、逐周发布、逐日研判、启动服务；再次运行只补缺的日子。"""
    from riskmap.moment import parse_day  # noqa: PLC0415  (pandas, not for --help)

    end = parse_day(last) if last else present().astimezone(ZoneInfo(ZONE)).date()
    if not (folder / MARK).exists():
        deliver(folder, end, weeks, present())
    compute(folder, end, days, present())
    if serving:
        serve_workspace(folder, host, port)


def deliver(folder: Path, end: date, weeks: int, now: datetime) -> None:
    """Make the workspace and import the sample files by the commands a user would type.

    The layers and what was known earlier come in at stated times, so that the weeks before can
    be published as of then; the commands for the records then bring what is new since.
    """
    from riskmap.cli.demo_weeks import live, weeks_until  # noqa: PLC0415  (only for the demo)
    from riskmap.paths import data_dir  # noqa: PLC0415
    from riskmap.sample.district import make_district  # noqa: PLC0415  (geopandas)

    run_line(f"riskmap init {shlex.quote(str(folder))} --name {NAME} --code {CODE}")
    typer.echo("# 生成样例原始文件（虚构区县） → raw/")
    make_district(folder / "raw", end=end)
    lived = weeks_until(folder, end, now, weeks) if weeks else []
    lines = (data_dir() / "sample" / "commands.txt").read_text("utf-8").splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    layers = [line for line in lines if line.split()[1] == "import"]
    with contextlib.chdir(folder):
        for line in layers:
            run_line(line, lived[0].window.start if lived else None)
    if lived:
        live(folder, lived)
    with contextlib.chdir(folder):
        for line in lines:
            if line not in layers:
                run_line(line)
    (folder / MARK).write_text(json.dumps({"end": end.isoformat()}) + "\n", "utf-8")


def run_line(line: str, at: datetime | None = None) -> None:
    """Run one riskmap command line as typed; some rejected rows (exit 1) are part of the sample.

    With `at` it runs at that stated time (`riskmap.clock`).

    Raises
    ------
    RiskmapError
        The command took nothing.
    """
    from riskmap.cli.main import app  # noqa: PLC0415  (main imports this module)

    stated = f"{NOW_VARIABLE}={at.isoformat()} " if at else ""
    typer.secho(f"$ {stated}{line}", bold=True)
    with _stating(at):
        try:
            code = app(shlex.split(line)[1:], standalone_mode=False)
        except typer.Exit as stop:
            code = stop.exit_code
    if code not in (None, 0, 1):
        raise RiskmapError("样例命令未完成", line, "请看上面的提示")


@contextlib.contextmanager
def _stating(at: datetime | None) -> Iterator[None]:
    """State the time for one command, as a user would before it."""
    before = os.environ.get(NOW_VARIABLE)
    if at is not None:
        os.environ[NOW_VARIABLE] = at.isoformat()
    try:
        yield
    finally:
        if at is not None:
            os.environ.pop(NOW_VARIABLE)
            os.environ.update({} if before is None else {NOW_VARIABLE: before})


def compute(folder: Path, end: date, days: int, now: datetime) -> None:
    """Compute and publish the days not yet there; the last stays a draft for the duty officer."""
    from rich.progress import track  # noqa: PLC0415  (0.05 s, not for --help)

    from riskmap.daily.computing import compute_day, store_day  # noqa: PLC0415  (geopandas)
    from riskmap.daily.days import list_days  # noqa: PLC0415
    from riskmap.daily.publishing import publish_day  # noqa: PLC0415
    from riskmap.workspace import open_workspace  # noqa: PLC0415

    wanted = [end - timedelta(days=back) for back in range(days - 1, -1, -1)]
    with open_workspace(folder, database_url()) as workspace:
        there = {row["date"] for row in list_days(workspace)}
        missing = [day for day in wanted if day.isoformat() not in there]
        for day in track(missing, description=f"逐日研判 {len(missing)} 天"):
            store_day(workspace, compute_day(workspace, day, now=now))
            if day != end:
                publish_day(workspace, day, now=now, by="样例")
