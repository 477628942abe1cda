"""`riskmap audit`: check the chain, list and export what was done."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from riskmap.cli.state import opened, operator, present, print_json, progress

BROKEN = 1
"""Exit code when the chain is not intact."""


def verify(
    context: typer.Context,
    expect: Annotated[
        str | None,
        typer.Option("--expect", metavar="DIGEST", help="以前记在别处的链头摘要，须仍在链上"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """逐行核对审计的摘要链，查改动、缺号和缺失的保护；截尾须凭 --expect。"""
    from riskmap.access.audit import verify as walk  # noqa: PLC0415  (SQLAlchemy, not for --help)

    with opened(context) as workspace, progress("正在核对审计……", as_json):
        with workspace.read() as connection:
            found = walk(connection, expect)
        zone = workspace.settings.zone
    if as_json:
        print_json(
            {
                "intact": found.intact,
                "rows": found.rows,
                "head": {"number": found.head_number, "digest": found.head_digest},
                "oldest_at": found.oldest_at.isoformat() if found.oldest_at else None,
                "newest_at": found.newest_at.isoformat() if found.newest_at else None,
                "expected_at": found.expected_at,
                "fault_count": found.fault_count,
                "faults": list(found.faults),
            }
        )
    else:
        for fault in found.faults:
            typer.echo(f"  [不符] {fault}")
        if found.fault_count > len(found.faults):
            typer.echo(f"  …… 另有 {found.fault_count - len(found.faults)} 处")
        said = "完好" if found.intact else f"有 {found.fault_count} 处不符"
        since = f"，最早 {found.oldest_at.astimezone(zone):%Y-%m-%d}" if found.oldest_at else ""
        typer.echo(f"审计 {found.rows} 行{since}：{said}")
        if found.expected_at is not None:
            typer.echo(f"所给摘要是第 {found.expected_at} 号，仍在链上")
        typer.echo(f"链头 第 {found.head_number} 号 {found.head_digest}")
    if not found.intact:
        raise typer.Exit(BROKEN)


def list_rows(
    context: typer.Context,
    actor: Annotated[str, typer.Option("--actor", help="只看这个账号的")] = "",
    action: Annotated[str, typer.Option("--action", help="只看这种操作，可只写开头")] = "",
    subject: Annotated[str, typer.Option("--subject", help="只看对象里有这些字的")] = "",
    result: Annotated[str, typer.Option("--result", help="done（已办）或 refused（被拒）")] = "",
    since: Annotated[str, typer.Option("--since", help="从这一天起，例如 2026-06-01")] = "",
    until: Annotated[str, typer.Option("--until", help="到这一天止（含）")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="最多几行")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """列出审计，新的在前。"""
    from riskmap.access.audit_log import asked, read_page  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        zone = workspace.settings.zone
        chosen = asked(
            zone,
            actor=actor,
            action=action,
            subject=subject,
            result=result,
            since=since,
            until=until,
        )
        page = read_page(workspace, operator(), chosen, limit=limit)
    if as_json:
        print_json([_document(row) for row in page.rows])
        return
    for row in page.rows:
        at: datetime = row["at"]
        refusal = f" 被拒：{row['reason']}" if row["result"] == "refused" else ""
        typer.echo(
            f"{row['number']:>6} {at.astimezone(zone):%Y-%m-%d %H:%M:%S} {row['actor']} "
            f"{row['action']} {row['subject']}{refusal}"
        )
    typer.echo(f"共 {page.total} 行，显示 {len(page.rows)} 行")


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写成哪个 csv 文件")],
    since: Annotated[str, typer.Option("--since", help="从这一天起，例如 2026-06-01")] = "",
    until: Annotated[str, typer.Option("--until", help="到这一天止（含）")] = "",
) -> None:
    """把审计导出成 csv（UTF-8，Excel 能直接打开），含每行摘要。"""
    from riskmap.access.audit_log import asked, export_csv  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.errors import RiskmapError  # noqa: PLC0415  (as above)
    from riskmap.workspace import write_atomically  # noqa: PLC0415  (as above)

    if file.exists():
        raise RiskmapError("文件已存在，未作改动", file, "换一个文件名")
    with opened(context) as workspace:
        chosen = asked(workspace.settings.zone, since=since, until=until)
        content, rows = export_csv(workspace, operator(), chosen, now=present())
        write_atomically(file, content)
    typer.echo(f"已导出 {rows} 行：{file}")


def _document(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "at": row["at"].isoformat()}
