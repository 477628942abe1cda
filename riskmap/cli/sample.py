"""`riskmap sample`: write the raw files of the fictional district."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import progress


def sample(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="写入的文件夹")],
    end: Annotated[str, typer.Option("--end", help="记录截止日期（YYYY-MM-DD）")] = "2026-06-30",
    seed: Annotated[int, typer.Option("--seed", help="随机种子")] = 20260630,
) -> None:
    """生成虚构样例区的原始文件（镇街、企业、人口、隐患等，含坏行）。"""
    from riskmap.moment import parse_day  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.sample.district import make_district  # noqa: PLC0415  (geopandas)

    last: date = parse_day(end)
    with progress("生成样例文件…"):
        make_district(folder, seed=seed, end=last)
    typer.echo(f"样例文件已写入 {folder}（虚构区县，记录截至 {last.isoformat()}）")
