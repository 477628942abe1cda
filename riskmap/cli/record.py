"""`riskmap record`: files of facts into the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.cli.reporting import (
    document_on_error,
    exit_code,
    import_document,
    print_document,
    show_faults,
    show_paths,
    show_refusal,
)
from riskmap.cli.state import EXIT_NONE, opened, operator, present, progress
from riskmap.errors import RiskmapError

if TYPE_CHECKING:
    from riskmap.records.importing import RecordOutcome
    from riskmap.workspace import Workspace


def record(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="种类：hidden_dangers accidents inspections commitments devices responses "
            "special_periods alarms overrides indicators",
        ),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="一个或多个文件", readable=False),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="不交文件，声明本类记录截至此刻已报全")
    ] = False,
    sheet: Annotated[str | None, typer.Option("--sheet", help="工作表或压缩包内文件名")] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="文字编码，例如 gbk；不写则自动判断")
    ] = None,
    column_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="字段=列名，可写多次"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """登记记录：隐患、事故、检查执法、日承诺、设备、应急响应、特殊时段、报警、人工调整、周指标。"""
    from riskmap.imports import parse_column_map  # noqa: PLC0415  (SQLAlchemy, not for --help)
    from riskmap.records.importing import record_contract  # noqa: PLC0415  (as above)

    with document_on_error(as_json):
        title = record_contract(kind).title_zh
        if complete == bool(files):
            raise RiskmapError("文件与 --complete 二选一", kind, "交文件，或只写 --complete")
        if not files:
            _state(context, kind, title, as_json)
            return
        mapped = parse_column_map(column_map or [])
        with opened(context) as workspace, progress(f"正在登记{title}……", as_json):
            outcome = _take(workspace, kind, files, sheet, encoding, mapped or None)
    finish(f"{title}（{kind}）", outcome, as_json)


def _state(context: typer.Context, kind: str, title: str, as_json: bool) -> None:
    """State that a kind is complete, without a file."""
    from riskmap.records.statements import state_complete  # noqa: PLC0415  (short --help)

    with opened(context) as workspace:
        stated = state_complete(workspace, operator(), kind, now=present())
    if as_json:
        print_document({"kind": kind, "complete_at": stated.at.isoformat(), "by": stated.by})
        return
    typer.echo(f"{title}（{kind}）：已声明截至此刻报全")


def _take(
    workspace: "Workspace",
    kind: str,
    files: list[Path],
    sheet: str | None,
    encoding: str | None,
    column_map: dict[str, str] | None,
) -> "RecordOutcome":
    """Take files of a kind; hidden dangers go through the ledger, for their numbers and steps."""
    from riskmap.ledger.exchange import read_danger_files  # noqa: PLC0415  (short --help)
    from riskmap.records.importing import record_files  # noqa: PLC0415  (as above)

    options: dict[str, Any] = {"sheet": sheet, "encoding": encoding, "column_map": column_map}
    if kind == "hidden_dangers":
        return read_danger_files(workspace, operator(), files, now=present(), **options)
    return record_files(workspace, kind, files, now=present(), actor=operator(), **options)


def finish(name: str, outcome: "RecordOutcome", as_json: bool) -> None:
    """Report an outcome and end with its exit code."""
    if as_json:
        print_document(
            import_document(
                outcome.accepted,
                outcome.rejected,
                outcome.faults,
                None,
                changed=outcome.changed,
                repeated=outcome.repeated,
                rejects_file=str(outcome.rejects_file) if outcome.rejects_file else None,
                report_file=str(outcome.report_file) if outcome.report_file else None,
            )
        )
    else:
        rejected = f"，拒收 {outcome.rejected} 行" if outcome.rejected else ""
        same = outcome.accepted - outcome.changed
        unchanged = f"，{same} 行与已有记录相同" if same else ""
        typer.echo(f"{name}：登记 {outcome.changed} 行{unchanged}{rejected}")
        for file in outcome.repeated:
            typer.echo(f"  {file} 今天已登记过且内容相同，未作任何改动")
        show_faults(outcome.faults, outcome.rejects_file)
        if outcome.leaves_open and outcome.accepted:
            left = f"{name}还有 {outcome.rejected} 行未登记，不算报全"
            typer.echo(f"{left}：改正后再登记，或以 --complete 声明")
        show_paths(outcome.report_file)
    code = exit_code(outcome.accepted, outcome.rejected)
    if code == EXIT_NONE:
        show_refusal(
            f"{name}没有一行可登记：{outcome.rejected} 行都被拒收。按所列各行改正后重新登记。"
        )
    raise typer.Exit(code)
