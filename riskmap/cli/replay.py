"""`riskmap replay`: recompute a stored day and compare, byte for byte."""

from typing import Annotated

import typer

from riskmap.cli.state import opened, present, print_json, progress

DIFFERENT = 1
"""Exit code when the recomputed day is not the stored one."""


def replay(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DATE", help="日期，例如 2026-06-30")],
    revision: Annotated[
        int | None, typer.Option("--revision", help="第几稿；默认为正在显示的一稿")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """按当日所用的图层、记录截止、方案重算，与库里的成果逐字节比较。"""
    from riskmap.moment import parse_day  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.replay import replay_day  # noqa: PLC0415  (heavy)

    chosen = parse_day(day)
    with opened(context) as workspace, progress(f"正在重算 {chosen}……", as_json):
        found = replay_day(workspace, chosen, now=present(), revision=revision)
    if as_json:
        print_json(
            {
                "date": found.date.isoformat(),
                "revision": found.revision,
                "equal": found.equal,
                "stored_digest": found.stored_digest,
                "replayed_digest": found.replayed_digest,
                "difference": found.difference,
            }
        )
    elif found.equal:
        typer.echo(f"{found.date} 第 {found.revision} 稿：重算与原成果逐字节相同")
        typer.echo(f"摘要 {found.stored_digest}")
    else:
        typer.echo(f"{found.date} 第 {found.revision} 稿：重算与原成果不同")
        typer.echo(f"第一处不同：{found.difference}")
    if not found.equal:
        raise typer.Exit(DIFFERENT)
