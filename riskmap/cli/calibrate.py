"""`riskmap scheme calibrate`: back-cast the past year and propose goalposts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import opened, present, print_json, progress, shown_path

if TYPE_CHECKING:
    from riskmap.daily.calibrating import Calibration


def calibrate(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="新方案写到哪里；默认 schemes/")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """回算最近一年，按本区存量提出新的上限值，写成待批准的新方案；现用方案不变。"""
    from riskmap.daily import calibrating  # noqa: PLC0415  (heavy, not for --help)

    with opened(context) as workspace, progress("正在回算……", as_json):
        result = calibrating.calibrate(workspace, now=present(), out=out)
    if as_json:
        print_json(_document(result))
        return
    typer.echo(f"回算 {result.first} 至 {result.last}（{result.days} 天 × {result.towns} 个镇街）")
    _print_shares(result)
    _print_goalposts(result)
    typer.echo(f"新方案（待批准，未启用）：{shown_path(result.file)}")
    typer.echo("启用：安委办批准后，把 riskmap.toml 中 [scheme] 的 file 改为该文件")


def _print_shares(result: "Calibration") -> None:
    from rich.console import Console  # noqa: PLC0415  (short start for --help)
    from rich.table import Table  # noqa: PLC0415  (as above)

    from riskmap.daily.explaining import level_word  # noqa: PLC0415  (as above)

    table = Table(box=None, pad_edge=False)
    for title in ("镇街日占比", "现用", "提议", "目标"):
        table.add_column(title, justify="left" if title == "镇街日占比" else "right")
    for level in ("red", "orange", "yellow", "blue", "green", "no_data"):
        target = result.targets.get(level)
        table.add_row(
            level_word(level),
            f"{result.old.shares[level]:.1%}",
            f"{result.new.shares[level]:.1%}",
            "" if target is None else f"≤ {target:.0%}",
        )
    table.add_row(
        "权重 ±20 % 时排序相关（最小）",
        f"{result.old.least_correlation:.3f}",
        f"{result.new.least_correlation:.3f}",
        f"≥ {result.targets['rank_correlation']:g}",
    )
    Console(highlight=False).print(table)


def _print_goalposts(result: "Calibration") -> None:
    from rich.console import Console  # noqa: PLC0415  (short start for --help)
    from rich.table import Table  # noqa: PLC0415  (as above)

    table = Table(box=None, pad_edge=False)
    for title in ("指标", "名称", "单位", "现用上限", "提议上限"):
        table.add_column(title, justify="right" if "上限" in title else "left")
    for goalpost in result.goalposts:
        new = "不变" if goalpost.new in (None, goalpost.old) else f"{goalpost.new:g}"
        table.add_row(goalpost.code, goalpost.name, goalpost.unit, f"{goalpost.old:g}", new)
    Console(highlight=False).print(table)


def _document(result: "Calibration") -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415  (only here)

    document = asdict(result)
    for name in ("first", "last", "file"):
        document[name] = str(document[name])
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    """Return the same with NaN as None."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN is the only value unequal to itself
