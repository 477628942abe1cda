"""`riskmap explain`: why a town has its colour."""

from typing import Annotated

import typer

from riskmap.cli.daily import chosen_day
from riskmap.cli.state import opened, print_json


def explain(
    context: typer.Context,
    town: Annotated[str, typer.Argument(metavar="TOWN", help="镇街名称或代码")],
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="日期；默认今天")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """说明一个镇街的颜色：原因、规则、较昨日的变化、怎样才会变好。"""
    from riskmap.daily.days import find_town, read_day, read_town_day  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.daily.explaining import explain_town  # noqa: PLC0415  (short start for --help)

    with opened(context) as workspace:
        document = read_day(workspace, chosen_day(workspace, day))
        detail = read_town_day(workspace, document["date"], find_town(document, town))
    if as_json:
        print_json(detail)
        return
    for line in explain_town(document, detail):
        typer.echo(line)
