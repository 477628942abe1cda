"""`riskmap replay`: recompute a stored day or week and compare, byte for byte."""

from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.cli.state import opened, present, print_json, progress

if TYPE_CHECKING:
    from riskmap.daily.replaying import Replay
    from riskmap.weekly.replaying import WeekReplay
    from riskmap.workspace import Workspace

DIFFERENT = 1
"""Exit code when the recomputed day is not the stored one."""


def replay(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DATE", help="日期或周，例如 2026-06-30、2026-W26")],
    revision: Annotated[
        int | None, typer.Option("--revision", help="第几版；默认为正在显示的一版")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """按当日（当周）所用的图层、记录截止、方案重算，与库里的成果逐字节比较。"""
    with opened(context) as workspace, progress(f"正在重算 {day}……", as_json):
        found = _replayed(workspace, day, revision)
    name = "week" if "W" in found.of else "date"
    if as_json:
        print_json(
            {
                name: found.of,
                "revision": found.revision,
                "equal": found.equal,
                "stored_digest": found.stored_digest,
                "replayed_digest": found.replayed_digest,
                "difference": found.difference,
            }
        )
    elif found.equal:
        typer.echo(f"{found.of} 第 {found.revision} 版：重算与原成果逐字节相同")
        typer.echo(f"摘要 {found.stored_digest}")
    else:
        typer.echo(f"{found.of} 第 {found.revision} 版：重算与原成果不同")
        typer.echo(f"第一处不同：{found.difference}")
    if not found.equal:
        raise typer.Exit(DIFFERENT)


def _replayed(workspace: "Workspace", text: str, revision: int | None) -> "Replay | WeekReplay":
    """Replay a week where the text names one ("2026-W26"), else a day."""
    from riskmap.daily.replaying import replay_day  # noqa: PLC0415  (heavy)
    from riskmap.moment import parse_day  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.weekly.replaying import replay_week  # noqa: PLC0415  (heavy)

    if "W" in text.upper():
        return replay_week(workspace, text, revision)
    return replay_day(workspace, parse_day(text), now=present(), revision=revision)
