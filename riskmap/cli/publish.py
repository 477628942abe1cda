"""`riskmap publish`: approve the newest draft of a day."""

from typing import Annotated

import typer

from riskmap.cli.daily import chosen_day
from riskmap.cli.state import opened, present, print_json

PRODUCTS = ("daily",)


def publish(
    context: typer.Context,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="产品：daily")],
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="日期；默认今天")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="发布人姓名或岗位")] = "命令行",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """发布一天的五色图：发布过的稿不再改变，之后的新稿不会替换它，除非再次发布。"""
    from riskmap.errors import RiskmapError  # noqa: PLC0415  (short start for --help)
    from riskmap.publishing import publish_day  # noqa: PLC0415  (SQLAlchemy)

    if product not in PRODUCTS:
        raise RiskmapError("没有这种产品", product, f"可用：{' '.join(PRODUCTS)}")
    with opened(context) as workspace:
        done = publish_day(workspace, chosen_day(workspace, day), now=present(), by=by)
    if as_json:
        print_json(
            {"date": done.date.isoformat(), "revision": done.revision, "already": done.already}
        )
        return
    verb = "早已发布" if done.already else "已发布"
    typer.echo(f"{done.date} 五色图第 {done.revision} 稿{verb}")
