"""`riskmap weekly template|import|deliveries`: what departments report of a week."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.state import EXIT_NONE, opened, operator, present, print_json, shown_path

if TYPE_CHECKING:
    from riskmap.weekly.deliveries.delivered import DepartmentDelivery, TownsOf
    from riskmap.weekly.deliveries.delivering import DeliveryOutcome

Week = Annotated[
    str | None, typer.Option("--week", metavar="WEEK", help="ISO 周，如 2026-W26；默认本周")
]
Department = Annotated[
    str | None, typer.Option("--department", metavar="NAME", help="只要这个部门的；默认全部部门")
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def template(
    context: typer.Context,
    week: Week = None,
    department: Department = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="写到哪个文件；默认当前文件夹"),
    ] = None,
) -> None:
    """生成部门报送表（xlsx）：一部门一张表，一镇街一行，已报送的和上周的已填好。"""
    from riskmap.ledger.gaming import week_of  # noqa: PLC0415  (pandas)
    from riskmap.weekly.deliveries.template import template_name, template_xlsx  # noqa: PLC0415  (openpyxl)
    from riskmap.weekly.moments import parse_week  # noqa: PLC0415  (pandas)
    from riskmap.workspace import write_where_asked  # noqa: PLC0415  (SQLAlchemy)

    now = present()
    with opened(context) as workspace:
        chosen = parse_week(week) if week else week_of(workspace, now)
        content = template_xlsx(workspace, chosen, department, now=now)
    file = write_where_asked(output or Path(), template_name(chosen, department), content)
    typer.echo(f"已写出 {shown_path(file)}")


def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="填好的报送表（xlsx）")],
    week: Week = None,
    department: Department = None,
    as_json: Json = False,
) -> None:
    """收部门报送表：有一处错误就一个数也不登记，全部错误一次列出（工作表、单元格、改法）。"""
    from riskmap.ledger.gaming import week_of  # noqa: PLC0415  (pandas)
    from riskmap.weekly.deliveries.delivering import deliver, read_sent  # noqa: PLC0415  (openpyxl)

    now = present()
    sent = [read_sent(file) for file in files]
    with opened(context) as workspace:
        outcome = deliver(
            workspace,
            operator(),
            sent,
            week=week or week_of(workspace, now),
            now=now,
            department=department,
        )
    if as_json:
        print_json(_document(outcome))
    else:
        _tell(outcome)
    if outcome.faults:
        raise typer.Exit(EXIT_NONE)


def _document(outcome: "DeliveryOutcome") -> dict[str, Any]:
    document = {**asdict(outcome), "cutoff": outcome.cutoff.isoformat()}
    document["faults"] = [asdict(fault) for fault in outcome.faults]
    return document


def _tell(outcome: "DeliveryOutcome") -> None:
    for fault in outcome.faults:
        typer.echo(fault.line(), err=True)
    for note in outcome.notes:
        typer.echo(f"提示：{note.line()}", err=True)
    if outcome.faults:
        typer.echo(f"{len(outcome.faults)} 处错误，一个数也没有登记；改正后整份再送", err=True)
        return
    departments = "、".join(outcome.departments) or "没有部门报送"
    typer.echo(f"{outcome.week}：{departments}；{outcome.numbers} 个数，{outcome.changed} 个新的")
    if outcome.late and outcome.changed:
        when = f"{outcome.cutoff:%Y-%m-%d %H:%M}"
        typer.echo(
            f"本周已于 {when} 截止：已收下，但这一周不计入（没报过的按缺计，报过的按原数计）",
            err=True,
        )


def deliveries(context: typer.Context, week: Week = None, as_json: Json = False) -> None:
    """列出一周各部门何时报送、缺哪些指标的哪些镇街；截止以后只认截止前送到的。"""
    from riskmap.ledger.gaming import week_of, week_window  # noqa: PLC0415  (pandas)
    from riskmap.ledger.ground import ground_in_use  # noqa: PLC0415  (geopandas)
    from riskmap.weekly.deliveries.delivered import deliveries as deliveries_of  # noqa: PLC0415  (pandas)

    now = present()
    with opened(context) as workspace:
        chosen = week or week_of(workspace, now)
        found = deliveries_of(workspace, chosen, now)
        ground = ground_in_use(workspace)
        over = now > week_window(workspace, chosen).end
    if as_json:
        when = {one.name: one.delivered_at and one.delivered_at.isoformat() for one in found}
        print_json([{**asdict(one), "delivered_at": when[one.name]} for one in found])
        return
    names = dict(zip(ground.codes, ground.names, strict=True))
    done = "按时报齐" if over else "已齐"
    for one in found:
        came = f"{one.delivered_at:%m-%d %H:%M}" if one.delivered_at else "未报送"
        late = "（截止后送来）" if one.late else ""
        typer.echo(f"{one.name} {came}{late} {_lacking(one, names, over=over)}")
    later = sum(one.complete and not one.in_time for one in found)
    more = f"，{later} 个截止后补齐" if later else ""
    typer.echo(f"{sum(one.in_time for one in found)} / {len(found)} 个部门{done}{more}")


def _lacking(one: "DepartmentDelivery", names: dict[str, str], *, over: bool) -> str:
    """Return what a department lacks; after the cut-off what it lacked then and lacks still."""
    in_time, now = (
        "；".join(_missing(part, names) for part in parts)
        for parts in (one.missing_in_time, one.missing)
    )
    if not in_time:
        return "齐"
    if not over or in_time == now:
        return f"缺 {in_time}"
    return f"按时缺 {in_time}（{f'仍缺 {now}' if now else '截止后已到'}）"


def _missing(part: "TownsOf", names: dict[str, str]) -> str:
    if len(part.towns) == len(names):
        return f"{part.indicator} 全部镇街"
    return f"{part.indicator} {'、'.join(names[code] for code in part.towns)}"
