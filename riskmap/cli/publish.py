"""`riskmap publish`: approve the newest draft of a day, or number the day's 每日曝光."""

from typing import Annotated

import typer

from riskmap.cli.daily import chosen_day
from riskmap.cli.state import opened, operator, present, print_json

PRODUCTS = ("daily", "exposure")


def publish(
    context: typer.Context,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="产品：daily exposure")],
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="日期；默认今天")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="发布人姓名或岗位")] = "命令行",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """发布一天的五色图（daily）或每日曝光（exposure）：发布过的不再改变。

    五色图之后的新稿不会替换它，除非再次发布；每日曝光按期连续编号，一天一期。
    """
    from riskmap.errors import RiskmapError  # noqa: PLC0415  (short start for --help)
    from riskmap.publishing import publish_day  # noqa: PLC0415  (SQLAlchemy)

    if product not in PRODUCTS:
        raise RiskmapError("没有这种产品", product, f"可用：{' '.join(PRODUCTS)}")
    if product == "exposure":
        _publish_exposure(context, day, as_json)
        return
    with opened(context) as workspace:
        chosen = chosen_day(workspace, day)
        done = publish_day(workspace, chosen, now=present(), by=by, actor=operator())
    if as_json:
        print_json(
            {"date": done.date.isoformat(), "revision": done.revision, "already": done.already}
        )
        return
    verb = "早已发布" if done.already else "已发布"
    typer.echo(f"{done.date} 五色图第 {done.revision} 稿{verb}")


def _publish_exposure(context: typer.Context, day: str | None, as_json: bool) -> None:
    from riskmap.ledger.exposures import publish_exposure  # noqa: PLC0415  (pandas)

    with opened(context) as workspace:
        chosen = chosen_day(workspace, day)
        done = publish_exposure(workspace, operator(), chosen, now=present())
    if as_json:
        print_json({**done.document, "already": done.already})
        return
    verb = "早已发布" if done.already else "已发布"
    found, earlier = len(done.document["found"]), len(done.document["earlier"])
    typer.echo(
        f"{done.date} 每日曝光第 {done.issue} 期{verb}：当日 {found} 条，前期未整改 {earlier} 条"
    )
    if done.document["note"]:
        typer.echo(f"  {done.document['note']}")
