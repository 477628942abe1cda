"""`riskmap danger due|signs|export`: what is due, what to look into, the table for the bureau."""

from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.daily import chosen_day
from riskmap.cli.state import opened, operator, present, print_json, shown_path

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def due(
    context: typer.Context,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="日期；默认今天")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="只列当天该提醒的（刚进入 T−7、T−3、T0 或刚超期）")
    ] = False,
    as_json: Json = False,
) -> None:
    """列出七天内到期和已超期的隐患；提醒日逢休息日提前到之前的工作日。"""
    from dataclasses import asdict  # noqa: PLC0415  (short start for --help)

    from riskmap.ledger.reminders import STAGE_ZH, due_soon  # noqa: PLC0415  (pandas)

    with opened(context) as workspace:
        rows = due_soon(workspace, chosen_day(workspace, day), present())
    rows = [row for row in rows if row.fresh or not fresh]
    if as_json:
        print_json([{**asdict(row), "due": row.due.isoformat()} for row in rows])
        return
    for row in rows:
        rest = f"（{row.rest_day}）" if row.rest_day else ""
        typer.echo(f"{row.number} {STAGE_ZH[row.stage]} {row.due}{rest} {row.description}")
    typer.echo(f"共 {len(rows)} 条")


def signs(
    context: typer.Context,
    week: Annotated[
        str | None, typer.Option("--week", metavar="WEEK", help="ISO 周，如 2026-W24；默认本周")
    ] = None,
    as_json: Json = False,
) -> None:
    """列出一周的真实性核查线索：集中销号、照片重复、销号或作废后再次发现、事后补登。"""
    from dataclasses import asdict  # noqa: PLC0415  (short start for --help)

    from riskmap.access.policy import authorise  # noqa: PLC0415  (as above)
    from riskmap.ledger.gaming import SIGN_ZH, counts_by_town, week_of, week_window  # noqa: PLC0415
    from riskmap.ledger.gaming import signs as signs_of  # noqa: PLC0415  (pandas)

    authorise(operator(), "gaming.read")
    with opened(context) as workspace:
        window = week_window(workspace, week or week_of(workspace, present()))
        found = signs_of(workspace, window, present())
    if as_json:
        print_json({"towns": counts_by_town(found), "signs": [asdict(one) for one in found]})
        return
    for one in found:
        typer.echo(f"{one.town} {SIGN_ZH[one.kind]}：{one.text}（{'、'.join(one.numbers)}）")
    typer.echo(f"共 {len(found)} 条线索")


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪个 xlsx 文件")],
) -> None:
    """把隐患写成 xlsx，表头与登记时相同，改后可再登记。"""
    from riskmap.ledger.danger_export import danger_xlsx  # noqa: PLC0415  (openpyxl)
    from riskmap.workspace import write_where_asked  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        content = danger_xlsx(workspace, operator(), now=present())
    written = write_where_asked(file, "dangers.xlsx", content)
    typer.echo(f"已写出 {shown_path(written)}")
